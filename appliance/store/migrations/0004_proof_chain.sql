-- Proof of play becomes a chain, and totals by hour are kept beside it.

-- HMAC-SHA256 over the hash before it and all of the row's proof columns (store/chain.py), written
-- with the row. NULL: the row is older than the chain; the 'start' checkpoint seals those.
ALTER TABLE play_events ADD COLUMN chain BLOB;

-- What the chain hangs on. 'start': the events before the chain, sealed as they were found;
-- 'restart': the same after the secret or the start was lost; 'day': the head when a local day
-- was over; 'purge': up to where old events were taken out. 'mac' signs the row.
CREATE TABLE chain_checkpoints (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('start', 'restart', 'day', 'purge')),
    up_to_id INTEGER NOT NULL,
    events INTEGER NOT NULL,
    hash BLOB NOT NULL,
    at TEXT NOT NULL,
    local_date TEXT NOT NULL,
    mac BLOB NOT NULL
);

-- Plays by the local hour they began in; campaign 0: none. Written by the triggers below, so that
-- no report reads events by the million; 'appliance report verify' holds them to the events.
CREATE TABLE play_hours (
    local_date TEXT NOT NULL,
    hour INTEGER NOT NULL,
    clip_id INTEGER NOT NULL,
    campaign_id INTEGER NOT NULL,
    screen TEXT NOT NULL,
    clip_kind TEXT NOT NULL,
    title TEXT NOT NULL,
    plays INTEGER NOT NULL DEFAULT 0,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    shown_s REAL NOT NULL DEFAULT 0,
    answers INTEGER NOT NULL DEFAULT 0,
    likes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (local_date, hour, clip_id, campaign_id, screen, clip_kind)
) WITHOUT ROWID;

-- The place's seconds by the hour their play began in: by the largest of seven, by the largest of
-- happiness, neutral and sadness (happy_of_three ...), and those in which the unit abstained.
CREATE TABLE emotion_hours (
    local_date TEXT NOT NULL,
    hour INTEGER NOT NULL,
    neutral INTEGER NOT NULL DEFAULT 0,
    happiness INTEGER NOT NULL DEFAULT 0,
    sadness INTEGER NOT NULL DEFAULT 0,
    surprise INTEGER NOT NULL DEFAULT 0,
    fear INTEGER NOT NULL DEFAULT 0,
    disgust INTEGER NOT NULL DEFAULT 0,
    anger INTEGER NOT NULL DEFAULT 0,
    happy_of_three INTEGER NOT NULL DEFAULT 0,
    neutral_of_three INTEGER NOT NULL DEFAULT 0,
    sad_of_three INTEGER NOT NULL DEFAULT 0,
    abstained INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (local_date, hour)
) WITHOUT ROWID;

-- Few plays belong to a visit, and how many visits an hour had is asked with every report.
CREATE INDEX play_events_of_visits ON play_events (local_date, at, tz_offset_minutes, visit_id)
    WHERE event = 'playing' AND visit_id IS NOT NULL;

-- A row per second as the columns that it adds to.
CREATE VIEW emotion_seconds AS
SELECT
    event.local_date,
    CAST(strftime('%H', event.at, event.tz_offset_minutes || ' minutes') AS INTEGER) AS hour,
    sample.play_id,
    sample.t_s,
    CASE
        WHEN abstained THEN 'abstained'
        ELSE CASE max(neutral, happiness, sadness, surprise, fear, disgust, anger)
            WHEN neutral THEN 'neutral'
            WHEN happiness THEN 'happiness'
            WHEN sadness THEN 'sadness'
            WHEN surprise THEN 'surprise'
            WHEN fear THEN 'fear'
            WHEN disgust THEN 'disgust'
            ELSE 'anger'
        END
    END AS seven,
    CASE
        WHEN abstained THEN 'abstained'
        ELSE CASE max(happiness, neutral, sadness)
            WHEN happiness THEN 'happy'
            WHEN neutral THEN 'neutral'
            ELSE 'sad'
        END
    END AS three
FROM emotion_samples AS sample
JOIN play_events AS event ON event.play_id = sample.play_id AND event.event = 'playing';

INSERT INTO play_hours
SELECT
    play.local_date,
    CAST(strftime('%H', play.at, play.tz_offset_minutes || ' minutes') AS INTEGER),
    play.clip_id,
    coalesce(play.campaign_id, 0),
    play.screen,
    play.clip_kind,
    max(play.clip_title),
    count(*),
    sum(EXISTS (SELECT 1 FROM play_events AS e WHERE e.play_id = play.play_id
                AND e.event = 'ended')),
    sum(EXISTS (SELECT 1 FROM play_events AS e WHERE e.play_id = play.play_id
                AND e.event = 'error')),
    sum((SELECT max(e.position_s) FROM play_events AS e WHERE e.play_id = play.play_id)),
    count(ratings.id),
    coalesce(sum(ratings.value), 0)
