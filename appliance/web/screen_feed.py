"""The latest screen state, held for many readers: the control loop publishes, pages wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from appliance.domain import ScreenState
from appliance.errors import WebError


class ScreenFeed:
    """Thread-safe holder of one value; a slow reader skips states and never holds up the writer."""

    def __init__(
        self,
        monotonic_s: Callable[[], float] = time.monotonic,
        on_publish: Callable[[ScreenState], None] = lambda state: None,
    ) -> None:
        """``on_publish`` is told every state, by the thread that publishes it."""
        self._on_publish = on_publish
        self._monotonic_s = monotonic_s
        self._changed = threading.Condition()
        self._state: ScreenState | None = None
        self._trouble_since_s: dict[str, float] = {}

    def publish(self, state: ScreenState) -> None:
        """Replace the state and wake everybody who waits for a newer one."""
        self._on_publish(state)
        now_s = self._monotonic_s()
        with self._changed:
            self._trouble_since_s = {
                code: self._trouble_since_s.get(code, now_s) for code in state.troubles
            }
            self._state = state
            self._changed.notify_all()

    def latest(self) -> ScreenState:
        """Raises WebError before anything was published."""
        with self._changed:
            if self._state is None:
                raise WebError("nothing is on the screen yet; the unit is starting, ask again")
            return self._state

    def wait_newer(self, revision: int, timeout_s: float) -> ScreenState | None:
        """The latest state once its revision differs from ``revision`` (0: any); None: too late.

        A difference is asked for, not a larger number, so that a reader of an earlier run of the
        unit gets the new run's first state at once.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_news(revision), timeout=timeout_s)
            return self._state if self._is_news(revision) else None

    def trouble_ages_s(self) -> dict[str, float]:
        """Seconds since each present trouble was first published, oldest first."""
        with self._changed:
            now_s = self._monotonic_s()
            return {code: now_s - since_s for code, since_s in self._trouble_since_s.items()}

    def _is_news(self, revision: int) -> bool:
        return self._state is not None and self._state.revision != revision
