"""From faces in frames to who stands there: tracks, dwell, attention, a stable expression."""

from appliance.audience.moment import Audience
from appliance.audience.rules import AudienceRules

__all__ = ["Audience", "AudienceRules"]
