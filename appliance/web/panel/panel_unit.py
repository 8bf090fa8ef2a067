"""What the panel's routes know of the unit: the feed to read, the inbox to write to, its facts."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as ReplyTimeoutError
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.exceptions import Conflict, ServiceUnavailable

from appliance.domain import ScreenState
from appliance.errors import PlaybackError, StoreError
from appliance.messages import Answer, Message, Reply
from appliance.web.screen_feed import ScreenFeed
from appliance.web.snapshot import PanelFacts, snapshot

REPLY_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class PanelUnit:
    """Given to every blueprint; all of it may be used from any thread."""

    feed: ScreenFeed
    post: Callable[[Message], bool]
    media_dir: Path
    ui_dir: Path
    facts: Callable[[], PanelFacts]
    status: Callable[[], dict[str, Any]]
    reply_timeout_s: float = REPLY_TIMEOUT_S
    metrics: Callable[[], bytes] = bytes
    """Prometheus' text format."""

    def snapshot(self, state: ScreenState) -> dict[str, Any]:
        """``state`` as JSON-ready values, counted from now."""
        return snapshot(state, self.facts(), time.monotonic(), self.feed.trouble_ages_s())

    def ask(self, message: Message, reply: Reply) -> dict[str, str]:
        """Post ``message`` and wait for the answer that follows the commit.

        Raises:
            ServiceUnavailable: the inbox is full, no answer came in time, or it could not be
                written; the page tries again, which is harmless because a repetition is answered
                with ``already``.
            Conflict: it cannot be true; the page does not say it again.
        """
        if not self.post(message):
            raise ServiceUnavailable("the unit is busy; try again", retry_after=1)
        try:
            answer: Answer = reply.result(timeout=self.reply_timeout_s)
        except ReplyTimeoutError as exc:
            raise ServiceUnavailable("the unit did not answer; try again", retry_after=1) from exc
        except PlaybackError as exc:
            raise Conflict(str(exc)) from exc
        except StoreError as exc:
            raise ServiceUnavailable("it could not be written; try again", retry_after=5) from exc
        return {"answer": answer.value}
