"""Names of the files of the phone pages as a static site; all links between them are relative."""

from __future__ import annotations

import re

PICTURES, VIDEOS = "pictures", "videos"

_NAME = re.compile(
    rf"(index|clip-\d{{1,19}})(\.(ko|en))?\.html|({PICTURES}|{VIDEOS})/[0-9A-Za-z][0-9A-Za-z_-]{{0,199}}"
    r"\.(mp4|webm|jpg)",
    re.ASCII,
)


def list_page(language: str, default: str) -> str:
    """The page that lists all clips; the panel's language has the name a web host opens."""
    return _page("index", language, default)


def clip_page(clip_id: int, language: str = "", default: str = "") -> str:
    """The page of one clip; without languages the one that a QR code leads to."""
    return _page(f"clip-{clip_id}", language, default)


def clip_id_of(name: str) -> int | None:
    """The clip whose page a QR code leads to has this name; None: it is another file."""
    found = re.fullmatch(r"clip-(\d{1,19})\.html", name, re.ASCII)
    return int(found[1]) if found else None


def is_site_file(name: str) -> bool:
    """True for the names an export gives; nothing else in the folder is written or removed."""
    return _NAME.fullmatch(name) is not None


def _page(stem: str, language: str, default: str) -> str:
    return f"{stem}.html" if language == default else f"{stem}.{language}.html"
