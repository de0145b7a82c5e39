-- What the queue of questions is read by: in its usual order. What it is filtered by is in the row: an entry of an index has a longest
-- length, and a list of repairs has none.
CREATE INDEX IF NOT EXISTS review_waiting ON review (skips, abs(coalesce(weight, 1e9)), review_id)
    WHERE state IN ('open', 'disputed');
CREATE INDEX IF NOT EXISTS decision_reviewer ON decision (reviewer, decided_at);
CREATE INDEX IF NOT EXISTS decision_record ON decision (data_source, patient_id);
CREATE INDEX IF NOT EXISTS decision_person ON decision (record_data_source, record_patient_id);
CREATE INDEX IF NOT EXISTS decision_undo ON decision (undoes) WHERE action = 'undo';
