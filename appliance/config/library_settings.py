"""Settings of what comes into the library."""

from __future__ import annotations

from pydantic import Field

from appliance.config.section import Seconds, Section


class LibrarySettings(Section):
    """What is taken in, by ``appliance clip add`` and by the drop folder."""

    still_s: Seconds = Field(
        10,
        ge=1,
        le=120,
        description="Seconds a picture is shown; a GIF is repeated to last at least so long.",
    )
    max_duration_s: Seconds = Field(
        600, ge=5, le=7200, description="Longest clip that is taken in, in seconds."
    )
    reserve_mb: int = Field(
        300, ge=0, le=100_000, description="Megabytes of the disk that no clip may take."
    )
    drop_folder: bool = Field(
        True, description="Take in files put into `drop/` of the state directory."
    )
    settle_s: Seconds = Field(
        5, ge=1, le=600, description="A dropped file is taken in once unchanged for this long."
    )
    approve_dropped_ads: bool = Field(
        False, description="Let dropped advertising play without `appliance clip approve`."
    )
