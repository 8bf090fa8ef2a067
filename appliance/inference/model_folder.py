"""The folder of installed networks: of each task the one in force and the one before it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from appliance.errors import ModelError
from appliance.inference.model_manifest import ModelManifest, Task
from appliance.inference.model_source import copy_network

TASKS: tuple[Task, ...] = get_args(Task)
SHIPPED = "shipped"
Entry = Annotated[str, Field(pattern=rf"^({SHIPPED}|[0-9a-f]{{16}})$")]
"""An installed network's folder, named by its manifest's sha256; or the shipped network."""

MANIFEST = "manifest.json"
_SELECTION = "selection.json"
_UNFINISHED = ".incoming-"
_OURS = re.compile(rf"[0-9a-f]{{16}}|{re.escape(_UNFINISHED)}.*")


class TaskSelection(BaseModel):
    """Which network does a task, and which one did it before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    current: Entry = SHIPPED
    previous: Entry | None = None
    """None: nothing to go back to."""

    def entries(self) -> tuple[str, ...]:
        """In the order in which a unit tries them; the shipped network is always among them."""
        order = (self.current, self.previous, SHIPPED)
        return tuple(dict.fromkeys(entry for entry in order if entry is not None))


class Selection(BaseModel):
    """What ``selection.json`` holds; without a task: the shipped network does it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal[1] = Field(1, alias="schema")
    latest: Task | None = None
    """Whose network was changed last: what a rollback without a name means."""
    tasks: dict[Task, TaskSelection] = {}

    def of(self, task: Task) -> TaskSelection:
        return self.tasks.get(task, TaskSelection())

    def changed(self, task: Task, chosen: TaskSelection) -> Selection:
        return Selection(latest=task, tasks={**self.tasks, task: chosen})


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells one writing of the selection from another."""

    inode: int
    modified_ns: int


class ModelFolder:
    """Networks under names made of their content; which of them are in force stands in one file.

    That file is replaced in one step, after everything it names is on the disk: interrupted at
    any moment, a change has either happened or not. ``path`` is made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def selection(self) -> Selection:
        """What is in force. Raises ModelError when it cannot be read."""
        file = self.path / _SELECTION
        try:
            return Selection.model_validate_json(file.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            return Selection()
        except (OSError, ValidationError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "damaged"
            raise ModelError(
                f"{file} cannot be read ({reason}): install the networks again, 'appliance model"
                " install FILE'"
            ) from exc

    def stamp(self) -> Stamp | None:
        """Differs after every change; None: nothing was ever installed."""
        try:
            status = (self.path / _SELECTION).stat()
        except OSError:
            return None
        return Stamp(status.st_ino, status.st_mtime_ns)

    def manifest_path(self, entry: str) -> Path:
        """The manifest of an installed network. Raises ModelError when it is not what it was."""
        path = self.path / entry / MANIFEST
        try:
            name = _name_of(path)
        except OSError as exc:
            raise ModelError(
                f"Installed network {path.parent} is gone ({exc.strerror}): install it again"
            ) from exc
        if name != entry:
            raise ModelError(f"Manifest {path} is damaged: install the network again")
        return path

    def install(self, source: Path, check: Callable[[Path], ModelManifest]) -> ModelManifest:
        """Take the network ``source`` in (see ``copy_network``) and put it in force.

        ``check`` gets the manifest of a copy and raises ModelError when it is not fit for use;
        then, as after any other error, nothing has changed. Returns the network's manifest.
        """
        with self._locked(), tempfile.TemporaryDirectory(dir=self.path, prefix=_UNFINISHED) as new:
            try:
                copy = copy_network(source, Path(new))
                manifest = check(copy)
            except ModelError as exc:
                # The operator knows the file that was given, not its copy.
                shown = source.parent if source.suffix.lower() != ".zip" else source
                raise ModelError(str(exc).replace(new, str(shown))) from exc
            entry = self._publish(copy, manifest.file)
            before = self._selection_or_none()
            chosen = before.of(manifest.task)
            if chosen.current != entry:
                chosen = TaskSelection(current=entry, previous=chosen.current)
            self._write(before.changed(manifest.task, chosen))
            return manifest

    def rollback(
        self, task: Task | None, check: Callable[[Path], ModelManifest]
    ) -> tuple[Task, TaskSelection]:
        """Exchange the network in force with the one before it; twice is back again.

        ``task``: None means the one whose network was changed last. Raises ModelError, and
        changes nothing, when there is no network before or ``check`` refuses it.
        """
        with self._locked():
            before = self.selection()
            task = task or before.latest
            chosen = before.of(task) if task is not None else TaskSelection()
            if task is None or chosen.previous is None:
                what = "network" if task is None else f"{task} network"
                raise ModelError(
                    f"There is no {what} to go back to: none has been installed yet, see"
                    " 'appliance model list'"
                )
            if chosen.previous != SHIPPED:
                check(self.manifest_path(chosen.previous))
            chosen = TaskSelection(current=chosen.previous, previous=chosen.current)
            self._write(before.changed(task, chosen))
            return task, chosen

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time; every failure to write becomes a ModelError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with (self.path / ".lock").open("a") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as exc:
                    raise ModelError(
                        f"Another command is changing {self.path}: wait for it and try again"
                    ) from exc
                self._sweep()
                yield
                self._sweep()
        except OSError as exc:
            raise ModelError(
                f"Cannot write to {self.path} ({exc.strerror}): check its owner and the free space;"
                " the networks in force are unchanged"
            ) from exc

    def _selection_or_none(self) -> Selection:
        try:
            return self.selection()
        except ModelError:
            # What was in force is not known any more; installing is how to mend that.
            return Selection()

    def _publish(self, manifest: Path, network_file: str) -> str:
        """Move a copied network to its final place; returns its entry."""
        entry = _name_of(manifest)
        folder = self.path / entry
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        # File by file: where the network is there already, but damaged, this mends it.
        os.replace(manifest.with_name(network_file), folder / network_file)
        os.replace(manifest, folder / MANIFEST)
        _flush(folder)
        _flush(self.path)
        return entry

    def _write(self, selection: Selection) -> None:
        handle, part = tempfile.mkstemp(dir=self.path, prefix=_UNFINISHED)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(selection.model_dump_json(by_alias=True, indent=1))
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            os.replace(part, self.path / _SELECTION)
            _flush(self.path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)

    def _sweep(self) -> None:
        """Delete what an interrupted command left, and networks that nothing leads back to."""
        try:
            kept = {entry for task in TASKS for entry in self.selection().of(task).entries()}
        except ModelError:
            return
        for child in self.path.iterdir():
            if _OURS.fullmatch(child.name) and child.name not in kept:
                # What cannot be deleted only takes room.
                if child.is_dir():
                    shutil.rmtree(child, ignore_errors=True)
                else:
                    with contextlib.suppress(OSError):
                        child.unlink()


def _name_of(manifest: Path) -> str:
    return hashlib.sha256(manifest.read_bytes()).hexdigest()[:16]


def _flush(folder: Path) -> None:
    # A name is on the disk only once its folder is.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
