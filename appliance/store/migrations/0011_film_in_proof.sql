-- The film that was shown, by the SHA-256 of its content, in the proof of each play.

-- NULL: the event is older than this column, or its clip had been removed before it was recorded.
ALTER TABLE play_events ADD COLUMN film_sha256 TEXT;

DROP VIEW plays;
CREATE VIEW plays AS
SELECT
    play_id,
    min(decision_id) AS decision_id,
    min(visit_id) AS visit_id,
    min(screen) AS screen,
    min(clip_id) AS clip_id,
    min(clip_title) AS clip_title,
    min(clip_kind) AS clip_kind,
    min(film_sha256) AS film_sha256,
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
