"""Carries out what the session asks for: chooses clips, writes what happens, knows the library."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from pathlib import Path

import numpy as np

from appliance.config import Settings
from appliance.daemon.clock import Instant
from appliance.decision.policy import PriorSettings, choose
from appliance.domain import (
    Clip,
    ClipKind,
    DecisionContext,
    Leader,
    Play,
    Screen,
    Surroundings,
)
from appliance.errors import DecisionError
from appliance.messages import Answer, PlaybackReported, RatingGiven
from appliance.playback.effects import ChooseShow, CloseVisit
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from appliance.store.decisions import DecisionStore
from appliance.store.plays import PlayStore
from appliance.store.ratings import RatingStore
from appliance.store.samples import SampleStore
from appliance.store.scores import ScoreStore
from appliance.store.visits import VisitStore

logger = logging.getLogger(__name__)

RECENT_CLIPS = 1
"""Clips shown last that are not taken again while there is another."""


class Director:
    """Used by the control loop's thread alone; its database connection writes."""

    def __init__(self, database: Database, clips_dir: Path, settings: Settings) -> None:
        self._database = database
        self._clips_dir = clips_dir
        learning = settings.learning
        self._prior = PriorSettings(
            strength=learning.prior_strength,
            fits=learning.prior_fits,
            untargeted=learning.prior_untargeted,
            other=learning.prior_other,
        )
        self._show_kinds = frozenset(settings.session.show_kinds)
        self._rng = np.random.default_rng()
        self._clips = ClipStore(database)
        self._visits = VisitStore(database)
        self._decisions = DecisionStore(database)
        self._plays = PlayStore(database)
        self._ratings = RatingStore(database)
        self._samples = SampleStore(database)
        self._scores = ScoreStore(database)
        self._library: tuple[Clip, ...] = ()
        self._missing: frozenset[int] = frozenset()
        self._library_version: int | None = None
        self._recent: deque[int] = deque(
            reversed(self._plays.last_clip_ids(RECENT_CLIPS)), maxlen=RECENT_CLIPS
        )
        self.reason = ""
        """Why the clip last chosen was chosen, for status."""
        abandoned = self._visits.close_abandoned()
        if abandoned:
            logger.info("Closed %d visit(s) that a crash had left open", abandoned)
        self.refresh_library()

    @property
    def clip_count(self) -> int:
        """Clips that could be shown: enabled, and their file is there."""
        return len(self._library) - len(self._missing)

    def refresh_library(self) -> None:
        """Read the clips again when another process has changed them; look which files exist."""
        version = self._database.data_version
        if version != self._library_version:
            self._library_version = version
            self._library = self._clips.enabled()
        missing = frozenset(
            clip.id for clip in self._library if not (self._clips_dir / clip.file).is_file()
        )
        for clip in self._library:
            if clip.id in missing - self._missing:
                logger.warning("Clip %d %r: its file %s is gone", clip.id, clip.title, clip.file)
        self._missing = missing

    # --- choosing -------------------------------------------------------------------------

    def choose_healing(self, surroundings: Surroundings, now: Instant) -> Play | None:
        """The next clip of the loop, or None when there is none."""
        context = DecisionContext(Screen.HEALING, None, 0.0, 0, surroundings)
        return self._choose(context, frozenset({ClipKind.HEALING}), (), None, now)

    def choose_show(
        self, request: ChooseShow, visit_id: int | None, surroundings: Surroundings, now: Instant
    ) -> Play | None:
        """A clip for the watcher, or None when there is none."""
        context = DecisionContext(
            Screen.SHOW, request.expression, request.confidence, request.watchers, surroundings
        )
        return self._choose(context, self._show_kinds, request.exclude, visit_id, now)

    def _choose(
        self,
        context: DecisionContext,
        kinds: frozenset[ClipKind],
        exclude: tuple[int, ...],
        visit_id: int | None,
        now: Instant,
    ) -> Play | None:
        try:
            decision = choose(
                self._library,
                context,
                self._scores.all(),
                recent=tuple(self._recent),
                missing=self._missing | set(exclude),
                allowed_kinds=kinds,
                prior=self._prior,
                rng=self._rng,
            )
        except DecisionError as exc:
            logger.warning("Nothing to show on %s: %s", context.screen, exc)
            return None
        play_id = str(uuid.uuid4())
        decision_id = self._decisions.record(
            decision, play_id=play_id, visit_id=visit_id, stamp=now.stamp
        )
        self._recent.append(decision.clip.id)
        self.reason = decision.reason
        return Play(play_id, decision_id, decision.clip, visit_id)

    # --- writing --------------------------------------------------------------------------

    def open_visit(self, watchers: int, now: Instant) -> int:
        visit_id = self._visits.start(watchers, now.stamp)
        logger.info("Visit %d begins", visit_id)
        return visit_id

    def close_visit(self, visit: CloseVisit, now: Instant) -> None:
        self._visits.update_end(
            visit.visit_id,
            now.stamp,
            watchers=visit.watchers,
            dwell_s=visit.dwell_s,
            attention_s=visit.attention_s,
        )
        logger.info("Visit %d ends after %.0f s", visit.visit_id, visit.dwell_s)

    def record_playback(self, report: PlaybackReported, now: Instant) -> Answer:
        """On disk when it returns."""
        return self._plays.record(
            report.play_id, report.event, report.position_s, report.detail, now.stamp
        )

    def record_rating(self, rating: RatingGiven, now: Instant) -> Answer:
        """On disk when it returns."""
        return self._ratings.give(rating.play_id, rating.value, rating.source, now.stamp)

    def record_sample(self, play: Play, t_s: float, leader: Leader, watchers: int) -> None:
        """One second of the leading watcher's reaction; nothing before it was classified."""
        if leader.scores is not None:
            self._samples.record(play.id, t_s, leader.scores, watchers)
