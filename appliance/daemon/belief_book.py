"""What is believed of the library's clips: follows answers, leavings, new days, changed clips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from appliance.config.settings import LearningSettings
from appliance.daemon.clock import Instant
from appliance.daemon.teacher import Teacher
from appliance.decision.library import Library
from appliance.decision.policy import Beliefs, DrawSettings, PriorSettings
from appliance.domain import Confusion
from appliance.feedback.learning import InterestPrediction
from appliance.playback.effects import CloseVisit
from appliance.store.database import Database


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned elsewhere, asked for when it is needed."""

    interest: Callable[[], InterestPrediction | None] = lambda: None
    """The model in force; None: nothing is predicted."""
    confusion: Callable[[], Confusion | None] = lambda: None
    """How the emotion network in use misreads expressions; None: not known."""


class BeliefBook:
    """Used by the control loop's thread alone."""

    def __init__(
        self,
        database: Database,
        library: Library,
        settings: LearningSettings,
        learned: Learned,
    ) -> None:
        self._database = database
        self._library = library
        self._version: int | None = None
        self._believed_on: dt.date | None = None
        self.teacher = Teacher(database, settings, learned.interest)
        self._confusion_in_use = learned.confusion
        self._confusion = learned.confusion()
        self.use(settings)
        self.beliefs = self._believe(None)

    def use(self, settings: LearningSettings) -> None:
        """Go by these settings; what is believed is worked out again at the next ``refresh``."""
        self.prior = PriorSettings(
            strength=settings.prior_strength,
            fits=settings.prior_fits,
            untargeted=settings.prior_untargeted,
            other=settings.prior_other,
            comfort=settings.prior_comfort,
        )
        self.draws = DrawSettings(settings.optimism, settings.spread, settings.floor)
        self.teacher.use(settings)
        # What is believed of each clip starts from the prior.
        self._version = None

    def refresh(self, library: Library, is_changed: bool, now: Instant | None) -> None:
        """Work out anew what is believed where clips, answers of other processes or the day have
        changed (with each day a little is forgotten). ``now`` None: the day is not known."""
        version = self._database.data_version
        today = now.stamp.local.date() if now and now.stamp.is_synced else self._believed_on
        self._library = library
        confusion = self._confusion_in_use()
        is_read_otherwise = confusion != self._confusion
        is_another = version != self._version or today != self._believed_on
        if is_changed or is_another or is_read_otherwise:
            self._version, self._believed_on, self._confusion = version, today, confusion
            self.beliefs = self._believe(now)

    def teach_visit(self, visit: CloseVisit, now: Instant) -> None:
        """The watcher has gone: what the visit's plays without an answer teach."""
        taught = self.teacher.teach_visit(visit.visit_id, visit.left_during, now.stamp)
        self.learned(taught, now)

    def learned(self, clip_ids: Iterable[int], now: Instant) -> None:
        """Take over what is now remembered of some clips."""
        for clip_id in clip_ids:
            self.beliefs.learn(clip_id, self.teacher.known_of(clip_id, now.stamp))

    def _believe(self, now: Instant | None) -> Beliefs:
        known = self.teacher.known(now.stamp if now else None)
        return Beliefs(self._library, known, self.prior, self.draws, self._confusion)
