//! The view over the hospital feeds follows their tables, and so do those over what partners send.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use carelake_catalog::{Flipped, Outcome};
use carelake_core::names::Publication;
use serde_json::Value;

use crate::lake::{Published, Served, catalog};
use crate::rig::Rig;

/// Reads what Athena would read of the view.
pub fn described(rig: &Rig, name: &str) -> Value {
    let view = rig.table(name).unwrap();
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
    let described = described(&rig, "hospitals");
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

/// Returns the same as if a partner had sent it, without a column.
fn sent(served: &Served, feed: &str, without: &str) -> Served {
    let (mut manifest, pointer) = (served.manifest.clone(), served.pointer.clone());
    manifest.publication = format!("intake/persons/{feed}");
    manifest.schema.retain(|column| column.name != without);
    Served { publication: Publication::from_path(&manifest.publication), pointer, manifest }
}

#[test]
fn what_partners_send_is_one_table_and_what_a_feed_lacks_is_null() {
    let rig = Rig::start();
    let served = Published::new().publish("clinicians", "2026-11-01.1", &carelake_clinicians::DATASET);
    let catalog = catalog(&rig);
    let [bayview, uh] = [sent(&served, "bayview", "npi"), sent(&served, "uh", "first_name")];
    let feeds = ["intake/persons/bayview", "intake/persons/gull", "intake/persons/uh"].map(Publication::from_path);
    let flip =
        |one: &Served| catalog.flip(&one.publication, &one.pointer, std::slice::from_ref(&one.manifest)).unwrap();
    let unite = |name| catalog.unite(name, &feeds).unwrap();
    assert_eq!((unite("persons"), rig.table("persons").is_none()), (Outcome::Unchanged, true));
    assert_eq!(flip(&bayview), Flipped { table: Outcome::Created, view: None });
    assert_eq!(unite("persons"), Outcome::Created);
    flip(&uh);
    assert!(matches!(unite("persons"), Outcome::Updated { .. }));
    assert_eq!(unite("persons"), Outcome::Unchanged);
    let described = described(&rig, "persons");
    let selects: Vec<&str> = described["originalSql"].as_str().unwrap().split("\nUNION ALL\n").collect();
    assert_eq!(selects.len(), 2, "{selects:?}");
    assert!(selects[0].contains("CAST(NULL AS varchar) AS \"npi\"") && !selects[0].contains("AS \"first_name\""));
    assert!(selects[1].contains("CAST(NULL AS varchar) AS \"first_name\"") && !selects[1].contains("AS \"npi\""));
    assert!(selects[1].ends_with("FROM \"carelake_dev\".\"intake_persons_uh\""), "{}", selects[1]);
    // All columns, and the two that the folders tell.
    assert_eq!(described["columns"].as_array().unwrap().len(), served.manifest.schema.len() + 2);
    assert_eq!((unite("clinicians"), rig.table("clinicians").is_none()), (Outcome::Unchanged, true));
}

#[test]
fn a_view_over_a_table_asks_for_all_of_its_columns_and_is_made_once() {
    let rig = Rig::start();
    let served = Published::new().publish("clinicians", "2026-11-01.1", &carelake_clinicians::DATASET);
    let catalog = catalog(&rig);
    let (view, over) = (Publication::from_path("loads/crm/a/t__latest"), &served.publication);
    let question = |table: &str, columns: &[&str]| format!("SELECT {} FROM {table} WHERE x", columns.join(", "));
    let declare = || catalog.declare_view(&view, over, &question).unwrap();
    assert_eq!((declare(), rig.table("loads__crm__a__t__latest").is_none()), (Outcome::Unchanged, true));
    catalog.flip(over, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
    assert_eq!((declare(), declare()), (Outcome::Created, Outcome::Unchanged));
    let described = described(&rig, "loads__crm__a__t__latest");
    let sql = described["originalSql"].as_str().unwrap();
    assert!(sql.starts_with("SELECT npi, ") && sql.ends_with("FROM \"carelake_dev\".\"clinicians\" WHERE x"), "{sql}");
    assert_eq!(described["columns"].as_array().unwrap().len(), served.manifest.schema.len() + 2);
}
