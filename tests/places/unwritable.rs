//! Looking needs no writing: on a disk that is full or read-only, and as another user. And what cannot be written to standard
//! output is no success.
//!
//! Disks are made in memory, in a namespace of their own that ends with the shell which made it.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::place;
use crate::support::{Place, Ran};

/// A user who owns nothing.
const NOBODY: &str = "65534";

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// Runs a script of the shell where `disk` is a disk of this size. `say NAME COMMAND…` prints what a command prints, and then its
/// exit code as `NAME=CODE`.
fn on_a_disk(place: &Place, kib: u32, script: &str) -> Ran {
    fs::create_dir_all(place.path().join("disk")).unwrap();
    let mut command = Command::new("unshare");
    command.arg("--mount").args(if is_root() { &[][..] } else { &["--user", "--map-root-user"] });
    let begin = format!(
        "set -u\nmount -t tmpfs -o size={kib}k tmpfs disk || exit 99\n\
         say() {{ name=$1; shift; \"$@\" 2>&1; echo \"$name=$?\"; }}\n\
         C=\"{} --output disk/out\"\n",
        env!("CARGO_BIN_EXE_carelake")
    );
    let ran = Ran::of(command.args(["sh", "-c", &(begin + script)]).current_dir(place.path()).stdin(Stdio::null()));
    assert_ne!(ran.code, Some(99), "a disk in memory cannot be mounted here: {}", ran.stderr);
    ran
}

