SELECT patient_id, survivor_id, mrn, last_name, first_name, birth_date,
  CASE upper(trim(sex)) WHEN 'F' THEN 'F' WHEN 'M' THEN 'M' ELSE 'U' END AS sex, zip
FROM previous
