-- The first schema. Times are UTC, ISO-8601 with milliseconds and a final Z; beside each stands
-- the local date (days are counted where the unit stands), the zone's offset at that moment, and
-- whether the clock could be trusted then. Lists are JSON arrays. Lengths are in seconds.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE campaigns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    advertiser TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    weight REAL NOT NULL DEFAULT 1 CHECK (weight > 0),
    max_plays_per_hour INTEGER CHECK (max_plays_per_hour > 0),
    target_plays INTEGER CHECK (target_plays > 0),
    CHECK (starts_on <= ends_on)
);

-- An overnight window (starts_at > ends_at) belongs to the day it starts on; the end is exclusive.
CREATE TABLE dayparts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign_id INTEGER NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    CHECK (starts_at <> ends_at)
);
CREATE INDEX dayparts_of_campaign ON dayparts (campaign_id);

-- AUTOINCREMENT: an id is never given twice, because proof of play keeps the ids of deleted clips.
CREATE TABLE clips (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('healing', 'ad')),
    title TEXT NOT NULL,
    title_en TEXT,
    file TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL UNIQUE,
    codec TEXT NOT NULL,
    duration_s REAL NOT NULL CHECK (duration_s > 0),
    seasons TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(seasons)),
    weathers TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(weathers)),
    day_times TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(day_times)),
    target_emotions TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(target_emotions)),
    mood TEXT,
    valence REAL CHECK (valence BETWEEN -1 AND 1),
    arousal REAL CHECK (arousal BETWEEN -1 AND 1),
    advertiser TEXT,
    description TEXT,
    description_en TEXT,
    address TEXT,
    phone TEXT,
    map_link TEXT,
    link TEXT,
    thumbnail TEXT,
    campaign_id INTEGER REFERENCES campaigns (id) ON DELETE SET NULL,
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    approved INTEGER NOT NULL DEFAULT 1 CHECK (approved IN (0, 1)),
    is_starter INTEGER NOT NULL DEFAULT 0 CHECK (is_starter IN (0, 1)),
    added_at TEXT NOT NULL
);
CREATE INDEX clips_of_campaign ON clips (campaign_id);

-- A number that counts up and says nothing about who it was.
CREATE TABLE visits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at TEXT NOT NULL,
    local_date TEXT NOT NULL,
    tz_offset_minutes INTEGER NOT NULL,
    clock_synced INTEGER NOT NULL CHECK (clock_synced IN (0, 1)),
    ended_at TEXT,
    watchers INTEGER NOT NULL DEFAULT 1,
    dwell_s REAL NOT NULL DEFAULT 0,
    attention_s REAL NOT NULL DEFAULT 0,
    -- 1: the unit stopped before the visit did; ended_at is its last sign, dwell is not known.
    is_cut INTEGER NOT NULL DEFAULT 0 CHECK (is_cut IN (0, 1))
);
CREATE INDEX visits_on_day ON visits (local_date);
CREATE INDEX visits_open ON visits (id) WHERE ended_at IS NULL;

-- Written before anything plays. The play's id is planned here, so that a report of the browser
-- finds its decision even after a restart. No reference to clips: a clip may be deleted.
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play_id TEXT NOT NULL UNIQUE,
    visit_id INTEGER REFERENCES visits (id) ON DELETE SET NULL,
    decided_at TEXT NOT NULL,
    local_date TEXT NOT NULL,
    tz_offset_minutes INTEGER NOT NULL,
    clock_synced INTEGER NOT NULL CHECK (clock_synced IN (0, 1)),
    screen TEXT NOT NULL CHECK (screen IN ('healing', 'show')),
    expression INTEGER CHECK (expression BETWEEN 0 AND 2),
    confidence REAL NOT NULL,
    watchers INTEGER NOT NULL,
    season TEXT NOT NULL,
    day_time TEXT NOT NULL,
    weather TEXT,
    clip_id INTEGER NOT NULL,
    clip_title TEXT NOT NULL,
    clip_kind TEXT NOT NULL,
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    policy TEXT NOT NULL,
    reason TEXT NOT NULL,
    candidates TEXT NOT NULL CHECK (json_valid(candidates)),
    candidates_omitted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX decisions_of_visit ON decisions (visit_id);
CREATE INDEX decisions_on_day ON decisions (local_date);

