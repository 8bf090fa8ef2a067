-- All that a list of single plays asks of a play's later events, next to each other and in the
-- order of the plays themselves: a month of them is read from end to end, not by random ids.
CREATE INDEX play_events_of_choice
    ON play_events (decision_id, event, position_s, clock_synced);
