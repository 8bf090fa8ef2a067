"""Pictures named on the command line: folders walked, files read ahead of their use."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from appliance.domain import Image
from appliance.errors import PictureError
from appliance.inference.picture_file import PICTURE_SUFFIXES, read_picture

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

    A folder without a picture is passed on as it is, so that reading it tells what is wrong.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = False
        for folder, subfolders, files in os.walk(path):
            subfolders.sort()
            for name in sorted(files):
                if Path(name).suffix.lower() in PICTURE_SUFFIXES:
                    found = True
                    yield Path(folder, name)
        if not found:
            yield path


def read_ahead(files: Iterable[Path], count: int = READ_AHEAD) -> Iterator[Reading]:
    """Read pictures in order, the next ``count`` in a thread beside their use.

    Reading begins at once, while the caller still opens its networks.
    """
    rest = iter(files)
    reader = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
    waiting = deque(reader.submit(_read, file) for file in islice(rest, count))

    def readings() -> Iterator[Reading]:
        with reader:
            while waiting:
                reading = waiting.popleft().result()
                for file in islice(rest, 1):
                    waiting.append(reader.submit(_read, file))
                yield reading

    return readings()


def _read(file: Path) -> Reading:
    try:
        if file.is_dir():
            raise PictureError(f"the folder {file} holds no picture")
        return Reading(str(file), read_picture(file))
    except PictureError as exc:
        return Reading(str(file), None, str(exc))
