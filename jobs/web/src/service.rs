//! What answers a request, whatever carried it here: its route, who asks, and the handler on a thread that may wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Call, Caller, Context, Guard, Http, Issuer};
use http::request::Parts;
use http::{Request, Response};
use tokio::sync::Semaphore;

use super::contexts::Contexts;
use super::fetch::Fetch;
use super::guard;
use super::jwt::{IssuerError, Verifier};
use super::owner::{OwnerKey, random_text};
use super::panics::caught;
use super::refused::{Refused, complete};
use super::router::{Found, Router};

/// Random bytes of the id of a request.
const ID_BYTES: usize = 9;

/// Answers requests.
pub struct Service {
    router: Router,
    verifiers: BTreeMap<&'static str, Arc<Verifier>>,
    owner: Option<OwnerKey>,
    contexts: Box<dyn Contexts>,
    workers: Arc<Semaphore>,
    patience: Duration,
}

/// A service that could answer nothing.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A function cannot say who issues its tokens, or there is no lake.
    #[error("{0}")]
    Failure(Failure),
    /// A function wants tokens and names nobody who issues them.
    #[error("the function {function} wants tokens, and nobody is named who issues them")]
    NoIssuer {
        /// The function.
        function: &'static str,
    },
    /// A function names an issuer none of whose tokens would be good.
    #[error("the tokens of the function {function}")]
    Issuer {
        /// The function.
        function: &'static str,
        /// Why.
        #[source]
        source: IssuerError,
    },
}

/// A request that has a route and was let in.
pub(crate) struct Admitted {
    found: Found,
    caller: Option<Caller>,
    id: String,
}

impl Admitted {
    /// Returns the largest body that it may have.
    pub(crate) fn max_body_bytes(&self) -> usize {
        self.found.bound.route.max_body_bytes
    }
}

impl Service {
    /// Takes routes and what their handlers work with. So many handlers work at once, and an answer is waited for so long, which
    /// includes the time until a handler is free; `fetch` gets the keys of issuers.
    ///
    /// # Errors
    /// [`ServiceError`] where a route that wants tokens would let nobody in.
    pub fn new(
        router: Router,
        contexts: Box<dyn Contexts>,
        fetch: &Arc<dyn Fetch>,
        owner: Option<OwnerKey>,
        (workers, patience): (usize, Duration),
    ) -> Result<Self, ServiceError> {
        let mut verifiers = BTreeMap::new();
        for &(function, http) in router.handlers() {
            let wants = |guard: Guard| matches!(guard, Guard::Token | Guard::Scope(_));
            if http.routes().iter().any(|route| wants(route.guard)) {
                let issuer = issuer(&*contexts, http)?.ok_or(ServiceError::NoIssuer { function })?;
                let verifier = Verifier::new(issuer, Arc::clone(fetch));
                let verifier = verifier.map_err(|source| ServiceError::Issuer { function, source })?;
                verifiers.insert(function, Arc::new(verifier));
            }
        }
        let workers = Arc::new(Semaphore::new(workers));
        Ok(Self { router, verifiers, owner, contexts, workers, patience })
    }

    /// Tells an operator of something.
    pub(crate) fn warning(&self, message: &str) {
        self.contexts.warning(&message);
    }

    /// Finds the route of a request and lets it in, or returns its answer.
    pub(crate) async fn admit(&self, parts: &Parts) -> Result<Admitted, Response<Bytes>> {
        let id = random_text(ID_BYTES).unwrap_or_default();
        let found = self.router.find(&parts.method, parts.uri.path());
        let found = found.map_err(|refused| complete(refused.response(), &id))?;
        let verifier = self.verifiers.get(found.bound.function);
        let now = self.contexts.now();
        match guard::admit(found.bound.route.guard, &parts.headers, verifier, self.owner.as_ref(), now).await {
            Ok(caller) => Ok(Admitted { found, caller, id }),
            Err(barred) => {
                self.tell(&found, &id, &barred.reason);
                Err(complete(barred.refused.response(), &id))
            }
        }
    }

    /// Returns the answer to a request that got no further.
    pub(crate) fn refuse(&self, admitted: &Admitted, refused: &Refused) -> Response<Bytes> {
        complete(refused.response(), &admitted.id)
    }

    /// Has the handler answer. Whoever asked may go away, or the time be over: the handler is told so, and ends when it does.
    pub(crate) async fn answer(self: &Arc<Self>, admitted: Admitted, request: Request<Bytes>) -> Response<Bytes> {
        let Admitted { found, caller, id } = admitted;
        let told = (found.clone(), id.clone());
        let over = Over(Arc::new(AtomicBool::new(false)));
        let (service, is_over) = (Arc::clone(self), Arc::clone(&over.0));
        let work = async {
            let permit = Arc::clone(&self.workers).acquire_owned().await.map_err(|_| Refused::Busy)?;
            let work = move || {
                let _permit = permit;
                let route = found.bound.route.path;
                let call = Call { request, route, parts: found.parts, caller, id };
                service.handle(found.bound.http, &call, &is_over)
            };
            match tokio::task::spawn_blocking(work).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(failed)) => Err(self.told(&told, failed)),
                Err(_) => Err(self.told(&told, (Refused::Failed, "the answer was given up".to_owned()))),
            }
        };
        let answer = tokio::time::timeout(self.patience, work).await;
        let answer = answer.unwrap_or_else(|_| {
            Err(self.told(&told, (Refused::Busy, format!("no answer within {} s", self.patience.as_secs_f64()))))
        });
        complete(answer.unwrap_or_else(|refused| refused.response()), &told.1)
    }

    fn handle(&self, http: &dyn Http, call: &Call, is_over: &AtomicBool) -> Result<Response<Bytes>, (Refused, String)> {
        let mut answer = None;
        let mut work = |context: &Context<'_>| answer = Some(caught(|| http.answer(context, call)));
        let done = self.contexts.with(&|| is_over.load(Ordering::Acquire), &mut work);
        match (done, answer) {
            (Ok(()), Some(Ok(response))) => Ok(response),
            (_, Some(Err(place))) => Err((Refused::Failed, format!("the handler panicked at {place}"))),
            (Err(failure), _) => Err((Refused::Unavailable, failure.to_string())),
            (Ok(()), None) => Err((Refused::Failed, "the handler was not asked".to_owned())),
        }
    }

    fn told(&self, (found, id): &(Found, String), (refused, reason): (Refused, String)) -> Refused {
        self.tell(found, id, &reason);
        refused
    }

    /// Names a request by its route and never by its path, which may hold what nobody is to read.
    fn tell(&self, found: &Found, id: &str, reason: &str) {
        let route = found.bound.route;
        self.contexts.warning(&format_args!("request {id}, {} {}: {reason}", route.method, route.path));
    }
}

/// Tells a handler that its answer is no longer wanted once this is gone.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn issuer(contexts: &dyn Contexts, http: &dyn Http) -> Result<Option<Issuer>, ServiceError> {
    let mut issuer = Ok(None);
    contexts.with(&|| false, &mut |context| issuer = http.issuer(context)).map_err(ServiceError::Failure)?;
    issuer.map_err(ServiceError::Failure)
}
