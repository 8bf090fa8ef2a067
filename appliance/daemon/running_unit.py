"""How another process (``appliance status``) finds the unit that runs on a state directory."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance.errors import DaemonError

logger = logging.getLogger(__name__)

TIMEOUT_S = 3.0


@dataclass(frozen=True, slots=True)
class RunningUnit:
    """Written into the state directory while the daemon runs."""

    pid: int
    panel_url: str
    phone_url: str | None
    phone_port: int | None = None
    """On which the phone page is served; ``phone_url`` may be another address that leads there."""
    page_url: str = ""
    """The panel's address with the key of the unit's own page."""

    @staticmethod
    def path(state_dir: Path) -> Path:
        return state_dir / "running.json"

    def write(self, state_dir: Path) -> None:
        """Whole or not at all; where the disk is full the unit runs unannounced."""
        path = self.path(state_dir)
        unfinished = path.with_suffix(".new")
        try:
            # The page's key is in it: for the unit's own user alone.
            unfinished.touch(mode=0o600)
            unfinished.chmod(0o600)
            unfinished.write_text(json.dumps(asdict(self)), encoding="utf-8")
            unfinished.replace(path)
        except OSError as exc:
            logger.error("Commands will not find this unit: %s cannot be written (%s)",
                         path, exc.strerror)  # fmt: skip

    @classmethod
    def remove(cls, state_dir: Path) -> None:
        with contextlib.suppress(OSError):
            cls.path(state_dir).unlink(missing_ok=True)

    @classmethod
    def find(cls, state_dir: Path) -> RunningUnit:
        """Raises DaemonError when no unit runs on this state directory."""
        try:
            return cls(**json.loads(cls.path(state_dir).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError) as exc:
            raise DaemonError(
                f"no unit is running on {state_dir}; start it with 'appliance run'"
            ) from exc

    def status(self) -> dict[str, Any]:
        """What the running unit says of itself.

        Raises:
            DaemonError: it does not answer (it may have been killed).
        """
        # Commands that only look whether a unit runs do without it.
        import requests

        try:
            answer = requests.get(f"{self.panel_url}/status", timeout=TIMEOUT_S)
            answer.raise_for_status()
            status = answer.json()
            if not isinstance(status, dict):
                raise ValueError("no JSON object")
        except (requests.RequestException, ValueError) as exc:
            raise DaemonError(
                f"the unit does not answer at {self.panel_url}; is process {self.pid} alive? "
                "Start it again with 'appliance run'"
            ) from exc
        return status
