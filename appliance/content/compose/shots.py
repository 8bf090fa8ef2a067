"""The shots of a video: where it is cut, what each shot shows and does to those who see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from appliance.content import frame_features
from appliance.content.compose.span import Span
from appliance.content.compose.view import Eyes, View
from appliance.content.media import probe
from appliance.content.media_info import MediaInfo
from appliance.content.small_frames import FPS, SEGMENT_S, small_frames
from appliance.content.tool_runner import FOREGROUND, ToolRunner, shown
from appliance.domain import Box, Image, PictureMood
from appliance.errors import ContentError

MAX_VIDEO_S: Final = 600
LEAST_SHOT_S: Final = 1.5
"""A shorter one is over before it is seen."""

_LONG_SIDE_PX: Final = 320
_SAMPLES: Final = 5
"""Frames of each shot whose moods are told."""


def shots_of(
    path: Path,
    eyes: Eyes,
    report: Callable[[float], None] = lambda share: None,
    runner: ToolRunner = FOREGROUND,
) -> list[View]:
    """The shots of a video that last long enough to be shown, in their order; at least one.

    Raises ContentError when it cannot be decoded, is too long or holds no such shot.
    """
    info = probe(path, runner)
    if info.is_dolby_alone:
        raise ContentError(
            f"{shown(path)} holds Dolby Vision alone, whose colours nothing here can read;"
            " export it as HDR10, HLG or standard range"
        )
    if info.duration_s > MAX_VIDEO_S:
        raise ContentError(
            f"{shown(path)} lasts {info.duration_s / 60:.0f} minutes; cut it to {MAX_VIDEO_S // 60}"
        )
    found = [
        _view(path, info, shot, frames, eyes)
        for shot, frames in _cut(_all_frames(path, info, report, runner))
        if shot.length_s >= LEAST_SHOT_S
    ]
    if not found:
        raise ContentError(
            f"{shown(path)} holds no shot of {LEAST_SHOT_S:g} s or more; give a longer video"
        )
    return found


def _cut(frames: Iterator[Image]) -> Iterator[tuple[Span, list[Image]]]:
    """Stretches without a cut, each with a frame of every second or so of it."""
    kept: list[Image] = []
    first, number = 0, -1
    bins_before = None
    for number, frame in enumerate(frames):
        bins = frame_features.colour_bins(frame)
        if bins_before is not None and frame_features.is_cut(bins_before, bins):
            yield _shot(first, number), kept
            first, kept = number, []
        if (number - first) % FPS == FPS // 2:
            kept.append(frame)
        bins_before = bins
    yield _shot(first, number + 1), kept


def _shot(first: int, after: int) -> Span:
    """Of frames; a frame's time less at both ends, for the cut lies somewhere between two."""
    return Span((first + (1 if first else 0)) / FPS, (after - 1) / FPS)


def _view(path: Path, info: MediaInfo, shot: Span, frames: Sequence[Image], eyes: Eyes) -> View:
    step = max(1, len(frames) // _SAMPLES)
    sampled = frames[::step][:_SAMPLES]
    middle = frames[len(frames) // 2]
    seen = eyes.view(middle, path)
    width_px, height_px = info.display_size_px
    by_x, by_y = width_px / middle.shape[1], height_px / middle.shape[0]
    focus = seen.focus
    return replace(
        seen,
        width_px=width_px,
        height_px=height_px,
        mood=_mean(eyes.classifier.classify(sampled)),
        focus=Box(focus.x1 * by_x, focus.y1 * by_y, focus.x2 * by_x, focus.y2 * by_y),
        shot=shot,
    )


def _mean(moods: Sequence[PictureMood]) -> PictureMood:
    shares = np.mean([mood.probabilities for mood in moods], axis=0)
    return PictureMood(
        tuple(float(share) for share in shares),
        float(np.mean([mood.valence for mood in moods])),
        float(np.mean([mood.arousal for mood in moods])),
    )


def _all_frames(
    path: Path, info: MediaInfo, report: Callable[[float], None], runner: ToolRunner
) -> Iterator[Image]:
    scale = _LONG_SIDE_PX / max(1, *info.display_size_px)
    for start_s in range(0, MAX_VIDEO_S + SEGMENT_S, SEGMENT_S):
        frames = small_frames(path, info, scale, start_s, runner)
        yield from frames
        if len(frames) < FPS * SEGMENT_S:
            return
        report(min(1.0, (start_s + SEGMENT_S) / max(info.duration_s, SEGMENT_S)))
