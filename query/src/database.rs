//! Tables, and the one question that is put to them.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Statement};

use crate::error::{Place, QueryError, ReadError};
use crate::table::{Kind, Table};
use crate::value::Value;
use crate::virtual_table::{Registered, register};

/// Tables that can be asked in SQL. Nothing is on disk but their files, and nothing can be changed.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    tables: Vec<Arc<Table>>,
    fault: Arc<Mutex<Option<ReadError>>>,
}

/// A question to tables that has a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: String,
    /// The question, in SQLite's language.
    pub sql: String,
}

/// A question that SQLite understood.
#[derive(Debug)]
pub struct Question<'d> {
    database: &'d Database,
    statement: Statement<'d>,
    columns: Vec<AnswerColumn>,
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerColumn {
    /// Its name.
    pub name: String,
    /// What it holds, when it is a column of a table and not computed.
    pub kind: Option<Kind>,
}

/// The rows of an answer, made one by one.
#[expect(missing_debug_implementations, reason = "rusqlite's rows have none")]
pub struct Answer<'q> {
    database: &'q Database,
    rows: rusqlite::Rows<'q>,
}

/// One row of an answer.
#[expect(missing_debug_implementations, reason = "a row is data")]
pub struct Row<'r>(&'r rusqlite::Row<'r>);

impl Database {
    /// Makes tables known by their names.
    ///
    /// # Errors
    /// [`QueryError::Engine`] when SQLite refuses, for instance because two tables have one name.
    pub fn open(tables: Vec<Arc<Table>>) -> Result<Self, QueryError> {
        Self::with_views(tables, &[])
    }

    /// Makes tables and views over them known by their names.
    ///
    /// # Errors
    /// [`QueryError::Engine`] when SQLite refuses.
    pub fn with_views(tables: Vec<Arc<Table>>, views: &[View]) -> Result<Self, QueryError> {
        let engine = |error: Error| QueryError::Engine(error.to_string());
        let mut connection = Connection::open_in_memory().map_err(engine)?;
        // "name" is a column and never a text, so that a column that is not there is told.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).map_err(engine)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(engine)?;
        // As in Athena, upper and lower case are two things.
        connection.pragma_update(None, "case_sensitive_like", true).map_err(engine)?;
        let fault = Arc::default();
        for table in &tables {
            let registered = Registered { table: Arc::clone(table), fault: Arc::clone(&fault) };
            register(&connection, registered).map_err(engine)?;
        }
        for View { name, sql } in views {
            let name = name.replace('"', "\"\"");
            connection.execute_batch(&format!("CREATE TEMP VIEW \"{name}\" AS {sql}")).map_err(engine)?;
        }
        connection.authorizer(Some(authorize)).map_err(engine)?;
        Ok(Self { connection, tables, fault })
    }

