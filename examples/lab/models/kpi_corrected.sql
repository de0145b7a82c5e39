WITH corrections AS (
  SELECT corrects_result_id, min(verified_at) AS corrected_at FROM cur_results
  WHERE status = 'C' AND corrects_result_id IS NOT NULL
  GROUP BY corrects_result_id
),
finals AS (
  SELECT o.lab_id, o.department, local_month(r.verified_at, o.time_zone) AS month,
    minutes_between(r.verified_at, c.corrected_at) / 60.0 AS hours
  FROM cur_results r
  JOIN order_facts o ON o.order_id = r.order_id
  LEFT JOIN corrections c ON c.corrects_result_id = r.result_id
  WHERE r.status = 'F' AND r.verified_at IS NOT NULL
)
SELECT lab_id, department, month, count(*) AS finals, count(hours) AS corrected, ratio(count(hours), count(*)) AS corrected_rate,
  percentile(0.5, hours) AS p50_hours
FROM finals
GROUP BY lab_id, department, month
