-- The editor's own words for a clip, and what a converted clip was made of.

CREATE TABLE clip_tags (
    clip_id INTEGER NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
    tag TEXT NOT NULL CHECK (tag <> ''),
    PRIMARY KEY (clip_id, tag)
) WITHOUT ROWID;
CREATE INDEX clip_tags_by_tag ON clip_tags (tag);

-- Of the file as it was handed in, so that the same film is known before it is converted again.
-- NULL: it was taken as it is, and sha256 is the file's own.
ALTER TABLE clips ADD COLUMN original_sha256 TEXT;
CREATE UNIQUE INDEX clips_by_original ON clips (original_sha256);
