WITH RECURSIVE listed AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relpages
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ANY ($1::pg_catalog.text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND c.relpersistence <> 't' AND NOT c.relispartition
), below AS (
  SELECT listed.oid AS root, listed.oid, listed.relkind FROM listed WHERE listed.relkind = 'p'
  UNION ALL
  SELECT below.root, i.inhrelid, c.relkind FROM below
  JOIN pg_catalog.pg_inherits i ON i.inhparent = below.oid JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
), sums AS (
  SELECT below.root, sum(c.reltuples) AS reltuples, bool_or(c.reltuples < 0) AS is_unknown, sum(c.relpages) AS relpages,
    sum(pg_catalog.pg_stat_get_tuples_updated(c.oid)) AS updated, sum(pg_catalog.pg_stat_get_tuples_deleted(c.oid)) AS deleted
  FROM below JOIN pg_catalog.pg_class c ON c.oid = below.oid WHERE c.relkind <> 'p' GROUP BY below.root
)
SELECT listed.oid, listed.nspname, listed.relname, listed.relkind,
  CASE WHEN coalesce(sums.is_unknown, listed.reltuples < 0) AND listed.relkind <> 'p' OR sums.is_unknown THEN -1
    ELSE coalesce(sums.reltuples, greatest(listed.reltuples, 0)) END::pg_catalog.int8,
  coalesce(sums.relpages, greatest(listed.relpages, 0)) * current_setting('block_size')::pg_catalog.int8,
  coalesce(sums.updated, pg_catalog.pg_stat_get_tuples_updated(listed.oid)),
  coalesce(sums.deleted, pg_catalog.pg_stat_get_tuples_deleted(listed.oid)),
  CASE WHEN listed.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_filenode(listed.oid) END
FROM listed LEFT JOIN sums ON sums.root = listed.oid
ORDER BY listed.nspname COLLATE "C", listed.relname COLLATE "C"
