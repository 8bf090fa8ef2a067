"""Pictures named on the command line: folders walked, files read ahead of their use."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from appliance.content.media_suffixes import is_picture_file, stands_beside
from appliance.domain import Image
from appliance.errors import PictureError
from appliance.pictures.reader import PictureReader

READ_AHEAD = 3
"""Pictures decoded while the networks work on another; more would only take memory."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A picture from a file, or why there is none."""

    file: str
    image: Image | None
    error: str | None = None


def find_pictures(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as given; of folders all pictures below, sorted, links to folders not followed.

    What cameras and network disks put beside pictures is left alone.
    A folder without a picture is passed on as it is, so that reading it tells what is wrong.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = False
        for folder, subfolders, files in os.walk(path):
            subfolders.sort()
            for file in (Path(folder, name) for name in sorted(files)):
                is_beside = stands_beside(file.relative_to(path))
                if not is_beside and is_picture_file(file):
                    found = True
                    yield file
        if not found:
            yield path


def read_ahead(files: Iterable[Path], count: int = READ_AHEAD) -> Iterator[Reading]:
    """Read pictures in order, the next ``count`` in a thread beside their use.

    Reading begins at once, while the caller still opens its networks.
    """
    rest = iter(files)
    reader = PictureReader()
    thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
    waiting = deque(thread.submit(_read, file, reader) for file in islice(rest, count))

    def readings() -> Iterator[Reading]:
        with reader, thread:
            while waiting:
                reading = waiting.popleft().result()
                for file in islice(rest, 1):
                    waiting.append(thread.submit(_read, file, reader))
                yield reading

    return readings()


def _read(file: Path, reader: PictureReader) -> Reading:
    try:
        if file.is_dir():
            raise PictureError(f"the folder {file} holds no picture")
        return Reading(str(file), reader.read(file))
    except PictureError as exc:
        return Reading(str(file), None, str(exc))
