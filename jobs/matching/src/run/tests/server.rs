//! References on a real PostgreSQL: the same bytes as of files, servers that die, rights, and how often the server is asked.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::publishes::{all_bytes, ann, bob, cells, incomplete, lake};
use super::world::{Lake, MATCHER, Row, asked};
use crate::index::person_id;
use crate::reference::{Difference, Key, Reference, ReferenceDatabase};
use crate::reviews::Action;
use crate::run::MatchError;
use crate::tests::servers::{asked as database, on_a_server, server};

/// Rows of which some are brought up by many keys, some by none.
fn generated(count: usize) -> Vec<Vec<Row>> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| cells().new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn a_server_and_a_file_have_the_same_published() {
    let all = generated(8);
    let publish = || -> Vec<_> {
        let one = |rows: &Vec<Row>| {
            let lake = Lake::with(&MATCHER.replace("one_to_one: delivery", "one_to_one: off"));
            lake.publish("county", &[&[ann(), bob()]]);
            lake.publish("roster", &[rows, &[incomplete("X90")]]);
            lake.run("one");
            (all_bytes(&lake), lake.rows("matching/bay/outcomes"), lake.digest())
        };
        all.iter().map(one).collect()
    };
    let of_files = publish();
    assert!(of_files.iter().flat_map(|(_, rows, _)| rows).any(|row| row["outcome"] == "exact"));
    on_a_server(&[&|| assert_eq!(publish(), of_files)]);
}

#[test]
fn a_server_that_is_killed_on_the_way_is_storage_and_the_next_load_makes_it_whole() {
    on_a_server(&[&|| {
        let lake = lake();
        lake.run("one");
        let before = lake.digest();
        lake.publish("county", &[&[super::world::complete("county", "R9", "Dee", "Late", "1971-01-01", "561534873")]]);
        let mut reference = lake.reference();
        let difference = Difference {
            is_anew: true,
            new: reference.loaded().unwrap().into_iter().map(|run| (run.publication, run.run_id)).collect(),
            ..Difference::default()
        };
        let record = reference.record(&Key::new("county", "R1")).unwrap().unwrap();
        let dies = || {
            server().kill_and_start();
            let (key, columns) = (Key::new("county", "R7"), record.columns.clone());
            let run_id = record.run_id.parse().unwrap();
            let (publication, source_file) = ("intake/persons/county".to_owned(), String::new());
            Ok(crate::reference::Row { key, observed: String::new(), publication, run_id, source_file, columns })
        };
        let failed =
            reference.load::<MatchError>(lake.engine, &difference, &mut std::iter::once_with(dies)).unwrap_err();
        assert_eq!(failed.kind().name, "Storage", "{failed}");
        // The session is lost; another sees what was before.
        assert_eq!(lake.digest(), before);
        lake.run("two");
        let whole = lake.digest();
        assert_ne!(whole, before);
        server().kill_and_start();
        assert!(!lake.run("three").is_changed);
        assert_eq!(lake.digest(), whole);
    }]);
}

#[test]
fn each_login_may_do_what_its_roles_say_and_nobody_changes_decisions() {
    on_a_server(&[&|| {
        let target = database().unwrap();
        let name = target.database.clone().unwrap();
        let run = |statement: &str| server().run_in(&name, statement);
        run("CREATE ROLE carelake_loader; CREATE ROLE carelake_matcher; CREATE ROLE carelake_reviewer;
             CREATE ROLE nightly LOGIN IN ROLE carelake_loader, carelake_matcher; CREATE ROLE page LOGIN IN ROLE carelake_reviewer;");
        ReferenceDatabase::server(&target, "matching_bay").unwrap();
        let tries = |login: &str, statement: &str| {
            let target = carelake_database::Target {
                login: carelake_database::Login { user: login.to_owned(), password: String::new() },
                ..target.clone()
            };
            let mut reference = ReferenceDatabase::server(&target, "matching_bay").unwrap();
            let done: Result<u64, crate::reference::ReferenceError> = reference.write("trying", |sql| {
                sql.change(statement, &[]).map_err(crate::reference::ReferenceError::of(sql, "trying"))
            });
            done.map_err(|error| error.kind().name)
        };
        let decide =
            "INSERT INTO decision (decision_id, sequence, action, reviewer, decided_at, review_version, detail)
                      VALUES ('d', 1, 'comment', 'ann', '', 0, '{}')";
        let load = "INSERT INTO setting (name, value) VALUES ('x', 'y')";
        let forget = "DELETE FROM reference_record";
        assert_eq!(tries("nightly", load), Ok(1));
        assert_eq!(tries("nightly", forget), Ok(0));
        assert_eq!(tries("nightly", decide), Err("Refused"));
        assert_eq!(tries("page", decide), Ok(1));
        assert_eq!(tries("page", forget), Err("Refused"));
        for login in ["nightly", "page", "lab"] {
            assert_eq!(tries(login, "UPDATE decision SET reviewer = 'bob'"), Err("Refused"), "{login}");
            assert_eq!(tries(login, "DELETE FROM decision"), Err("Refused"), "{login}");
            assert_eq!(tries(login, "TRUNCATE decision"), Err("Refused"), "{login}");
        }
    }]);
}

#[test]
fn the_server_is_asked_as_often_for_many_records_as_for_few() {
    on_a_server(&[&|| {
        let statements = |times: usize| {
            let lake = Lake::new();
            lake.publish("county", &[&[ann(), bob()]]);
            let rows: Vec<Row> = (0..times).map(|at| incomplete(&format!("X{at}"))).collect();
            lake.publish("roster", &[&rows]);
            let before = server().log().matches("execute ").count();
            lake.run("one");
            server().log().matches("execute ").count() - before
        };
        let (few, many) = (statements(4), statements(400));
        assert!(few > 20 && many <= few + 5, "{few} statements for 4 records, {many} for 400");
    }]);
}

#[test]
fn a_merge_on_a_server_is_taken_back_exactly() {
    on_a_server(&[&|| {
        let lake = lake();
        lake.run("one");
        let before = lake.digest();
        let persons = ["R1", "R2"].map(|id| person_id("county", id));
        let made = lake.decide(("dan", true), &asked(Action::Merge, None, &[&persons[0], &persons[1]])).unwrap();
        assert_ne!(lake.digest(), before);
        let undo = crate::reviews::Asked { subject: Some(made.decision), ..asked(Action::Undo, None, &[]) };
        lake.decide(("dan", true), &undo).unwrap();
        assert_eq!(lake.digest(), before);
    }]);
}
