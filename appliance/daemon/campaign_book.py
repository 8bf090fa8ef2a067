"""The library with its campaigns as choices need them, kept up to date by the control loop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from appliance.daemon.clock import Instant
from appliance.decision.campaign_table import CampaignCounts, CampaignTable
from appliance.decision.eligibility import CampaignMoment
from appliance.decision.library import Library
from appliance.domain import Clip, Decision
from appliance.store.campaigns import CampaignStore
from appliance.store.database import Database


class CampaignBook:
    """Used by the control loop's thread alone."""

    def __init__(self, database: Database) -> None:
        self._store = CampaignStore(database)
        self._totals: dict[int, int] = {}
        self.library = Library(())

    def read(self, clips: Sequence[Clip]) -> None:
        """Another process changed clips or campaigns."""
        campaigns = CampaignTable(self._store.all())
        self.library = Library(clips, campaigns, self._store.assignments())
        self._totals = self._store.totals()

    def moment(self, now: Instant) -> CampaignMoment | None:
        """What the campaigns are judged by; None where there are none."""
        if not self.library.campaigns.campaigns:
            return None
        counts = counts_at(self._store, self._totals, now.stamp.local)
        return CampaignMoment(now.stamp.local, now.stamp.is_synced, counts)

    def chosen(self, decision: Decision) -> None:
        """A choice was written; it counts from now on."""
        if decision.campaign_id is not None:
            known = self._totals.get(decision.campaign_id, 0)
            self._totals[decision.campaign_id] = known + 1

    def withdraw(self, play_id: str) -> None:
        """A clip was taken back before it came on."""
        if self.library.campaigns.campaigns:
            self._store.withdraw(play_id)
            self._totals = self._store.totals()


def counts_at(store: CampaignStore, totals: dict[int, int], local: dt.datetime) -> CampaignCounts:
    """The counts of a moment (aware, local) from the choices on disk."""
    recent = store.recent(local)
    return CampaignCounts(
        plays_last_hour={each: row.plays_last_hour for each, row in recent.items()},
        shown_s_this_hour={each: row.shown_s_this_hour for each, row in recent.items()},
        plays=totals,
        unproved_last_hour={each: row.unproved_last_hour for each, row in recent.items()},
    )
