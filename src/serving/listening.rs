//! Where the server listens, and what it must have to do so.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use carelake_console::{Console, SignIn};
use carelake_core::{ErrorKind, causes};
use carelake_hl7::serve::publish_keys;
use carelake_pipeline::Http;
use carelake_web::{
    Fetch, Https, KeyError, Limits, OwnIssuer, OwnerKey, Router, Server, ServerError, Service, ServiceError, Tls,
};
use clap::{ArgGroup, Args};
use jiff::Timestamp;

use super::counting::Counting;
use super::own::{NAME, Own};
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::runner::{Local, Rooms};
use crate::way_out;

/// The key of the owner, in the folder of what belongs to runs.
const KEY: &str = "serve.key";

/// The key of this machine as an issuer of tokens, in the same folder.
const ISSUER_KEY: &str = "hl7-issuer.key";

/// The name of what answers browsers.
const PAGES: &str = carelake_console::NAME;

/// A server that answers.
pub(crate) struct Listens {
    pub server: Server,
    /// Its address, as one types it.
    pub address: String,
    /// The address that signs in to its pages; none where pages are not served.
    pub sign_in: Option<String>,
}

/// Where the server listens.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("addresses").args(["listen", "mllp"]).multiple(true))]
pub(crate) struct Listening {
    /// Answer requests at this address; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Take messages of HL7 v2 by MLLP at this address; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) mllp: Option<SocketAddr>,
    /// Let connect by MLLP only who has a certificate of these authorities, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", requires = "mllp")]
    pub(super) client_ca: Option<PathBuf>,
    /// The certificate of the server with its chain, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_key", requires = "addresses")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The key of the certificate, as PEM; nobody else may be able to read it
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,
    /// Another name that clients know this server by, beside its address
    #[arg(long, value_name = "NAME", requires = "listen")]
    host: Vec<String>,
    /// A proxy before this server ends TLS, and nobody else can reach the address
    #[arg(long, requires = "listen", conflicts_with = "tls_cert")]
    behind_proxy: bool,
    /// Serve no pages: only what rooms answer to tokens of their own
    #[arg(long)]
    no_pages: bool,
}

impl Listening {
    /// Returns whether there is an address to listen at.
    pub(crate) const fn is_wanted(&self) -> bool {
        self.listen.is_some()
    }

    /// Returns whether messages are taken by MLLP.
    pub(crate) const fn is_for_messages(&self) -> bool {
        self.mllp.is_some()
    }

    /// Has it listen at this address, unless another was named.
    pub(crate) fn listen_at(&mut self, address: SocketAddr) {
        self.listen.get_or_insert(address);
    }

    /// Returns whom pages are for, or why nothing is served.
    fn pages(&self, local: &Local, address: SocketAddr, is_own: bool) -> Result<Pages, Failure> {
        if self.no_pages {
            return Ok(Pages::None);
        }
        if carelake_console::config::oidc(&local.lake().config).is_some() {
            return Ok(Pages::ByIssuer);
        }
        if is_own {
            return Ok(Pages::OfUser);
        }
        let reason = format!("--listen {address}: others can reach the pages there, and nobody says who they are");
        Err(Failure::argument(reason).advise(format!(
            "name who signs people in, as console.oidc of {}; or serve --no-pages, only what rooms answer to tokens of their own",
            local.lake().config.file.display()
        )))
    }

    /// Begins to serve; answers nothing where nothing is to be listened at.
    ///
    /// Pages are for one user of this machine, or for whom an issuer says who they are: without one, an address that others can reach
    /// is refused unless no pages are wanted.
    pub(crate) fn start(&self, local: &Local, rooms: Rooms) -> Result<Option<Listens>, Failure> {
        let Some(address) = self.listen else { return Ok(None) };
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls::read(certificate, key).map_err(|error| {
                Failure::new(ErrorKind::INVALID_CONFIG, causes(&error))
                    .advise("mend the files that --tls-cert and --tls-key name")
            })?),
            _ => None,
        };
        let is_own = address.ip().is_loopback() && !self.behind_proxy;
        if tls.is_none() && !self.behind_proxy && !is_own {
            return Err(Failure::argument(format!("--listen {address}: other machines can reach it, and nothing is encrypted"))
                .advise(format!(
                    "add --tls-cert FILE --tls-key FILE; or --behind-proxy where a proxy ends TLS; or --listen 127.0.0.1:{}",
                    address.port()
                )));
        }
        let sign_in = self.pages(local, address, is_own)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let limits = Limits::default();
        let owner = OwnerKey::of(&local.lake().state()?.join(KEY))?;
        let own: &'static Own = Box::leak(Box::new(Own { rooms, has_pages: !matches!(sign_in, Pages::None) }));
        // The pages of this machine are made below.
        let of_rooms = rooms.functions().filter(|function| function.name != PAGES);
        let handlers = of_rooms.filter_map(|function| Some((function.name, function.http()?)));
        let mut handlers: Vec<(&str, &'static dyn Http)> = handlers.chain([(NAME, own as &dyn Http)]).collect();
        let word = match &sign_in {
            Pages::OfUser => Some(Console::word()),
            Pages::ByIssuer | Pages::None => None,
        };
        let sign_in = match sign_in {
            Pages::None => None,
            Pages::ByIssuer => Some(SignIn::Oidc { given: None, way_out: way_out::proxy() }),
            Pages::OfUser => {
                let key = owner.clone();
                let word = word.clone().unwrap_or_default();
                Some(SignIn::Local { word, is_key: Box::new(move |given| key.is(given)), user: user() })
            }
        };
        if let Some(sign_in) = sign_in {
            let is_tls = tls.is_some() || self.behind_proxy;
            let console: &'static Console = Box::leak(Box::new(
                Console::new(rooms.0, sign_in, is_tls).counting(Box::new(Counting::new(local.clone()))),
            ));
            handlers.push((PAGES, console));
        }
        let router = Router::new(handlers).map_err(|error| Failure::new(ErrorKind::INTERNAL, error.to_string()))?;
        let scope = &local.lake().scope;
        publish_keys(local.ledger(), scope, own_issuer(local.lake())?.document(), Timestamp::now())?;
        let fetch = Https::new().map_err(|error| Failure::new(ErrorKind::UNAVAILABLE, error.to_string()))?;
        let fetch: Arc<dyn Fetch> = Arc::new(fetch);
        let work = (limits.workers, limits.answer);
        let service = Service::new(router, Box::new(local.clone()), &fetch, Some(owner), work)?;
        let server = Server::start(address, &self.host, tls, limits, service).map_err(|error| unstarted(&error))?;
        let address = format!("{scheme}://{}", server.address());
        let sign_in = word.map(|word| format!("{address}/sign-in/{word}"));
        Ok(Some(Listens { server, address, sign_in }))
    }
}

/// Whom pages are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pages {
    /// Nobody.
    None,
    /// Whoever has the address that is printed.
    OfUser,
    /// Those whom an issuer knows.
    ByIssuer,
}

/// Returns this machine as an issuer of tokens, with the key that it keeps beside the ledger.
pub(crate) fn own_issuer(lake: &Lake) -> Result<OwnIssuer, Failure> {
    Ok(OwnIssuer::of(&lake.state()?.join(ISSUER_KEY))?)
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
