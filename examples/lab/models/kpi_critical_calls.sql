WITH calls AS (
  SELECT * FROM critical_calls
  QUALIFY row_number() OVER (PARTITION BY call_id ORDER BY updated_at DESC, seq DESC) = 1
),
critical AS (
  SELECT r.result_id, o.lab_id, r.verified_at, local_month(r.verified_at, o.time_zone) AS month
  FROM cur_results r
  JOIN order_facts o ON o.order_id = r.order_id
  WHERE r.is_critical AND r.status IN ('F', 'C') AND r.verified_at IS NOT NULL
),
called AS (
  SELECT r.result_id, r.lab_id, r.month, r.verified_at, count(c.result_id) AS attempts,
    min(CASE WHEN c.reached AND c.called_at >= r.verified_at THEN c.called_at END) AS first_call
  FROM critical r
  LEFT JOIN calls c ON c.result_id = r.result_id
  GROUP BY r.result_id, r.lab_id, r.month, r.verified_at
),
timed AS (
  SELECT lab_id, month, attempts, minutes_between(verified_at, first_call) AS after_min FROM called
)
SELECT lab_id, month, count(*) AS critical, count(after_min) AS reached, count(*) FILTER (WHERE after_min <= 30) AS in_30_min,
  count(*) FILTER (WHERE attempts = 0) AS never_called, ratio(count(*) FILTER (WHERE after_min <= 30), count(*)) AS in_30_rate,
  percentile(0.5, after_min) AS p50_min
FROM timed
GROUP BY lab_id, month
