WITH billed AS (
  SELECT order_id, count(*) FILTER (WHERE NOT void) AS active, count(*) AS n FROM cur_charges GROUP BY order_id
),
completed AS (
  SELECT f.account_id, local_month(f.final_at, f.time_zone) AS month, f.final_at, f.list_price_cents,
    coalesce(b.active, 0) AS active, coalesce(b.n, 0) AS n
  FROM order_facts f
  LEFT JOIN billed b ON b.order_id = f.order_id
  WHERE f.status NOT IN ('CANCELLED', 'REJECTED') AND f.final_at IS NOT NULL
    AND f.final_at <= add_minutes(start_of_day(:as_of), -1440 * :unbilled_after_days)
)
SELECT account_id, month, count(*) AS completed, count(*) FILTER (WHERE active = 0) AS unbilled,
  count(*) FILTER (WHERE active = 0 AND n > 0) AS voided_only, count(*) FILTER (WHERE active > 1) AS billed_twice,
  coalesce(sum(list_price_cents) FILTER (WHERE active = 0), 0) AS unbilled_cents,
  max(CASE WHEN active = 0 THEN floor_int(minutes_between(final_at, start_of_day(:as_of)) / 1440.0) END) AS oldest_days
FROM completed
GROUP BY account_id, month
