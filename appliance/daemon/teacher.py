"""Turns what came of a play into what is remembered of its clip."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from appliance.config.settings import LearningSettings
from appliance.domain import Lesson, Scores, Taught
from appliance.domain.choosing import Score
from appliance.domain.learning import Remembered
from appliance.feedback.forgetting import Forgetting, aged, with_lesson, without_lesson
from appliance.feedback.learning import InterestPrediction, lesson_of_rating, lesson_of_reaction
from appliance.feedback.reaction import reaction_of
from appliance.store.database import Database
from appliance.store.lessons import Cell, LessonStore
from appliance.store.samples import SampleStore
from appliance.store.stamp import Stamp

logger = logging.getLogger(__name__)


class Teacher:
    """Used by the control loop's thread alone."""

    def __init__(
        self,
        database: Database,
        settings: LearningSettings,
        interest: Callable[[], InterestPrediction | None] = lambda: None,
    ) -> None:
        """``interest`` gives the model in force; None: nothing is predicted."""
        self._database = database
        self._lessons = LessonStore(database)
        self._samples = SampleStore(database)
        self.interest = interest
        self.use(settings)

    def use(self, settings: LearningSettings) -> None:
        self._forgetting = Forgetting(settings.half_life_answers, settings.half_life_days)
        self._left_early_weight = settings.left_early_weight

    def known(self, stamp: Stamp | None) -> Scores:
        """What is remembered of every clip today; None: as it was written down."""
        return {cell: self._score(memory, stamp) for cell, memory in self._lessons.all().items()}

    def known_of(self, clip_id: int, stamp: Stamp) -> Scores:
        memories = self._lessons.of_clip(clip_id)
        return {cell: self._score(memory, stamp) for cell, memory in memories.items()}

    def teach_rating(self, play_id: str, value: int, stamp: Stamp) -> Cell | None:
        """An answer counts whole, in the place of what was guessed before it came.

        Returns the clip and expression it is about; None: the clip or its choice is gone.
        """
        return self._teach(play_id, lesson_of_rating(float(value)), stamp)

    def teach_visit(self, visit_id: int, left_during: str | None, stamp: Stamp) -> Iterable[int]:
        """What the visit's plays without an answer teach, now that the watcher has gone.

        ``left_during``: the play that was on. Returns the clips that something was learned about.
        """
        clips = []
        for play_id in self._lessons.untaught_plays(visit_id):
            lesson = self._guess(play_id, left_early=play_id == left_during)
            if lesson is None:
                continue
            cell = self._teach(play_id, lesson, stamp)
            if cell is not None:
                logger.debug("Play %s taught %s", play_id, lesson)
                clips.append(cell[0])
        return clips

    def _guess(self, play_id: str, *, left_early: bool) -> Lesson | None:
        model, interest, weight = self.interest(), None, 0.0
        if model is not None and model.weight > 0:
            weight = model.weight
            interest = model.predict(reaction_of(play_id, self._samples.of_play(play_id)))
        return lesson_of_reaction(
            interest,
            weight,
            left_early=left_early,
            left_early_weight=self._left_early_weight,
        )

    def _teach(self, play_id: str, lesson: Lesson, stamp: Stamp) -> Cell | None:
        """Not flushed to the disk by itself: nobody was promised a guess."""
        with self._database.transaction(is_durable=False):
            choice = self._lessons.choice(play_id)
            if choice is None:
                return None
            memory = self._lessons.of_clip(choice.cell[0]).get(choice.cell, Remembered())
            if choice.taught is not None:
                memory = without_lesson(memory, choice.taught)
            memory = with_lesson(memory, lesson, _today(stamp), self._forgetting)
            if not self._lessons.remember(choice.cell, memory):
                return None
            self._lessons.note(play_id, Taught(lesson, memory.age))
        return choice.cell

    def _score(self, memory: Remembered, stamp: Stamp | None) -> Score:
        left = memory if stamp is None else aged(memory, _today(stamp), self._forgetting)
        return Score(left.likes, left.dislikes)


def _today(stamp: Stamp) -> dt.date | None:
    return stamp.local.date() if stamp.is_synced else None
