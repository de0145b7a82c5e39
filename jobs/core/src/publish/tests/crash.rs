//! Real processes, killed for good at every step, and one that runs out of space.
//!
//! The test starts its own program again and asks it for the test below, which is the process to be killed.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::*;
use crate::ledger::Trigger;
use crate::ledger::{NewRun, Runs};
use crate::store::{FaultyStore, Moment};

const CHILD: &str = "publish::tests::crash::the_process_that_is_killed";
const FOLDER: &str = "CARELAKE_CRASH_FOLDER";
const STOP: &str = "CARELAKE_CRASH_STOP";
const READY: &str = "ready to be killed";

pub(super) fn new_run(used: u32) -> NewRun {
    let datasets = vec!["hospitals".into()];
    NewRun {
        as_of: date(2026, 11, 1),
        trigger: Trigger::Manual,
        datasets,
        execution: None,
        baseline: Baseline::default(),
        used,
        now: at(0),
    }
}

/// How `STOP` asks for a file that is larger than what [`LIMITED`] lets the process write.
const LARGE: &str = "large";

/// Lets no file grow beyond 2000 blocks, which to a process is a disk without space. The ledger stays below it.
const LIMITED: &str = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\"";

/// Publishes the next run, and stops for good before or after a call, such as `7-`, `7+`; never with `0+`.
#[test]
fn the_process_that_is_killed() {
    let (Some(folder), Ok(stop)) = (env::var_os(FOLDER), env::var(STOP)) else { return };
    if stop == LARGE {
        let (store, ledger) =
            (LocalStore::new(Path::new(&folder).join("output")), &Path::new(&folder).join("ledger.sqlite"));
        let ledger = SqliteLedger::open(ledger).unwrap();
        let draft = open(&store, &ledger, run(2), at(2)).unwrap();
        let error = draft.add(part(PATHS[0], 2, 500_000)).unwrap_err();
        println!("failed: {error}: {}", error.kind());
        return;
    }
    let moment = if stop.ends_with('-') { Moment::Before } else { Moment::After };
    let call: u64 = stop.trim_end_matches(['-', '+']).parse().unwrap();
    let folder = Path::new(&folder);
    let ledger = SqliteLedger::open(&folder.join("ledger.sqlite")).unwrap();
    let local = LocalStore::new(folder.join("output"));
    let store = FaultyStore::new(&local, |number, now| {
        if number == call && now == moment {
            println!("{READY}");
            loop {
                std::thread::park();
            }
        }
        false
    });
    let run_id = ledger.start_run(&new_run(1)).unwrap();
    println!("{READY} from now on");
    println!("published {}", publish(&store, &ledger, run_id.number()).unwrap().sequence);
}

fn child(world: &World, command: &mut Command, stop: &str) -> Child {
    let test = ["--exact", CHILD, "--nocapture", "--test-threads=1"];
    let command = command.args(test).env(FOLDER, world.folder.path()).env(STOP, stop);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn own_program() -> Command {
    Command::new(env::current_exe().unwrap())
}

/// Checks that readers see a whole run, and that the next process publishes as if nothing had been.
fn survives(world: &World, stop: &str) {
    let seen = world.published();
    assert!(matches!(seen, Some(1 | 2)), "{stop}: {seen:?}");
    assert!(matches!(linked(world), Some(1 | 2)), "{stop}");
    let ledger = SqliteLedger::open(&world.folder.path().join("ledger.sqlite")).unwrap();
    let closed = ledger.close_dead_runs(at(5)).unwrap();
    assert_eq!(closed, [run(2)], "{stop}");
    let next = ledger.start_run(&new_run(0)).unwrap();
    assert_eq!(next, run(3), "{stop}");
    publish(&world.store, &ledger, 3).unwrap();
    assert_eq!((world.published(), linked(world)), (Some(3), Some(3)), "{stop}");
    super::super::gc(desk(&world.store, &ledger, at(6)), &world.store, keep(3), false).unwrap();
    assert!(standing(&world.store).iter().all(|(_, state)| *state != RunState::Incomplete), "{stop}");
    assert!(world.store.sweep("", true).unwrap().is_empty(), "{stop}");
    assert_eq!(hollow(world), [] as [PathBuf; 0], "{stop}");
}

#[test]
fn a_process_killed_at_any_step_leaves_a_whole_run_and_is_in_nobodys_way() {
    for moment in ['-', '+'] {
        for call in 1.. {
            let (world, stop) = (World::with_runs([1]), format!("{call}{moment}"));
            let mut child = child(&world, &mut own_program(), &stop);
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
            let reached = lines.find(|line| line.ends_with(READY) || line.contains("published "));
            let killed = reached.unwrap().ends_with(READY);
            child.kill().unwrap();
            child.wait().unwrap();
            survives(&world, &stop);
            if !killed {
                assert!(call > 10, "only {call} steps");
                break;
            }
        }
    }
}

#[test]
fn a_process_killed_at_any_moment_leaves_a_whole_run_and_is_in_nobodys_way() {
    for step in 0..40 {
        let world = World::with_runs([1]);
        let mut child = child(&world, &mut own_program(), "0+");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line.contains(READY)));
        std::thread::sleep(Duration::from_micros(step * 250));
        child.kill().unwrap();
        child.wait().unwrap();
        survives(&world, &format!("after {} us", step * 250));
    }
}

#[test]
fn a_retry_of_the_killed_run_itself_succeeds_at_once() {
    for call in 1.. {
        let (world, stop) = (World::with_runs([1]), format!("{call}+"));
        let mut child = child(&world, &mut own_program(), &stop);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let reached = lines.find(|line| line.ends_with(READY) || line.contains("published "));
        let killed = reached.unwrap().ends_with(READY);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(world.publish(2).unwrap().sequence, 2, "{stop}");
        assert_eq!((world.published(), linked(&world)), (Some(2), Some(2)), "{stop}");
        if !killed {
            break;
        }
    }
}

#[test]
fn a_process_that_runs_out_of_space_says_so_and_leaves_the_published_run() {
    let world = World::with_runs([1]);
    let mut command = Command::new("sh");
    command.args(["-c", LIMITED]).arg(env::current_exe().unwrap());
    let mut child = child(&world, &mut command, LARGE);
    let mut told = String::new();
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    child.wait().unwrap();
    assert!(told.contains("no space left on the device to write") && told.contains("Storage"), "{told}");
    assert!(world.store.sweep("", true).unwrap().is_empty());
    assert_eq!((world.published(), linked(&world)), (Some(1), Some(1)));
    world.publish(2).unwrap();
}
