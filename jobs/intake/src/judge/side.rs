//! Reading and judging side by side: one thread reads, the others judge, and what they judged is put together in file order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use carelake_records::{Batch, ReadError, Reading};

use super::batch::{BatchJudge, JudgedBatch};
use super::gather::Gather;
use super::plan::{JudgeError, Plan};
use crate::judged::Judged;

/// Batches on their way for each thread that judges.
const BATCHES_AHEAD: usize = 4;

type Answer = (u64, Result<JudgedBatch, JudgeError>);

/// Judges what `read` hands over, on so many threads beside the one that reads.
///
/// # Errors
/// What `read` answers, and what [`BatchJudge::judge`], [`Gather::take`] and [`Gather::finish`] do.
pub fn judge_read(
    plan: &Plan<'_>,
    threads: usize,
    read: impl FnOnce(&mut dyn FnMut(Batch) -> ControlFlow<()>) -> Result<Reading, ReadError> + Send,
) -> Result<Judged, JudgeError> {
    let threads = threads.max(1);
    let (give, given) = sync_channel(threads * BATCHES_AHEAD);
    let (answer, answers) = sync_channel(threads * BATCHES_AHEAD);
    // Who reads takes a leave for each batch, and has it back when the batch is in its place: no batch overtakes another by more.
    let (leave, leaves) = sync_channel(threads * BATCHES_AHEAD);
    for _ in 0..threads * BATCHES_AHEAD {
        leave.send(()).map_err(|_| JudgeError::Thread)?;
    }
    let given = Mutex::new(given);
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut number = 0;
            read(&mut |batch| {
                let has_gone = leaves.recv().is_ok() && give.send((number, batch)).is_ok();
                number += 1;
                if has_gone { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
        });
        for _ in 0..threads {
            let (given, answer) = (&given, answer.clone());
            scope.spawn(move || judge(plan, given, &answer));
        }
        drop(answer);
        let gathered = gather(plan, &answers, &leave);
        // Without these, whoever waits to hand something over is told to stop.
        drop((answers, leave));
        let reading = reader.join().map_err(|_| JudgeError::Thread)?;
        gathered?.finish(reading?)
    })
}

/// Judges batches until there are no more, or nobody wants the answers.
fn judge(plan: &Plan<'_>, given: &Mutex<Receiver<(u64, Batch)>>, answer: &SyncSender<Answer>) {
    let mut judge = BatchJudge::new(plan);
    loop {
        let next = given.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, batch)) = next else { return };
        if answer.send((number, judge.judge(&batch))).is_err() {
            return;
        }
    }
}

/// Takes answers in the order of their batches.
fn gather<'p>(
    plan: &'p Plan<'p>,
    answers: &Receiver<Answer>,
    leave: &SyncSender<()>,
) -> Result<Gather<'p>, JudgeError> {
    let mut gather = Gather::new(plan);
    let (mut early, mut next) = (BTreeMap::new(), 0);
    for (number, judged) in answers {
        early.insert(number, judged?);
        while let Some(judged) = early.remove(&next) {
            gather.take(judged)?;
            next += 1;
            // A reader that is done wants no more.
            leave.send(()).unwrap_or_default();
        }
    }
    if early.is_empty() { Ok(gather) } else { Err(JudgeError::Thread) }
}
