//! Reaching a source: its secret is revealed as late as can be, and a session is opened that can only read.

use carelake_core::ErrorKind;
use carelake_core::names::Scope;
use carelake_database::{DatabaseError, Engine, Login, Relation, Session, Target, connect};
use carelake_pipeline::Secrets;
use carelake_pipeline::pipeline::Failure;
use serde::Deserialize;

use crate::config::Source;
use crate::mode::MOST_NULLS;
use crate::plan::{Registry, is_wanted};

/// How long a connection may take to be made.
const CONNECT_SECS: u64 = 20;
/// The most tables that a source may list.
const MOST_LISTED: usize = 200_000;

/// A source that was reached.
pub struct Reached {
    /// A session with it.
    pub session: Box<dyn Session>,
    /// The key of masks that hash.
    pub mask_key: Option<Vec<u8>>,
    engine: Engine,
}

/// What a secret holds.
#[derive(Default, Deserialize)]
struct Held {
    #[serde(alias = "user")]
    username: String,
    password: String,
    #[serde(default)]
    hash_key: Option<String>,
}

/// What a secret holds of a source whose login is that of the environment.
#[derive(Deserialize)]
struct HeldKey {
    hash_key: String,
}

/// What the catalogue of a source says.
pub(crate) struct Catalogue {
    /// All databases.
    pub databases: Vec<String>,
    /// The tables of those that are read.
    pub relations: Vec<Relation>,
    /// Users' tables, where the source lists them.
    pub registry: Option<Registry>,
}

/// The way to a source: all that sessions with it need.
pub(crate) struct Door {
    target: Target,
    mask_key: Option<Vec<u8>>,
}

impl Door {
    /// Finds the way; `application` is what the server shows of sessions.
    pub(crate) fn of(secrets: &dyn Secrets, source: &Source, application: &str) -> Result<Self, Failure> {
        let held = match &source.secret {
            Some(secret) if source.engine == Engine::Dynamodb => {
                let key: Option<HeldKey> = serde_json::from_str(&secrets.reveal(secret)?).ok();
                key.map(|key| Held { hash_key: Some(key.hash_key), ..Held::default() })
            }
            Some(secret) => held(&secrets.reveal(secret)?),
            None => Some(Held::default()),
        };
        let held = held.ok_or_else(|| {
            let form = if source.engine == Engine::Dynamodb {
                "{\"hash_key\": …}"
            } else {
                "{\"username\": …, \"password\": …} or user:password"
            };
            Failure::new(ErrorKind::INVALID_CONFIG, format!("loads.sources.{}.secret: it must be {form}", source.name))
        })?;
        let target = Target {
            source: source.name.clone(),
            engine: source.engine,
            address: source.address.clone(),
            tls: source.tls.clone(),
            login: Login { user: held.username, password: held.password },
            database: source.postgres_database.clone(),
            application: application.to_owned(),
            statement_timeout: source.statement_timeout,
            connect_timeout: std::time::Duration::from_secs(CONNECT_SECS),
        };
        Ok(Self { target, mask_key: held.hash_key.map(String::into_bytes) })
    }

    /// Opens a session.
    pub(crate) fn open(&self) -> Result<Box<dyn Session>, Failure> {
        connect(&self.target).map_err(failed)
    }

    /// Opens a session, with what masks need.
    pub(crate) fn reach(&self) -> Result<Reached, Failure> {
        Ok(Reached { session: self.open()?, mask_key: self.mask_key.clone(), engine: self.target.engine })
    }
}

/// Opens a session with a source; `application` is what the server shows of it.
///
/// # Errors
/// Those of the secret and of the server.
pub fn reach(secrets: &dyn Secrets, source: &Source, application: &str) -> Result<Reached, Failure> {
    Door::of(secrets, source, application)?.reach()
}

fn held(text: &str) -> Option<Held> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let (username, password) = text.split_once(':')?;
    Some(Held { username: username.to_owned(), password: password.to_owned(), hash_key: None })
}

