//! PostgreSQL: a schema of its own for each matcher.

use std::cell::RefCell;
use std::fmt::Write;

use carelake_database::{Client, Target};

use super::error::SqlError;
use super::row::Row;
use super::set::SetOf;
use super::value::Value;
use super::{Each, Sql, Words};

/// Rows of a set that one statement is given.
const ROWS: usize = 25_000;

/// What makes and changes the tables of a schema, oldest first. Each may be carried out twice; none is ever changed.
const STEPS: [&str; 3] =
    [include_str!("postgres_1.sql"), include_str!("postgres_2.sql"), include_str!("postgres_3.sql")];

/// A connection with a server.
#[derive(Debug)]
pub(crate) struct Server {
    place: String,
    client: RefCell<Client>,
}

impl Server {
    /// Connects, and works in a schema from then on.
    pub(crate) fn open(target: &Target, schema: &str) -> Result<Self, SqlError> {
        let mut client = Client::connect(target)?;
        // The sizes of sets are not known when a statement is planned, and the way by the index is right for all of them.
        let quoted = schema.replace('"', "\"\"");
        client
            .run("connecting", &format!("SET search_path = \"{quoted}\"; SET plan_cache_mode = force_generic_plan"))?;
        Ok(Self { place: format!("{}, schema {schema}", target.source), client: RefCell::new(client) })
    }

    fn asked(&self, statement: &str, parameters: &[Option<&str>], each: Each<'_>) -> Result<u64, SqlError> {
        let mut client = self.client.try_borrow_mut().map_err(|_| SqlError::Nested)?;
        let mut failed = None;
        let count = client.carry_out("asking for records", statement, parameters, &mut |cells| {
            if failed.is_none() {
                failed = each(&Row::Server(cells)).err();
            }
        })?;
        failed.map_or(Ok(count), Err)
    }

    fn run(&self, statements: &str) -> Result<(), SqlError> {
        let mut client = self.client.try_borrow_mut().map_err(|_| SqlError::Nested)?;
        Ok(client.run("changing records", statements)?)
    }

    fn of_set(&self, set: &SetOf, values: &[Value<'_>], each: Each<'_>) -> Result<u64, SqlError> {
        let (statement, width) = (set.of_all(), set.columns.len());
        let mut count = 0;
        for values in values.chunks(width * ROWS) {
            let arrays: Vec<String> =
                (0..width).map(|column| array(values.iter().skip(column).step_by(width))).collect();
            let arrays: Vec<Option<&str>> = arrays.iter().map(|array| Some(array.as_str())).collect();
            count += self.asked(&statement, &arrays, each)?;
        }
        Ok(count)
    }
}

/// Writes values as an array.
fn array<'v>(values: impl Iterator<Item = &'v Value<'v>>) -> String {
    let mut text = String::from("{");
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        match value {
            Value::Text(value) => {
                text.push('"');
                for character in value.chars() {
                    if matches!(character, '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(character);
                }
                text.push('"');
            }
            Value::Bytes(bytes) => {
                let _ = write!(text, "\"\\\\x{}\"", carelake_core::hex(bytes));
            }
            value => text.push_str(written(value).as_deref().unwrap_or("NULL")),
        }
    }
    text.push('}');
    text
}

/// Writes a value as text; nothing of null.
fn written(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => text.clone().into_owned(),
        Value::Bytes(bytes) => format!("\\x{}", carelake_core::hex(bytes)),
    })
}

/// Writes a statement with `$1` where it has `?1`.
fn numbered(statement: &str) -> String {
    statement.replace('?', "$")
}

impl Sql for Server {
    fn place(&self) -> &str {
        &self.place
    }

    fn steps(&self) -> &'static [&'static str] {
        &STEPS
    }

    fn has_version(&self) -> Result<bool, SqlError> {
        let mut is_there = false;
        self.asked("SELECT to_regclass('schema_version') IS NOT NULL", &[], &mut |row| {
            is_there = row.get(0)?;
            Ok(())
        })?;
        Ok(is_there)
    }

    fn each(&self, statement: &str, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError> {
        let values: Vec<Option<String>> = values.iter().map(written).collect();
        let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        self.asked(&numbered(statement), &values, each).map(drop)
    }

    fn change(&self, statement: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        let values: Vec<Option<String>> = values.iter().map(written).collect();
        let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        self.asked(&numbered(statement), &values, &mut |_| Ok(()))
    }

    fn each_of(&self, set: &SetOf, values: &[Value<'_>], each: Each<'_>) -> Result<(), SqlError> {
        self.of_set(set, values, each).map(drop)
    }

    fn change_all(&self, set: &SetOf, values: &[Value<'_>]) -> Result<u64, SqlError> {
        self.of_set(set, values, &mut |_| Ok(()))
    }

    fn script(&self, statements: &str) -> Result<(), SqlError> {
        self.run(statements)
    }

    fn begin(&self) -> Result<(), SqlError> {
        // Writers come one after the other; each sees what those before it wrote.
        self.run("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended(current_setting('search_path'), 0))")
    }

    fn look(&self) -> Result<(), SqlError> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn words(&self) -> Words {
        Words::Server
    }

    fn is_far(&self) -> bool {
        true
    }

    fn tidy(&self) {
        let _ = self.run("ANALYZE reference_record, block_key, person, term_frequency");
    }
}
