//! The one notice of a run: how many there are, what they say, and that they reach a real SMTP server.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const RUN: [&str; 6] = ["run", "--accept-as-of", "--as-of", "2026-11-01", "--dataset", "practices"];
const CONFIG: &str = include_str!("../pipeline_config.yaml");
/// Takes mail; says itself how it is called.
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mailbox.py");

struct Mailbox {
    server: Child,
    port: u16,
    /// Where its certificates are.
    folder: tempfile::TempDir,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Mailbox {
    /// Starts a server: `none`, or `starttls` or `tls` where one must log in.
    fn open(security: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Command::new(python())
            .args([SERVER.as_ref(), security.as_ref(), folder.path().as_os_str()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("no Python with aiosmtpd: ./bootstrap.sh test installs one");
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let port = lines.next().expect("the SMTP server did not start").unwrap().parse().unwrap();
        Self { server, port, folder, lines }
    }

    /// Ends the server and answers every message that came.
    fn close(mut self) -> Vec<Value> {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        self.lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    }
}

/// Returns the Python that `./bootstrap.sh test` sets up.
fn python() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache"));
    cache.join("carelake/venv/bin/python")
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// Makes a folder with a small sample and a configuration that mails to `port`.
    fn new(port: u16) -> Self {
        Self::with(port, "none", "")
    }

    /// Makes one that mails with this security, and with more lines of `notify.smtp`.
    fn with(port: u16, security: &str, more: &str) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        let smtp = format!(
            "notify:\n  smtp:\n    host: 127.0.0.1\n    port: {port}\n    security: {security}\n    from: carelake@example.org\n    to: [oncall@example.org]\n{more}"
        );
        let config = CONFIG.replace("notify: {}\n", &smtp);
        assert_ne!(config, CONFIG);
        fs::write(place.path().join("pipeline_config.yaml"), config).unwrap();
        assert!(place.carelake(&["sample", "--rows", "1000", "input"]).status.success());
        place
    }

    /// Mails to another port from now on.
    fn mail_to(&self, port: u16) {
        let file = self.path().join("pipeline_config.yaml");
        let config = fs::read_to_string(&file).unwrap();
        let changed = config.replace("    port: 1\n", &format!("    port: {port}\n"));
        assert_ne!(changed, config);
        fs::write(file, changed).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn carelake(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(env!("CARGO_BIN_EXE_carelake")).args(arguments).current_dir(self.path()).output().unwrap()
    }
}

#[test]
fn a_failed_run_sends_one_mail_that_says_what_to_type() {
    let mailbox = Mailbox::open("none");
    let place = Place::new(mailbox.port);
    assert!(
        place.carelake(&["run", "--accept-as-of", "--as-of", "2026-10-01", "--dataset", "clinicians"]).status.success()
    );
    // A value from the data must not reach the mail: the clinician file is damaged and holds nothing but the marker.
    let dac = place.path().join("input/DAC_NationalDownloadableFile.csv");
    fs::write(&dac, "ZZPLANTEDZZ,ZZPLANTEDZZ\nZZPLANTEDZZ,ZZPLANTEDZZ\n").unwrap();
    let run =
        place.carelake(&["run", "--accept-as-of", "--as-of", "2026-11-01", "--dataset", "clinicians,enrollments"]);
    assert_eq!(run.status.code(), Some(12), "{}", String::from_utf8_lossy(&run.stderr));
    let mails = mailbox.close();
    let texts: Vec<&str> = mails.iter().map(|mail| mail["text"].as_str().unwrap()).collect();
    assert_eq!(texts.len(), 2, "one for each run");
    let failed = texts[1].replace("=\r\n", "").replace("\r\n", "\n");
    assert_eq!(mails[1]["to"][0], "oncall@example.org");
    for wanted in [
        "Subject: carelake: run 2026-11-01.1 FAILED: SchemaDrift in source dac:\n clinicians",
        "clinicians: SchemaDrift after 1 attempt",
        "served is run 2026-10-01.1 of ",
        "carelake rerun clinicians --as-of 2026-11-01 --env local",
        "docs/operations.md#schemadrift",
        "enrollments:",
    ] {
        assert!(failed.contains(wanted), "{wanted} is not in\n{failed}");
    }
    assert!(!failed.contains("ZZPLANTEDZZ"), "{failed}");
    assert!(texts[0].contains("run 2026-10-01.1 succeeded, 1 published"), "{}", texts[0]);
}

#[test]
fn a_run_that_needs_retries_sends_one_mail_after_the_last_of_them() {
    let mailbox = Mailbox::open("none");
    let place = Place::new(mailbox.port);
    let run = place.carelake(&[&RUN[..], &["--inject", "practices:Storage:2"]].concat());
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mails = mailbox.close();
    assert_eq!(mails.len(), 1);
    assert!(mails[0]["text"].as_str().unwrap().contains("succeeded"));
    let status = place.carelake(&["status", "--json"]);
    let report: Value = serde_json::from_slice(&status.stdout).unwrap();
    let practices =
        report["publications"].as_array().unwrap().iter().find(|one| one["publication"] == "practices").unwrap();
    let errors: Vec<&Value> =
        practices["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["error"]).collect();
    assert_eq!(errors, ["Storage".into(), "Storage".into(), Value::Null].iter().collect::<Vec<&Value>>());
}

#[test]
fn a_mail_server_that_is_away_does_not_undo_a_good_run() {
    let place = Place::new(1);
    let run = place.carelake(&RUN);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let kept = fs::read_to_string(place.path().join("output/_carelake/runs/2026-11-01.1/notice.txt")).unwrap();
    assert!(kept.starts_with("Subject: carelake: run 2026-11-01.1 succeeded"), "{kept}");
    let told = String::from_utf8_lossy(&run.stderr);
    assert!(told.contains("was not sent: notify.smtp: the mail was not taken"), "{told}");
    assert!(told.contains("_carelake/runs/2026-11-01.1/notice.txt"), "{told}");
}

#[test]
fn a_notice_that_was_not_delivered_is_shown_until_one_is() {
    let place = Place::new(1);
    let run = || place.carelake(&RUN);
    let shown = || {
        let status = place.carelake(&["status"]);
        let doctor: Value = serde_json::from_slice(&place.carelake(&["doctor", "--json"]).stdout).unwrap();
        let ill = doctor["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["what"] == "notice" && check["well"] == false);
        (
            String::from_utf8_lossy(&status.stdout).contains("no notice was delivered since that of run 2026-11-01.1"),
            ill,
        )
    };
    assert!(run().status.success());
    assert_eq!(shown(), (true, true));
    assert!(run().status.success());
    assert_eq!(shown(), (true, true), "the first of them counts");
    let mailbox = Mailbox::open("none");
    place.mail_to(mailbox.port);
    assert!(run().status.success());
    assert_eq!(shown(), (false, false));
    assert_eq!(mailbox.close().len(), 1);
}

#[test]
fn a_killed_run_is_mailed_once_by_the_next_commands() {
    let mailbox = Mailbox::open("none");
    let place = Place::new(mailbox.port);
    let mut run = Command::new(env!("CARGO_BIN_EXE_carelake"))
        .args(RUN)
        .args(["--inject", "practices:Storage:3"])
        .current_dir(place.path())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("attempt 2 of 4 after")));
    run.kill().unwrap();
    run.wait().unwrap();
    let said = |arguments: &[&str]| String::from_utf8(place.carelake(arguments).stderr).unwrap();
    assert!(said(&["runs"]).contains("run 2026-11-01.1 was found dead"));
    assert!(!said(&["status"]).contains("found dead"));
    let mails = mailbox.close();
    assert_eq!(mails.len(), 1);
    let text = mails[0]["text"].as_str().unwrap().replace("=\r\n", "").replace("\r\n", "\n");
    for wanted in
        ["run 2026-11-01.1 was ABORTED: Aborted: practices", "its process was killed", "carelake rerun practices"]
    {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
}

const LOGIN: &str = "    username: carelake\n    password: { env: MAIL_PASSWORD }\n";

/// Runs a dataset whose notice goes to a server that encrypts, and returns the mails that it took.
fn mails_over(security: &str, password: &str, authority: &str) -> Vec<Value> {
    let mailbox = Mailbox::open(security);
    let place = Place::with(mailbox.port, security, LOGIN);
    let authority = mailbox.folder.path().join(authority);
    let run = Command::new(env!("CARGO_BIN_EXE_carelake"))
        .args(["run", "--accept-as-of", "--as-of", "2026-11-01", "--dataset", "practices"])
        .envs([("MAIL_PASSWORD", password.as_ref()), ("SSL_CERT_FILE", authority.as_os_str())])
        .current_dir(place.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    mailbox.close()
}

#[test]
fn a_notice_is_sent_encrypted_and_with_a_password() {
    for security in ["starttls", "tls"] {
        let mails = mails_over(security, "open sesame", "ca.pem");
        assert_eq!(mails.len(), 1, "{security}");
        assert_eq!(mails[0]["to"][0], "oncall@example.org");
    }
}

#[test]
fn a_wrong_password_or_an_authority_that_nobody_trusts_sends_nothing() {
    assert_eq!(mails_over("starttls", "wrong", "ca.pem"), Vec::<Value>::new());
    // The certificate of the server itself is no authority.
    assert_eq!(mails_over("tls", "open sesame", "leaf.pem"), Vec::<Value>::new());
}
