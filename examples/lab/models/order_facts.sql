-- One row an order. It is final when every analyte that the catalogue expects has been final, at the latest of these first times; a later
-- correction changes nothing of that.
WITH expected AS (
  SELECT DISTINCT test_code, analyte FROM analytes WHERE _run_id IN (SELECT max(_run_id) FROM analytes)
),
needed AS (
  SELECT test_code, count(*) AS n FROM expected GROUP BY test_code
),
first_final AS (
  SELECT order_id, analyte, min(verified_at) AS at FROM cur_results
  WHERE status IN ('F', 'C') AND verified_at IS NOT NULL
  GROUP BY order_id, analyte
),
reached AS (
  SELECT o.order_id, o.test_code, count(*) AS n, max(f.at) AS latest
  FROM cur_orders o
  JOIN expected e ON e.test_code = o.test_code
  JOIN first_final f ON f.order_id = o.order_id AND f.analyte = e.analyte
  GROUP BY o.order_id, o.test_code
),
final AS (
  SELECT r.order_id, r.latest AS final_at FROM reached r JOIN needed n ON n.test_code = r.test_code AND n.n = r.n
),
counted AS (
  SELECT order_id, count(*) AS n_results, count(*) FILTER (WHERE is_abnormal) AS n_abnormal, count(*) FILTER (WHERE is_critical) AS n_critical
  FROM cur_results
  WHERE is_current
  GROUP BY order_id
),
catalogue AS (
  SELECT test_code, department, stat_target_min, routine_target_min FROM tests WHERE _run_id IN (SELECT max(_run_id) FROM tests)
),
joined AS (
  SELECT o.order_id, o.accession, o.account_id, a.account_name, a.state, coalesce(a.time_zone, 'UTC') AS time_zone, o.provider_id,
    pr.specialty, p.survivor_id AS patient_id, o.test_code, t.department, o.lab_id, o.priority, o.priority_unknown, o.status,
    o.reject_reason, o.ordered_at, o.collected_at, o.received_at, f.final_at, coalesce(c.n_results, 0) AS n_results,
    coalesce(c.n_abnormal, 0) AS n_abnormal, coalesce(c.n_critical, 0) AS n_critical,
    CASE WHEN o.priority = 'STAT' THEN t.stat_target_min ELSE t.routine_target_min END AS target_min, o.list_price_cents,
    coalesce(o.received_at, o.collected_at, o.ordered_at) AS activity_at,
    coalesce(o.received_at < o.collected_at, false) OR coalesce(f.final_at < o.received_at, false) AS time_problem
  FROM cur_orders o
  LEFT JOIN cur_accounts a ON a.account_id = o.account_id
  LEFT JOIN cur_providers pr ON pr.provider_id = o.provider_id
  LEFT JOIN cur_patients p ON p.patient_id = o.patient_id
  LEFT JOIN catalogue t ON t.test_code = o.test_code
  LEFT JOIN final f ON f.order_id = o.order_id
  LEFT JOIN counted c ON c.order_id = o.order_id
)
SELECT order_id, accession, account_id, account_name, state, time_zone, provider_id, specialty, patient_id, test_code, department, lab_id,
  priority, priority_unknown, status, reject_reason, ordered_at, collected_at, received_at, final_at, n_results, n_abnormal, n_critical,
  target_min, list_price_cents, time_problem, local_month(activity_at, time_zone) AS activity_month,
  CASE WHEN collected_at <= received_at THEN minutes_between(collected_at, received_at) END AS collect_to_receive_min,
  CASE WHEN received_at <= final_at AND NOT time_problem THEN minutes_between(received_at, final_at) END AS receive_to_final_min,
  CASE WHEN ordered_at <= final_at AND NOT time_problem THEN minutes_between(ordered_at, final_at) END AS order_to_final_min,
  add_minutes(received_at, target_min) AS due_at
FROM joined
