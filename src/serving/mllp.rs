//! Where messages of HL7 v2 come by MLLP: a thread for each connection, so that many wait for one flush of what is kept.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use carelake_core::store::Store;
use carelake_core::{ErrorKind, causes};
use carelake_hl7::config::Hl7;
use carelake_hl7::mllp::{Bounds, Budget, Reply, converse, take};
use carelake_hl7::world::World;
use carelake_web::Tls;
use jiff::tz::TimeZone;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Listening;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output;
use crate::runner::Local;

/// Connections at a time. Beyond, the one that has been silent for longest makes room.
const CONNECTIONS: usize = 512;
/// How often a connection, and who accepts them, looks up.
const LOOK: Duration = Duration::from_millis(200);
/// How long a frame may take.
const FRAME: Duration = Duration::from_secs(300);
/// How long a connection may be silent.
const IDLE: Duration = Duration::from_secs(3_600);
/// Bytes of the stack of a connection: the reader of messages is deep in none.
const STACK: usize = 1 << 20;
/// Memory for frames that have not ended, of all connections together.
const FRAMES: usize = 512 << 20;
/// How often what is kept is made into files.
const SETTLED: Duration = Duration::from_secs(1);

/// A listener for MLLP.
pub(crate) struct Mllp {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// The connections there are: each with when something came last, in milliseconds since the start.
#[derive(Default)]
struct Connections(Mutex<BTreeMap<u64, (Arc<AtomicU64>, TcpStream)>>);

/// What every connection works with.
struct Shared {
    local: Local,
    config: Hl7,
    zone: TimeZone,
    tls: Option<Arc<ServerConfig>>,
    connections: Connections,
    budget: Budget,
    is_over: Arc<AtomicBool>,
    started: Instant,
}

impl Mllp {
    /// Begins to listen, if an address is named.
    pub(crate) fn start(listening: &Listening, local: &Local) -> Result<Option<Self>, Failure> {
        let Some(address) = listening.mllp else { return Ok(None) };
        let config = Hl7::of_config(&local.lake().config);
        let tls = match (&listening.tls_cert, &listening.tls_key) {
            (Some(certificate), Some(key)) => {
                let read = Tls::read_bare(certificate, key, listening.client_ca.as_deref());
                let advice = "mend the files that --tls-cert, --tls-key and --client-ca name";
                let failed = |error| Failure::new(ErrorKind::INVALID_CONFIG, causes(&error)).advise(advice);
                Some(read.map_err(failed)?.config())
            }
            _ => None,
        };
        let has_guard = listening.client_ca.is_some() || !config.mllp_allow.is_empty();
        if !address.ip().is_loopback() && (tls.is_none() || !has_guard) {
            let message = format!("--mllp {address}: other machines can reach it, and MLLP has no sign-in");
            return Err(Failure::argument(message).advise(
                "add --tls-cert and --tls-key, and --client-ca or hl7.mllp.allow of the configuration; or listen at 127.0.0.1",
            ));
        }
        let listener = TcpListener::bind(address).map_err(|error| {
            Failure::argument(format!("--mllp {address}: {error}"))
                .advise("name an address of this machine that is free; port 0 takes one")
        })?;
        let bound = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared {
            local: local.clone(),
            config,
            zone: TimeZone::system(),
            tls,
            connections: Connections::default(),
            budget: Budget::of(FRAMES),
            is_over: Arc::clone(&is_over),
            started: Instant::now(),
        });
        listener.set_nonblocking(true)?;
        let thread = thread::spawn(move || accept(&listener, &shared));
        Ok(Some(Self { address: bound, is_over, thread }))
    }

    /// Returns where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it when the messages that are under way are answered.
    pub(crate) fn stop(self) {
        self.is_over.store(true, Ordering::Release);
        drop(self.thread.join());
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for number in 0.. {
        if shared.is_over.load(Ordering::Acquire) {
            break;
        }
        threads.retain(|thread| !thread.is_finished());
        match listener.accept() {
            Ok((stream, peer)) => {
                let shared = Arc::clone(shared);
                let begun = thread::Builder::new().stack_size(STACK).spawn(move || shared.serve(number, stream, peer));
                threads.extend(begun.ok());
            }
            // Nobody comes, or this machine has no room for another.
            Err(_) => thread::sleep(LOOK / 10),
        }
    }
    threads.into_iter().for_each(|thread| drop(thread.join()));
}

impl Shared {
    fn is_allowed(&self, address: IpAddr) -> bool {
        self.config.mllp_allow.is_empty() || self.config.mllp_allow.iter().any(|network| network.has(address))
    }

