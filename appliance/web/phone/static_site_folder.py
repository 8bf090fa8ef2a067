"""The folder a static site is written to: each file whole or not at all, nothing foreign touched.

A small index file lists what was written, so that the next export can take away what no longer
belongs there, and only that.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import WebError
from appliance.web.phone.static_site import SiteFile
from appliance.web.phone.static_site_names import PICTURES, VIDEOS, clip_id_of, is_site_file

INDEX = ".maum-signage-site.json"
_INDEX_KIND = "maum-signage-site"
_MAX_INDEX_BYTES = 64_000_000
_UNFINISHED = ".unfinished"


class ExportStoppedError(WebError):
    """The unit is stopping; the rest is written by the next export."""


@dataclass(frozen=True, slots=True)
class SiteIndex:
    """What an export left in its folder."""

    written_at: dt.datetime | None
    """Aware; None: it was not finished."""
    names: frozenset[str]

    @property
    def clip_ids(self) -> frozenset[int]:
        """Clips that have a page for a QR code to lead to."""
        return frozenset(i for i in map(clip_id_of, self.names) if i is not None)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did; files that were the same already are not in it."""

    total: int
    written: int
    removed: int


def read_index(folder: Path) -> SiteIndex | None:
    """None: nothing was exported to this folder.

    Raises WebError for an index that no export has written.
    """
    path = folder / INDEX
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_INDEX_BYTES)
        found = json.loads(text)
        if found["kind"] != _INDEX_KIND or not all(is_site_file(name) for name in found["files"]):
            raise ValueError("not the index of an export")
        at = found["written_at"]
        written_at = None if at is None else dt.datetime.fromisoformat(at).astimezone()
        return SiteIndex(written_at, frozenset(found["files"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        raise WebError(f"cannot read {path}: {exc.strerror}; check its rights") from exc
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise WebError(f"{path} is damaged; empty the folder and export again") from exc


def write_site(
    folder: Path,
    files: Collection[SiteFile],
    now: dt.datetime,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Exported:
    """Write the files, then remove those of an earlier export that are no longer among them.

    Raises:
        WebError: the folder holds files that no export wrote, or cannot be written.
        ExportStoppedError: ``is_stopping`` said so.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone_in(folder):
            return _write(folder, files, now, is_stopping)
    except OSError as exc:
        where = exc.filename or folder
        raise WebError(
            f"cannot write the site: {where}: {exc.strerror}; name another folder or make room"
        ) from exc


def _write(
    folder: Path, files: Collection[SiteFile], now: dt.datetime, is_stopping: Callable[[], bool]
) -> Exported:
    _sweep(folder)
    index, names = read_index(folder), frozenset(file.name for file in files)
    known = _names_to_replace(folder, index, names)
    # Whatever happens from here on, the next export knows what may be its own.
    _write_index(folder, known | names, None)
    written = 0
    for file in files:
        if is_stopping():
            raise ExportStoppedError("the unit is stopping; the next export writes the rest")
        written += _write_file(folder / file.name, file.content)
    stale = known - names
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    for name in (PICTURES, VIDEOS):
        # Not empty: it holds something of the operator's own.
        with contextlib.suppress(OSError):
            (folder / name).rmdir()
    _write_index(folder, names, now)
    return Exported(len(names), written, len(stale))


def _names_to_replace(
    folder: Path, index: SiteIndex | None, names: Iterable[str]
) -> frozenset[str]:
    """What an earlier export wrote; raises WebError where anything else is in the way."""
    if index is None:
        if any(folder.iterdir()):
            raise WebError(
                f"{folder} is not empty and was not written by an export; name an empty folder"
            )
        return frozenset()
    for name in (PICTURES, VIDEOS):
        if (folder / name).is_symlink():
            raise WebError(f"{folder / name} is a link; remove it and export again")
    for name in names:
        if name not in index.names and (folder / name).exists():
            raise WebError(f"{folder / name} was not written by an export; move it elsewhere")
    return index.names


def _write_file(path: Path, content: Callable[[], bytes] | Path) -> bool:
    """False: the file is there already, the same."""
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_name(f".{path.name}{_UNFINISHED}")
    try:
        if isinstance(content, Path):
            # Names in the library are made of the content.
            if path.is_file() and path.stat().st_size == content.stat().st_size:
                return False
            shutil.copyfile(content, unfinished)
            _flush(unfinished)
        else:
            made = content()
            if path.is_file() and path.read_bytes() == made:
                return False
            unfinished.write_bytes(made)
            _flush(unfinished)
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return True


def _flush(path: Path) -> None:
    """The bytes are on the disk before the name is: power may fail at any moment."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sweep(folder: Path) -> None:
    """Take out what an export that was killed had not finished."""
    for place in ("", f"{PICTURES}/", f"{VIDEOS}/"):
        for path in (folder / place).glob(f".*{_UNFINISHED}"):
            name = path.name[1:].removesuffix(_UNFINISHED)
            if name == INDEX or is_site_file(f"{place}{name}"):
                path.unlink(missing_ok=True)


def _write_index(folder: Path, names: Iterable[str], written_at: dt.datetime | None) -> None:
    text = json.dumps(
        {
            "kind": _INDEX_KIND,
            "written_at": None if written_at is None else written_at.isoformat(),
            "files": sorted(names),
        },
        indent=1,
    )
    _write_file(folder / INDEX, lambda: text.encode("utf-8"))


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise WebError(f"another export is writing to {folder}; wait for its end") from exc
        yield
    finally:
        os.close(descriptor)
