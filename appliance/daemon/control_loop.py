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
from appliance.daemon.sampling import Sampling
from appliance.daemon.sensing_switch import SensingSwitch, Sight
from appliance.daemon.worker import Pulse
from appliance.domain import (
    AudienceMoment,
    Play,
    PlaybackEvent,
    RatingSource,
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
    SensingChanged,
    SensingPauseRequested,
    SettingsChanged,
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
    ) -> None:
        """``renew`` gives session and director the rules in force; called between two messages."""
        self._inbox = inbox
        self._feed = feed
        self._session = session
        self._open_director = open_director
        self._switch = switch
        self._clock = clock
        self._surroundings = surroundings
        self._qr_url = qr_url
        self._qr: tuple[str, str | None] = ("", None)
        self._run_id = run_id
        self._renew = renew
        self._sight = Sight(Sensing.UNAVAILABLE, "no-camera", None)
        self._moment: AudienceMoment | None = None
        self._upcoming: Play | None = None
        self._sampling = Sampling(0.0)
        self._next_library_check_s = 0.0
        self._revision = 0
        self._is_stale = True
        self._director: Director
        self.clip_count = 0
        """Clips that could be shown, for status."""
        self.reason = ""
        """Why the clip chosen last was chosen, for status."""

    @property
    def moment(self) -> AudienceMoment | None:
        """The latest moment, for status."""
        return self._moment

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``; the database is opened and closed by this thread alone."""
        with self._open_director() as director:
            self.begin(director)
            while not stop.is_set():
                self.step(TICK_S)
                pulse.beat()
            self._carry_out(self._session.end_visit(), self._clock.now())
            director.housekeeping.end()

    def begin(self, director: Director) -> None:
        """The first screen."""
        self._director = director
        director.housekeeping.begin(self._clock.now())
        self._carry_out(self._session.start(), self._clock.now())
        self._publish()

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
                message.reply.set_result(self._playback(message, now))
            case RatingGiven():
                message.reply.set_result(self._rating(message, now))
            case ScreenSkipped(play_id, reply):
                self._carry_out(self._session.skipped(play_id, now.monotonic_s), now)
                reply.set_result(Answer.DONE)
            case SensingPauseRequested(duration_s, reply):
                self._pause(duration_s, now)
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
        answer = self._director.record_playback(report, now)
        if answer is not Answer.DONE:
            return answer
        play = self._session.play
        if play is not None and play.id == report.play_id:
            if report.event is PlaybackEvent.PLAYING:
                self._sampling = Sampling(now.monotonic_s)
            elif report.event is PlaybackEvent.ERROR:
                logger.warning("Clip %r cannot be played: %s", play.clip.title, report.detail)
        self._carry_out(self._session.playback(report.play_id, report.event, now.monotonic_s), now)
        return answer

    def _rating(self, rating: RatingGiven, now: Instant) -> Answer:
        is_panel = rating.source is RatingSource.PANEL
        if is_panel and not self._session.accepts_panel_rating(rating.play_id):
            return Answer.UNKNOWN
        answer = self._director.record_rating(rating, now)
        if answer is Answer.DONE:
            self._session.rated(rating.play_id, rating.value, now.monotonic_s)
        return answer

    def _pause(self, duration_s: float, now: Instant) -> None:
        if duration_s > 0:
            self._switch.pause()
            until_s: float | None = now.monotonic_s + duration_s
            sensing = Sensing.PAUSED
            self._moment = None
            self._carry_out(self._session.end_visit(), now)
            logger.info("Sensing paused for %.0f s by touch", duration_s)
        else:
            self._switch.resume()
            until_s, sensing = None, self._sight.sensing
            logger.info("Sensing resumed")
        self._sight = replace(self._sight, sensing=sensing, paused_until_s=until_s)

    # --- time -----------------------------------------------------------------------------

    def _pass_time(self, now: Instant) -> None:
        now_s = now.monotonic_s
        until_s = self._sight.paused_until_s
        if until_s is not None and now_s >= until_s:
            self._pause(0, now)
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
        t_s = self._sampling.due_at(now.monotonic_s)
        moment, play = self._recent_moment(now), self._session.play
        if t_s is None or moment is None or play is None or not self._session.is_playing:
            return
        if self._session.screen not in (Screen.HEALING, Screen.SHOW):
            return
        if moment.leader is not None and moment.leader.is_present:
            self._director.record_sample(play, t_s, moment.leader, moment.watchers)

    # --- effects and the screen -----------------------------------------------------------

    def _carry_out(self, effects: tuple[Effect, ...], now: Instant) -> None:
        for effect in effects:
            match effect:
                case OpenVisit(watchers):
                    self._session.visit_opened(self._director.open_visit(watchers, now))
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
            self._feed.publish(replace(state, revision=self._revision))

    def _state(self) -> ScreenState:
        session = self._session
        asks = session.screen in (Screen.RATING, Screen.QR)
        troubles = [self._sight.trouble] if self._sight.trouble else []
        if self.clip_count == 0:
            troubles.append("no-clips")
        return ScreenState(
            revision=self._revision,
            run_id=self._run_id,
            screen=session.screen,
            play=session.play,
            next_play=session.next_play,
            deadline_s=session.deadline_s if asks else None,
            time_limit_s=session.time_limit_s if asks else None,
            rating=session.rating,
            qr_url=self._link_of(session.play) if asks and session.play else None,
            sensing=self._sight.sensing,
            sensing_paused_until_s=self._sight.paused_until_s,
            surroundings=self._surroundings,
            troubles=tuple(troubles),
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
