"""Whether the camera hangs upright: most heads do."""

from __future__ import annotations

from collections import Counter, deque

from appliance.camera.turned import Turn, turn
from appliance.domain import Image
from appliance.inference.face_detector import FaceDetector

TURNS: tuple[Turn, ...] = (0, 90, 180, 270)
EVERY_S = 20.0
"""Between two looks of a running unit: each costs three more detections."""
LEAST_CONFIDENCE = 0.5
MARGIN = 0.1
"""A turned picture must be so much surer; faces that lie askew are found either way."""
VOTES = 12
LEAST_VOTES = 5
LEAST_SHARE = 0.8


class UprightCheck:
    """Lets frames with faces vote for the turn under which these are found most surely."""

    def __init__(self) -> None:
        self._votes: deque[Turn] = deque(maxlen=VOTES)
        self._looked_s = 0.0

    @property
    def turn(self) -> Turn | None:
        """Degrees clockwise by which the picture should be turned; None: as it is, or unknown."""
        if len(self._votes) < LEAST_VOTES:
            return None
        winner, count = Counter(self._votes).most_common(1)[0]
        is_clear = count >= LEAST_SHARE * len(self._votes)
        return winner if is_clear and winner != 0 else None

    def look_now_and_then(self, detector: FaceDetector, image: Image, now_s: float) -> None:
        """``look``, where the last one was long enough ago; ``now_s`` monotonic."""
        if now_s - self._looked_s >= EVERY_S:
            self._looked_s = now_s
            self.look(detector, image)

    def look(self, detector: FaceDetector, image: Image) -> None:
        """Take in one frame [H, W, 3]. Raises ModelError when the network fails."""
        sure = {each: _confidence(detector, turn(image, each)) for each in TURNS}
        best = max(TURNS, key=lambda each: sure[each])
        if sure[best] < LEAST_CONFIDENCE:
            return
        self._votes.append(best if sure[best] >= sure[0] + MARGIN else 0)


def _confidence(detector: FaceDetector, image: Image) -> float:
    return max((detection.confidence for detection in detector.detect(image)), default=0.0)
