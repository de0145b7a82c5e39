//! The deployed environments: what runs on AWS, reached from here where carelake was built with the feature `aws`.
//!
//! Names are derived from the environment, as the deployment derives them: state machine and functions `carelake-ENV…`, the
//! ledger `carelake-ENV-ledger`, the catalog `carelake_ENV` (of a tenant `carelake_ENV_TENANT`), the topic of alerts `carelake-ENV-alerts`.

#[cfg(not(feature = "aws"))]
mod absent;
#[cfg(feature = "aws")]
mod health;
#[cfg(feature = "aws")]
mod reached;

#[cfg(not(feature = "aws"))]
pub(crate) use absent::{Deployment, bucket, findings, mend_table, unconfirmed};
#[cfg(feature = "aws")]
pub(crate) use health::{findings, mend_table, unconfirmed};
#[cfg(feature = "aws")]
pub(crate) use reached::{Deployment, bucket};

/// What to do when AWS cannot be reached or refuses.
pub(crate) const ADVICE: &str = "check credentials and region (`aws sts get-caller-identity`, AWS_PROFILE, AWS_REGION), and that the environment is deployed";

/// The answer to one question: what, whether it is well, what was found, and what to do.
pub(crate) struct Finding {
    pub what: String,
    pub found: Result<String, (String, String)>,
}
