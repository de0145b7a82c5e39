//! Several publishers at once: the latest pointer wins, whoever comes last, and no feed is missing from the view.

use std::sync::Barrier;
use std::thread;

use carelake_catalog::Outcome;

use crate::lake::{Published, catalog};
use crate::rig::Rig;

const PUBLISHERS: u64 = 4;
const ROUNDS: u64 = 8;

#[test]
fn of_flips_at_once_the_latest_pointer_wins() {
    let (rig, first) =
        (Rig::start(), Published::new().publish("clinicians", "2026-11-01.1", &carelake_clinicians::DATASET));
    for round in 0..ROUNDS {
        let together = Barrier::new(PUBLISHERS as usize);
        let outcomes: Vec<(u64, Outcome)> = thread::scope(|scope| {
            let publishers: Vec<_> = (1..=PUBLISHERS)
                .map(|place| {
                    let sequence = round * PUBLISHERS + place;
                    let served = first.again(&format!("2026-11-01.{sequence}"), sequence);
                    let (together, catalog) = (&together, catalog(&rig));
                    scope.spawn(move || {
                        together.wait();
                        let flipped = catalog
                            .flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest))
                            .unwrap();
                        (sequence, flipped.table)
                    })
                })
                .collect();
            publishers.into_iter().map(|publisher| publisher.join().unwrap()).collect()
        });
        let last = (round + 1) * PUBLISHERS;
        let table = rig.table("clinicians").unwrap();
        let location = table.storage_descriptor.unwrap().location.unwrap();
        assert_eq!(table.parameters.unwrap()["carelake.sequence"], last.to_string(), "{outcomes:?}");
        assert!(location.ends_with(&format!("/2026-11-01.{last}/")), "{location}: {outcomes:?}");
        for (sequence, outcome) in &outcomes {
            let lost = matches!(outcome, Outcome::Newer { sequence: by } if by > sequence);
            assert!(lost || matches!(outcome, Outcome::Created | Outcome::Updated { .. }), "{outcomes:?}");
            assert!(*sequence < last || !lost, "the latest lost: {outcomes:?}");
        }
    }
}

#[test]
fn feeds_that_are_flipped_at_once_are_all_in_the_view() {
    let (rig, published) = (Rig::start(), Published::new());
    let feeds = ["hospitals/hospital_general_information", "hospitals/hospital_enrollments"]
        .map(|feed| published.publish(feed, "2026-11-01.1", &carelake_hospitals::DATASET));
    for _ in 0..ROUNDS {
        let together = Barrier::new(feeds.len());
        thread::scope(|scope| {
            for served in &feeds {
                let (together, catalog) = (&together, catalog(&rig));
                scope.spawn(move || {
                    together.wait();
                    catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
                });
            }
        });
        let described = crate::view::described(&rig, "hospitals");
        let sql = described["originalSql"].as_str().unwrap();
        for served in &feeds {
            let table = carelake_catalog::table_name(&served.publication);
            assert!(sql.contains(&format!("\"{table}\"")), "{table} is missing: {sql}");
            rig.drop_table(&table);
        }
        rig.drop_table("hospitals");
    }
}
