WITH problems AS (
  SELECT account_id, activity_month AS month, patient_id IS NULL AS no_patient, provider_id IS NULL AS no_provider,
    collected_at IS NULL AS no_collection, time_problem, priority_unknown, account_name IS NULL AS no_account
  FROM order_facts
  WHERE status <> 'CANCELLED'
)
SELECT account_id, month, count(*) AS orders, count(*) FILTER (WHERE no_patient) AS no_patient,
  count(*) FILTER (WHERE no_provider) AS no_provider, count(*) FILTER (WHERE no_collection) AS no_collection_time,
  count(*) FILTER (WHERE time_problem) AS impossible_times, count(*) FILTER (WHERE priority_unknown) AS unknown_priority,
  count(*) FILTER (WHERE no_account) AS unknown_account,
  1.0 - ratio(count(*) FILTER (WHERE no_patient OR no_provider OR no_collection OR time_problem OR priority_unknown OR no_account), count(*))
    AS complete_rate
FROM problems
GROUP BY account_id, month
