ALTER TABLE reference_record ADD COLUMN IF NOT EXISTS partner TEXT COLLATE "C";
UPDATE reference_record SET partner = columns::json ->> 'partner';
CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL);
-- Who may do what. Roles are made by whoever runs the server; those that are there are given their rights.
DO $$
DECLARE here text := quote_ident(current_schema());
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'carelake_loader') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO carelake_loader', here);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO carelake_loader', here);
        GRANT INSERT, UPDATE, DELETE ON setting, loaded_run, reference_record, reference_history, person, block_key, term_frequency
            TO carelake_loader;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'carelake_matcher') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO carelake_matcher', here);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO carelake_matcher', here);
        GRANT INSERT, UPDATE, DELETE ON review, alias TO carelake_matcher;
        GRANT INSERT ON model TO carelake_matcher;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'carelake_reviewer') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO carelake_reviewer', here);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %s TO carelake_reviewer', here);
        GRANT INSERT ON decision TO carelake_reviewer;
        GRANT UPDATE ON review TO carelake_reviewer;
        -- Merging and splitting put records together anew.
        GRANT UPDATE (person_id, cluster) ON reference_record TO carelake_reviewer;
        GRANT INSERT, UPDATE ON person, setting TO carelake_reviewer;
    END IF;
END $$;
