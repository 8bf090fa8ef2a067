"""A clip at a glance: frames from beginning to end in a grid, each with its time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from appliance.content.colours import to_standard_colours
from appliance.content.media import probe
from appliance.content.thumbnail import frame_at, write_whole
from appliance.content.tool_runner import FOREGROUND, ToolRunner, shown
from appliance.content.upright import upright
from appliance.domain import Image
from appliance.errors import ContentError

COLUMNS: Final = 4
ROWS: Final = 3
_CELL_PX: Final = 320
_GAP_PX: Final = 8
_LABEL_PX: Final = 28


def make_contact_sheet(path: Path, out_png: Path, runner: ToolRunner = FOREGROUND) -> int:
    """Write the sheet as a PNG and return its number of frames; ``out_png`` appears whole.

    Raises ContentError when the clip cannot be decoded or the PNG not written.
    """
    info = probe(path, runner)
    duration_s, colours = info.duration_s, to_standard_colours(info)
    filters = [*upright(info), *([colours] if colours else [])]
    if duration_s <= 0.0:
        raise ContentError(f"{shown(path)} states no duration; add it, then preview the clip")
    count = COLUMNS * ROWS
    # The middle of each part: the first and last frames are often black.
    times_s = [duration_s * (index + 0.5) / count for index in range(count)]
    cells = [
        _cell(frame_at(path, time_s, _CELL_PX, runner, filters), time_s, path) for time_s in times_s
    ]
    is_ok, png = cv2.imencode(".png", _grid(cells))
    if not is_ok:
        raise ContentError(f"no sheet could be drawn of {shown(path)}; check that it plays")
    write_whole(out_png, png.tobytes())
    return count


def _cell(jpeg: bytes, time_s: float, path: Path) -> Image:
    frame = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if frame is None:
        raise ContentError(f"no picture could be taken from {shown(path)}; check that it plays")
    height_px, width_px = frame.shape[:2]
    cell = np.full((height_px + _LABEL_PX, width_px, 3), 24, np.uint8)
    cell[:height_px] = frame
    label = f"{int(time_s // 60)}:{time_s % 60:04.1f}"
    at = (6, height_px + _LABEL_PX - 9)
    cv2.putText(cell, label, at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (235, 235, 235), 1, cv2.LINE_AA)
    return cell


def _grid(cells: list[Image]) -> Image:
    height_px, width_px = cells[0].shape[:2]
    sheet = np.full(
        (ROWS * (height_px + _GAP_PX) + _GAP_PX, COLUMNS * (width_px + _GAP_PX) + _GAP_PX, 3),
        60,
        np.uint8,
    )
    for index, cell in enumerate(cells):
        top_px = _GAP_PX + index // COLUMNS * (height_px + _GAP_PX)
        left_px = _GAP_PX + index % COLUMNS * (width_px + _GAP_PX)
        # A stream may change its size on the way; the first frame's counts.
        fitting = cell if cell.shape == cells[0].shape else cv2.resize(cell, (width_px, height_px))
        sheet[top_px : top_px + height_px, left_px : left_px + width_px] = fitting
    return sheet
