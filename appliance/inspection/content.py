"""Whether bytes hold a picture, a crop or an embedding: judged by content, whatever their name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap

from appliance.inspection.hidden_text import decoded_runs, has_number_list, is_text
from appliance.inspection.picture_signs import format_inside, format_of
from appliance.inspection.raw_numbers import is_number_array, is_raw_frame

Data = bytes | mmap

_MAX_HIDDEN_RUNS = 200


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something that does not belong there."""

    where: str
    what: str
    is_certain: bool = True
    """False: of no known kind, so that nobody can say what it holds."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Known:
    """What may be there although it is a picture or numbers: by checksum, never by name."""

    sha256: frozenset[str] = field(default_factory=frozenset)

    def holds(self, data: Data) -> bool:
        return hashlib.sha256(data).hexdigest() in self.sha256

    def __or__(self, other: Known) -> Known:
        return Known(self.sha256 | other.sha256)


def suspicion_of(data: Data, known: Known, *, is_number_list_usual: bool = False) -> str | None:
    """What is wrong with these bytes in a few words; None: nothing.

    ``is_number_list_usual``: this place keeps long lists of numbers that are nobody's (say, what
    was learned of the clips).
    """
    if len(data) == 0:
        return None
    found = format_of(data) or format_inside(data)
    if found is not None:
        return None if known.holds(data) else found
    if is_text(data):
        if has_number_list(data) and not is_number_list_usual:
            return None if known.holds(data) else "a list of numbers such as an embedding"
        return next(_hidden(data, known), None)
    view = memoryview(data)
    try:
        found = _unnamed(view, is_number_list_usual)
    finally:
        view.release()
    return None if found is None or known.holds(data) else found


def _unnamed(view: memoryview, is_number_list_usual: bool) -> str | None:
    if is_raw_frame(view):
        return "rows of pixels (a raw frame or crop)"
    if is_number_array(view) and not is_number_list_usual:
        return "an array of floating-point numbers such as an embedding"
    return None


def _hidden(data: Data, known: Known) -> Iterator[str]:
    for number, run in enumerate(decoded_runs(data)):
        if number == _MAX_HIDDEN_RUNS:
            return
        found = format_of(run) or format_inside(run) or _unnamed(memoryview(run), False)
        if found is not None and not known.holds(run):
            yield f"{found}, written as text"
