"""Settings of what the unit is told of its place, and of whom it asks for the weather."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, HttpUrl, model_validator

from appliance.config.section import Seconds, Section


class SurroundingsSettings(Section):
    """What the unit is told of its place."""

    hemisphere: Literal["north", "south"] = Field(
        "north", description="Half of the globe, for the season."
    )
    weather: Literal["off", "open-meteo", "kma"] = Field(
        "off",
        description="Who is asked for the weather: nobody (`off`), `open-meteo`, or `kma` (Korea).",
    )
    latitude: float | None = Field(
        None, ge=-90, le=90, allow_inf_nan=False, description="Latitude in degrees, for weather."
    )
    longitude: float | None = Field(
        None, ge=-180, le=180, allow_inf_nan=False, description="Longitude in degrees, for weather."
    )
    weather_url: HttpUrl | None = Field(
        None, description="Address of a mirror of the weather service; by default the service's."
    )
    weather_every_s: Seconds = Field(
        900, ge=300, description="Seconds between two questions for the weather."
    )
    weather_valid_s: Seconds = Field(
        10_800, ge=600, description="Seconds for which the last answer counts when no other comes."
    )
    kma_service_key_file: str = Field(
        "", description="File that holds the service key of data.go.kr, for `kma`."
    )

    @model_validator(mode="after")
    def _place_is_known(self) -> SurroundingsSettings:
        if self.weather == "off":
            return self
        if self.latitude is None or self.longitude is None:
            raise ValueError(
                f'weather = "{self.weather}" needs latitude and longitude; '
                "the unit does not guess where it stands"
            )
        if self.weather == "kma" and not self.kma_service_key_file:
            raise ValueError('weather = "kma" needs kma_service_key_file, with a key of data.go.kr')
        return self
