"""The phone pages as files for any web host: clips, ranking, the place's day, privacy.

The templates are those of the phone page, without what belongs to one play: no answer can be
given, and nothing is said of when a clip was shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from appliance.config import Settings
from appliance.domain import Clip
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from appliance.store.records import RankedClip
from appliance.store.samples import SampleStore
from appliance.store.scores import ScoreStore
from appliance.web.panel.media import NAME
from appliance.web.phone.clip_page import RANKED_CLIPS, ClipPage, contact_of
from appliance.web.phone.emotion_chart import HEIGHT, WIDTH
from appliance.web.phone.place_day import PlaceDay, place_day
from appliance.web.phone.static_site_names import PICTURES, VIDEOS, clip_page, list_page
from appliance.web.phone.words import LANGUAGES, Dictionary, Words
from appliance.web.privacy_text import PrivacyText
from appliance.web.snapshot import accent_of


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file of the site."""

    name: str
    """Relative to the site's folder."""
    content: Callable[[], bytes] | Path
    """What makes the page, or the file that is copied."""


@dataclass(frozen=True, slots=True)
class ListedClip:
    """A clip in the list of all."""

    clip: Clip
    link: str
    picture_link: str | None


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was read from the store, at one moment."""

    clips: tuple[Clip, ...]
    ranking: tuple[RankedClip, ...]
    place_day: PlaceDay


def static_site(
    *,
    database_path: Path,
    media_dir: Path,
    ui_dir: Path,
    settings: Settings,
    now: dt.datetime,
    with_clips: bool,
) -> tuple[SiteFile, ...]:
    """All files of the site as the store is now; pages are made when they are asked for.

    ``now`` is aware and local. Raises StoreError when the store cannot be read.
    """
    with open_database(database_path, read_only=True) as database:
        facts = _facts(database, now)
    pages = _Pages(ui_dir.absolute(), media_dir.absolute(), settings, now, facts, with_clips)
    return pages.files()


def _facts(database: Database, now: dt.datetime) -> _Facts:
    clips = tuple(clip for clip in ClipStore(database).enabled() if clip.approved)
    ranking = ScoreStore(database).ranking(limit=RANKED_CLIPS)
    return _Facts(clips, ranking, place_day(SampleStore(database), now))


class _Pages:
    """Makes the files of one export."""

    def __init__(
        self,
        ui_dir: Path,
        media_dir: Path,
        settings: Settings,
        now: dt.datetime,
        facts: _Facts,
        with_clips: bool,
    ) -> None:
        folder = ui_dir / "phone"
        self._media_dir = media_dir
        self._settings = settings
        self._now = now
        self._facts = facts
        self._with_clips = with_clips
        self._default = "en" if settings.panel.language == "en" else "ko"
        self._dictionary = Dictionary(folder / "i18n", lambda: self._default)
        self._privacy = PrivacyText(ui_dir)
        self._style = Markup((folder / "phone.css").read_text(encoding="utf-8"))  # noqa: S704
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=True)

    def files(self) -> tuple[SiteFile, ...]:
        files = []
        for clip in self._facts.clips:
            for folder, name in ((PICTURES, clip.thumbnail), (VIDEOS, clip.file)):
                link = self._copied(folder, name)
                if link is not None and name is not None:
                    files.append(SiteFile(link, self._media_dir / name))
            files += (
                SiteFile(
                    clip_page(clip.id, language, self._default),
                    partial(self._clip_page, clip, language),
                )
                for language in LANGUAGES
            )
        # Last, so that it never lists a page that is not there yet.
        files += (
            SiteFile(list_page(language, self._default), partial(self._list_page, language))
            for language in LANGUAGES
        )
        return tuple({file.name: file for file in files}.values())

    def _copied(self, folder: str, name: str | None) -> str | None:
        """Link to a file of the library; None: it is not there or not asked for."""
        if folder == VIDEOS and not self._with_clips:
            return None
        if name is None or NAME.fullmatch(name) is None:
            return None
        return f"{folder}/{name}" if (self._media_dir / name).is_file() else None

    def _clip_page(self, clip: Clip, language: str) -> bytes:
        page = ClipPage(
            clip=clip,
            contact=contact_of(clip),
            shown_at=None,
            rating=None,
            ranking=self._facts.ranking,
            place_day=self._facts.place_day,
        )
        return self._made(
            "clip.html",
            self._dictionary.of(language),
            page=page,
            accent=accent_of(clip.mood),
            picture_link=self._copied(PICTURES, clip.thumbnail),
            video_link=self._copied(VIDEOS, clip.file),
            home_link=list_page(language, self._default),
            other_language_link=clip_page(clip.id, _other(language), self._default),
        )

    def _list_page(self, language: str) -> bytes:
        return self._made(
            "site.html",
            self._dictionary.of(language),
            clips=[
                ListedClip(
                    clip,
                    clip_page(clip.id, language, self._default),
                    self._copied(PICTURES, clip.thumbnail),
                )
                for clip in self._facts.clips
            ],
            ranking=self._facts.ranking,
            chart=self._facts.place_day.chart,
            written_at=self._now,
            other_language_link=list_page(_other(language), self._default),
        )

    def _made(self, template: str, words: Words, **values: Any) -> bytes:
        return (
            self._templates.get_template(template)
            .render(
                words=words,
                style=self._style,
                unit_name=self._settings.panel.unit_name,
                place=self._settings.panel.place,
                privacy=self._privacy.paragraphs(words.language),
                chart_width=WIDTH,
                chart_height=HEIGHT,
                chart_day=self._facts.place_day.day,
                **values,
            )
            .encode("utf-8")
        )


def _other(language: str) -> str:
    return "en" if language == "ko" else "ko"
