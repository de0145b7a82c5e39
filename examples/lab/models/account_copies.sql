SELECT account_id, trim(account_name) AS account_name, client_type, state, coalesce(time_zone, 'UTC') AS time_zone, _run_id AS copy
FROM accounts
