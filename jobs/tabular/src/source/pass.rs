//! Reading one source for several jobs at once.
//!
//! Jobs of one process that read the same source at the same time share the work: each piece of the file is read once, and its
//! rows are handed to every job that takes part. A job may join at any time; it then begins with the piece that is next, and gets
//! those that it missed after the end of the file. Nobody waits for a job to join, and what a job makes of a row is its own: a
//! fold that panics ends its own job only.
//!
//! One job at a time drives, which means that its thread keeps the pool of threads reading until its own pieces are read; then
//! it leaves, and one of those that are left drives on.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::row::Row;
use super::scan::Fate;
use super::tally::Tally;
use crate::csv::{Read, Stop};

/// What one job gathers from the rows of one piece.
pub(super) trait Gather {
    /// Takes a valid row.
    fn row(&mut self, row: &Row<'_>) -> Fate;

    /// Returns what was gathered.
    fn finish(self: Box<Self>) -> Box<dyn Any + Send>;
}

/// What a piece gave one job: what it gathered, and the figures.
pub(super) type Gathered = Result<(Box<dyn Any + Send>, Tally), Stop>;

/// Makes what gathers the rows of a piece.
type Start = Box<dyn Fn() -> Box<dyn Gather> + Send + Sync>;

/// A job that takes part.
pub(super) struct Reading {
    start: Start,
    pieces: Mutex<Vec<(usize, std::thread::Result<Read<Gathered>>)>>,
}

impl Reading {
    pub(super) fn new(start: Start) -> Self {
        Self { start, pieces: Mutex::default() }
    }

    /// Makes what gathers the rows of a piece.
    pub(super) fn start(&self) -> Box<dyn Gather> {
        (self.start)()
    }

    fn is_finished(&self, count: usize) -> bool {
        lock(&self.pieces).len() == count
    }

