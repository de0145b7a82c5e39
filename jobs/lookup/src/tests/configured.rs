//! The section of the configuration.

use std::path::Path;
use std::time::Duration;

use carelake_core::config::reader::{Mistakes, Spot, parse};

use crate::config::{LookupSpec, Place, read};
use crate::key::KeyType;

fn section(text: &str) -> (Vec<LookupSpec>, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let root = parse(text, &mut mistakes).unwrap();
    let read = read(&Spot::root(&root).child("lookups").unwrap(), Path::new("/srv/lake"), &mut mistakes);
    let problems = mistakes.into_problems().iter().map(|problem| format!("{problem:?}")).collect();
    (read, problems)
}

#[test]
fn a_look_up_names_where_its_rows_are_and_what_tells_them_apart() {
    let text = "\
lookups:
  sites: { publication: files/sites, key: site_id }
  codes: { file: ref/codes.sqlite, table: codes, key: [code, system], deadline: 5 }
  visits: { table: visits-prod, region: eu-central-1, key: [pk, { name: sk, type: number }] }
";
    let (read, problems) = section(text);
    assert_eq!(problems, [] as [String; 0]);
    let places: Vec<&Place> = read.iter().map(|spec| &spec.place).collect();
    assert_eq!(
        places,
        [
            &Place::Publication("files/sites".into()),
            &Place::Sqlite { file: "/srv/lake/ref/codes.sqlite".into(), table: "codes".into() },
            &Place::DynamoDb { table: "visits-prod".into(), region: Some("eu-central-1".into()) },
        ]
    );
    let kinds: Vec<Vec<KeyType>> = read.iter().map(|spec| spec.key.iter().map(|it| it.kind).collect()).collect();
    assert_eq!(kinds[2], [KeyType::Text, KeyType::Number]);
    assert_eq!((kinds[1].len(), read[1].deadline, read[0].deadline.as_secs()), (2, Duration::from_secs(5), 30));
}

#[test]
fn what_is_wrong_is_told_at_once_with_the_nearest_name() {
    let text = "\
lookups:
  one: { publication: a/b, table: t, key: id }
  two: { key: id }
  three: { table: t, kee: id }
  four: { publication: a/b, file: f, key: [] }
  five: { table: t, key: [a, a, { name: b, type: nummer }] }
  Six: { table: t, file: f, region: r, key: id, deadline: 0 }
";
    let (_, problems) = section(text);
    for says in [
        "has no meaning with `publication`",
        "needs `publication`, or `table`",
        "nearest: Some(\"key\")",
        "a list of at least one column",
        "`a` is in the key already",
        "number",
        "has no meaning with `file`",
        "lower-case letters",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(says)), "{says}: {problems:#?}");
    }
}
