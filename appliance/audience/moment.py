"""Who stands there now: tracks, the leader among them, and the leader's steady expression."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.audience.expression_window import ExpressionMap, ExpressionWindow, Steadiness
from appliance.audience.face_tracker import FaceTracker, Track
from appliance.audience.fixtures import Fixtures
from appliance.audience.rules import AudienceRules
from appliance.domain import AudienceMoment, Detection, EmotionScores, Face, Leader

MOTIONLESS_S = 20.0
"""A leader who has not lived for so long gives way: people sway, breathe and blink."""
CLEARLY_LARGER = 1.5
"""Times the height of a motionless leader from which a face takes the lead."""


class Audience:
    """Turns the faces of each frame into an ``AudienceMoment``; holds numbers, never pictures.

    The largest face of which the detector is sure leads, and keeps the lead until it has been
    unseen for ``leave_after_s``; a larger newcomer does not displace it, unless the leader has
    not moved for long, as pictures do. What never moves at all is left out as a fixture.
    """

    def __init__(self, rules: AudienceRules, expressions: ExpressionMap) -> None:
        self._rules = rules
        self._expressions = expressions
        self._tracker = FaceTracker(rules.leave_after_s)
        self._fixtures = Fixtures(rules.fixture_after_s)
        self._leader_id: int | None = None
        self._window = ExpressionWindow(rules, expressions)
        self._latest_scores: EmotionScores | None = None

    def reset(self) -> None:
        """Forget everybody (the camera was away) but fixtures; track ids go on counting."""
        self._tracker.clear()
        self._give_lead(None)

    def judge_by(self, expressions: ExpressionMap) -> None:
        """Take over another network's expressions; people stay, their expression begins anew."""
        self._expressions = expressions
        self._window = ExpressionWindow(self._rules, expressions)
        self._latest_scores = None

    def leave_out_fixtures(self, seen: Sequence[Detection], now_s: float) -> list[Detection]:
        """Take in a frame's detections, once each; returns those that are to be gone on with."""
        return self._fixtures.leave_out(seen, now_s)

    def foresee_leader(self, seen: Sequence[Detection], now_s: float) -> int | None:
        """Index of the detection that will lead once ``observe`` gets them; changes nothing.

        Lets the caller classify that one face only.
        """
        pairs = self._tracker.match([detection.box for detection in seen], now_s)
        leader = self._keeper_of_lead(now_s)
        if leader is not None:
            return next((i for i, track_id in pairs.items() if track_id == leader.id), None)
        tracks = {track.id: track for track in self._tracker.tracks}
        owners = [tracks.get(pairs.get(index, 0)) for index in range(len(seen))]
        return self._first_of(seen, owners)

    def observe(self, faces: Sequence[Face], now_s: float) -> AudienceMoment:
        """Take in the faces of one frame at ``now_s`` (monotonic, never going back)."""
        keeper = self._keeper_of_lead(now_s)
        known = {track.id: track for track in self._tracker.tracks}
        owners = self._tracker.update([face.box for face in faces], now_s)
        if keeper is None:
            first = self._first_of(faces, [known.get(owner.id) for owner in owners])
            keeper = None if first is None else owners[first]
        for face, owner in zip(faces, owners, strict=True):
            owner.may_lead = self._may_lead(face)
            owner.life.observe(face.change, now_s)
        if keeper is None or keeper.id != self._leader_id:
            self._give_lead(keeper)
        leader = keeper
        if leader is None:
            return AudienceMoment(now_s, len(faces), None, self._fixtures.count)
        scores = next(
            (face.scores for face, owner in zip(faces, owners, strict=True) if owner is leader),
            None,
        )
        self._latest_scores = scores or self._latest_scores
        steadiness = self._window.observe(scores, now_s)
        described = self._describe(leader, steadiness, now_s)
        return AudienceMoment(now_s, len(faces), described, self._fixtures.count)

    def _keeper_of_lead(self, now_s: float) -> Track | None:
        """Who leads by what is known before this frame; None: nobody is left who does."""
        living = [
            track
            for track in self._tracker.tracks
            if now_s - track.last_seen_s <= self._rules.leave_after_s
        ]
        leader = next((track for track in living if track.id == self._leader_id), None)
        if leader is None or now_s - leader.life.alive_s <= MOTIONLESS_S:
            return leader
        rivals = [
            track
            for track in living
            if track.is_present
            and track.may_lead
            and (track.life.is_alive or _is_clearly_larger(track, leader))
        ]
        return max(rivals, key=_precedence, default=leader)

    def _may_lead(self, seen: Detection | Face) -> bool:
        is_near = seen.box.height_px >= self._rules.min_face_px
        return is_near and seen.confidence >= self._rules.lead_confidence

    def _first_of(
        self, seen: Sequence[Detection | Face], owners: Sequence[Track | None]
    ) -> int | None:
        """Index of who leads when nobody does; ``owners``: their tracks before this frame."""

        def precedence(index: int) -> tuple[bool, float]:
            owner = owners[index]
            lives = seen[index].change is None or (owner is not None and owner.life.is_alive)
            return lives, seen[index].box.height_px

        candidates = [index for index, each in enumerate(seen) if self._may_lead(each)]
        return max(candidates, key=precedence, default=None)

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
            is_alive=track.life.is_alive,
        )


def _precedence(track: Track) -> tuple[bool, float]:
    return track.life.is_alive, track.box.height_px


def _is_clearly_larger(track: Track, leader: Track) -> bool:
    return track.box.height_px >= CLEARLY_LARGER * leader.box.height_px
