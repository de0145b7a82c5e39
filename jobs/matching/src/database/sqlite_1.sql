CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS loaded_run (
    publication TEXT NOT NULL, run_id TEXT NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY (publication, run_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reference_record (
    record INTEGER PRIMARY KEY AUTOINCREMENT, data_source TEXT NOT NULL, patient_id TEXT NOT NULL, person_id TEXT NOT NULL, cluster TEXT,
    columns TEXT NOT NULL, normalised TEXT NOT NULL, fingerprint BLOB NOT NULL, observed TEXT NOT NULL,
    publication TEXT NOT NULL, run_id TEXT NOT NULL, source_file TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS reference_record_key ON reference_record (data_source, patient_id);
CREATE INDEX IF NOT EXISTS reference_record_cluster ON reference_record (cluster) WHERE cluster IS NOT NULL;
CREATE INDEX IF NOT EXISTS reference_record_run ON reference_record (publication, run_id);
CREATE TABLE IF NOT EXISTS reference_history (
    history INTEGER PRIMARY KEY, data_source TEXT NOT NULL, patient_id TEXT NOT NULL,
    columns TEXT NOT NULL, normalised TEXT NOT NULL, fingerprint BLOB NOT NULL, observed TEXT NOT NULL,
    publication TEXT NOT NULL, run_id TEXT NOT NULL, source_file TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS reference_history_key ON reference_history (data_source, patient_id);
CREATE INDEX IF NOT EXISTS reference_history_run ON reference_history (publication, run_id);
CREATE TABLE IF NOT EXISTS person (person_id TEXT PRIMARY KEY, merged_into TEXT, record INTEGER) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE IF NOT EXISTS alias (
    data_source TEXT NOT NULL, patient_id TEXT NOT NULL, person_id TEXT NOT NULL, fingerprint BLOB NOT NULL,
    made_by TEXT NOT NULL, PRIMARY KEY (data_source, patient_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block_key (
    pass INTEGER NOT NULL, key INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (pass, key, record)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS term_frequency (
    field TEXT NOT NULL, value INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (field, value)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS model (
    name TEXT NOT NULL, version INTEGER NOT NULL, content TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (name, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS review (
    review_id TEXT PRIMARY KEY, kind TEXT NOT NULL, run TEXT NOT NULL, outcomes_sequence INTEGER NOT NULL,
    data_source TEXT NOT NULL, patient_id TEXT NOT NULL, feed TEXT NOT NULL, fingerprint TEXT NOT NULL, reason TEXT NOT NULL,
    candidates TEXT NOT NULL, more INTEGER NOT NULL, weight REAL, repairs TEXT NOT NULL, again TEXT,
    opened_at TEXT NOT NULL, state TEXT NOT NULL, version INTEGER NOT NULL, skips INTEGER NOT NULL DEFAULT 0,
    reserved_by TEXT, reserved_until TEXT, assigned_to TEXT, settled_at TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS review_state ON review (state, kind);
CREATE INDEX IF NOT EXISTS review_key ON review (data_source, patient_id);
CREATE TABLE IF NOT EXISTS decision (
    decision_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, review_id TEXT, action TEXT NOT NULL, reviewer TEXT NOT NULL,
    decided_at TEXT NOT NULL, review_version INTEGER NOT NULL, data_source TEXT, patient_id TEXT, person_id TEXT,
    record_data_source TEXT, record_patient_id TEXT, fingerprint TEXT, person_fingerprint TEXT, undoes TEXT, comment TEXT,
    detail TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS decision_review ON decision (review_id);
CREATE INDEX IF NOT EXISTS decision_sequence ON decision (sequence);
CREATE INDEX IF NOT EXISTS decision_undoes ON decision (undoes) WHERE undoes IS NOT NULL;
CREATE TRIGGER IF NOT EXISTS decision_is_not_changed BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
CREATE TRIGGER IF NOT EXISTS decision_is_not_deleted BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are only added'); END;
CREATE TRIGGER IF NOT EXISTS model_is_not_changed BEFORE UPDATE ON model
BEGIN SELECT RAISE(ABORT, 'models are only added'); END;
