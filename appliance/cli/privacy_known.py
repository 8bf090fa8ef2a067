"""The pictures and films that a unit may hold: its library's, those shipped, by their checksums."""

from __future__ import annotations

import json
import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from appliance.camera.builtin import ASSETS
from appliance.content import starter
from appliance.content.media import sha256_of
from appliance.content.thumbnail import frame_at
from appliance.errors import ApplianceError
from appliance.inspection.content import Known
from appliance.shipped import ui_dir

MAX_DIFFERENCE = 16.0
"""Mean of 0..255 by which a thumbnail may differ from the frame it was made of."""
_COMPARED_PX = 64


def shipped() -> Known:
    """The built-in feed's portrait, the starter library, the pages' own pictures."""
    folders = (ASSETS, starter.CLIPS_FOLDER, ui_dir())
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return Known(frozenset(sha256_of(path) for path in files))


def known_of_database(path: Path) -> Known:
    """Clips and thumbnails in a database of this program, of whatever version; else nothing."""
    return Known(
        frozenset(_checksums_in(path, "sha256")) | set(_checksums_in(path, "thumbnail_sha256"))
    )


def known_networks(models_dir: Path) -> Known:
    """The installed networks, which are numbers, as their manifests name them."""
    found = set()
    for path in models_dir.glob("*/*.json"):
        try:
            found.add(str(json.loads(path.read_text(encoding="utf-8"))["sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return Known(frozenset(found))


def old_thumbnails(database: Path, clips_dir: Path, known: Known) -> Known:
    """Thumbnails made before their checksum was noted, not ``known``: those that show their clip.

    Each is held against the frame of the clip that it was made of.
    """
    rows = _rows(
        database,
        "SELECT file, thumbnail, duration_s FROM clips"
        " WHERE thumbnail IS NOT NULL AND thumbnail_sha256 IS NULL",
    )
    found = set()
    for file, thumbnail, duration_s in rows:
        picture = clips_dir / thumbnail
        try:
            if (checksum := sha256_of(picture)) in known.sha256:
                continue
            frame = frame_at(clips_dir / file, duration_s / 3, _COMPARED_PX)
            if _difference(frame, picture.read_bytes()) <= MAX_DIFFERENCE:
                found.add(checksum)
        except (ApplianceError, OSError, cv2.error):
            continue
    return Known(frozenset(found))


def _difference(one: bytes, other: bytes) -> float:
    small = []
    for content in (one, other):
        grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            return 255.0
        size = (_COMPARED_PX, _COMPARED_PX)
        small.append(cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32))
    return float(np.abs(small[0] - small[1]).mean())


def _checksums_in(path: Path, column: str) -> Iterator[str]:
    sql = f"SELECT {column} FROM clips WHERE {column} IS NOT NULL"  # noqa: S608 - two names above
    for (checksum,) in _rows(path, sql):
        yield str(checksum)


def _rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Nothing where the database is damaged, older or somebody else's."""
    address = f"file:{urllib.parse.quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=5)) as connection:
            return connection.execute(sql).fetchall()
    except sqlite3.Error:
        return []
