//! How an older database becomes one of now.

use super::error::ReferenceError;
use crate::database::{Sql, SqlError, values, whole};

/// Brings a database to this version. One of a newer carelake is left as it is.
pub(super) fn migrate(sql: &dyn Sql) -> Result<(), ReferenceError> {
    let failed = ReferenceError::of(sql, "bringing its tables up to date");
    let known = known(sql);
    let found = version(sql).map_err(&failed)?;
    if found > known {
        return Err(ReferenceError::Newer { place: sql.place().to_owned(), found, known });
    }
    if found == known {
        return Ok(());
    }
    whole(sql, failed, |sql| {
        let failed = ReferenceError::of(sql, "bringing its tables up to date");
        // Somebody else may have done it meanwhile.
        let found = usize::try_from(version(sql).map_err(&failed)?).unwrap_or(0);
        sql.steps().iter().skip(found).try_for_each(|step| sql.script(step)).map_err(&failed)?;
        note(sql, known).map_err(failed)
    })
}

/// Returns the version that this carelake writes.
pub(super) fn known(sql: &dyn Sql) -> i64 {
    sql.steps().len() as i64
}

fn version(sql: &dyn Sql) -> Result<i64, SqlError> {
    if !sql.has_version()? {
        return Ok(0);
    }
    sql.value("SELECT coalesce(max(version), 0) FROM schema_version", &[])
}

fn note(sql: &dyn Sql, version: i64) -> Result<(), SqlError> {
    sql.script("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")?;
    sql.change("DELETE FROM schema_version", &[])?;
    sql.change("INSERT INTO schema_version VALUES (?1)", values![version]).map(drop)
}
