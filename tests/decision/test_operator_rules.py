"""The operator's rules against what is known."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from appliance.config.rules_settings import Condition, OperatorRule
from appliance.decision.eligibility import Restriction
from appliance.decision.operator_rules import RuleFacts, holds, interrupts, restrictions
from appliance.domain import DayTime, Expression, Season, Surroundings, Weather

RAINY = Surroundings(Season.SPRING, DayTime.MORNING, Weather.RAIN)
WEDNESDAY = dt.datetime(2026, 4, 8, 7, 45, tzinfo=dt.UTC)


def facts(**changes: Any) -> RuleFacts:
    values: dict[str, Any] = {
        "now": WEDNESDAY,
        "is_clock_set": True,
        "surroundings": RAINY,
        "expression": Expression.SAD,
        "faces": 2,
    }
    return RuleFacts(**(values | changes))


def condition(metric: str, comparison: str, value: Any) -> Condition:
    return Condition.model_validate({"metric": metric, "condition": comparison, "value": value})


@pytest.mark.parametrize(
    ("metric", "comparison", "value", "expected"),
    [
        ("expression", "eq", "sad", True),
        ("expression", "ne", "sad", False),
        ("expression", "in", ["happy", "neutral"], False),
        ("faces", "gte", 2, True),
        ("faces", "gte", 3, False),
        ("faces", "lte", 2, True),
        ("faces", "lte", 1, False),
        ("weather", "in", ["rain", "snow"], True),
        ("season", "eq", "spring", True),
        ("time_of_day", "ne", "night", True),
        ("hour", "eq", 7, True),
        ("hour", "in", [8, 9], False),
        ("weekday", "eq", 3, True),
        ("weekday", "lte", 2, False),
        ("clock", "gte", "07:45", True),
        ("clock", "gte", "07:46", False),
        ("clock", "lte", "07:45", True),
    ],
)
def test_each_comparison(metric: str, comparison: str, value: Any, expected: bool) -> None:
    assert holds(condition(metric, comparison, value), facts()) is expected


@pytest.mark.parametrize("comparison", ["eq", "ne"])
def test_what_is_not_known_fulfils_nothing(comparison: str) -> None:
    nothing = facts(
        expression=None,
        is_clock_set=False,
        surroundings=Surroundings(Season.SPRING, DayTime.DAY),
    )
    for metric, value in (
        ("expression", "sad"),
        ("weather", "rain"),
        ("hour", 7),
        ("weekday", 3),
        ("clock", "07:45"),
    ):
        assert not holds(condition(metric, comparison, value), nothing)


def rule(name: str, *when: Condition, **then: Any) -> OperatorRule:
    return OperatorRule.model_validate({"name": name, "when": when, "then": then})


CALM = rule(
    "calm", condition("expression", "eq", "sad"), condition("faces", "lte", 2),
    restrict_to_tag="calm",
)  # fmt: skip
STORM = rule("storm", condition("weather", "eq", "rain"), interrupt=True, tag="storm")


def test_all_conditions_of_a_rule_must_hold() -> None:
    assert restrictions((CALM,), facts(), is_loop=False) == (Restriction("calm", "calm"),)
    assert restrictions((CALM,), facts(faces=3), is_loop=False) == ()


def test_an_interrupt_speaks_in_the_loop_alone() -> None:
    rules = (CALM, STORM)
    assert [each.rule for each in restrictions(rules, facts(), is_loop=True)] == ["calm", "storm"]
    assert [each.rule for each in restrictions(rules, facts(), is_loop=False)] == ["calm"]
    assert interrupts(rules, facts()) == (Restriction("storm", "storm"),)
    clear = Surroundings(Season.SPRING, DayTime.DAY, Weather.CLEAR)
    assert interrupts(rules, facts(surroundings=clear)) == ()
