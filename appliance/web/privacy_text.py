"""The privacy text, the same words on the panel and on the phone."""

from __future__ import annotations

import json
from pathlib import Path

LANGUAGES = ("ko", "en")


class PrivacyText:
    """Paragraphs per language, read once from ``privacy.<language>.json`` in the UI's folder."""

    def __init__(self, ui_dir: Path) -> None:
        self._paragraphs: dict[str, list[str]] = {
            language: json.loads((ui_dir / f"privacy.{language}.json").read_text(encoding="utf-8"))
            for language in LANGUAGES
        }

    def all_languages(self) -> dict[str, list[str]]:
        return self._paragraphs

    def paragraphs(self, language: str) -> list[str]:
        return self._paragraphs[language]
