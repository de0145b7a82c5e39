-- The newest version of each order; deleted ones are left out, whatever came before.
WITH newest AS (
  SELECT * FROM orders
  QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC, seq DESC) = 1
),
words AS (
  SELECT order_id, accession, account_id, provider_id, patient_id, test_code, upper(trim(priority)) AS priority, lab_id,
    ordered_at, collected_at, received_at, upper(trim(status)) AS status, upper(trim(reject_reason)) AS reason,
    list_price_cents, updated_at
  FROM newest
  WHERE NOT deleted
)
SELECT order_id, accession, account_id, provider_id, patient_id, test_code,
  CASE priority WHEN 'STAT' THEN 'STAT' WHEN 'ASAP' THEN 'ASAP' ELSE 'ROUTINE' END AS priority,
  coalesce(priority NOT IN ('STAT', 'ASAP', 'ROUTINE'), true) AS priority_unknown,
  lab_id, ordered_at, collected_at, received_at, status,
  CASE
    WHEN status <> 'REJECTED' THEN NULL
    WHEN reason IN ('QNS', 'QUANTITY NOT SUFFICIENT') THEN 'QNS'
    WHEN reason IN ('HEMOLYZED', 'HEMOLYSED') THEN 'HEMOLYZED'
    WHEN reason = 'CLOTTED' THEN 'CLOTTED'
    WHEN reason = 'MISLABELED' THEN 'MISLABELED'
    ELSE 'OTHER'
  END AS reject_reason,
  list_price_cents, updated_at
FROM words