FROM play_events AS play LEFT JOIN ratings ON ratings.play_id = play.play_id
WHERE play.event = 'playing'
GROUP BY 1, 2, 3, 4, 5, 6;

INSERT INTO emotion_hours
SELECT
    local_date,
    hour,
    sum(seven = 'neutral'),
    sum(seven = 'happiness'),
    sum(seven = 'sadness'),
    sum(seven = 'surprise'),
    sum(seven = 'fear'),
    sum(seven = 'disgust'),
    sum(seven = 'anger'),
    sum(three = 'happy'),
    sum(three = 'neutral'),
    sum(three = 'sad'),
    sum(seven = 'abstained')
FROM emotion_seconds GROUP BY 1, 2;

-- Events of a play may come in any order, so a late 'playing' takes over what came before it.
CREATE TRIGGER play_hours_begin AFTER INSERT ON play_events WHEN NEW.event = 'playing'
BEGIN
    INSERT INTO play_hours
        (local_date, hour, clip_id, campaign_id, screen, clip_kind, title,
         plays, completed, failed, shown_s)
    SELECT
        NEW.local_date,
        CAST(strftime('%H', NEW.at, NEW.tz_offset_minutes || ' minutes') AS INTEGER),
        NEW.clip_id, coalesce(NEW.campaign_id, 0), NEW.screen, NEW.clip_kind, NEW.clip_title,
        1, coalesce(sum(event = 'ended'), 0), coalesce(sum(event = 'error'), 0), max(position_s)
    FROM play_events WHERE play_id = NEW.play_id
    ON CONFLICT DO UPDATE SET
        title = excluded.title, plays = plays + 1, completed = completed + excluded.completed,
        failed = failed + excluded.failed, shown_s = shown_s + excluded.shown_s;
END;

CREATE TRIGGER play_hours_finish AFTER INSERT ON play_events WHEN NEW.event <> 'playing'
BEGIN
    UPDATE play_hours SET
        completed = completed + (NEW.event = 'ended'),
        failed = failed + (NEW.event = 'error'),
        shown_s = shown_s + max(0, NEW.position_s - (
            SELECT max(position_s) FROM play_events
            WHERE play_id = NEW.play_id AND id <> NEW.id))
    WHERE (local_date, hour, clip_id, campaign_id, screen, clip_kind) = (
        SELECT local_date,
               CAST(strftime('%H', at, tz_offset_minutes || ' minutes') AS INTEGER),
               clip_id, coalesce(campaign_id, 0), screen, clip_kind
        FROM play_events WHERE play_id = NEW.play_id AND event = 'playing');
END;

CREATE TRIGGER play_hours_rate AFTER INSERT ON ratings
BEGIN
    UPDATE play_hours SET answers = answers + 1, likes = likes + NEW.value
    WHERE (local_date, hour, clip_id, campaign_id, screen, clip_kind) = (
        SELECT local_date,
               CAST(strftime('%H', at, tz_offset_minutes || ' minutes') AS INTEGER),
               clip_id, coalesce(campaign_id, 0), screen, clip_kind
        FROM play_events WHERE play_id = NEW.play_id AND event = 'playing');
END;

CREATE TRIGGER emotion_hours_count AFTER INSERT ON emotion_samples
BEGIN
    INSERT INTO emotion_hours
    SELECT
        local_date, hour, seven = 'neutral', seven = 'happiness', seven = 'sadness',
        seven = 'surprise', seven = 'fear', seven = 'disgust', seven = 'anger',
        three = 'happy', three = 'neutral', three = 'sad', seven = 'abstained'
    FROM emotion_seconds WHERE play_id = NEW.play_id AND t_s = NEW.t_s
    ON CONFLICT DO UPDATE SET
        neutral = neutral + excluded.neutral,
        happiness = happiness + excluded.happiness,
        sadness = sadness + excluded.sadness,
        surprise = surprise + excluded.surprise,
        fear = fear + excluded.fear,
        disgust = disgust + excluded.disgust,
        anger = anger + excluded.anger,
        happy_of_three = happy_of_three + excluded.happy_of_three,
        neutral_of_three = neutral_of_three + excluded.neutral_of_three,
        sad_of_three = sad_of_three + excluded.sad_of_three,
        abstained = abstained + excluded.abstained;
END;
