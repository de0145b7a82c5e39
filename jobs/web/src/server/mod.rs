//! A server on one machine, which expects the worst of whoever connects: slow, large, many, and none of it HTTP.
//!
//! It speaks HTTP/1.1, with or without TLS. HTTP/2 is left to a proxy before it.

mod body;
mod connection;
mod connections;
pub(crate) mod hosts;
pub(crate) mod limits;
pub(crate) mod tls;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener as Listener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::service::Service;
use connections::Connections;
use hosts::Hosts;
use limits::Limits;
use tls::Tls;

/// How long listening pauses after a connection could not be taken, as when all files of the process are open.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a connection is kept for which there is no room, so that its answer arrives.
const LINGER: Duration = Duration::from_millis(500);
/// Connections kept so at a time.
const LINGERING: usize = 64;
/// Threads that carry bytes; handlers have their own.
const CARRIERS: usize = 2;
/// Threads beside those of handlers, for what the system answers slowly, such as where an issuer is.
const SPARE: usize = 2;
/// How long a handler whose answer nobody waits for any more may take to notice.
const FAREWELL: Duration = Duration::from_secs(1);

/// What every connection works with.
struct Shared {
    service: Arc<Service>,
    hosts: Hosts,
    limits: Limits,
    tls: Option<Tls>,
}

/// A server at work.
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

/// A server that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened to.
    #[error("{address} cannot be listened to")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system gives no threads.
    #[error("the system gives no threads to serve with")]
    Threads(#[source] io::Error),
}

impl ServerError {
    /// Returns whether somebody else listens at the address.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }
}

impl Server {
    /// Begins to serve. With port 0 the system chooses one, which [`Server::address`] tells.
    ///
    /// # Errors
    /// [`ServerError`] where the address cannot be listened to, or there are no threads.
    pub fn start(
        address: SocketAddr,
        names: &[String],
        tls: Option<Tls>,
        limits: Limits,
        service: Service,
    ) -> Result<Self, ServerError> {
        let failed = |source: io::Error| ServerError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Shared { service: Arc::new(service), hosts: Hosts::of(address.ip(), names), limits, tls };
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .worker_threads(CARRIERS)
            .max_blocking_threads(limits.workers + SPARE)
            .thread_name("carelake-web")
            .build()
            .map_err(ServerError::Threads)?;
        let (stop, stopped) = watch::channel(false);
        let serve = move || run(runtime, listener, Arc::new(shared), stopped);
        let thread = thread::Builder::new().name("carelake-web".to_owned()).spawn(serve);
        Ok(Self { address, stop, thread: thread.map_err(ServerError::Threads)? })
    }

    /// Returns where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it: nobody is let in any more, answers under way are given, and then every connection is closed.
    pub fn stop(self) {
        self.stop.send_replace(true);
        // A server that panicked has ended too.
        let _ = self.thread.join();
    }
}

fn run(runtime: Runtime, listener: TcpListener, shared: Arc<Shared>, stop: watch::Receiver<bool>) {
    let grace = shared.limits.grace;
    runtime.block_on(async {
        let Ok(listener) = Listener::from_std(listener) else { return };
        let mut open = accept(listener, shared, stop).await;
        let all = async { while open.join_next().await.is_some() {} };
        let _ = timeout(grace, all).await;
    });
    runtime.shutdown_timeout(FAREWELL);
}

/// Takes connections until the server is to end; what it returns is still open.
async fn accept(listener: Listener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) -> JoinSet<()> {
    let connections = Connections::new(shared.limits.connections);
    let lingering = Arc::new(Semaphore::new(LINGERING));
    let mut open = JoinSet::new();
    let mut is_told = false;
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            _ = stop.wait_for(|is_over| *is_over) => return open,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => match connections.admit() {
                Some(slot) => drop(open.spawn(connection::serve(stream, slot, Arc::clone(&shared), stop.clone()))),
                None => refuse(stream, shared.tls.is_some(), &lingering),
            },
            Err(error) => {
                if !is_told {
                    shared.service.warning(&format!("a connection could not be taken: {error}"));
                }
                is_told = true;
                sleep(PAUSE).await;
            }
        }
    }
}

/// Answers 503 to a connection for which there is no room. Behind TLS that would cost a handshake, so it is closed.
fn refuse(stream: TcpStream, is_encrypted: bool, lingering: &Arc<Semaphore>) {
    let Ok(permit) = Arc::clone(lingering).try_acquire_owned() else { return };
    if is_encrypted {
        return;
    }
    tokio::spawn(async move {
        let _permit = permit;
        let told = async {
            let (mut stream, mut taken) = (stream, [0; 4096]);
            stream.write_all(&connection::refusal()).await?;
            stream.shutdown().await?;
            // What was sent is taken, or the system would take the answer back.
            while stream.read(&mut taken).await? > 0 {}
            io::Result::Ok(())
        };
        let _ = timeout(LINGER, told).await;
    });
}
