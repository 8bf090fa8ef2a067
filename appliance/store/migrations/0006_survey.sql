-- Answers in five steps and "seen before?". The table is made anew, because an answer of 3 says
-- neither yes nor no: it has no value, teaches nothing and counts in no share.
CREATE TABLE ratings_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    play_id TEXT NOT NULL UNIQUE,
    decision_id INTEGER NOT NULL UNIQUE REFERENCES decisions (id),
    value INTEGER CHECK (value IN (0, 1)),
    -- What was touched, where five steps were asked: 1 and 2 are no, 4 and 5 are yes.
    stars INTEGER CHECK (stars BETWEEN 1 AND 5),
    -- NULL: not asked, or not answered.
    seen_before INTEGER CHECK (seen_before IN (0, 1)),
    source TEXT NOT NULL CHECK (source IN ('panel', 'phone')),
    at TEXT NOT NULL,
    local_date TEXT NOT NULL,
    tz_offset_minutes INTEGER NOT NULL,
    clock_synced INTEGER NOT NULL CHECK (clock_synced IN (0, 1)),
    CHECK (CASE WHEN stars IS NULL THEN value IS NOT NULL
                WHEN stars = 3 THEN value IS NULL
                ELSE value IS (stars > 3) END)
);
INSERT INTO ratings_new
    (id, play_id, decision_id, value, source, at, local_date, tz_offset_minutes, clock_synced)
SELECT id, play_id, decision_id, value, source, at, local_date, tz_offset_minutes, clock_synced
FROM ratings;
-- An id is never given twice, those of purged answers included.
DELETE FROM sqlite_sequence WHERE name = 'ratings_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'ratings_new', seq FROM sqlite_sequence WHERE name = 'ratings';

DROP VIEW users;
DROP TABLE ratings;
ALTER TABLE ratings_new RENAME TO ratings;
CREATE INDEX ratings_on_day ON ratings (local_date);

CREATE TRIGGER play_hours_rate AFTER INSERT ON ratings WHEN NEW.value IS NOT NULL
BEGIN
    UPDATE play_hours SET answers = answers + 1, likes = likes + NEW.value
    WHERE (local_date, hour, clip_id, campaign_id, screen, clip_kind) = (
        SELECT local_date,
               CAST(strftime('%H', at, tz_offset_minutes || ' minutes') AS INTEGER),
               clip_id, coalesce(campaign_id, 0), screen, clip_kind
        FROM play_events WHERE play_id = NEW.play_id AND event = 'playing');
END;

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
