SELECT entity_id AS patient_id, max(value_text) FILTER (WHERE field = 'preferred_language') AS preferred_language,
  max(value_date) FILTER (WHERE field = 'consent_date') AS consent_date
FROM cur_udf
WHERE entity = 'patient'
GROUP BY entity_id
