"""AI Hub's "composite images for Korean emotion recognition", as its archives lie when unpacked.

Label files `img_emotion_training_data(기쁨).json` (`img_emotion_validation_data(…)`) in folders
`[라벨]EMOIMG_기쁨_TRAIN`, pictures in `[원천]EMOIMG_기쁨_TRAIN_01`; parts may be missing. What the
three annotators saw counts, not the folder; their boxes lie in the upright picture.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from appliance.domain import Box
from models.emotion.labels import LABELS
from models.emotion.own_rows import TRAIN, VALIDATION, OwnDataError, Row, Source, json_content

LABEL_FILES = {
    "img_emotion_training_data*.json": TRAIN,
    "img_emotion_validation_data*.json": VALIDATION,
}
PICTURES = frozenset({".jpg", ".jpeg"})
ANNOTATORS = ("annot_A", "annot_B", "annot_C")
NO_EMOTION = "none"
WORDS = {
    "기쁨": "happiness",
    "당황": "surprise",
    "분노": "anger",
    "불안": "fear",
    "상처": "sadness",
    "슬픔": "sadness",
    "중립": "neutral",
    "알수없음": NO_EMOTION,
}
"""What the annotators' words count as. 당황 (taken aback) and 불안 (uneasy) are nearest to surprise
and fear, 상처 (hurt) to sadness; `--words` of the training command says otherwise."""
WORDS_HELP = "AI Hub's words that count as something else, such as 상처=none,당황=fear"
LEAST_VOTES = 2
"""Annotators who must see the same for a picture to be used."""
MISSING, NO_MAJORITY = "its picture is missing", "no two annotators agree"
UNKNOWN, NO_BOX = "most annotators saw no emotion", "its face has no usable box"
INCOMPLETE = "its record is incomplete"


def is_aihub(root: Path) -> bool:
    """Whether a folder holds such label files, at any depth."""
    return next(_label_files(root), None) is not None


def _label_files(root: Path) -> Iterator[tuple[Path, str]]:
    for pattern, part in LABEL_FILES.items():
        for path in sorted(root.rglob(pattern)):
            yield path, part


def composed(name: str) -> str:
    """A name with Korean composed: a Mac and some archives split syllables up."""
    return unicodedata.normalize("NFC", name)


def read(root: Path, words: Mapping[str, str]) -> Source:
    """A row per picture on which annotators agree; what is left out is named by reason.

    Raises OwnDataError when a label file cannot be read or has other fields.
    """
    source = Source(classes_are_all=True)
    places = _Pictures(root)
    numbers = {word: LABELS.index(name) for word, name in words.items() if name != NO_EMOTION}
    for path, part in _label_files(root):
        for number, record in enumerate(_records(path), start=1):
            reader = _Record(path, number, record, words, numbers)
            name = reader.name
            picture = places.find(name, path) if name else None
            shown = picture or path.parent / (name or f"record {number}")
            reason = MISSING if name and picture is None else reader.reason()
            if reason is not None or picture is None:
                source.left_out[reason or MISSING].append(shown)
                continue
            votes = reader.votes()
            row = Row(picture, int(votes.argmax()), part=part, box=reader.box(), votes=votes)
            source.rows.append(row)
            source.found.add(row.label)
    return source


class _Pictures:
    """Where the pictures lie, by name; several archives may hold one name."""

    def __init__(self, root: Path) -> None:
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        for path in sorted(root.rglob("*")):
            if path.suffix.casefold() in PICTURES and path.is_file():
                self._by_name[composed(path.name)].append(path)

    def find(self, name: str, label_file: Path) -> Path | None:
        """The picture of that name whose folder is most like the label file's."""
        found = self._by_name.get(composed(name), [])
        mark = composed(label_file.parent.name).partition("]")[2]
        return next((path for path in found if mark and mark in composed(str(path))), None) or next(
            iter(found), None
        )


def _records(path: Path) -> list[Mapping[str, Any]]:
    content = json_content(path)
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        raise OwnDataError(f"{path} is no list of records: is it a label file of AI Hub?")
    fields = ("filename", *ANNOTATORS)
    lacking = [name for name in fields if content and not any(name in each for each in content)]
    if lacking:
        raise OwnDataError(
            f"{path} has no {', '.join(lacking)} in any of its {len(content)} records: labels of"
            f" another year? Expected are {', '.join(fields)}"
        )
    return content


@dataclass(frozen=True)
class _Record:
    """One record of a label file."""

    path: Path
    number: int
    content: Mapping[str, Any]
    words: Mapping[str, str]
    numbers: Mapping[str, int]

    @property
    def name(self) -> str:
        name = self.content.get("filename")
        return Path(name).name if isinstance(name, str) else ""

    def _annotations(self) -> list[Mapping[str, Any]]:
        found = (self.content.get(who) for who in ANNOTATORS)
        return [each for each in found if isinstance(each, dict)]

    def _said(self) -> list[str]:
        """The annotators' words; raises OwnDataError for one that is in no table."""
        found = []
        for annotation in self._annotations():
            word = annotation.get("faceExp")
            if not isinstance(word, str):
                continue
            word = re.sub(r"\s", "", composed(word))
            if word not in self.words:
                raise OwnDataError(
                    f"{self.path}, record {self.number}: {word!r} is none of"
                    f" {', '.join(self.words)}: say what it counts as with --words {word}=EMOTION"
                )
            found.append(word)
        return found

    def votes(self) -> np.ndarray:
        """Shares of the emotions seen [7]."""
        counts = np.zeros(len(LABELS), np.float32)
        for word in self._said():
            if word in self.numbers:
                counts[self.numbers[word]] += 1.0
        return counts / max(1.0, float(counts.sum()))

    def reason(self) -> str | None:
        """Why the picture is not used; None when it is."""
        said = self._said()
        if not self.name or len(said) < LEAST_VOTES:
            return INCOMPLETE
        seen = [self.numbers[word] for word in said if word in self.numbers]
        if len(said) - len(seen) >= LEAST_VOTES:
            return UNKNOWN
        if max(map(seen.count, seen), default=0) < LEAST_VOTES:
            return NO_MAJORITY
        return None if self.box() is not None else NO_BOX

    def box(self) -> Box | None:
        """The median of the annotators' boxes, in the upright picture."""
        corners = [
            [boxes[key] for key in ("minX", "minY", "maxX", "maxY")]
            for boxes in (annotation.get("boxes") for annotation in self._annotations())
            if isinstance(boxes, dict) and _is_box(boxes)
        ]
        if not corners:
            return None
        return Box(*(float(value) for value in np.median(np.array(corners, float), axis=0)))


def _is_box(boxes: Mapping[str, Any]) -> bool:
    values = [boxes.get(key) for key in ("minX", "minY", "maxX", "maxY")]
    if not all(isinstance(value, int | float) for value in values):
        return False
    x1, y1, x2, y2 = (float(value) for value in values if value is not None)
    return bool(np.isfinite([x1, y1, x2, y2]).all()) and x1 < x2 and y1 < y2


def words_of(text: str) -> dict[str, str]:
    """WORDS changed by `상처=none,당황=fear`; raises ArgumentTypeError for what is no emotion."""
    found = dict(WORDS)
    for pair in filter(None, text.split(",")):
        word, equals, name = (part.strip() for part in pair.partition("="))
        if not equals or not word or name not in (*LABELS, NO_EMOTION):
            raise argparse.ArgumentTypeError(
                f"{pair!r}: write WORD=EMOTION, one of {', '.join(LABELS)}, {NO_EMOTION}"
            )
        found[composed(word)] = name
    return found
