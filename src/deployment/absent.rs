//! A carelake that was built without AWS: it knows which environments are there, and reaches none.

use std::sync::Arc;

use carelake_core::config::Environment;
use carelake_core::ledger::SqliteLedger;
use carelake_core::names::{Publication, Scope};
use carelake_core::publish::{Manifest, Pointer};
use carelake_core::store::{LocalStore, Store};
use carelake_pipeline::{Runner, RunnerError};
use carelake_tabular::config::Config;

use super::Finding;
use crate::failure::Failure;

/// How to get one that reaches AWS.
const BUILD: &str = "./bootstrap.sh local aws, or: cargo build --release -p carelake --features aws";

/// An environment on AWS: there is none that this carelake reaches, so that nothing below is ever called.
#[derive(Debug)]
pub(crate) enum Deployment {}

impl Deployment {
    pub(crate) fn connect(environment: &str, _scope: &Scope) -> Result<Self, Failure> {
        let message =
            format!("environment `{environment}` is on AWS, and this carelake was built without what reaches it");
        Err(Failure::argument(message).advise(BUILD))
    }

    pub(crate) fn store(&self, _bucket: &str, _prefix: &str) -> LocalStore {
        match *self {}
    }

    pub(crate) fn ledger(&self) -> SqliteLedger {
        match *self {}
    }

    pub(crate) fn database(&self) -> String {
        match *self {}
    }

    pub(crate) fn table_name(&self, _publication: &Publication) -> String {
        match *self {}
    }

    pub(crate) fn runner(&self) -> Box<dyn Runner> {
        match *self {}
    }

    pub(crate) fn given_up(&self) -> Result<Vec<String>, Failure> {
        match *self {}
    }

    pub(crate) fn told(&self, _error: RunnerError) -> Failure {
        match *self {}
    }
}

pub(crate) fn bucket(bucket: &str, _prefix: &str) -> Result<Arc<dyn Store>, Failure> {
    let message = format!("s3://{bucket} is on AWS, and this carelake was built without what reaches it");
    Err(Failure::argument(message).advise(BUILD))
}

pub(crate) fn findings(deployment: &Deployment, _environment: &Environment) -> Vec<Finding> {
    match *deployment {}
}

pub(crate) fn unconfirmed(
    deployment: &Deployment,
    _addresses: &[String],
) -> Result<Vec<(String, &'static str)>, Failure> {
    match *deployment {}
}

pub(crate) fn mend_table(
    _config: &Config,
    deployment: &Deployment,
    _publication: &Publication,
    _pointer: &Pointer,
    _manifests: &[Manifest],
) -> Result<Vec<String>, Failure> {
    match *deployment {}
}
