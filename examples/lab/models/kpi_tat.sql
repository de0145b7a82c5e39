SELECT lab_id, test_code, priority, activity_month AS month, count(*) AS orders, count(receive_to_final_min) AS measured,
  count(*) - count(receive_to_final_min) AS not_measurable,
  percentile(0.5, receive_to_final_min) AS p50_min, percentile(0.9, receive_to_final_min) AS p90_min,
  percentile(0.95, receive_to_final_min) AS p95_min, avg(receive_to_final_min) AS mean_min,
  percentile(0.9, collect_to_receive_min) AS collect_to_receive_p90_min,
  percentile(0.9, order_to_final_min) AS order_to_final_p90_min
FROM order_facts
WHERE status NOT IN ('CANCELLED', 'REJECTED')
GROUP BY lab_id, test_code, priority, activity_month
