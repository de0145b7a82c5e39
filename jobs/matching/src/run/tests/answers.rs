//! What is asked, what people answer, and what the next run makes of it.

use carelake_core::ledger::Audit;
use carelake_core::names::Scope;
use rusqlite::Connection;

use super::world::{Lake, MATCHER, Row, asked, complete};
use crate::index::person_id;
use crate::reference::Reference;
use crate::reviews::{Action, Asked, Desk, Review, ReviewError, catch_up, quality, reserve, verify};
use crate::run::{health, is_cut};

/// A record that may be either of two persons of one name and birth date.
pub(super) fn between(id: &str) -> Row {
    let mut row = complete("roster", id, "Ann", "Miller", "1984-03-07", "261534871");
    for column in ["sex", "social_security_number", "ssn_last4"] {
        row.remove(column);
    }
    row
}

fn lake_of(matcher: &str) -> Lake {
    let lake = Lake::with(matcher);
    let one = complete("county", "R1", "Ann", "Miller", "1984-03-07", "261534871");
    let other = complete("county", "R2", "Ann", "Miller", "1984-03-07", "999999998".replace('9', "4").as_str());
    lake.publish("county", &[&[one, other]]);
    lake.publish("roster", &[&[between("X1")]]);
    lake
}

pub(super) fn lake() -> Lake {
    lake_of(MATCHER)
}

pub(super) fn only(lake: &Lake) -> Review {
    let mut reviews = lake.reviews("eve");
    assert_eq!(reviews.len(), 1, "{reviews:?}");
    reviews.remove(0)
}

#[test]
fn an_accepted_person_is_used_by_the_next_run_and_taking_it_back_is_too() {
    let lake = lake();
    lake.run("one");
    assert_eq!(lake.outcome("X1").0, "proposed");
    let review = only(&lake);
    assert_eq!((review.kind.as_str(), review.candidates.len()), ("record", 2));
    let ann = person_id("county", "R1");
    let made = lake.decide(("eve", false), &asked(Action::Accept, Some(&review), &[&ann])).unwrap();
    assert_eq!(made.state.as_deref(), Some("accepted"));
    assert_eq!(lake.reviews("eve"), []);
    lake.run("two");
    assert_eq!(lake.outcome("X1"), ("exact".to_owned(), "decision".to_owned()));
    assert_eq!(lake.person("roster", "X1")["social_security_number"], "261534871");
    let by: Vec<String> = lake.rows("matching/bay/repairs").iter().map(|cell| cell["by"].clone()).collect();
    assert!(by.iter().all(|by| by == "eve") && !by.is_empty(), "{by:?}");
    assert!(!lake.run("three").is_changed);

    let undo = Asked { subject: Some(made.decision), ..asked(Action::Undo, None, &[]) };
    lake.decide(("eve", false), &undo).unwrap();
    assert_eq!(only(&lake).id, review.id, "it is asked again");
    lake.run("four");
    assert_eq!(lake.outcome("X1").0, "proposed");
    assert!(!lake.person("roster", "X1").contains_key("social_security_number"));
    let twice = lake.decide(("eve", false), &undo).unwrap_err();
    assert!(twice.to_string().contains("taken back already"), "{twice}");
}

#[test]
fn whoever_is_rejected_is_no_candidate_any_more_until_a_side_changes() {
    let lake = lake();
    lake.run("one");
    let review = only(&lake);
    let made = lake.decide(("eve", false), &asked(Action::Reject, Some(&review), &[])).unwrap();
    assert_eq!(made.state.as_deref(), Some("rejected"));
    lake.run("two");
    assert_eq!(lake.outcome("X1"), ("none".to_owned(), "all_rejected".to_owned()));
    assert_eq!(lake.reviews("eve"), []);

    // The row changes: it is another question.
    let mut changed = between("X1");
    changed.insert("sex".to_owned(), "female".to_owned());
    lake.publish("roster", &[&[changed]]);
    lake.withdraw("roster", 0);
    lake.run("three");
    let review = only(&lake);
    assert!(review.again.is_some_and(|again| again.contains("the record changed since eve decided")));
}

#[test]
fn an_accepted_person_stands_when_more_is_known_and_is_asked_again_when_something_speaks_against_it() {
    let lake = lake();
    lake.run("one");
    let ann = person_id("county", "R1");
    lake.decide(("eve", false), &asked(Action::Accept, Some(&only(&lake)), &[&ann])).unwrap();
    let mut more = between("X1");
    more.insert("sex".to_owned(), "female".to_owned());
    lake.publish("roster", &[&[more.clone()]]);
    lake.withdraw("roster", 0);
    lake.run("two");
    assert_eq!(lake.outcome("X1"), ("exact".to_owned(), "decision".to_owned()));
    more.insert("birth_date".to_owned(), "1984-03-08".to_owned());
    lake.publish("roster", &[&[more]]);
    lake.withdraw("roster", 0);
    lake.run("three");
    assert_ne!(lake.outcome("X1").1, "decision");
}

