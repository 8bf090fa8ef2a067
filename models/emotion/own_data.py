"""The owner's own pictures, read and checked before anything is trained: `check`.

Pictures on which annotators disagree are left out, as the founding paper left out ambiguous ones.
What is fed to the network here is made by appliance.inference, as on the unit. Needs no PyTorch.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appliance.domain import Box
from appliance.inference import image_ops
from models.emotion import aihub
from models.emotion.class_names import named
from models.emotion.dataset import Faces
from models.emotion.labels import LABELS, THREE
from models.emotion.own_looks import Look, Reading, Watch, look
from models.emotion.own_rows import (
    HELD_OUT,
    TRAIN,
    VALIDATION,
    OwnDataError,
    Row,
    Source,
    read_source,
)
from models.emotion.own_split import person_of, split

LEAST_PICTURES = 5
"""Of each class: fewer cannot be split in three and mean anything."""
SPLITS = ("auto", "person", "picture")


@dataclass(frozen=True)
class Picture:
    """A picture that is used: its label (index into LABELS), and its face in a whole photograph."""

    path: Path
    label: int
    box: Box | None = None
    votes: npt.NDArray[np.float32] | None = None


@dataclass
class OwnData:
    """What was kept and why the rest was not.

    `parts` has the pictures of TRAIN, VALIDATION and HELD_OUT; `faces` the same, packed as the
    network is fed them. `left_out` names pictures by reason, `notes` is what the owner should
    know. `fingerprint` changes when a picture, a label or its part does.
    """

    classes: tuple[int, ...]
    parts: dict[str, list[Picture]]
    faces: dict[str, Faces]
    fingerprint: str
    left_out: dict[str, list[Path]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """How the pictures shall be read: classes asked for (empty: those found), the split.

    `words` is what AI Hub's annotators' words count as.
    """

    reading: Reading
    classes: tuple[int, ...] = ()
    split: str = "auto"
    words: Mapping[str, str] = field(default_factory=lambda: aihub.WORDS)


def check(path: Path, plan: Plan, watch: Watch = iter) -> OwnData:
    """Read and check everything at `path`, a folder of class folders or a label file.

    Raises OwnDataError naming all that is wrong; nothing has been written then.
    """
    source = _source(path, plan)
    classes = _classes(path, source, plan.classes)
    rows = [row for row in source.rows if row.label in classes]
    looks = look(rows, plan.reading, source.mistakes, watch)
    left_out = _left_out(source, rows, looks)
    gone = {path for paths in left_out.values() for path in paths}
    kept = _kept(rows, looks, gone)
    _check_numbers(path, kept, source, classes)
    if source.mistakes:
        raise OwnDataError(
            "\n  - ".join((f"{path} cannot be trained on; nothing was started:", *source.mistakes))
        )
    data = _divide(path, kept, looks, plan)
    data.left_out |= left_out
    data.notes[:0] = _notes(source, classes, rows, kept, len(gone))
    return data


def _source(path: Path, plan: Plan) -> Source:
    if not (path.is_dir() and aihub.is_aihub(path)):
        return read_source(path)
    source = aihub.read(path, plan.words)
    source.hold_validation_out()
    return source


@dataclass(frozen=True)
class Labelled:
    """All pictures that can be used, as the network is fed them, and what was left out and why."""

    faces: Faces
    left_out: dict[str, list[Path]]


def read_to_measure(path: Path, plan: Plan, watch: Watch = iter) -> Labelled:
    """Every usable picture at `path`, whatever part it is of; raises OwnDataError."""
    source = _source(path, plan)
    looks = look(source.rows, plan.reading, source.mistakes, watch)
    if source.mistakes:
        raise OwnDataError("\n  - ".join((f"{path} cannot be measured on:", *source.mistakes)))
    left_out = _left_out(source, source.rows, looks)
    gone = {path for paths in left_out.values() for path in paths}
    kept = list(_kept(source.rows, looks, gone).values())
    if not kept:
        raise OwnDataError(f"{path} holds nothing to measure on: add pictures")
    packed = [looks[row.path].packed for row in kept]
    return Labelled(_faces([face for face in packed if face is not None], kept), left_out)


def _faces(packed: Sequence[image_ops.Picture], pictures: Sequence[Row | Picture]) -> Faces:
    labels = np.array([picture.label for picture in pictures], np.int64)
    votes = [picture.votes for picture in pictures if picture.votes is not None]
    return Faces(np.stack(packed), labels, np.stack(votes) if len(votes) == len(labels) else None)


def _classes(path: Path, source: Source, asked: Sequence[int]) -> tuple[int, ...]:
    """Which classes to train on; adds what is missing to the mistakes."""
    if asked:
        expected = set(asked)
    elif source.classes_are_all or len(source.found) <= len(THREE):
        expected = set(source.found)
    else:
        expected = set(range(len(LABELS)))
    missing = expected - source.found
    if missing and source.found:
        there = ",".join(LABELS[label] for label in sorted(source.found))
        source.mistakes.append(
            f"{path} has nothing for {named(missing)}: add it, or say --classes {there}"
            " if the network shall know no other"
        )
    if len(expected) == 1:
        source.mistakes.append(f"{path} has one class only, {named(expected)}: add another one")
    elif not expected and not source.mistakes:
        source.mistakes.append(f"{path} holds nothing to train on: add pictures")
    return tuple(sorted(expected))


def _left_out(source: Source, rows: list[Row], looks: dict[Path, Look]) -> dict[str, list[Path]]:
    """Pictures that are not used, by reason."""
    return source.left_out | {
        "annotators disagree": _disputed(rows, looks),
        "no face found": [path for path, found in looks.items() if found.packed is None],
    }


def _disputed(rows: list[Row], looks: dict[Path, Look]) -> list[Path]:
    """Pictures that were given more than one label; copies of a picture are that picture."""
    labels: dict[str, set[int]] = {}
    for row in rows:
        if row.path in looks:
            labels.setdefault(looks[row.path].digest, set()).add(row.label)
    return [path for path, look in looks.items() if len(labels[look.digest]) > 1]


def _kept(rows: list[Row], looks: dict[Path, Look], left_out: set[Path]) -> dict[str, Row]:
    """One row per picture (by checksum); a copy in a part to measure on wins over one to train."""
    kept: dict[str, Row] = {}
    order = {HELD_OUT: 0, VALIDATION: 1}
    for row in sorted(rows, key=lambda row: order.get(row.part, 2)):
        if row.path in looks and row.path not in left_out:
            kept.setdefault(looks[row.path].digest, row)
    return kept


def _check_numbers(
    path: Path, kept: dict[str, Row], source: Source, classes: Sequence[int]
) -> None:
    """Too few pictures of a class are a mistake; a class whose folder is empty is one already."""
    said = {row.label for row in source.rows} & set(classes)
    parts = {row.part for row in source.rows}
    counts = Counter((row.label, row.part) for row in kept.values())
    for label in sorted(said):
        usable = sum(counts[label, part] for part in parts)
        if usable < LEAST_PICTURES:
            source.mistakes.append(
                f"{path} has {usable} usable pictures of {LABELS[label]}:"
                f" at least {LEAST_PICTURES} are needed"
            )
        for part in sorted(parts):
            if usable >= LEAST_PICTURES and counts[label, part] == 0:
                source.mistakes.append(
                    f"{path} has no usable picture of {LABELS[label]} for {part}: add some"
                )


def _notes(
    source: Source, classes: Sequence[int], rows: list[Row], kept: dict[str, Row], left_out: int
) -> list[str]:
    """What the owner should know about how the pictures were taken."""
    notes = []
    absent = set(range(len(LABELS))) - set(classes)
    if absent:
        notes.append(f"The network will never say {named(absent)}: no such class was given.")
    if source.passed_over:
        notes.append(f"{source.passed_over} files were passed over: by their names no pictures.")
    copies = len({row.path for row in rows}) - len(kept) - left_out
    if copies:
        notes.append(f"{copies} pictures are copies of others and were used once.")
    return notes


def _divide(path: Path, kept: dict[str, Row], looks: dict[Path, Look], plan: Plan) -> OwnData:
    """Into train, validation and held-out, by person where file names tell one."""
    digests = sorted(kept)
    rows = [kept[digest] for digest in digests]
    notes: list[str] = []
    places = _places(path, digests, rows, plan.split, notes)
    parts: dict[str, list[Picture]] = {TRAIN: [], VALIDATION: [], HELD_OUT: []}
    packed: dict[str, list[image_ops.Picture]] = {part: [] for part in parts}
    summary = hashlib.sha256()
    for digest, row, place in zip(digests, rows, places, strict=True):
        look = looks[row.path]
        assert look.packed is not None
        parts[place].append(Picture(row.path, row.label, look.box, row.votes))
        packed[place].append(look.packed)
        summary.update(f"{digest} {row.label} {place} {look.box}\n".encode())
    faces = {part: _faces(packed[part], parts[part]) for part in parts}
    classes = tuple(sorted({row.label for row in rows}))
    return OwnData(classes, parts, faces, summary.hexdigest(), notes=notes)


def _places(
    path: Path, digests: list[str], rows: list[Row], how: str, notes: list[str]
) -> list[str]:
    """The part of each row: the owner's own where folders say so, the others divided."""
    given = {row.part for row in rows} - {""}
    places = [row.part for row in rows]
    if given == {TRAIN, VALIDATION, HELD_OUT}:
        return places
    left = [number for number, place in enumerate(places) if place in ("", TRAIN)]
    wanted = tuple(part for part in (HELD_OUT, VALIDATION) if part not in given)
    labels = [rows[number].label for number in left]
    pictures = [digests[number] for number in left]
    people = [person_of(rows[n].path) or digest for n, digest in zip(left, pictures, strict=True)]
    found = split(people, labels, wanted) if how != "picture" else None
    if found is not None and people != pictures:
        notes.append(f"Nobody is on two sides of the split ({len(set(people))} names NAME_NUMBER).")
    elif how == "person":
        raise OwnDataError(
            f"{path} has file names of too few people to keep some of each class aside: name files"
            " NAME_NUMBER, at least three people per class, or say --split picture"
        )
    else:
        notes.append(
            "The split is picture by picture, because file names tell no people (NAME_NUMBER): a"
            " person on both sides makes the held-out figures too good."
        )
        found = split(pictures, labels, wanted)
    if found is None:
        raise OwnDataError(f"{path} cannot be split: add pictures of every class to train")
    for number, place in zip(left, found, strict=True):
        places[number] = place
    return places
