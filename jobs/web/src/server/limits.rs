//! What one server bears.

use std::time::Duration;

/// The limits of a server. Those of single routes are with the routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time. Beyond, the one whose client has kept us waiting longest makes room; where all are being answered, the
    /// new one gets 503.
    pub connections: usize,
    /// How long a handshake of TLS may take.
    pub handshake: Duration,
    /// How long the head of a request may take, counted from when the connection is free for it: so long it may be idle, too.
    pub head: Duration,
    /// The largest head, in bytes.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// How long a body may take.
    pub body: Duration,
    /// How long nothing of an answer may be taken.
    pub stall: Duration,
    /// How long a connection is used for further requests.
    pub age: Duration,
    /// Handlers that work at a time.
    pub workers: usize,
    /// How long an answer may take, with the time until a handler is free.
    pub answer: Duration,
    /// How long answers under way are waited for when the server ends.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 100,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            head_bytes: 16 * 1024,
            headers: 64,
            body: Duration::from_secs(60),
            stall: Duration::from_secs(30),
            age: Duration::from_secs(3600),
            workers: 16,
            answer: Duration::from_secs(60),
            grace: Duration::from_secs(30),
        }
    }
}
