SELECT account_id, activity_month AS month, count(DISTINCT accession) AS accessions,
  count(*) FILTER (WHERE status <> 'CANCELLED') AS tests, count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled,
  count(DISTINCT patient_id) AS patients
FROM order_facts
GROUP BY account_id, activity_month
