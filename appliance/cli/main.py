"""Entry point of the ``appliance`` command: errors are one line, and Ctrl-C never a stack trace.

The commands are imported inside, so that Ctrl-C is answered the same way while they still load.
"""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells count it: 128 + SIGINT."""


def main() -> None:
    """An expected error is one line on stderr and exit status 1."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; nothing is wrong.
        sys.stderr.close()
        sys.exit(0)


def _run() -> None:
    from appliance.cli.commands import appliance
    from appliance.errors import ApplianceError

    try:
        appliance(standalone_mode=True)
    except ApplianceError as exc:
        sys.stderr.write(f"appliance: {exc}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
