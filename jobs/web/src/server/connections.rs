//! The connections of a server: how many there are, what each is at, and which makes room for a new one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What a connection is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Waiting for its client: for a request or the rest of it, or until an answer is taken. No part of a request counts for more
    /// than another, or whoever begins many bodies would keep everybody else out.
    Client,
    /// Being answered.
    Answer,
}

/// All connections.
pub(super) struct Connections {
    most: usize,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    /// Grows with everything that happens, and so tells what was first.
    moment: u64,
    open: BTreeMap<u64, Open>,
}

struct Open {
    at: At,
    since: u64,
    close: Arc<Notify>,
}

/// The place of one connection, given back when it is dropped.
pub(super) struct Slot {
    id: u64,
    connections: Arc<Connections>,
    close: Arc<Notify>,
}

impl Connections {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, all: Mutex::default() })
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a connection its place. Where all are taken, the one that has waited longest makes room; `None` where none waits.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Arc<Slot>> {
        let mut all = self.all();
        if all.open.len() >= self.most {
            let waiting = all.open.iter().filter(|(_, open)| open.at != At::Answer);
            let first = waiting.min_by_key(|(_, open)| open.since).map(|(id, _)| *id)?;
            if let Some(open) = all.open.remove(&first) {
                open.close.notify_one();
            }
        }
        all.moment += 1;
        let (id, close) = (all.moment, Arc::new(Notify::new()));
        all.open.insert(id, Open { at: At::Client, since: id, close: Arc::clone(&close) });
        Some(Arc::new(Slot { id, connections: Arc::clone(self), close }))
    }
}

impl Slot {
    /// Takes note of what the connection is at now.
    pub(super) fn is_at(&self, at: At) {
        let mut all = self.connections.all();
        all.moment += 1;
        let since = all.moment;
        if let Some(open) = all.open.get_mut(&self.id) {
            (open.at, open.since) = (at, since);
        }
    }

    /// Ends when the connection has to make room.
    pub(super) async fn closed(&self) {
        self.close.notified().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.connections.all().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_closed(slot: &Slot) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(std::time::Duration::ZERO, slot.closed()).await.is_ok() })
    }

    #[test]
    fn who_has_waited_longest_makes_room_and_who_is_answered_never_does() {
        let connections = Connections::new(3);
        let [a, b, c] = [(); 3].map(|()| connections.admit().unwrap());
        a.is_at(At::Answer);
        b.is_at(At::Client);
        // It is since when each waits that counts.
        let d = connections.admit().unwrap();
        assert!(is_closed(&c) && !is_closed(&b));
        d.is_at(At::Answer);
        let e = connections.admit().unwrap();
        assert!(is_closed(&b));
        e.is_at(At::Answer);
        assert!(connections.admit().is_none());
        d.is_at(At::Client);
        let _f = connections.admit().unwrap();
        assert!(is_closed(&d) && !is_closed(&a) && !is_closed(&e));
    }

    #[test]
    fn a_place_is_given_back() {
        let connections = Connections::new(1);
        let first = connections.admit().unwrap();
        first.is_at(At::Answer);
        assert!(connections.admit().is_none());
        drop(first);
        assert!(connections.admit().is_some());
    }
}
