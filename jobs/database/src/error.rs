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
    /// This build was made without what speaks with AWS.
    #[error("{server}: this build cannot reach AWS, where DynamoDB is; `./bootstrap.sh local aws` makes one that can")]
    NoAws {
        /// The name of the source.
        server: String,
    },
    /// What an export wrote is not what its manifest says.
    #[error("{table}: {what} of its export; nothing of it is taken, and the next load exports it anew")]
    Damaged {
        /// The table.
        table: String,
        /// What is wrong: "a file is not as the manifest says".
        what: &'static str,
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
            Self::NoClient { .. } | Self::NoAws { .. } => ErrorKind::INVALID_CONFIG,
            Self::NotTaken { .. } | Self::Damaged { .. } => ErrorKind::STORAGE,
        }
    }

    /// Returns whether the session is lost, so that another one may go on where this one ended: the connection was cut, or the server
    /// ended the session or itself.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Unavailable { code: None, .. } | Self::Protocol { .. } => true,
            // PostgreSQL: exceptions of connections, and an end that an administrator asked for. MySQL, MariaDB: shutting down, gone,
            // lost, killed.
            Self::Unavailable { code: Some(code), .. } => {
                code.starts_with("08")
                    || matches!(code.as_str(), "57P01" | "57P02" | "57P03" | "57P05")
                    || matches!(code.as_str(), "1053" | "1927" | "2006" | "2013" | "3169" | "4031")
            }
            _ => false,
        }
    }
}

fn coded(code: Option<&str>) -> String {
    code.map(|code| format!(" (code {code})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::DatabaseError;

    #[test]
    fn a_session_is_lost_with_its_connection_and_not_with_a_statement() {
        let of = |code: Option<&str>| {
            let (server, doing) = ("crm".to_owned(), "reading crm.accounts".to_owned());
            DatabaseError::Unavailable { server, doing, code: code.map(str::to_owned) }
        };
        for code in [None, Some("57P01"), Some("08006"), Some("1927"), Some("1053")] {
            assert!(of(code).is_cut(), "{code:?}");
        }
        for code in ["57014", "55P03", "40001", "53300", "1205", "1040", "1969"] {
            assert!(!of(Some(code)).is_cut(), "{code}");
        }
        assert!(!DatabaseError::Changed { table: "crm.accounts".to_owned() }.is_cut());
    }
}
