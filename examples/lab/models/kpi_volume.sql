-- A month with nothing is a row of zeros: the step before has put it there.
WITH filled AS (
  SELECT account_id, month, coalesce(accessions, 0) AS accessions, coalesce(tests, 0) AS tests, coalesce(cancelled, 0) AS cancelled,
    coalesce(patients, 0) AS patients
  FROM previous
),
compared AS (
  SELECT account_id, month, accessions, tests, cancelled, patients,
    lag(tests) OVER (PARTITION BY account_id ORDER BY month) AS prior_tests
  FROM filled
)
SELECT account_id, month, accessions, tests, cancelled, patients, prior_tests, tests - prior_tests AS change,
  ratio(tests - prior_tests, prior_tests) AS change_rate
FROM compared
