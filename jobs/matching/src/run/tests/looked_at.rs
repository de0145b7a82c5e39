//! What a reviewer is shown: which question is next, what its levels weigh, and the record itself.

use std::collections::BTreeSet;

use super::world::{Lake, MATCHER, MODEL, Row, asked, complete};
use crate::database::Sql;
use crate::reference::{Key, Reference, ReferenceError};
use crate::reviews::{
    Action, Asked, Order, Seen, Side, Wanted, answered_since, beside, choices, last_of, queue, reject_in_ties,
    review_of, said_before, stands, ties, waiting,
};
use crate::run::{Weighing, find, shown_sequence};

/// Records of which each may be either of two persons of one name, with more or less that agrees.
fn lake(count: usize) -> Lake {
    lake_of(MATCHER, MODEL, count)
}

fn lake_of(matcher: &str, model: &str, count: usize) -> Lake {
    let lake = Lake::with(matcher);
    std::fs::write(lake.folder.path().join("model.json"), model).unwrap();
    let last = ["Miller", "Stone", "Kowalski", "Baker", "Fisher", "Olson"];
    let (mut county, mut roster): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
    for n in 0..count {
        let birth = format!("19{:02}-03-0{}", 30 + n, n % 9 + 1);
        for (letter, area) in [("A", 400), ("B", 600)] {
            let number = format!("{}53{:04}", area + n, 1_000 + n);
            county.push(complete("county", &format!("{letter}{n}"), "Ann", last[n % last.len()], &birth, &number));
        }
        let mut row = complete(
            "roster",
            &format!("X{n}"),
            if n % 2 == 0 { "Ann" } else { "Annn" },
            last[n % last.len()],
            &birth,
            "261534871",
        );
        for column in ["sex", "social_security_number", "ssn_last4", "phone"] {
            row.remove(column);
        }
        if n % 3 == 0 {
            row.remove("first_name");
        }
        roster.push(row);
    }
    lake.publish("county", &[&county]);
    lake.publish("roster", &[&roster]);
    lake.run("one");
    lake
}

#[test]
fn a_queue_is_walked_in_its_order_to_both_sides_and_each_question_is_met_once() {
    let lake = lake(12);
    let reference = lake.reference();
    let sequence = lake.act(|world| shown_sequence(world, "bay").unwrap());
    let seen = Seen { sequence, now: "2026-11-03T00:00:00Z".parse().unwrap(), looker: "eve", feeds: None };
    for order in Order::ALL {
        let wanted = Wanted { order, ..Wanted::default() };
        let found = queue(&reference, seen, &wanted).unwrap();
        assert_eq!((found.len(), waiting(&reference, seen, &wanted, 100).unwrap()), (12, 12));
        let ids: Vec<&String> = found.iter().map(|review| &review.id).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 12);
        for pair in ids.windows(2) {
            let after = |id: &str, side| {
                let standing = stands(&reference, id, order).unwrap();
                beside(&reference, seen, &wanted, (&standing, side)).unwrap().map(|review| review.id)
            };
            assert_eq!(after(pair[0], Side::After).as_ref(), Some(pair[1]), "{order:?}");
            assert_eq!(after(pair[1], Side::Before).as_ref(), Some(pair[0]), "{order:?}");
        }
        let weights: Vec<f64> = found.iter().map(|review| review.weight.unwrap()).collect();
        let doubt = |weight: &f64| (1.0 / (1.0 + (-weight).exp2()) - 0.5).abs();
        let is_sorted = match order {
            Order::Informative => weights.is_sorted_by(|one, other| doubt(one) <= doubt(other)),
            Order::Likely => weights.is_sorted_by(|one, other| one >= other),
            Order::Oldest => found.is_sorted_by(|one, other| one.opened_at <= other.opened_at),
            Order::Repairs => found.is_sorted_by(|one, other| one.repairs.len() >= other.repairs.len()),
        };
        assert!(is_sorted, "{order:?} {weights:?}");
    }
    assert_eq!(waiting(&reference, seen, &Wanted::default(), 5).unwrap(), 5, "no more are counted than asked");
    let first_names = Wanted { column: Some("first_name".to_owned()), ..Wanted::default() };
    assert_eq!(waiting(&reference, seen, &first_names, 100).unwrap(), 4);
    let other = Wanted { feed: Some("elsewhere".to_owned()), ..Wanted::default() };
    assert_eq!(waiting(&reference, seen, &other, 100).unwrap(), 0);
}

