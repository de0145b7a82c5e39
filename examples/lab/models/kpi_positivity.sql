-- 1 to 10 tested are hidden. The four weeks are told only where each of them with tests has 11 or more: else a hidden week could be found
-- by subtraction.
WITH looked_for AS (
  SELECT DISTINCT a.analyte FROM analytes a JOIN tests t ON t.test_code = a.test_code
  WHERE t.department IN ('MOLECULAR', 'MICROBIOLOGY')
),
current AS (
  SELECT r.analyte, o.lab_id, iso_week(o.collected_at, o.time_zone) AS week, r.value_code
  FROM cur_results r
  JOIN order_facts o ON o.order_id = r.order_id
  JOIN looked_for l ON l.analyte = r.analyte
  WHERE r.is_current AND r.verified_at IS NOT NULL AND o.collected_at IS NOT NULL AND o.status NOT IN ('CANCELLED', 'REJECTED')
),
weeks AS (
  SELECT analyte, lab_id, week, count(*) FILTER (WHERE value_code IN ('POS', 'NEG')) AS tested,
    count(*) FILTER (WHERE value_code = 'POS') AS positive,
    count(*) FILTER (WHERE value_code IS NULL OR value_code = 'INVALID') AS invalid
  FROM current
  GROUP BY analyte, lab_id, week
),
four AS (
  SELECT a.analyte, a.lab_id, a.week, a.tested, a.positive, a.invalid, sum(b.tested) AS tested_4w, sum(b.positive) AS positive_4w,
    min(CASE WHEN b.tested > 0 THEN b.tested END) AS least
  FROM weeks a
  JOIN weeks b ON b.analyte = a.analyte AND b.lab_id = a.lab_id AND b.week <= a.week AND b.week > a.week - INTERVAL '28' DAY
  GROUP BY a.analyte, a.lab_id, a.week, a.tested, a.positive, a.invalid
)
SELECT analyte, lab_id, week, tested, invalid, tested BETWEEN 1 AND 10 AS suppressed,
  CASE WHEN tested >= 11 THEN positive END AS positive, CASE WHEN tested >= 11 THEN ratio(positive, tested) END AS rate,
  CASE WHEN least >= 11 THEN ratio(positive_4w, tested_4w) END AS rate_4w
FROM four
