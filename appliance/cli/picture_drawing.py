"""Pictures with what was seen in them, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

from appliance.domain import Box, Image
from appliance.errors import PictureError

COLOUR = (80, 200, 40)
DRAWN_SUFFIXES = frozenset({".avif", ".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Kinds that are written; a copy of any other is a JPEG."""


class PictureDrawing:
    """Writes annotated copies; never over the picture it was made from."""

    def __init__(self, target: Path, sources: Sequence[Path]) -> None:
        """``target``: a folder (made when missing), or a file when one picture is drawn."""
        self._folders = [source for source in sources if source.is_dir()]
        is_file = target.suffix.lower() in DRAWN_SUFFIXES and not target.is_dir()
        if is_file and (len(sources) > 1 or self._folders):
            raise PictureError(
                f"{target} is one file, but several pictures are drawn: name a folder"
            )
        self._file = target if is_file else None
        self._folder = target
        self._written: set[Path] = set()

    def write(self, source: Path, image: Image, captions: Sequence[tuple[Box, str]]) -> Path:
        """Draw boxes and their captions over ``image``; returns the file written."""
        target = self._file or self._free_name(source)
        if target.exists() and source.exists() and target.samefile(source):
            raise PictureError(f"{target} is the picture itself: name another folder for --draw")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            written = cv2.imwrite(str(target), annotate(image, captions))
        except (OSError, cv2.error) as exc:
            raise PictureError(f"{target} cannot be written ({exc}): name another folder") from exc
        if not written:
            raise PictureError(f"{target} cannot be written: name a folder that may be written to")
        self._written.add(target)
        return target

    def _free_name(self, source: Path) -> Path:
        root = next((folder for folder in self._folders if folder in source.parents), source.parent)
        name = source.relative_to(root)
        if name.suffix.lower() not in DRAWN_SUFFIXES:
            name = name.with_suffix(".jpg")
        target = self._folder / name
        number = 2
        while target in self._written:
            target = self._folder / name.with_stem(f"{name.stem}-{number}")
            number += 1
        return target


def annotate(image: Image, captions: Sequence[tuple[Box, str]]) -> Image:
    """A copy of ``image`` with a labelled frame around each box."""
    canvas = image.copy()
    line_px = max(1, round(max(image.shape[:2]) / 400))
    scale = max(0.35, max(image.shape[:2]) / 1300)
    for box, text in captions:
        corner = (round(box.x1), round(box.y1))
        cv2.rectangle(canvas, corner, (round(box.x2), round(box.y2)), COLOUR, line_px)
        (width, height), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, line_px)
        # The label stays inside the picture: above the box where there is room, else in it.
        top = corner[1] - height - base if corner[1] >= height + base else corner[1]
        left = max(0, min(corner[0], image.shape[1] - width))
        cv2.rectangle(canvas, (left, top), (left + width, top + height + base), COLOUR, -1)
        origin = (left, top + height + base // 2)
        cv2.putText(
            canvas, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), line_px, cv2.LINE_AA
        )
    return canvas
