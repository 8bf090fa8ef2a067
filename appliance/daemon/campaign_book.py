"""The library with its campaigns as choices need them, kept up to date by the control loop."""

from __future__ import annotations

import datetime as dt

from appliance.daemon.clock import Instant
from appliance.decision.campaign_table import CampaignCounts, CampaignTable
from appliance.decision.eligibility import CampaignMoment
from appliance.decision.library import Library
from appliance.domain import Clip
from appliance.store.campaigns import CampaignStore
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from appliance.store.library_changes import changes_since, latest_change


class CampaignBook:
    """Used by the control loop's thread alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._clip_store = ClipStore(database)
        self._store = CampaignStore(database)
        self._seen: int | None = None
        self._clips: dict[int, Clip] = {}
        self._assignments: dict[int, int] = {}
        self._totals: dict[int, int] = {}
        self.library = Library(())

    def read(self) -> bool:
        """Take over what anybody changed since the last time; False: nothing."""
        latest = latest_change(self._database)
        if latest == self._seen:
            return False
        # The first time everything; then, so that nobody waits, only what changed.
        with self._database.reading():
            if self._seen is None:
                self._seen = latest_change(self._database)
                self._clips = {clip.id: clip for clip in self._clip_store.enabled()}
                self._assignments = self._store.assignments()
                campaigns = CampaignTable(self._store.all())
            else:
                changes = changes_since(self._database, self._seen)
                self._seen = changes.latest
                self._read_clips(changes.clip_ids)
                campaigns = self.library.campaigns
                if changes.has_campaigns:
                    campaigns = CampaignTable(self._store.all())
            self._totals = self._store.totals()
        clips = sorted(self._clips.values(), key=lambda clip: clip.id)
        self.library = Library(clips, campaigns, self._assignments)
        return True

    def _read_clips(self, clip_ids: tuple[int, ...]) -> None:
        for clip_id in clip_ids:
            self._clips.pop(clip_id, None)
            self._assignments.pop(clip_id, None)
        self._clips |= {clip.id: clip for clip in self._clip_store.enabled(clip_ids)}
        self._assignments |= self._store.assignments(clip_ids)

    def moment(self, now: Instant) -> CampaignMoment | None:
        """What the campaigns are judged by; None where there are none."""
        if not self.library.campaigns.campaigns:
            return None
        counts = counts_at(self._store, self._totals, now.stamp.local)
        return CampaignMoment(now.stamp.local, now.stamp.is_synced, counts)

    def recount(self, play_id: str) -> None:
        """A play was chosen, or came on: it counts for its campaign from now on."""
        if self.library.campaigns.campaigns:
            self._totals |= self._store.total_of_play(play_id)

    def withdraw(self, play_id: str) -> None:
        """A clip was taken back before it came on."""
        if self.library.campaigns.campaigns:
            self._store.withdraw(play_id)
            self.recount(play_id)


def counts_at(store: CampaignStore, totals: dict[int, int], local: dt.datetime) -> CampaignCounts:
    """The counts of a moment (aware, local) from the choices on disk."""
    recent = store.recent(local)
    return CampaignCounts(
        plays_last_hour={each: row.plays_last_hour for each, row in recent.items()},
        shown_s_this_hour={each: row.shown_s_this_hour for each, row in recent.items()},
        plays=totals,
        unproved_last_hour={each: row.unproved_last_hour for each, row in recent.items()},
    )
