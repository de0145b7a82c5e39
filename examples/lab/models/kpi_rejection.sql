WITH counted AS (
  SELECT lab_id, account_id, activity_month AS month, count(*) AS received, count(*) FILTER (WHERE status = 'REJECTED') AS rejected,
    count(*) FILTER (WHERE reject_reason = 'QNS') AS qns, count(*) FILTER (WHERE reject_reason = 'HEMOLYZED') AS hemolyzed,
    count(*) FILTER (WHERE reject_reason = 'CLOTTED') AS clotted, count(*) FILTER (WHERE reject_reason = 'MISLABELED') AS mislabeled,
    count(*) FILTER (WHERE reject_reason = 'OTHER') AS other
  FROM order_facts
  WHERE received_at IS NOT NULL AND status <> 'CANCELLED'
  GROUP BY lab_id, account_id, activity_month
)
SELECT lab_id, account_id, month, received, rejected, qns, hemolyzed, clotted, mislabeled, other,
  ratio(rejected, received) AS rejection_rate, ratio(qns, received) AS qns_rate
FROM counted
