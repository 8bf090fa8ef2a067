"""Kinds of command-line values; what is wrong with one is said in a single line."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlsplit

import click

from appliance.errors import ContentError

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    # Only the newest click can be subscripted when the program runs.
    ParamType = click.ParamType

Member = TypeVar("Member", bound=Enum)

_BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{1,30}")
_MAX_LINK = 500


class OneOf(ParamType, Generic[Member]):
    """A member of an enum, by its name in lower case."""

    def __init__(self, members: type[Member]) -> None:
        self._members = {member.name.lower(): member for member in members}
        self.name = "|".join(self._members)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """In lower case, as the word is written."""
        return f"[{self.name}]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Member:
        """Raises ContentError, with the word that was perhaps meant."""
        if isinstance(value, Enum):
            return self._members[value.name.lower()]
        word = str(value).lower()
        if word in self._members:
            return self._members[word]
        near = difflib.get_close_matches(word, self._members, 1)
        hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(self._members)}"
        raise ContentError(f"{_option(param)}: there is no {_shown(str(value))}; {hint}")


class PlainText(ParamType):
    """Text for the panel and the phone page: short, no control characters, one line or more."""

    name = "text"

    def __init__(self, max_length: int, *, lines: bool = False) -> None:
        self._max_length = max_length
        self._lines = lines

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Raises ContentError for empty, overlong or unprintable text."""
        text = str(value).strip()
        if not text:
            raise ContentError(f"{_option(param)} is empty; give a text or leave it out")
        if len(text) > self._max_length:
            raise ContentError(
                f"{_option(param)} has {len(text)} characters; {self._max_length} at most"
            )
        if not is_plain(text, lines=self._lines):
            raise ContentError(
                f"{_option(param)} holds line breaks or control characters: {_shown(text)};"
                " write it on one line"
            )
        return text


class WebLink(ParamType):
    """An http or https address: nothing else may stand behind a link on a stranger's phone."""

    name = "url"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Raises ContentError for anything else."""
        text = str(value).strip()
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = urlsplit("")
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
        if not is_web or len(text) > _MAX_LINK or not is_plain(text) or " " in text:
            raise ContentError(
                f"{_option(param)} is no web address: {_shown(text)}; write https://..."
            )
        return text


class PhoneNumber(ParamType):
    """A telephone number as people write it."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Raises ContentError for anything else."""
        text = str(value).strip()
        if not _PHONE.fullmatch(text):
            raise ContentError(
                f"{_option(param)} is no telephone number: {_shown(text)};"
                " use digits, spaces and + - ( )"
            )
        return text


class ClipId(ParamType):
    """The number of a clip in the library."""

    name = "id"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Raises ContentError for anything but a small positive whole number."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ContentError(
                f"a clip is named by its number, not {_shown(text)}; see 'appliance clip list'"
            )
        return int(text)


class Day(ParamType):
    """A local date, ISO 8601."""

    name = "yyyy-mm-dd"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Raises ContentError for anything else."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError as exc:
            raise ContentError(
                f"{_option(param)} is no date: {_shown(str(value))}; write it as 2026-03-31"
            ) from exc


def is_plain(text: str, *, lines: bool = False) -> bool:
    """No control characters, unpaired surrogates or marks that turn the reading direction."""
    return not any(
        (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and not (lines and char == "\n"))
        or char in _BIDI_CONTROLS
        for char in text
    )


def _option(param: click.Parameter | None) -> str:
    return param.opts[0] if param is not None else "the value"


def _shown(text: str) -> str:
    """Fit for a line of the terminal: escaped and cut."""
    shown = repr(text)
    return shown if len(shown) <= 60 else f"{shown[:57]}...'"
