-- The current value of each analyte of an order: verified last, then the greater id.
SELECT r.order_id, o.test_code, r.analyte, r.value_num, r.value_code
FROM cur_results r
JOIN cur_orders o ON o.order_id = r.order_id
WHERE r.is_current
QUALIFY row_number() OVER (PARTITION BY r.order_id, r.analyte ORDER BY r.verified_at DESC, r.result_id DESC) = 1
