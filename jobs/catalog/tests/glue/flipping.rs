//! One table after another publication, rerun and rollback.

use carelake_catalog::{Catalog, CatalogError, Flipped, Outcome, Retyped, SchemaChange};
use carelake_core::ErrorKind;

use crate::lake::{Published, Served, catalog, dev};
use crate::rig::{Rig, client};

fn clinicians() -> Served {
    Published::new().publish("clinicians", "2026-11-01.1", &carelake_clinicians::DATASET)
}

fn flip(catalog: &Catalog, served: &Served) -> Outcome {
    let Flipped { table, view } =
        catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap();
    assert_eq!(view, None);
    table
}

fn location(rig: &Rig) -> String {
    rig.table("clinicians").unwrap().storage_descriptor.unwrap().location.unwrap()
}

fn same_columns() -> Outcome {
    Outcome::Updated { schema: SchemaChange::default() }
}

#[test]
fn a_table_is_made_once_and_then_agrees() {
    let (rig, served) = (Rig::start(), clinicians());
    let catalog = catalog(&rig);
    assert_eq!(flip(&catalog, &served), Outcome::Created);
    let made = rig.table("clinicians").unwrap();
    assert_eq!(flip(&catalog, &served), Outcome::Unchanged);
    assert_eq!(rig.table("clinicians").unwrap(), made, "nothing was written the second time");
    let columns = made.storage_descriptor.unwrap().columns.unwrap();
    assert_eq!(columns.len(), served.manifest.schema.len());
    assert_eq!(columns[0].comment.as_deref(), Some("National Provider Identifier, 10 digits"));
}

#[test]
fn a_new_run_moves_the_table_and_an_older_one_does_not_move_it_back() {
    let (rig, first) = (Rig::start(), clinicians());
    let (catalog, second) = (catalog(&rig), first.again("2026-12-01.1", 2));
    flip(&catalog, &first);
    assert_eq!(flip(&catalog, &second), same_columns());
    assert_eq!(flip(&catalog, &first), Outcome::Newer { sequence: 2 });
    assert_eq!(location(&rig), "s3://carelake-dev-curated/clinicians/_runs/2026-12-01.1/");
}

#[test]
fn a_rollback_moves_the_table_to_the_older_run() {
    let (rig, first) = (Rig::start(), clinicians());
    let (catalog, second, back) = (catalog(&rig), first.again("2026-12-01.1", 2), first.again("2026-11-01.1", 3));
    flip(&catalog, &first);
    flip(&catalog, &second);
    assert_eq!(flip(&catalog, &back), same_columns());
    assert_eq!(location(&rig), "s3://carelake-dev-curated/clinicians/_runs/2026-11-01.1/");
}

#[test]
fn a_flip_tells_which_columns_changed() {
    let (rig, first) = (Rig::start(), clinicians());
    let (catalog, mut second) = (catalog(&rig), first.again("2026-12-01.1", 2));
    second.manifest.schema.retain(|column| column.name != "gender");
    second.manifest.schema[0].kind = "int64".to_owned();
    second.manifest.schema[1].name = "pac".to_owned();
    flip(&catalog, &first);
    let schema = SchemaChange {
        added: vec!["pac".to_owned()],
        removed: vec!["pac_id".to_owned(), "gender".to_owned()],
        retyped: vec![Retyped { column: "npi".to_owned(), from: "string".to_owned(), to: "bigint".to_owned() }],
    };
    assert_eq!(schema.to_string(), "added pac; removed pac_id, gender; retyped npi from string to bigint");
    assert_eq!(flip(&catalog, &second), Outcome::Updated { schema });
}

#[test]
fn parameters_that_others_added_are_kept() {
    let (rig, first) = (Rig::start(), clinicians());
    let catalog = catalog(&rig);
    flip(&catalog, &first);
    let steward = || ("steward".to_owned(), "quality team".to_owned());
    rig.tamper("clinicians", |table| table.parameters.as_mut().unwrap().extend([steward()]));
    assert_eq!(flip(&catalog, &first), Outcome::Unchanged);
    flip(&catalog, &first.again("2026-12-01.1", 2));
    assert_eq!(rig.table("clinicians").unwrap().parameters.unwrap()["steward"], "quality team");
}

#[test]
fn an_asynchronous_handler_can_flip_on_a_blocking_thread_and_drop_the_catalog() {
    let (rig, served) = (Rig::start(), clinicians());
    let catalog = catalog(&rig);
    let handler = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let outcome = handler.block_on(async {
        let flipping = tokio::task::spawn_blocking(move || (flip(&catalog, &served), catalog));
        let (outcome, catalog) = flipping.await.unwrap();
        drop(catalog);
        outcome
    });
    assert_eq!(outcome, Outcome::Created);
}

#[test]
fn a_missing_database_is_named() {
    let (rig, served) = (Rig::bare(), clinicians());
    let error =
        catalog(&rig).flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap_err();
    assert!(matches!(&error, CatalogError::NoDatabase { database } if database == "carelake_dev"), "{error}");
    assert_eq!(error.kind(), ErrorKind::INVALID_CONFIG);
}

#[test]
fn a_glue_that_does_not_answer_is_a_failure_of_storage() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let served = clinicians();
    let catalog = Catalog::new(client(closed), dev()).unwrap();
    let error = catalog.flip(&served.publication, &served.pointer, std::slice::from_ref(&served.manifest)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::STORAGE);
    assert_eq!(
        error.to_string(),
        "Glue could not read table clinicians (no answer); see whether credentials, region and permissions are right"
    );
}
