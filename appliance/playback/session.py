"""The state machine of a visit: HEALING → SHOW → RATING → QR → HEALING.

Pure: every method takes the monotonic time, changes the session and returns the effects that
the control loop carries out. It never sees a picture, a database or a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appliance.domain import AudienceMoment, Leader, Play, PlaybackEvent, Question, Screen
from appliance.playback.effects import ChooseHealing, ChooseShow, CloseVisit, Effect, OpenVisit
from appliance.playback.session_rules import SessionRules
from appliance.playback.visit import Visit

MAX_SHOW_FAILURES = 2
"""Clips that may fail in a row before the watcher is left with the healing loop."""

MAX_LOOP_FAILURES = 3
LOOP_RETRY_S = 5.0
"""After so many failures in a row (or with no clip at all) the loop waits this long."""


class Session:
    """Which screen is on, and why it changes (design, section 2)."""

    def __init__(
        self, rules: SessionRules, has_link: Callable[[Play], bool] = lambda play: True
    ) -> None:
        """``has_link`` tells for which plays a QR code can be offered."""
        self._rules = rules
        self._has_link = has_link
        self.screen = Screen.HEALING
        self.play: Play | None = None
        self.next_play: Play | None = None
        self.deadline_s: float | None = None
        self.time_limit_s: float | None = None
        self.question = rules.question
        self.rating: int | None = None
        self.seen_before: bool | None = None
        self._visit: Visit | None = None
        self._is_playing = False
        self._loop_failures = 0
        self._shown_track: int | None = None
        self._asked_track: int | None = None
        self._ask_after_s = 0.0
        self._failed: tuple[int, ...] = ()
        self._last_choice: ChooseShow | None = None

    def use(self, rules: SessionRules) -> None:
        """Go by these rules from the next screen on; a deadline that runs stays as it is."""
        self._rules = rules

    @property
    def visit(self) -> Visit | None:
        return self._visit

    @property
    def is_playing(self) -> bool:
        """The browser has reported ``playing`` for the clip on screen."""
        return self._is_playing

    # --- what happens ---------------------------------------------------------------------

    def start(self) -> tuple[Effect, ...]:
        """The first effect of a fresh session."""
        return (ChooseHealing(),)

    def moment(self, moment: AudienceMoment, now_s: float) -> tuple[Effect, ...]:
        """Who stands there now: visits open and close, a held and stable leader gets a SHOW."""
        effects = self._follow_leader(moment)
        return effects + self._maybe_show(moment, now_s)

    def tick(self, now_s: float) -> tuple[Effect, ...]:
        """Time has passed: a screen whose deadline is over gives way to the next."""
        if self.deadline_s is None or now_s < self.deadline_s:
            return ()
        match self.screen:
            case Screen.SHOW if self._is_playing:
                return self._to_rating(now_s)
            case Screen.RATING:
                return self._to_qr(now_s)
            case Screen.SHOW | Screen.QR | Screen.HEALING:
                return self._to_healing(now_s)

    def playback(self, play_id: str, event: PlaybackEvent, now_s: float) -> tuple[Effect, ...]:
        """The browser's report on the clip on screen; reports on others change nothing."""
        if self.play is None or play_id != self.play.id:
            return ()
        match event:
            case PlaybackEvent.PLAYING:
                return self._started()
            case PlaybackEvent.ENDED:
                return self._ended(now_s)
            case PlaybackEvent.ERROR:
                return self._failed_to_play(now_s)
            case PlaybackEvent.STOPPED:
                return ()

    def rated(self, play_id: str, answer: int, now_s: float) -> None:
        """An answer (as it was touched) was written for a play.

        The next question follows, or thanks that stay a moment before the QR code comes.
        """
        if self.play is None or play_id != self.play.id or self.rating is not None:
            return
        self.rating = answer
        if self.screen is not Screen.RATING:
            return
        if self._rules.asks_seen_before:
            self.question = Question.SEEN_BEFORE
            self._limit(self._rules.rating_timeout_s, now_s)
        else:
            self._limit(self._rules.thanks_s, now_s)

    def said_seen_before(self, play_id: str, seen_before: bool, now_s: float) -> None:
        """The second answer was written."""
        if self.play is None or play_id != self.play.id or self.seen_before is not None:
            return
        self.seen_before = seen_before
        if self.screen is Screen.RATING:
            self._limit(self._rules.thanks_s, now_s)

    def accepts_panel_rating(self, play_id: str) -> bool:
        """The panel may answer for the clip whose question is, or has just been, on screen."""
        is_asked = self.screen in (Screen.RATING, Screen.QR)
        return is_asked and self.play is not None and self.play.id == play_id

    def skipped(self, play_id: str, now_s: float) -> tuple[Effect, ...]:
        """A touch beside the QR code."""
        if self.screen is Screen.QR and self.play is not None and self.play.id == play_id:
            return self._to_healing(now_s)
        return ()

    def interrupted(self, fits: Callable[[Play], bool]) -> tuple[Effect, ...]:
        """The loop must show a clip that fits, at once; other screens are left alone."""
        if self.screen is not Screen.HEALING or self.play is None:
            return ()
        if self.next_play is not None and not fits(self.next_play):
            self.next_play = None
        if not fits(self.play):
            return self._next_in_loop()
        return (ChooseHealing(),) if self._is_playing and self.next_play is None else ()

    # --- answers to effects ---------------------------------------------------------------

    def visit_opened(self, visit_id: int) -> None:
        if self._visit is not None:
            self._visit = replace(self._visit, id=visit_id)

    def healing_chosen(self, play: Play | None, now_s: float) -> None:
        """A clip for the loop (shown now, or loaded behind what is on), or None."""
        is_bare = self.screen is Screen.HEALING and self.play is None
        if play is None:
            if is_bare:
                self._limit(LOOP_RETRY_S, now_s)
        elif is_bare:
            self.deadline_s = self.time_limit_s = None
            self._put_on(play)
        else:
            self.next_play = play

    def show_chosen(self, play: Play | None, now_s: float) -> tuple[Effect, ...]:
        """The clip for the watcher; None leaves the loop on and does not ask again for a while."""
        self._shown_track = self._visit.track_id if self._visit else None
        if play is None:
            self._do_not_ask_before(now_s + self._rules.again_after_s)
            return self._to_healing(now_s) if self.screen is Screen.SHOW else ()
        self.screen = Screen.SHOW
        self.next_play = None
        self._put_on(play)
        self._limit(self._rules.show_timeout_s, now_s)
        return ()

    # --- visits ---------------------------------------------------------------------------

    def _follow_leader(self, moment: AudienceMoment) -> tuple[Effect, ...]:
        leader = moment.leader
        effects: tuple[Effect, ...] = ()
        if self._visit is not None and (leader is None or leader.track_id != self._visit.track_id):
            effects = self._close_visit(has_left=True)
        if leader is None:
            return effects
        if self._visit is not None:
            self._visit = replace(
                self._visit,
                watchers=max(self._visit.watchers, moment.watchers),
                dwell_s=leader.dwell_s,
                attention_s=leader.attention_s,
            )
        elif leader.is_present and leader.is_alive and leader.attention_s >= self._rules.hold_s:
            self._visit = Visit(
                leader.track_id, None, moment.watchers, leader.dwell_s, leader.attention_s
            )
            effects += (OpenVisit(moment.watchers),)
        return effects

    def _close_visit(self, *, has_left: bool = False) -> tuple[Effect, ...]:
        visit, self._visit = self._visit, None
        if visit is None or visit.id is None:
            return ()
        during = self._shown_to(visit.id) if has_left else None
        return (CloseVisit(visit.id, visit.watchers, visit.dwell_s, visit.attention_s, during),)

    def _shown_to(self, visit_id: int) -> str | None:
        """The play that is on for a visit's leader right now."""
        play = self.play
        if self.screen is not Screen.SHOW or play is None or not self._is_playing:
            return None
        return play.id if play.visit_id == visit_id else None

    def end_visit(self) -> tuple[Effect, ...]:
        """Sensing stopped or the unit shuts down: whoever was there is no longer followed."""
        return self._close_visit()

    def _maybe_show(self, moment: AudienceMoment, now_s: float) -> tuple[Effect, ...]:
        leader = moment.leader
        if leader is None or self._visit is None:
            return ()
        if self.screen is not Screen.HEALING or not self._may_ask(leader, now_s):
            return ()
        has_waited = leader.dwell_s >= self._rules.hold_s + self._rules.stable_timeout_s
        if not leader.is_present or not (leader.is_stable or has_waited):
            return ()
        self._failed = ()
        self._last_choice = ChooseShow(
            expression=leader.expression if leader.is_stable else None,
            confidence=leader.confidence if leader.is_stable else 0.0,
            watchers=moment.watchers,
            exclude=(),
        )
        return (self._last_choice,)

    def _may_ask(self, leader: Leader, now_s: float) -> bool:
        return leader.track_id != self._asked_track or now_s >= self._ask_after_s

    def _do_not_ask_before(self, when_s: float) -> None:
        # Who was shown the clip, not who leads now: the next visitor is not made to wait.
        self._asked_track = self._shown_track
        self._ask_after_s = when_s

    # --- from screen to screen ------------------------------------------------------------

    def _put_on(self, play: Play) -> None:
        self.play = play
        self.rating = self.seen_before = None
        self._is_playing = False

    def _limit(self, duration_s: float, now_s: float) -> None:
        self.deadline_s = now_s + duration_s
        self.time_limit_s = duration_s

    def _started(self) -> tuple[Effect, ...]:
        self._is_playing = True
        self._loop_failures = 0
        if self.screen is Screen.HEALING and self.next_play is None:
            return (ChooseHealing(),)
        return ()

    def _ended(self, now_s: float) -> tuple[Effect, ...]:
        if self.screen is Screen.HEALING:
            return self._next_in_loop()
        # A clip that never reported ``playing`` was not shown, so there is nothing to ask about.
        if self.screen is Screen.SHOW:
            return self._to_rating(now_s) if self._is_playing else self._to_healing(now_s)
        return ()

    def _next_in_loop(self) -> tuple[Effect, ...]:
        upcoming, self.next_play = self.next_play, None
        if upcoming is None:
            self.play = None
            return (ChooseHealing(),)
        self._put_on(upcoming)
        return ()

    def _failed_to_play(self, now_s: float) -> tuple[Effect, ...]:
        if self.screen is Screen.HEALING:
            return self._loop_failed(now_s)
        if self.screen is not Screen.SHOW or self.play is None:
            return ()
        self._failed += (self.play.clip.id,)
        if self._last_choice is None or len(self._failed) > MAX_SHOW_FAILURES:
            self._do_not_ask_before(now_s + self._rules.again_after_s)
            return self._to_healing(now_s)
        return (replace(self._last_choice, exclude=self._failed),)

    def _loop_failed(self, now_s: float) -> tuple[Effect, ...]:
        self._loop_failures += 1
        if self._loop_failures < MAX_LOOP_FAILURES:
            return self._next_in_loop()
        # Nothing seems to play: do not fill the database with choices at the page's speed.
        self.play = self.next_play = None
        self._limit(LOOP_RETRY_S, now_s)
        return ()

    def _to_rating(self, now_s: float) -> tuple[Effect, ...]:
        self.screen = Screen.RATING
        self.question = self._rules.question
        self._limit(self._rules.rating_timeout_s, now_s)
        # Loaded behind the question and the code, so that the loop returns without a gap.
        return (ChooseHealing(),)

    def _to_qr(self, now_s: float) -> tuple[Effect, ...]:
        if self.play is None or not self._has_link(self.play):
            return self._to_healing(now_s)
        self.screen = Screen.QR
        self._limit(self._rules.qr_timeout_s, now_s)
        return ()

    def _to_healing(self, now_s: float) -> tuple[Effect, ...]:
        if self.screen is not Screen.HEALING:
            self._do_not_ask_before(now_s + self._rules.again_after_s)
        self.screen = Screen.HEALING
        self.deadline_s = self.time_limit_s = None
        return self._next_in_loop()
