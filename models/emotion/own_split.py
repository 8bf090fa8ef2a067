"""Which pictures train, which say when to stop, and which are kept aside to measure on."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.emotion.own_rows import HELD_OUT, TRAIN, VALIDATION

SHARE = 0.15
"""Of each class, for each of validation and held-out."""

_PERSON = re.compile(r"^(.+)_\d+$")
_UPLOADER = re.compile(r"^([^_]+)_[남여]_\d+(?:대)?_")
"""AI Hub's names begin with their uploader, then gender and age."""


def person_of(file: Path) -> str | None:
    """`NAME` of a file called `NAME_NUMBER.jpg` or `NAME_여_20_….jpg`; None for another name."""
    stem = unicodedata.normalize("NFC", file.stem)
    named = _UPLOADER.match(stem) or _PERSON.match(stem)
    return named[1] if named else None


def split(
    groups: Sequence[str], labels: Sequence[int], parts: Sequence[str] = (HELD_OUT, VALIDATION)
) -> list[str] | None:
    """The part of each picture; a group (person) is never on two sides, every class is on all.

    Fixed by the groups' names alone: about SHARE of each class for each of `parts`, the rest for
    TRAIN. None when the groups are too few or too large for that.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for group, label in zip(groups, labels, strict=True):
        members[group].append(label)
    free = sorted(members, key=lambda group: hashlib.sha256(group.encode()).digest())
    wanted = {label: max(1, round(SHARE * count)) for label, count in Counter(labels).items()}
    place = dict.fromkeys(free, TRAIN)
    for number, part in enumerate(parts):
        choice = _Choice(members, free, later=len(parts) - number)
        # The rarest class first: it has the fewest groups to choose from.
        for label in sorted(wanted, key=lambda each: (wanted[each], each)):
            choice.add(label, wanted[label])
        place |= dict.fromkeys(choice.chosen, part)
        free = [group for group in free if group not in choice.chosen]
    found = [place[group] for group in groups]
    whole = {(part, label) for part in (TRAIN, *parts) for label in wanted}
    return found if whole == set(zip(found, labels, strict=True)) else None


class _Choice:
    """The groups chosen for one part; `later` parts (TRAIN too) still need each class after it."""

    def __init__(
        self, members: Mapping[str, Sequence[int]], free: Sequence[str], later: int
    ) -> None:
        self.chosen: set[str] = set()
        self._members = members
        self._free = free
        self._later = later
        self._left = Counter(label for group in free for label in set(members[group]))
        self._held: Counter[int] = Counter()

    def add(self, label: int, wanted: int) -> None:
        """Choose groups until the part holds `wanted` pictures of a class, or none is left."""
        for group in self._free:
            short = wanted - self._held[label]
            if short <= 0:
                return
            # A person with most of the pictures is to train on, not to be held out.
            if len(self._members[group]) <= 2 * short and self._may_take(group, label):
                self._take(group)
        if self._held[label] == 0:
            possible = [group for group in self._free if self._may_take(group, label)]
            if possible:
                self._take(min(possible, key=lambda group: len(self._members[group])))

    def _may_take(self, group: str, label: int) -> bool:
        labels = self._members[group]
        return (
            label in labels
            and group not in self.chosen
            and all(self._left[other] > self._later for other in set(labels))
        )

    def _take(self, group: str) -> None:
        self.chosen.add(group)
        self._held.update(self._members[group])
        self._left.subtract(set(self._members[group]))
