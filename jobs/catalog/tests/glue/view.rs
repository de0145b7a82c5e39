//! The view over the hospital feeds follows their tables.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use carelake_catalog::{Flipped, Outcome};
use serde_json::Value;

use crate::lake::{Published, catalog};
use crate::rig::Rig;

/// Reads what Athena would read of the view.
pub fn described(rig: &Rig) -> Value {
    let view = rig.table("hospitals").unwrap();
    assert_eq!(view.table_type.as_deref(), Some("VIRTUAL_VIEW"));
    let text = view.view_original_text.unwrap();
    let encoded = text.strip_prefix("/* Presto View: ").unwrap().strip_suffix(" */").unwrap();
    serde_json::from_slice(&STANDARD.decode(encoded).unwrap()).unwrap()
}

#[test]
fn the_view_is_made_with_the_first_feed_and_grows_with_the_second() {
    let (rig, published) = (Rig::start(), Published::new());
    let catalog = catalog(&rig);
    let general =
        published.publish("hospitals/hospital_general_information", "2026-11-01.1", &carelake_hospitals::DATASET);
    let enrolled = published.publish("hospitals/hospital_enrollments", "2026-11-01.1", &carelake_hospitals::DATASET);
    let mut flips = Vec::new();
    for served in [&general, &enrolled, &general, &general.again("2026-12-01.1", 2)] {
        flips.push(catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap());
    }
    let updated = || Outcome::Updated { schema: Default::default() };
    assert_eq!(
        flips,
        [
            Flipped { table: Outcome::Created, view: Some(Outcome::Created) },
            Flipped { table: Outcome::Created, view: Some(updated()) },
            Flipped { table: Outcome::Unchanged, view: Some(Outcome::Unchanged) },
            Flipped { table: updated(), view: Some(Outcome::Unchanged) },
        ]
    );
    let described = described(&rig);
    let sql = described["originalSql"].as_str().unwrap();
    let selects: Vec<&str> = sql.split("\nUNION ALL\n").collect();
    assert_eq!(selects.len(), 2);
    assert!(
        selects[0].ends_with("\"state\", \"source\" FROM \"carelake_dev\".\"hospitals_hospital_general_information\""),
        "{sql}"
    );
    assert!(selects[1].ends_with("FROM \"carelake_dev\".\"hospitals_hospital_enrollments\""), "{sql}");
    let columns = described["columns"].as_array().unwrap();
    assert_eq!(columns.len(), general.manifest.schema.len() + 2);
    assert_eq!(rig.table("hospitals").unwrap().storage_descriptor.unwrap().columns.unwrap().len(), columns.len());
}

#[test]
fn a_view_that_was_changed_or_removed_is_found_and_mended() {
    let (rig, published) = (Rig::start(), Published::new());
    let catalog = catalog(&rig);
    let served = published.publish("hospitals/hospital_enrollments", "2026-11-01.1", &carelake_hospitals::DATASET);
    let flip =
        || catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap().view;
    let found = || {
        let differences =
            catalog.compare(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
        differences.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(found(), ["hospitals_hospital_enrollments: missing"]);
    flip();
    rig.tamper("hospitals", |view| view.view_original_text = Some("SELECT 1".to_owned()));
    assert_eq!(found(), ["hospitals: wrong view"]);
    assert!(matches!(flip(), Some(Outcome::Updated { .. })));
    rig.drop_table("hospitals");
    assert_eq!(found(), ["hospitals: missing"]);
    assert_eq!(flip(), Some(Outcome::Created));
    assert_eq!(found(), [""; 0]);
}
