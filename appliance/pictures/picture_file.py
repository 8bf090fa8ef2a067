"""One picture from a file, and the names under which people keep pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from appliance.domain import Image
from appliance.pictures.limits import WHOLE, Box
from appliance.pictures.reader import PictureReader

PICTURE_SUFFIXES: Final = frozenset(
    {
        *(".apng", ".avif", ".avifs", ".bmp", ".heic", ".heics", ".heif", ".hif", ".jfif"),
        *(".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff", ".webp"),
    }
)


def read_picture(path: Path | str, box: Box = WHOLE) -> Image:
    """The picture at ``path`` as [H, W, 3] blue-green-red; see ``PictureReader.read``.

    Who reads many keeps a ``PictureReader``: this starts a process for each.
    """
    with PictureReader() as reader:
        return reader.read(Path(path), box)
