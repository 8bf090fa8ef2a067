"""How many of the files are done and how long the rest takes, on the terminal."""

from __future__ import annotations

import sys
from types import TracebackType

import click


class FileProgress:
    """A context manager; draws only where somebody looks on (a terminal), on its error output."""

    def __init__(self, files: int, what: str) -> None:
        self._bars = None
        if files > 1 and sys.stderr.isatty():
            # Loaded for people only: programs wait for the start of each process.
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            self._bars = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bars.add_task(what, total=files)

    def advance(self) -> None:
        """One more file is done."""
        if self._bars is not None:
            self._bars.advance(self._task)

    def say(self, line: str, *, is_error: bool = False) -> None:
        """One line that stays; the bar gives way to it."""
        if self._bars is not None and sys.stdout.isatty():
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
            return
        click.echo(line, err=is_error)

    def __enter__(self) -> FileProgress:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()
