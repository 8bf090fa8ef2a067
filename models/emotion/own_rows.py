"""Which picture shows what, as the owner of the pictures says: class folders or a label file."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appliance.domain import Box
from appliance.errors import ApplianceError
from appliance.pictures.picture_file import PICTURE_SUFFIXES
from models.emotion.class_names import explained, label_of, named

TRAIN, VALIDATION, HELD_OUT = "train", "validation", "held-out"
PART_FOLDERS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": HELD_OUT,
}
COLUMNS = ("picture", "label", "annotator")
ENCODINGS = ("utf-8-sig", "cp949")
"""cp949 is what a spreadsheet on a Korean Windows writes."""


class OwnDataError(ApplianceError):
    """The owner's pictures cannot be trained on; the message names everything that is wrong."""


@dataclass(frozen=True)
class Row:
    """One statement: `annotator` says that the picture at `path` shows LABELS[label].

    `part` is TRAIN, VALIDATION or HELD_OUT where the folders say so, else empty. `box` is the face
    in the upright picture, `votes` the shares of the people who saw each emotion [7], if known.
    """

    path: Path
    label: int
    annotator: str = ""
    part: str = ""
    box: Box | None = None
    votes: npt.NDArray[np.float32] | None = None


@dataclass
class Source:
    """What was said, and what is wrong with it.

    `found` are the classes that were named, those without a picture too; `passed_over` counts
    files that are no pictures by their name. `left_out` names pictures by the reason why they are
    not used. `classes_are_all`: the layout knows no other classes than those found.
    """

    rows: list[Row] = field(default_factory=list)
    found: set[int] = field(default_factory=set)
    mistakes: list[str] = field(default_factory=list)
    passed_over: int = 0
    left_out: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    classes_are_all: bool = False

    def hold_validation_out(self) -> None:
        """Measure on what was given to stop by where nothing else is: that is worth more."""
        parts = {row.part for row in self.rows}
        if VALIDATION in parts and HELD_OUT not in parts:
            self.rows = [
                replace(row, part=HELD_OUT) if row.part == VALIDATION else row for row in self.rows
            ]


def read_source(path: Path) -> Source:
    """The rows of a folder of class folders, or of a label file (.csv, .json)."""
    source = Source()
    if path.is_dir():
        _read_folder(path, source)
    elif not path.exists():
        source.mistakes.append(f"{path} is missing: name a folder of classes or a label file")
    elif path.suffix.casefold() in _READERS:
        _read_label_file(path, source)
    else:
        source.mistakes.append(
            f"{path} is neither a folder nor a .csv or .json label file: name one of these"
        )
    return source


def _folders(root: Path) -> list[Path]:
    # Folders of the system's own (.git, __MACOSX, @eaDir) are nobody's classes.
    return sorted(
        path
        for path in root.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_", "@"))
    )


def _read_folder(root: Path, source: Source) -> None:
    try:
        parts = {
            PART_FOLDERS[folder.name.casefold()]: folder
            for folder in _folders(root)
            if folder.name.casefold() in PART_FOLDERS
        }
        if parts:
            _read_parts(root, parts, source)
        else:
            _read_classes(root, "", source)
    except OSError as exc:
        source.mistakes.append(f"{exc.filename} cannot be read ({exc.strerror}): allow reading it")


def _read_parts(root: Path, parts: dict[str, Path], source: Source) -> None:
    others = [folder for folder in _folders(root) if folder not in parts.values()]
    for folder in others:
        source.mistakes.append(f"{folder} lies beside {root}/train: move it into train or valid")
    if TRAIN not in parts or len(parts) == 1:
        lacking = "valid (or test)" if TRAIN in parts else "train"
        source.mistakes.append(f"{root} has no folder {lacking}: add it, or put classes directly")
    if HELD_OUT not in parts and VALIDATION in parts:
        # Pictures to measure on are worth more than pictures to stop by: those come from train.
        parts = {TRAIN if part == TRAIN else HELD_OUT: folder for part, folder in parts.items()}
    found = {part: _read_classes(folder, part, source) for part, folder in parts.items()}
    for part, folder in parts.items():
        absent = set.union(*found.values()) - found[part]
        if absent:
            source.mistakes.append(
                f"{folder} has no class folder for {named(absent)}, another part has: add it"
            )


