-- What a unit with a large past and a large library needs.

-- All that a list of single plays asks of a play's later events, next to each other and in the
-- order of the plays themselves: a month of them is read from end to end, not by random ids.
CREATE INDEX play_events_of_choice
    ON play_events (decision_id, event, position_s, clock_synced);

-- The last change of each clip and campaign, whoever made it: a running unit reads again what has
-- changed since it looked, not a hundred thousand clips for one.
CREATE TABLE library_changes (
    change INTEGER PRIMARY KEY AUTOINCREMENT,
    part TEXT NOT NULL CHECK (part IN ('clip', 'campaign')),
    id INTEGER NOT NULL,
    UNIQUE (part, id)
);

-- Not INSERT OR REPLACE: what a statement is to do on a conflict overrides its triggers' own.
CREATE TRIGGER clip_added AFTER INSERT ON clips
BEGIN
    DELETE FROM library_changes WHERE part = 'clip' AND id = NEW.id;
    INSERT INTO library_changes (part, id) VALUES ('clip', NEW.id);
END;
CREATE TRIGGER clip_changed AFTER UPDATE ON clips
BEGIN
    DELETE FROM library_changes WHERE part = 'clip' AND id = NEW.id;
    INSERT INTO library_changes (part, id) VALUES ('clip', NEW.id);
END;
CREATE TRIGGER clip_removed AFTER DELETE ON clips
BEGIN
    DELETE FROM library_changes WHERE part = 'clip' AND id = OLD.id;
    INSERT INTO library_changes (part, id) VALUES ('clip', OLD.id);
END;
CREATE TRIGGER clip_tagged AFTER INSERT ON clip_tags
BEGIN
    DELETE FROM library_changes WHERE part = 'clip' AND id = NEW.clip_id;
    INSERT INTO library_changes (part, id) VALUES ('clip', NEW.clip_id);
END;
CREATE TRIGGER clip_untagged AFTER DELETE ON clip_tags
BEGIN
    DELETE FROM library_changes WHERE part = 'clip' AND id = OLD.clip_id;
    INSERT INTO library_changes (part, id) VALUES ('clip', OLD.clip_id);
END;

CREATE TRIGGER campaign_added AFTER INSERT ON campaigns
BEGIN
    DELETE FROM library_changes WHERE part = 'campaign' AND id = NEW.id;
    INSERT INTO library_changes (part, id) VALUES ('campaign', NEW.id);
END;
CREATE TRIGGER campaign_changed AFTER UPDATE ON campaigns
BEGIN
    DELETE FROM library_changes WHERE part = 'campaign' AND id = NEW.id;
    INSERT INTO library_changes (part, id) VALUES ('campaign', NEW.id);
END;
CREATE TRIGGER campaign_removed AFTER DELETE ON campaigns
BEGIN
    DELETE FROM library_changes WHERE part = 'campaign' AND id = OLD.id;
    INSERT INTO library_changes (part, id) VALUES ('campaign', OLD.id);
END;
CREATE TRIGGER daypart_added AFTER INSERT ON dayparts
BEGIN
    DELETE FROM library_changes WHERE part = 'campaign' AND id = NEW.campaign_id;
    INSERT INTO library_changes (part, id) VALUES ('campaign', NEW.campaign_id);
END;
CREATE TRIGGER daypart_removed AFTER DELETE ON dayparts
BEGIN
    DELETE FROM library_changes WHERE part = 'campaign' AND id = OLD.campaign_id;
    INSERT INTO library_changes (part, id) VALUES ('campaign', OLD.campaign_id);
END;
