"""The one bounded queue where all threads meet the control loop."""

from __future__ import annotations

import threading
from collections import deque

from appliance.messages import Message, MomentObserved

CAPACITY = 256


class Inbox:
    """Thread-safe; at most one unread ``MomentObserved`` (newest wins), the rest first come first.

    Ratings and playback reports are never dropped silently: ``post`` says no when it is full, and
    the web answers 503 so that the page tries again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._queue: deque[Message] = deque()
        self._moment: MomentObserved | None = None
        self._changed = threading.Condition()

    def __len__(self) -> int:
        with self._changed:
            return len(self._queue) + (self._moment is not None)

    def post(self, message: Message) -> bool:
        """False: full, nothing was taken."""
        with self._changed:
            if isinstance(message, MomentObserved):
                self._moment = message
            elif len(self._queue) >= self._capacity:
                return False
            else:
                self._queue.append(message)
            self._changed.notify()
            return True

    def get(self, timeout_s: float) -> Message | None:
        """The next message, or None after ``timeout_s``; what people wait for goes first."""
        with self._changed:
            self._changed.wait_for(
                lambda: bool(self._queue) or self._moment is not None, timeout=timeout_s
            )
            if self._queue:
                return self._queue.popleft()
            moment, self._moment = self._moment, None
            return moment