    /// Reads a question. It must be one statement, and one that only asks.
    ///
    /// # Errors
    /// [`QueryError`] that says what is wrong with it, and where.
    pub fn ask(&self, sql: &str) -> Result<Question<'_>, QueryError> {
        let statement = self.connection.prepare(sql).map_err(|error| self.explain(sql, error))?;
        if statement.column_count() == 0 {
            return Err(if statement.readonly() && is_blank(sql) { QueryError::Empty } else { QueryError::Refused });
        }
        if !statement.readonly() {
            return Err(QueryError::Refused);
        }
        let column = |column: rusqlite::Column<'_>| AnswerColumn {
            name: column.name().to_owned(),
            kind: column.decl_type().and_then(Kind::from_declared),
        };
        let columns = statement.columns().map(column).collect();
        Ok(Question { database: self, statement, columns })
    }

    /// Says what SQLite's failure means for who asked.
    fn explain(&self, sql: &str, error: Error) -> QueryError {
        if let Some(fault) = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return fault.into();
        }
        let (code, message, place) = match error {
            Error::MultipleStatement => return QueryError::Several,
            Error::SqlInputError { error, msg, offset, .. } => (Some(error.code), msg, Place::of(sql, offset)),
            Error::SqliteFailure(error, Some(message)) => (Some(error.code), message, Place(None)),
            Error::SqliteFailure(error, None) => (Some(error.code), error.to_string(), Place(None)),
            other => return QueryError::Engine(other.to_string()),
        };
        let is_denied = code == Some(rusqlite::ErrorCode::AuthorizationForStatementDenied);
        if is_denied || message.starts_with("not authorized") || message.ends_with("may not be modified") {
            return QueryError::Refused;
        }
        if let Some(name) = message.strip_prefix("no such table: ") {
            let tables: Vec<String> = self.tables.iter().map(|table| table.name.clone()).collect();
            let nearest = self.table_meant(name);
            return QueryError::UnknownTable { name: name.to_owned(), nearest, tables };
        }
        if let Some(name) = message.strip_prefix("no such column: ") {
            // SQLite suggests a cure for text in double quotes after the name.
            let name = name.split(" - ").next().unwrap_or(name).trim_matches('"');
            let columns = self.columns_of(sql);
            let nearest = nearest(name.rsplit('.').next().unwrap_or(name), &columns);
            return QueryError::UnknownColumn { name: name.to_owned(), nearest, columns, place };
        }
        QueryError::Sql { message, place }
    }

    /// Returns the name of the table that was probably meant: of one whose name ends with what was given as with a word of its
    /// own, or of the one whose name is most like it.
    fn table_meant(&self, given: &str) -> Option<String> {
        let names: Vec<String> = self.tables.iter().flat_map(|table| table.names().cloned()).collect();
        let is_end = |name: &&String| {
            let before = name.to_lowercase().strip_suffix(&given.to_lowercase()).map(str::to_owned);
            before.is_some_and(|before| before.ends_with("__") || before.ends_with('/'))
        };
        // The name that needs no quotes comes after the one that does.
        names.iter().rev().find(is_end).cloned().or_else(|| nearest(given, &names))
    }

    /// Returns the columns of the tables that a text names.
    fn columns_of(&self, sql: &str) -> Vec<String> {
        let words: Vec<&str> = sql.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let is_named = |table: &&Arc<Table>| {
            words.iter().any(|word| table.names().any(|name| word.eq_ignore_ascii_case(name)))
                || sql.contains(&table.name)
        };
        let mut columns: Vec<String> = Vec::new();
        for column in self.tables.iter().filter(is_named).flat_map(|table| &table.columns) {
            if !columns.contains(&column.name) {
                columns.push(column.name.clone());
            }
        }
        columns
    }
}

impl Question<'_> {
    /// Returns the columns of the answer.
    #[must_use]
    pub fn columns(&self) -> &[AnswerColumn] {
        &self.columns
    }

    /// Begins to answer.
    ///
    /// # Errors
    /// [`QueryError::Engine`] when SQLite cannot begin.
    pub fn answer(&mut self) -> Result<Answer<'_>, QueryError> {
        let rows = self.statement.query([]).map_err(|error| self.database.explain("", error))?;
        Ok(Answer { database: self.database, rows })
    }
}

impl Answer<'_> {
    /// Returns the next row; `None` after the last.
    ///
    /// # Errors
    /// [`QueryError::Read`] when a file cannot be read, [`QueryError::Sql`] when the query cannot go on.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, QueryError> {
        Ok(self.rows.next().map_err(|error| self.database.explain("", error))?.map(Row))
    }
}

impl Row<'_> {
    /// Returns the value in a column; null when there is no such column. Bytes are shown as hexadecimal digits.
    #[must_use]
    pub fn value(&self, column: usize) -> Value<'_> {
        match self.0.get_ref(column) {
            Ok(ValueRef::Integer(number)) => Value::Integer(number),
            Ok(ValueRef::Real(number)) => Value::Real(number),
            Ok(ValueRef::Text(text)) => Value::Text(String::from_utf8_lossy(text)),
            Ok(ValueRef::Blob(bytes)) => {
                Value::Text(Cow::Owned(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
            }
            Ok(ValueRef::Null) | Err(_) => Value::Null,
        }
    }
}

/// Allows to read and to compute, and nothing else: no other database, no settings, no extension.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Recursive | AuthAction::Read { .. } => Authorization::Allow,
        AuthAction::Function { function_name } if !function_name.eq_ignore_ascii_case("load_extension") => {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}

fn is_blank(sql: &str) -> bool {
    let code = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    code.flat_map(str::chars).all(|c| c.is_whitespace() || c == ';')
}

/// Returns the name that is most like another, when one is like it at all.
fn nearest(given: &str, names: &[String]) -> Option<String> {
    const LEAST_LIKENESS: f64 = 0.5;
    let likeness = |name: &&String| strsim::normalized_damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase());
    let best = names.iter().max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
    best.filter(|name| likeness(name) >= LEAST_LIKENESS).cloned()
}
