"""Whose plays a report is of: everything, or one campaign's or advertiser's."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which plays count."""

    campaigns: tuple[int, ...] | None = None
    """Ids; None: all plays."""
    clips: tuple[int, ...] = ()
    """Ids of clips whose plays count too where no campaign was behind them."""

    @property
    def values(self) -> dict[str, str | None]:
        """For ``WANTED`` in a statement."""
        everything = self.campaigns is None
        return {
            "campaigns": None if everything else json.dumps(self.campaigns),
            "clips": json.dumps(self.clips),
        }


EVERYTHING = Wanted()

WANTED = """
(:campaigns IS NULL OR campaign_id IN (SELECT value FROM json_each(:campaigns))
 OR coalesce(campaign_id, 0) = 0 AND clip_id IN (SELECT value FROM json_each(:clips)))
"""
