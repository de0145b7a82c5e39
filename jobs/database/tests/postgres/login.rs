//! Who is let in, how, and what is said where nobody is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use carelake_database::{Address, DatabaseError, Target, Tls, connect};

use crate::servers::{Postgres, done, free_port};

/// Writes who is let in by what, and a certificate of `localhost`.
fn prepare(folder: &Path) -> String {
    let who = "local all all trust\nhost all scram 127.0.0.1/32 scram-sha-256\nhost all md5 127.0.0.1/32 md5\n\
        hostssl all plain 127.0.0.1/32 password\nhostnossl all plain 127.0.0.1/32 password\nhost all stranger 127.0.0.1/32 reject\n";
    fs::write(folder.join("hba"), who).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.join("cert"), made.cert.pem()).unwrap();
    let key = folder.join("key");
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    done(Command::new("chmod").arg("600").arg(&key));
    let mut owned = Command::new("chown");
    owned.arg("--reference").arg(folder).arg(&key);
    done(&mut owned);
    let shown = |name: &str| folder.join(name).display().to_string();
    format!(
        "-c hba_file={} -c ssl=on -c ssl_cert_file={} -c ssl_key_file={}",
        shown("hba"),
        shown("cert"),
        shown("key")
    )
}

fn encrypted(server: &Postgres, host: &str, ca: Option<PathBuf>, user: &str) -> Target {
    Target {
        address: Address::Host { host: host.to_owned(), port: server.port },
        tls: Tls::VerifyFull { ca },
        ..server.by_port(user, "MARKER")
    }
}

fn opened(target: &Target) -> Result<u64, DatabaseError> {
    connect(target).map(|session| session.number())
}

#[test]
fn logins_are_proved_and_connections_encrypted() {
    let Some(server) = Postgres::start_with(prepare) else { return };
    server.run(
        "CREATE ROLE scram LOGIN PASSWORD 'MARKER'; CREATE ROLE plain LOGIN PASSWORD 'MARKER'; CREATE ROLE stranger LOGIN; \
         SET password_encryption = md5; CREATE ROLE md5 LOGIN PASSWORD 'MARKER'",
    );
    for user in ["scram", "md5"] {
        assert!(opened(&server.by_port(user, "MARKER")).is_ok(), "{user}");
        let error = opened(&server.by_port(user, "WRONG MARKER")).unwrap_err();
        assert!(matches!(&error, DatabaseError::Refused { code: Some(code), .. } if code == "28P01"), "{error}");
        assert!(!format!("{error} {error:?}").contains("MARKER"), "{error:?}");
    }
    let refused = |target: &Target| matches!(opened(target), Err(DatabaseError::Refused { .. }));
    // A password in the clear goes only where nobody reads along.
    assert!(refused(&server.by_port("plain", "MARKER")));
    let ca = Some(server.folder().join("cert"));
    for user in ["scram", "md5", "plain"] {
        let mut session = connect(&encrypted(&server, "localhost", ca.clone(), user)).unwrap();
        let seen = format!("SELECT ssl FROM pg_stat_ssl WHERE pid = {}", session.number());
        assert_eq!(server.run(&seen), "t");
        assert!(session.databases().is_ok());
        let canceller = session.canceller();
        assert_eq!(canceller.cancel(), Ok(()));
    }
    assert!(
        refused(&encrypted(&server, "127.0.0.1", ca.clone(), "scram")),
        "another name than that of the certificate"
    );
    assert!(refused(&encrypted(&server, "localhost", None, "scram")), "a certificate that this machine does not trust");
    assert!(refused(&encrypted(&server, "localhost", Some("/nowhere".into()), "scram")));
    assert!(refused(&server.by_port("stranger", "MARKER")));
    let elsewhere = Target { database: Some("MARKER".to_owned()), ..server.target() };
    let error = opened(&elsewhere).unwrap_err();
    assert!(matches!(&error, DatabaseError::Refused { code: Some(code), .. } if code == "3D000"), "{error}");
    assert!(!error.to_string().contains("MARKER"), "{error}");
    let nobody =
        Target { address: Address::Host { host: "127.0.0.1".to_owned(), port: free_port() }, ..server.target() };
    assert!(matches!(opened(&nobody), Err(DatabaseError::Unavailable { .. })));
    let file = Target { address: Address::Socket("/nowhere".into()), ..server.target() };
    assert!(matches!(opened(&file), Err(DatabaseError::Unavailable { .. })));
}

#[test]
fn a_server_that_does_not_encrypt_is_not_spoken_with() {
    let Some(server) = Postgres::start() else { return };
    let target = Target {
        address: Address::Host { host: "localhost".to_owned(), port: server.port },
        tls: Tls::VerifyFull { ca: None },
        ..server.target()
    };
    let error = opened(&target).unwrap_err();
    assert!(error.to_string().contains("does not encrypt"), "{error}");
}

#[test]
fn what_a_policy_hides_is_an_error_and_not_less() {
    let Some(server) = Postgres::start() else { return };
    server.run(
        "CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE ROLE reader LOGIN; GRANT SELECT ON t TO reader; \
         CREATE TABLE closed (x int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 5)",
    );
    let mut session = connect(&server.by_port("reader", "")).unwrap();
    for name in ["t", "closed"] {
        let relation = crate::taken::table(&mut *session, "public", name);
        let error = crate::taken::read(&mut *session, &relation, &[]).err().unwrap();
        assert!(matches!(&error, DatabaseError::Refused { code: Some(code), .. } if code == "42501"), "{error}");
    }
    let written = session.listed("WITH x AS (INSERT INTO public.t VALUES (2) RETURNING 1) SELECT * FROM x", 1);
    assert!(written.is_err());
    assert_eq!(server.run("SELECT count(*) FROM t"), "1");
}
