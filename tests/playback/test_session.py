"""The rules of a visit, on a session driven by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from appliance.domain import Expression, PlaybackEvent, Question, Screen
from appliance.playback.effects import ChooseHealing, ChooseShow, CloseVisit, Effect, OpenVisit
from appliance.playback.session import (
    LOOP_RETRY_S,
    MAX_LOOP_FAILURES,
    MAX_SHOW_FAILURES,
    Session,
)
from appliance.playback.session_rules import SessionRules
from tests.factories import a_leader, a_moment, a_play

RULES = SessionRules()
PLAYING, ENDED, ERROR = PlaybackEvent.PLAYING, PlaybackEvent.ENDED, PlaybackEvent.ERROR


class Unit:
    """A session with a control loop that always finds a clip, and a page that plays it."""

    def __init__(
        self, has_clips: bool = True, has_link: bool = True, rules: SessionRules = RULES
    ) -> None:
        self.session = Session(rules, lambda play: has_link)
        self.now_s = 100.0
        self.has_clips = has_clips
        self.effects: list[Effect] = []
        self._next_id = 0
        self.carry_out(self.session.start())

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def carry_out(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            self.effects.append(effect)
            play = a_play(self.new_id()) if self.has_clips else None
            match effect:
                case OpenVisit():
                    self.session.visit_opened(self.new_id())
                case ChooseHealing():
                    self.session.healing_chosen(play, self.now_s)
                case ChooseShow():
                    visit = self.session.visit
                    if play and visit:
                        play = replace(play, visit_id=visit.id)
                    self.carry_out(self.session.show_chosen(play, self.now_s))
                case CloseVisit():
                    pass

    def see(self, leader=None, watchers=None) -> None:
        self.carry_out(self.session.moment(a_moment(leader, watchers), self.now_s))

    def report(self, event: PlaybackEvent) -> None:
        assert self.session.play is not None
        self.carry_out(self.session.playback(self.session.play.id, event, self.now_s))

    def wait(self, duration_s: float) -> None:
        self.now_s += duration_s
        self.carry_out(self.session.tick(self.now_s))

    def rate(self, value: int) -> None:
        assert self.session.play is not None
        self.session.rated(self.session.play.id, value, self.now_s)

    def say_seen_before(self, seen_before: bool) -> None:
        assert self.session.play is not None
        self.session.said_seen_before(self.session.play.id, seen_before, self.now_s)

    def of_kind(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def to_rating(self) -> None:
        self.report(PLAYING)
        self.see(a_leader())
        self.report(PLAYING)
        self.report(ENDED)
        assert self.session.screen is Screen.RATING


def test_a_whole_visit_passes_the_screens_in_order():
    unit = Unit()
    unit.report(PLAYING)
    assert unit.session.screen is Screen.HEALING
    unit.see(a_leader())
    assert unit.session.screen is Screen.SHOW
    shown = unit.session.play
    unit.report(PLAYING)
    unit.report(ENDED)
    assert unit.session.screen is Screen.RATING
    unit.rate(1)
    assert unit.session.screen is Screen.RATING  # the thanks
    unit.wait(RULES.thanks_s)
    assert unit.session.screen is Screen.QR
    assert unit.session.play is shown
    assert unit.session.rating == 1
    unit.wait(RULES.qr_timeout_s)
    assert unit.session.screen is Screen.HEALING
    assert unit.session.play is not shown


def test_the_choice_carries_the_stable_expression():
    unit = Unit()
    unit.see(a_leader(expression=Expression.SAD, confidence=0.7), watchers=3)
    assert unit.of_kind(ChooseShow) == [ChooseShow(Expression.SAD, 0.7, 3, ())]


def test_a_face_that_only_passes_starts_nothing():
    unit = Unit()
    unit.see(a_leader(dwell_s=0.9, attention_s=0.9))
    unit.see(None)
    assert not unit.of_kind(OpenVisit)
    assert unit.session.screen is Screen.HEALING


def test_a_visit_waits_for_a_sign_of_life_and_goes_on_without():
    unit = Unit()
    unit.see(a_leader(is_alive=False, dwell_s=60.0, attention_s=60.0))
    assert not unit.of_kind(OpenVisit)
    unit.see(a_leader(dwell_s=60.1, attention_s=60.1))
    assert len(unit.of_kind(OpenVisit)) == 1
    unit.see(a_leader(is_alive=False, dwell_s=70.0, attention_s=70.0))
    assert not unit.of_kind(CloseVisit)


def test_an_unstable_expression_is_waited_for_but_not_for_ever():
    unit = Unit()
    unit.see(a_leader(is_stable=False, dwell_s=1.5))
    assert unit.of_kind(OpenVisit)
    assert unit.session.screen is Screen.HEALING
    unit.see(a_leader(is_stable=False, dwell_s=RULES.hold_s + RULES.stable_timeout_s))
    assert unit.of_kind(ChooseShow) == [ChooseShow(None, 0.0, 1, ())]


def test_a_lost_detection_does_not_end_the_visit():
    unit = Unit()
    unit.see(a_leader())
    unit.see(a_leader(is_present=False, unseen_s=1.5))
    assert not unit.of_kind(CloseVisit)
    unit.see(None)
    assert len(unit.of_kind(CloseVisit)) == 1


def test_the_visit_keeps_its_dwell_attention_and_most_watchers():
    unit = Unit()
    unit.see(a_leader(), watchers=4)
    unit.see(a_leader(dwell_s=7.0, attention_s=5.0), watchers=2)
    unit.see(None)
    (closed,) = unit.of_kind(CloseVisit)
    assert isinstance(closed, CloseVisit)
    assert (closed.watchers, closed.dwell_s, closed.attention_s) == (4, 7.0, 5.0)


def test_who_left_while_the_clip_was_on_is_told_with_it():
    unit = Unit()
    unit.report(PLAYING)
    unit.see(a_leader())
    play = unit.session.play
    unit.report(PLAYING)
    unit.see(None)
    (closed,) = unit.of_kind(CloseVisit)
    assert isinstance(closed, CloseVisit)
    assert closed.left_during == play.id


def test_who_saw_the_end_did_not_leave_early():
    unit = Unit()
    unit.to_rating()
    unit.see(None)
    (closed,) = unit.of_kind(CloseVisit)
    assert isinstance(closed, CloseVisit)
    assert closed.left_during is None


def test_a_clip_that_never_began_was_not_left():
    unit = Unit()
    unit.report(PLAYING)
    unit.see(a_leader())
    unit.see(None)
    (closed,) = unit.of_kind(CloseVisit)
    assert isinstance(closed, CloseVisit)
    assert closed.left_during is None


def test_the_next_leader_leaves_nothing_that_was_shown_to_the_one_before():
    unit = Unit()
    unit.report(PLAYING)
    unit.see(a_leader(1))
    unit.report(PLAYING)
    unit.see(a_leader(2))
    unit.see(None)
    first, second = unit.of_kind(CloseVisit)
    assert isinstance(first, CloseVisit)
    assert isinstance(second, CloseVisit)
    assert first.left_during is not None
    assert second.left_during is None


def test_the_next_leader_is_the_next_visit():
    unit = Unit()
    unit.see(a_leader(1))
    unit.see(a_leader(2))
    assert len(unit.of_kind(CloseVisit)) == 1
    assert len(unit.of_kind(OpenVisit)) == 2


def test_who_stays_is_not_asked_again_too_soon_and_it_is_the_same_visit():
    unit = Unit()
    unit.to_rating()
    unit.wait(RULES.rating_timeout_s)
    unit.wait(RULES.qr_timeout_s)
    unit.see(a_leader(dwell_s=50))
    assert unit.session.screen is Screen.HEALING
    unit.wait(RULES.again_after_s - 1)
    unit.see(a_leader(dwell_s=100))
    assert unit.session.screen is Screen.HEALING
    unit.wait(1)
    unit.see(a_leader(dwell_s=101))
    assert unit.session.screen is Screen.SHOW
    assert len(unit.of_kind(OpenVisit)) == 1


def test_somebody_new_is_not_made_to_wait_for_the_one_before():
    unit = Unit()
    unit.to_rating()
    unit.see(a_leader(2))
    unit.wait(RULES.rating_timeout_s)
    unit.wait(RULES.qr_timeout_s)
    assert unit.session.screen is Screen.HEALING
    unit.see(a_leader(2, dwell_s=40))
    assert unit.session.screen is Screen.SHOW


def test_no_answer_leads_on_to_the_qr_code_without_a_rating():
    unit = Unit()
    unit.to_rating()
    unit.wait(RULES.rating_timeout_s - 0.1)
    assert unit.session.screen is Screen.RATING
    unit.wait(0.2)
    assert unit.session.screen is Screen.QR
    assert unit.session.rating is None


def test_a_second_answer_changes_nothing():
    unit = Unit()
    unit.to_rating()
    unit.rate(0)
    unit.rate(1)
    assert unit.session.rating == 0


SURVEY = SessionRules(question=Question.FIVE, asks_seen_before=True)


def test_five_steps_then_seen_before_then_thanks():
    unit = Unit(rules=SURVEY)
    unit.to_rating()
    assert unit.session.question is Question.FIVE
    unit.wait(4)
    unit.rate(4)
    assert (unit.session.question, unit.session.rating) == (Question.SEEN_BEFORE, 4)
    assert unit.session.deadline_s == unit.now_s + SURVEY.rating_timeout_s  # its own whole time
    unit.wait(SURVEY.rating_timeout_s - 1)
    unit.say_seen_before(True)
    assert unit.session.seen_before is True
    unit.wait(SURVEY.thanks_s - 0.1)
    assert unit.session.screen is Screen.RATING
    unit.wait(0.1)
    assert unit.session.screen is Screen.QR


def test_who_does_not_answer_the_first_question_is_not_asked_the_second():
    unit = Unit(rules=SURVEY)
    unit.to_rating()
    unit.wait(SURVEY.rating_timeout_s)
    assert unit.session.screen is Screen.QR
    assert unit.session.question is Question.FIVE


def test_the_second_question_times_out_and_its_first_answer_counts():
    unit = Unit(rules=SURVEY)
    unit.to_rating()
    unit.rate(2)
    unit.wait(SURVEY.rating_timeout_s)
    assert unit.session.screen is Screen.QR
    assert unit.session.seen_before is None
    unit.say_seen_before(False)
    unit.say_seen_before(True)
    assert unit.session.seen_before is False


def test_the_next_visitor_is_asked_from_the_beginning():
    unit = Unit(rules=SURVEY)
    for _ in range(2):
        unit.to_rating()
        assert (unit.session.question, unit.session.rating) == (Question.FIVE, None)
        assert unit.session.seen_before is None
        unit.rate(5)
        unit.say_seen_before(True)
        unit.wait(SURVEY.thanks_s)
        unit.wait(SURVEY.qr_timeout_s)
        unit.see(None)
        unit.now_s += SURVEY.again_after_s


def test_an_answer_from_the_phone_shows_on_the_qr_screen_without_ending_it():
    unit = Unit()
    unit.to_rating()
    unit.wait(RULES.rating_timeout_s)
    deadline_s = unit.session.deadline_s
    unit.rate(1)
    assert unit.session.screen is Screen.QR
    assert (unit.session.rating, unit.session.deadline_s) == (1, deadline_s)


def test_the_panel_may_answer_only_for_what_it_asked():
    unit = Unit()
    assert unit.session.play is not None
    assert not unit.session.accepts_panel_rating(unit.session.play.id)
    unit.to_rating()
    assert unit.session.accepts_panel_rating(unit.session.play.id)
    assert not unit.session.accepts_panel_rating("another")


def test_a_touch_beside_the_code_ends_it():
    unit = Unit()
    unit.to_rating()
    shown = unit.session.play
    assert shown is not None
    unit.carry_out(unit.session.skipped(shown.id, unit.now_s))
    assert unit.session.screen is Screen.RATING  # nothing to skip yet
    unit.wait(RULES.rating_timeout_s)
    unit.carry_out(unit.session.skipped("another", unit.now_s))
    assert unit.session.screen is Screen.QR
    unit.carry_out(unit.session.skipped(shown.id, unit.now_s))
    assert unit.session.screen is Screen.HEALING


def test_without_a_link_there_is_no_qr_screen():
    unit = Unit(has_link=False)
    unit.to_rating()
    unit.wait(RULES.rating_timeout_s)
    assert unit.session.screen is Screen.HEALING


def test_a_clip_that_never_played_is_not_asked_about():
    unit = Unit()
    unit.see(a_leader())
    unit.wait(RULES.show_timeout_s)
    assert unit.session.screen is Screen.HEALING


def test_a_clip_that_never_ends_is_cut_and_asked_about():
    unit = Unit()
    unit.see(a_leader())
    unit.report(PLAYING)
    unit.wait(RULES.show_timeout_s)
    assert unit.session.screen is Screen.RATING


def test_a_clip_that_fails_is_replaced_by_another_then_given_up():
    unit = Unit()
    unit.see(a_leader())
    failed = []
    for _ in range(MAX_SHOW_FAILURES):
        assert unit.session.play is not None
        failed.append(unit.session.play.clip.id)
        unit.report(ERROR)
        assert unit.session.screen is Screen.SHOW
        last = unit.of_kind(ChooseShow)[-1]
        assert isinstance(last, ChooseShow)
        assert list(last.exclude) == failed
    unit.report(ERROR)
    assert unit.session.screen is Screen.HEALING
    unit.see(a_leader())
    assert unit.session.screen is Screen.HEALING


def test_the_next_clip_of_the_loop_is_loaded_behind_and_taken_at_the_end():
    unit = Unit()
    assert unit.session.next_play is None
    unit.report(PLAYING)
    upcoming = unit.session.next_play
    assert upcoming is not None
    unit.report(ENDED)
    assert unit.session.play is upcoming


def test_a_library_that_cannot_be_played_is_not_tried_at_full_speed():
    unit = Unit()
    for _ in range(MAX_LOOP_FAILURES):
        unit.report(ERROR)
    assert unit.session.play is None
    before = len(unit.effects)
    unit.wait(LOOP_RETRY_S / 2)
    assert len(unit.effects) == before
    unit.wait(LOOP_RETRY_S)
    assert unit.session.play is not None


def test_no_clip_at_all_is_asked_for_again():
    unit = Unit(has_clips=False)
    assert unit.session.play is None
    unit.has_clips = True
    unit.wait(LOOP_RETRY_S)
    assert unit.session.play is not None
    assert unit.session.deadline_s is None


def test_no_clip_for_a_watcher_leaves_the_loop_on():
    unit = Unit()
    unit.has_clips = False
    loop_play = unit.session.play
    unit.see(a_leader())
    assert unit.session.screen is Screen.HEALING
    assert unit.session.play is loop_play
    unit.see(a_leader())
    assert len(unit.of_kind(ChooseShow)) == 1


@pytest.mark.parametrize("event", list(PlaybackEvent))
def test_a_report_on_another_play_changes_nothing(event):
    unit = Unit()
    before = (unit.session.screen, unit.session.play, unit.session.next_play)
    assert unit.session.playback("another", event, unit.now_s) == ()
    assert (unit.session.screen, unit.session.play, unit.session.next_play) == before


def test_nobody_leaves_because_the_camera_stops():
    unit = Unit()
    unit.report(PLAYING)
    unit.see(a_leader())
    unit.report(PLAYING)
    unit.carry_out(unit.session.end_visit())
    (closed,) = unit.of_kind(CloseVisit)
    assert isinstance(closed, CloseVisit)
    assert closed.left_during is None


def test_stopping_closes_the_visit_under_way():
    unit = Unit()
    unit.see(a_leader())
    assert len(unit.session.end_visit()) == 1
    assert unit.session.end_visit() == ()


def test_an_interrupt_cuts_the_loop_for_a_clip_that_fits() -> None:
    unit = Unit()
    unit.report(PLAYING)
    cut, upcoming = unit.session.play, unit.session.next_play
    unit.carry_out(unit.session.interrupted(lambda play: play not in (cut, upcoming)))
    assert unit.session.play not in (cut, upcoming, None)
    assert unit.session.screen is Screen.HEALING


def test_an_interrupt_keeps_what_fits_already() -> None:
    unit = Unit()
    unit.report(PLAYING)
    running, upcoming = unit.session.play, unit.session.next_play
    assert unit.session.interrupted(lambda play: True) == ()
    assert (unit.session.play, unit.session.next_play) == (running, upcoming)
    unit.carry_out(unit.session.interrupted(lambda play: play == upcoming))
    assert unit.session.play == upcoming
    unit.report(PLAYING)
    unit.carry_out(unit.session.interrupted(lambda play: play == upcoming))
    assert unit.session.play == upcoming
    assert unit.session.next_play not in (running, None)


def test_an_interrupt_leaves_a_watchers_screens_alone() -> None:
    unit = Unit()
    unit.report(PLAYING)
    unit.see(a_leader())
    shown = unit.session.play
    assert unit.session.interrupted(lambda play: False) == ()
    assert (unit.session.screen, unit.session.play) == (Screen.SHOW, shown)


class AnyOrder(RuleBasedStateMachine):
    """Whatever comes in whatever order, the screens follow the design and nothing gets stuck."""

    def __init__(self) -> None:
        super().__init__()
        self.unit = Unit()
        self.screens = [self.unit.session.screen]

    def _note(self) -> None:
        if self.unit.session.screen is not self.screens[-1]:
            self.screens.append(self.unit.session.screen)

    @rule(track_id=st.integers(1, 3), stable=st.booleans(), dwell_s=st.floats(0, 100))
    def somebody(self, track_id, stable, dwell_s):
        self.unit.see(a_leader(track_id, is_stable=stable, dwell_s=dwell_s, attention_s=dwell_s))
        self._note()

    @rule()
    def nobody(self):
        self.unit.see(None)
        self._note()

    @rule(event=st.sampled_from(list(PlaybackEvent)))
    def page_reports(self, event):
        if self.unit.session.play is not None:
            self.unit.report(event)
        self._note()

    @rule(duration_s=st.floats(0.1, 70))
    def time_passes(self, duration_s):
        self.unit.wait(duration_s)
        self._note()

    @rule(value=st.integers(0, 1))
    def rating(self, value):
        if self.unit.session.play is not None:
            self.unit.rate(value)
        self._note()

    @rule(works=st.booleans())
    def library(self, works):
        self.unit.has_clips = works

    @invariant()
    def screens_follow_the_design(self):
        allowed = {
            Screen.HEALING: {Screen.SHOW},
            Screen.SHOW: {Screen.RATING, Screen.HEALING},
            Screen.RATING: {Screen.QR, Screen.HEALING},
            Screen.QR: {Screen.HEALING},
        }
        for before, after in zip(self.screens, self.screens[1:], strict=False):
            assert after in allowed[before]

    @invariant()
    def a_screen_that_waits_has_an_end(self):
        session = self.unit.session
        if session.screen is not Screen.HEALING or session.play is None:
            assert session.deadline_s is not None

    @invariant()
    def visits_open_and_close_in_turn(self):
        opened = len(self.unit.of_kind(OpenVisit))
        closed = len(self.unit.of_kind(CloseVisit))
        assert opened - closed == (self.unit.session.visit is not None)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40)
