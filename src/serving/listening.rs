//! Where the server listens, and what it must have to do so.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use carelake_core::{ErrorKind, causes};
use carelake_pipeline::Http;
use carelake_web::{Fetch, Https, KeyError, Limits, OwnerKey, Router, Server, ServerError, Service, ServiceError, Tls};
use clap::Args;

use super::own::{NAME, Own};
use crate::failure::Failure;
use crate::runner::{Local, Rooms};

/// The key of the owner, in the folder of what belongs to runs.
const KEY: &str = "serve.key";

/// Where the server listens.
#[derive(Debug, Args)]
pub(crate) struct Listening {
    /// Answer requests at this address; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The certificate of the server with its chain, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", requires = "listen")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, as PEM; nobody else may be able to read it
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Another name that clients know this server by, beside its address
    #[arg(long, value_name = "NAME", requires = "listen")]
    host: Vec<String>,
    /// A proxy before this server ends TLS, and nobody else can reach the address
    #[arg(long, requires = "listen", conflicts_with = "tls_cert")]
    behind_proxy: bool,
}

impl Listening {
    /// Returns whether there is an address to listen at.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.listen.is_some()
    }

    /// Begins to serve; answers the server and its address as one types it, or nothing where nothing is to be listened at.
    pub(crate) fn start(&self, local: &Local, rooms: Rooms) -> Result<Option<(Server, String)>, Failure> {
        let Some(address) = self.listen else { return Ok(None) };
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls::read(certificate, key).map_err(|error| {
                Failure::new(ErrorKind::INVALID_CONFIG, causes(&error))
                    .advise("mend the files that --tls-cert and --tls-key name")
            })?),
            _ => None,
        };
        if tls.is_none() && !self.behind_proxy && !address.ip().is_loopback() {
            return Err(Failure::argument(format!("--listen {address}: other machines can reach it, and nothing is encrypted"))
                .advise(format!(
                    "add --tls-cert FILE --tls-key FILE; or --behind-proxy where a proxy ends TLS; or --listen 127.0.0.1:{}",
                    address.port()
                )));
        }
        let scheme = if tls.is_some() { "https" } else { "http" };
        let limits = Limits::default();
        let own: &'static Own = Box::leak(Box::new(Own(rooms)));
        let handlers = rooms.functions().filter_map(|function| Some((function.name, function.http()?)));
        let router = Router::new(handlers.chain([(NAME, own as &dyn Http)]))
            .map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        let fetch = Https::new().map_err(|error| Failure::new(ErrorKind::UNAVAILABLE, error.to_string()))?;
        let fetch: Arc<dyn Fetch> = Arc::new(fetch);
        let owner = OwnerKey::of(&local.lake().state()?.join(KEY))?;
        let work = (limits.workers, limits.answer);
        let service = Service::new(router, Box::new(local.clone()), &fetch, Some(owner), work)?;
        let server = Server::start(address, &self.host, tls, limits, service).map_err(|error| unstarted(&error))?;
        let told = format!("{scheme}://{}", server.address());
        Ok(Some((server, told)))
    }
}

fn unstarted(error: &ServerError) -> Failure {
    if error.is_in_use() {
        return Failure::argument(format!("{error}: something listens there already"))
            .advise("stop that, or name another port; --listen 127.0.0.1:0 takes one that is free");
    }
    match error {
        ServerError::Listen { .. } => {
            Failure::argument(causes(error)).advise("name an address of this machine, and a port that you may use")
        }
        ServerError::Threads(_) => Failure::new(ErrorKind::INTERNAL, causes(error)),
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::new(ErrorKind::STORAGE, causes(&error))
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Failure(failure) => failure.into(),
            error => Self::new(ErrorKind::INVALID_CONFIG, causes(&error))
                .advise("name issuer, keys and audience in the section of its room"),
        }
    }
}
