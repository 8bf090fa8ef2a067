"""Counts what happens in the unit, in Prometheus' words; knows nothing of any single visitor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from appliance.daemon.perception import StepTimes
from appliance.domain import PlaybackEvent, ScreenState
from appliance.messages import Answer, Message, MomentObserved, PlaybackReported, RatingGiven

INFERENCE_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Tally:
    """Sits between those who post and the inbox; every count is kept by the thread that knows it.

    Labels are words of the design (a screen, a source), never a clip, a face or an expression.
    """

    def __init__(self, post: Callable[[Message], bool]) -> None:
        self._post = post
        self.registry = registry = CollectorRegistry()
        """This unit's own; nothing is counted in the library's global one."""
        self._moments = Counter(
            "maum_moments_total", "Frames that were looked at.", registry=registry
        )
        self._screens = Counter(
            "maum_screens_total", "Screens that came on.", ["screen"], registry=registry
        )
        self._playbacks = Counter(
            "maum_playback_events_total",
            "What the panel reported of clips, once on disk.",
            ["event"],
            registry=registry,
        )
        self._ratings = Counter(
            "maum_ratings_total",
            "Answers, once on disk.",
            ["source", "value"],
            registry=registry,
        )
        self._refused = Counter(
            "maum_messages_refused_total", "Messages a full inbox refused.", registry=registry
        )
        self._inference = Histogram(
            "maum_inference_seconds",
            "Time of one network for one frame.",
            ["network"],
            buckets=INFERENCE_BUCKETS_S,
            registry=registry,
        )
        self._screen: str | None = None
        ProcessCollector(registry=registry)

    def post(self, message: Message) -> bool:
        """The inbox's ``post``, counted."""
        match message:
            case MomentObserved():
                self._moments.inc()
            case PlaybackReported(event=event, reply=reply):
                reply.add_done_callback(lambda answer: self._played(event, answer))
            case RatingGiven(value=value, source=source, reply=reply):
                said = "neither" if value is None else str(value)
                counter = self._ratings.labels(source.value, said)
                reply.add_done_callback(lambda answer: counter.inc(_is_done(answer)))
            case _:
                pass
        if self._post(message):
            return True
        self._refused.inc()
        return False

    def screen_shown(self, state: ScreenState) -> None:
        """For every state that is published; a screen counts when it comes on."""
        if state.screen.value != self._screen:
            self._screen = state.screen.value
            self._screens.labels(self._screen).inc()

    def looked(self, times: StepTimes) -> None:
        """After each frame."""
        if times.detect_ms > 0:
            self._inference.labels("face_detector").observe(times.detect_ms / 1e3)
        if times.emotion_ms > 0:
            self._inference.labels("emotion").observe(times.emotion_ms / 1e3)

    def _played(self, event: PlaybackEvent, answer: Future[Answer]) -> None:
        self._playbacks.labels(event.value).inc(_is_done(answer))


def _is_done(answer: Future[Answer]) -> int:
    """A report that is repeated, or for an unknown play, counts nothing."""
    return int(
        not answer.cancelled() and answer.exception() is None and answer.result() is Answer.DONE
    )
