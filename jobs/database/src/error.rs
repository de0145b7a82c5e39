//! Why a server did not answer, or refused.

use carelake_core::ErrorKind;

/// Why something was not read. The server's words are left out: it quotes values in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// Nobody answers, the connection was cut, something took too long, a standby had to give way: it may be tried again.
    #[error("{server}: no answer while {doing}{}", coded(code.as_deref()))]
    Unavailable {
        /// The name of the source.
        server: String,
        /// What was being done: "connecting", "reading crm.accounts".
        doing: String,
        /// The server's code (SQLSTATE, or MySQL's number), where it gave one.
        code: Option<String>,
    },
    /// Login, right, certificate, or a name that the server does not know.
    #[error("{server}: refused while {doing}{}; {advice}", coded(code.as_deref()))]
    Refused {
        /// The name of the source.
        server: String,
        /// What was being done.
        doing: String,
        /// The server's code, where it gave one.
        code: Option<String>,
        /// What to see to, in words of ours.
        advice: &'static str,
    },
    /// The statement was ended because somebody waited for it, or because the load was stopped.
    #[error("{server}: cancelled while {doing}")]
    Cancelled {
        /// The name of the source.
        server: String,
        /// What was being done.
        doing: String,
    },
    /// A value that no column of the lake can hold, where the configuration makes that an error.
    #[error(
        "{table}, column {column}: a value that has no counterpart; `specials: null` counts such values, `text` keeps them as text"
    )]
    Special {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The table is not what it was when the load was planned.
    #[error("{table} is not what it was when its load was planned; the next load sees it anew")]
    Changed {
        /// The table.
        table: String,
    },
    /// Bytes that are none of the protocol.
    #[error("{server}: an answer that is none of the protocol while {doing}; is it another kind of server?")]
    Protocol {
        /// The name of the source.
        server: String,
        /// What was being done.
        doing: String,
    },
    /// This build was made without what speaks with servers.
    #[error("{server}: this build has no clients of databases; `./bootstrap.sh local databases` makes one that has")]
    NoClient {
        /// The name of the source.
        server: String,
    },
    /// Whoever takes the rows does not want more.
    #[error("rows of {table} could not be taken: {why}")]
    NotTaken {
        /// The table.
        table: String,
        /// Why.
        why: String,
    },
}

impl DatabaseError {
    /// Returns which kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Unavailable { .. } | Self::Cancelled { .. } | Self::Changed { .. } => ErrorKind::UNAVAILABLE,
            Self::Refused { .. } => ErrorKind::REFUSED,
            Self::Special { .. } => ErrorKind::REJECT_THRESHOLD,
            Self::Protocol { .. } => ErrorKind::UNAVAILABLE,
            Self::NoClient { .. } => ErrorKind::INVALID_CONFIG,
            Self::NotTaken { .. } => ErrorKind::STORAGE,
        }
    }
}

fn coded(code: Option<&str>) -> String {
    code.map(|code| format!(" (code {code})")).unwrap_or_default()
}
