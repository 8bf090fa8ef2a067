-- What passers-by are told of the answers to a clip: they move on by five at once, so that no two
-- looks at the ranking differ by a single visitor's answer.
CREATE TABLE told_answers (
    clip_id INTEGER PRIMARY KEY REFERENCES clips (id) ON DELETE CASCADE,
    likes REAL NOT NULL DEFAULT 0,
    answers REAL NOT NULL DEFAULT 0,
    waiting_likes REAL NOT NULL,
    waiting_answers REAL NOT NULL
);

INSERT INTO told_answers (clip_id, waiting_likes, waiting_answers)
SELECT clip_id, sum(likes), sum(likes + dislikes) FROM clip_scores GROUP BY clip_id;

CREATE TRIGGER answers_told AFTER UPDATE OF waiting_answers ON told_answers
WHEN NEW.waiting_answers >= 5
BEGIN
    UPDATE told_answers SET
        likes = likes + waiting_likes, answers = answers + waiting_answers,
        waiting_likes = 0, waiting_answers = 0
    WHERE clip_id = NEW.clip_id;
END;

-- Those that were there before are told at once where they are enough.
UPDATE told_answers SET waiting_answers = waiting_answers;

CREATE TRIGGER answer_waits_first AFTER INSERT ON clip_scores
BEGIN
    INSERT INTO told_answers (clip_id, waiting_likes, waiting_answers) VALUES (NEW.clip_id, 0, 0)
    ON CONFLICT DO NOTHING;
    UPDATE told_answers SET
        waiting_likes = waiting_likes + NEW.likes,
        waiting_answers = waiting_answers + NEW.likes + NEW.dislikes
    WHERE clip_id = NEW.clip_id;
END;

CREATE TRIGGER answer_waits AFTER UPDATE OF likes, dislikes ON clip_scores
BEGIN
    UPDATE told_answers SET
        waiting_likes = waiting_likes + NEW.likes - OLD.likes,
        waiting_answers = waiting_answers + NEW.likes + NEW.dislikes - OLD.likes - OLD.dislikes
    WHERE clip_id = NEW.clip_id;
END;

-- Which unit a report is of: drawn at random, no number of the machine's; copies keep it.
INSERT OR IGNORE INTO meta (key, value) VALUES ('unit_id', lower(hex(randomblob(8))));
