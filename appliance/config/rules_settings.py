"""Rules that the operator writes: when something holds, keep to clips with a tag."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from appliance.config.section import Section
from appliance.domain import DayTime, Expression, Season, Weather

Metric = Literal[
    "expression", "faces", "weather", "season", "time_of_day", "clock", "hour", "weekday"
]
MAX_RULES = 200
MAX_CONDITIONS = 20

_WORDS: dict[str, tuple[str, ...]] = {
    "expression": tuple(member.name.lower() for member in Expression),
    "weather": tuple(Weather),
    "season": tuple(Season),
    "time_of_day": tuple(DayTime),
}
_NUMBERS = {"faces": (0, 1000), "hour": (0, 23), "weekday": (1, 7)}


class Condition(Section):
    """One comparison of what is known with a value."""

    metric: Metric
    condition: Literal["eq", "ne", "gte", "lte", "in"]
    value: StrictStr | StrictInt | tuple[StrictStr | StrictInt, ...]

    @model_validator(mode="after")
    def _fits_together(self) -> Condition:
        is_list = isinstance(self.value, tuple)
        if is_list != (self.condition == "in"):
            wanted = "a list such as [1, 2]" if self.condition == "in" else "one value, no list"
            raise ValueError(f"condition {self.condition!r} takes {wanted}")
        if self.metric in _WORDS and self.condition in ("gte", "lte"):
            raise ValueError(f"{self.metric} has no order; use eq, ne or in")
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if not values:
            raise ValueError("an empty list never holds")
        for value in values:
            self._check(value)
        return self

    def _check(self, value: str | int) -> None:
        if self.metric in _WORDS:
            if value not in _WORDS[self.metric]:
                words = ", ".join(_WORDS[self.metric])
                raise ValueError(f"{self.metric} is one of {words}, not {value!r}")
        elif self.metric == "clock":
            _time_of(value)
        else:
            low, high = _NUMBERS[self.metric]
            if not isinstance(value, int) or not low <= value <= high:
                raise ValueError(f"{self.metric} is a number {low}..{high}, not {value!r}")


class Action(Section):
    """What a rule does while it holds: exactly one of its two forms."""

    restrict_to_tag: str | None = Field(None, min_length=1, max_length=60)
    interrupt: Literal[True] | None = None
    tag: str | None = Field(None, min_length=1, max_length=60)

    @model_validator(mode="after")
    def _is_one_form(self) -> Action:
        restricts = self.restrict_to_tag is not None and not (self.interrupt or self.tag)
        interrupts = self.restrict_to_tag is None and self.interrupt and self.tag is not None
        if not (restricts or interrupts):
            raise ValueError(
                'write either {restrict_to_tag = "calm"} or {interrupt = true, tag = "storm"}'
            )
        return self

    @property
    def clip_tag(self) -> str:
        """The tag that clips must have."""
        return self.restrict_to_tag or self.tag or ""


class OperatorRule(Section):
    """``[[rules]]``: all conditions of ``when`` must hold."""

    name: str = Field(min_length=1, max_length=60)
    when: tuple[Condition, ...] = Field(min_length=1, max_length=MAX_CONDITIONS)
    then: Action

    @model_validator(mode="after")
    def _can_interrupt(self) -> OperatorRule:
        if self.then.interrupt and any(each.metric == "expression" for each in self.when):
            raise ValueError("the loop that an interrupt cuts knows no expression; use faces")
        return self


def _time_of(value: object) -> dt.time:
    try:
        if not isinstance(value, str) or len(value) != 5:
            raise ValueError
        return dt.time.fromisoformat(value)
    except ValueError:
        raise ValueError(f'clock is a time such as "07:30", not {value!r}') from None


def _named(value: Any) -> Any:
    """Check the rules one by one, so that each mistake is told with its rule's name."""
    if not isinstance(value, (list, tuple)):
        raise ValueError("rules are written as [[rules]] tables")
    if len(value) > MAX_RULES:
        raise ValueError(f"{len(value)} rules; {MAX_RULES} at most")
    mistakes: list[str] = []
    names: set[str] = set()
    rules: list[Any] = []
    for number, entry in enumerate(value, 1):
        name = entry.get("name") if isinstance(entry, dict) else getattr(entry, "name", None)
        shown = f"rule '{name[:60]}'" if isinstance(name, str) and name else f"rule {number}"
        if isinstance(name, str) and name in names:
            mistakes.append(f"{shown}: another rule has this name")
        names.add(str(name))
        try:
            rules.append(OperatorRule.model_validate(entry))
        except ValidationError as exc:
            told = [_told(error) for error in _without_echoes(exc.errors(include_url=False))]
            mistakes += [f"{shown}: {mistake}" for mistake in dict.fromkeys(told)]
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return tuple(rules)


def _without_echoes(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list is also told to be too short when its wrong entries were left out."""
    return [
        error
        for error in errors
        if error["type"] != "too_short"
        or not any(
            other["loc"][: len(error["loc"])] == error["loc"]
            for other in errors
            if other is not error
        )
    ]


def _told(error: ErrorDetails) -> str:
    path = list(error["loc"])
    if "value" in path:
        # What follows are the forms a value may have, each with a mistake of its own.
        where = ".".join(str(part) for part in path[: path.index("value") + 1])
        return f"{where}: write a text, a whole number or a list of them"
    where = ".".join(str(part) for part in path)
    if error["type"] == "extra_forbidden":
        return f"unknown key {where!r}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


Rules = Annotated[tuple[OperatorRule, ...], BeforeValidator(_named)]
