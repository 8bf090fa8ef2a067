"""Settings: declared once with bounds and a sentence each, read from one TOML file."""

from appliance.config.load import load_settings
from appliance.config.settings import Settings

__all__ = ["Settings", "load_settings"]
