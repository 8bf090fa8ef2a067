"""What every command works on: where the unit keeps its state, and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from appliance.config import Settings, load_settings

DEFAULT_STATE_DIR = Path("/var/lib/appliance")
DEFAULT_CONFIG = Path("/etc/appliance/config.toml")


@dataclass(frozen=True)
class Context:
    """Passed to every command by click (``@click.pass_obj``)."""

    state_dir: Path
    config_path: Path | None
    """None: no settings file, all defaults."""

    @cached_property
    def settings(self) -> Settings:
        """Read when first needed, so that ``--help`` works with a broken file."""
        return load_settings(self.config_path)

    @property
    def database_path(self) -> Path:
        return self.state_dir / "appliance.db"

    @property
    def clips_dir(self) -> Path:
        return self.state_dir / "clips"
