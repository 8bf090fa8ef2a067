"""Takes a file into the library's folder: checked as a whole, copied, with a thumbnail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.content.clip_folder import ClipFolder
from appliance.content.media import (
    decode_check,
    make_thumbnail,
    probe,
    sha256_of,
    why_not_playable,
)
from appliance.errors import ContentError

THUMBNAIL_WIDTH_PX = 640
MIN_DURATION_S = 0.5
"""Shorter is a still picture or a slip."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A video that the panel can play from beginning to end."""

    path: Path
    sha256: str
    codec: str
    duration_s: float
    suffix: str
    """``.mp4`` or ``.webm``."""

    @property
    def file(self) -> str:
        return f"{self.sha256}{self.suffix}"

    @property
    def thumbnail(self) -> str:
        return f"{self.sha256}.jpg"


def check_file(path: Path) -> CheckedFile:
    """Probe and decode the whole file; it is only read.

    Raises ContentError with the reason when the panel could not play it.
    """
    info = probe(path)
    reason = why_not_playable(info)
    if reason is not None:
        raise ContentError(f"{_shown(path)}: {reason}; convert it first, the file was left alone")
    if info.duration_s < MIN_DURATION_S:
        raise ContentError(
            f"{_shown(path)} lasts {info.duration_s:.1f} s; a clip lasts {MIN_DURATION_S} s or more"
        )
    decode_check(path)
    return CheckedFile(
        path, sha256_of(path), info.video_codec, info.duration_s, f".{info.container}"
    )


def take_in(checked: CheckedFile, folder: ClipFolder) -> None:
    """Copy the file and make its thumbnail; after an error neither is there.

    Raises ContentError when either cannot be written or the file changed since the check.
    """
    folder.sweep()
    folder.keep(checked.path, checked.file, checked.sha256)
    try:
        make_thumbnail(
            folder.path / checked.file, folder.path / checked.thumbnail, THUMBNAIL_WIDTH_PX
        )
    except BaseException:
        # Ctrl-C as well: a clip is added whole or not at all.
        leave_out(checked, folder)
        raise


def leave_out(checked: CheckedFile, folder: ClipFolder) -> None:
    """Delete what ``take_in`` wrote."""
    folder.discard(checked.thumbnail)
    folder.discard(checked.file)


def _shown(path: Path) -> str:
    return "".join(char if char.isprintable() else "?" for char in path.name)
