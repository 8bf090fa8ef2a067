-- A thumbnail is a picture: this tells the library's own from one that does not belong there.
-- NULL: older than the column; it is then held against the clip itself.
ALTER TABLE clips ADD COLUMN thumbnail_sha256 TEXT;