#[test]
fn an_answer_to_what_another_answered_meanwhile_is_refused() {
    let lake = lake();
    lake.run("one");
    let review = only(&lake);
    let ann = person_id("county", "R1");
    lake.decide(("eve", false), &asked(Action::Accept, Some(&review), &[&ann])).unwrap();
    let late = lake.decide(("bob", false), &asked(Action::Reject, Some(&review), &[])).unwrap_err();
    assert!(matches!(&late, ReviewError::Moved { by, .. } if by.contains("eve said accept")), "{late}");
    let foreign = lake.decide(("bob", false), &asked(Action::Accept, Some(&review), &["p_nobody"])).unwrap_err();
    assert!(matches!(foreign, ReviewError::Moved { .. }), "{foreign}");
}

#[test]
fn a_question_that_somebody_looks_at_is_theirs_for_a_quarter_of_an_hour() {
    let lake = lake();
    lake.run("one");
    let review = only(&lake);
    lake.with_desk(|reference, desk| reserve(reference, &review.id, "eve", desk.now)).unwrap();
    assert_eq!((lake.reviews("eve").len(), lake.reviews("bob").len()), (1, 0));
    let taken = lake.with_desk(|reference, desk| reserve(reference, &review.id, "bob", desk.now)).unwrap_err();
    assert!(matches!(taken, ReviewError::Reserved { .. }));
    let answer = lake.decide(("bob", false), &asked(Action::Reject, Some(&review), &[])).unwrap_err();
    assert!(matches!(answer, ReviewError::Reserved { .. }));
    lake.pass(jiff::SignedDuration::from_mins(16));
    assert_eq!(lake.reviews("bob").len(), 1);
    lake.decide(("bob", false), &asked(Action::Reject, Some(&review), &[])).unwrap();
}

#[test]
fn what_two_must_grant_is_given_when_two_have_and_a_lead_settles_a_dispute() {
    let matcher = MATCHER.replace("sample_none: 0 }", "sample_none: 0, second: [social_security_number] }");
    let lake = Lake::with(&matcher);
    lake.publish("county", &[&[complete("county", "R1", "Ann", "Miller", "1984-03-07", "261534871")]]);
    let mut record = complete("roster", "X1", "Ann", "Miller", "1984-03-07", "261534871");
    record.remove("social_security_number");
    record.remove("sex");
    lake.publish("roster", &[&[record]]);
    lake.run("one");
    let repaired = |lake: &Lake| lake.person("roster", "X1").contains_key("social_security_number");
    assert!(lake.person("roster", "X1").contains_key("sex") && !repaired(&lake));
    let review = only(&lake);
    assert_eq!(
        (review.kind.as_str(), review.repairs.as_slice()),
        ("second", &["social_security_number".to_owned()][..])
    );
    let accept = |version: i64| Asked { version: Some(version), ..asked(Action::Accept, Some(&review), &[]) };
    assert_eq!(lake.decide(("eve", false), &accept(1)).unwrap().state.as_deref(), Some("open"));
    let same = lake.decide(("eve", false), &accept(2)).unwrap_err();
    assert!(matches!(same, ReviewError::SamePerson { .. }), "{same}");
    lake.run("two");
    assert!(!repaired(&lake), "one is not two");
    let unlike = Asked { version: Some(2), ..asked(Action::Reject, Some(&review), &[]) };
    assert_eq!(lake.decide(("bob", false), &unlike).unwrap().state.as_deref(), Some("disputed"));
    let refused = lake.decide(("cat", false), &accept(3)).unwrap_err();
    assert!(matches!(refused, ReviewError::NotAllowed { .. }), "{refused}");
    assert_eq!(lake.decide(("dan", true), &accept(3)).unwrap().state.as_deref(), Some("accepted"));
    lake.run("three");
    assert!(repaired(&lake));
    assert_eq!(quality(&lake.reference()).unwrap().answered_twice, 1);
}

#[test]
fn every_repair_of_a_share_of_the_records_needs_two_people_where_that_is_asked() {
    let matcher = MATCHER.replace("sample_none: 0 }", "sample_none: 0, second: always }");
    let lake = Lake::with(&matcher);
    lake.publish("county", &[&[complete("county", "R1", "Ann", "Miller", "1984-03-07", "261534871")]]);
    let mut record = complete("roster", "X1", "Ann", "Miller", "1984-03-07", "261534871");
    record.remove("sex");
    lake.publish("roster", &[&[record]]);
    lake.run("one");
    assert_eq!((lake.outcome("X1").0.as_str(), only(&lake).kind.as_str()), ("exact", "second"));
    assert!(!lake.person("roster", "X1").contains_key("sex"));
}

