//! The same versions give the same resources, however they are cut into files, runs, parts and orders.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::world::{Lake, files, resource};

/// A version: which resource, which day, which number.
type Said = (u8, u8, u8);

fn line((id, day, version): Said) -> String {
    resource("Patient", &format!("p{id}"), u32::from(version), &format!("2026-03-{:02}T00:00:00Z", day + 1))
}

/// The version of each resource that must be there.
fn expected(all: &[Said]) -> Vec<String> {
    let mut there: BTreeMap<u8, (u8, u8)> = BTreeMap::new();
    for (id, day, version) in all {
        let best = there.entry(*id).or_insert((*day, *version));
        *best = (*best).max((*day, *version));
    }
    let mut told: Vec<String> = there.iter().map(|(id, (_, version))| format!("Patient/p{id}@{version}")).collect();
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_grouping_gives_the_same(
        all in prop::collection::vec((0_u8..6, 0_u8..4, 0_u8..12), 1..30),
        cuts in prop::collection::vec((any::<bool>(), any::<bool>()), 30),
        buckets in 1_u8..5,
    ) {
        let (lake, source) = (Lake::new(), files(&format!(", buckets: {buckets}")));
        let (mut file, mut lines) = (0, Vec::new());
        for (said, (ends, runs)) in all.iter().zip(&cuts) {
            lines.push(line(*said));
            if *ends {
                file += 1;
                lake.put(&format!("{file}.ndjson"), std::mem::take(&mut lines).join("\n"));
                if *runs {
                    lake.run(&source);
                }
            }
        }
        lake.put("last.ndjson", lines.join("\n"));
        let before = lake.there(&source);
        let result = lake.run(&source);
        prop_assert_eq!(lake.there(&source), expected(&all), "{:?} {:?}", before, result);
        let mut distinct = all.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assert_eq!(lake.changes(&source).len(), distinct.len());
    }
}
