"""Which names in a folder are worth opening; what a file really is, its content says."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from appliance.pictures.picture_file import PICTURE_SUFFIXES

VIDEO_SUFFIXES: Final = frozenset(
    {
        *(".3gp", ".asf", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
        *(".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".webm", ".wmv"),
    }
)


def is_media_name(name: str) -> bool:
    """A video's, GIF's or picture's name; hidden files (unfinished copies) are left out."""
    suffix = PurePath(name).suffix.lower()
    return not name.startswith(".") and suffix in VIDEO_SUFFIXES | PICTURE_SUFFIXES
