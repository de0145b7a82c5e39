//! The store on S3, the ledger on DynamoDB, and executions on Step Functions.
//!
//! They implement the traits of `carelake-core` and `carelake-pipeline`, whose calls block. An [`Aws`] is built once for each process; it owns the
//! clients and a small runtime of its own that drives them. Credentials, region and endpoint come from the environment,
//! as for every AWS program. What is published, and when, is not decided here.

mod attempts;
mod client;
mod failure;
mod ledger;
mod runner;
mod secrets;
mod store;

pub use carelake_aws_client::AwsError;
pub use client::Aws;
pub use ledger::DynamoLedger;
pub use runner::StepFunctions;
pub use secrets::AwsSecrets;
pub use store::{Download, S3Options, S3Store};
