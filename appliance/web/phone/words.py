"""The phone page's words, dates and numbers in the visitor's language."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent
from flask import request

LANGUAGES = ("ko", "en")
_LOCALES = {"ko": "ko_KR", "en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str
    table: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        return self.table[key].format(**values)

    @property
    def _locale(self) -> str:
        return _LOCALES[self.language]

    def moment(self, when: dt.datetime) -> str:
        """Day and time, for example ``11월 20일 오후 9:18``."""
        pattern = "M월 d일 aaaa h:mm" if self.language == "ko" else "d MMMM, HH:mm"
        return format_datetime(when, pattern, locale=self._locale)

    def day(self, day: dt.date) -> str:
        """For example ``11월 20일``."""
        pattern = "M월 d일" if self.language == "ko" else "d MMMM"
        return format_date(day, pattern, locale=self._locale)

    def hour(self, hour: int) -> str:
        """An hour of the day as short as an axis needs it."""
        pattern = "H시" if self.language == "ko" else "HH"
        return format_time(dt.time(hour % 24), pattern, locale=self._locale)

    def percent(self, share: float) -> str:
        return format_percent(share, format="#,##0%", locale=self._locale)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self._locale)


class Dictionary:
    """All languages, read once from ``phone/i18n``."""

    def __init__(self, folder: Path, default: Callable[[], str]) -> None:
        self._words = {
            language: Words(
                language, json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
            )
            for language in LANGUAGES
        }
        self._default = default

    def of(self, language: str) -> Words:
        return self._words[language]

    def for_request(self) -> Words:
        """``?lang=`` goes first, then the browser's languages, then the panel's."""
        wanted, default = asked_language(), self._default()
        if wanted is None:
            wanted = request.accept_languages.best_match(LANGUAGES, default)
        return self._words[wanted or default]


def asked_language() -> str | None:
    """The language that the address itself names, if it is one of ours."""
    wanted = request.args.get("lang", "")
    return wanted if wanted in LANGUAGES else None
