//! What AWS said when a call failed, without anything from an object or item.

use std::error::Error;
use std::fmt;
use std::io;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;

/// Why a call to AWS failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The service answered and refused.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The service's name for the error; empty when it gave none.
        code: String,
        /// What AWS support asks for; empty when there is none.
        request_id: String,
    },
    /// No answer came, or none that can be read. Whether anything was done is not known.
    NoAnswer(String),
    /// The call was never made: no credentials, no region, an argument that the service does not take.
    NotSent(String),
    /// The bytes that came are not those that were sent, or broke off each time.
    Broken(&'static str),
    /// The disk that a download goes to failed.
    Disk(io::ErrorKind),
}

impl Failure {
    /// Takes what matters out of an error of the SDK.
    pub(crate) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + RequestId + 'static,
    {
        match error {
            SdkError::ServiceError(answer) => Self::Refused {
                status: answer.raw().status().as_u16(),
                code: answer.err().code().unwrap_or_default().to_owned(),
                request_id: answer.err().request_id().unwrap_or_default().to_owned(),
            },
            // The message of an answer that cannot be parsed may quote the answer.
            SdkError::ResponseError(answer) => {
                Self::NoAnswer(format!("an answer with status {} that cannot be read", answer.raw().status().as_u16()))
            }
            SdkError::ConstructionFailure(_) => Self::NotSent(causes(error)),
            SdkError::DispatchFailure(failed) if failed.is_user() => Self::NotSent(causes(error)),
            _ => Self::NoAnswer(causes(error)),
        }
    }

    fn status(&self) -> u16 {
        match self {
            Self::Refused { status, .. } => *status,
            _ => 0,
        }
    }

    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// There is nothing of that name. A bucket that is not there is another matter.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status() == 404 && self.code() != "NoSuchBucket"
    }

    /// What was expected of the object does not hold.
    pub(crate) fn is_precondition(&self) -> bool {
        self.status() == 412
    }

    /// Somebody writes the same object at this moment.
    pub(crate) fn is_at_once(&self) -> bool {
        self.status() == 409 && matches!(self.code(), "ConditionalRequestConflict" | "OperationAborted")
    }

    /// The range that was asked for begins behind the end.
    pub(crate) fn is_beyond_end(&self) -> bool {
        self.status() == 416
    }

    /// The call may have done its work all the same.
    pub(crate) fn is_uncertain(&self) -> bool {
        matches!(self, Self::NoAnswer(_)) || self.status() >= 500
    }

    /// The object is in a class of storage that has to bring it back before it can be read.
    fn is_archived(&self) -> bool {
        self.status() == 403 && self.code() == "InvalidObjectState"
    }

    /// Turns it into the error that the traits of core carry.
    pub(crate) fn into_io(self) -> io::Error {
        let kind = match &self {
            _ if self.is_archived() => io::ErrorKind::Other,
            Self::Refused { status: 401 | 403, .. } => io::ErrorKind::PermissionDenied,
            Self::Refused { .. } if self.is_not_found() => io::ErrorKind::NotFound,
            Self::Disk(kind) => *kind,
            _ if self.code() == "AccessDeniedException" => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            _ if self.is_archived() => {
                f.write_str("it is archived; bring it back with `aws s3api restore-object` first")
            }
            Self::Refused { status, code, request_id } => {
                let code = if code.is_empty() { "no reason" } else { code };
                write!(f, "AWS answered {code} (status {status}")?;
                if request_id.is_empty() { f.write_str(")") } else { write!(f, ", request {request_id})") }
            }
            Self::NoAnswer(why) => write!(f, "no answer from AWS: {why}"),
            Self::NotSent(why) => write!(f, "the request could not be sent: {why}"),
            Self::Broken(how) => f.write_str(how),
            Self::Disk(kind) => write!(f, "the download cannot be written: {kind}"),
        }
    }
}

impl Error for Failure {}
use carelake_core::causes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archived_object_is_no_matter_of_permissions_and_says_what_to_do() {
        let refused = |code: &str| Failure::Refused { status: 403, code: code.to_owned(), request_id: String::new() };
        let archived = refused("InvalidObjectState").into_io();
        assert_eq!(archived.kind(), io::ErrorKind::Other);
        assert_eq!(archived.to_string(), "it is archived; bring it back with `aws s3api restore-object` first");
        assert_eq!(refused("AccessDenied").into_io().kind(), io::ErrorKind::PermissionDenied);
    }
}
