"""What passers-by and staff may do about the camera, and when it is closed anyway."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from appliance.config.section import Seconds, Section

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)", re.ASCII)
_KEY = re.compile(
    r"((Ctrl|Alt|Shift)\+)*(F([1-9]|1[0-2])|[A-Z0-9]|Escape|Pause|ScrollLock|Insert|Delete)"
)


def _is_window(text: str) -> str:
    found = _WINDOW.fullmatch(text)
    if found is None or (found[3] == "24" and found[4] != "00"):
        raise ValueError(f'write windows as "22:00-06:00", not {text!r}')
    if (found[1], found[2]) == (found[3], found[4]):
        raise ValueError(f'{text!r} is empty; the whole day is "00:00-24:00"')
    return text


def _is_key(text: str) -> str:
    if text and _KEY.fullmatch(text) is None:
        raise ValueError(f'write a key as "F9" or "Ctrl+Alt+S", not {text!r}')
    return text


class PrivacySettings(Section):
    """When the camera is closed."""

    pause_s: Seconds = Field(
        300, ge=30, le=3600, description="Seconds that a passer-by's touch pauses sensing."
    )
    quiet_hours: tuple[Annotated[str, AfterValidator(_is_window)], ...] = Field(
        (), description='Daily windows in which the camera is closed, such as `"22:00-06:00"`.'
    )
    stop_key: Annotated[str, AfterValidator(_is_key)] = Field(
        "",
        description="Key of a keyboard at the panel that stops sensing and starts it again.",
    )
    gpio_pin: int | None = Field(
        None, ge=0, le=27, description="GPIO (BCM number) of a button to ground that does the same."
    )

    def is_quiet(self, local: dt.datetime) -> bool:
        """Whether the wall clock shows a time within one of the quiet hours; ends are exclusive."""
        minute = local.hour * 60 + local.minute
        for text in self.quiet_hours:
            start, end = (int(time[:2]) * 60 + int(time[3:]) for time in text.split("-"))
            if start < end and start <= minute < end:
                return True
            if start > end and (minute >= start or minute < end):
                return True
        return False
