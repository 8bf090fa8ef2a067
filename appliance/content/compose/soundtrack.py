"""A stretch of music cut to a clip's length, with its beats and its loudness known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.content.compose.beats import SAMPLE_HZ
from appliance.content.compose.music import LEAST_TRACK_S, SAFE_AUDIO, Track
from appliance.content.loudness import Loudness, measure_loudness
from appliance.content.tool_runner import (
    FOREGROUND,
    ToolRunner,
    full_disk,
    input_of,
    is_full_disk,
    last_line,
    shown,
)
from appliance.errors import ContentError

FADE_IN_S: Final = 0.2
FADE_OUT_S: Final = 2.0
_AUDIBLE: Final = 0.01
"""Of full scale: -40 dBFS."""
_LEAD_S: Final = 0.05
_MOST_SILENCE_S: Final = 20.0
_TIMEOUT_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Where in a track the clip's music begins, how long it is, and how it sounds."""

    track: Track
    starts_s: float
    length_s: float
    samples: NDArray[np.float32]
    """One channel at ``beats.SAMPLE_HZ``."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The excerpt as a file, faded in and out."""

    path: Path
    loudness: Loudness


def excerpt_of(track: Track, wanted_s: float, runner: ToolRunner = FOREGROUND) -> Excerpt:
    """From the first sound on, as long as is wanted or as the track goes on.

    Raises ContentError for a track that is silent, ends too soon or cannot be decoded.
    """
    samples = _samples(track, wanted_s + _MOST_SILENCE_S, runner)
    audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    if not len(audible):
        raise ContentError(f"{shown(track.path)} is silent; give music that can be heard")
    starts_s = max(0.0, audible[0] / SAMPLE_HZ - _LEAD_S)
    ends_s = min(len(samples), audible[-1] + 1) / SAMPLE_HZ
    length_s = min(wanted_s, ends_s - starts_s)
    if length_s < min(LEAST_TRACK_S, wanted_s):
        raise ContentError(
            f"{shown(track.path)} can be heard for {length_s:.1f} s;"
            f" music lasts {LEAST_TRACK_S:g} s or more"
        )
    first = round(starts_s * SAMPLE_HZ)
    part = samples[first : first + round(length_s * SAMPLE_HZ)]
    return Excerpt(track, starts_s, length_s, part)


def cut_sound(
    excerpt: Excerpt, duration_s: float, out_mka: Path, runner: ToolRunner = FOREGROUND
) -> Sound:
    """Write the clip's music and measure it, fades included; raises ContentError."""
    source = input_of(excerpt.track.path)
    fade_s = min(FADE_OUT_S, duration_s / 3)
    fades = f"afade=t=in:d={FADE_IN_S},afade=t=out:st={duration_s - fade_s:.3f}:d={fade_s:.3f}"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *SAFE_AUDIO]
    command += ["-ss", f"{excerpt.starts_s:.3f}", "-i", source]
    command += ["-map", f"0:a:{excerpt.track.sound_track}"]
    command += ["-t", f"{duration_s:.3f}", "-map_metadata", "-1"]
    command += ["-af", f"aformat=channel_layouts=stereo,{fades}", "-c:a", "pcm_f32le"]
    command += ["-f", "matroska", f"file:{out_mka.absolute()}"]
    done = runner.run(command, excerpt.track.path, _TIMEOUT_S)
    if is_full_disk(done.stderr):
        raise full_disk(out_mka.parent.parent)
    if done.returncode != 0:
        raise ContentError(
            f"{shown(excerpt.track.path)} cannot be decoded ({last_line(done.stderr, source)})"
        )
    return Sound(out_mka, measure_loudness(out_mka, runner=runner))


def _samples(track: Track, most_s: float, runner: ToolRunner) -> NDArray[np.float32]:
    path = track.path
    source = input_of(path)
    command = ["ffmpeg", "-v", "error", "-nostdin", *SAFE_AUDIO, "-i", source]
    command += ["-map", f"0:a:{track.sound_track}", "-t", f"{most_s:.3f}"]
    command += ["-ac", "1", "-ar", str(SAMPLE_HZ), "-f", "f32le", "pipe:1"]
    done = runner.run(command, path, _TIMEOUT_S)
    if done.returncode != 0:
        raise ContentError(f"{shown(path)} cannot be decoded ({last_line(done.stderr, source)})")
    return np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], np.float32)
