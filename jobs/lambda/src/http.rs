//! A function that answers requests, behind an HTTP API.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use carelake_core::{ErrorKind, causes};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Function, Log as _};
use carelake_tabular::job::Services;
use carelake_web::{Contexts, Fetch, Https, Router, Service, lambda};
use jiff::Timestamp;

use crate::about::About;
use crate::lake::Lake;
use crate::metrics::Log;
use crate::watch::Watch;

/// How long before Lambda stops the function its answer is given up, so that there is one.
const MARGIN: Duration = Duration::from_secs(1);

/// Answers every request that Lambda hands over, until it ends the process.
pub(crate) fn serve(function: Function, lake: Arc<Lake>) -> Result<(), Failure> {
    let invalid = |error: &dyn std::error::Error| Failure::new(ErrorKind::INVALID_CONFIG, causes(error));
    let router = Router::of([&function]).map_err(|error| invalid(&error))?;
    let fetch: Arc<dyn Fetch> = Arc::new(Https::new().map_err(|error| invalid(&error))?);
    let patience = Duration::from_secs(function.timeout_secs.into()).saturating_sub(MARGIN);
    // Lambda hands over one request at a time. Nobody there has the key of an owner.
    let service = Service::new(router, Box::new(Requests(lake)), &fetch, None, (1, patience));
    lambda::serve(service.map_err(|error| invalid(&error))?)
}

struct Requests(Arc<Lake>);

impl Contexts for Requests {
    fn with(&self, is_over: &(dyn Fn() -> bool + Sync), work: &mut dyn FnMut(&Context<'_>)) -> Result<(), Failure> {
        let about = About::default();
        let log = Log::of(self.0.environment(), &about);
        self.0.with_context(&about, &Watch::start(None), &log, |context| {
            let services = Services { is_cancelled: is_over, ..context.services };
            work(&Context { services, ..*context });
            Ok(())
        })
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn warning(&self, message: &dyn Display) {
        Log::of(self.0.environment(), &About::default()).warning(message);
    }
}
