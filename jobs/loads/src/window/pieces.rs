//! Reads a table in pieces by several sessions of one snapshot, and hands the rows over piece after piece: whatever the number of sessions
//! and however fast each is, the same rows come in the same order.
//!
//! A session reads the next piece while an earlier one is handed over. What waits is bounded. A piece whose connection was cut is read by
//! another session, unless rows of it were handed over already.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use arrow_array::RecordBatch;
use carelake_database::{Condition, Counts, DatabaseError, Reading, Refused, Session, Taker};

use crate::publish::LoadError;

/// How often pieces are read again, of one table.
const MOST_AGAIN: u32 = 3;

/// What a session hands over.
pub(super) enum Item {
    /// Rows.
    Rows(RecordBatch),
    /// A row that was refused.
    Refused(Refused),
}

/// Reads `pieces` of what `reading` tells but for its conditions. Answers what was counted of all. About `most_waiting` bytes of rows
/// wait at most; while a piece is read again that was cut, one more piece.
///
/// # Errors
/// Those of the servers, and of `take`.
pub(super) fn read<'s>(
    sessions: Vec<&mut (dyn Session + 's)>,
    reading: &Reading<'_>,
    pieces: &[Vec<Condition>],
    most_waiting: usize,
    take: &mut dyn FnMut(Item) -> Result<(), LoadError>,
) -> Result<Counts, LoadError> {
    let hall = Hall::new(pieces.len(), sessions.len(), most_waiting);
    thread::scope(|scope| {
        for session in sessions {
            let hall = &hall;
            scope.spawn(move || hall.work(session, reading, pieces));
        }
        let handed = hall.hand_over(take);
        // However it ended, nobody reads on.
        hall.state().is_over = true;
        hall.changed.notify_all();
        handed
    })
}

/// Where sessions leave what they read.
struct Hall {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    pieces: Vec<Piece>,
    /// Pieces that nobody reads, the first first.
    open: VecDeque<usize>,
    /// The piece that is handed over.
    current: usize,
    /// Bytes of rows that wait, and how many may.
    waiting: usize,
    most_waiting: usize,
    /// Sessions that read.
    sessions: usize,
    again: u32,
    failed: Option<DatabaseError>,
    is_over: bool,
}

#[derive(Default)]
struct Piece {
    items: VecDeque<Item>,
    counts: Option<Counts>,
    /// Whether rows of it were handed over.
    is_begun: bool,
}

