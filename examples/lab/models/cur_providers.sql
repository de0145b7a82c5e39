-- An NPI has ten digits, and a check digit by Luhn over 80840 and the digits: the prefix adds 24.
WITH digits AS (
  SELECT provider_id, npi, last_name, first_name, coalesce(specialty, 'UNKNOWN') AS specialty, account_id,
    try_cast(substr(npi, 1, 1) AS bigint) AS d1, try_cast(substr(npi, 2, 1) AS bigint) AS d2,
    try_cast(substr(npi, 3, 1) AS bigint) AS d3, try_cast(substr(npi, 4, 1) AS bigint) AS d4,
    try_cast(substr(npi, 5, 1) AS bigint) AS d5, try_cast(substr(npi, 6, 1) AS bigint) AS d6,
    try_cast(substr(npi, 7, 1) AS bigint) AS d7, try_cast(substr(npi, 8, 1) AS bigint) AS d8,
    try_cast(substr(npi, 9, 1) AS bigint) AS d9, try_cast(substr(npi, 10, 1) AS bigint) AS d10
  FROM providers
  WHERE _run_id IN (SELECT max(_run_id) FROM providers)
),
summed AS (
  SELECT provider_id, npi, last_name, first_name, specialty, account_id,
    24 + d2 + d4 + d6 + d8 + d10
      + CASE WHEN d1 > 4 THEN 2 * d1 - 9 ELSE 2 * d1 END + CASE WHEN d3 > 4 THEN 2 * d3 - 9 ELSE 2 * d3 END
      + CASE WHEN d5 > 4 THEN 2 * d5 - 9 ELSE 2 * d5 END + CASE WHEN d7 > 4 THEN 2 * d7 - 9 ELSE 2 * d7 END
      + CASE WHEN d9 > 4 THEN 2 * d9 - 9 ELSE 2 * d9 END AS luhn
  FROM digits
)
SELECT provider_id, npi, last_name, first_name, specialty, account_id,
  regexp_like(npi, '^[0-9]{10}$') AND luhn % 10 = 0 AS npi_valid
FROM summed
