//! What the login may not do and should, and what it may do and need not.

use crate::postgres::connection::Wire;
use crate::postgres::fault::Fault;
use crate::postgres::{catalogue, number, quoted, text};
use crate::session::Grant;

/// Whether the login sees others' transactions; who it is; whether it may do everything.
const LOGIN: &str = "SELECT pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'), current_user, rolsuper, rolcreatedb OR rolcreaterole \
    FROM pg_catalog.pg_roles WHERE rolname = current_user";

/// Of every schema: whether the login may look into it, how many tables it may not read, how many it may write, and whether it may
/// make some.
const SCHEMAS: &str = "SELECT n.nspname, pg_catalog.has_schema_privilege(n.oid, 'USAGE'), \
    count(c.oid) FILTER (WHERE NOT (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))), \
    count(c.oid) FILTER (WHERE pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')), \
    pg_catalog.has_schema_privilege(n.oid, 'CREATE') \
    FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_class c \
      ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND NOT c.relispartition \
    WHERE n.nspname = ANY ($1::pg_catalog.text[]) GROUP BY n.oid, n.nspname ORDER BY n.nspname COLLATE \"C\"";

/// Returns the rights that are missing, and those that are too many.
pub(super) fn grants(wire: &mut Wire) -> Result<(Vec<Grant>, Vec<String>), Fault> {
    let (mut missing, mut needless) = (Vec::new(), Vec::new());
    let rows = wire.rows(LOGIN, &[])?;
    let row = rows.first().ok_or(Fault::Protocol)?;
    let login = quoted::name(text(row, 1)?);
    if text(row, 0)? != "t" {
        missing.push(Grant {
            name: "pg_read_all_stats",
            weakens: "open transactions of others are not seen: the lag becomes an hour",
            statement: format!("GRANT pg_read_all_stats TO {login}"),
        });
    }
    if text(row, 2)? == "t" {
        needless.push("superuser".to_owned());
        return Ok((missing, needless));
    }
    if text(row, 3)? == "t" {
        needless.push("make databases or roles".to_owned());
    }
    let schemas = catalogue::schemas(wire)?;
    for row in wire.rows(SCHEMAS, &[&quoted::array(&schemas)])? {
        let (name, unread, written) = (text(&row, 0)?, number::<u64>(&row, 2)?, number::<u64>(&row, 3)?);
        let schema = quoted::name(name);
        if text(&row, 1)? != "t" {
            missing.push(Grant {
                name: "USAGE",
                weakens: "no table of this schema can be read",
                statement: format!("GRANT USAGE ON SCHEMA {schema} TO {login}"),
            });
        }
        if unread > 0 {
            missing.push(Grant {
                name: "SELECT",
                weakens: "tables of this schema cannot be read",
                statement: format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {login}"),
            });
        }
        if written > 0 {
            needless.push(format!("write tables of {}: {written}", name.escape_debug()));
        }
        if text(&row, 4)? == "t" {
            needless.push(format!("make tables in {}", name.escape_debug()));
        }
    }
    Ok((missing, needless))
}
