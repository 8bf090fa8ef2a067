"""Carries out what the session asks for: chooses clips, writes what happens, knows the library."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from pathlib import Path

import numpy as np

from appliance.config import Settings
from appliance.daemon.belief_book import BeliefBook, Learned
from appliance.daemon.campaign_book import CampaignBook
from appliance.daemon.clip_files import ClipFiles
from appliance.daemon.clock import Instant
from appliance.daemon.housekeeping import Housekeeping
from appliance.daemon.rule_facts import facts_of
from appliance.daemon.sampling import DueSample
from appliance.daemon.unwritten import Unwritten
from appliance.decision.eligibility import sift
from appliance.decision.operator_rules import interrupts, restrictions
from appliance.decision.policy import choose
from appliance.domain import (
    ClipKind,
    DecisionContext,
    Play,
    PlaybackEvent,
    Screen,
    Surroundings,
)
from appliance.errors import DecisionError, StoreError
from appliance.messages import (
    Answer,
    ClipPrepared,
    PlaybackReported,
    RatingGiven,
    SeenBeforeGiven,
)
from appliance.playback.effects import ChooseShow, CloseVisit
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from appliance.store.decisions import DecisionStore
from appliance.store.head_witness import HeadWitness
from appliance.store.plays import PlayStore
from appliance.store.ratings import RatingStore
from appliance.store.records import BegunPlay
from appliance.store.samples import SampleStore
from appliance.store.sensing_stop import SensingStop, SensingStopStore
from appliance.store.visits import VisitStore

logger = logging.getLogger(__name__)

RECENT_CLIPS = 1
"""Clips shown last that are not taken again while there is another."""

NOT_WRITTEN = 0
"""Number of a choice that is not on disk; the store counts from 1."""

_LOOP_KINDS = frozenset({ClipKind.HEALING})
NOTHING_LEARNED = Learned()


class Director:
    """Used by the control loop's thread alone; its database connection writes."""

    def __init__(
        self,
        database: Database,
        clips_dir: Path,
        settings: Settings,
        chain_key: bytes,
        learned: Learned = NOTHING_LEARNED,
    ) -> None:
        self._database = database
        self._files = ClipFiles(clips_dir)
        self._campaigns = CampaignBook(database)
        self.book = BeliefBook(database, self._campaigns.library, settings.learning, learned)
        self._go_by(settings)
        self._rng = np.random.default_rng()
        self._clips = ClipStore(database)
        self._visits = VisitStore(database)
        self._decisions = DecisionStore(database)
        witness = HeadWitness(database.path.parent, chain_key)
        self._plays = PlayStore(database, chain_key, witness)
        self._unwritten = Unwritten(self._plays)
        self.housekeeping = Housekeeping(database, chain_key, settings.retention)
        self._ratings = RatingStore(database)
        self._samples = SampleStore(database)
        self._stops = SensingStopStore(database)
        self._clip_count = 0
        self._recent: deque[int] = deque(
            reversed(self._plays.last_clip_ids(RECENT_CLIPS)), maxlen=RECENT_CLIPS
        )
        self.reason = ""
        """Why the clip last chosen was chosen, for status."""
        with self._unwritten.tolerated():
            abandoned = self._visits.close_abandoned()
            if abandoned:
                logger.info("Closed %d visit(s) that a crash had left open", abandoned)
        self.refresh_library()

    def _go_by(self, settings: Settings) -> None:
        self._show_kinds = frozenset(settings.session.show_kinds)
        self._loop_sponsors = frozenset({ClipKind.AD} if settings.loop.ads else ())
        self._rules = settings.rules

    def use(self, settings: Settings) -> None:
        """Choose by these settings from the next clip on."""
        self._go_by(settings)
        self.book.use(settings.learning)
        self.refresh_library()

    @property
    def clip_count(self) -> int:
        """Clips that could be shown: switched on, approved, and their file is there."""
        return self._clip_count

    def refresh_library(self, now: Instant | None = None) -> None:
        """Take over what changed in the library, whoever changed it; look which files exist.

        With each new day (``now`` None: it is not known) a little is forgotten.
        """
        is_changed = self._campaigns.read()
        self.book.refresh(self._campaigns.library, is_changed, now)
        clips = self._campaigns.library.clips
        if self._files.look(clips):
            gone = self._files.missing
            self._clip_count = sum(clip.approved and clip.id not in gone for clip in clips)
        self._unwritten.catch_up()

    # --- choosing -------------------------------------------------------------------------

    def choose_healing(
        self, surroundings: Surroundings, now: Instant, watchers: int = 0
    ) -> Play | None:
        """The next clip of the loop, or None when there is none."""
        context = DecisionContext(Screen.HEALING, None, 0.0, watchers, surroundings)
        return self._choose(context, _LOOP_KINDS, (), None, now)

    def interrupt_tag(
        self,
        surroundings: Surroundings,
        now: Instant,
        watchers: int = 0,
        loaded: tuple[Play | None, ...] = (None,),
    ) -> str | None:
        """The tag that the loop's clip must have at once, by a rule that interrupts.

        None where no such rule holds, where all plays ``loaded`` have what is wanted, or where no
        clip with its tag may play.
        """
        context = DecisionContext(Screen.HEALING, None, 0.0, watchers, surroundings)
        facts = facts_of(context, now)
        wanted = interrupts(self._rules, facts)
        # Asked several times a second: the library is looked through for a change alone.
        if all(play and each.tag in play.clip.tags for each in wanted for play in loaded):
            return None
        sifted = sift(
            self._campaigns.library,
            Screen.HEALING,
            surroundings,
            missing=self._files.missing,
            allowed_kinds=_LOOP_KINDS,
            sponsored_kinds=self._loop_sponsors,
            moment=self._campaigns.moment(now),
            restrictions=restrictions(self._rules, facts, is_loop=True),
        )
        clips = sifted.eligible
        tags = [each.tag for each in wanted if all(each.tag in clip.tags for clip in clips)]
        return tags[0] if tags and clips else None

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
        is_loop = context.screen is Screen.HEALING
        # What cannot be proved is not sold.
        has_sponsors = is_loop and not self._unwritten.has_trouble
        try:
            decision = choose(
                self._campaigns.library,
                context,
                self.book.beliefs,
                recent=tuple(self._recent),
                missing=self._files.missing | set(exclude),
                allowed_kinds=kinds,
                prior=self.book.prior,
                rng=self._rng,
                draws=self.book.draws,
                sponsored_kinds=self._loop_sponsors if has_sponsors else frozenset(),
                moment=self._campaigns.moment(now),
                restrictions=restrictions(self._rules, facts_of(context, now), is_loop=is_loop),
            )
        except DecisionError as exc:
            logger.warning("Nothing to show on %s: %s", context.screen, exc)
            return None
        if not self._files.is_as_read(decision.clip):
            return self._choose(context, kinds, (*exclude, decision.clip.id), visit_id, now)
        play_id, decision_id = str(uuid.uuid4()), NOT_WRITTEN
        with self._unwritten.tolerated():
            decision_id = self._decisions.record(
                decision, play_id=play_id, visit_id=visit_id, stamp=now.stamp
            )
            self._unwritten.is_over()
        if decision_id == NOT_WRITTEN:
            if not is_loop or decision.campaign_id is not None:
                return None
            self._unwritten.goes_without(play_id)
        if decision.campaign_id is not None:
            self._campaigns.recount(play_id)
        self._recent.append(decision.clip.id)
        self.reason = decision.reason
        return Play(play_id, decision_id, decision.clip, visit_id)

    def withdraw(self, play: Play) -> None:
        """A clip loaded behind was dropped before it came on."""
        with self._unwritten.tolerated():
            self._campaigns.withdraw(play.id)

    # --- writing --------------------------------------------------------------------------

    def open_visit(self, watchers: int, now: Instant) -> int | None:
        """The visit's number, None where it could not be written."""
        visit_id = None
        with self._unwritten.tolerated():
            visit_id = self._visits.start(watchers, now.stamp)
            logger.info("Visit %d begins", visit_id)
        return visit_id

    def close_visit(self, visit: CloseVisit, now: Instant) -> None:
        with self._unwritten.tolerated():
            self._visits.update_end(
                visit.visit_id,
                now.stamp,
                watchers=visit.watchers,
                dwell_s=visit.dwell_s,
                attention_s=visit.attention_s,
            )
            logger.info("Visit %d ends after %.0f s", visit.visit_id, visit.dwell_s)
            self.book.teach_visit(visit, now)

    def begun(self, play_id: str) -> BegunPlay | None:
        """A play that is on record without an end."""
        return self._plays.begun(play_id)

    def record_playback(self, report: PlaybackReported, now: Instant) -> Answer:
        """On disk when it returns, unless nothing can be written just now."""
        answer = self._unwritten.record(report, now.stamp)
        if answer is Answer.DONE and report.event is PlaybackEvent.PLAYING:
            # It may have come on in the moment in which it was taken back.
            self._campaigns.recount(report.play_id)
        return answer

    def record_rating(self, rating: RatingGiven, now: Instant) -> Answer:
        """On disk when it returns, with what it teaches.

        Raises StoreError: whoever asked tries again.
        """
        taught, value = None, rating.value
        with self._database.transaction():
            answer = self._ratings.give(
                rating.play_id, value, rating.source, now.stamp, rating.stars
            )
            if answer is Answer.DONE and value is not None:
                taught = self.book.teacher.teach_rating(rating.play_id, value, now.stamp)
        if taught is not None:
            self.book.learned(taught[:1], now)
        return answer

    def record_seen_before(self, given: SeenBeforeGiven) -> Answer:
        """On disk when it returns."""
        return self._ratings.say_seen_before(given.play_id, given.seen_before)

    def remember_stop(self, stop: SensingStop | None) -> None:
        """What staff want of the camera holds over a restart; None: it may look."""
        try:
            self._stops.write(stop)
        except StoreError as exc:
            # It holds for this run all the same.
            logger.error("The staff's wish about the camera would not outlast a restart: %s", exc)

    def answer_clip(self, prepared: ClipPrepared, now: Instant) -> None:
        """On disk, and eligible, when the reply is DONE; ALREADY: the library has this content."""
        # Taken back while it waited in the inbox: the unit is stopping.
        if not prepared.reply.set_running_or_notify_cancel():
            return
        clip = prepared.clip
        try:
            is_there = self._clips.with_sha256(clip.sha256) is not None
            if not is_there:
                added = self._clips.add(clip, now.stamp)
                logger.info("Clip %d %r is in the library", added.id, added.title)
        except StoreError as exc:
            # The unit does well without this clip; who prepared it says why it is not in.
            prepared.reply.set_exception(exc)
            return
        self.refresh_library()
        prepared.reply.set_result(Answer.ALREADY if is_there else Answer.DONE)

    def record_sample(self, sample: DueSample) -> None:
        """One second of the leading watcher's reaction; nothing before it was classified."""
        scores, play = sample.leader.scores, sample.play
        if scores is not None and play.decision_id != NOT_WRITTEN:
            with self._unwritten.tolerated():
                self._samples.record(play.id, sample.t_s, scores, sample.watchers)
