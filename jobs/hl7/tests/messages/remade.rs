//! The tables that are committed are those that their program makes.

use std::path::{Path, PathBuf};
use std::process::Command;

use carelake_hl7::tables::Version;

#[test]
fn the_tables_are_those_that_their_program_makes_of_the_library() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tables");
    let python = std::env::var_os("CARELAKE_TEST_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let made = Command::new(&python).arg(folder.join("tables.py")).output().unwrap();
    let told = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(made.status.success(), "{} lacks what `tests/requirements.txt` names: {told}", python.display());
    let kept = std::fs::read(folder.join("tables.txt")).unwrap();
    assert!(made.stdout == kept, "`python tables.py > tables.txt` changes the tables");
}

#[test]
fn every_version_has_its_tables() {
    let names: Vec<&str> = Version::all().map(Version::name).collect();
    assert_eq!(names, ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2"]);
    assert_eq!(Version::DEFAULT.name(), "2.5.1");
    for version in Version::all() {
        let ack = version.structure("ACK").unwrap_or_else(|| panic!("{}", version.name()));
        assert_eq!(ack.name().text(), "ACK");
        assert!(version.structure("ADT_A01").is_some() && version.structure("ORU_R01_PATIENT").is_none());
    }
}