    fn keep(&self, number: usize, read: std::thread::Result<Read<Gathered>>) {
        lock(&self.pieces).push((number, read));
    }
}

/// The jobs that read a source now.
#[derive(Default)]
pub(super) struct Pass {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    /// The piece that is next.
    next: usize,
    /// Those that need it, and how many pieces they still need.
    readings: Vec<(Arc<Reading>, usize)>,
    is_driven: bool,
}

impl Pass {
    /// Reads `count` pieces for a job, together with those that take part. Answers what each piece gave, in file order.
    ///
    /// `read` reads a piece for several jobs and answers what it gave each of them, in their order.
    pub(super) fn take_part(
        &self,
        reading: &Arc<Reading>,
        count: usize,
        read: &(impl Fn(usize, &[Arc<Reading>]) -> Vec<Read<Gathered>> + Sync),
    ) -> Vec<Read<Gathered>> {
        let mut state = lock(&self.state);
        if state.readings.is_empty() {
            state.next = 0;
        }
        state.readings.push((Arc::clone(reading), count));
        while !reading.is_finished(count) {
            if state.is_driven {
                state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.is_driven = true;
            drop(state);
            self.drive(reading, count, read);
            state = lock(&self.state);
            state.is_driven = false;
            self.moved.notify_all();
        }
        drop(state);
        let mut pieces = std::mem::take(&mut *lock(&reading.pieces));
        pieces.sort_unstable_by_key(|(number, _)| *number);
        let pieces = pieces.into_iter().map(|(_, read)| read.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        pieces.collect()
    }

    /// Keeps all threads reading until the pieces of a job are read.
    fn drive(
        &self,
        reading: &Arc<Reading>,
        count: usize,
        read: &(impl Fn(usize, &[Arc<Reading>]) -> Vec<Read<Gathered>> + Sync),
    ) {
        rayon::scope(|scope| {
            for _ in 0..rayon::current_num_threads().min(count) {
                scope.spawn(|_| {
                    while let Some((number, readings)) = self.claim(reading, count) {
                        deliver(number, &readings, read);
                        // The lock orders this with a job that has just looked and is about to wait.
                        drop(lock(&self.state));
                        self.moved.notify_all();
                    }
                });
            }
        });
    }

    /// Takes the next piece and those that need it; `None` when all pieces of a job are taken.
    fn claim(&self, reading: &Arc<Reading>, count: usize) -> Option<(usize, Vec<Arc<Reading>>)> {
        let mut state = lock(&self.state);
        if !state.readings.iter().any(|(other, _)| Arc::ptr_eq(other, reading)) {
            return None;
        }
        let number = state.next;
        state.next = (number + 1) % count;
        let readings = state.readings.iter().map(|(reading, _)| Arc::clone(reading)).collect();
        state.readings.retain_mut(|(_, needed)| {
            *needed -= 1;
            *needed > 0
        });
        Some((number, readings))
    }
}

/// Reads a piece and hands each job its part. When a fold panics, each job gets a reading of its own, so that only its owner fails.
fn deliver(
    number: usize,
    readings: &[Arc<Reading>],
    read: &(impl Fn(usize, &[Arc<Reading>]) -> Vec<Read<Gathered>> + Sync),
) {
    match (catch_unwind(AssertUnwindSafe(|| read(number, readings))), readings) {
        (Ok(parts), _) => readings.iter().zip(parts).for_each(|(reading, part)| reading.keep(number, Ok(part))),
        (Err(panic), [only]) => only.keep(number, Err(panic)),
        (Err(_), several) => several.chunks(1).for_each(|one| deliver(number, one, read)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Barrier, OnceLock};

    use super::*;
    use crate::csv::Chunk;

    const PIECES: usize = 200;

    /// Gathers nothing but the number it was made with.
    struct Mark(usize);

    impl Gather for Mark {
        fn row(&mut self, _: &Row<'_>) -> Fate {
            Fate::Kept
        }

        fn finish(self: Box<Self>) -> Box<dyn Any + Send> {
            Box::new(self.0)
        }
    }

    fn reading(mark: usize, panics: bool) -> Arc<Reading> {
        Arc::new(Reading::new(Box::new(move || {
            assert!(!panics, "a fold that panics");
            Box::new(Mark(mark))
        })))
    }

    fn read(number: usize, readings: &[Arc<Reading>]) -> Vec<Read<Gathered>> {
        let chunk = Chunk { start: number, limit: number };
        let gathered = readings.iter().map(|reading| Ok((reading.start().finish(), Tally::default())));
        gathered.map(|result| Read { chunk, result, next: number + 1 }).collect()
    }

    /// Returns the numbers of the pieces, and checks that they were gathered by the fold with this mark.
    fn numbers(reads: Vec<Read<Gathered>>, mark: usize) -> Vec<usize> {
        let number = |read: Read<Gathered>| {
            let (part, _) = read.result.ok().unwrap();
            assert_eq!(part.downcast_ref(), Some(&mark));
            read.chunk.start
        };
        reads.into_iter().map(number).collect()
    }

    #[test]
    fn a_job_that_joins_late_gets_every_piece_in_order_and_shares_those_that_are_left() {
        let (pass, reads, second) = (Pass::default(), AtomicUsize::new(0), reading(2, false));
        // The second half of the file waits until the other job has joined.
        let has_joined = OnceLock::new();
        let joined = || lock(&pass.state).readings.iter().any(|(other, _)| Arc::ptr_eq(other, &second));
        let count_and_read = |number: usize, readings: &[Arc<Reading>]| {
            reads.fetch_add(1, Ordering::SeqCst);
            while number >= PIECES / 2 && has_joined.get().is_none() {
                if joined() {
                    let _ = has_joined.set(());
                }
                std::thread::yield_now();
            }
            read(number, readings)
        };
        let every: Vec<usize> = (0..PIECES).collect();
        std::thread::scope(|scope| {
            let first = scope.spawn(|| numbers(pass.take_part(&reading(1, false), PIECES, &count_and_read), 1));
            while reads.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
            assert_eq!(numbers(pass.take_part(&second, PIECES, &count_and_read), 2), every);
            assert_eq!(first.join().unwrap(), every);
        });
        assert!(reads.into_inner() < 2 * PIECES, "no piece was shared");
    }

    #[test]
    fn a_fold_that_panics_ends_its_own_job_only() {
        let (pass, together) = (Pass::default(), Barrier::new(3));
        let every: Vec<usize> = (0..PIECES).collect();
        std::thread::scope(|scope| {
            let jobs = [1, 2, 3].map(|mark| {
                let (pass, together) = (&pass, &together);
                scope.spawn(move || {
                    together.wait();
                    numbers(pass.take_part(&reading(mark, mark == 2), PIECES, &read), mark)
                })
            });
            let [one, two, three] = jobs.map(|job| job.join());
            assert_eq!((one.unwrap(), three.unwrap()), (every.clone(), every.clone()));
            assert!(two.is_err());
        });
        assert_eq!(numbers(pass.take_part(&reading(4, false), PIECES, &read), 4), every);
    }
}
