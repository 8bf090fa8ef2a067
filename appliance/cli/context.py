"""What every command works on: where the unit keeps its state, and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from appliance.config import Settings
from appliance.config.last_good import read_and_keep, read_or_last_good, read_settings
from appliance.errors import ConfigError

DEFAULT_STATE_DIR = Path("/var/lib/appliance")
DEFAULT_CONFIG = Path("/etc/appliance/config.toml")


@dataclass(frozen=True)
class Context:
    """Passed to every command by click (``@click.pass_obj``)."""

    state_dir: Path
    config_path: Path | None
    """None: no settings file, all defaults."""
    new_config_path: Path | None = None
    """Where a settings file may be made when there is none; None: nowhere (``--config none``)."""

    @cached_property
    def settings(self) -> Settings:
        """Read when first needed, so that ``--help`` works with a broken file."""
        return read_settings(self.config_path, self.state_dir)

    def fresh_settings(self) -> Settings:
        """Read again for the running unit; a file that has been made since then counts too."""
        path, new = self.config_path, self.new_config_path
        path = new if path is None and new is not None and new.exists() else path
        return read_and_keep(path, self.state_dir)

    def settings_at_start(self) -> tuple[Settings, str | None]:
        """What the unit starts with, and what is wrong where these are the last good ones."""
        return read_or_last_good(self.config_path, self.state_dir)

    @property
    def writable_config_path(self) -> Path:
        """Raises ConfigError with ``--config none``."""
        path = self.config_path or self.new_config_path
        if path is None:
            raise ConfigError("--config none names no settings file; leave it out or name one")
        return path

    @property
    def database_path(self) -> Path:
        return self.state_dir / "appliance.db"

    @property
    def clips_dir(self) -> Path:
        return self.state_dir / "clips"
