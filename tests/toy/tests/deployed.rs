//! What a deployment of the room is made from is what `cdk/` has a copy of, for its tests and for the emulator.

use std::path::Path;

use carelake_pipeline::deployed;
use carelake_tabular::config::{Config, Known};

#[test]
fn the_tests_of_the_stack_read_what_the_room_says_of_itself() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = project.join("pipeline_config.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let config = Config::parse_for(Known::<()>::default(), &text, &file).unwrap();
    let environment = config.environment("dev").unwrap();
    let told = deployed(&[&carelake_toy::ROOM], &config, environment, "tests/toy/definitions").to_string() + "\n";
    let copy = project.join("cdk/test/functions/toy.json");
    if std::env::var_os("CARELAKE_RENEW").is_some() {
        std::fs::write(&copy, &told).unwrap();
    }
    assert!(std::fs::read_to_string(&copy).unwrap_or_default() == told, "renew it: CARELAKE_RENEW=1 with this test");
}
