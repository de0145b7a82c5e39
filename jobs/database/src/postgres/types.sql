WITH RECURSIVE used AS (
  SELECT unnest($1::pg_catalog.oid[]) AS oid
  UNION
  SELECT made.oid FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid
  CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) AS made(oid) WHERE made.oid <> 0
)
SELECT t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, coalesce(e.oid, 0), coalesce(e.typdelim, t.typdelim), n.nspname, p.proname
FROM used
JOIN pg_catalog.pg_type t ON t.oid = used.oid
JOIN pg_catalog.pg_proc p ON p.oid = t.typoutput
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
