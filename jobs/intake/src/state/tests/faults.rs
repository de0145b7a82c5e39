//! Stores that fail at every call, and processes that are killed at every call.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use carelake_core::publish::current;
use carelake_core::store::{FaultyStore, LocalStore, Moment, Store};

use super::world::{Line, Seen, Sent, World, expected, sent};
use crate::feed::Mode;
use crate::publish::publication;
use crate::state::Services;

const MODES: [Mode; 3] = [Mode::Full, Mode::Append, Mode::Upsert];
const CHILD: &str = "state::tests::faults::the_process_that_is_killed";
const FOLDER: &str = "CARELAKE_INTAKE_FOLDER";
const STOP: &str = "CARELAKE_INTAKE_STOP";
const READY: &str = "ready to be killed";

/// Three deliveries, of which the second comes last and is corrected by it.
fn before() -> Vec<Sent> {
    vec![sent(1, 0..4, 1), Sent { content: 1, ..sent(2, 0..3, 1) }, sent(3, 2..6, 0)]
}

fn after() -> Vec<Sent> {
    let mut all = before();
    let changed = Line { key: 1, name: 2, updated: Some(1), is_removal: false };
    all[1] = Sent { lines: vec![changed], ..sent(2, 0..0, 2) };
    all.push(sent(4, 5..8, 1));
    all
}

/// Returns the runs that the folder `current` of a table shows.
fn shown(output: &Path, table: &str) -> BTreeSet<String> {
    let current = output.join(format!("intake/{table}/roster/current"));
    let names = fs::read_dir(current).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter_map(|name| name.strip_prefix("run=").map(str::to_owned)).collect()
}

/// Checks that everything is where it is to be, for any reader, and nothing else.
fn is_whole(world: &World, seen: &Seen, all: &[Sent]) {
    assert_eq!(*seen, expected(world.feed.mode, all));
    for table in ["persons", "encounters"] {
        let publication = publication(table, "roster");
        let pointer = current(&world.output, &publication).unwrap().unwrap();
        let with_rows = pointer.runs.iter().filter(|entry| entry.rows > 0).map(|entry| entry.run_id.to_string());
        assert_eq!(shown(&world.folder().join("output"), table), with_rows.collect());
        let named = pointer.helpers.iter().map(|path| world.output.size(&format!("{publication}/{path}")).unwrap());
        assert!(named.into_iter().all(|size| size > 0));
    }
}

#[test]
fn a_store_that_fails_at_any_call_leaves_the_old_state_or_the_new_and_the_next_attempt_finishes() {
    for mode in MODES {
        for (moment, is_rejects) in [(Moment::Before, false), (Moment::After, false), (Moment::Before, true)] {
            // Each mode begins at another call, so that few calls are left out by all of them.
            let (first, step) = if is_rejects { (1, 1) } else { (1 + mode as usize, 6) };
            for call in (first as u64..).step_by(step) {
                let world = World::new(mode);
                world.settle(&before()).unwrap();
                let failing: &dyn Store = if is_rejects { &world.rejects } else { &world.output };
                let faulty = FaultyStore::failing_from(failing, call, moment);
                let whole = world.services(&world.output);
                let services = if is_rejects {
                    Services { rejects: &faulty, ..whole }
                } else {
                    Services { output: &faulty, ..whole }
                };
                let outcome = world.settle_with(services, &after(), false, None);
                let seen = world.rows("persons");
                let (old, new) = (expected(mode, &before()).rows, expected(mode, &after()).rows);
                assert!(seen == old || seen == new, "{mode:?} {call}");
                assert!(outcome.is_err() || seen == new, "{mode:?} {call}");
                let settled = world.settle(&after()).unwrap();
                is_whole(&world, &world.seen(&settled), &after());
                if faulty.calls() < call {
                    assert!(call > 3, "only {call} calls");
                    break;
                }
            }
        }
    }
}

/// Settles, and stops for good at a call, such as `full 7-` before or `full 7+` after it.
#[test]
fn the_process_that_is_killed() {
    let (Some(folder), Ok(stop)) = (env::var_os(FOLDER), env::var(STOP)) else { return };
    let (mode, call) = stop.split_once(' ').unwrap();
    let mode = *MODES.iter().find(|known| format!("{known:?}") == mode).unwrap();
    let moment = if call.ends_with('-') { Moment::Before } else { Moment::After };
    let call: u64 = call.trim_end_matches(['-', '+']).parse().unwrap();
    let world = World::at(mode, Path::new(&folder));
    let local = LocalStore::new(Path::new(&folder).join("output"));
    let store = FaultyStore::new(&local, |number, now| {
        if number == call && now == moment {
            println!("{READY}");
            loop {
                std::thread::park();
            }
        }
        false
    });
    world.settle_on(&store, &after(), false).unwrap();
    println!("settled after {}", store.calls());
}

#[test]
fn a_process_killed_at_any_call_leaves_a_whole_state_and_the_next_one_finishes() {
    for mode in MODES {
        // Some calls of each; processes are slow.
        for call in (1 + mode as u64..).step_by(7) {
            let (world, stop) = (World::new(mode), format!("{mode:?} {call}{}", if call % 2 == 0 { '-' } else { '+' }));
            world.settle(&before()).unwrap();
            let test = ["--exact", CHILD, "--nocapture", "--test-threads=1"];
            let mut command = Command::new(env::current_exe().unwrap());
            let command = command.args(test).env(FOLDER, world.folder()).env(STOP, &stop);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
            let reached = lines.find(|line| line.ends_with(READY) || line.contains("settled after ")).unwrap();
            child.kill().unwrap();
            child.wait().unwrap();
            let seen = world.rows("persons");
            assert!([before(), after()].iter().any(|all| expected(mode, all).rows == seen), "{stop}");
            let settled = world.settle(&after()).unwrap();
            is_whole(&world, &world.seen(&settled), &after());
            // A call that finds nothing has no moment after it.
            let calls = reached.split_once("settled after ").map(|(_, calls)| calls.parse::<u64>().unwrap());
            if calls.is_some_and(|calls| calls < call) {
                assert!(call > 30, "only {call} calls");
                break;
            }
        }
    }
}
