"""Which files of a folder are films and pictures: by name, else by how they begin.

Cameras and network disks put previews and notes beside their files; these are nobody's clips.
"""

from __future__ import annotations

import itertools
from pathlib import Path, PurePath
from typing import Final

from appliance.pictures.kind import HEAD_BYTES, Kind, kind_of
from appliance.pictures.picture_file import PICTURE_SUFFIXES

VIDEO_SUFFIXES: Final = frozenset(
    {
        *(".3gp", ".asf", ".avi", ".dv", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
        *(".mpeg", ".mpg", ".mts", ".ogv", ".qt", ".ts", ".vob", ".webm", ".wmv"),
    }
)
SOUND_SUFFIXES: Final = frozenset(
    {".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".oga", ".ogg", ".opus", ".wav"}
)
BESIDE_SUFFIXES: Final = frozenset({".aae", ".db", ".ini", ".lrf", ".lrv", ".moff", ".thm", ".xmp"})
"""Previews in low resolution (GoPro's LRV, DJI's LRF), thumbnails, edits, catalogues."""
BESIDE_FOLDERS: Final = frozenset(
    {
        *("@eadir", "#recycle", "@recycle", "$recycle.bin", "system volume information"),
        *("lost.dir", "proxy", "thmbnl", "thumbnails", "__macosx"),
    }
)
_PREVIEWS: Final = ("m4root", "sub")
"""Sony's cards: low-resolution twins lie in M4ROOT/SUB."""
_FILM_BEGINNINGS: Final = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\x00\x00\x01\xba",  # MPEG programme stream
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF
    b"\x1f\x07\x00",  # DV
    b"FLV\x01",
    b"OggS",
)
_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B ", b"M4P "})
_TS_PACKETS: Final = ((0, 188), (4, 192))
"""First sync byte and packet size of transport streams, as broadcast and as on discs."""


def is_media_name(name: str) -> bool:
    """A video's, GIF's or picture's name; hidden files (unfinished copies) are left out."""
    suffix = PurePath(name).suffix.lower()
    return not name.startswith(".") and suffix in VIDEO_SUFFIXES | PICTURE_SUFFIXES


def stands_beside(path: PurePath) -> bool:
    """Whether a file, its path within the folder given, is one that cameras and disks add."""
    folders = [part.lower() for part in path.parent.parts]
    previews = any(pair == _PREVIEWS for pair in itertools.pairwise(folders))
    return (
        any(part.startswith(".") or part in BESIDE_FOLDERS for part in folders)
        or path.name.startswith(".")
        or path.suffix.lower() in BESIDE_SUFFIXES
        or previews
    )


def is_media_file(path: Path) -> bool:
    """By its name, else by its first bytes; False where it cannot be read.

    Sound lies in the containers of films, so there its name or its brand decides.
    """
    if is_media_name(path.name):
        return True
    if path.suffix.lower() in SOUND_SUFFIXES:
        return False
    head = _head_of(path)
    return kind_of(head) is not None or _is_film(head)


def is_picture_file(path: Path) -> bool:
    """A picture that is no GIF, by its name, else by its first bytes, as ``is_media_file``."""
    suffix = path.suffix.lower()
    if suffix in PICTURE_SUFFIXES or suffix in VIDEO_SUFFIXES:
        return suffix in PICTURE_SUFFIXES
    return kind_of(_head_of(path)) not in (None, Kind.GIF)


def _head_of(path: Path) -> bytes:
    if not path.is_file():
        # Opening a pipe would wait for ever.
        return b""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _is_film(head: bytes) -> bool:
    if head[4:8] == b"ftyp":
        return head[8:12] not in _SOUND_BRANDS
    if head.startswith(_FILM_BEGINNINGS):
        return True
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return True
    return any(
        head[at : at + 1] == head[at + size : at + size + 1] == b"G" for at, size in _TS_PACKETS
    )
