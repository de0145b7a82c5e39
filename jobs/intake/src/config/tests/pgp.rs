//! What opens files that come encrypted.

use std::path::{Path, PathBuf};

use carelake_core::config::Secret;

use super::{changed, section};
use crate::feed::Pgp;

fn with(pgp: &str) -> (Option<Pgp>, String, Vec<String>) {
    let text = changed("delivery: full", &format!("delivery: full\n      pgp: {pgp}"));
    let (intake, mistakes) = section(&text, Path::new("/lake"));
    (intake.feeds[0].pgp.clone(), intake.feeds[0].mapping.clone(), mistakes)
}

#[test]
fn a_key_and_its_passphrase_are_named_by_where_they_are_and_change_no_mapping() {
    let (pgp, mapping, mistakes) = with("{ key: { file: keys/lake.asc }, passphrase: { env: LAKE_KEY } }");
    let key = Secret::File(PathBuf::from("/lake/keys/lake.asc"));
    assert_eq!(pgp, Some(Pgp { key, passphrase: Some(Secret::Env("LAKE_KEY".to_owned())) }));
    let (other, same, _) = with("{ key: { env: KEY } }");
    assert_eq!(other, Some(Pgp { key: Secret::Env("KEY".to_owned()), passphrase: None }));
    assert_eq!(mapping, same);
    if cfg!(feature = "pgp") {
        assert_eq!(mistakes, [""; 0]);
    } else {
        assert!(mistakes[0].contains("build it with `--features pgp`"), "{mistakes:?}");
    }
}

#[test]
fn a_key_in_the_page_is_refused_and_not_repeated() {
    let (pgp, _, mistakes) = with("{ key: SESAME }");
    assert_eq!(pgp, None);
    assert!(mistakes.iter().any(|mistake| mistake.contains("never the secret itself")), "{mistakes:?}");
    assert!(!mistakes.concat().contains("SESAME"), "{mistakes:?}");
    let (_, _, mistakes) = with("{ passphrase: { env: LAKE_KEY } }");
    assert!(mistakes.iter().any(|mistake| mistake.contains("pgp.key: missing")), "{mistakes:?}");
}
