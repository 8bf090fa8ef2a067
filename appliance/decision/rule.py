"""What can speak against a clip: the names that decisions keep."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """In the order in which the rules are asked."""

    DISABLED = "disabled"
    UNAPPROVED = "unapproved"
    KIND_NOT_ALLOWED = "kind-not-allowed"
    FILE_MISSING = "file-missing"
    KEPT_AS_FALLBACK = "kept-as-fallback"
    CAMPAIGN_PAUSED = "campaign-paused"
    CLOCK_NOT_SET = "clock-not-set"
    OUTSIDE_DATES = "outside-dates"
    OUTSIDE_DAYPARTS = "outside-dayparts"
    TARGET_REACHED = "target-reached"
    HOURLY_CAP = "hourly-cap"
    PROOF_MISSING = "proof-missing"
    AHEAD_OF_PLAN = "ahead-of-plan"
    WRONG_SEASON = "wrong-season"
    WRONG_WEATHER = "wrong-weather"
    WRONG_TIME_OF_DAY = "wrong-time-of-day"
    OPERATOR_RULE = "operator-rule"
    JUST_PLAYED = "just-played"
    LOWER_PRIORITY = "lower-priority"
    ANOTHER_CAMPAIGN_DUE = "another-campaign-due"


RULES = tuple(Rule)


def code_of(rule: Rule) -> int:
    """The rule as a small number, 1 and up; 0 stands for "nothing speaks against it"."""
    return RULES.index(rule) + 1


def rule_of(code: int) -> Rule | None:
    """The inverse of ``code_of``."""
    return RULES[code - 1] if code else None
