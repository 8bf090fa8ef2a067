"""Pictures with their faces, read from folders or from tar files, held decoded in memory.

Layout under the data folder (each as a folder or as `<name>.tar`, see `entries`):
`faces/{train,valid}/{images,labels}` with YOLO text labels, `expression-photos/<label>/*.jpg`,
`oasis/images/*.jpg`, `scenes/*.jpg`; the latter three are labelled by the teacher.
"""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from models.commands import TrainingDataError

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float32]

LONG_SIDE_PX = 480
PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class LabelledPicture:
    """One decoded picture.

    pixels: [H, W, 3] uint8, BGR; boxes [n, 4], x1, y1, x2, y2 in its pixels; ignored [m, 4]:
    regions of doubt where nothing is learned and nothing is counted.
    """

    name: str
    pixels: Pixels
    boxes: Boxes
    ignored: Boxes


def entries(data: Path, name: str, within: str = "") -> Iterator[tuple[str, bytes]]:
    """Files of the set `name` below its folder `within`, as (path inside the set, content).

    Reads the folder `<data>/<name>` or else `<data>/<name>.tar`, in a fixed order.
    Raises TrainingDataError when there is neither.
    """
    folder, archive = data / name, data / f"{name}.tar"
    if folder.is_dir():
        for path in sorted((folder / within).rglob("*")):
            if path.is_file():
                yield path.relative_to(folder).as_posix(), path.read_bytes()
    elif archive.is_file():
        prefix = f"{name}/{within}".rstrip("/") + "/"
        with tarfile.open(archive) as tar:
            members = [m for m in tar if m.isfile() and m.name.startswith(prefix)]
            for member in members:
                content = tar.extractfile(member)
                assert content is not None
                yield member.name.removeprefix(f"{name}/"), content.read()
    else:
        raise TrainingDataError(
            f"no {name}/ and no {name}.tar in {data}: name their folder by --data"
        )


def decode(content: bytes, name: str) -> Pixels:
    """Encoded picture -> [H, W, 3] uint8 BGR, long side at most 480 px."""
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise TrainingDataError(f"{name} is not a readable picture: replace or remove it")
    scale = LONG_SIDE_PX / max(pixels.shape[:2])
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def parse_labels(text: str, width: int, height: int, name: str) -> Boxes:
    """YOLO label lines `class cx cy w h` (fractions of the picture) -> boxes [n, 4] in pixels.

    Raises TrainingDataError for a line that is not five numbers.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            _, cx, cy, w, h = (float(field) for field in line.split())
        except ValueError as exc:
            raise TrainingDataError(
                f"{name} line {number} is not 'class cx cy w h': correct the label file"
            ) from exc
        rows.append([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    boxes = np.array(rows, np.float32).reshape(-1, 4)
    return boxes * np.array([width, height, width, height], np.float32)


def load_faces(data: Path, split: str, every: int = 1) -> list[LabelledPicture]:
    """The labelled photographs `faces/<split>`, split `train` or `valid`, or every n-th of them.

    Raises TrainingDataError for a photograph without labels, and for what `decode` and
    `parse_labels` refuse.
    """
    labels: dict[str, str] = {}
    photographs: dict[str, bytes] = {}
    for name, content in entries(data, "faces", split):
        path = PurePosixPath(name)
        if path.suffix == ".txt":
            labels[path.stem] = content.decode()
        elif path.suffix.lower() in PICTURE_SUFFIXES:
            photographs[path.stem] = content
    if missing := sorted(set(photographs) - set(labels)):
        raise TrainingDataError(
            f"no label file for {missing[0]} (and {len(missing) - 1} more): add it"
        )
    pictures = []
    for stem in sorted(photographs)[::every]:
        pixels = decode(photographs[stem], stem)
        boxes = parse_labels(labels[stem], pixels.shape[1], pixels.shape[0], stem)
        pictures.append(LabelledPicture(stem, pixels, boxes, np.zeros((0, 4), np.float32)))
    return pictures


def load_unlabelled(data: Path, name: str) -> list[tuple[str, Pixels]]:
    """The pictures of a set without boxes: (path inside the set, pixels)."""
    return [
        (path, decode(content, path))
        for path, content in entries(data, name)
        if PurePosixPath(path).suffix.lower() in PICTURE_SUFFIXES
    ]


def is_kept_apart(name: str) -> bool:
    """Whether an expression photograph belongs to the tenth of persons never trained on.

    The person is the file's name up to the last underscore.
    """
    person = PurePosixPath(name).stem.rpartition("_")[0]
    return zlib.crc32(person.encode()) % 10 == 0
