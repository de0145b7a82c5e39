-- Every test of the catalogue for every provider: one that is never ordered counts among the peers as zero.
WITH ordered AS (
  SELECT provider_id, specialty, patient_id, test_code FROM order_facts
  WHERE status NOT IN ('CANCELLED', 'REJECTED') AND provider_id IS NOT NULL AND patient_id IS NOT NULL AND specialty IS NOT NULL
),
providers_of AS (
  SELECT provider_id, min(specialty) AS specialty, count(DISTINCT patient_id) AS patients FROM ordered GROUP BY provider_id
),
grid AS (
  SELECT p.provider_id, p.specialty, p.patients, t.test_code FROM providers_of p CROSS JOIN (SELECT DISTINCT test_code FROM tests) AS t
),
counted AS (
  SELECT provider_id, test_code, count(*) AS n FROM ordered GROUP BY provider_id, test_code
),
rates AS (
  SELECT g.provider_id, g.specialty, g.test_code, g.patients, coalesce(c.n, 0) AS tests,
    ratio(100.0 * coalesce(c.n, 0), g.patients) AS per_100
  FROM grid g
  LEFT JOIN counted c ON c.provider_id = g.provider_id AND c.test_code = g.test_code
),
medians AS (
  SELECT specialty, test_code, count(*) AS peers, percentile(0.5, per_100) AS median FROM rates
  WHERE patients >= 10
  GROUP BY specialty, test_code
)
SELECT x.provider_id, x.test_code, x.specialty, x.patients, x.tests, x.per_100, coalesce(m.peers, 0) AS peers,
  CASE WHEN m.peers >= 5 THEN m.median END AS peer_median,
  CASE WHEN x.patients >= 10 AND m.peers >= 5 AND m.median > 0 THEN ratio(x.per_100, m.median) END AS ratio
FROM rates x
LEFT JOIN medians m ON m.specialty = x.specialty AND m.test_code = x.test_code
