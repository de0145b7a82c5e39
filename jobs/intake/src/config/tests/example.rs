//! The example of forty-two feeds.

use std::path::Path;

use carelake_core::config::Files;
use carelake_core::config::reader::{ConfigError, Mistakes, Spot};

use crate::config::{Intake, read};

fn example() -> Intake {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/partners/pipeline_config.yaml");
    let mut mistakes = Mistakes::default();
    let files = Files::read(&file, &mut mistakes).unwrap();
    let root = files.root.unwrap();
    let intake = read(&Spot::root(&root).child("intake").unwrap(), file.parent().unwrap(), &mut mistakes);
    let problems = mistakes.into_problems();
    assert!(problems.is_empty(), "{}", ConfigError::new(files.names, problems));
    intake
}

#[test]
fn the_example_has_forty_two_feeds_and_no_mistake() {
    assert_eq!(example().feeds.len(), 42);
}

#[test]
fn every_feed_of_the_example_has_a_mapping_of_its_own() {
    let intake = example();
    let mappings: std::collections::BTreeSet<&str> = intake.feeds.iter().map(|feed| feed.mapping.as_str()).collect();
    assert_eq!(mappings.len(), 42);
}

#[test]
fn names_of_files_of_the_example_are_of_one_feed_each() {
    let intake = example();
    for (partner, name, feed, delivery, sequence) in [
        ("bayview", "PAT_20260803.csv", Some("bayview_patients"), Some("2026-08-03"), None),
        ("bayview", "PAT_20260803_resend.csv", Some("bayview_patients"), Some("2026-08-03"), None),
        ("bayview", "VIS_20260803.csv", Some("bayview_visits"), Some("2026-08-03"), None),
        ("bayview", "PAT_september.csv", None, None, None),
        ("marlin", "Roster 08-03-2026.xlsx", Some("marlin_text"), Some("2026-08-03"), None),
        ("coral", "extract-001.json", Some("coral_nested"), None, Some(1)),
        ("spoonbill", "adt012.hl7", Some("spoonbill_adt"), None, Some(12)),
    ] {
        let found: Vec<_> =
            intake.feeds_of(partner).filter_map(|feed| Some((feed.name.as_str(), feed.path.matches(name)?))).collect();
        let told: Vec<_> = found
            .iter()
            .map(|(name, captures)| (*name, captures.delivery.map(|date| date.to_string()), captures.sequence))
            .collect();
        let expected = feed.map(|feed| (feed, delivery.map(str::to_owned), sequence));
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{name}");
    }
}
