-- Due is what is final, or past its target at the as-of midnight: an order that never ends is a breach, and no missing value.
WITH due AS (
  SELECT lab_id, test_code, priority, activity_month, receive_to_final_min IS NOT NULL AS is_done,
    coalesce(receive_to_final_min > target_min, true) AS is_breach
  FROM order_facts
  WHERE status NOT IN ('CANCELLED', 'REJECTED') AND received_at IS NOT NULL AND NOT time_problem
    AND (receive_to_final_min IS NOT NULL OR due_at < start_of_day(:as_of))
)
SELECT lab_id, test_code, priority, activity_month AS month, count(*) AS due, count(*) FILTER (WHERE is_breach) AS breaches,
  count(*) FILTER (WHERE NOT is_done) AS overdue_open, ratio(count(*) FILTER (WHERE is_breach), count(*)) AS breach_rate
FROM due
GROUP BY lab_id, test_code, priority, activity_month
