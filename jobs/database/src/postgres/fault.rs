//! What goes wrong, before it is said of which source and what was being done.

use std::io;

use crate::address::Target;
use crate::error::DatabaseError;

/// What went wrong.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection, or a time that was over.
    Connection,
    /// The certificate is not that of the host, is not trusted, or those to trust cannot be read.
    Certificate,
    /// The server does not encrypt.
    NoTls,
    /// The password would go over the wire for everybody to read.
    Bare,
    /// The server asks for a proof that is not known here, or did not prove itself.
    Proof,
    /// The server refused, with this SQLSTATE.
    Code(String),
    /// Bytes that are none of the protocol.
    Protocol,
    /// Whoever takes rows did not take them.
    NotTaken(String),
    /// A value without a counterpart, in this column.
    Special(String),
    /// The table is another than was planned.
    Changed,
    /// A type was chosen for a column that cannot be had of it.
    Choice,
    /// The statement of a list is none that is carried out.
    Statement,
    /// A list is longer than allowed.
    TooMany,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        // What rustls finds wrong comes as an error of its own inside.
        match error.get_ref() {
            Some(inner) if inner.is::<rustls::Error>() => Self::Certificate,
            _ => Self::Connection,
        }
    }
}

/// What a code of the server means.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Unavailable,
    Cancelled,
    Gone,
    Refused(&'static str),
}

const LOGIN: &str = "see to user and password, and to whom the server lets in";
const RIGHT: &str = "grant what `doctor` says; where rows are hidden by a policy, the login needs BYPASSRLS";
const NAME: &str = "see to the name of the database";
const OTHER: &str = "the server's log says more under this code";

fn meaning(code: &str) -> Meaning {
    match (code.get(..2).unwrap_or_default(), code) {
        (_, "57014") => Meaning::Cancelled,
        (_, "42P01" | "42703" | "42883" | "42704" | "3F000") => Meaning::Gone,
        (_, "42501") => Meaning::Refused(RIGHT),
        ("28", _) => Meaning::Refused(LOGIN),
        ("3D", _) => Meaning::Refused(NAME),
        // A lock that did not come in time, and a snapshot too old to read from.
        (_, "55P03" | "72000" | "25P02" | "25P03") => Meaning::Unavailable,
        ("08" | "40" | "53" | "57" | "58" | "XX", _) => Meaning::Unavailable,
        _ => Meaning::Refused(OTHER),
    }
}

impl Fault {
    /// Says of which source it is and what was being done; `table` is the one read, `is_cancelled` whether that was asked for.
    pub(super) fn said(self, target: &Target, doing: &str, table: Option<&str>, is_cancelled: bool) -> DatabaseError {
        let (server, doing) = (target.source.clone(), doing.to_owned());
        let table_or_source = || table.unwrap_or(&target.source).to_owned();
        let refused =
            |advice| DatabaseError::Refused { server: target.source.clone(), doing: doing.clone(), code: None, advice };
        match self {
            Self::Connection => DatabaseError::Unavailable { server, doing, code: None },
            Self::Certificate => refused("its certificate must be of this host, and signed by one in `tls.ca`"),
            Self::NoTls => refused("it does not encrypt; switch TLS on at the server"),
            Self::Bare => refused("it wants the password in the clear; encrypt the connection, or use scram-sha-256"),
            Self::Proof => refused("it must let the login in by scram-sha-256, md5 or password"),
            Self::Choice => refused("the type chosen for a column cannot be had of its own"),
            Self::Statement => refused("the statement must be one SELECT"),
            Self::TooMany => refused("the statement gives more rows than are allowed"),
            Self::Protocol => DatabaseError::Protocol { server, doing },
            Self::NotTaken(why) => DatabaseError::NotTaken { table: table_or_source(), why },
            Self::Special(column) => DatabaseError::Special { table: table_or_source(), column },
            Self::Changed => DatabaseError::Changed { table: table_or_source() },
            Self::Code(code) => match meaning(&code) {
                Meaning::Cancelled if is_cancelled => DatabaseError::Cancelled { server, doing },
                Meaning::Gone if table.is_some() => DatabaseError::Changed { table: table_or_source() },
                Meaning::Unavailable | Meaning::Cancelled => {
                    DatabaseError::Unavailable { server, doing, code: Some(code) }
                }
                Meaning::Gone => DatabaseError::Refused { server, doing, code: Some(code), advice: OTHER },
                Meaning::Refused(advice) => DatabaseError::Refused { server, doing, code: Some(code), advice },
            },
        }
    }

    /// Returns whether a statement was ended before its time.
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Code(code) if code == "57014")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_whether_to_try_again() {
        for code in ["57P01", "40001", "53300", "08006", "55P03", "XX000"] {
            assert_eq!(meaning(code), Meaning::Unavailable, "{code}");
        }
        assert_eq!(meaning("28P01"), Meaning::Refused(LOGIN));
        assert_eq!(meaning("42501"), Meaning::Refused(RIGHT));
        assert_eq!(meaning("3D000"), Meaning::Refused(NAME));
        assert_eq!(meaning("22P02"), Meaning::Refused(OTHER));
        assert_eq!(meaning("42703"), Meaning::Gone);
        assert_eq!(meaning("57014"), Meaning::Cancelled);
    }
}