impl Hall {
    fn new(pieces: usize, sessions: usize, most_waiting: usize) -> Self {
        let state = State {
            pieces: (0..pieces).map(|_| Piece::default()).collect(),
            open: (0..pieces).collect(),
            current: 0,
            waiting: 0,
            most_waiting,
            sessions,
            again: 0,
            failed: None,
            is_over: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'h>(&'h self, state: MutexGuard<'h, State>) -> MutexGuard<'h, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads pieces with a session until there are none.
    fn work(&self, session: &mut dyn Session, reading: &Reading<'_>, pieces: &[Vec<Condition>]) {
        while let Some((at, conditions)) = self.begin().and_then(|at| Some((at, pieces.get(at)?))) {
            let reading = Reading { conditions, ..reading.clone() };
            let ended = session.read(&reading, &mut Leaving { hall: self, at });
            if !self.end(at, ended) {
                break;
            }
        }
        self.state().sessions -= 1;
        self.changed.notify_all();
    }

    /// Returns the next piece to read; none once all are read. Who waits may be needed for a piece of somebody who is cut.
    fn begin(&self) -> Option<usize> {
        let mut state = self.state();
        loop {
            if state.is_over || state.failed.is_some() || state.pieces.iter().all(|piece| piece.counts.is_some()) {
                return None;
            }
            if let Some(at) = state.open.pop_front() {
                return Some(at);
            }
            state = self.wait(state);
        }
    }

    /// Takes note of how a piece ended; answers whether its session can read another.
    fn end(&self, at: usize, ended: Result<Counts, DatabaseError>) -> bool {
        let mut state = self.state();
        let is_well = match ended {
            Ok(counts) => {
                if let Some(piece) = state.pieces.get_mut(at) {
                    piece.counts = Some(counts);
                }
                true
            }
            Err(error) => {
                let is_cut = error.is_cut();
                if !(is_cut && state.sessions > 1 && state.again < MOST_AGAIN && state.take_back(at)) {
                    // What the others end with follows from it.
                    state.failed.get_or_insert(error);
                }
                false
            }
        };
        self.changed.notify_all();
        is_well
    }

    /// Keeps what was read until it is its turn. Answers false where nobody wants it any more.
    fn leave(&self, at: usize, item: Item) -> bool {
        let bytes = item.bytes();
        let mut state = self.state();
        while !state.is_over && state.failed.is_none() && !state.has_room(at) {
            state = self.wait(state);
        }
        if state.is_over || state.failed.is_some() {
            return false;
        }
        state.waiting += bytes;
        if let Some(piece) = state.pieces.get_mut(at) {
            piece.items.push_back(item);
        }
        self.changed.notify_all();
        true
    }

    /// Hands over what was read, piece after piece.
    fn hand_over(&self, take: &mut dyn FnMut(Item) -> Result<(), LoadError>) -> Result<Counts, LoadError> {
        let mut all = Counts::default();
        let mut state = self.state();
        loop {
            if let Some(error) = state.failed.clone() {
                return Err(error.into());
            }
            let at = state.current;
            let Some(piece) = state.pieces.get_mut(at) else { return Ok(all) };
            if let Some(item) = piece.items.pop_front() {
                piece.is_begun = true;
                state.waiting -= item.bytes();
                drop(state);
                self.changed.notify_all();
                take(item)?;
                state = self.state();
            } else if let Some(counts) = &piece.counts {
                add(&mut all, counts);
                state.current += 1;
                self.changed.notify_all();
            } else {
                state = self.wait(state);
            }
        }
    }
}

impl State {
    /// Returns whether more of a piece may be kept: of the one that is handed over always something, and of one that waits for a piece
    /// that nobody reads all of it.
    fn has_room(&self, at: usize) -> bool {
        let is_next = at == self.current && self.pieces.get(at).is_some_and(|piece| piece.items.len() < 2);
        is_next || self.waiting < self.most_waiting || self.open.front().is_some_and(|open| *open < at)
    }

    /// Takes a piece back of which nothing was handed over, so that it is read again.
    fn take_back(&mut self, at: usize) -> bool {
        let Some(piece) = self.pieces.get_mut(at).filter(|piece| !piece.is_begun) else { return false };
        let items = std::mem::take(&mut piece.items);
        self.waiting -= items.iter().map(Item::bytes).sum::<usize>();
        self.open.push_front(at);
        self.again += 1;
        true
    }
}

impl Item {
    fn bytes(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.get_array_memory_size(),
            Self::Refused(_) => 0,
        }
    }
}

/// Leaves rows of one piece.
struct Leaving<'h> {
    hall: &'h Hall,
    at: usize,
}

impl Leaving<'_> {
    fn item(&self, item: Item) -> Result<(), String> {
        if self.hall.leave(self.at, item) { Ok(()) } else { Err("nobody wants it any more".to_owned()) }
    }
}

impl Taker for Leaving<'_> {
    fn rows(&mut self, rows: RecordBatch) -> Result<(), String> {
        self.item(Item::Rows(rows))
    }

    fn refused(&mut self, refused: Refused) -> Result<(), String> {
        self.item(Item::Refused(refused))
    }
}

fn add(all: &mut Counts, counts: &Counts) {
    all.read += counts.read;
    all.refused += counts.refused;
    all.bytes += counts.bytes;
    all.specials.resize(all.specials.len().max(counts.specials.len()), 0);
    for (sum, count) in all.specials.iter_mut().zip(&counts.specials) {
        *sum += count;
    }
}
