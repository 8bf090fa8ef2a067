"""Renders a planned clip with ffmpeg: moves, cross-fades, title, fade-out; whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.content.colours import to_standard_colours
from appliance.content.compose.edit_plan import EditPlan
from appliance.content.compose.framing import Framing, Window, mount_place
from appliance.content.compose.plate import BACKDROP_LIGHT, BACKDROP_PX, BACKDROP_SIGMA
from appliance.content.compose.soundtrack import Sound
from appliance.content.compose.view import View
from appliance.content.media_info import MediaInfo
from appliance.content.tool_runner import (
    FOREGROUND,
    SAFE_INPUT,
    ToolRunner,
    full_disk,
    input_of,
    is_full_disk,
    last_line,
    shown,
)
from appliance.content.transcode import AAC, BT709, H264
from appliance.content.upright import decoder_of, ends_in_rgb, is_indexed, upright
from appliance.errors import ContentError

FPS: Final = 30
_LEAST_SHARE: Final = 0.98
"""Of the planned pictures that must have been rendered."""
PICTURE_FADE_S: Final = 0.6
"""The clip ends in black, as the next one of the loop begins."""
TITLE_FROM_S: Final = 0.6
TITLE_FADE_S: Final = 0.7
TITLE_S: Final = 4.5


@dataclass(frozen=True, slots=True)
class StillTake:
    """A photograph's plate and the windows between which it moves, as shares of its sides."""

    plate: Path
    first: Window
    last: Window


@dataclass(frozen=True, slots=True)
class FilmTake:
    """A shot of a video in its frame."""

    view: View
    info: MediaInfo
    framing: Framing


Take = StillTake | FilmTake


@dataclass(frozen=True, slots=True)
class Script:
    """All that a clip is made of."""

    plan: EditPlan
    takes: tuple[Take, ...]
    """One for each of the plan's slots."""
    size_px: tuple[int, int]
    sound: Sound | None
    title: Path | None
    """A transparent PNG of the frame's size."""


def render(
    script: Script,
    part: Path,
    out: Path,
    report: Callable[[float], None] = lambda share: None,
    runner: ToolRunner = FOREGROUND,
) -> None:
    """Write the clip as the panel plays it; ``report`` is told the share that is done.

    It grows as ``part``, on the same disk; a file that was there stays until it is complete.
    Raises ContentError when a part cannot be decoded or the clip cannot be written.
    """
    duration_s = script.plan.duration_s
    try:
        done, end = runner.follow(
            _command(script, part),
            out,
            lambda position: report(min(1.0, position.time_s / duration_s)),
        )
        if is_full_disk(done.stderr):
            raise full_disk(out.parent)
        if done.returncode != 0:
            raise ContentError(
                f"{shown(out)} could not be rendered ({last_line(done.stderr, str(part))});"
                " check that its folder can be written to and that the pictures still are there"
            )
        if end.frames < _LEAST_SHARE * duration_s * FPS:
            raise ContentError(
                f"{shown(out)} would hold {end.frames} of {duration_s * FPS:.0f} pictures: a film"
                " among its parts cannot be read where it was cut; convert the films to MP4 first"
            )
        with part.open("rb") as finished:
            os.fsync(finished.fileno())
        os.replace(part, out)
    except OSError as exc:
        raise ContentError(f"{shown(out)} cannot be written ({exc.strerror})") from exc


def _command(script: Script, part: Path) -> list[str]:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-xerror"]
    graph: list[str] = []
    for number, (take, slot) in enumerate(zip(script.takes, script.plan.slots, strict=True)):
        frames = max(2, round(slot.length_s * FPS) + 1)
        if isinstance(take, StillTake):
            command += _png(take.plate)
            graph.append(_still(number, take, frames, script.size_px))
        else:
            command += _film_input(take, slot.length_s)
            graph += _film(number, take, frames, script.size_px)
    graph += _joined(script.plan)
    last = "joined"
    inputs = len(script.takes)
    if script.title is not None:
        command += _png(script.title)
        graph.append(_titled(inputs, script.plan.duration_s))
        inputs += 1
        last = "titled"
    black = min(PICTURE_FADE_S, script.plan.duration_s / 3)
    graph.append(
        f"[{last}]fade=t=out:st={script.plan.duration_s - black:.3f}:d={black:.3f},"
        "format=yuv420p[shown]"
    )
    if script.sound is not None:
        command += ["-f", "matroska", "-i", input_of(script.sound.path)]
    command += ["-filter_complex", ";".join(graph), "-map", "[shown]"]
    if script.sound is not None:
        command += ["-map", f"{inputs}:a:0", "-af", script.sound.loudness.correction, *AAC]
    command += [*H264, *BT709, "-r", str(FPS), "-t", f"{script.plan.duration_s:.3f}"]
    command += ["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4"]
    return [*command, f"file:{part.absolute()}"]


def _png(path: Path) -> list[str]:
    return [
        "-protocol_whitelist", "file", "-framerate", str(FPS), "-f", "png_pipe", "-i",
        input_of(path),
    ]  # fmt: skip


