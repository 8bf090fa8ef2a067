"""What is being done to a file, how far it is and how long it still takes, on the terminal."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class ClipProgress:
    """A context manager; draws only where somebody looks on (a terminal), on its error output."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._name = ""
        self._stage = ""
        self._task: TaskID | None = None

    def begin(self, file: Path) -> None:
        """The next file."""
        shown = "".join(char if char.isprintable() else "?" for char in file.name)
        self._name, self._stage = escape(shown), ""

    def show(self, stage: str, share: float) -> None:
        """``share`` (0..1) of a stage is done; each stage has its own time left."""
        if stage != self._stage or self._task is None:
            self._end_stage()
            self._stage = stage
            self._task = self._bars.add_task(f"{self._name}: {stage}", total=1.0)
        self._bars.update(self._task, completed=share)

    def say(self, line: str, *, is_error: bool = False) -> None:
        """One line that stays; the bar gives way to it."""
        self._end_stage()
        click.echo(line, err=is_error)

    def __enter__(self) -> ClipProgress:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_stage()
        self._bars.stop()

    def _end_stage(self) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._bars.refresh()
            self._task = None