#[test]
fn who_is_limited_to_feeds_or_sources_meets_no_other_question() {
    let lake = lake(3);
    let reference = lake.reference();
    let sequence = lake.act(|world| shown_sequence(world, "bay").unwrap());
    let now = "2026-11-03T00:00:00Z".parse().unwrap();
    let named = "naming a feed";
    let of_a_feed = "UPDATE review SET feed = 'bayview_roster'";
    let change = |sql: &dyn Sql| sql.change(of_a_feed, &[]).map_err(ReferenceError::of(sql, named));
    lake.reference().write(named, change).unwrap();
    let review = lake.reviews("eve").remove(0);
    let of = |feeds: &[&str]| {
        let feeds: Vec<String> = feeds.iter().map(|it| (*it).to_owned()).collect();
        let seen = Seen { sequence, now, looker: "eve", feeds: Some(&feeds) };
        let found = queue(&reference, seen, &Wanted::default()).unwrap().len();
        assert_eq!(waiting(&reference, seen, &Wanted::default(), 100).unwrap(), found as u64);
        let standing = stands(&reference, &review.id, Order::Oldest).unwrap();
        let oldest = Wanted { order: Order::Oldest, ..Wanted::default() };
        let sides =
            [Side::Before, Side::After].map(|side| beside(&reference, seen, &oldest, (&standing, side)).unwrap());
        assert_eq!(sides.iter().flatten().count() > 0, found > 0);
        assert_eq!(choices(&reference, seen).unwrap().feeds.len(), usize::from(found > 0));
        (found, seen.shows(&review))
    };
    assert_eq!(of(&["elsewhere", &review.feed]), (3, true));
    assert_eq!(of(&[&review.key.data_source]), (3, true));
    assert_eq!(of(&["elsewhere"]), (0, false));
    assert_eq!(of(&[]), (0, false));
}

#[test]
fn what_is_put_back_comes_last_and_what_another_looks_at_is_nobody_elses() {
    let lake = lake(4);
    let first = lake.reviews("eve").remove(0);
    lake.decide(("eve", false), &asked(Action::Skip, Some(&first), &[])).unwrap();
    assert_eq!(lake.reviews("eve").last().unwrap().id, first.id);
    let held = lake.reviews("eve").remove(0);
    lake.with_desk(|reference, desk| crate::reviews::reserve(reference, &held.id, "eve", desk.now).unwrap());
    assert!(lake.reviews("bob").iter().all(|review| review.id != held.id));
    assert!(lake.reviews("eve").iter().any(|review| review.id == held.id));
}

#[test]
fn bits_of_levels_add_up_to_the_weight_common_values_and_all() {
    let model = r#"{"odds_bits": -10, "fields": {
      "first_name": {"equal": [0.9, 0.01], "swapped": 6, "nickname": 6, "close": 4, "initial": 2, "near": 1, "else": -4},
      "last_name": {"equal": [0.9, 0.01], "part": 6, "close": 4, "sounds": 3, "near": 1, "else": -4},
      "name_suffix": {"equal": 2, "else": -6},
      "birth_date": {"equal": 11, "transposed": 7, "edit1": 6, "year": 4, "else": -5},
      "sex": {"equal": 1, "else": -5}, "ssn": {"equal": 20, "last4": 10, "edit1": 12, "else": -6},
      "phone": {"equal": 12, "last7": 9, "else": -1}}}"#;
    let lake = lake_of(&MATCHER.replace(", frequencies: false", ""), model, 8);
    let reference = lake.reference();
    let weighing = Weighing::new(lake.engine, &reference).unwrap();
    let mut common = BTreeSet::new();
    for review in lake.reviews("eve") {
        for rival in &review.candidates {
            let record = reference.record(&rival.record).unwrap().unwrap();
            let bits = weighing.bits(&reference, &record, &rival.levels).unwrap();
            assert_eq!(bits.len(), rival.levels.len());
            let sum = weighing.prior_bits() + bits.values().sum::<f64>();
            assert!((sum - rival.weight).abs() < 1e-5, "{sum} {rival:?} {bits:?}");
            common.extend(bits.get("last_name").map(|bits| format!("{bits:.3}")));
        }
    }
    assert!(common.len() > 1, "common names say less: {common:?}");
}

