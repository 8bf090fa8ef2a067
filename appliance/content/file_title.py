"""The title that a file's name makes."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Final

MAX_TITLE: Final = 120


def title_of(path: Path) -> str:
    """The name without its suffix, at most 120 characters that can be shown; "" if none is left.

    Unprintable characters, among them those that turn the reading direction, become spaces.
    """
    # A Mac writes Korean names letter by letter; composed they look the same everywhere.
    name = unicodedata.normalize("NFC", path.stem.replace("_", " "))
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:MAX_TITLE]
