"""SQLite: the only place where the unit remembers anything."""

from appliance.store.clips import ClipStore
from appliance.store.daemon_lock import DaemonLock
from appliance.store.database import Database, open_database
from appliance.store.decisions import DecisionStore
from appliance.store.plays import PlayStore
from appliance.store.ratings import RatingStore
from appliance.store.records import EmotionHour, PastDecision, PastPlay, RankedClip
from appliance.store.samples import SampleStore
from appliance.store.scores import ScoreStore
from appliance.store.stamp import Stamp
from appliance.store.visits import VisitStore

__all__ = [
    "ClipStore",
    "DaemonLock",
    "Database",
    "DecisionStore",
    "EmotionHour",
    "PastDecision",
    "PastPlay",
    "PlayStore",
    "RankedClip",
    "RatingStore",
    "SampleStore",
    "ScoreStore",
    "Stamp",
    "VisitStore",
    "open_database",
]
