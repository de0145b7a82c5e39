//! Mistakes in what a page says of fetching.

use super::super::{changed, section};
use crate::config::Intake;
use crate::pull::{After, Origin};

const KEY: &str = "SHA256:Nh0Me49Zh9fDw/VYUfq43IJmI1T+XrjiYONPND8GzaM";

fn read(fetch: &str) -> (Intake, Vec<String>) {
    section(&changed("delivery: full", &format!("delivery: full\n      fetch: {fetch}")), std::path::Path::new("/c"))
}

fn mistakes(fetch: &str) -> Vec<String> {
    read(fetch).1
}

fn sftp(more: &str) -> String {
    format!(
        "{{ sftp: {{ host: a.example, user: me, host_key: [\"{KEY}\"], key: {{ file: id }}, folder: /out{more} }} }}"
    )
}

#[test]
fn servers_of_both_kinds_are_read() {
    let url = "\"https://a.example/{delivery:%Y/%m/%d}/PAT_{delivery:%Y%m%d}_x.csv?k=1\"";
    assert_eq!(
        mistakes(&format!("{{ https: {url}, days: 3, credential: {{ client_certificate: {{ env: PEM }} }} }}")),
        [""; 0]
    );
    assert_eq!(
        mistakes("{ every: hour, https: \"http://127.0.0.1:8080/x\", name: \"PAT_{delivery:%Y%m%d}_x.csv\" }"),
        [""; 0]
    );
    for (after, meant) in [
        ("", After::Leave),
        (", after: delete", After::Delete),
        (", after: { move: /done }", After::Move("/done".to_owned())),
    ] {
        let (intake, mistakes) = read(&sftp(after));
        assert_eq!(mistakes, [""; 0]);
        let Some(Origin::Sftp(sftp)) = intake.feeds[0].fetch.as_ref().map(|fetch| &fetch.origin) else { panic!() };
        assert_eq!((&sftp.after, sftp.port), (&meant, 22));
    }
}

#[test]
fn each_mistake_is_told() {
    for (fetch, told) in [
        ("{ every: day }".to_owned(), "needs `https`"),
        ("{ every: minute, https: \"https://a.example/PAT_{delivery:%Y%m%d}_x.csv\" }".to_owned(), "one of hour, day"),
        ("{ https: \"http://a.example/PAT_{delivery:%Y%m%d}_x.csv\" }".to_owned(), "must be an https:// address"),
        (
            "{ https: \"http://127.0.0.1.evil.example/PAT_{delivery:%Y%m%d}_x.csv\" }".to_owned(),
            "must be an https:// address",
        ),
        (
            "{ https: \"https://a.example/roster.csv\" }".to_owned(),
            "`roster.csv`, and `PAT_{delivery:%Y%m%d}_{site}.csv` does not fit",
        ),
        ("{ https: \"https://a.example/PAT_{delivery}_x.csv\" }".to_owned(), "must be {delivery:FORMAT}"),
        (
            "{ https: \"https://a.example/PAT_{delivery:%Y%m%d}_x.csv\", credential: { bearer: s3cret } }".to_owned(),
            "never the secret itself",
        ),
        (
            "{ https: \"https://a.example/PAT_{delivery:%Y%m%d}_x.csv\", credential: { bearers: {} } }".to_owned(),
            "unknown key",
        ),
        (sftp("").replace("[\"SHA256", "[\"MD5"), "a host key must be SHA256:"),
        (sftp("").replace("host_key", "host_keys"), "host_key: missing"),
        (sftp(", password: { env: P }"), "needs `key` or `password`, not both"),
        (sftp(", after: move"), "one of leave, delete"),
        (sftp(", after: { move: /out/ }"), "must be another folder"),
        (sftp(", pattern: \"../x\""), "must be a name inside"),
    ] {
        let mistakes = mistakes(&fetch).join("\n");
        assert!(mistakes.contains(told), "{fetch}: {mistakes}");
        assert!(!mistakes.contains("s3cret"), "{mistakes}");
    }
}
