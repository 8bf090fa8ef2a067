"""What the command line asks of one run of the unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.config import Settings


@dataclass(frozen=True, slots=True)
class UnitOptions:
    state_dir: Path
    settings: Settings
    camera_source: str
    config_path: Path | None = None
    """The settings file, which belongs to a backup; None: there is none."""
    is_demo: bool = False
    """Take the built-in feed without a camera, and another port where one is in use."""
    settings_trouble: str | None = None
    """What is wrong with the settings file; ``settings`` are then the last good ones."""
    is_passing: bool = False
    """The state directory is a passing one: nothing in it is worth keeping, or giving away."""
    read_settings: Callable[[], Settings] = Settings
    """Reads the settings file again; raises ConfigError when it is wrong."""

    @property
    def database_path(self) -> Path:
        return self.state_dir / "appliance.db"

    @property
    def clips_dir(self) -> Path:
        return self.state_dir / "clips"
