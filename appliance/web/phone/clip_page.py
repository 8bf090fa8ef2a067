"""The page of one play: its clip, the visitor's answer, how others liked it, the place's day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from appliance.domain import Clip, Rating
from appliance.store.database import Database, open_database
from appliance.store.plays import PlayStore
from appliance.store.ratings import RatingStore
from appliance.store.records import RankedClip
from appliance.store.samples import SampleStore
from appliance.store.scores import ScoreStore
from appliance.web.phone.place_day import PlaceDay, finished_hours, place_day
from appliance.web.qr_link import is_web_link

RANKED_CLIPS = 5


@dataclass(frozen=True, slots=True)
class Contact:
    """How to get to what the clip is about; None where nothing is known."""

    address: str | None
    phone: str | None
    phone_link: str | None
    """``tel:`` link."""
    directions_link: str | None
    website: str | None


@dataclass(frozen=True, slots=True)
class ClipPage:
    """Everything on the page; nothing in it is about a person."""

    clip: Clip
    contact: Contact
    shown_at: dt.datetime | None
    """Aware, in the unit's zone; None: the clip never reported that it plays."""
    rating: Rating | None
    ranking: tuple[RankedClip, ...]
    place_day: PlaceDay


class PhoneRecords:
    """Reads the store, each time through a read-only connection of its own."""

    def __init__(self, database_path: Path) -> None:
        self._path = database_path
        self._day: tuple[tuple[dt.date, int], PlaceDay] | None = None

    def page(self, play_id: str, now: dt.datetime) -> ClipPage | None:
        """None: the play's clip is no longer in the library. ``now`` is aware and local."""
        with self._open() as database:
            plays = PlayStore(database)
            play = plays.get(play_id)
            if play is None:
                return None
            shown = plays.details(play_id)
            rating = RatingStore(database).get(play_id)
            return ClipPage(
                clip=play.clip,
                contact=contact_of(play.clip),
                shown_at=shown.started_at if shown and shown.is_clock_synced else None,
                rating=rating,
                ranking=ScoreStore(database).ranking(limit=RANKED_CLIPS),
                place_day=self._place_day(database, now),
            )

    def _place_day(self, database: Database, now: dt.datetime) -> PlaceDay:
        """Made once an hour: finished hours do not change, and a day has many samples."""
        hours = (now.date(), finished_hours(now.date(), now))
        cached = self._day
        if cached is None or cached[0] != hours:
            cached = self._day = (hours, place_day(SampleStore(database), now))
        return cached[1]

    def thumbnail(self, play_id: str) -> str | None:
        """Name of the picture in the library's folder."""
        with self._open() as database:
            play = PlayStore(database).get(play_id)
            return None if play is None else play.clip.thumbnail

    @contextmanager
    def _open(self) -> Iterator[Database]:
        with open_database(self._path, read_only=True) as database:
            yield database


def contact_of(clip: Clip) -> Contact:
    """Links only of kinds that a phone may safely follow."""
    digits = "".join(c for c in clip.phone or "" if c.isascii() and (c.isdigit() or c in "+*#"))
    directions = clip.map_link if is_web_link(clip.map_link) else None
    if directions is None and clip.address:
        directions = f"https://www.openstreetmap.org/search?query={quote(clip.address)}"
    return Contact(
        address=clip.address,
        phone=clip.phone,
        phone_link=f"tel:{quote(digits, safe='+*')}" if digits else None,
        directions_link=directions,
        website=clip.link if is_web_link(clip.link) else None,
    )
