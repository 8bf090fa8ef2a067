"""The unit's own policy in many places at once: its beliefs, its forgetting, its draws.

What is believed before a clip's own answers comes from the unit's own ``shared_prior`` with its
default settings. Forgetting and the draw are written out for many places; tests hold them to
``appliance.feedback.forgetting`` and to the chances that ``appliance.decision.policy`` states.
"""

from __future__ import annotations

import numpy as np

from appliance.config.settings import LearningSettings
from appliance.decision.hierarchy import Kinship, SharedPrior, shared_prior
from appliance.decision.hope import deviations, hopeful
from appliance.decision.misreading import told_by
from models.learning.rivals import Counting
from models.learning.worlds import Floats, Ints, Places


class Ours(Counting):
    """Shared Thompson sampling; days do not pass here, so only newer answers make forget."""

    settings = LearningSettings()

    def __init__(self, places: Places, rng: np.random.Generator) -> None:
        super().__init__(places, rng)
        guesses = np.full(places.satisfaction.shape[2:], self.settings.prior_untargeted)
        self.kin = Kinship(guesses, places.moods, self.settings.prior_strength)
        self.confusion = places.world.confusion
        self.prior = self.shared(slice(None))

    def shared(self, rows: Ints | slice) -> SharedPrior:
        """Of some places; the network's confusions are known, as a unit knows them."""
        likes, answers = self.likes[rows], self.answers[rows]
        return shared_prior(likes, answers, self.kin, told_by(answers.sum(axis=1), self.confusion))

    def beliefs(self, readings: Ints) -> tuple[Floats, Floats]:
        """Alpha and beta of every clip under the reading; (places, clips)."""
        likes, answers = self.cells(readings)
        alpha = self.prior.alpha[self.places, :, readings] + likes
        return alpha, self.prior.beta[self.places, :, readings] + answers - likes

    def choose(self, readings: Ints) -> Ints:
        alpha, beta = self.beliefs(readings)
        heard = np.sum(self.answers[self.places, :, readings], axis=1)
        above = np.array([deviations(each, self.settings.optimism) for each in heard])
        drawn = hopeful(np.stack((alpha, beta), axis=-1), above[:, None], self.settings.spread)
        best = np.argmax(self.rng.beta(drawn[..., 0], drawn[..., 1]), axis=1)
        is_even = self.rng.random(len(readings)) < self.settings.floor
        any_clip = self.rng.integers(0, self.clips, len(readings))
        chosen: Ints = np.where(is_even, any_clip, best)
        return chosen

    def learn(self, readings: Ints, clips: Ints, liked: Floats, rated: Floats) -> None:
        left = np.exp2(-rated / self.settings.half_life_answers)
        self.likes[self.places, clips, readings] *= left
        self.answers[self.places, clips, readings] *= left
        super().learn(readings, clips, liked, rated)
        # Only places that heard an answer believe anything new.
        heard = np.flatnonzero(rated)
        if len(heard) == len(self.places):
            self.prior = self.shared(slice(None))
        elif len(heard):
            prior = self.shared(heard)
            self.prior.alpha[heard], self.prior.beta[heard] = prior.alpha, prior.beta