#[test]
fn on_a_full_disk_one_can_look_and_gc_frees_space() {
    let ran = on_a_disk(
        &place(),
        6_000,
        "for n in 1 2 3; do say run $C run --as-of 2026-07-0$n --dataset clinicians --json >/dev/null; done
         dd if=/dev/zero of=disk/ballast bs=1k count=9000 2>/dev/null
         say status $C status
         say runs $C runs
         say doctor $C doctor
         say query $C query 'select count(*) as n from clinicians'
         say kept $C runs clinicians
         say dry $C gc --dry-run
         say rollback $C rollback clinicians
         sed -i 's/^    sources: .dac.$/&\\n    keep_runs: 1/' pipeline_config.yaml
         before=$(du -sk disk/out | cut -f1)
         say gc $C gc
         after=$(du -sk disk/out | cut -f1)
         echo freed=$((before > after))
         say again $C gc
         say status $C status",
    );
    for told in ["status=0", "runs=0", "doctor=1", "query=0", "kept=0", "dry=0", "rollback=16", "gc=0", "again=0"] {
        assert!(ran.stdout.lines().any(|line| line == told), "{told}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("freed=1"), "{}", ran.stdout);
    assert!(ran.stdout.contains("no space left on the device"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("4874") && !ran.stdout.contains("code 13"), "{}", ran.stdout);
}

#[test]
fn without_the_space_that_was_kept_gc_says_what_is_wrong_and_looking_changes_nothing() {
    let ran = on_a_disk(
        &place(),
        6_000,
        "say run $C run --as-of 2026-07-01 --dataset clinicians >/dev/null
         rm disk/out/_carelake/reserve
         dd if=/dev/zero of=disk/ballast bs=1k count=9000 2>/dev/null
         say gc $C gc
         cp disk/out/_carelake/ledger.sqlite before
         say status $C status
         cmp before disk/out/_carelake/ledger.sqlite && echo unchanged",
    );
    assert!(ran.stdout.contains("status=0") && ran.stdout.contains("unchanged"), "{}", ran.stdout);
    assert!(ran.stdout.contains("gc=16") && ran.stdout.contains("no space left on the device"), "{}", ran.stdout);
}

/// A killed process leaves the files beside the ledger in which the last changes are.
#[test]
fn what_a_killed_run_wrote_last_is_read_on_a_disk_that_is_full_or_read_only() {
    let ran = on_a_disk(
        &place(),
        6_000,
        "$C run --as-of 2026-07-01 --dataset clinicians --inject clinicians:Storage:3 >/dev/null 2>&1 &
         until grep -q . disk/out/_carelake/ledger.sqlite-wal 2>/dev/null; do sleep 0.05; done
         sleep 1
         kill -9 $!
         dd if=/dev/zero of=disk/ballast bs=1k count=9000 2>/dev/null
         say full $C runs
         mount -o remount,ro disk || exit 98
         say ro $C runs",
    );
    for told in ["full=0", "ro=0"] {
        assert!(ran.stdout.lines().any(|line| line == told), "{told}: {}", ran.stdout);
    }
    assert_eq!(ran.stdout.matches("2026-07-01.1").count(), 2, "{}", ran.stdout);
}

#[test]
fn on_a_read_only_disk_one_can_look() {
    let ran = on_a_disk(
        &place(),
        20_000,
        "say run $C run --as-of 2026-07-01 --dataset clinicians >/dev/null
         mount -o remount,ro disk || exit 98
         say status $C status
         say runs $C runs
         say rejects $C rejects clinicians --lines
         say doctor $C doctor
         say query $C query 'select count(*) as n from clinicians'
         say dry $C gc --dry-run
         say gc $C gc",
    );
    assert_ne!(ran.code, Some(98), "{}", ran.stderr);
    for told in ["status=0", "runs=0", "rejects=0", "doctor=1", "query=0", "dry=0", "gc=16"] {
        assert!(ran.stdout.lines().any(|line| line == told), "{told}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("no permission to read and write the ledger"), "{}", ran.stdout);
}

/// Lets the command be run by somebody who may read the place and owns nothing of it. Whoever is not root loses the right to
/// write, which comes to the same.
fn as_another_user(place: &Place, arguments: &[&str]) -> Ran {
    let program = place.path().join("carelake");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_carelake"), &program).unwrap();
        fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).arg(&program);
        command
    } else {
        let closed = Command::new("chmod").args(["-R", "a-w", "output"]).current_dir(place.path()).status();
        let hidden = Command::new("chmod").args(["a-rwx", "rejects"]).current_dir(place.path()).status();
        assert!(closed.unwrap().success() && hidden.unwrap().success());
        Command::new(&program)
    };
    Ran::of(command.args(arguments).current_dir(place.path()).env_remove("CARELAKE_OUTPUT").stdin(Stdio::null()))
}

#[test]
fn another_user_reads_everything_but_rejected_rows() {
    let place = place();
    place.run_clinicians(&[]).published();
    for (arguments, code) in [
        (&["status"][..], 0),
        (&["runs"], 0),
        (&["runs", "clinicians"], 0),
        (&["doctor"], 1),
        (&["query", "select count(*) from clinicians"], 0),
        (&["gc", "--dry-run"], 16),
        (&["rejects", "clinicians"], 16),
        (&["rollback", "clinicians"], 16),
    ] {
        let ran = as_another_user(&place, arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        if arguments[0] == "rejects" {
            assert!(ran.stderr.contains("can be read by their owner only"), "{}", ran.stderr);
        }
    }
    Command::new("chmod").args(["-R", "u+rwX", "."]).current_dir(place.path()).status().unwrap();
}

#[test]
fn what_cannot_be_written_to_standard_output_ends_as_storage() {
    let place = place();
    place.run_clinicians(&[]).published();
    place.run_clinicians(&[]).published();
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["status", "--events"],
        &["runs"],
        &["runs", "clinicians", "--json"],
        &["validate"],
        &["validate", "--rows", "--json"],
        &["rejects", "clinicians", "--lines"],
        &["diff", "clinicians"],
        &["diff", "clinicians", "--json"],
        &["query", "select * from clinicians"],
        &["query", "--csv", "select * from clinicians"],
        &["query", "--csv", "select 1"],
        &["query", "--json", "select * from clinicians"],
        &["sample", "--rows", "300", "elsewhere"],
        &["gc", "--dry-run"],
        &["rollback", "clinicians"],
        &["replay", "clinicians", "--dry-run"],
        &["run", "--dataset", "clinicians", "--as-of", "2026-11-01"],
        &["rerun", "clinicians", "--json"],
        &["completions", "bash"],
        &["--help"],
        &["help", "run"],
        &["--version"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = place.command(arguments).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(16), "{arguments:?}: {said}");
        assert!(said.contains("standard output cannot be written"), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
    let json = place.command(&["runs", "--json"]);
    assert_eq!(on_full(json).lines().last().unwrap().chars().next(), Some('{'));
}

fn on_full(mut command: Command) -> String {
    let full = File::options().write(true).open("/dev/full").unwrap();
    String::from_utf8(command.stdout(full).output().unwrap().stderr).unwrap()
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = place();
    place.run_clinicians(&[]).published();
    for (arguments, code) in [
        (&["query", "--csv", "select * from clinicians, (select 1 union select 2)"][..], 0),
        (&["query", "--json", "select * from clinicians"], 0),
        (&["completions", "bash"], 0),
        (&["--help"], 0),
        (&["doctor"], 1),
    ] {
        let mut child = place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Closed before anything is read.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(code), ""), "{arguments:?}");
    }
}
