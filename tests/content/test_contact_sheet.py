"""A clip at a glance."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.content.contact_sheet import make_contact_sheet
from appliance.errors import ContentError
from tests.content.odd_files import H264, encode


def test_the_frames_go_from_beginning_to_end(tmp_path: Path) -> None:
    """The film goes from black to white, so every cell is lighter than the one before."""
    fade = "color=black:s=320x180:r=10:d=4,geq=lum='255*T/4':cb=128:cr=128"
    film = encode(tmp_path / "fade.mp4", "-f", "lavfi", "-i", fade, *H264)
    out = tmp_path / "sheet.png"
    assert make_contact_sheet(film, out) == 12
    sheet = cv2.imread(str(out))
    assert sheet is not None
    assert sheet.shape == (3 * (180 + 28 + 8) + 8, 4 * (320 + 8) + 8, 3)
    cells = [
        sheet[8 + row * 216 : 188 + row * 216, 8 + column * 328 : 328 + column * 328]
        for row in range(3)
        for column in range(4)
    ]
    levels = [cell.mean() for cell in cells]
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] > 150
    # Each has its own time written under it.
    labels = [sheet[189 + row * 216 : 214 + row * 216, 8:100] for row in range(3)]
    assert all(label.max() > 200 for label in labels)
    assert not np.array_equal(labels[0], labels[1])


def test_upright_films_stay_upright(tmp_path: Path) -> None:
    tall = ("-f", "lavfi", "-i", "testsrc2=s=90x160:r=10:d=2")
    make_contact_sheet(encode(tmp_path / "tall.mp4", *tall, *H264), tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet.shape[0] > sheet.shape[1]


def test_what_is_no_film_writes_nothing(tmp_path: Path) -> None:
    notes = tmp_path / "notes.mp4"
    notes.write_text("no film")
    with pytest.raises(ContentError, match=r"notes\.mp4 is not a video"):
        make_contact_sheet(notes, tmp_path / "sheet.png")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.mp4"]
