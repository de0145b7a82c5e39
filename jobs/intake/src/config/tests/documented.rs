//! The page about adding a feed.

use super::sound;
use crate::config::steps::STEPS;
use crate::config::value::SOURCES;

const PAGE: &str = include_str!("../../../../../docs/adding-a-feed.md");

#[test]
fn the_feed_that_the_page_begins_with_has_no_mistake() {
    let (_, after) = PAGE.split_once("```yaml\n").unwrap();
    let (text, _) = after.split_once("```").unwrap();
    assert_eq!(sound(text).feeds[0].name, "bayview_visits");
}

#[test]
fn the_page_has_every_source_and_every_step() {
    let missing: Vec<&&str> = SOURCES.iter().chain(&STEPS).filter(|key| !PAGE.contains(&format!("`{key}: "))).collect();
    assert_eq!(missing, [&""; 0]);
}
