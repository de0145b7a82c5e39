-- One row a result: its newest version, its value typed. A number is `[<=|>=|<|>] digits[.digits]` and nothing else.
WITH newest AS (
  SELECT * FROM results
  QUALIFY row_number() OVER (PARTITION BY result_id ORDER BY updated_at DESC, seq DESC) = 1
),
present AS (
  SELECT result_id, order_id, analyte, trim(value_text) AS text, upper(trim(unit)) AS given_unit, ref_low, ref_high,
    upper(trim(flag)) AS given_flag, status, corrects_result_id, resulted_at, verified_at, updated_at
  FROM newest
  WHERE NOT deleted
),
corrected AS (
  SELECT DISTINCT corrects_result_id AS result_id FROM present
  WHERE corrects_result_id IS NOT NULL AND status <> 'X'
),
catalogue AS (
  SELECT a.analyte, a.unit, a.ref_low, a.ref_high, a.critical_low, a.critical_high, coalesce(t.qualitative, false) AS qualitative
  FROM analytes a
  LEFT JOIN (SELECT test_code, qualitative FROM tests WHERE _run_id IN (SELECT max(_run_id) FROM tests)) AS t
    ON t.test_code = a.test_code
  WHERE a._run_id IN (SELECT max(_run_id) FROM analytes)
),
factors AS (
  SELECT analyte, from_unit, factor FROM units WHERE _run_id IN (SELECT max(_run_id) FROM units)
),
parts AS (
  SELECT p.*, c.result_id IS NULL AS is_not_corrected, coalesce(k.qualitative, false) AS qualitative, k.unit AS canonical_unit,
    k.critical_low, k.critical_high, k.ref_low AS usual_low, k.ref_high AS usual_high, f.factor,
    nullif(regexp_extract(p.text, '^(<=|>=|<|>)?\s*([0-9]+(\.[0-9]+)?)$', 1), '') AS comparator,
    CAST(nullif(regexp_extract(p.text, '^(<=|>=|<|>)?\s*([0-9]+(\.[0-9]+)?)$', 2), '') AS double) AS number,
    CASE
      WHEN upper(p.text) IN ('DETECTED', 'POSITIVE', 'POS', 'GROWTH', 'TRACE', '1+', '2+', '3+') THEN 'POS'
      WHEN upper(p.text) IN ('NOT DETECTED', 'NEGATIVE', 'NEG', 'NO GROWTH') THEN 'NEG'
      WHEN upper(p.text) IN ('INVALID', 'INDETERMINATE') THEN 'INVALID'
    END AS code
  FROM present p
  LEFT JOIN corrected c ON c.result_id = p.result_id
  LEFT JOIN catalogue k ON k.analyte = p.analyte
  LEFT JOIN factors f ON f.analyte = p.analyte AND f.from_unit = p.given_unit
),
valued AS (
  SELECT result_id, order_id, analyte, status, corrects_result_id, is_not_corrected, qualitative, comparator, code,
    canonical_unit, critical_low, critical_high, ref_low, ref_high, usual_low, usual_high, resulted_at, verified_at, updated_at,
    CASE
      WHEN qualitative THEN NULL
      WHEN given_unit IS NULL OR given_unit = '' OR given_unit = canonical_unit THEN number
      WHEN factor IS NOT NULL THEN number * factor
    END AS value_num,
    NOT qualitative AND given_unit IS NOT NULL AND given_unit <> '' AND given_unit <> canonical_unit AND factor IS NULL AS unit_unknown,
    CASE WHEN given_flag IN ('N', 'L', 'H', 'LL', 'HH', 'A') THEN given_flag END AS flag
  FROM parts
)
SELECT result_id, order_id, analyte, status, corrects_result_id,
  is_not_corrected AND status IN ('F', 'C') AS is_current,
  CASE WHEN NOT qualitative THEN comparator END AS comparator,
  value_num,
  CASE WHEN qualitative THEN code END AS value_code,
  CASE WHEN NOT qualitative THEN canonical_unit END AS unit,
  unit_unknown, flag,
  CASE
    WHEN flag IS NOT NULL THEN flag <> 'N'
    WHEN qualitative THEN CASE code WHEN 'POS' THEN true WHEN 'NEG' THEN false END
    WHEN value_num IS NULL OR (ref_low IS NULL AND ref_high IS NULL AND usual_low IS NULL AND usual_high IS NULL) THEN NULL
    ELSE coalesce(value_num < coalesce(ref_low, usual_low), false) OR coalesce(value_num > coalesce(ref_high, usual_high), false)
  END AS is_abnormal,
  coalesce(flag IN ('LL', 'HH'), false) OR coalesce(value_num < critical_low, false)
    OR coalesce(value_num > critical_high, false) AS is_critical,
  resulted_at, verified_at, updated_at
FROM valued
