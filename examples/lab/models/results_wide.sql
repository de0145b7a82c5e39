SELECT n.order_id, n.test_code, n.wbc, n.hgb, n.hct, n.plt, n.na, n.k, n.cl, n.co2, n.bun, n.crea, n.glu, n.ca, n.hba1c, n.tsh,
  c.sars2, c.flua, c.flub
FROM numbers n
LEFT JOIN codes c ON c.order_id = n.order_id
