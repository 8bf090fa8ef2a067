"""Settings of the healing loop."""

from __future__ import annotations

from pydantic import Field

from appliance.config.section import Section


class LoopSettings(Section):
    """What plays while nobody is there."""

    ads: bool = Field(
        False, description="Let advertising clips that belong to a campaign play in the loop too."
    )
