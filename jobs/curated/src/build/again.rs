//! Models that are built again: beside another build, with another configuration, with other tests.

use carelake_core::ledger::Pins;
use carelake_core::publish::{Publishing, Serves};
use jiff::civil::date;

use super::inputs::InputSet;
use super::tests::{Lake, ORDERS};
use super::*;
use crate::config::Curated;
use crate::standings::{Kept, Outcome, Standings};

const DAY: Options = Options { as_of: date(2026, 11, 2), is_full: false };

fn kept(lake: &Lake, model: &str) -> Kept {
    let now = *lake.now.lock().unwrap();
    Standings::new(&lake.ledger, &lake.scope, now).of(model).unwrap().unwrap()
}

fn first(lake: &Lake, curated: &Curated, code_version: &str, options: Options) -> Built {
    let models = [curated.model("cur_orders").unwrap()];
    lake.with(&lake.store, |world| {
        let world = World { code_version, ..world.clone() };
        build(&world, curated, &models, options, |_| {}).unwrap().remove(0)
    })
}

#[test]
fn a_second_build_at_once_is_told_who_works_and_lets_go_of_nothing_of_the_first() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    let publication = "curated/cur_orders".parse().unwrap();
    let orders = "files/orders".parse().unwrap();
    lake.with(&lake.store, |other| {
        let models = [curated.model("cur_orders").unwrap()];
        let set = InputSet::take(other, &curated, &models).unwrap();
        let held: Publishing<'_> = other.open(&publication, Serves::Snapshot).unwrap();
        let one = first(&lake, &curated, "test", DAY);
        assert_eq!((one.status, one.error), (Status::Failed, Some("PublishConflict")));
        assert!(one.message.unwrap().contains(&other.owner));
        let pinned = || Pins::new(&lake.ledger).runs(&orders, (other.now)()).unwrap().len();
        assert_eq!(pinned(), 1);
        drop(held);
        assert_eq!(first(&lake, &curated, "test", DAY).status, Status::Published);
        assert_eq!(pinned(), 1);
        set.release(other).unwrap();
        assert_eq!(pinned(), 0);
    });
}

#[test]
fn what_another_build_made_meanwhile_is_there_for_what_is_made_of_it() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    let models = ["beside", "cur_orders", "per_account"].map(|name| curated.model(name).unwrap());
    let each = |built: &Built| {
        if built.model == "beside" {
            assert_eq!(first(&lake, &curated, "test", DAY).status, Status::Published);
        }
    };
    let built = lake.with(&lake.store, |world| build(world, &curated, &models, DAY, each)).unwrap();
    let statuses: Vec<Status> = built.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Status::Published, Status::Unchanged, Status::Published], "{built:?}");
}

#[test]
fn a_configuration_that_changed_elsewhere_leaves_a_model_unchanged_and_can_make_it_again_on_the_same_day() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    let before = first(&lake, &curated, "test", DAY);
    assert_eq!(first(&lake, &curated, "a comment", DAY).status, Status::Unchanged);
    let full = Options { is_full: true, ..DAY };
    let after = first(&lake, &curated, "a comment", full);
    assert_eq!((after.status, after.message), (Status::Published, None));
    assert_ne!(after.run_id, before.run_id);
    // Made of the same by the same, it is the same run.
    assert_eq!(first(&lake, &curated, "a comment", full).run_id, after.run_id);
}

#[test]
fn tests_and_classes_that_are_new_are_asked_of_what_is_served() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    first(&lake, &curated, "test", DAY);
    let section = lake.section("error");
    let other = lake.read(&section.replace("amount >= 0", "amount >= 100"));
    assert_eq!(first(&lake, &other, "test", DAY).error, Some("TestFailed"));
    let other = lake.read(&section.replace("rows: { min: 1", "rows: { min: 2"));
    assert_eq!(first(&lake, &other, "test", DAY).status, Status::Published);
    let classed = lake.read(&section.replace("rows: { min: 1", "rows: { min: 2").replace("internal", "pii"));
    assert_eq!(first(&lake, &classed, "test", DAY).status, Status::Published);
    assert_eq!(first(&lake, &classed, "test", DAY).status, Status::Unchanged);
}

#[test]
fn results_of_what_is_served_are_kept_through_a_build_that_failed() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    let curated = lake.curated("error");
    first(&lake, &curated, "test", DAY);
    let asked = kept(&lake, "cur_orders").tests;
    assert!(asked.len() > 3 && asked.iter().all(|it| it.outcome == Outcome::Passed));
    let other = lake.read(&lake.section("error").replace("amount >= 0", "amount >= 100"));
    first(&lake, &other, "test", DAY);
    assert_eq!(kept(&lake, "cur_orders").status, "failed");
    assert_ne!(kept(&lake, "cur_orders").tests, asked);
    first(&lake, &curated, "test", DAY);
    assert_eq!((kept(&lake, "cur_orders").status.as_str(), kept(&lake, "cur_orders").tests), ("unchanged", asked));
}

#[test]
fn a_star_of_a_publication_comes_without_the_run_of_its_input() {
    let lake = Lake::new();
    lake.publish("files/orders", ORDERS);
    std::fs::write(lake.folder.path().join("star.sql"), "SELECT * FROM per").unwrap();
    let star = lake.section("error")
        + "  star:
    zone: transformed
    description: all of them
    inputs: { per: curated/cur_orders }
    sql: star.sql
    contract: none
";
    let curated = lake.read(&star);
    first(&lake, &curated, "test", DAY);
    let models = [curated.model("star").unwrap()];
    let one = lake.with(&lake.store, |world| build(world, &curated, &models, DAY, |_| {})).unwrap().remove(0);
    assert_eq!((one.status, one.message), (Status::Published, None));
    assert_eq!(lake.rows("curated/star"), "1,A,2.5|2,A,3|3,B,4");
}

#[test]
fn why_a_model_failed_does_not_begin_with_its_name_again() {
    let lake = Lake::new();
    let one = first(&lake, &lake.curated("error"), "test", DAY);
    assert!(one.message.unwrap().starts_with("nothing is served of files/orders"));
}

#[test]
fn a_unit_test_compares_every_row_and_shows_a_few() {
    let lake = Lake::new();
    let curated = lake.curated("error");
    let place = lake.folder.path().join("tests/models/per_account");
    std::fs::create_dir_all(place.join("inputs")).unwrap();
    let given: String = (0..1_500).map(|at| format!("{at},{0:04}\n{at},{0:04}\n", at)).collect();
    std::fs::write(place.join("inputs/cur_orders.csv"), format!("order_id:bigint,account\n{given}")).unwrap();
    let expected = |last: u8| {
        let rows: String = (0..1_499).map(|at| format!("{at:04},2\n")).collect();
        std::fs::write(place.join("expected.csv"), format!("account,orders:bigint\n{rows}1499,{last}\n")).unwrap();
        unit(&curated, curated.model("per_account").unwrap(), lake.folder.path()).unwrap().unwrap()
    };
    assert!(expected(2).passed);
    assert_eq!(expected(3).differences, ["- 1499,3", "+ 1499,2"]);
    std::fs::write(place.join("inputs/cur_orders.csv"), "order_id:bigint,account\n").unwrap();
    let differing = expected(2);
    assert!(!differing.passed && differing.differences.len() < 30, "{}", differing.differences.len());
    assert!(differing.differences.last().unwrap().contains("more"), "{:?}", differing.differences.last());
}
