"""One frame through detector, classifier and audience; the frame ends here."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.audience.moment import Audience
from appliance.audience.rules import AudienceRules
from appliance.audience.zones import Zone, outside
from appliance.daemon.upright_check import UprightCheck
from appliance.domain import AudienceMoment, Detection, Face, Frame
from appliance.errors import ModelError
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_change import FaceChange
from appliance.inference.face_detector import FaceDetector
from appliance.inference.model_manifest import Task


@dataclass(frozen=True, slots=True)
class StepTimes:
    """How long the networks took for one frame."""

    detect_ms: float
    emotion_ms: float
    """0 where nobody was classified."""


class Perception:
    """What the unit sees, frame by frame. Needs no thread of its own and keeps no picture."""

    def __init__(
        self, detector: FaceDetector, classifier: EmotionClassifier, rules: AudienceRules
    ) -> None:
        self._detector = detector
        self._classifier = classifier
        self._audience = Audience(rules, classifier.expression_emotions)
        self._change = FaceChange()
        self._upright = UprightCheck()
        self._zones: Sequence[Zone] = ()
        self.times = StepTimes(0.0, 0.0)
        """Of the latest step."""
        self.asked: Task = "face-detection"
        """Whose network was asked last: of a step that failed, the one to blame."""

    def reset(self) -> None:
        """Forget everybody; to be called when the camera has been away."""
        self._audience.reset()
        self._change.clear()

    @property
    def camera_turn(self) -> int | None:
        """Degrees clockwise by which the picture would stand upright; None: it does."""
        return self._upright.turn

    def use(self, detector: FaceDetector, classifier: EmotionClassifier) -> None:
        """Look with these networks from the next frame on; who is there stays known."""
        self._detector = detector
        self._classifier = classifier
        self._audience.judge_by(classifier.expression_emotions)

    def ignore(self, zones: Sequence[Zone]) -> None:
        """From the next frame on, faces whose centre lies in one of these are not seen at all."""
        self._zones = zones

    def step(self, frame: Frame) -> AudienceMoment:
        """Look at one frame. Only the face that leads is classified: no choice needs another.

        Raises ModelError when a network fails.
        """
        started = time.perf_counter()
        self.asked = "face-detection"
        detections = self._find_faces(frame)
        detected = time.perf_counter()
        index = self._audience.foresee_leader(detections, frame.captured_at_s)
        scores = None
        if index is not None:
            self.asked = "emotion"
            (scores,) = self._classifier.classify(frame.image, [detections[index].box])
            if not math.isfinite(sum(scores.probabilities)):
                raise ModelError(f"Network {self._classifier.name} answers with no numbers")
        classified = time.perf_counter()
        self.times = StepTimes(1e3 * (detected - started), 1e3 * (classified - detected))
        faces = [
            Face(seen.box, seen.confidence, scores if number == index else None, seen.change)
            for number, seen in enumerate(detections)
        ]
        return self._audience.observe(faces, frame.captured_at_s)

    def _find_faces(self, frame: Frame) -> list[Detection]:
        """What the detector finds, each with its change, without zones and fixtures."""
        height_px, width_px = frame.image.shape[:2]
        found = outside(self._detector.detect(frame.image), self._zones, width_px, height_px)
        self._upright.look_now_and_then(self._detector, frame.image, frame.captured_at_s)
        boxes = [detection.box for detection in found]
        changes = self._change.measure(frame.image, boxes, frame.captured_at_s)
        measured = [
            replace(detection, change=change)
            for detection, change in zip(found, changes, strict=True)
        ]
        return self._audience.leave_out_fixtures(measured, frame.captured_at_s)
