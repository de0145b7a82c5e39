//! Files that come encrypted with OpenPGP: messages of GnuPG, with a key that opens nothing else.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::support::Place;
use super::{accounts, arrive, letters, malformed, published};

const CONFIG: &str = r#"
version: 2
environments:
  local: { input: ./input, output: ./output, rejects: ./rejects }
intake:
  defaults: { time_zone: UTC, settle_secs: 0 }
  feeds:
    bay_people:
      partner: bay
      path: "PAT_{delivery:%Y%m%d}.csv.pgp"
      format: { type: csv }
      pgp: { key: { file: keys/lake.asc } }
      delivery: full
      tables:
        persons: { columns: { patient_id: id, last_name: name } }
"#;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../formats/records/src/pgp/fixtures/", $name))
    };
}

/// A folder with a feed whose files are encrypted, and the key that opens them.
fn bay(key: &[u8]) -> Place {
    let place = Place::new();
    place.write("pipeline_config.yaml", CONFIG);
    place.write("keys/lake.asc", key);
    fs::set_permissions(place.path().join("keys/lake.asc"), fs::Permissions::from_mode(0o600)).unwrap();
    place
}

#[test]
fn messages_are_opened_whether_armored_or_signed() {
    let place = bay(fixture!("key.asc"));
    for (name, message) in [
        ("PAT_20260801.csv.pgp", &fixture!("armored.asc")[..]),
        ("PAT_20260802.csv.pgp", &fixture!("binary.pgp")[..]),
        ("PAT_20260803.csv.pgp", &fixture!("signed.pgp")[..]),
    ] {
        assert_eq!(arrive(&place, name, message), published(), "{name}");
    }
    assert_eq!(accounts(&place, "bay_people"), ["persons 2 2"; 3]);
    let names = place.query("select last_name from \"intake/persons/bay_people\" order by 1");
    assert_eq!(names, ["Ada", "Bo"]);
}

#[test]
fn what_is_for_another_key_or_damaged_or_not_encrypted_fails_with_its_reason() {
    let place = bay(fixture!("key.asc"));
    let mut damaged = fixture!("binary.pgp").to_vec();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    for (day, bytes, reason, advice) in [
        (1, &fixture!("locked.pgp")[..], "encrypted", "send the partner the public key again"),
        (2, &damaged, "checksum_mismatch", "it was changed after it was encrypted"),
        (3, b"id,name\n1,Ada\n", "not_the_format", "it is no OpenPGP message"),
        (4, fixture!("unprotected.pgp"), "not_the_format", "ask for it with (MDC or AEAD)"),
    ] {
        assert_eq!(arrive(&place, &format!("PAT_2026080{day}.csv.pgp"), bytes), malformed(reason), "{reason}");
        assert!(letters(&place).contains(advice), "{reason}: {}", letters(&place));
    }
    assert_eq!(accounts(&place, "bay_people"), [""; 0]);
}

#[test]
fn a_key_that_opens_nothing_is_a_mistake_of_ours_and_its_passphrase_mends_it() {
    let place = bay(fixture!("locked_key.asc"));
    let refused = json!(["failed", "InvalidConfig", null]);
    assert_eq!(arrive(&place, "PAT_20260801.csv.pgp", fixture!("locked.pgp")), refused);
    assert!(letters(&place).contains("correct `passphrase`"), "{}", letters(&place));
    place.configure("lake.asc }", "lake.asc }, passphrase: { file: keys/passphrase }");
    place.write("keys/passphrase", "open sesame");
    fs::set_permissions(place.path().join("keys/passphrase"), fs::Permissions::from_mode(0o600)).unwrap();
    let ran = place.carelake(&["intake", "redrive", "--feed", "bay_people"]);
    assert_eq!((ran.code, accounts(&place, "bay_people")), (Some(0), vec!["persons 2 2".to_owned()]), "{}", ran.stdout);
}

#[test]
fn a_message_under_a_page_without_a_key_is_told_to_be_encrypted() {
    let place = bay(fixture!("key.asc"));
    place.configure("      pgp: { key: { file: keys/lake.asc } }\n", "");
    assert_eq!(arrive(&place, "PAT_20260801.csv.pgp", fixture!("armored.asc")), malformed("encrypted"));
}
