-- The newest full copy. A zone that is missing is UTC, and said so.
SELECT account_id, trim(account_name) AS account_name, parent_account_id, client_type, state,
  coalesce(time_zone, 'UTC') AS time_zone, time_zone IS NULL AS time_zone_missing, opened_on
FROM accounts
WHERE _run_id IN (SELECT max(_run_id) FROM accounts)
