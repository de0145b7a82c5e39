-- What the queue of questions is read by: in its usual order, with all that it is filtered by.
CREATE INDEX IF NOT EXISTS review_waiting ON review (
    skips, abs(coalesce(weight, 1e9)), review_id, state, kind, feed, data_source, reason, outcomes_sequence, reserved_by, reserved_until,
    assigned_to, opened_at, weight, repairs
) WHERE state IN ('open', 'disputed');
CREATE INDEX IF NOT EXISTS decision_reviewer ON decision (reviewer, decided_at);
CREATE INDEX IF NOT EXISTS decision_record ON decision (data_source, patient_id);
CREATE INDEX IF NOT EXISTS decision_person ON decision (record_data_source, record_patient_id);
CREATE INDEX IF NOT EXISTS decision_undo ON decision (undoes) WHERE action = 'undo';
