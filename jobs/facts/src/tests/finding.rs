//! Finding by a part of a name.

use carelake_core::publish::Serves;
use carelake_pipeline::page::To;

use super::{Place, column, manifest};
use crate::{Found, find, meant};

fn place() -> Place {
    let place = Place::new();
    let columns = [column("last_name", "text"), column("npi", "text")];
    place.serve(Serves::Snapshot, 1, &[manifest("files/truth", "2026-11-01.1", 1, &columns, Vec::new())]);
    place
}

fn told(found: &[Found]) -> Vec<(&str, &str, &str)> {
    found.iter().map(|found| (found.kind.as_str(), found.name.as_str(), found.where_.as_str())).collect()
}

#[test]
fn names_come_before_parts_of_names_and_these_before_what_is_said() {
    let place = place();
    let lake = place.lake();
    let found = find(&lake, "truth").unwrap();
    assert_eq!(told(&found), [("publication", "files/truth", "files")]);
    assert_eq!(found[0].next, "carelake describe files/truth --env local");
    let found = find(&lake, "LAST_name").unwrap();
    let columns = [
        ("column", "last_name", "files/truth"),
        ("column", "last_name", "toy.things.bay_labs.tables.persons.columns.last_name"),
    ];
    assert_eq!(told(&found), columns);
    let found = find(&lake, "labs").unwrap();
    let things = [("thing", "bay_labs", "toy.things.bay_labs"), ("thing", "pier_labs", "toy.things.pier_labs")];
    assert_eq!(told(&found)[..2], things);
    assert!(found[2..].iter().all(|said| said.score < found[1].score && said.says.contains("labs")), "{found:?}");
    let page = To::Page { room: "toy".into(), page: "things".into(), item: Some("bay_labs".into()) };
    assert_eq!(found[0].to, Some(page));
}

#[test]
fn owners_settings_and_what_is_said_are_found_and_each_of_several_words_must_fit() {
    let place = place();
    let lake = place.lake();
    let found = find(&lake, "desk").unwrap();
    assert_eq!(told(&found)[0], ("owner", "lab desk", "toy.things.bay_labs"));
    let found = find(&lake, "threshold").unwrap();
    assert_eq!(told(&found)[0], ("setting", "threshold", "toy.things.pier_labs.threshold"));
    assert_eq!(found[0].says, "set in 2 places");
    let found = find(&lake, "npi thing").unwrap();
    assert_eq!(told(&found), [("column", "npi", "files/truth")], "the npi of a thing");
    assert_eq!(find(&lake, "npi elsewhere").unwrap(), []);
    let found = find(&lake, "schemadrift").unwrap();
    assert_eq!((found[0].kind.as_str(), found[0].next.as_str()), ("error", "docs/operations.md#schemadrift"));
}

#[test]
fn what_is_misspelt_has_a_nearest_name() {
    let place = place();
    assert_eq!(find(&place.lake(), "last_nmae").unwrap(), []);
    assert_eq!(meant(&place.lake(), "last_nmae").unwrap().as_deref(), Some("last_name"));
    assert_eq!(meant(&place.lake(), "truht").unwrap().as_deref(), Some("truth"));
    assert_eq!(meant(&place.lake(), "qqqqqqqq").unwrap(), None);
}
