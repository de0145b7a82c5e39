//! What AWS said when a call failed, without its words.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::DatabaseError;

/// Codes with which DynamoDB says that it is asked too much.
const THROTTLED: [&str; 4] =
    ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "LimitExceededException"];
/// Codes that pass by themselves.
const PASSING: [&str; 4] =
    ["InternalServerError", "ServiceUnavailable", "ResourceInUseException", "ExportConflictException"];

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is asked too much.
    Throttled,
    /// There is nothing of that name.
    Missing,
    /// No answer came, or one that may be another the next time.
    Passing(Option<String>),
    /// It refuses.
    Refused(String),
}

impl Fault {
    /// Returns whether a right is lacking.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::Refused(code) if code == "AccessDeniedException")
    }

    pub(super) fn of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Self {
        let SdkError::ServiceError(answer) = error else { return Self::Passing(None) };
        let code = answer.err().code().unwrap_or_default();
        if THROTTLED.contains(&code) {
            Self::Throttled
        } else if matches!(code, "ResourceNotFoundException" | "TableNotFoundException" | "ExportNotFoundException") {
            Self::Missing
        } else if PASSING.contains(&code) || answer.raw().status().is_server_error() {
            Self::Passing(Some(code.to_owned()))
        } else {
            Self::Refused(code.to_owned())
        }
    }

    /// Returns it as an error of a source.
    pub(super) fn error(self, server: &str, doing: &str) -> DatabaseError {
        let (server, doing) = (server.to_owned(), doing.to_owned());
        match self {
            Self::Throttled => DatabaseError::Unavailable {
                server,
                doing,
                code: Some("ProvisionedThroughputExceededException".to_owned()),
            },
            Self::Missing => DatabaseError::Changed { table: format!("{server}: what was asked for while {doing}") },
            Self::Passing(code) => DatabaseError::Unavailable { server, doing, code },
            Self::Refused(code) => DatabaseError::Refused {
                server,
                doing,
                code: Some(code),
                advice: "see to credentials and region, and to the rights that docs/rooms/loads.md lists for DynamoDB",
            },
        }
    }
}
