-- Days that the unit has run, for one whose clock is never set: the last row of each table when
-- such a day began. Rows up to these are older than that.
CREATE TABLE own_days (
    day INTEGER PRIMARY KEY,
    play_events INTEGER NOT NULL,
    decisions INTEGER NOT NULL,
    ratings INTEGER NOT NULL,
    visits INTEGER NOT NULL
);
