"""Settings that were read again reach the session, the director and the page."""

from __future__ import annotations

import dataclasses
import json

import pytest

from appliance.config import Settings
from appliance.domain import ClipKind, Expression
from appliance.messages import SettingsChanged
from appliance.playback.effects import ChooseShow
from appliance.playback.session_rules import SessionRules
from tests.daemon.test_control_loop import SPRING_DAY, Rig


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path)
    yield rig
    rig.database.close()


def test_changed_settings_renew_the_rules_between_two_messages_and_reach_the_page(rig):
    renewed = []
    rig.loop._renew = lambda session, director: renewed.append((session, director))
    rig.wait(1)
    before = rig.state
    rig.wait(1)
    assert rig.state == before
    rig.send(SettingsChanged())
    assert renewed == [(rig.loop._session, rig.loop._director)]
    # Nothing on the screen differs, but the page's own facts may: it is told once.
    assert rig.state == dataclasses.replace(before, revision=before.revision + 1)
    rig.wait(1)
    assert rig.state.revision == before.revision + 1


def test_the_next_screen_goes_by_the_new_rules_and_a_running_deadline_stays(rig):
    rig.to_rating()
    asked_until_s = rig.state.deadline_s
    rules = SessionRules(rating_timeout_s=3, qr_timeout_s=77)
    rig.loop._renew = lambda session, director: session.use(rules)
    rig.send(SettingsChanged())
    assert rig.state.deadline_s == asked_until_s
    rig.wait(11)
    assert rig.state.time_limit_s == 77


def test_a_director_chooses_by_the_settings_it_was_given_last(rig):
    director = rig.loop._director
    ads_only = {"session": {"show_kinds": ["ad"]}, "learning": {"prior_strength": 50}}
    director.use(Settings.model_validate(ads_only))
    now, request = rig.clock.now(), ChooseShow(Expression.HAPPY, 0.9, 1, ())
    chosen = [director.choose_show(request, None, SPRING_DAY, now) for _ in range(20)]
    assert {play.clip.kind for play in chosen} == {ClipKind.AD}
    (row,) = rig.rows("SELECT candidates FROM decisions ORDER BY id DESC LIMIT 1")
    sums = {sum(each["posterior"]) for each in json.loads(row["candidates"]) if each["posterior"]}
    assert sums == {50}
