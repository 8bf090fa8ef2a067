"""The text of a table that some spreadsheet wrote: its encoding, known or told by plausibility."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

from appliance.errors import ContentError

MAX_BYTES = 5_000_000
WINDOWS = ("cp949", "cp1252")
"""What Excel writes as plain CSV on Korean and on western Windows."""

_PUNCTUATION = frozenset("‘’“”–—…€°«»¡¿§·×\u00a0・、。")
_MOST_NEIGHBOURS = 0.25
"""Of western text's accented letters so many stand beside another at most; of Korean read as
western nearly all do, for a syllable has two bytes."""


def table_text(path: Path, encoding: str | None) -> str:
    """All of the file. ``encoding`` None: UTF-8, UTF-16 with its mark, or one of ``WINDOWS``.

    Raises ContentError, also where two of them are possible.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(f"{path}: larger than {MAX_BYTES} bytes, so no table; check")
        data = path.read_bytes()
    except OSError as exc:
        raise ContentError(f"{path}: {exc.strerror}; name a readable CSV file") from exc
    if encoding is not None:
        return _decoded(path, data, encoding)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(path, data, "utf-16")
    if b"\0" in data:
        raise ContentError(f"{path}: is no text; save the table as 'CSV UTF-8'")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _guessed(path, data)


def _decoded(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except LookupError as exc:
        raise ContentError(
            f"--encoding: there is no {encoding[:40]!r}; for example cp949 or cp1252"
        ) from exc
    except UnicodeError as exc:
        line = data[: getattr(exc, "start", 0)].count(b"\n") + 1
        raise ContentError(
            f"{path}: line {line} is no text in {encoding[:40]}; give another --encoding"
        ) from exc


def _guessed(path: Path, data: bytes) -> str:
    likely = {}
    for encoding, is_plausible in zip(WINDOWS, (_is_korean, _is_western), strict=True):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if is_plausible(text):
            likely[encoding] = text
    if len(likely) != 1:
        raise ContentError(
            f"{path}: cannot tell in which encoding it is written; give --encoding"
            f" ({' or '.join(WINDOWS)}), or save the table as 'CSV UTF-8'"
        )
    return next(iter(likely.values()))


def _is_korean(text: str) -> bool:
    """Only syllables of KS X 1001, which all written Korean is made of, and punctuation.

    Western letters side by side come out as Chinese characters or as syllables nobody writes.
    """
    others = {char for char in text if not char.isascii()} - _PUNCTUATION
    return all("가" <= char <= "힣" and _is_in(char, "euc_kr") for char in others)


def _is_western(text: str) -> bool:
    places = [place for place, char in enumerate(text) if not char.isascii()]
    letters = {place for place in places if text[place] not in _PUNCTUATION}
    if not all(unicodedata.name(text[place], "").startswith("LATIN") for place in letters):
        return False
    neighbours = sum(place + 1 in letters or place - 1 in letters for place in letters)
    return neighbours <= _MOST_NEIGHBOURS * len(letters)


def _is_in(char: str, encoding: str) -> bool:
    try:
        return len(char.encode(encoding)) == 2
    except UnicodeEncodeError:
        return False
