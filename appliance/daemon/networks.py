"""Which networks a unit uses: the settings' own, else the installed ones, else the shipped ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

from appliance.camera.builtin import (
    ASSETS,
    PHOTO_FACE_CENTRE,
    PHOTO_FACE_HEIGHT_PX,
    PHOTO_FACE_WIDTH_PX,
)
from appliance.config.settings import ModelSettings
from appliance.domain import Box, Confusion
from appliance.errors import ModelError
from appliance.inference import shipped_models_dir
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.expression_confusion import expression_confusion
from appliance.inference.face_detector import FaceDetector
from appliance.inference.model_folder import SHIPPED, TASKS, ModelFolder
from appliance.inference.model_manifest import EmotionManifest, ModelManifest, Task, load_manifest
from appliance.inference.model_trial import TrialPicture, measure_ms, try_out
from appliance.inference.mood_classifier import MoodClassifier
from appliance.pictures.picture_file import read_picture

EMOTION_FILE = "emotion_resnet50_mish_int8.onnx"
MOOD_FILE = "picture_mood.onnx"
Network = TypeVar("Network", FaceDetector, EmotionClassifier, MoodClassifier)


class Origin(StrEnum):
    """Where a network came from."""

    SETTINGS = "settings"
    INSTALLED = "installed"
    SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class NetworkInUse:
    """The network that does a task."""

    task: Task
    origin: Origin
    path: Path
    """Its ONNX file."""
    manifest: ModelManifest
    troubles: tuple[str, ...]
    """Why those that go before it could not be used."""

    @property
    def title(self) -> str:
        """For people: name, version and origin."""
        return f"{self.manifest.name} {self.manifest.version} ({self.origin})"


class Networks:
    """Opens the network of each task; the only place that decides which one it is.

    A path in the settings is meant as it stands: when it cannot be used, nothing else is. An
    installed network that cannot be used gives way to the one before it, then to the shipped one.
    """

    def __init__(
        self,
        models: ModelSettings,
        state_dir: Path,
        complain: Callable[[str], None] = lambda trouble: None,
    ) -> None:
        """``complain`` is told, at each opening, why a network had to give way."""
        self.folder = ModelFolder(state_dir / "models")
        self._models = models
        self._complain = complain
        self._stamp = self.folder.stamp()
        self._in_use: dict[Task, NetworkInUse] = {}
        self._failed: dict[Path, str] = {}
        """Installed networks that failed at work, until the next start; and how."""

    @property
    def in_use(self) -> tuple[NetworkInUse, ...]:
        """Of the tasks whose network has been opened; may be read from any thread."""
        opened = self._in_use
        return tuple(opened[task] for task in TASKS if task in opened)

    @property
    def confusion(self) -> Confusion | None:
        """How the emotion network in use misreads expressions; may be read from any thread."""
        used = self._in_use.get("emotion")
        if used is None or not isinstance(used.manifest, EmotionManifest):
            return None
        return expression_confusion(used.manifest)

    @property
    def have_changed(self) -> bool:
        """Whether somebody has installed or rolled back since the last opening."""
        return self.folder.stamp() != self._stamp

    def give_up(self, task: Task, reason: str) -> bool:
        """Never open this task's network again in this run, when there is one before it.

        Only an installed network has one: false for the shipped and for the settings' own.
        """
        used = self._in_use.get(task)
        if used is None or used.origin is not Origin.INSTALLED:
            return False
        self._failed[used.path] = f"{used.title} failed at work: {reason}"
        return True

    def open_both(self) -> tuple[FaceDetector, EmotionClassifier]:
        """What a unit sees with. Raises ModelError when a task has no network left."""
        # Before reading: a change while the networks are opened is seen afterwards.
        self._stamp = self.folder.stamp()
        before = self._in_use
        try:
            return self.open_detector(), self.open_classifier()
        except ModelError:
            self._in_use = before
            raise

    def open_detector(self) -> FaceDetector:
        """Raises ModelError when there is none that can be used."""
        models = self._models
        return self._open(
            "face-detection",
            lambda path: FaceDetector.open(path, models.threads, models.face_confidence),
        )

    def open_classifier(self) -> EmotionClassifier:
        """Raises ModelError when there is none that can be used."""
        models = self._models
        return self._open(
            "emotion",
            lambda path: EmotionClassifier.open(path, models.threads, models.abstain_below),
        )

    def open_mood(self) -> MoodClassifier:
        """Raises ModelError when there is none that can be used."""
        return self._open(
            "picture-mood", lambda path: MoodClassifier.open(path, self._models.threads)
        )

    def settings_path(self, task: Task) -> str:
        """The network that the settings name; empty: none."""
        models = self._models
        named: dict[Task, str] = {
            "face-detection": models.detector,
            "emotion": models.emotion,
            "picture-mood": models.mood,
        }
        return named[task]

    def shipped_path(self, task: Task) -> Path:
        """The shipped network; of two detectors the one whose size is set."""
        files: dict[Task, str] = {
            "face-detection": f"face_yolo_{self._models.detector_size_px}.onnx",
            "emotion": EMOTION_FILE,
            "picture-mood": MOOD_FILE,
        }
        return shipped_models_dir() / files[task]

    def manifest(self, task: Task, entry: str) -> ModelManifest:
        """Of an entry of the folder's selection. Raises ModelError when it is damaged."""
        return load_manifest(self._path_of(task, entry))

    def _path_of(self, task: Task, entry: str) -> Path:
        return self.shipped_path(task) if entry == SHIPPED else self.folder.manifest_path(entry)

    def _open(self, task: Task, opener: Callable[[Path], Network]) -> Network:
        troubles: list[str] = []
        for origin, path_of in self._candidates(task, troubles):
            try:
                path = path_of()
                self._refuse_failed(path)
                network = opener(path)
            except ModelError as exc:
                troubles.append(str(exc))
                continue
            for trouble in troubles:
                self._complain(f"{trouble}; {network.name} ({origin}) is used instead")
            used = NetworkInUse(
                task, origin, path.with_name(network.manifest.file), network.manifest,
                tuple(troubles),
            )  # fmt: skip
            self._in_use = {**self._in_use, task: used}
            return network
        raise ModelError("; ".join(dict.fromkeys(troubles)))

    def _refuse_failed(self, path: Path) -> None:
        for failed, reason in self._failed.items():
            if failed.parent == path.parent:
                raise ModelError(reason)

    def _candidates(
        self, task: Task, troubles: list[str]
    ) -> Iterator[tuple[Origin, Callable[[], Path]]]:
        named = self.settings_path(task)
        if named:
            yield Origin.SETTINGS, partial(Path, named)
            return
        try:
            entries = self.folder.selection().of(task).entries()
        except ModelError as exc:
            troubles.append(str(exc))
            entries = (SHIPPED,)
        for entry in entries:
            origin = Origin.SHIPPED if entry == SHIPPED else Origin.INSTALLED
            yield origin, partial(self._path_of, task, entry)


def check_speed(path: Path, models: ModelSettings) -> float:
    """Milliseconds that a network takes for one picture on this machine.

    Raises ModelError when that is more than ``models.max_ms``.
    """
    took_ms = measure_ms(path, models.threads)
    if took_ms > models.max_ms:
        raise ModelError(
            f"Network {path} takes {took_ms:.0f} ms for one picture here, at most"
            f" {models.max_ms:g} may (models.max_ms): make it smaller, or quantize it"
        )
    return took_ms


def check_network(path: Path) -> ModelManifest:
    """Hold a network to its manifest, its self test and the built-in feed's portrait.

    Returns its manifest. Raises ModelError, saying what is wrong with it.
    """
    x, y = PHOTO_FACE_CENTRE
    half_width, half_height = PHOTO_FACE_WIDTH_PX / 2, PHOTO_FACE_HEIGHT_PX / 2
    face = Box(x - half_width, y - half_height, x + half_width, y + half_height)
    return try_out(path, TrialPicture(read_picture(ASSETS / "astronaut.jpg"), face))