#[test]
fn a_record_is_found_by_its_id_with_what_its_folders_tell() {
    let lake = lake(5);
    let found = |id: &str| lake.act(|world| crate::run::find(world, lake.engine, &Key::new("roster", id)).unwrap());
    let (columns, as_of) = found("X4").unwrap();
    assert_eq!((columns["birth_date"].as_str(), columns["partner"].as_str()), ("1934-03-05", "bay"));
    assert_eq!(as_of.to_string(), "2026-11-01");
    assert!(found("X99").is_none());
    assert!(lake.act(|world| find(world, lake.engine, &Key::new("county", "X4")).unwrap()).is_none());
}

#[test]
fn a_lead_rejects_one_person_in_every_tie_and_what_another_looks_at_is_left() {
    let lake = Lake::with(MATCHER);
    let two = [("A", "400531001"), ("B", "600531001")]
        .map(|(id, number)| complete("county", id, "Ann", "Miller", "1984-03-07", number));
    let record = |id: &str| {
        let mut row = complete("roster", id, "Ann", "Miller", "1984-03-07", "261534871");
        for column in ["sex", "social_security_number", "ssn_last4"] {
            row.remove(column);
        }
        row
    };
    lake.publish("county", &[&two]);
    lake.publish("roster", &[&[record("X1"), record("X2"), record("X3")]]);
    lake.run("one");
    let reviews = lake.reviews("eve");
    assert!(reviews.len() == 3 && reviews.iter().all(|review| review.reason == "tie"), "{reviews:?}");
    let person = Key::new("county", "B").person_id();
    let (done, left) = lake.with_desk(|reference, desk| {
        crate::reviews::reserve(reference, &reviews[0].id, "bob", desk.now).unwrap();
        reject_in_ties(reference, desk, "lea", &person).unwrap()
    });
    assert_eq!((done, left), (2, 1));
    lake.run("two");
    let rows = lake.rows("matching/bay/outcomes");
    let mut reasons: Vec<&str> = rows.iter().map(|row| row["reason"].as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        ["claimed_twice", "claimed_twice", "tie"],
        "who is left of a tie is who it is, of one delivery both"
    );
}

#[test]
fn what_somebody_said_before_is_known_and_counted_until_it_is_taken_back() {
    let lake = lake(3);
    let review = lake.reviews("eve").remove(0);
    let since = "2026-11-01T00:00:00Z".parse().unwrap();
    let made = lake.decide(("eve", false), &asked(Action::Reject, Some(&review), &[])).unwrap();
    let reference = lake.reference();
    let of = |who: &str, action: &str| {
        said_before(&reference, who, action, (Some(&review.id), review.version, None)).unwrap()
    };
    assert_eq!([of("eve", "reject"), of("eve", "accept"), of("bob", "reject")], [true, false, false]);
    assert_eq!(answered_since(&reference, "eve", since).unwrap(), 1, "one answer, whoever many persons it is about");
    assert_eq!(last_of(&reference, "eve").unwrap().unwrap().action, "reject");
    assert_eq!(review_of(&reference, &made.decision).unwrap(), Some(review.id.clone()));
    let undo = Asked { subject: Some(made.decision.clone()), ..asked(Action::Undo, None, &[]) };
    lake.decide(("eve", false), &undo).unwrap();
    let reference = lake.reference();
    assert_eq!(answered_since(&reference, "eve", since).unwrap(), 0);
    assert!(said_before(&reference, "eve", "undo", (None, 0, Some(&made.decision))).unwrap());
    assert_eq!(last_of(&reference, "eve").unwrap().unwrap().action, "undo");
    assert_eq!(ties(&reference, &review.candidates[0].person).unwrap(), [], "none of them is a tie");
}

/// What holds where references are files holds where they are on a server.
#[cfg(feature = "postgres")]
#[test]
fn all_of_it_holds_on_a_server() {
    crate::tests::servers::on_a_server(&[
        &a_queue_is_walked_in_its_order_to_both_sides_and_each_question_is_met_once,
        &who_is_limited_to_feeds_or_sources_meets_no_other_question,
        &what_is_put_back_comes_last_and_what_another_looks_at_is_nobody_elses,
        &bits_of_levels_add_up_to_the_weight_common_values_and_all,
        &a_record_is_found_by_its_id_with_what_its_folders_tell,
        &a_lead_rejects_one_person_in_every_tie_and_what_another_looks_at_is_left,
        &what_somebody_said_before_is_known_and_counted_until_it_is_taken_back,
    ]);
}
