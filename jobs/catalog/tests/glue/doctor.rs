//! What doctor finds after a table was changed behind carelake's back, and that flipping mends it.

use aws_sdk_glue::types::Table;
use carelake_catalog::Outcome;

use crate::lake::{Published, catalog};
use crate::rig::Rig;

fn parameter(name: &'static str, value: &'static str) -> impl Fn(&mut Table) {
    move |table| {
        table.parameters.as_mut().unwrap().insert(name.to_owned(), value.to_owned());
    }
}

/// What is done to a table, and what doctor says about it.
type Damage = (Box<dyn Fn(&mut Table)>, &'static str);

fn damages() -> Vec<Damage> {
    vec![
        (
            Box::new(|table| table.storage_descriptor.as_mut().unwrap().location = Some("s3://old/".to_owned())),
            "wrong location: s3://old/ instead of s3://carelake-dev-curated/clinicians/_runs/2026-11-01.1/",
        ),
        (
            Box::new(|table| {
                let columns = table.storage_descriptor.as_mut().unwrap().columns.as_mut().unwrap();
                columns.pop();
                columns[0].r#type = Some("bigint".to_owned());
            }),
            "wrong schema: added _source_file; retyped npi from bigint to string",
        ),
        (
            Box::new(|table| table.storage_descriptor.as_mut().unwrap().columns.as_mut().unwrap().swap(0, 1)),
            "wrong order or comments of columns",
        ),
        (Box::new(|table| table.partition_keys.as_mut().unwrap().reverse()), "wrong partition columns"),
        (Box::new(parameter("projection.state.values", "FL")), "wrong projection: projection.state.values"),
        (Box::new(parameter("projection.enabled", "false")), "wrong projection: projection.enabled"),
        (Box::new(parameter("projection.month.type", "date")), "wrong projection: projection.month.type"),
        (
            Box::new(parameter("storage.location.template", "s3://old/${state}/")),
            "wrong projection: storage.location.template",
        ),
        (Box::new(parameter("carelake.run_id", "2026-10-01.1")), "wrong parameters: carelake.run_id"),
        (
            Box::new(|table| {
                let storage = table.storage_descriptor.as_mut().unwrap();
                storage.serde_info.as_mut().unwrap().serialization_library = Some("org.example.Csv".to_owned());
            }),
            "wrong file format",
        ),
        (Box::new(|table| table.description = Some("mine".to_owned())), "wrong description"),
    ]
}

#[test]
fn every_damage_is_named_and_mended() {
    let (rig, served) =
        (Rig::start(), Published::new().publish("clinicians", "2026-11-01.1", &carelake_clinicians::DATASET));
    let catalog = catalog(&rig);
    let found = || {
        let differences =
            catalog.compare(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
        differences.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let mend =
        || catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap().table;
    assert_eq!(found(), ["clinicians: missing"]);
    assert_eq!(mend(), Outcome::Created);
    let sound = rig.table("clinicians").unwrap();
    for (damage, said) in damages() {
        assert_eq!(found(), [""; 0], "before: {said}");
        rig.tamper("clinicians", damage);
        assert_eq!(found(), [format!("clinicians: {said}")]);
        assert!(matches!(mend(), Outcome::Updated { .. }), "{said}");
        let mended = rig.table("clinicians").unwrap();
        assert_eq!(mended.storage_descriptor, sound.storage_descriptor, "{said}");
        assert_eq!(
            (mended.parameters, mended.partition_keys),
            (sound.parameters.clone(), sound.partition_keys.clone())
        );
    }
    rig.drop_table("clinicians");
    assert_eq!(found(), ["clinicians: missing"]);
}

#[test]
fn a_table_that_follows_a_later_pointer_is_told_apart_and_left_alone() {
    let (rig, served) =
        (Rig::start(), Published::new().publish("clinicians", "2026-11-01.1", &carelake_clinicians::DATASET));
    let catalog = catalog(&rig);
    catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
    let later = served.again("2026-12-01.1", 2);
    catalog.flip(&later.publication, &later.pointer, std::slice::from_ref(&later.manifest)).unwrap();
    let differences =
        catalog.compare(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
    assert_eq!(differences.len(), 1);
    assert_eq!(differences[0].to_string(), "clinicians: ahead: at sequence 2, the pointer at 1");
}
