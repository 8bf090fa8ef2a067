-- Campaigns get a name, a promise in seconds per hour (share of voice), a priority and a switch.
-- The table is made anew, because its dates may now be left open.
CREATE TABLE campaigns_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    advertiser TEXT NOT NULL,
    starts_on TEXT,
    ends_on TEXT,
    share_s_per_hour REAL CHECK (share_s_per_hour > 0 AND share_s_per_hour <= 3600),
    max_plays_per_hour INTEGER CHECK (max_plays_per_hour > 0),
    target_plays INTEGER CHECK (target_plays > 0),
    priority INTEGER NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 9),
    is_fallback INTEGER NOT NULL DEFAULT 0 CHECK (is_fallback IN (0, 1)),
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    CHECK (starts_on <= ends_on),
    CHECK (target_plays IS NULL OR (starts_on IS NOT NULL AND ends_on IS NOT NULL))
);
INSERT INTO campaigns_new
    (id, name, advertiser, starts_on, ends_on, max_plays_per_hour, target_plays)
SELECT id, advertiser || ' ' || id, advertiser, starts_on, ends_on, max_plays_per_hour,
       target_plays
FROM campaigns;
-- An id is never given twice, those of removed campaigns included.
DELETE FROM sqlite_sequence WHERE name = 'campaigns_new';
INSERT INTO sqlite_sequence (name, seq)
SELECT 'campaigns_new', seq FROM sqlite_sequence WHERE name = 'campaigns';
DROP TABLE campaigns;
ALTER TABLE campaigns_new RENAME TO campaigns;

-- For which campaign a clip was chosen and how long it was to play. A choice that the unit itself
-- took back before it came on is withdrawn; one that merely lacks proof of play is not.
ALTER TABLE decisions ADD COLUMN campaign_id INTEGER;
ALTER TABLE decisions ADD COLUMN planned_s REAL NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN is_withdrawn INTEGER NOT NULL DEFAULT 0
    CHECK (is_withdrawn IN (0, 1));
CREATE INDEX decisions_for_campaigns ON decisions (decided_at) WHERE campaign_id IS NOT NULL;
CREATE INDEX play_events_of_campaign ON play_events (campaign_id, at)
    WHERE event = 'playing' AND campaign_id IS NOT NULL;

-- How often each campaign was chosen in all, choices taken back left out. Kept as a count, so
-- that purging old choices does not make a campaign look as if it had played less.
CREATE TABLE campaign_totals (
    campaign_id INTEGER PRIMARY KEY REFERENCES campaigns (id) ON DELETE CASCADE,
    chosen INTEGER NOT NULL DEFAULT 0
);
INSERT INTO campaign_totals (campaign_id, chosen)
SELECT campaign_id, count(*) FROM play_events
WHERE event = 'playing' AND campaign_id IN (SELECT id FROM campaigns) GROUP BY campaign_id;

CREATE TRIGGER campaign_chosen AFTER INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM campaigns WHERE id = NEW.campaign_id)
BEGIN
    INSERT INTO campaign_totals (campaign_id, chosen) VALUES (NEW.campaign_id, 1)
    ON CONFLICT (campaign_id) DO UPDATE SET chosen = chosen + 1;
END;

CREATE TRIGGER campaign_choice_withdrawn AFTER UPDATE OF is_withdrawn ON decisions
WHEN NEW.campaign_id IS NOT NULL AND NEW.is_withdrawn <> OLD.is_withdrawn
BEGIN
    UPDATE campaign_totals SET chosen = chosen + OLD.is_withdrawn - NEW.is_withdrawn
    WHERE campaign_id = NEW.campaign_id;
END;

-- The panel may have begun with a clip in the moment in which it was taken back.
CREATE TRIGGER campaign_choice_played_after_all AFTER INSERT ON play_events
WHEN NEW.event = 'playing'
BEGIN
    UPDATE decisions SET is_withdrawn = 0 WHERE play_id = NEW.play_id AND is_withdrawn = 1;
END;
