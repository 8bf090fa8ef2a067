"""Settings of the question after a clip."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appliance.config.section import Section


class RatingSettings(Section):
    """What a watcher is asked, on the panel and on the phone page."""

    scale: Literal["like", "five"] = Field(
        "like",
        description="`like` asks yes or no, `five` asks 1 to 5 (1, 2: no; 4, 5: yes; 3: neither).",
    )
    ask_seen_before: bool = Field(
        False, description="After an answer, also ask whether the clip was seen before."
    )
