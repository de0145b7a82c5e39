//! Where a matcher reads, keeps and publishes, of whom, and the time of day.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_core::ledger::Ledger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Desk, Opening, Publishing};
use carelake_core::store::Store;
use carelake_database::{Address, Engine, Login, Target};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Secrets};
use jiff::Timestamp;

use super::error::MatchError;
use crate::config::{Database, Matching};
use crate::reference::ReferenceDatabase;
#[cfg(not(feature = "postgres"))]
use crate::reference::ReferenceError;

/// Seconds after which the right to run a matcher is free again where nothing is heard of its holder.
pub const CLAIM_SECS: u64 = 30 * 60;

/// How long a connection may take to be made, and a statement to be carried out: a load of a million rows takes less.
const CONNECT_SECS: u64 = 20;
const STATEMENT_SECS: u64 = 10 * 60;
/// Bytes of the longest name of a schema.
const NAME_BYTES: usize = 63;

/// Where references are kept.
#[derive(Debug, Clone)]
pub enum Kept<'w> {
    /// In files of a folder of this machine.
    Files(&'w Path),
    /// In PostgreSQL, each in a schema of its own.
    Server(Arc<Target>),
}

/// Where a matcher reads, keeps and publishes.
#[derive(Clone)]
pub struct World<'w> {
    /// The place of the publications, in the scope.
    pub store: &'w dyn Store,
    /// The ledger.
    pub ledger: &'w dyn Ledger,
    /// Where references are kept.
    pub kept: Kept<'w>,
    /// Whose data it is.
    pub scope: &'w Scope,
    /// The execution; `None` of a verb.
    pub execution: Option<&'w str>,
    /// The version of carelake.
    pub code_version: &'w str,
    /// The time of day: for leases, pointers and reviews; never for rows.
    pub now: &'w (dyn Fn() -> Timestamp + Sync),
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("store", &self.store).field("kept", &self.kept).finish_non_exhaustive()
    }
}

impl<'w> World<'w> {
    /// Takes what a function works with.
    ///
    /// # Errors
    /// Those of the secret of the database; `InvalidConfig` on AWS where there is none, since no folder of this machine stays.
    pub fn of(context: &Context<'w>, execution: Option<&'w str>) -> Result<Self, Failure> {
        let database = Matching::of_config(context.services.config).and_then(|section| section.database);
        let kept = match (database, context.state) {
            (Some(database), _) => Kept::Server(Arc::new(target(&database, context.secrets)?)),
            (None, Some(folder)) => Kept::Files(folder),
            (None, None) => {
                let why = "matching.database: on AWS references are kept in PostgreSQL; say where it is";
                return Err(Failure::new(ErrorKind::INVALID_CONFIG, why));
            }
        };
        Ok(Self {
            store: context.services.output,
            ledger: context.services.ledger,
            kept,
            scope: context.scope,
            execution,
            code_version: context.code_version,
            now: context.services.now,
        })
    }

    /// Returns the name by which this step holds claims and leases.
    #[must_use]
    pub fn owner(&self) -> String {
        format!("matching {}", self.execution.unwrap_or("by hand"))
    }

    /// Returns the schema in which the reference of a matcher is.
    #[must_use]
    pub fn schema(&self, matcher: &str) -> String {
        let name = self.scope.qualify(&format!("matching/{matcher}"));
        let name: String =
            name.chars().map(|it| if it.is_ascii_alphanumeric() || it == '_' { it } else { '_' }).collect();
        if name.len() <= NAME_BYTES {
            return name;
        }
        // What is longer is cut by the server, and two may be one then.
        let hash = carelake_core::hex(&xxhash_rust::xxh3::xxh3_64(name.as_bytes()).to_be_bytes());
        format!("{}_{hash}", name.get(..NAME_BYTES - hash.len() - 1).unwrap_or_default())
    }

    /// Opens the reference of a matcher.
    ///
    /// # Errors
    /// As [`ReferenceDatabase::file`]; [`crate::reference::ReferenceError::NoClient`] where this build has no client of PostgreSQL.
    pub fn reference(&self, matcher: &str) -> Result<ReferenceDatabase, MatchError> {
        match &self.kept {
            Kept::Files(folder) => Ok(ReferenceDatabase::file(&file(folder, matcher))?),
            #[cfg(feature = "postgres")]
            Kept::Server(target) => Ok(ReferenceDatabase::server(target, &self.schema(matcher))?),
            #[cfg(not(feature = "postgres"))]
            Kept::Server(_) => Err(ReferenceError::NoClient.into()),
        }
    }

    /// Returns how to change a publication.
    #[must_use]
    pub fn desk<'p>(&self, publication: &'p Publication) -> Desk<'p>
    where
        'w: 'p,
    {
        Desk { store: self.store, ledger: self.ledger, publication, now: self.now }
    }

    /// Takes the lease of a log.
    ///
    /// # Errors
    /// As [`Publishing::open`].
    pub fn open<'p>(&self, publication: &'p Publication) -> Result<Publishing<'p>, MatchError>
    where
        'w: 'p,
    {
        let opening = Opening::log(self.owner(), self.execution, CLAIM_SECS);
        Ok(Publishing::open(self.desk(publication), opening)?)
    }

    /// Returns the folder of what the steps of an execution hand over.
    #[must_use]
    pub fn handed(&self, matcher: &str) -> String {
        format!("matching/_handed/{}/{matcher}", self.execution.unwrap_or("by_hand"))
    }
}

/// Returns the file of the reference of a matcher.
#[must_use]
pub fn file(folder: &Path, matcher: &str) -> PathBuf {
    folder.join("matching").join(format!("{matcher}.sqlite"))
}

/// Returns how the database is reached, and as whom.
fn target(database: &Database, secrets: &dyn Secrets) -> Result<Target, Failure> {
    /// What the secret holds.
    #[derive(serde::Deserialize)]
    struct Held {
        #[serde(alias = "user")]
        username: String,
        password: String,
    }
    let wrong = || {
        let why = "matching.database.login: it must hold {\"username\": …, \"password\": …} or user:password";
        Failure::new(ErrorKind::INVALID_CONFIG, why)
    };
    let text = secrets.reveal(database.login.as_ref().ok_or_else(wrong)?)?;
    let login = if text.trim_start().starts_with('{') {
        let Held { username, password } = serde_json::from_str(&text).map_err(|_| wrong())?;
        Login { user: username, password }
    } else {
        let (user, password) = text.trim_end().split_once(':').ok_or_else(wrong)?;
        Login { user: user.to_owned(), password: password.to_owned() }
    };
    Ok(Target {
        source: "matching.database".to_owned(),
        engine: Engine::Postgres,
        address: Address::Host { host: database.host.clone(), port: database.port },
        tls: database.tls.clone(),
        login,
        database: Some(database.name.clone()),
        application: "carelake/matching".to_owned(),
        statement_timeout: Duration::from_secs(STATEMENT_SECS),
        connect_timeout: Duration::from_secs(CONNECT_SECS),
    })
}
