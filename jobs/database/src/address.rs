//! Where a server is, how it is reached and as whom.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What kind of server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Engine {
    /// PostgreSQL 12 and later.
    Postgres,
    /// MySQL 8 and later.
    Mysql,
    /// MariaDB 10.5 and later.
    Mariadb,
    /// DynamoDB, in one account and region.
    Dynamodb,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A host and its port.
    Host {
        /// The name or number of the host; its certificate must be of this name.
        host: String,
        /// The port.
        port: u16,
    },
    /// A socket of this machine: of PostgreSQL the file itself, too (`/run/postgresql/.s.PGSQL.5432`).
    Socket(PathBuf),
    /// DynamoDB in the account of the environment.
    Region {
        /// The region; that of the environment unless named.
        name: Option<String>,
        /// How much of the read capacity of a table may be taken, in hundredths: 1 to 100.
        percent: u8,
    },
}

/// How a connection is kept from others' eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for sockets and addresses of this machine.
    Disable,
    /// Encrypted, and the certificate is of the host.
    VerifyFull {
        /// Certificates that are trusted, in PEM, instead of those of the machine.
        ca: Option<PathBuf>,
    },
}

/// As whom a session is opened. The password is in no message.
#[derive(Clone)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A server and how sessions with it are.
#[derive(Debug, Clone)]
pub struct Target {
    /// The name of the source, as the configuration has it: it stands in errors instead of the host.
    pub source: String,
    /// What kind of server it is.
    pub engine: Engine,
    /// Where it is.
    pub address: Address,
    /// How connections are encrypted.
    pub tls: Tls,
    /// As whom.
    pub login: Login,
    /// The database to connect to: PostgreSQL needs one; of MySQL none is needed.
    pub database: Option<String>,
    /// What the server shows of the session, such as `carelake/<run_id>/<table>`; see [`crate::Session::label`].
    pub application: String,
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// How long a connection may take to be made, and an answer to begin.
    pub connect_timeout: Duration,
}