#[test]
fn merging_and_splitting_change_the_reference_and_taking_them_back_restores_it() {
    let lake = lake();
    lake.run("one");
    let (one, other) = (person_id("county", "R1"), person_id("county", "R2"));
    let before = lake.digest();
    let refused = lake.decide(("eve", false), &asked(Action::Merge, None, &[&one, &other])).unwrap_err();
    assert!(matches!(refused, ReviewError::NotAllowed { .. }));
    let merged = lake.decide(("dan", true), &asked(Action::Merge, None, &[&one, &other])).unwrap();
    let after = lake.digest();
    assert_ne!(after, before);
    assert_eq!(lake.reference().person(&other).unwrap(), Some(one.clone()));
    lake.run("two");
    assert_eq!(lake.outcome("X1").0, "exact", "two that are one are no tie");
    let split = lake.decide(("dan", true), &asked(Action::Split, None, &[&other])).unwrap();
    assert_eq!(lake.reference().person(&other).unwrap(), Some(other.clone()));
    for (decision, expected) in [(split.decision, after), (merged.decision, before)] {
        let undo = Asked { subject: Some(decision), ..asked(Action::Undo, None, &[]) };
        lake.decide(("dan", true), &undo).unwrap();
        assert_eq!(lake.digest(), expected);
    }
}

#[test]
fn what_people_merged_is_merged_in_a_reference_that_is_made_anew() {
    let lake = lake();
    lake.run("one");
    let (one, other) = (person_id("county", "R1"), person_id("county", "R2"));
    lake.decide(("dan", true), &asked(Action::Merge, None, &[&one, &other])).unwrap();
    let merged = lake.digest();
    // The same records leave and come back.
    let ours = complete("county", "R2", "Ann", "Miller", "1984-03-07", "444444448");
    let county = complete("county", "R1", "Ann", "Miller", "1984-03-07", "261534871");
    lake.publish("county", &[&[county, ours]]);
    lake.withdraw("county", 0);
    lake.run("two");
    assert_eq!(lake.reference().person(&other).unwrap(), Some(one));
    assert_ne!(lake.digest(), merged, "it is another run");
}

#[test]
fn a_decision_whose_writer_died_is_taken_up_and_one_that_is_changed_is_found() {
    let lake = lake();
    lake.run("one");
    let review = only(&lake);
    let ann = person_id("county", "R1");
    lake.decide(("eve", false), &asked(Action::Accept, Some(&review), &[&ann])).unwrap();
    let checked = lake.with_desk(|reference, desk| verify(reference, desk)).unwrap();
    assert_eq!((checked.entries, checked.broken), (1, None));

    // As after a crash between the audit and the table.
    let path = lake.folder.path().join("matching/bay.sqlite");
    let tamper = |sql: &str| {
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("DROP TRIGGER decision_is_not_changed; DROP TRIGGER decision_is_not_deleted;")
            .unwrap_or_default();
        connection.execute_batch(sql).unwrap();
    };
    tamper("DELETE FROM decision; UPDATE review SET state = 'open', version = 1;");
    assert_eq!(lake.with_desk(catch_up).unwrap(), 1);
    assert_eq!(lake.reviews("eve"), []);
    assert_eq!(lake.with_desk(|reference, desk| verify(reference, desk)).unwrap(), checked);

    let row = Connection::open(&path).unwrap();
    let columns = [
        "decision_id",
        "action",
        "reviewer",
        "decided_at",
        "review_id",
        "fingerprint",
        "person_id",
        "person_fingerprint",
    ];
    for column in columns {
        let was: String = row.query_row(&format!("SELECT {column} FROM decision"), [], |row| row.get(0)).unwrap();
        tamper(&format!("UPDATE decision SET {column} = 'x' || {column}"));
        let broken = lake.with_desk(|reference, desk| verify(reference, desk)).unwrap().broken;
        assert_eq!(broken, Some(1), "{column}");
        row.execute(&format!("UPDATE decision SET {column} = ?1"), [was]).unwrap();
    }
    assert_eq!(lake.with_desk(|reference, desk| verify(reference, desk)).unwrap().broken, None);
    let added = "INSERT INTO decision SELECT 'mine', 2, review_id, action, reviewer, decided_at, review_version, data_source,
      patient_id, person_id, record_data_source, record_patient_id, fingerprint, person_fingerprint, undoes, comment, detail FROM decision";
    tamper(added);
    let found = lake.with_desk(|reference, desk| verify(reference, desk)).unwrap();
    assert_eq!(found.without_entry.as_deref(), Some("mine"));
    let told = Audit::new(&lake.ledger, &Scope::default()).last("matching/bay", 5).unwrap();
    let told = format!("{told:?}");
    assert!(["Miller", "X1", "R1", "261534871"].iter().all(|value| !told.contains(value)), "{told}");
}