    fn serve(&self, number: u64, stream: TcpStream, peer: SocketAddr) {
        if !self.is_allowed(peer.ip()) {
            return;
        }
        let Ok(seen) = self.connections.enter(number, &stream, self.millis()) else { return };
        let ended = self.speak(stream, peer, &seen);
        self.connections.leave(number);
        if let Err(error) = ended
            && !matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
        {
            output::aside(format_args!("a connection by MLLP broke: {error}"));
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn speak(&self, stream: TcpStream, peer: SocketAddr, seen: &AtomicU64) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LOOK))?;
        stream.set_write_timeout(Some(FRAME))?;
        let by = peer.ip().to_string();
        match &self.tls {
            None => self.converse(Watched { stream, seen, shared: self }, &by),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
                self.converse(StreamOwned::new(connection, Watched { stream, seen, shared: self }), &by)
            }
        }
    }

    fn converse<S: Read + Write>(&self, mut stream: S, by: &str) -> io::Result<()> {
        let bounds = Bounds { message_bytes: self.config.max_bytes, frame: FRAME, idle: IDLE };
        let is_over = || self.is_over.load(Ordering::Acquire);
        converse(&mut stream, (bounds, &self.budget), &is_over, &|message| self.take(message, by)).map(drop)
    }

    fn take(&self, message: &[u8], by: &str) -> Reply {
        let mut reply = Reply { closes: true, ..Reply::default() };
        let done = self.local.with_context(&|| false, |context| {
            reply = take(&World::of(context, &self.config), message, by, &self.zone);
            Ok(())
        });
        if let Some(failed) = &reply.failed {
            output::aside(format_args!("a message that came by MLLP was not taken: {}", causes(failed)));
        }
        if let Err(failure) = done {
            output::aside(&failure);
        }
        reply
    }
}

impl Connections {
    /// Enters a connection. Where there are too many, the one that has been silent for longest is closed.
    fn enter(&self, number: u64, stream: &TcpStream, now: u64) -> io::Result<Arc<AtomicU64>> {
        let seen = Arc::new(AtomicU64::new(now));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CONNECTIONS {
            let longest = all.iter().min_by_key(|(_, (seen, _))| seen.load(Ordering::Relaxed)).map(|(at, _)| *at);
            if let Some((_, stream)) = longest.and_then(|at| all.remove(&at)) {
                drop(stream.shutdown(std::net::Shutdown::Both));
            }
        }
        all.insert(number, (Arc::clone(&seen), stream.try_clone()?));
        Ok(seen)
    }

    fn leave(&self, number: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }
}

/// A stream of which it is noted when something came.
struct Watched<'s> {
    stream: TcpStream,
    seen: &'s AtomicU64,
    shared: &'s Shared,
}

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        self.seen.store(self.shared.millis(), Ordering::Relaxed);
        Ok(count)
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Makes files of what is kept, again and again, so that others find it and a start finds little.
pub(crate) struct Settling {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Settling {
    pub(crate) fn start(lake: &Lake) -> Self {
        let (raw, is_over) = (Arc::clone(&lake.raw), Arc::new(AtomicBool::new(false)));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let mut told = String::new();
            while !over.load(Ordering::Acquire) {
                let failed = settle(&*raw);
                if !failed.is_empty() && failed != told {
                    output::aside(format_args!("what was received is kept, and cannot be made into files: {failed}"));
                }
                told = failed;
                thread::park_timeout(SETTLED);
            }
            settle(&*raw);
        });
        Self { is_over, thread }
    }

    /// Ends it; what is kept is made into files once more.
    pub(crate) fn stop(self) {
        self.is_over.store(true, Ordering::Release);
        self.thread.thread().unpark();
        drop(self.thread.join());
    }
}

/// Answers what failed.
fn settle(raw: &dyn Store) -> String {
    raw.settle().err().map(|error| causes(&error)).unwrap_or_default()
}
