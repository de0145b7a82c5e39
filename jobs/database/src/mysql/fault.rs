//! What goes wrong in a session, before it is known what was being done.

use std::io;

use crate::error::DatabaseError;

/// What goes wrong in a session.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection is cut, or nobody answers.
    Cut,
    /// Bytes that are none of the protocol.
    Malformed,
    /// The server's number of an error. Its words are left in the packet: values are quoted in them.
    Code(u16),
    /// What is seen to by whoever configured it.
    Refused(&'static str),
    /// What is an error for the caller already.
    Told(DatabaseError),
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Self::Cut
    }
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        Self::Told(error)
    }
}

impl Fault {
    /// Returns the error of a packet that begins with 0xff.
    pub(super) fn of(packet: &[u8]) -> Self {
        match packet {
            [0xff, low, high, ..] => Self::Code(u16::from_le_bytes([*low, *high])),
            _ => Self::Malformed,
        }
    }

    /// Says where it went wrong; `table` is that being read, if one is.
    pub(super) fn error(self, server: &str, doing: &str, table: Option<&str>) -> DatabaseError {
        let (server, doing) = (server.to_owned(), doing.to_owned());
        let refused = |code: Option<u16>, advice| DatabaseError::Refused {
            server: server.clone(),
            doing: doing.clone(),
            code: code.map(|code| code.to_string()),
            advice,
        };
        match self {
            Self::Told(error) => error,
            Self::Cut => DatabaseError::Unavailable { server, doing, code: None },
            Self::Malformed => DatabaseError::Protocol { server, doing },
            Self::Refused(advice) => refused(None, advice),
            Self::Code(code) => match (code, table) {
                // Query interrupted: KILL QUERY.
                (1317, _) => DatabaseError::Cancelled { server, doing },
                // No such table, column or view's base, and a definition changed since the snapshot.
                (1146 | 1054 | 1051 | 1356 | 1412 | 1932, Some(table)) => {
                    DatabaseError::Changed { table: table.to_owned() }
                }
                (1045 | 1698 | 1251 | 4151, _) => refused(Some(code), "see to the user and password of the secret"),
                (1044 | 1142 | 1143 | 1227 | 1370 | 1449, _) => {
                    refused(Some(code), "the login lacks a right; `doctor` names the statement that gives it")
                }
                (1130 | 1129, _) => refused(Some(code), "the server lets nobody in from this address"),
                (1049 | 1146 | 1054 | 1064, _) => refused(Some(code), "see to the names and statements of the source"),
                (3159, _) => refused(Some(code), "the server wants encrypted connections: set `tls`"),
                _ => DatabaseError::Unavailable { server, doing, code: Some(code.to_string()) },
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;
    use crate::error::DatabaseError;

    #[test]
    fn the_number_of_a_packet_decides_and_its_words_are_left_out() {
        let packet = |code: u16| [&[0xff], &code.to_le_bytes()[..], b"#HY000Duplicate entry 'MARKER'"].concat();
        let told = |code, table| Fault::of(&packet(code)).error("crm", "reading", table);
        assert!(matches!(told(1317, None), DatabaseError::Cancelled { .. }));
        assert!(matches!(told(1054, Some("crm.a")), DatabaseError::Changed { .. }));
        assert!(matches!(told(1045, None), DatabaseError::Refused { .. }));
        assert!(matches!(told(1040, None), DatabaseError::Unavailable { .. }));
        assert!(matches!(Fault::of(b"\xff").error("crm", "reading", None), DatabaseError::Protocol { .. }));
        for code in [1317, 1054, 1045, 1040, 1062] {
            assert!(!told(code, Some("crm.a")).to_string().contains("MARKER"));
        }
    }
}
