"""How every command of the workbench ends: bad input is one line and status 2, never a trace."""

from __future__ import annotations

import sys
from collections.abc import Callable

from appliance.errors import ApplianceError

BAD_INPUT, INTERRUPTED = 2, 130


class TrainingDataError(ApplianceError):
    """Training or measuring material is missing or unreadable."""


def run(command: Callable[[], object]) -> int:
    """Run a command's main; returns the exit status."""
    try:
        command()
    except (ApplianceError, FileNotFoundError) as exc:
        # Python's own words name an error number; what a command says itself has no file name.
        missing = exc.filename if isinstance(exc, FileNotFoundError) else None
        print(f"There is no {missing}" if missing else exc, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("interrupted: the same command continues", file=sys.stderr)
        return INTERRUPTED
    return 0
