"""Clips whose affect is known: `python -m models.video_affect.made_clips --help`.

To try the network from film to figure without anybody's films: valence is the mean of brightness
and colour, arousal that of motion and loudness, each drawn evenly. The clips to test on have other
shapes, mixtures of hues, directions and sounds than those to learn from. Laid out as LIRIS-ACCEDE
is.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import wave
from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from models import commands
from models.commands import TrainingDataError
from models.video_affect import liris

WIDE_PX, HIGH_PX, FPS, SECONDS = 128, 96, 25, 2
SOUND_HZ = 22_050
FASTEST_PX = 5.0
QUIETEST_DB, LOUDEST_DB = -40.0, -8.0


@dataclass(frozen=True)
class Ingredients:
    """Each 0…1."""

    brightness: float
    colour: float
    motion: float
    loudness: float

    @property
    def affect(self) -> tuple[float, float]:
        """(valence, arousal), 1…5."""
        valence = 1.0 + 2.0 * (self.brightness + self.colour)
        return valence, 1.0 + 2.0 * (self.motion + self.loudness)


def frames_of(what: Ingredients, is_test: bool, rng: np.random.Generator) -> np.ndarray:
    """[F, H, W, 3] red-green-blue: a pattern that moves over the whole frame."""
    side = 512
    shapes = np.zeros((side, side), np.uint8)
    for _ in range(int(rng.integers(90, 160)) if is_test else int(rng.integers(200, 320))):
        x, y = (int(v) for v in rng.integers(side, size=2))
        shade = int(rng.integers(60, 256))
        if is_test:
            size = int(rng.integers(12, 40))
            cv2.rectangle(shapes, (x, y), (x + size, y + size // 2), shade, -1)
        else:
            cv2.circle(shapes, (x, y), int(rng.integers(5, 18)), shade, -1)
    hue, hues = rng.uniform(0, 360), 90.0 if is_test else 20.0
    hsv = np.empty((side, side, 3), np.float32)
    hsv[..., 0] = (hue + shapes * (hues / 255.0)) % 360.0
    hsv[..., 1] = 0.05 + 0.9 * what.colour
    contrast = 0.3 * (shapes.astype(np.float32) / 255.0 - 0.5)
    hsv[..., 2] = np.clip((0.2 + 0.7 * what.brightness) * (1.0 + contrast), 0.0, 1.0)
    field = (cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255.0).astype(np.uint8)
    # Along the axes to learn from, askew to test on.
    angle = np.pi / 2.0 * rng.integers(4) + (np.pi / 4.0 if is_test else 0.0)
    step = FASTEST_PX * what.motion * np.array([np.cos(angle), np.sin(angle)])
    start = np.array([side - WIDE_PX, side - HIGH_PX]) / 2.0 - step * FPS * SECONDS / 2.0
    found = []
    for number in range(FPS * SECONDS):
        left, top = start + step * number
        shift = np.array([[1, 0, -left], [0, 1, -top]], np.float32)
        found.append(cv2.warpAffine(field, shift, (WIDE_PX, HIGH_PX), borderMode=cv2.BORDER_WRAP))
    return np.stack(found)


def sound_of(what: Ingredients, is_test: bool, rng: np.random.Generator) -> np.ndarray:
    """Samples int16: tones to learn from, a noise to test on, as loud as wanted."""
    times = np.arange(SOUND_HZ * SECONDS) / SOUND_HZ
    if is_test:
        raw = np.convolve(rng.standard_normal(len(times)), np.ones(8) / 8.0, "same")
    else:
        hertz = rng.uniform(150, 1500, int(rng.integers(1, 4)))
        raw = sum(np.sin(2 * np.pi * each * times + rng.uniform(0, 6)) for each in hertz)
        raw = raw + 0.3 * rng.standard_normal(len(times))
    level = 10.0 ** ((QUIETEST_DB + (LOUDEST_DB - QUIETEST_DB) * what.loudness) / 20.0)
    return np.clip(raw / raw.std() * level * 32767.0, -32768, 32767).astype(np.int16)


def write_clip(path: Path, frames: np.ndarray, sound: np.ndarray) -> None:
    """Encode a clip as H.264 with AAC; raises TrainingDataError without ffmpeg."""
    heard = path.with_suffix(".wav")
    with wave.open(str(heard), "wb") as file:
        file.setparams((1, 2, SOUND_HZ, 0, "NONE", ""))
        file.writeframes(sound.tobytes())
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s"]
    command += [f"{WIDE_PX}x{HIGH_PX}", "-r", str(FPS), "-i", "pipe:0", "-i", str(heard)]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p"]
    command += ["-c:a", "aac", "-b:a", "96k", str(path)]
    done = subprocess.run(command, input=frames.tobytes(), capture_output=True, check=False)
    heard.unlink()
    if done.returncode != 0:
        raise TrainingDataError(f"{path} cannot be made: {done.stderr.decode().strip()[-200:]}")


def make(out: Path, learn: int, validation: int, test: int, seed: int = 1) -> None:
    """Write the clips and their tables; clips that are there stay."""
    films, tables = out / "data", out / "annotations"
    for folder in (films, tables):
        folder.mkdir(parents=True, exist_ok=True)
    sets = [liris.LEARN] * learn + [liris.VALIDATION] * validation + [liris.TEST] * test
    rows = []
    for number, kind in enumerate(tqdm(sets, desc="making", mininterval=2.0)):
        rng = np.random.default_rng([seed, number])
        what = Ingredients(*rng.random(4))
        name = f"ACCEDE{number:05d}.mp4"
        rows.append((number, name, *what.affect, *astuple(what)))
        if not (films / name).exists():
            unfinished = films / f"part-{name}"
            is_test = kind == liris.TEST
            write_clip(unfinished, frames_of(what, is_test, rng), sound_of(what, is_test, rng))
            unfinished.rename(films / name)
    ingredients = ("brightness", "colour", "motion", "loudness")
    header = ("id", "name", "valenceValue", "arousalValue", *ingredients)
    _write(tables / "ACCEDEranking.txt", header, rows)
    named = [(row[0], row[1], kind) for row, kind in zip(rows, sets, strict=True)]
    _write(tables / "ACCEDEsets.txt", ("id", "name", "set"), named)


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t")
        table.writerow(header)
        table.writerows(rows)


def main() -> None:
    """Entry of `python -m models.video_affect.made_clips`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for clips and tables")
    for name, count in (("learn", 240), ("validation", 50), ("test", 80)):
        parser.add_argument(f"--{name}", type=int, default=count, help="clips")
    given = parser.parse_args()
    make(given.out, given.learn, given.validation, given.test)


if __name__ == "__main__":
    sys.exit(commands.run(main))