/// Returns a failure of a server as one of a function.
pub(crate) fn failed(error: DatabaseError) -> Failure {
    Failure::new(error.kind(), error.to_string())
}

impl Reached {
    /// Reads the catalogue, as far as a load of this scope needs it.
    pub(crate) fn catalogue(&mut self, source: &Source, scope: &Scope) -> Result<Catalogue, DatabaseError> {
        let registry = match source.dynamic.as_ref().and_then(|dynamic| dynamic.registry.as_deref()) {
            Some(statement) => Some(registry(self.session.listed(statement, MOST_LISTED)?)),
            None => None,
        };
        let databases = self.session.databases()?;
        let wanted = |name: &&String| is_wanted(source, scope, name, registry.as_ref());
        let read: Vec<String> = databases.iter().filter(wanted).cloned().collect();
        let relations = if read.is_empty() { Vec::new() } else { self.session.relations(&read)? };
        Ok(Catalogue { databases, relations, registry })
    }

    /// Returns how many rows of a column hold nothing, up to one more than counts.
    pub(crate) fn nulls(&mut self, relation: &Relation, column: usize) -> Result<u64, DatabaseError> {
        let Some(column) = relation.columns.get(column) else { return Ok(0) };
        let quoted = |name: &str| match self.engine {
            Engine::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            Engine::Mysql | Engine::Mariadb | Engine::Dynamodb => format!("`{}`", name.replace('`', "``")),
        };
        let (database, table, column) = (quoted(&relation.database), quoted(&relation.name), quoted(&column.name));
        let most = MOST_NULLS + 1;
        let statement = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {database}.{table} WHERE {column} IS NULL LIMIT {most}) AS nulls"
        );
        let rows = self.session.listed(&statement, 1)?;
        let count = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
        Ok(count.and_then(|text| text.parse().ok()).unwrap_or(most))
    }
}

/// Reads database, table and tenant of each line; without a tenant a table is everybody's.
fn registry(rows: Vec<Vec<Option<String>>>) -> Registry {
    let read = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter();
        let (database, table) = (cells.next()??, cells.next()??);
        let owner = cells.next().flatten().filter(|text| !text.is_empty());
        let owner = owner.map_or_else(|| Some(Scope::default()), |text| text.parse().ok());
        Some(((database, table), owner))
    };
    rows.into_iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_user_and_a_password_and_may_have_a_key_for_masks() {
        let told = |text: &str| held(text).map(|it| (it.username, it.password, it.hash_key));
        let of = |user: &str, password: &str, key: Option<&str>| {
            Some((user.to_owned(), password.to_owned(), key.map(str::to_owned)))
        };
        assert_eq!(told("ada:a:b"), of("ada", "a:b", None));
        assert_eq!(told(r#"{"username": "ada", "password": "p", "host": "x"}"#), of("ada", "p", None));
        assert_eq!(told(r#"{"user": "ada", "password": "p", "hash_key": "k"}"#), of("ada", "p", Some("k")));
        assert_eq!((told("ada"), told("{}")), (None, None));
    }

    #[test]
    fn a_list_of_users_tables_says_whose_they_are() {
        let row = |cells: &[Option<&str>]| cells.iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>();
        let rows = vec![
            row(&[Some("udt"), Some("a"), Some("acme")]),
            row(&[Some("udt"), Some("b"), None]),
            row(&[Some("udt"), Some("c"), Some("No Tenant!")]),
            row(&[Some("udt"), None, Some("acme")]),
            row(&[Some("udt"), Some("d")]),
        ];
        let read = registry(rows);
        let of = |table: &str| read.get(&("udt".to_owned(), table.to_owned())).cloned();
        assert_eq!(of("a"), Some(Some("acme".parse().unwrap())));
        assert_eq!((of("b"), of("d")), (Some(Some(Scope::default())), Some(Some(Scope::default()))));
        assert_eq!((of("c"), read.len()), (Some(None), 4), "it is nobody's");
    }
}
