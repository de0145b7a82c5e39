-- The order before, of the same patient and test, wherever it was ordered.
WITH eligible AS (
  SELECT f.test_code, f.account_id, f.list_price_cents, f.collected_at, local_month(f.collected_at, f.time_zone) AS month,
    lag(f.collected_at) OVER (PARTITION BY f.patient_id, f.test_code ORDER BY f.collected_at, f.order_id) AS collected_before
  FROM order_facts f
  JOIN (SELECT test_code, serial_ok FROM tests WHERE _run_id IN (SELECT max(_run_id) FROM tests)) AS t ON t.test_code = f.test_code
  WHERE f.status NOT IN ('CANCELLED', 'REJECTED') AND f.collected_at IS NOT NULL AND f.patient_id IS NOT NULL AND NOT t.serial_ok
),
judged AS (
  SELECT test_code, account_id, month, list_price_cents,
    coalesce(minutes_between(collected_before, collected_at) <= 1440, false) AS in_24h,
    coalesce(minutes_between(collected_before, collected_at) <= 4320, false) AS in_72h
  FROM eligible
)
SELECT test_code, account_id, month, count(*) AS orders, count(*) FILTER (WHERE in_24h) AS duplicates_24h,
  count(*) FILTER (WHERE in_72h) AS duplicates_72h, ratio(count(*) FILTER (WHERE in_72h), count(*)) AS duplicate_rate_72h,
  coalesce(sum(list_price_cents) FILTER (WHERE in_72h), 0) AS duplicate_cents
FROM judged
GROUP BY test_code, account_id, month
