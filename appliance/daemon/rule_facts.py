"""What the operator's rules are asked with at one moment."""

from __future__ import annotations

from appliance.daemon.clock import Instant
from appliance.decision.operator_rules import RuleFacts
from appliance.domain import DecisionContext


def facts_of(context: DecisionContext, now: Instant) -> RuleFacts:
    stamp = now.stamp
    return RuleFacts(
        stamp.local, stamp.is_synced, context.surroundings, context.expression, context.watchers
    )
