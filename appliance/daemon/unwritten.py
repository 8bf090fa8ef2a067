"""What cannot be written now: the disk is full, or another process holds the database too long."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Iterator

from appliance.errors import StoreError
from appliance.messages import Answer, PlaybackReported
from appliance.store.plays import PlayStore
from appliance.store.stamp import Stamp

logger = logging.getLogger(__name__)

MOST_REPORTS = 100
"""Of plays whose choice is on disk; there are two at most while nothing new is written."""
MOST_PLAYS = 100


class Unwritten:
    """Lets the healing loop go on without records; used by the control loop's thread alone."""

    def __init__(self, plays: PlayStore) -> None:
        self._plays = plays
        self._reports: deque[tuple[PlaybackReported, Stamp]] = deque(maxlen=MOST_REPORTS)
        self._play_ids: deque[str] = deque(maxlen=MOST_PLAYS)
        self._trouble = ""

    @property
    def has_trouble(self) -> bool:
        """Something could not be written, and no choice has been since."""
        return bool(self._trouble)

    @contextlib.contextmanager
    def tolerated(self) -> Iterator[None]:
        """The body writes; where that fails it is said once, and the show goes on."""
        try:
            yield
        except StoreError as exc:
            if not self._trouble:
                logger.error("Nothing is recorded, and no advertising plays: %s", exc)
            self._trouble = str(exc)

    def is_over(self) -> None:
        """A choice was written: it is the longest row, so the others will find room too."""
        if self._trouble:
            logger.info("Records are written again")
        self._trouble = ""

    def goes_without(self, play_id: str) -> None:
        """A healing clip is shown although its choice is not on disk."""
        self._play_ids.append(play_id)

    def record(self, report: PlaybackReported, stamp: Stamp) -> Answer:
        """Write a report, now or as soon as it can be: the panel must not wait with the next."""
        if report.play_id in self._play_ids:
            return Answer.DONE
        self._reports.append((report, stamp))
        return self.catch_up()

    def catch_up(self) -> Answer:
        """Write the reports that wait, in order; the answer is the last one's."""
        answer: Answer | None = Answer.DONE
        while self._reports and answer is not None:
            report, stamp = self._reports[0]
            answer = None
            with self.tolerated():
                answer = self._plays.record(
                    report.play_id, report.event, report.position_s, report.detail, stamp
                )
                self._reports.popleft()
        return answer or Answer.DONE
