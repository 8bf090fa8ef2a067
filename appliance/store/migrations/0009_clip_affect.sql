-- What a clip does to those who see it, over time; as a whole it stands in clips.valence, .arousal.
-- curve: JSON [[t_s, valence, arousal], ...], both -1..1. told_by: the regressor and its version.
CREATE TABLE clip_affect (
    clip_id INTEGER PRIMARY KEY REFERENCES clips (id) ON DELETE CASCADE,
    told_by TEXT NOT NULL,
    told_at TEXT NOT NULL,
    valence REAL NOT NULL CHECK (valence BETWEEN -1 AND 1),
    arousal REAL NOT NULL CHECK (arousal BETWEEN -1 AND 1),
    curve TEXT NOT NULL CHECK (json_valid(curve))
);
