-- The newest value of each user-defined field, typed as its field is declared. What does not convert is null, and said so.
WITH newest AS (
  SELECT * FROM udf_values
  QUALIFY row_number() OVER (PARTITION BY entity, entity_id, field ORDER BY updated_at DESC, seq DESC) = 1
),
typed AS (
  SELECT v.entity, v.entity_id, v.field, f.type, v.value_text, trim(v.value_text) AS text, upper(trim(v.value_text)) AS word
  FROM newest v
  JOIN (SELECT entity, field, type FROM udf_fields WHERE _run_id IN (SELECT max(_run_id) FROM udf_fields)) AS f
    ON f.entity = v.entity AND f.field = v.field
  WHERE NOT v.deleted
),
valued AS (
  SELECT entity, entity_id, field, type, value_text, text,
    CASE WHEN type = 'integer' AND regexp_like(text, '^-?[0-9]+$') THEN try_cast(text AS bigint) END AS value_integer,
    CASE WHEN type = 'decimal' AND regexp_like(text, '^-?[0-9]+(\.[0-9]+)?$') THEN try_cast(text AS double) END AS value_number,
    CASE WHEN type = 'date' AND regexp_like(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') THEN try_cast(text AS date) END AS value_date,
    CASE
      WHEN type <> 'boolean' THEN NULL
      WHEN word IN ('TRUE', 'YES', 'Y', '1') THEN true
      WHEN word IN ('FALSE', 'NO', 'N', '0') THEN false
    END AS value_boolean
  FROM typed
)
SELECT entity, entity_id, field, type, value_text, value_integer, value_number, value_date, value_boolean,
  type <> 'text' AND value_integer IS NULL AND value_number IS NULL AND value_date IS NULL AND value_boolean IS NULL
    AND text <> '' AS not_convertible
FROM valued
