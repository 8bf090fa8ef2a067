"""The interest model in the state directory: one JSON file, replaced in one step."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from appliance.domain import EMOTIONS
from appliance.errors import FeedbackError
from appliance.feedback.interest import NOTHING_KNOWN, InterestModel

logger = logging.getLogger(__name__)

MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class LastTraining:
    """What the latest training came to, whether or not it changed the model."""

    at: str
    """Local time, ISO 8601, with the zone."""
    outcome: str


@checked_dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class KeptInterest:
    """What the file holds."""

    model: InterestModel
    last_training: LastTraining | None = None
    emotions: tuple[str, ...] = EMOTIONS
    """The order of the model's sevens."""
    schema: Literal[1] = 1


NOTHING_KEPT = KeptInterest(NOTHING_KNOWN)
_FORMAT = TypeAdapter(KeptInterest)


class InterestFile:
    """Read and written by any process; a reader always sees a whole file."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / "interest.json"

    def read(self) -> KeptInterest:
        """``NOTHING_KEPT`` where there is none. Raises FeedbackError for a damaged one."""
        try:
            with self.path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return NOTHING_KEPT
        except OSError as exc:
            raise self._unreadable(exc.strerror or "no reason given") from exc
        if len(content) > MAX_BYTES:
            raise self._unreadable("it is too large")
        try:
            kept = _FORMAT.validate_json(content)
        except ValidationError as exc:
            mistake = exc.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in mistake["loc"])
            reason = f"{where}: {mistake['msg']}" if where else mistake["msg"]
            raise self._unreadable(reason) from exc
        model = kept.model
        if kept.emotions != EMOTIONS or (model.intercept is None) != (model.scale is None):
            raise self._unreadable("its parts do not fit together")
        return kept

    def write(self, kept: KeptInterest) -> None:
        """On the disk when it returns. Raises FeedbackError when it cannot be written."""
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}.new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(as_json(kept), file, ensure_ascii=False, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, self.path)
        except OSError as exc:
            raise FeedbackError(
                f"cannot write {self.path}: {exc.strerror}; the model there is stays in use"
            ) from exc
        finally:
            fresh.unlink(missing_ok=True)

    def stamp(self) -> tuple[int, int] | None:
        """Changes when the file is replaced; None: there is none."""
        try:
            state = self.path.stat()
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns

    def _unreadable(self, reason: str) -> FeedbackError:
        return FeedbackError(
            f"the interest model {self.path} cannot be read ({reason});"
            " 'appliance interest train' makes it anew"
        )


class InterestWatch:
    """The model in force, for a running unit; a new one is taken without a restart."""

    def __init__(
        self, file: InterestFile, complain: Callable[[str], None] = logger.warning
    ) -> None:
        """``complain`` is told once of a file that cannot be read; nothing is predicted then."""
        self._file = file
        self._complain = complain
        self._seen: tuple[tuple[int, int] | None, InterestModel] = (None, NOTHING_KNOWN)

    def current(self) -> InterestModel:
        """Looks whether the file is another one; may be asked from any thread."""
        stamp, model = self._file.stamp(), NOTHING_KNOWN
        known, kept = self._seen
        if stamp == known:
            return kept
        try:
            model = self._file.read().model
        except FeedbackError as exc:
            self._complain(str(exc))
        # Stamp and model change together, so that no thread sees one without the other.
        self._seen = (stamp, model)
        return model


def as_json(kept: KeptInterest) -> dict[str, Any]:
    """JSON-ready."""
    return asdict(kept)
