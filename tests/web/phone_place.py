"""A place with a history: a real database, filled through the store, behind the phone app."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from flask import Flask

from appliance.config import Settings
from appliance.daemon.starter_library import fill_with_starter_library
from appliance.domain import (
    EMOTIONS,
    Clip,
    DayTime,
    Decision,
    DecisionContext,
    EmotionScores,
    Expression,
    PlaybackEvent,
    RatingSource,
    Screen,
    Season,
    Surroundings,
)
from appliance.messages import Answer, Message, RatingGiven, SeenBeforeGiven
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from appliance.store.decisions import DecisionStore
from appliance.store.plays import PlayStore
from appliance.store.ratings import RatingStore
from appliance.store.samples import SampleStore
from appliance.store.stamp import Stamp
from appliance.store.visits import VisitStore
from appliance.web.phone_app import create_phone_app
from appliance.web.qr_link import QrLink
from tests.store.history import CHAIN_KEY
from tests.web.scripted_unit import UI_DIR

SECRET = "0" * 64


class PhonePlace:
    """Writes history with ``show``; posted ratings go to the store, as the control loop does."""

    def __init__(
        self, folder: Path, *, has_starters: bool = True, **sections: dict[str, Any]
    ) -> None:
        self.settings = Settings.model_validate({"panel": {"language": "ko"}} | sections)
        self.database_path = folder / "appliance.db"
        self.clips_dir = folder / "clips"
        self.clips_dir.mkdir(parents=True, exist_ok=True)
        self.database: Database = open_database(self.database_path)
        if has_starters:
            fill_with_starter_library(self.database, self.clips_dir)
        self.later_s = 0.0
        self.links = QrLink(
            lambda: self.settings,
            SECRET,
            lambda: "http://192.168.0.12:8081",
            monotonic_s=lambda: time.monotonic() + self.later_s,
        )
        self.is_full = False
        self.posted: list[Message] = []

    def app(self) -> Flask:
        return create_phone_app(
            database_path=self.database_path,
            post=self._post,
            media_dir=self.clips_dir,
            ui_dir=UI_DIR,
            settings=lambda: self.settings,
            links=self.links,
        )

    def clip(self, title_en: str) -> Clip:
        return next(c for c in ClipStore(self.database).all() if title_en in (c.title_en or ""))

    def clips(self) -> tuple[Clip, ...]:
        return tuple(ClipStore(self.database).all())

    def add_clip(self, **values: Any) -> Clip:
        number = uuid.uuid4().int % 10**9
        defaults: dict[str, Any] = {
            "id": 0,
            "file": f"{number}.mp4",
            "sha256": f"{number:064x}",
            "codec": "h264",
            "duration_s": 9.0,
        }
        return ClipStore(self.database).add(Clip(**(defaults | values)), self.stamp())

    def stamp(self, hour: int | None = None, days_ago: int = 0) -> Stamp:
        now = dt.datetime.now().astimezone() - dt.timedelta(days=days_ago)
        return Stamp(now if hour is None else now.replace(hour=hour, minute=5, second=0))

    def show(
        self,
        clip: Clip,
        *,
        hour: int | None = None,
        days_ago: int = 0,
        rating: int | None = None,
        emotion: str = "happiness",
        seconds: int = 0,
        play_id: str | None = None,
    ) -> str:
        """One visit that was shown ``clip``; returns the play's id (by default a new one)."""
        stamp, play_id = self.stamp(hour, days_ago), play_id or str(uuid.uuid4())
        visit_id = VisitStore(self.database).start(1, stamp)
        place = Surroundings(Season.AUTUMN, DayTime.DAY)
        context = DecisionContext(Screen.SHOW, Expression.HAPPY, 0.8, 1, place)
        decision = Decision(context, clip, 0.5, "test", "test", ())
        DecisionStore(self.database).record(
            decision, play_id=play_id, visit_id=visit_id, stamp=stamp
        )
        PlayStore(self.database, CHAIN_KEY).record(play_id, PlaybackEvent.PLAYING, 0.0, "", stamp)
        if rating is not None:
            RatingStore(self.database).give(play_id, rating, RatingSource.PANEL, stamp)
        probabilities = tuple(0.7 if name == emotion else 0.05 for name in EMOTIONS)
        scores = EmotionScores(probabilities, 0.5, 0.2, Expression.HAPPY, 0.7)
        for second in range(seconds):
            SampleStore(self.database).record(play_id, float(second), scores, 1)
        return play_id

    def a_busy_day(self) -> None:
        """Yesterday: ten to fourteen visits in each of some hours, with answers."""
        clips = ClipStore(self.database).all()
        palette = ("happiness", "neutral", "sadness", "surprise")
        # One transaction: a commit for each of the many rows would take the disk's time.
        with self.database.transaction():
            for hour in range(9, 19):
                for number in range(10 + (hour * 7) % 5):
                    self.show(
                        clips[(hour + number) % 7],
                        hour=hour,
                        days_ago=1,
                        rating=int((hour * number) % 4 != 0),
                        emotion=palette[(hour + number % 2) % len(palette)],
                        seconds=6 + (hour + 3 * number) % 6,
                    )

    def path(self, play_id: str) -> str:
        """Of the phone page, without host."""
        return f"/c/{self.links.token_for(play_id)}"

    def _post(self, message: Message) -> bool:
        if self.is_full:
            return False
        self.posted.append(message)
        assert isinstance(message, RatingGiven | SeenBeforeGiven)
        # A web thread calls: the database of this object belongs to the test's own.
        with open_database(self.database_path) as database:
            reply: Future[Answer] = message.reply
            ratings = RatingStore(database)
            if isinstance(message, SeenBeforeGiven):
                reply.set_result(ratings.say_seen_before(message.play_id, message.seen_before))
            else:
                given = (message.value, message.source, self.stamp(), message.stars)
                reply.set_result(ratings.give(message.play_id, *given))
        return True
