//! Task states and the resources they name.

use super::ResultPlace;
use super::handler::Handlers;
use crate::failure::Failure;
use crate::number;
use crate::path::Path;
use crate::scope::Scope;
use crate::template::Template;
use serde_json::Value;

/// How long a task may take or keep silent when its definition does not say, in seconds.
/// Source: AWS Step Functions developer guide, "Task workflow state", default of `TimeoutSeconds`.
pub const DEFAULT_TIMEOUT_SECS: u64 = 99_999_999;

/// The fields of a Task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What it calls.
    pub resource: Resource,
    /// What it is called with; the state's input when there is none.
    pub parameters: Option<Template>,
    /// Replaces the result.
    pub result_selector: Option<Template>,
    /// Where the result goes.
    pub result_path: ResultPlace,
    /// Its Retry and Catch.
    pub handlers: Handlers,
    /// How long it may take.
    pub timeout: Option<Seconds>,
    /// How long it may keep silent.
    pub heartbeat: Option<Seconds>,
    /// Whose rights it uses; noted in the history only.
    pub credentials: Option<Template>,
}

/// A number of seconds, fixed or found in the data.
#[derive(Debug, Clone, PartialEq)]
pub enum Seconds {
    /// This many.
    Fixed(u64),
    /// As many as the path names.
    Path(Path),
}

/// A resource, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The resource as written.
    pub arn: String,
    /// What kind it is.
    pub kind: ResourceKind,
}

/// The kinds of resource, which differ in their history events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceKind {
    /// A Lambda function's own ARN.
    Lambda,
    /// An activity that a worker polls.
    Activity,
    /// A service integration, such as `arn:aws:states:::sns:publish`.
    Service {
        /// The service, such as `sns` or `aws-sdk:s3`.
        service: String,
        /// The action with its pattern, such as `sendMessage.waitForTaskToken`.
        action: String,
        /// When the task counts as done.
        pattern: Pattern,
    },
}

/// When a service integration counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// When the service has answered.
    Response,
    /// When the job that was started has ended.
    Sync,
    /// When somebody hands the task token back.
    TaskToken,
}

impl Resource {
    /// Takes a resource apart; `None` when it is none that AWS Step Functions can call.
    #[must_use]
    pub fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _partition, service, region, account, rest] = parts.as_slice() else { return None };
        let kind = match *service {
            "lambda" if rest.starts_with("function:") => ResourceKind::Lambda,
            "states" if rest.starts_with("activity:") => ResourceKind::Activity,
            "states" if region.is_empty() && account.is_empty() => service_of(rest)?,
            _ => return None,
        };
        Some(Self { arn: arn.to_owned(), kind })
    }

    /// Returns when the task counts as done.
    #[must_use]
    pub const fn pattern(&self) -> Pattern {
        match &self.kind {
            ResourceKind::Service { pattern, .. } => *pattern,
            ResourceKind::Lambda | ResourceKind::Activity => Pattern::Response,
        }
    }

    /// Returns the name that AWS gives the task in `States.DataLimitExceeded`: the service, or the whole ARN.
    #[must_use]
    pub fn short_name(&self) -> &str {
        match &self.kind {
            ResourceKind::Service { service, .. } => service,
            ResourceKind::Lambda | ResourceKind::Activity => &self.arn,
        }
    }
}

fn service_of(rest: &str) -> Option<ResourceKind> {
    let (plain, pattern) = if let Some(plain) = rest.strip_suffix(".waitForTaskToken") {
        (plain, Pattern::TaskToken)
    } else if let Some(plain) = rest.strip_suffix(".sync").or_else(|| rest.strip_suffix(".sync:2")) {
        (plain, Pattern::Sync)
    } else {
        (rest, Pattern::Response)
    };
    let (service, action) = plain.rsplit_once(':')?;
    if service.is_empty() || action.is_empty() || action.contains('.') {
        return None;
    }
    let suffix = rest.strip_prefix(plain).unwrap_or_default();
    Some(ResourceKind::Service { service: service.to_owned(), action: format!("{action}{suffix}"), pattern })
}

impl Seconds {
    /// Returns the number of seconds.
    pub(crate) fn of(&self, field: &str, data: &Value, scope: &Scope<'_>) -> Result<u64, Failure> {
        match self {
            Self::Fixed(secs) => Ok(*secs),
            Self::Path(path) => {
                let value = path.find(data, scope).map_err(|missing| Failure::runtime(missing.to_string()))?;
                let secs = value.as_number().and_then(number::whole).and_then(|secs| u64::try_from(secs).ok());
                secs.filter(|secs| *secs > 0).ok_or_else(|| {
                    let path = path.text();
                    Failure::runtime(format!(
                        "The {field}Path parameter does not reference a positive integer: {path} == {value}"
                    ))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_taken_apart() {
        for (arn, short, pattern) in [
            (
                "arn:aws:lambda:us-east-1:1:function:f:alias",
                "arn:aws:lambda:us-east-1:1:function:f:alias",
                Pattern::Response,
            ),
            ("arn:aws:states:us-east-1:1:activity:a", "arn:aws:states:us-east-1:1:activity:a", Pattern::Response),
            ("arn:aws:states:::lambda:invoke", "lambda", Pattern::Response),
            ("arn:aws:states:::aws-sdk:s3:listBuckets", "aws-sdk:s3", Pattern::Response),
            ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "sqs", Pattern::TaskToken),
            ("arn:aws:states:::states:startExecution.sync:2", "states", Pattern::Sync),
        ] {
            let resource = Resource::parse(arn).unwrap();
            assert_eq!((resource.short_name(), resource.pattern()), (short, pattern), "{arn}");
        }
        let sync = Resource::parse("arn:aws:states:::states:startExecution.sync:2").unwrap();
        assert!(matches!(&sync.kind, ResourceKind::Service { action, .. } if action == "startExecution.sync:2"));
    }

    #[test]
    fn what_is_no_resource_is_refused() {
        for wrong in ["", "lambda", "arn:aws:s3:::bucket", "arn:aws:states:::lambda", "arn:aws:states:::sqs:send.later"]
        {
            assert_eq!(Resource::parse(wrong), None, "{wrong}");
        }
    }
}
