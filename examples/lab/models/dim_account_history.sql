SELECT account_id, version, account_name, client_type, state, time_zone, valid_from, valid_to, is_current FROM previous