def _still(number: int, take: StillTake, frames: int, size_px: tuple[int, int]) -> str:
    """The plate moved under the frame: ``perspective`` places corners between whole pixels, so
    that a slow move does not jerk as with ``zoompan``."""
    corners = []
    for name, right, low in (("0", 0, 0), ("1", 1, 0), ("2", 0, 1), ("3", 1, 1)):
        ends = [
            (each.left + right * each.width, each.top + low * each.height)
            for each in (take.first, take.last)
        ]
        for axis, side, place in (("x", "W", 0), ("y", "H", 1)):
            start, end = ends[0][place], ends[1][place]
            way = f"{side}*({start:.6f}+{end - start:.6f}*on/{frames - 1})"
            corners.append(f"{axis}{name}='{way}'")
    return (
        f"[{number}:v]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
        f"loop=loop={frames - 1}:size=1,setpts=N/{FPS}/TB,"
        f"perspective={':'.join(corners)}:interpolation=linear:eval=frame,"
        f"scale={size_px[0]}:{size_px[1]}:flags=bicubic,{_alike(number)}"
    )


def _starts_s(take: FilmTake, length_s: float) -> float:
    shot = take.view.shot
    assert shot is not None
    # Of a longer shot the middle.
    return shot.starts_s + max(0.0, shot.length_s - length_s) / 2


def _film_input(take: FilmTake, length_s: float) -> list[str]:
    seek = ["-ss", f"{_starts_s(take, length_s):.3f}", "-t", f"{length_s + 1 / FPS:.3f}"]
    return [
        *decoder_of(take.info), *SAFE_INPUT, *(seek if is_indexed(take.info) else []), "-i",
        input_of(take.view.path),
    ]  # fmt: skip


def _film(number: int, take: FilmTake, frames: int, size_px: tuple[int, int]) -> list[str]:
    width_px, height_px = size_px
    length_s = (frames - 1) / FPS
    steps = upright(take.info, str(number))
    if not is_indexed(take.info):
        start_s = _starts_s(take, length_s)
        stretch = f"trim=start={start_s:.3f}:duration={length_s + 1 / FPS:.3f}"
        steps = [stretch, "setpts=PTS-STARTPTS", *steps]
    colours = to_standard_colours(take.info)
    matrix = "" if colours else f":{_matrix(take.info)}out_color_matrix=bt709:out_range=tv"
    steps += [f"fps={FPS}", f"scale=w='trunc(iw/2)*2':h='trunc(ih/2)*2'{matrix}", "setsar=1"]
    seen = f"[{number}:V:0]" + ",".join([*steps, *([colours] if colours else [])])
    # A last frame that falls short is held.
    end = f"tpad=stop_mode=clone:stop_duration=1,trim=end_frame={frames},{_alike(number)}"
    whole_px = take.view.width_px, take.view.height_px
    if not take.framing.is_mounted:
        wide = take.framing.wide
        cut = (
            f"crop='iw*{wide.width / whole_px[0]:.5f}:ih*{wide.height / whole_px[1]:.5f}"
            f":iw*{wide.left / whole_px[0]:.5f}:ih*{wide.top / whole_px[1]:.5f}'"
        )
        return [f"{seen},{cut},scale={width_px}:{height_px}:flags=bicubic,{end}"]
    _, _, wide_px, high_px = mount_place(whole_px, size_px)
    small = f"{BACKDROP_PX}:{max(2, round(BACKDROP_PX * height_px / width_px / 2) * 2)}"
    return [
        f"{seen},split[sharp{number}][soft{number}]",
        f"[soft{number}]scale={small}:flags=area,gblur=sigma={BACKDROP_SIGMA:g},"
        f"scale={width_px}:{height_px}:flags=bicubic,lutyuv=y='16+(val-16)*{BACKDROP_LIGHT}'[back{number}]",
        f"[sharp{number}]scale={round(wide_px)}:{round(high_px)}:flags=bicubic[front{number}]",
        f"[back{number}][front{number}]overlay=(W-w)/2:(H-h)/2,{end}",
    ]


def _matrix(info: MediaInfo) -> str:
    """How brightness and colour were made; where a file does not say, as its size suggests."""
    if ends_in_rgb(info):
        return ""
    is_709 = info.matrix == "bt709" or (not info.matrix and min(info.display_size_px) >= 720)
    return f"in_color_matrix={'bt709' if is_709 else 'bt601'}:"


def _alike(number: int) -> str:
    """What ``xfade`` wants of all its inputs."""
    return f"setsar=1,format=yuv420p,fps={FPS},settb=1/{FPS}[take{number}]"


def _joined(plan: EditPlan) -> Sequence[str]:
    if len(plan.slots) == 1:
        return ["[take0]null[joined]"]
    steps = []
    for number, slot in enumerate(plan.slots[1:], start=1):
        before = "take0" if number == 1 else f"join{number - 1}"
        after = "joined" if number == len(plan.slots) - 1 else f"join{number}"
        steps.append(
            f"[{before}][take{number}]xfade=transition=fade:duration={plan.fade_s:.3f}"
            f":offset={slot.starts_s:.3f}[{after}]"
        )
    return steps


def _titled(number: int, duration_s: float) -> str:
    shown_s = min(TITLE_S, duration_s - 2 * PICTURE_FADE_S)
    frames = max(1, round((TITLE_FROM_S + shown_s) * FPS))
    fade_s = min(TITLE_FADE_S, shown_s / 3)
    ends_s = TITLE_FROM_S + shown_s
    return (
        f"[{number}:v]format=rgba,loop=loop={frames - 1}:size=1,setpts=N/{FPS}/TB,"
        f"fade=t=in:st={TITLE_FROM_S}:d={fade_s:.3f}:alpha=1,"
        f"fade=t=out:st={ends_s - fade_s:.3f}:d={fade_s:.3f}:alpha=1[words];"
        "[joined][words]overlay=eof_action=pass:format=auto[titled]"
    )
