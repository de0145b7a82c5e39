//! What is told of deliveries.

use super::world::{Line, Sent, World, sent};
use crate::feed::Mode;
use crate::state::{counts, reject_lines};

fn json(lines: &[impl serde::Serialize]) -> String {
    lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
}

#[test]
fn counts_and_refused_rows_of_every_delivery_that_is_in_are_lines() {
    let world = World::new(Mode::Append);
    let changed = Line { key: 1, name: 9, updated: None, is_removal: false };
    let mut second = sent(2, 2..5, 0);
    second.lines.push(changed);
    world.settle(&[second, sent(1, 0..3, 1)]).unwrap();
    let expected = r#"{"feed":"roster","delivery_date":"2026-08-01","table":"persons","read":4,"published":3,"rejected":{"required_missing":1},"duplicate":0,"filtered":{}}
{"feed":"roster","delivery_date":"2026-08-02","table":"persons","read":4,"published":2,"rejected":{"key_conflict":1},"duplicate":1,"filtered":{}}
"#;
    assert_eq!(json(&counts(&world.output, "roster", "persons").unwrap()), expected);
    let expected = r#"{"feed":"roster","delivery_date":"2026-08-01","table":"persons","place":"100","rule":"required_missing","column":"patient_id"}
{"feed":"roster","delivery_date":"2026-08-02","table":"persons","place":"4","rule":"key_conflict","column":null}
"#;
    assert_eq!(json(&reject_lines(&world.output, &world.rejects, "roster", "persons").unwrap()), expected);
}

#[test]
fn encounters_of_persons_whom_the_feed_does_not_serve_are_counted_whoever_came_first() {
    for mode in [Mode::Full, Mode::Append, Mode::Upsert] {
        let mut world = World::new(mode);
        let orphans = |world: &World, all: &[Sent]| world.settle(all).unwrap().tables[1].orphans;
        let early = Sent { strangers: 2, ..sent(1, 0..3, 0) };
        assert_eq!(orphans(&world, std::slice::from_ref(&early)), Some(2));
        let later = sent(2, 200..201, 0);
        let expected = if mode == Mode::Full { 0 } else { 1 };
        assert_eq!(orphans(&world, &[early.clone(), later]), Some(expected));
        assert_eq!(orphans(&world, std::slice::from_ref(&early)), Some(2));
        world.feed.tables.remove(0);
        assert_eq!(world.settle(&[early]).unwrap().tables[0].orphans, None);
    }
}
