"""Entry point of the ``appliance`` command: an error is one line, and Ctrl-C never a stack trace.

The commands are imported inside, so that Ctrl-C is answered the same way while they still load.
"""

from __future__ import annotations

import gc
import sys

FAILED = 1
INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells count it: 128 + SIGINT."""


def main() -> None:
    """Whatever is wrong with what was typed or found is one line on stderr and exit status 1."""
    try:
        sys.exit(_run())
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; nothing is wrong.
        sys.stderr.close()
        sys.exit(0)


def _run() -> int:
    # Nothing that is loaded here is garbage; looking for some takes a tenth of the start.
    gc.disable()
    import click

    from appliance.cli.commands import appliance
    from appliance.errors import ApplianceError

    gc.freeze()
    gc.enable()
    try:
        status = appliance.main(prog_name="appliance", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as exc:
        exc.show()
        return FAILED
    except click.UsageError as exc:
        typed = exc.ctx.command_path if exc.ctx is not None else "appliance"
        message = " ".join(exc.format_message().split())
        return _complain(typed, f"{message.rstrip('.')} (see '{typed} --help')")
    except click.ClickException as exc:
        return _complain("appliance", exc.format_message())
    except click.Abort:
        return INTERRUPTED
    except ApplianceError as exc:
        return _complain("appliance", str(exc))
    # What a command hands to ``Context.exit``; else it returned nothing.
    return status if isinstance(status, int) else 0


def _complain(who: str, message: str) -> int:
    sys.stderr.write(f"{who}: {message}\n")
    return FAILED


if __name__ == "__main__":
    main()
