//! Refused rows through the mended mapping.

use std::cell::RefCell;
use std::collections::BTreeMap;

use carelake_core::account::Account;
use carelake_records::{Place, Reading};

use super::world::{Line, Sent, World, batch, sent};
use crate::feed::Mode;
use crate::judged::{Judged, JudgedTable, Rejected};
use crate::publish::publication;
use crate::state::{Accepted, RejectedPlace, Settlement, rejects_of, settle};

/// The mapping is mended: of the rows at 100, 101 and 102 the first is of a new key, the second of a key that an earlier line has,
/// and the third is refused as before.
fn mended(sent: &Sent, places: &[RejectedPlace]) -> Judged {
    let line = |key| Line { key, name: 7, updated: None, is_removal: false };
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    for RejectedPlace { member, place } in places {
        assert_eq!(*member, None);
        match place.number {
            100 => rows.push(batch(sent, 99, &[line(60)])),
            101 => rows.push(batch(sent, 100, &[line(1)])),
            _ => rejects.push(Rejected {
                part: None,
                place: *place,
                rule: "required_missing".into(),
                column: None,
                raw: b"raw".to_vec(),
            }),
        }
    }
    let (read, published) = (places.len() as u64, rows.len() as u64);
    let rejected = [("required_missing".to_owned(), rejects.len() as u64)].into();
    let account = Account { read, published, rejected, ..Account::default() };
    let (columns, missing) = Default::default();
    let table = JudgedTable { name: "persons".into(), rows: rows.into(), account, rejects, columns, missing };
    Judged { tables: vec![table], reading: Reading::default() }
}

/// Replays, and answers which places were asked for.
fn replay(world: &World, all: &[Sent]) -> Vec<(String, Vec<u64>)> {
    let accepted: Vec<Accepted> = all.iter().map(Sent::accepted).collect();
    let asked = RefCell::new(Vec::new());
    let again = |delivery: &Accepted, places: &BTreeMap<String, Vec<RejectedPlace>>| {
        assert_eq!(places.keys().collect::<Vec<_>>(), ["persons"], "encounters have no refused rows");
        let numbers = places["persons"].iter().map(|RejectedPlace { place: Place { number, .. }, .. }| *number);
        asked.borrow_mut().push((delivery.id.clone(), numbers.collect()));
        Ok(mended(all.iter().find(|one| one.accepted() == *delivery).unwrap(), &places["persons"]))
    };
    let settlement = Settlement {
        feed: &world.feed,
        accepted: &accepted,
        judge: &|_| panic!("nothing else is judged"),
        rebuild: false,
        replay: Some(&again),
        admission: None,
        execution: None,
        code_version: "test",
    };
    settle(world.services(&world.output), &settlement).unwrap();
    asked.into_inner()
}

#[test]
fn what_is_valid_now_is_added_to_its_own_delivery_and_the_rest_stays_as_it_was() {
    for mode in [Mode::Full, Mode::Append, Mode::Upsert] {
        let mut world = World::new(mode);
        let all = [sent(1, 0..4, 3)];
        world.settle(&all).unwrap();
        world.feed.mapping = "m2".into();
        assert_eq!(replay(&world, &all), [(all[0].accepted().id, vec![100, 101, 102])]);
        let seen = world.seen(&world.settle(&all).unwrap());
        let names: Vec<_> = seen.rows.iter().map(|(key, row)| (key.as_str(), row.0.as_deref().unwrap())).collect();
        assert_eq!(names, [("P0", "N1"), ("P1", "N7"), ("P2", "N1"), ("P3", "N1"), ("P60", "N7")], "{mode:?}");
        let account = &seen.counts[&all[0].accepted().id];
        assert_eq!((account.read, account.published, account.rejects(), account.duplicates()), (7, 5, 1, 1));
        assert_eq!(seen.rejects.iter().map(|(_, place, _)| place.as_str()).collect::<Vec<_>>(), ["102"]);
        let before = world.settle(&all).unwrap().tables;
        assert_eq!(replay(&world, &all), [(all[0].accepted().id, vec![102])], "only what is still refused");
        assert_eq!(world.settle(&all).unwrap().tables, before, "and nothing changes where nothing is valid");
    }
}

#[test]
fn rows_that_are_added_come_before_those_of_later_deliveries() {
    let world = World::new(Mode::Append);
    let all = [sent(1, 0..4, 3), sent(2, 60..62, 0)];
    world.settle(&all).unwrap();
    replay(&world, &all);
    let settled = world.settle(&all).unwrap();
    let held = &settled.tables[0].state.deliveries[1];
    let conflicts = rejects_of(&world.rejects, &publication("persons", "roster"), held).unwrap();
    assert_eq!(
        conflicts.iter().map(|one| (one.rule.as_str(), one.place.as_str())).collect::<Vec<_>>(),
        [("key_conflict", "1")]
    );
    assert_eq!(world.seen(&settled).rows["P60"].0.as_deref(), Some("N7"));
}

#[test]
fn a_full_delivery_keeps_its_removals_counted_when_rows_are_added() {
    let world = World::new(Mode::Full);
    let mut only = sent(1, 0..4, 3);
    only.lines[0].is_removal = true;
    let all = [only];
    world.settle(&all).unwrap();
    replay(&world, &all);
    let seen = world.seen(&world.settle(&all).unwrap());
    let account = &seen.counts[&all[0].accepted().id];
    assert_eq!((account.published, account.filtered["removal"]), (4, 1));
    assert_eq!(seen.rows.keys().collect::<Vec<_>>(), ["P1", "P2", "P3", "P60"]);
}
