-- The partner of a record has a column of its own, so that a run need not read all columns for it. Numbers are given by the load.
DROP TABLE IF EXISTS reference_record_2;
CREATE TABLE reference_record_2 (
    record INTEGER PRIMARY KEY, data_source TEXT NOT NULL, patient_id TEXT NOT NULL, person_id TEXT NOT NULL, cluster TEXT,
    columns TEXT NOT NULL, normalised TEXT NOT NULL, fingerprint BLOB NOT NULL, observed TEXT NOT NULL,
    publication TEXT NOT NULL, run_id TEXT NOT NULL, source_file TEXT NOT NULL, partner TEXT
);
INSERT INTO reference_record_2
SELECT record, data_source, patient_id, person_id, cluster, columns, normalised, fingerprint, observed, publication, run_id, source_file,
    columns ->> '$.partner'
FROM reference_record;
DROP TABLE reference_record;
ALTER TABLE reference_record_2 RENAME TO reference_record;
CREATE UNIQUE INDEX reference_record_key ON reference_record (data_source, patient_id);
CREATE INDEX reference_record_cluster ON reference_record (cluster) WHERE cluster IS NOT NULL;
CREATE INDEX reference_record_run ON reference_record (publication, run_id);
