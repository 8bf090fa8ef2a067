-- A made-up past: every fifth play is of a visit and has samples, every hundredth is rated,
-- every twentieth was cut short. Every second clip is an ad of a campaign.
CREATE TEMP TABLE past AS
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :plays)
SELECT
    i,
    s,
    lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-'
        || lower(hex(randomblob(2))) || '-' || lower(hex(randomblob(2))) || '-'
        || lower(hex(randomblob(6))) AS play_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', s, 'unixepoch') AS at,
    date(s + 32400, 'unixepoch') AS local_date,
    1 + (i * 7919) % :clips AS clip,
    CASE WHEN i % 5 = 0 THEN i / 5 + 1 END AS visit
FROM (SELECT i, :first_s + i * :step_s AS s FROM n);

INSERT INTO visits
    (id, started_at, local_date, tz_offset_minutes, clock_synced, ended_at, watchers, dwell_s,
     attention_s)
SELECT visit, at, local_date, 540, 1, strftime('%Y-%m-%dT%H:%M:%fZ', s + 20, 'unixepoch'),
       1 + visit % 3, 12 + visit % 30, 5 + visit % 12
FROM past WHERE visit IS NOT NULL;

-- Choices are kept for a while only, those that were rated longer but without candidates.
INSERT INTO decisions
    (id, play_id, visit_id, decided_at, local_date, tz_offset_minutes, clock_synced, screen,
     expression, confidence, watchers, season, day_time, clip_id, clip_title, clip_kind,
     probability, policy, reason, candidates)
SELECT i + 1, play_id, visit, at, local_date, 540, 1, iif(visit IS NULL, 'healing', 'show'),
       iif(i % 7 = 0, NULL, i / 100 % 3), 0.7, 1, 'spring', 'day', clip, 'Clip ' || clip,
       iif(clip % 2, 'healing', 'ad'), 0.2, 'thompson', 'it had the best draw among five',
       iif(s >= :kept_s,
           json_array(json(:candidate), json(:candidate), json(:candidate), json(:candidate),
               json(:candidate)), '[]')
FROM past WHERE s >= :kept_s OR i % 100 = 0;

INSERT INTO play_events
    (play_id, event, at, local_date, tz_offset_minutes, clock_synced, position_s, detail,
     decision_id, visit_id, screen, clip_id, clip_title, clip_kind, campaign_id, chain)
SELECT play_id, event, strftime('%Y-%m-%dT%H:%M:%fZ', s + t, 'unixepoch'),
       date(s + t + 32400, 'unixepoch'), 540, 1, t, '', i + 1, visit,
       iif(visit IS NULL, 'healing', 'show'), clip, 'Clip ' || clip,
       iif(clip % 2, 'healing', 'ad'), iif(clip % 2, NULL, 1 + clip / 2 % :campaigns), randomblob(32)
FROM past, (SELECT 'playing' AS event, 0.0 AS t UNION ALL SELECT 'ended', 5.5)
WHERE event = 'playing' OR i % 20 <> 0 ORDER BY s + t;

INSERT INTO ratings
    (play_id, decision_id, value, source, at, local_date, tz_offset_minutes, clock_synced)
SELECT play_id, i + 1, i / 300 % 3 <> 0, 'panel', at, local_date, 540, 1
FROM past WHERE i % 100 = 0;

-- In the order of their key, so that each page is written once.
INSERT INTO emotion_samples
SELECT play_id, t, p, 0.4, 0.9 - p, 0.1, 0.1, 0.05, 0.05, 0.1, 0.1, 1, t % 10 = 0
FROM (
    SELECT play_id, value AS t, (i * 31 + value) % 10 / 10.0 AS p
    FROM (SELECT i, play_id FROM past WHERE visit IS NOT NULL ORDER BY play_id LIMIT -1)
    CROSS JOIN json_each(:seconds)
);

-- Reports carry the chain's head; the events' hashes are made up, so it does not hold.
INSERT INTO chain_checkpoints (kind, up_to_id, events, hash, at, local_date, mac)
SELECT 'start', id, id, randomblob(32), at, local_date, randomblob(32)
FROM play_events ORDER BY id DESC LIMIT 1 OFFSET 10;

DROP TABLE past;
