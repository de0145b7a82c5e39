//! What is accepted follows from what arrived, not from when, how often or in what order it was heard of.

use std::collections::BTreeMap;

use carelake_core::names::Scope;
use proptest::prelude::*;

use super::memory::MemoryRows;
use crate::deliveries::contract::sent::{Sender, at, day, failed, file, published};
use crate::deliveries::{Act, Deliveries, Delivery, End};
use crate::feed::Mode;

/// A file: the day that it declares, its bytes, the second at which it was written. The bytes say what becomes of it: `r` is
/// refused, `e` has no records.
type File = (i8, &'static str, i64);

/// What happens: a file is heard of, or the attempt that has waited so long is made, by an execution that another takes over or not.
#[derive(Debug, Clone)]
enum Step {
    Hear(usize),
    Run { which: usize, is_taken_over: bool },
}

fn files() -> impl Strategy<Value = Vec<File>> {
    let bytes = prop::sample::select(vec!["a", "b", "c", "r", "e", ""]);
    prop::collection::vec((1_i8..5, bytes, 0_i64..6), 1..10)
}

/// Every file at least once, in any order, with attempts between.
fn steps(files: usize) -> impl Strategy<Value = Vec<Step>> {
    let heard =
        prop::collection::vec(0..files, 0..files).prop_map(move |more| (0..files).chain(more).collect::<Vec<_>>());
    let run = (0_usize..5, any::<bool>()).prop_map(|(which, is_taken_over)| Step::Run { which, is_taken_over });
    (heard.prop_shuffle(), prop::collection::vec((any::<prop::sample::Index>(), run), 0..12)).prop_map(
        |(heard, runs)| {
            let mut steps: Vec<Step> = heard.into_iter().map(Step::Hear).collect();
            for (index, run) in runs {
                steps.insert(index.index(steps.len() + 1), run);
            }
            steps
        },
    )
}

fn end(delivery: &Delivery) -> End {
    match delivery.sha256.chars().next() {
        Some('r') => failed(),
        Some('e') | None => End::Empty,
        _ => published(),
    }
}

fn run(sender: &Sender<'_>, which: usize, is_taken_over: bool) -> bool {
    let pending = sender.of.pending(at(0)).unwrap();
    let Some(pending) = pending.get(which % pending.len().max(1)) else { return false };
    let delivery = sender.of.content(&pending.id, &pending.sha256, at(0)).unwrap().unwrap();
    if is_taken_over {
        sender.of.begin(&delivery.id, &delivery.sha256, "killed", at(0)).unwrap();
    }
    sender.run(&delivery, &end(&delivery), 9).unwrap();
    true
}

fn drain(sender: &Sender<'_>) {
    while run(sender, 0, false) {}
}

/// Returns what is to be accepted, computed from the files alone.
fn expected(files: &[File], mode: Mode) -> Vec<String> {
    let mut times: BTreeMap<(i8, &str), i64> = BTreeMap::new();
    for (day, bytes, second) in files.iter().filter(|(_, bytes, _)| !["r", "e", ""].contains(bytes)) {
        let time = times.entry((*day, bytes)).or_insert(*second);
        *time = (*time).max(*second);
    }
    let mut latest: BTreeMap<i8, (i64, &str)> = BTreeMap::new();
    for ((day, bytes), second) in times {
        let there = latest.entry(day).or_insert((second, bytes));
        *there = (*there).max((second, bytes));
    }
    let all = latest.into_iter().map(|(day, (_, bytes))| format!("{day}{bytes}"));
    if mode == Mode::Full { all.rev().take(1).collect() } else { all.collect() }
}

/// Returns what the state of the feed is computed from.
fn state(sender: &Sender<'_>) -> Vec<String> {
    let accepted = sender.accepted().unwrap();
    let all: Vec<String> = accepted.split_whitespace().map(str::to_owned).collect();
    if sender.terms.mode == Mode::Full { all.last().cloned().into_iter().collect() } else { all }
}

fn hear(sender: &Sender<'_>, (of, bytes, second): File) {
    let arrival = file(&format!("file of {of}"), bytes, second);
    sender.of.claim(sender.terms, day(of), &arrival, at(second)).unwrap();
}

fn check(files: &[File], steps: &[Step], mode: Mode) {
    let (rows, scope) = (MemoryRows::default(), Scope::default());
    let sender = Sender::new(Deliveries::new(&rows, &scope), "feed", mode);
    for step in steps {
        match step {
            Step::Hear(file) => hear(&sender, files[*file]),
            Step::Run { which, is_taken_over } => _ = run(&sender, *which, *is_taken_over),
        }
    }
    drain(&sender);
    assert_eq!(state(&sender), expected(files, mode));
    let served = sender.of.feed("feed", at(0)).unwrap().served;
    let last = sender.of.accepted_before("feed", None, at(0)).unwrap();
    assert_eq!(served, last.as_ref().map(|last| last.id.position), "the feed knows what it serves");
    // Taken out and back, nothing has changed.
    if let Some(last) = last {
        sender.of.withdraw(sender.terms, &last.id, &Act { by: "ann".into(), at: at(9) }, at(9)).unwrap();
        drain(&sender);
        let without: Vec<File> = files.iter().copied().filter(|(of, ..)| day(*of) != last.id.position).collect();
        assert_eq!(state(&sender), expected(&without, mode), "without {}", last.id);
        sender.of.undo_withdraw(sender.terms, &last.id, at(9)).unwrap();
        drain(&sender);
        assert_eq!(state(&sender), expected(files, mode), "with {} again", last.id);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_accepted_follows_from_what_arrived_alone(
        (files, steps) in files().prop_flat_map(|files| { let steps = steps(files.len()); (Just(files), steps) }),
        mode in prop::sample::select(vec![Mode::Full, Mode::Append, Mode::Upsert]),
    ) {
        check(&files, &steps, mode);
    }
}