def _read_classes(root: Path, part: str, source: Source) -> set[int]:
    """Add the rows of the class folders in `root`; returns the classes that have a folder."""
    found: set[int] = set()
    folders = _folders(root)
    if not folders:
        source.mistakes.append(f"{root} holds no class folders: make one per class, {explained()}")
    loose = sum(path.suffix.casefold() in PICTURE_SUFFIXES for path in root.iterdir())
    if loose:
        source.mistakes.append(f"{root}: {loose} pictures lie outside its class folders: move them")
    unknown = [folder for folder in folders if label_of(folder.name) is None]
    for folder in unknown:
        source.mistakes.append(
            f"{folder} is named like no class: rename it to one of {explained()}"
        )
    for folder in folders:
        label = label_of(folder.name)
        if label is None:
            continue
        found.add(label)
        files = [path for path in sorted(folder.rglob("*")) if _is_visible_file(path)]
        pictures = [path for path in files if path.suffix.casefold() in PICTURE_SUFFIXES]
        source.passed_over += len(files) - len(pictures)
        if not pictures:
            held = f"none of its {len(files)} files is a picture" if files else "it is empty"
            kinds = " ".join(sorted(PICTURE_SUFFIXES))
            source.mistakes.append(f"{folder}: {held}: add pictures ({kinds})")
        source.rows += [Row(path, label, part=part) for path in pictures]
    source.found |= found
    return found


def _is_visible_file(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _read_label_file(path: Path, source: Source) -> None:
    try:
        records = _READERS[path.suffix.casefold()](path)
    except OwnDataError as exc:
        source.mistakes.append(str(exc))
        return
    for where, record in records:
        _read_record(path, where, record, source)
    if not records:
        source.mistakes.append(f"{path} holds no rows: add one per picture and annotator")


def _read_record(path: Path, where: str, record: Mapping[str, Any], source: Source) -> None:
    values = {name: record.get(name) for name in COLUMNS}
    if isinstance(values["annotator"], int):
        values["annotator"] = str(values["annotator"])
    lacking = [
        name for name, text in values.items() if not isinstance(text, str) or not text.strip()
    ]
    if lacking:
        source.mistakes.append(f"{path}, {where}: no text in {', '.join(lacking)}: fill it in")
        return
    picture, label_name, annotator = (str(values[name]).strip() for name in COLUMNS)
    label = label_of(label_name)
    if label is None:
        source.mistakes.append(
            f"{path}, {where}: label {label_name!r} is no class: write one of {explained()}"
        )
    file = path.parent / picture
    if not _is_file(file):
        # Written on Windows.
        file = path.parent / picture.replace("\\", "/")
    if not _is_file(file):
        source.mistakes.append(f"{path}, {where}: there is no picture {file}: correct the path")
    elif label is not None:
        source.found.add(label)
        source.rows.append(Row(file, label, annotator))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A name too long to be one.
        return False


Records = list[tuple[str, Mapping[str, Any]]]
"""(where it stands, its fields) per row."""


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise OwnDataError(f"{path} cannot be read: {exc.strerror}") from exc
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise OwnDataError(f"{path} is no text: save it as UTF-8")


def _csv_records(path: Path) -> Records:
    text = _text(path)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True
    )
    try:
        columns = [name.strip().casefold() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        lacking = [name for name in COLUMNS if name not in columns]
        if lacking:
            raise OwnDataError(
                f"{path} lacks the columns {', '.join(lacking)}: its first line must name"
                f" {','.join(COLUMNS)}"
            )
        return [(f"line {reader.line_num}", record) for record in reader]
    except csv.Error as exc:
        raise OwnDataError(f"{path} is no CSV ({exc}): save it as CSV again") from exc


def json_content(path: Path) -> Any:
    """What a JSON file in UTF-8 or CP949 holds; raises OwnDataError."""
    try:
        return json.loads(_text(path))
    except ValueError as exc:
        raise OwnDataError(f"{path} is no JSON ({exc}): correct it") from exc


def _json_records(path: Path) -> Records:
    content = json_content(path)
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        raise OwnDataError(
            f"{path} is no list of rows: write"
            ' [{"picture": "a.jpg", "label": "happy", "annotator": "kim"}, ...]'
        )
    return list(_numbered(content))


def _numbered(content: list[dict[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, record in enumerate(content, start=1):
        yield f"row {number}", record


_READERS = {".csv": _csv_records, ".json": _json_records}
