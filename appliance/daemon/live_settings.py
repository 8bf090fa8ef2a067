"""The settings in force: read again on request, taken over where the running unit can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from appliance.config import Settings
from appliance.config.load import setting_at, setting_fields
from appliance.errors import ConfigError

LIVE = frozenset(
    {
        "panel.language",
        "panel.unit_name",
        "panel.place",
        "panel.stall_s",
        "phone.public_base_url",
        "phone.link_valid_s",
        "phone.requests_per_minute",
        "phone.export_dir",
        "phone.export_clips",
        "phone.export_every_s",
        "phone.export_command",
        "phone.export_command_timeout_s",
        "qr.target",
        "audience.hold_s",
        "session.show_kinds",
        "session.stable_timeout_s",
        "session.show_timeout_s",
        "session.rating_timeout_s",
        "session.thanks_s",
        "session.qr_timeout_s",
        "session.again_after_s",
        "rating.scale",
        "rating.ask_seen_before",
        "learning.prior_strength",
        "learning.prior_fits",
        "learning.prior_untargeted",
        "learning.prior_other",
        "learning.optimism",
        "learning.spread",
        "learning.floor",
        "learning.half_life_answers",
        "learning.half_life_days",
        "learning.left_early_weight",
        "learning.prior_comfort",
        "loop.ads",
        "rules",
        "surroundings.hemisphere",
        "surroundings.weather",
        "surroundings.latitude",
        "surroundings.longitude",
        "surroundings.weather_url",
        "surroundings.weather_every_s",
        "surroundings.weather_valid_s",
        "surroundings.kma_service_key_file",
        "backup.dir",
        "backup.at",
        "backup.keep",
        "camera.ignore_zones",
        "privacy.pause_s",
        "privacy.quiet_hours",
        "privacy.stop_key",
        "log.level",
    }
)
"""Settings whose readers ask for them each time. Any other one is copied into a part when the unit
starts (a port, the camera, a network) and waits for a restart."""


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """Key paths, in the order of declaration."""

    taken: tuple[str, ...]
    """In force now."""
    waiting: tuple[str, ...]
    """In the file, in force after a restart."""

    def __str__(self) -> str:
        parts = []
        if self.taken:
            parts.append(f"taken over: {', '.join(self.taken)}")
        if self.waiting:
            parts.append(f"after a restart of the unit: {', '.join(self.waiting)}")
        return "; ".join(parts) or "nothing has changed"


class LiveSettings:
    """Written by the main thread alone, read by any; a reader always sees a whole set."""

    def __init__(
        self, started: Settings, read: Callable[[], Settings], trouble: str | None = None
    ) -> None:
        """``started``: what the unit was started with; ``read`` reads the file again."""
        self.trouble = trouble
        """What is wrong with the file, so that others than its settings are in force."""
        self._started = started
        self._read = read
        self._current = started

    def current(self) -> Settings:
        """What is in force: settings that wait for a restart are as they were at the start."""
        return self._current

    def reload(self) -> SettingsChange:
        """Read the file again and put in force what can be.

        Raises:
            ConfigError: the file is wrong (all mistakes are listed); everything stays as it was.
        """
        try:
            wanted = self._read()
        except ConfigError as exc:
            self.trouble = str(exc)
            raise
        self.trouble = None
        current = _with_live(self._started, wanted)
        change = SettingsChange(
            taken=_differences(self._current, current), waiting=_differences(current, wanted)
        )
        self._current = current
        return change


def _with_live(started: Settings, wanted: Settings) -> Settings:
    mixed = started
    for path in LIVE:
        section, _, key = path.rpartition(".")
        value = setting_at(wanted, path)
        if section:
            key, value = section, getattr(mixed, section).model_copy(update={key: value})
        mixed = mixed.model_copy(update={key: value})
    return mixed


def _differences(one: Settings, other: Settings) -> tuple[str, ...]:
    paths = (path for path, _ in setting_fields(Settings))
    return tuple(path for path in paths if setting_at(one, path) != setting_at(other, path))
