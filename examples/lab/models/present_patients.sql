SELECT * FROM previous WHERE NOT deleted
