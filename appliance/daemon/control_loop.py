"""The thread that owns the screen: takes messages, drives the session, writes, publishes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import assert_never

from appliance.daemon.clock import Clock, Instant
from appliance.daemon.director import Director
from appliance.daemon.inbox import Inbox
from appliance.daemon.play_reports import PlayReports
from appliance.daemon.sampling import Sampling
from appliance.daemon.screen_state import screen_state
from appliance.daemon.sensing_pauses import SensingPauses
from appliance.daemon.sensing_switch import SensingSwitch, Sight
from appliance.daemon.visitor_answers import reply_with, take_rating, take_seen_before
from appliance.daemon.worker import Pulse
from appliance.domain import (
    AudienceMoment,
    Play,
    PlaybackEvent,
    Screen,
    ScreenState,
    Sensing,
    Surroundings,
)
from appliance.messages import (
    Answer,
    ClipPrepared,
    Message,
    MomentObserved,
    PlaybackReported,
    RatingGiven,
    ScreenSkipped,
    SeenBeforeGiven,
    SensingChanged,
    SensingPauseRequested,
    SettingsChanged,
    StaffWished,
    SurroundingsChanged,
)
from appliance.playback.effects import ChooseHealing, ChooseShow, CloseVisit, Effect, OpenVisit
from appliance.playback.session import Session
from appliance.web.screen_feed import ScreenFeed

logger = logging.getLogger(__name__)

TICK_S = 0.25
LIBRARY_CHECK_S = 2.0
MOMENT_VALID_S = 2.0
"""An older moment says nothing about now (the camera may hang)."""


class ControlLoop:
    """The daemon's only database writer; everybody else posts messages and reads the feed."""

    def __init__(
        self,
        inbox: Inbox,
        feed: ScreenFeed,
        session: Session,
        open_director: Callable[[], AbstractContextManager[Director]],
        switch: SensingSwitch,
        clock: Clock,
        surroundings: Surroundings,
        qr_url: Callable[[Play], str | None],
        run_id: str,
        renew: Callable[[Session, Director], None] = lambda session, director: None,
        pauses: SensingPauses | None = None,
        lasting_troubles: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        """``renew`` gives session and director the rules in force; called between two messages."""
        self._inbox = inbox
        self._feed = feed
        self._session = session
        self._open_director = open_director
        self._switch = switch
        self._pauses = pauses or SensingPauses(switch)
        self._lasting_troubles = lasting_troubles
        self._clock = clock
        self._surroundings = surroundings
        self._qr_url = qr_url
        self._qr: tuple[str, str | None] = ("", None)
        self._run_id = run_id
        self._renew = renew
        self._sight = Sight(Sensing.UNAVAILABLE, "no-camera")
        self._moment: AudienceMoment | None = None
        self._upcoming: Play | None = None
        self._sampling = Sampling()
        self._reports = PlayReports()
        self._next_library_check_s = 0.0
        self._revision = 0
        self._is_stale = True
        self._director: Director
        self.clip_count = 0
        """Clips that could be shown, for status."""
        self.reason = ""
        """Why the clip chosen last was chosen, for status."""

    @property
    def refused_reports(self) -> int:
        """Reports of plays that cannot have been true, for status."""
        return self._reports.refused

    @property
    def moment(self) -> AudienceMoment | None:
        """The latest moment, for status."""
        return self._moment

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``; the database is opened and closed by this thread alone."""
        with self._open_director() as director:
            self.begin(director)
            while not stop.is_set():
                self.step(self.wait_s())
                pulse.beat()
            self._carry_out(self._session.end_visit(), self._clock.now())
            director.housekeeping.end()

    def begin(self, director: Director) -> None:
        """The first screen."""
        self._director = director
        director.housekeeping.begin(self._clock.now())
        self._carry_out(self._session.start(), self._clock.now())
        self._publish()

    def wait_s(self) -> float:
        """Longest wait for a message: however few frames come, no sample is taken late."""
        now_s = self._clock.now().monotonic_s
        return min(TICK_S, self._sampling.wait_s(self._session, now_s))

    def step(self, timeout_s: float) -> None:
        """Take one message, or none within ``timeout_s``; let time pass; publish what changed."""
        message = self._inbox.get(timeout_s)
        now = self._clock.now()
        if message is not None:
            self._take(message, now)
        self._pass_time(now)
        self._withdraw_dropped()
        self._publish()

    # --- messages -------------------------------------------------------------------------

    def _take(self, message: Message, now: Instant) -> None:
        before = self._session.screen
        match message:
            case MomentObserved(moment):
                if not self._switch.is_paused:
                    self._moment = moment
                    self._carry_out(self._session.moment(moment, now.monotonic_s), now)
            case PlaybackReported():
                reply_with(message.reply, lambda: self._playback(message, now))
            case RatingGiven():
                session, director = self._session, self._director
                reply_with(message.reply, lambda: take_rating(session, director, message, now))
            case SeenBeforeGiven():
                session, director = self._session, self._director
                reply_with(message.reply, lambda: take_seen_before(session, director, message, now))
            case ScreenSkipped(play_id, reply):
                self._carry_out(self._session.skipped(play_id, now.monotonic_s), now)
                reply.set_result(Answer.DONE)
            case SensingPauseRequested(duration_s, reply):
                self._pauses.by_visitor(duration_s, now)
                self._blind(now)
                reply.set_result(Answer.DONE)
            case StaffWished(wish, for_s, reply):
                self._director.remember_stop(self._pauses.by_staff(wish, for_s, now))
                self._blind(now)
                reply.set_result(Answer.DONE)
            case SensingChanged(sensing, trouble):
                self._sight = replace(self._sight, sensing=sensing, trouble=trouble)
            case SurroundingsChanged(surroundings):
                self._surroundings = surroundings
            case SettingsChanged():
                self._renew(self._session, self._director)
                # The page's own facts (its language, the place) come with the next state.
                self._is_stale = True
            case ClipPrepared():
                self._director.answer_clip(message, now)
            case _:
                assert_never(message)
        self._log_screen(before, type(message).__name__)

    def _playback(self, report: PlaybackReported, now: Instant) -> Answer:
        """Raises PlaybackError for what cannot be true, StoreError where nothing can be read."""
        proved = self._reports.proved(report, self._director, now)
        answer = self._director.record_playback(proved, now)
        if answer is not Answer.DONE:
            return answer
        play = self._session.play
        if play is not None and play.id == report.play_id:
            if report.event is PlaybackEvent.PLAYING:
                self._sampling.begin(now.monotonic_s)
            elif report.event is PlaybackEvent.ERROR:
                logger.warning("Clip %r cannot be played: %s", play.clip.title, report.detail)
        self._carry_out(self._session.playback(report.play_id, report.event, now.monotonic_s), now)
        return answer

    def _blind(self, now: Instant) -> None:
        """Somebody's wish about the camera has changed; nobody is followed while it is closed."""
        if self._pauses.cause is not None:
            self._moment = None
            self._carry_out(self._session.end_visit(), now)

    # --- time -----------------------------------------------------------------------------

    def _pass_time(self, now: Instant) -> None:
        now_s = now.monotonic_s
        cause = self._pauses.cause
        if self._pauses.pass_time(now):
            self._director.remember_stop(None)
        if self._pauses.cause is not cause:
            self._blind(now)
        if now_s >= self._next_library_check_s:
            self._next_library_check_s = now_s + LIBRARY_CHECK_S
            self._director.refresh_library(now)
        before = self._session.screen
        self._carry_out(self._session.tick(now_s), now)
        if self._session.screen is Screen.HEALING:
            self._interrupt(now)
        self._log_screen(before, "time")
        self._sample(now)
        self._director.housekeeping.pass_time(now)

    def _interrupt(self, now: Instant) -> None:
        """Where an operator's rule wants another clip in the loop, at once."""
        session = self._session
        tag = self._director.interrupt_tag(
            self._surroundings, now, self._watchers(now), (session.play, session.next_play)
        )
        if tag is not None:
            self._carry_out(session.interrupted(lambda play: tag in play.clip.tags), now)

    def _watchers(self, now: Instant) -> int:
        moment = self._recent_moment(now)
        return moment.watchers if moment else 0

    def _withdraw_dropped(self) -> None:
        """A clip that was loaded behind and never came on takes nothing of its campaign's."""
        session, before = self._session, self._upcoming
        self._upcoming = session.next_play
        if before is not None and before not in (session.play, session.next_play):
            self._director.withdraw(before)

    def _recent_moment(self, now: Instant) -> AudienceMoment | None:
        moment = self._moment
        if moment is None or now.monotonic_s - moment.observed_at_s > MOMENT_VALID_S:
            return None
        return moment

    def _sample(self, now: Instant) -> None:
        """One row a second while a clip plays and its leading watcher is there."""
        moment = self._recent_moment(now)
        sample = self._sampling.take(self._session, moment, now.monotonic_s)
        if sample is not None:
            self._director.record_sample(sample)

    # --- effects and the screen -----------------------------------------------------------

    def _carry_out(self, effects: tuple[Effect, ...], now: Instant) -> None:
        for effect in effects:
            match effect:
                case OpenVisit(watchers):
                    visit_id = self._director.open_visit(watchers, now)
                    if visit_id is not None:
                        self._session.visit_opened(visit_id)
                case CloseVisit():
                    self._director.close_visit(effect, now)
                case ChooseHealing():
                    play = self._director.choose_healing(
                        self._surroundings, now, self._watchers(now)
                    )
                    self._session.healing_chosen(play, now.monotonic_s)
                case ChooseShow():
                    visit = self._session.visit
                    play = self._director.choose_show(
                        effect, visit.id if visit else None, self._surroundings, now
                    )
                    self._carry_out(self._session.show_chosen(play, now.monotonic_s), now)
                case _:
                    assert_never(effect)

    def _publish(self) -> None:
        """Tell the panel only when something on it is different."""
        self.clip_count, self.reason = self._director.clip_count, self._director.reason
        state = self._state()
        if self._is_stale or state != self._feed.latest():
            self._is_stale = False
            self._revision += 1
            self._reports.put_on(state.play, self._clock.now())
            self._feed.publish(replace(state, revision=self._revision))

    def _state(self) -> ScreenState:
        return screen_state(
            self._session,
            self._sight,
            self._pauses,
            self._surroundings,
            self.clip_count,
            self._link_of,
            self._lasting_troubles(),
            revision=self._revision,
            run_id=self._run_id,
        )

    def _link_of(self, play: Play) -> str | None:
        """Asked for once a play: it looks at the network, and this runs with every frame."""
        if self._qr[0] != play.id:
            self._qr = (play.id, self._qr_url(play))
        return self._qr[1]

    def _log_screen(self, before: Screen, cause: str) -> None:
        if self._session.screen is not before:
            title = self._session.play.clip.title if self._session.play else "none"
            logger.info("Screen %s -> %s (%s): %s", before, self._session.screen, cause, title)
