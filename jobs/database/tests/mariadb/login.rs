//! Who is let in, how connections are kept from others' eyes, and what a login may do.

use std::fs;

use carelake_database::{DatabaseError, Target, Tls, connect};

use crate::servers::Mariadb;

#[test]
fn a_login_is_let_in_by_its_password_only_and_the_password_is_told_to_nobody() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "INSTALL SONAME 'auth_ed25519'; CREATE DATABASE crm; CREATE TABLE crm.a (id int); \
         CREATE USER native@'%' IDENTIFIED BY 'MARKER'; CREATE USER curve@'%' IDENTIFIED VIA ed25519 USING PASSWORD('MARKER'); \
         CREATE USER closed@'%' IDENTIFIED BY 'MARKER' REQUIRE SSL; GRANT SELECT ON crm.* TO native@'%', curve@'%'",
    );
    for user in ["native", "curve"] {
        let mut session = connect(&server.by_port(user, "MARKER")).unwrap();
        assert_eq!(session.databases().unwrap(), ["crm"]);
        let told = connect(&server.by_port(user, "MARKER2")).map(|_| ()).unwrap_err();
        assert!(matches!(told, DatabaseError::Refused { .. }), "{told}");
        assert!(!format!("{told} {told:?}").contains("MARKER"));
    }
    for (user, password) in [("closed", "MARKER"), ("nobody", ""), ("native", "")] {
        let told = connect(&server.by_port(user, password)).map(|_| ()).unwrap_err();
        assert!(matches!(told, DatabaseError::Refused { .. }), "{user}: {told}");
    }
    let target = Target { database: Some("gone".to_owned()), ..server.target() };
    assert!(matches!(connect(&target).map(|_| ()), Err(DatabaseError::Refused { .. })));
    let mut away = server.by_port("native", "MARKER");
    away.address = carelake_database::Address::Host { host: "127.0.0.1".to_owned(), port: 1 };
    assert!(matches!(connect(&away).map(|_| ()), Err(DatabaseError::Unavailable { .. })));
}

#[test]
fn an_encrypted_connection_is_one_with_the_host_of_the_certificate() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let started = Mariadb::start_with(|folder| {
        fs::write(folder.join("cert"), &certificate).unwrap();
        fs::write(folder.join("key"), &key).unwrap();
        let at = |name: &str| folder.join(name).display().to_string();
        vec![format!("--ssl-cert={}", at("cert")), format!("--ssl-key={}", at("key"))]
    });
    let Some(server) = started else { return };
    server.run("CREATE DATABASE crm; CREATE USER closed@'%' IDENTIFIED BY 'MARKER' REQUIRE SSL; GRANT SELECT ON crm.* TO closed@'%'");
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, &certificate).unwrap();
    let to = |host: &str, ca| Target {
        address: carelake_database::Address::Host { host: host.to_owned(), port: server.port },
        tls: Tls::VerifyFull { ca },
        ..server.by_port("closed", "MARKER")
    };
    let mut session = connect(&to("localhost", Some(ca.clone()))).unwrap();
    assert_eq!(session.databases().unwrap(), ["crm"]);
    let cipher = session
        .listed("SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'ssl_cipher'", 1);
    assert!(cipher.unwrap()[0][0].as_ref().is_some_and(|cipher| !cipher.is_empty()));
    for other in [to("127.0.0.1", Some(ca)), to("localhost", None)] {
        let told = connect(&other).map(|_| ()).unwrap_err();
        assert!(matches!(told, DatabaseError::Refused { .. }), "{told}");
    }
}

#[test]
fn rights_that_are_missing_and_rights_to_write_are_named() {
    let Some(server) = Mariadb::start() else { return };
    server.run(
        "CREATE DATABASE crm; CREATE USER right_@'%' IDENTIFIED BY 'x'; GRANT SELECT ON crm.* TO right_@'%'; \
         GRANT PROCESS, BINLOG MONITOR ON *.* TO right_@'%'; \
         CREATE USER wrong@'%' IDENTIFIED BY 'x'; GRANT SELECT, UPDATE ON crm.* TO wrong@'%'",
    );
    let mut right = connect(&server.by_port("right_", "x")).unwrap();
    assert_eq!(right.grants().unwrap(), (vec![], vec![]));
    let mut wrong = connect(&server.by_port("wrong", "x")).unwrap();
    let (missing, writes) = wrong.grants().unwrap();
    assert_eq!(missing.iter().map(|grant| grant.name).collect::<Vec<_>>(), ["PROCESS", "BINLOG MONITOR"]);
    assert_eq!(writes, ["UPDATE"]);
    // What is advised is what helps.
    for grant in missing {
        server.run(&grant.statement);
    }
    let mut wrong = connect(&server.by_port("wrong", "x")).unwrap();
    assert_eq!(wrong.grants().unwrap().0, []);
    assert!(!wrong.server().is_replica);
}
