//! How statements reach the database of a reference: a file of SQLite, or PostgreSQL.
//!
//! Statements are written once, with `?1` for a value, in the SQL that both understand; what is done with many rows at once is a [`SetOf`],
//! which is one statement on a server and many steps of one prepared statement in a file.

mod error;
#[cfg(test)]
mod faulty;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod set;
mod sqlite;
mod value;
mod words;

use std::fmt;

pub use error::SqlError;
#[cfg(test)]
pub(crate) use faulty::{Fault, Faulty};
#[cfg(feature = "postgres")]
pub(crate) use postgres::Server;
pub(crate) use row::{Cell, FromCell, Row};
pub(crate) use set::{Kind, SetOf};
pub(crate) use sqlite::File;
pub(crate) use value::{Value, values};
pub(crate) use words::Words;

/// What takes the rows of an answer.
pub(crate) type Each<'e> = &'e mut dyn FnMut(&Row<'_>) -> Result<(), SqlError>;

/// A session with a database. While it hands rows over, nothing else may be asked of it.
pub(crate) trait Sql: Send + fmt::Debug {
    /// Returns where it is, for people.
    fn place(&self) -> &str;

    /// Returns what makes and changes its tables, oldest first.
    fn steps(&self) -> &'static [&'static str];

    /// Returns whether a version is noted, which is of the oldest steps on.
    fn has_version(&self) -> Result<bool, SqlError>;

    /// Hands the rows of a statement over.
    fn each(&self, statement: &str, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError>;

    /// Changes rows; answers how many.
    fn change(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, SqlError>;

    /// Hands the rows over that a statement has for each row of a set, whose values lie one after the other.
    fn each_of(&self, set: &SetOf, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError>;

    /// Changes rows for each row of a set; answers how many.
    fn change_all(&self, set: &SetOf, values: &[Value<'_>]) -> Result<u64, SqlError>;

    /// Carries statements out without values.
    fn script(&self, statements: &str) -> Result<(), SqlError>;

    /// Begins to change it, with no other writer until this one ends.
    fn begin(&self) -> Result<(), SqlError>;

    /// Begins to look at it as it is now.
    fn look(&self) -> Result<(), SqlError>;

    /// Returns its own words.
    fn words(&self) -> Words;

    /// Returns whether each statement goes to another machine.
    fn is_far(&self) -> bool;

    /// Makes its answers quick after a large change. What fails is made up for by the next.
    fn tidy(&self);
}

impl dyn Sql + '_ {
    /// Returns the rows of a statement.
    pub(crate) fn rows<T>(
        &self,
        statement: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Vec<T>, SqlError> {
        let mut rows = Vec::new();
        self.each(statement, values, &mut |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Returns the rows that a statement has for each row of a set.
    pub(crate) fn rows_of<T>(
        &self,
        set: &SetOf,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Vec<T>, SqlError> {
        let mut rows = Vec::new();
        self.each_of(set, values, &mut |row| {
            rows.push(read(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Returns the first row of a statement, if it has one.
    pub(crate) fn first<T>(
        &self,
        statement: &str,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Option<T>, SqlError> {
        Ok(self.rows(statement, values, read)?.into_iter().next())
    }

    /// Returns the value of a statement that has one row of one column.
    pub(crate) fn value<T: FromCell>(&self, statement: &str, values: &[Value<'_>]) -> Result<T, SqlError> {
        self.first(statement, values, |row| row.get(0))?.ok_or(SqlError::Unreadable { column: 0 })
    }
}

/// Does something as a whole or not at all.
pub(crate) fn whole<T, E>(
    sql: &dyn Sql,
    failed: impl Fn(SqlError) -> E,
    change: impl FnOnce(&dyn Sql) -> Result<T, E>,
) -> Result<T, E> {
    sql.begin().map_err(&failed)?;
    ended(sql, failed, change)
}

/// Looks at it as it is at one moment.
pub(crate) fn at_once<T>(sql: &dyn Sql, look: impl FnOnce(&dyn Sql) -> Result<T, SqlError>) -> Result<T, SqlError> {
    sql.look()?;
    ended(sql, |error| error, look)
}

fn ended<T, E>(
    sql: &dyn Sql,
    failed: impl Fn(SqlError) -> E,
    work: impl FnOnce(&dyn Sql) -> Result<T, E>,
) -> Result<T, E> {
    match work(sql) {
        Ok(answer) => sql.script("COMMIT").map(|()| answer).map_err(failed),
        Err(error) => {
            // A session that is lost has nothing that could be taken back.
            let _ = sql.script("ROLLBACK");
            Err(error)
        }
    }
}