#[test]
fn an_audit_that_lacks_the_end_that_a_run_noted_is_found_and_so_is_a_reference_that_is_behind() {
    let lake = lake();
    lake.run("one");
    let look = || lake.act(|world| lake.with_desk(|_, desk| health(world, lake.engine, desk).unwrap()));
    let well = look();
    assert_eq!((well.new, well.gone, well.taken_up, well.is_cut, well.hidden, well.open), (0, 0, 0, false, 0, 1));
    lake.publish("county", &[&[complete("county", "R9", "Dee", "Late", "1971-01-01", "561534873")]]);
    assert_eq!((look().new, look().gone), (1, 0));
    lake.decide(("eve", false), &asked(Action::Accept, Some(&only(&lake)), &[&person_id("county", "R1")])).unwrap();
    lake.run("two");
    assert!(!look().is_cut && look().new == 0 && look().open == 0);
    // Another ledger knows nothing of the decision that the run noted.
    let other = carelake_core::ledger::SqliteLedger::open(&lake.folder.path().join("other.sqlite")).unwrap();
    let cut = lake.act(|world| {
        lake.with_desk(|_, desk| {
            let scope = Scope::default();
            let audit = Audit::new(&other, &scope);
            is_cut(world, &Desk { audit, rows: &other, ..*desk }).unwrap()
        })
    });
    assert!(cut);
}

#[test]
fn blind_checks_look_like_questions_and_tell_how_often_runs_are_right() {
    let samples = |share: &str| {
        let config = MATCHER.replace("sample_exact: 0,", &format!("sample_exact: {share},"));
        assert_ne!(config, MATCHER);
        let lake = lake_of(&config);
        lake.publish("roster", &[&[super::publishes::incomplete("X7")]]);
        lake.run("one");
        assert_eq!(lake.outcome("X7").0, "exact");
        let review = lake.reviews("eve").into_iter().find(|review| review.key.patient_id == "X7");
        (lake, review)
    };
    assert!(samples("0.0").1.is_none());
    let (lake, review) = samples("1.0");
    let review = review.unwrap();
    assert_eq!(review.kind, "sample");
    let person = review.candidates[0].person.clone();
    lake.decide(("eve", false), &asked(Action::Accept, Some(&review), &[&person])).unwrap();
    let of = quality(&lake.reference()).unwrap().precision;
    assert_eq!((of.of, of.all), (1, 1));
    // A check measures, and decides nothing.
    assert_eq!(lake.outcome("X7").0, "exact");
    lake.run("two");
    assert_ne!(lake.outcome("X7").1, "decision");
}

#[test]
fn two_answers_at_once_are_one_and_a_refusal() {
    let lake = lake();
    lake.run("one");
    let review = only(&lake);
    let (one, other) = (person_id("county", "R1"), person_id("county", "R2"));
    let answers: Vec<bool> = std::thread::scope(|scope| {
        let answer = |who: &'static str, person: String| {
            let (lake, review) = (&lake, &review);
            scope.spawn(move || lake.decide((who, false), &asked(Action::Accept, Some(review), &[&person])).is_ok())
        };
        let threads = [answer("eve", one), answer("bob", other)];
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|is_taken| **is_taken).count(), 1);
    lake.with_desk(|reference, desk| verify(reference, desk).map(|checked| assert_eq!(checked.entries, 1))).unwrap();
}

/// What holds where references are files holds where they are on a server.
#[cfg(feature = "postgres")]
#[test]
fn all_of_it_holds_on_a_server() {
    crate::tests::servers::on_a_server(&[
        &an_accepted_person_is_used_by_the_next_run_and_taking_it_back_is_too,
        &whoever_is_rejected_is_no_candidate_any_more_until_a_side_changes,
        &an_accepted_person_stands_when_more_is_known_and_is_asked_again_when_something_speaks_against_it,
        &an_answer_to_what_another_answered_meanwhile_is_refused,
        &a_question_that_somebody_looks_at_is_theirs_for_a_quarter_of_an_hour,
        &what_two_must_grant_is_given_when_two_have_and_a_lead_settles_a_dispute,
        &every_repair_of_a_share_of_the_records_needs_two_people_where_that_is_asked,
        &merging_and_splitting_change_the_reference_and_taking_them_back_restores_it,
        &what_people_merged_is_merged_in_a_reference_that_is_made_anew,
        &two_answers_at_once_are_one_and_a_refusal,
    ]);
}