-- Proof of play. Everything a report needs is copied in: it outlives clip, visit and decision.
CREATE TABLE play_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play_id TEXT NOT NULL,
    event TEXT NOT NULL CHECK (event IN ('playing', 'ended', 'stopped', 'error')),
    at TEXT NOT NULL,
    local_date TEXT NOT NULL,
    tz_offset_minutes INTEGER NOT NULL,
    clock_synced INTEGER NOT NULL CHECK (clock_synced IN (0, 1)),
    position_s REAL NOT NULL CHECK (position_s >= 0),
    detail TEXT NOT NULL DEFAULT '',
    decision_id INTEGER NOT NULL,
    visit_id INTEGER,
    screen TEXT NOT NULL,
    clip_id INTEGER NOT NULL,
    clip_title TEXT NOT NULL,
    clip_kind TEXT NOT NULL,
    campaign_id INTEGER,
    UNIQUE (play_id, event)
);
CREATE INDEX play_events_on_day ON play_events (local_date, event);

CREATE TRIGGER play_events_never_change BEFORE UPDATE ON play_events
BEGIN
    SELECT RAISE(ABORT, 'play_events is append-only');
END;

-- The one way to purge old proof: in one transaction write the UTC time before which events may
-- go to meta ('play_events_purge_before'), delete, and take that row out again.
CREATE TRIGGER play_events_never_vanish BEFORE DELETE ON play_events
WHEN OLD.at >= coalesce(
    (SELECT value FROM meta WHERE key = 'play_events_purge_before'), '')
BEGIN
    SELECT RAISE(ABORT, 'play_events is append-only');
END;

-- One row a second while a clip plays and its leading watcher is there. Without rowid: the rows
-- of a play lie together and need no second index.
CREATE TABLE emotion_samples (
    play_id TEXT NOT NULL,
    t_s REAL NOT NULL,
    neutral REAL NOT NULL,
    happiness REAL NOT NULL,
    sadness REAL NOT NULL,
    surprise REAL NOT NULL,
    fear REAL NOT NULL,
    disgust REAL NOT NULL,
    anger REAL NOT NULL,
    valence REAL NOT NULL,
    arousal REAL NOT NULL,
    watchers INTEGER NOT NULL,
    abstained INTEGER NOT NULL CHECK (abstained IN (0, 1)),
    PRIMARY KEY (play_id, t_s)
) WITHOUT ROWID;

-- The first answer counts: one row per play.
CREATE TABLE ratings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play_id TEXT NOT NULL UNIQUE,
    decision_id INTEGER NOT NULL UNIQUE REFERENCES decisions (id),
    value INTEGER NOT NULL CHECK (value IN (0, 1)),
    source TEXT NOT NULL CHECK (source IN ('panel', 'phone')),
    at TEXT NOT NULL,
    local_date TEXT NOT NULL,
    tz_offset_minutes INTEGER NOT NULL,
    clock_synced INTEGER NOT NULL CHECK (clock_synced IN (0, 1))
);
CREATE INDEX ratings_on_day ON ratings (local_date);

-- What has been learned. Expression -1: the unit had abstained (never counted as neutral).
CREATE TABLE clip_scores (
    clip_id INTEGER NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
    expression INTEGER NOT NULL CHECK (expression BETWEEN -1 AND 2),
    likes REAL NOT NULL DEFAULT 0 CHECK (likes >= 0),
    dislikes REAL NOT NULL DEFAULT 0 CHECK (dislikes >= 0),
    updated_at TEXT NOT NULL,
    PRIMARY KEY (clip_id, expression)
) WITHOUT ROWID;

-- One row per play. A play without 'playing' is not a play; one without 'ended' was cut.
CREATE VIEW plays AS
SELECT
    play_id,
    min(decision_id) AS decision_id,
    min(visit_id) AS visit_id,
    min(screen) AS screen,
    min(clip_id) AS clip_id,
    min(clip_title) AS clip_title,
    min(clip_kind) AS clip_kind,
    min(campaign_id) AS campaign_id,
    min(CASE WHEN event = 'playing' THEN at END) AS started_at,
    min(CASE WHEN event = 'playing' THEN local_date END) AS local_date,
    min(CASE WHEN event = 'playing' THEN tz_offset_minutes END) AS tz_offset_minutes,
    min(clock_synced) AS clock_synced,
    max(CASE WHEN event <> 'playing' THEN at END) AS finished_at,
    max(position_s) AS shown_s,
    max(event = 'ended') AS completed,
    max(event = 'error') AS failed
FROM play_events
GROUP BY play_id
HAVING max(event = 'playing') = 1;

-- The founding paper's table; a row stands here from the decision on, its rating comes later.
CREATE VIEW users AS
SELECT
    decisions.visit_id AS user_id,
    decisions.expression AS now_emotion,
    ratings.value AS rating,
    decisions.local_date AS today,
    decisions.clip_id AS ad_id
FROM decisions LEFT JOIN ratings ON ratings.decision_id = decisions.id
WHERE decisions.screen = 'show' AND decisions.visit_id IS NOT NULL
ORDER BY decisions.id;
