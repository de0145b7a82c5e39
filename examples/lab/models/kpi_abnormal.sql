WITH current AS (
  SELECT o.test_code, r.analyte, local_month(r.verified_at, o.time_zone) AS month, r.is_abnormal, r.is_critical
  FROM cur_results r
  JOIN order_facts o ON o.order_id = r.order_id
  WHERE r.is_current AND r.verified_at IS NOT NULL
),
counted AS (
  SELECT test_code, analyte, month, count(*) AS results, count(is_abnormal) AS judged, count(*) FILTER (WHERE is_abnormal) AS abnormal,
    count(*) FILTER (WHERE is_critical) AS critical
  FROM current
  GROUP BY test_code, analyte, month
)
SELECT test_code, analyte, month, results, judged, results - judged AS unjudged, abnormal, critical,
  ratio(abnormal, judged) AS abnormal_rate, ratio(critical, results) AS critical_rate
FROM counted
