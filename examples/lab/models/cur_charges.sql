SELECT charge_id, order_id, amount_cents, posted_at, void
FROM previous
