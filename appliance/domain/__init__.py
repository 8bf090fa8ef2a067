"""Frozen values that every layer shares; they hold no behaviour beyond their own geometry."""

from appliance.domain.choosing import Candidate, Decision, DecisionContext, Posterior, Score, Scores
from appliance.domain.content import Campaign, Clip, Surroundings
from appliance.domain.seeing import (
    AudienceMoment,
    Box,
    Detection,
    EmotionScores,
    Face,
    Frame,
    Image,
    Leader,
)
from appliance.domain.showing import EmotionSample, Play, Rating, Reaction, ScreenState
from appliance.domain.vocabulary import (
    EMOTIONS,
    ClipKind,
    DayTime,
    Expression,
    Mood,
    PlaybackEvent,
    RatingSource,
    Screen,
    Season,
    Sensing,
    Weather,
)

__all__ = [
    "EMOTIONS",
    "AudienceMoment",
    "Box",
    "Campaign",
    "Candidate",
    "Clip",
    "ClipKind",
    "DayTime",
    "Decision",
    "DecisionContext",
    "Detection",
    "EmotionSample",
    "EmotionScores",
    "Expression",
    "Face",
    "Frame",
    "Image",
    "Leader",
    "Mood",
    "Play",
    "PlaybackEvent",
    "Posterior",
    "Rating",
    "RatingSource",
    "Reaction",
    "Score",
    "Scores",
    "Screen",
    "ScreenState",
    "Season",
    "Sensing",
    "Surroundings",
    "Weather",
]
