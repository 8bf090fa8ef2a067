"""A panel server whose screen a test writes by hand; it answers and remembers what is posted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from appliance.config import Settings
from appliance.daemon.web_server import WebServer
from appliance.domain import (
    Clip,
    ClipKind,
    DayTime,
    Mood,
    Play,
    Question,
    Screen,
    ScreenState,
    Season,
    Sensing,
    Surroundings,
)
from appliance.messages import (
    Answer,
    Message,
    PlaybackReported,
    RatingGiven,
    ScreenSkipped,
    SeenBeforeGiven,
    SensingPauseRequested,
    StaffWished,
)
from appliance.web.panel.page_link import HEADER, PageLink
from appliance.web.panel_app import PANEL_THREADS, create_panel_app
from appliance.web.screen_feed import ScreenFeed
from tests.factories import a_clip

ROOT = Path(__file__).resolve().parents[2]
UI_DIR = ROOT / "kiosk_ui"
STARTER_CLIPS = ROOT / "appliance" / "content" / "starter" / "clips"


PAGE_KEY = "0123456789abcdef" * 2


def uuid_of(number: int) -> str:
    """A play's UUID that is easy to recognise."""
    return f"00000000-0000-4000-8000-{number:012d}"


def a_state(**changes: Any) -> ScreenState:
    """A quiet loop without a clip; every field may be given."""
    values: dict[str, Any] = {
        "revision": 1,
        "run_id": "run-1",
        "screen": Screen.HEALING,
        "play": None,
        "next_play": None,
        "deadline_s": None,
        "time_limit_s": None,
        "question": Question.LIKE,
        "rating": None,
        "seen_before": None,
        "qr_url": None,
        "sensing": Sensing.ON,
        "sensing_paused_until_s": None,
        "surroundings": Surroundings(Season.AUTUMN, DayTime.DAY),
        "troubles": (),
    }
    return ScreenState(**(values | changes))


def a_starter_play(number: int, name: str, **changes: Any) -> Play:
    """A play of a clip of the starter library (``name`` without its extension)."""
    values: dict[str, Any] = {
        "kind": ClipKind.HEALING,
        "title": "가을, 단풍이 지는 언덕",
        "title_en": "Autumn: maple leaves over the hills",
        "file": f"{name}.mp4",
        "thumbnail": f"{name}.jpg",
        "mood": Mood.PEACEFUL,
    }
    clip: Clip = a_clip(number, **(values | changes))
    return Play(uuid_of(number), number, clip, None)


class ScriptedUnit:
    """The panel app behind a real server; the control loop is a list of what was posted."""

    def __init__(
        self,
        media_dir: Path = STARTER_CLIPS,
        port: int = 0,
        reply_timeout_s: float = 5.0,
        **panel_settings: Any,
    ) -> None:
        self.feed = ScreenFeed()
        self.posted: list[Message] = []
        self.is_full = False
        self.answer: Answer | None = Answer.DONE
        self.error: Exception | None = None
        self.on_message: Callable[[Message], None] = lambda message: None
        self._revision = 0
        self._changed = threading.Condition()
        self.state = a_state()
        self.settings = Settings.model_validate({"panel": {"language": "ko"} | panel_settings})
        self.link = PageLink(PAGE_KEY)
        self.app = create_panel_app(
            feed=self.feed,
            post=self._post,
            media_dir=media_dir,
            ui_dir=UI_DIR,
            settings=lambda: self.settings,
            status=lambda: {"screen": "healing"},
            link=self.link,
            address=lambda: "192.168.0.12",
            reply_timeout_s=reply_timeout_s,
        )
        self.server = WebServer(self.app, "127.0.0.1", port, PANEL_THREADS, "panel")
        self.url = f"http://127.0.0.1:{self.server.port}"
        self.page_url = f"{self.url}/#{PAGE_KEY}"
        """As the unit's own page is opened."""

    def __enter__(self) -> ScriptedUnit:
        self.server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.stop()

    def client(self) -> FlaskClient:
        """Asks as the unit's own page does."""
        client = self.app.test_client()
        client.environ_base["HTTP_" + HEADER.upper().replace("-", "_")] = PAGE_KEY
        return client

    def show(self, **changes: Any) -> None:
        """Publish the current state with ``changes``."""
        self._revision += 1
        self.state = replace(self.state, revision=self._revision, **changes)
        self.feed.publish(self.state)

    def ask(self, screen: Screen, limit_s: float, **changes: Any) -> None:
        """RATING or QR with its whole time left."""
        deadline_s = time.monotonic() + limit_s
        self.show(screen=screen, deadline_s=deadline_s, time_limit_s=limit_s, **changes)

    def wait_for(
        self, is_wanted: Callable[[Message], bool], timeout_s: float = 20.0
    ) -> Message | None:
        """The first message that is wanted; None when it does not come in time."""

        def found() -> Message | None:
            return next((message for message in self.posted if is_wanted(message)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() is not None, timeout=timeout_s)
            return found()

    def reports(self, play: Play) -> list[str]:
        """The events reported for a play, in the order they came."""
        return [
            message.event.value
            for message in self.posted
            if isinstance(message, PlaybackReported) and message.play_id == play.id
        ]

    def _post(self, message: Message) -> bool:
        if self.is_full:
            return False
        self.on_message(message)
        with self._changed:
            self.posted.append(message)
            self._changed.notify_all()
        if self.answer is None:
            return True
        match message:
            case (
                PlaybackReported()
                | RatingGiven()
                | SeenBeforeGiven()
                | ScreenSkipped()
                | SensingPauseRequested()
                | StaffWished()
            ):
                if self.error is not None:
                    message.reply.set_exception(self.error)
                else:
                    message.reply.set_result(self.answer)
            case _:
                pass
        return True
