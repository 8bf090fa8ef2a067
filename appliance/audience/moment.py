"""Who stands there now: tracks, the leader among them, and the leader's steady expression."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.audience.expression_window import ExpressionMap, ExpressionWindow, Steadiness
from appliance.audience.face_tracker import FaceTracker, Track
from appliance.audience.rules import AudienceRules
from appliance.domain import AudienceMoment, Detection, EmotionScores, Face, Leader


class Audience:
    """Turns the faces of each frame into an ``AudienceMoment``; holds numbers, never pictures.

    The largest face of which the detector is sure leads, and keeps the lead until it has been
    unseen for ``leave_after_s``; a larger newcomer does not displace it.
    """

    def __init__(self, rules: AudienceRules, expressions: ExpressionMap) -> None:
        self._rules = rules
        self._expressions = expressions
        self._tracker = FaceTracker(rules.leave_after_s)
        self._leader_id: int | None = None
        self._window = ExpressionWindow(rules, expressions)
        self._latest_scores: EmotionScores | None = None

    def reset(self) -> None:
        """Forget everybody (the camera was away); track ids go on counting."""
        self._tracker.clear()
        self._give_lead(None)

    def judge_by(self, expressions: ExpressionMap) -> None:
        """Take over another network's expressions; people stay, their expression begins anew."""
        self._expressions = expressions
        self._window = ExpressionWindow(self._rules, expressions)
        self._latest_scores = None

    def foresee_leader(self, seen: Sequence[Detection], now_s: float) -> int | None:
        """Index of the detection that will lead once ``observe`` gets them; changes nothing.

        Lets the caller classify that one face only.
        """
        pairs = self._tracker.match([detection.box for detection in seen], now_s)
        if self._leader_id in self._living_ids(now_s):
            return next((i for i, track_id in pairs.items() if track_id == self._leader_id), None)
        return max(
            (i for i, detection in enumerate(seen) if self._may_lead(detection)),
            key=lambda i: seen[i].box.height_px,
            default=None,
        )

    def observe(self, faces: Sequence[Face], now_s: float) -> AudienceMoment:
        """Take in the faces of one frame at ``now_s`` (monotonic, never going back)."""
        owners = self._tracker.update([face.box for face in faces], now_s)
        leader = self._elect(faces, owners)
        if leader is None:
            return AudienceMoment(now_s, len(faces), None)
        scores = next(
            (face.scores for face, owner in zip(faces, owners, strict=True) if owner is leader),
            None,
        )
        self._latest_scores = scores or self._latest_scores
        steadiness = self._window.observe(scores, now_s)
        return AudienceMoment(now_s, len(faces), self._describe(leader, steadiness, now_s))

    def _living_ids(self, now_s: float) -> set[int]:
        return {
            track.id
            for track in self._tracker.tracks
            if now_s - track.last_seen_s <= self._rules.leave_after_s
        }

    def _may_lead(self, seen: Detection | Face) -> bool:
        is_near = seen.box.height_px >= self._rules.min_face_px
        return is_near and seen.confidence >= self._rules.lead_confidence

    def _elect(self, faces: Sequence[Face], owners: Sequence[Track]) -> Track | None:
        tracks = self._tracker.tracks
        leader = next((track for track in tracks if track.id == self._leader_id), None)
        if leader is None:
            pairs = zip(faces, owners, strict=True)
            leader = max(
                (track for face, track in pairs if self._may_lead(face)),
                key=lambda track: track.box.height_px,
                default=None,
            )
            self._give_lead(leader)
        return leader

    def _give_lead(self, track: Track | None) -> None:
        self._leader_id = None if track is None else track.id
        self._window = ExpressionWindow(self._rules, self._expressions)
        self._latest_scores = None

    def _describe(self, track: Track, steadiness: Steadiness, now_s: float) -> Leader:
        return Leader(
            track_id=track.id,
            is_present=track.is_present,
            dwell_s=track.dwell_s(now_s),
            attention_s=track.attention_s,
            unseen_s=track.unseen_s(now_s),
            is_stable=steadiness.is_stable,
            expression=steadiness.expression,
            confidence=steadiness.confidence,
            scores=self._latest_scores,
        )
