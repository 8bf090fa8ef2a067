-- What is remembered of each clip under each expression: answers and weaker signs, fading. What
-- people answered stays counted in clip_scores. Expression -1: the unit had abstained.
CREATE TABLE clip_memories (
    clip_id INTEGER NOT NULL REFERENCES clips (id) ON DELETE CASCADE,
    expression INTEGER NOT NULL CHECK (expression BETWEEN -1 AND 2),
    likes REAL NOT NULL CHECK (likes >= 0),
    dislikes REAL NOT NULL CHECK (dislikes >= 0),
    -- Half-lives gone by in all, and the local day up to which time was counted.
    age REAL NOT NULL DEFAULT 0,
    day TEXT,
    PRIMARY KEY (clip_id, expression)
) WITHOUT ROWID;
INSERT INTO clip_memories (clip_id, expression, likes, dislikes, day)
SELECT clip_id, expression, likes, dislikes, substr(updated_at, 1, 10) FROM clip_scores;

-- The part of a choice's probability that every eligible clip has, and what its play taught.
ALTER TABLE decisions ADD COLUMN floor REAL NOT NULL DEFAULT 0 CHECK (floor BETWEEN 0 AND 1);
ALTER TABLE decisions ADD COLUMN learned_from TEXT CHECK (
    learned_from IN ('rating', 'interest', 'left-early', 'interest-and-left-early'));
ALTER TABLE decisions ADD COLUMN learned_reward REAL CHECK (learned_reward BETWEEN 0 AND 1);
ALTER TABLE decisions ADD COLUMN learned_weight REAL CHECK (learned_weight BETWEEN 0 AND 1);
ALTER TABLE decisions ADD COLUMN learned_interest REAL CHECK (learned_interest BETWEEN 0 AND 1);
ALTER TABLE decisions ADD COLUMN learned_age REAL;
UPDATE decisions SET
    learned_from = 'rating',
    learned_reward = (SELECT value FROM ratings WHERE decision_id = decisions.id),
    learned_weight = 1,
    learned_age = 0
WHERE id IN (SELECT decision_id FROM ratings WHERE value IS NOT NULL) AND clip_id IN (SELECT id FROM clips);
