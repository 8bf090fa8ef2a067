"""How long the unit remembers, table by table."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from appliance.config.section import Section

Days = Annotated[int, Field(ge=1, le=36_500)]


class RetentionSettings(Section):
    """Days after which rows are purged; what was learned of the clips and totals by hour stay."""

    plays_days: Days = Field(730, description="Days that proof of play is kept.")
    ratings_days: Days = Field(730, description="Days that single answers are kept.")
    visits_days: Days = Field(365, description="Days that visits are kept.")
    decisions_days: Days = Field(
        90, description="Days that choices can be explained; of rated ones the bare row stays."
    )
    samples_days: Days = Field(
        30, description="Days that the seconds of expressions are kept; the place's hours stay."
    )
    set_aside_days: Days = Field(
        30, description="Days that a state set aside by a restore is kept; its films stay."
    )
    purge_at: str = Field(
        "03:30",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Local time from which old rows are purged, in small batches.",
    )

    @property
    def purge_time(self) -> dt.timedelta:
        """``purge_at`` as the time since midnight."""
        hour, minute = self.purge_at.split(":")
        return dt.timedelta(hours=int(hour), minutes=int(minute))
