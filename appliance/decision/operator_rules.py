"""The operator's rules against what is known now: which hold, and what follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from appliance.config.rules_settings import Condition, OperatorRule
from appliance.decision.eligibility import Restriction
from appliance.domain import Expression, Surroundings

Value = str | int | None


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What rules may ask about."""

    now: dt.datetime
    """Local."""
    is_clock_set: bool
    surroundings: Surroundings
    expression: Expression | None
    faces: int


def holding(rules: Sequence[OperatorRule], facts: RuleFacts) -> tuple[OperatorRule, ...]:
    """The rules whose conditions all hold, in the order in which they were written."""
    return tuple(rule for rule in rules if all(holds(condition, facts) for condition in rule.when))


def restrictions(
    rules: Sequence[OperatorRule], facts: RuleFacts, *, is_loop: bool
) -> tuple[Restriction, ...]:
    """What the rules that hold keep a choice to; interrupts say so only in the loop."""
    return tuple(
        Restriction(rule.name, rule.then.clip_tag)
        for rule in holding(rules, facts)
        if is_loop or not rule.then.interrupt
    )


def interrupts(rules: Sequence[OperatorRule], facts: RuleFacts) -> tuple[Restriction, ...]:
    """The interrupts that hold."""
    return tuple(
        Restriction(rule.name, rule.then.clip_tag)
        for rule in holding(rules, facts)
        if rule.then.interrupt
    )


def holds(condition: Condition, facts: RuleFacts) -> bool:
    """What is not known (no expression, no weather, no set clock) fulfils no condition."""
    known = _known(condition.metric, facts)
    if known is None:
        return False
    value = condition.value
    match condition.condition:
        case "eq":
            return known == value
        case "ne":
            return known != value
        case "gte":
            return _at_least(known, value)
        case "lte":
            return _at_least(value, known)
        case "in":
            return isinstance(value, tuple) and known in value
        case _:
            assert_never(condition.condition)


def _at_least(left: object, right: object) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left >= right
    return isinstance(left, int) and isinstance(right, int) and left >= right


def _known(metric: str, facts: RuleFacts) -> Value:
    around = facts.surroundings
    by_clock: dict[str, Value] = {
        "clock": facts.now.strftime("%H:%M"),
        "hour": facts.now.hour,
        "weekday": facts.now.isoweekday(),
    }
    if metric in by_clock:
        return by_clock[metric] if facts.is_clock_set else None
    others: dict[str, Value] = {
        "expression": None if facts.expression is None else facts.expression.name.lower(),
        "faces": facts.faces,
        "weather": None if around.weather is None else around.weather.value,
        "season": around.season.value,
        "time_of_day": around.day_time.value,
    }
    return others[metric]
