"""Films as the network takes them: optical flow, every tenth frame, the waveform.

Decoded once into a folder of arrays; an interrupted run goes on with the next film.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from models.commands import TrainingDataError

EVERY = 10
"""The paper looks at every tenth frame."""

SOUND_HZ = 22_050
MARGIN = 256 / 224
"""Frames are kept so much larger than the crop that is taken from them."""

FLOW_STEPS_PER_PX = 16.0
"""Flow is kept in sixteenths of a pixel of the small frame."""


@dataclass(frozen=True)
class Film:
    """Frames [T, H, H, 3] red-green-blue, flow [T, H, H, 2] int16 from each to the next frame,
    waveform [L] int16."""

    frames: npt.NDArray[np.uint8]
    flow: npt.NDArray[np.int16]
    wave: npt.NDArray[np.int16]


def decode(path: Path, side_px: int) -> Film:
    """Read a film, squeezed to a square; raises TrainingDataError when it cannot be decoded."""
    capture = cv2.VideoCapture(str(path))
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    frames, flows, before = [], [], None
    number = 0
    while True:
        is_there, frame = capture.read()
        if not is_there:
            break
        if number % EVERY <= 1:
            small = cv2.resize(frame, (side_px, side_px), interpolation=cv2.INTER_AREA)
            grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
            if number % EVERY == 0:
                kept, before = small[:, :, ::-1], grey
            else:
                still = np.zeros((side_px, side_px, 2), np.float32)
                frames.append(kept)
                flows.append(dis.calc(before, grey, still))
        number += 1
    capture.release()
    if not frames:
        raise TrainingDataError(f"{path} cannot be decoded: copy it again")
    flow = np.clip(np.stack(flows) * FLOW_STEPS_PER_PX, -32_000, 32_000)
    return Film(np.stack(frames), flow.astype(np.int16), _wave(path))


def _wave(path: Path) -> npt.NDArray[np.int16]:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), "-map", "0:a:0", "-ac", "1"]
    command += ["-ar", str(SOUND_HZ), "-f", "s16le", "pipe:1"]
    done = subprocess.run(command, capture_output=True, check=False)
    # A film without sound is silent.
    return np.frombuffer(done.stdout[: len(done.stdout) // 2 * 2], np.int16)


def cached(paths: Sequence[Path], side_px: int, cache: Path) -> list[Path]:
    """Decode what is not in `cache` yet; returns the arrays' files in the films' order."""
    folder = cache / str(side_px)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for path in tqdm(paths, desc="decoding", mininterval=2.0):
        arrays = folder / f"{path.stem}.npz"
        if not arrays.exists():
            film = decode(path, side_px)
            unfinished = arrays.with_suffix(".part")
            with unfinished.open("wb") as file:
                np.savez(file, frames=film.frames, flow=film.flow, wave=film.wave)
            unfinished.rename(arrays)
        found.append(arrays)
    return found


def load(arrays: Path) -> Film:
    """One film of `cached`."""
    with np.load(arrays) as stored:
        return Film(stored["frames"], stored["flow"], stored["wave"])
