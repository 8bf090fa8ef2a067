"""What people call the seven emotions, in English and Korean, as folder names and labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from models.emotion.labels import LABELS

SPELLINGS: dict[str, tuple[str, ...]] = {
    "neutral": ("blank", "calm", "expressionless", "neutrality", "중립", "무표정", "평온"),
    "happiness": ("happy", "joy", "smile", "smiling", "기쁨", "행복", "웃음", "즐거움"),
    "sadness": ("sad", "unhappy", "sorrow", "슬픔"),
    "surprise": ("surprised", "놀람", "놀라움", "당황"),
    "fear": ("afraid", "fearful", "scared", "공포", "두려움", "불안"),
    "disgust": ("disgusted", "혐오", "역겨움"),
    "anger": ("angry", "mad", "rage", "분노", "화남"),
}
"""Other names of each emotion; its own name in LABELS counts too."""

_SEPARATORS = re.compile(r"[\s_\-]+")
_BRACKETS = re.compile(r"^(.*?)\((.*)\)$")
_NUMBER_BEFORE = re.compile(r"^\d+[.)]?")


def _plain(name: str) -> str:
    """Without case, separators and a leading number; Korean composed (a Mac splits it up)."""
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    return _SEPARATORS.sub("", _NUMBER_BEFORE.sub("", text))


_PLACES = {
    _plain(name): number
    for number, label in enumerate(LABELS)
    for name in (label, *SPELLINGS[label])
}


def label_of(name: str) -> int | None:
    """Index into LABELS of a name such as `Happy`, `0_neutral`, `슬픔` or `중립(무표정)`.

    None when it names no emotion, or two different ones.
    """
    plain = _plain(name)
    if plain in _PLACES:
        return _PLACES[plain]
    bracketed = _BRACKETS.match(plain)
    if bracketed is None:
        return None
    first, second = (_PLACES.get(part) for part in bracketed.groups())
    return first if first == second else None


def named(labels: Iterable[int]) -> str:
    """`neutral, sadness` for (0, 2), in LABELS' order."""
    return ", ".join(LABELS[label] for label in sorted(labels))


def explained() -> str:
    """Every name that is understood, for an error message."""
    return "; ".join(f"{label} ({', '.join(SPELLINGS[label])})" for label in LABELS)
