//! Messages of GnuPG, with a key of its own that opens nothing else.

use std::path::PathBuf;

use super::*;

const KEY: &str = include_str!("fixtures/key.asc");
const LOCKED_KEY: &str = include_str!("fixtures/locked_key.asc");
const PASSPHRASE: &str = "open sesame";
const PLAIN: &str = "id,name,note\n1,Ada,ok\n2,Bo,ok\n";

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pgp/fixtures")).join(name)
}

fn decrypted(file: &Path, limits: &Limits) -> Result<String, Reason> {
    match decrypt(file, &PgpKey::read(KEY, None).unwrap(), limits) {
        Ok(file) => Ok(std::fs::read_to_string(file.path()).unwrap()),
        Err(ReadError::Malformed(malformed)) => Err(malformed.reason),
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

#[test]
fn messages_are_opened_whether_armored_signed_or_compressed() {
    for name in ["armored.asc", "binary.pgp", "signed.pgp"] {
        assert_eq!(decrypted(&fixture(name), &Limits::default()).as_deref(), Ok(PLAIN), "{name}");
    }
    let compressed = decrypted(&fixture("compressed.pgp"), &Limits::default()).unwrap();
    assert!(compressed.starts_with("1,Ada,ok\n") && compressed.ends_with("\n300,Ada,ok\n"), "{compressed}");
}

#[test]
fn what_is_not_protected_or_for_another_key_or_no_message_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.csv");
    std::fs::write(&plain, PLAIN).unwrap();
    for (file, reason) in [
        (fixture("unprotected.pgp"), Reason::NotTheFormat),
        (fixture("locked.pgp"), Reason::Encrypted),
        (fixture("key.asc"), Reason::NotTheFormat),
        (plain, Reason::NotTheFormat),
    ] {
        assert_eq!(decrypted(&file, &Limits::default()), Err(reason), "{}", file.display());
    }
}

#[test]
fn a_message_that_was_changed_or_cut_gives_nothing() {
    let whole = std::fs::read(fixture("compressed.pgp")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.pgp");
    // The session key is in front, and a key that is another opens nothing.
    for at in (whole.len() - 40)..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&file, changed).unwrap();
        assert!(decrypted(&file, &Limits::default()).is_err(), "byte {at}");
    }
    for length in [1, 10, 300, whole.len() - 1] {
        std::fs::write(&file, &whole[..length]).unwrap();
        assert!(decrypted(&file, &Limits::default()).is_err(), "{length} bytes");
    }
}

#[test]
fn limits_hold_while_a_message_is_decrypted() {
    let limits = Limits { ratio_from_bytes: 1 << 20, ..Limits::default() };
    assert_eq!(decrypted(&fixture("bomb.pgp"), &limits), Err(Reason::CompressedTooMuch));
    let limits = Limits { unpacked_bytes: 20, ..Limits::default() };
    assert_eq!(decrypted(&fixture("binary.pgp"), &limits), Err(Reason::TooLarge));
}

#[test]
fn a_key_that_opens_nothing_is_told_before_any_file_is_read() {
    assert_eq!(PgpKey::read(LOCKED_KEY, Some("open barley")).err(), Some(PgpKeyError::Passphrase));
    assert_eq!(PgpKey::read("open sesame", None).err(), Some(PgpKeyError::NoKey));
    let key = PgpKey::read(LOCKED_KEY, Some(PASSPHRASE)).unwrap();
    let opened = decrypt(&fixture("locked.pgp"), &key, &Limits::default()).unwrap();
    assert_eq!(std::fs::read_to_string(opened.path()).unwrap(), PLAIN);
}
