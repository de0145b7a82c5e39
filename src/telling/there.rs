//! An environment on AWS, whose functions tell nothing: what became of its runs is in ledger, reports and manifests, and is told from there when
//! somebody asks. It is kept in the output which runs a receiver has.

use std::collections::BTreeSet;

use carelake_core::ErrorKind;
use carelake_core::ledger::{Run as Entry, Runs, Status};
use carelake_lineage::{Event, Receiver, Sent, Untaken};
use serde::{Deserialize, Serialize};

use super::{closed, naming};
use crate::failure::Failure;
use crate::kept::Kept;
use crate::lake::Lake;

/// How many of the last runs are looked at.
const RUNS: usize = 100;
/// Where it is kept which runs a receiver has, in the output.
const TOLD: &str = "_carelake/lineage/told.json";

/// What a receiver has.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Told {
    runs: BTreeSet<String>,
}

/// Returns the events of a run that has ended; nothing of one that left no report.
pub(crate) fn events_of(lake: &Lake, runs: &dyn Runs, run_id: &str) -> Option<Vec<Event>> {
    closed(lake, runs, &naming(lake)?, &Kept::of_run(run_id), &[])
}

/// Sends the runs that have ended and that a receiver does not have, oldest first, until it takes no more. A run whose events it took in part
/// begins anew the next time.
pub(crate) fn send_ended(lake: &Lake, runs: &dyn Runs, receiver: &dyn Receiver) -> Result<Sent, Failure> {
    let there = lake.output.read_versioned(TOLD)?;
    let damaged = |_| Failure::new(ErrorKind::STORAGE, format!("{TOLD} is damaged; remove it, and all runs are sent"));
    let told: Told = match &there {
        Some((bytes, _)) => serde_json::from_slice(bytes).map_err(damaged)?,
        None => Told::default(),
    };
    let mut last = runs.runs(RUNS)?;
    last.retain(|run| run.status != Status::Running);
    last.reverse();
    let (mut sent, mut has) = (Sent::default(), BTreeSet::new());
    for Entry { run_id, .. } in last {
        let run = run_id.to_string();
        if told.runs.contains(&run) {
            has.insert(run);
            continue;
        }
        let Some(events) = events_of(lake, runs, &run) else { continue };
        if hand_over(&events, receiver, &mut sent)? {
            has.insert(run);
        }
    }
    if has != told.runs {
        let bytes = serde_json::to_vec(&Told { runs: has }).map_err(std::io::Error::from)?;
        lake.output.replace(TOLD, there.as_ref().map(|(_, version)| version), &bytes)?;
    }
    Ok(sent)
}

/// Hands over the events of one run; answers whether none of them waits.
fn hand_over(events: &[Event], receiver: &dyn Receiver, sent: &mut Sent) -> Result<bool, Failure> {
    let mut waiting = 0;
    for event in events {
        let line = serde_json::to_string(event).map_err(std::io::Error::from)?;
        if receiver.has(&line) {
            continue;
        }
        // After the first that was not taken nothing is, so that events stay in order.
        let taken = if sent.waiting > 0 || waiting > 0 { None } else { Some(receiver.take(&line)) };
        match taken {
            Some(Ok(())) => sent.sent += 1,
            Some(Err(Untaken::Ever(why))) => {
                sent.refused += 1;
                sent.trouble = Some(why);
            }
            Some(Err(Untaken::Now(why))) => {
                waiting += 1;
                sent.trouble = Some(why);
            }
            None => waiting += 1,
        }
    }
    sent.waiting += waiting;
    Ok(waiting == 0)
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;
    use std::fs;

    use carelake_core::ledger::{NewRun, Trigger};
    use carelake_core::names::Baseline;
    use carelake_lineage::EventType;
    use carelake_pipeline::{RunRequest, plan};
    use jiff::Timestamp;

    use super::*;
    use crate::registry::ROOMS;
    use crate::runner::{Local, tests::runner_of};

    /// Takes so many events and then no more.
    struct Patient(Cell<usize>, RefCell<Vec<String>>);

    impl Receiver for Patient {
        fn take(&self, event: &str) -> Result<(), Untaken> {
            if self.0.get() == 0 {
                return Err(Untaken::Now("down".to_owned()));
            }
            self.0.set(self.0.get() - 1);
            self.1.borrow_mut().push(event.to_owned());
            Ok(())
        }
    }

    /// Makes a run that published nothing, with its report.
    fn run(local: &Local) {
        let now = Timestamp::now();
        let as_of = jiff::civil::date(2026, 11, 1);
        let new = NewRun {
            as_of,
            trigger: Trigger::Manual,
            datasets: vec!["clinicians".to_owned()],
            execution: None,
            baseline: Baseline::default(),
            used: 0,
            now,
        };
        let run_id = local.ledger().start_run(&new).unwrap();
        let asked = Some(vec!["clinicians".to_owned()]);
        let request = RunRequest { trigger: Trigger::Manual, as_of, datasets: asked, accept_loss: false };
        let planned = plan(&local.lake().config, &request, &run_id.to_string()).unwrap();
        let close =
            |context: &carelake_pipeline::Context<'_>| context.pipeline(None).close(&planned, BTreeMap::new(), true);
        local.with_context(&|| false, close).unwrap();
    }

    #[test]
    fn runs_that_ended_are_sent_once_and_those_that_a_receiver_missed_again() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("pipeline_config.yaml");
        let shipped = include_str!("../../pipeline_config.yaml");
        fs::write(&config, shipped.replace("notify: {}\n", "notify: {}\nlineage: { to: file:told.jsonl }\n")).unwrap();
        let local = runner_of(folder.path(), config, ROOMS);
        run(&local);
        run(&local);
        let send = |receiver: &Patient| send_ended(local.lake(), local.ledger(), receiver).unwrap();
        let receiver = Patient(Cell::new(3), RefCell::default());
        let first = send(&receiver);
        assert_eq!((first.sent, first.waiting, first.trouble.as_deref()), (3, 1, Some("down")));
        receiver.0.set(9);
        // The second run begins anew.
        assert_eq!((send(&receiver).sent, send(&receiver)), (2, Sent::default()));
        let taken = receiver.1.borrow();
        let types: Vec<EventType> =
            taken.iter().map(|line| serde_json::from_str::<Event>(line).unwrap().event_type).collect();
        assert_eq!(types, [EventType::Start, EventType::Abort, EventType::Start, EventType::Start, EventType::Abort]);
    }
}
