//! Which tables are loaded, whose they are, what their loads are told, and how they are put together.

use std::convert::Infallible;
use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};
use carelake_core::names::Scope;
use carelake_database::{Column, Identity, Index, Kind, Relation, RelationKind};

use super::*;
use crate::config::{Loads, Source, read};
use crate::kept::Branch;
use crate::mode::Way;
use crate::publish::{Mask, Mode};
use crate::schema::Shape;

/// Reads sources; `crm` says this besides what it must.
fn loads(text: &str) -> Loads {
    let whole = format!(
        "loads:\n  sources:\n    crm:\n      engine: postgres\n      address: 127.0.0.1\n      secret: {{ env: CRM }}\n{text}"
    );
    let mut mistakes = Mistakes::default();
    let root = parse(&whole, &mut mistakes).unwrap();
    let loads = read(&Spot::root(&root).child("loads").unwrap(), Path::new("/"), &mut mistakes);
    assert_eq!(mistakes.into_problems(), []);
    loads
}

fn relation(database: &str, name: &str) -> Relation {
    let column = |(at, (name, kind)): (usize, (&str, Kind))| Column {
        name: name.to_owned(),
        number: at as u32 + 1,
        declared: format!("{kind:?}"),
        kind,
        wire: 0,
        is_nullable: false,
        is_kept_by_server: false,
        is_generated: false,
    };
    let columns =
        [("id", Kind::Integer), ("Full Name", Kind::Text), ("ssn", Kind::Text), ("updated_at", Kind::Timestamp)];
    Relation {
        database: database.to_owned(),
        name: name.to_owned(),
        kind: RelationKind::Table,
        identity: Identity("1".to_owned()),
        rows: Some(10),
        bytes: Some(1_000),
        columns: columns.into_iter().enumerate().map(column).collect(),
        key: vec![0],
        indexes: vec![Index { columns: vec![3], is_unique: false }],
        file: None,
        churn: None,
    }
}

fn tenant(name: &str) -> Scope {
    name.parse().unwrap()
}

/// Returns the tables that a scope loads, `+` before those of users.
fn chosen(source: &Source, scope: &Scope, relations: &[Relation], registry: Option<&Registry>) -> Vec<String> {
    let databases: Vec<String> = relations.iter().map(|it| it.database.clone()).collect();
    let seen = Seen { source, scope, databases: &databases, relations, registry };
    let shown = |choice: &Choice| {
        let it = &relations[choice.relation];
        let sign = if choice.branch == Branch::Dynamic { "+" } else { "" };
        format!("{sign}{}.{}", it.database, it.name)
    };
    choose(seen).0.iter().map(shown).collect()
}

#[test]
fn a_load_of_a_tenant_has_the_tables_of_its_databases_and_no_other_load_has_them() {
    let loads = loads(
        "      databases: { crm: shared, \"lis_(?<tenant>[a-z]+)\": tenant }\n      tables: { exclude: [\"tmp_*\"] }\n",
    );
    let relations = [("crm", "a"), ("crm", "tmp_1"), ("lis_x", "a"), ("lis_y", "a"), ("other", "a")];
    let relations: Vec<Relation> = relations.iter().map(|(database, name)| relation(database, name)).collect();
    let source = &loads.sources[0];
    assert_eq!(chosen(source, &Scope::default(), &relations, None), ["crm.a"]);
    assert_eq!(chosen(source, &tenant("x"), &relations, None), ["lis_x.a"]);
    assert!(is_wanted(source, &tenant("x"), "lis_x", None) && !is_wanted(source, &tenant("x"), "crm", None));
}

#[test]
fn tables_of_users_are_those_of_their_databases_or_those_that_the_source_lists() {
    let text = "      dynamic: { databases: [udt], include: [\"u*\"], max_tables: 2 }\n";
    let relations = [("crm", "u1"), ("udt", "u1"), ("udt", "u2"), ("udt", "u3"), ("udt", "x")];
    let relations: Vec<Relation> = relations.iter().map(|(database, name)| relation(database, name)).collect();
    let all = Scope::default();
    let loads_by_name = loads(text);
    assert_eq!(chosen(&loads_by_name.sources[0], &all, &relations, None), ["crm.u1", "+udt.u1", "+udt.u2"]);
    let seen =
        Seen { source: &loads_by_name.sources[0], scope: &all, databases: &[], relations: &relations, registry: None };
    assert_eq!(choose(seen).1, 1, "more than may be loaded");
    let key = |database: &str, table: &str| (database.to_owned(), table.to_owned());
    let registry = Registry::from([
        (key("udt", "u1"), Some(tenant("x"))),
        (key("udt", "u2"), Some(all.clone())),
        (key("udt", "u3"), None),
        (key("crm", "u1"), Some(tenant("x"))),
        (key("udt", "gone"), Some(all.clone())),
    ]);
    let source = &loads_by_name.sources[0];
    assert_eq!(chosen(source, &all, &relations, Some(&registry)), ["+udt.u2"]);
    assert_eq!(chosen(source, &tenant("x"), &relations, Some(&registry)), ["+crm.u1", "+udt.u1"]);
    assert!(is_wanted(source, &tenant("x"), "crm", Some(&registry)));
}

#[test]
fn an_override_of_nothing_is_told_and_a_mask_that_is_misspelt_stops_its_tables() {
    let loads = loads(
        "      databases: { crm: shared, \"lis_(?<tenant>[a-z]+)\": tenant }\n      overrides:\n        crm.b: { lag: 1h }\n        crm.patiens: { lag: 1h }\n        \"lis_*.results\": { lag: 1h }\n        \"crm.p*\": { columns: { snn: drop, full_name: hash } }\n",
    );
    let relations = [relation("crm", "b"), relation("crm", "patients")];
    let databases = ["crm".to_owned(), "lis_x".to_owned()];
    let source = &loads.sources[0];
    let seen = Seen { source, scope: &Scope::default(), databases: &databases, relations: &relations, registry: None };
    let (alone, wrong) = idle(seen);
    assert_eq!(alone, ["overrides.crm.patiens fits no table; did you mean `crm.patients`?"]);
    let wrong: Vec<(usize, &str)> = wrong.iter().map(|(at, why)| (*at, why.as_str())).collect();
    assert_eq!(wrong, [(1, "overrides.crm.p*.columns: there is no column `snn`; did you mean `ssn`?")]);
}

#[test]
fn publications_stay_what_they_were() {
    let key = |database: &str, table: &str| (database.to_owned(), table.to_owned());
    let given = BTreeMap::from([(key("CRM", "Accounts"), "loads/crm/crm/accounts".to_owned())]);
    let all = publications("crm", &given, &[("CRM", "Accounts"), ("CRM", "accounts"), ("crm", "x")]);
    let of = |database: &str, table: &str| all[&key(database, table)].to_string();
    assert_eq!(of("CRM", "Accounts"), "loads/crm/crm/accounts");
    assert!(of("CRM", "accounts").starts_with("loads/crm/crm/accounts_"));
    assert!(of("crm", "x").starts_with("loads/crm/crm_") && of("crm", "x").ends_with("/x"));
}

/// Prepares a table that the configuration says this of.
fn prepared(text: &str, relation: &Relation, kept: Option<&Shape>, mask_key: Option<&[u8]>) -> Prepared {
    let loads = loads(text);
    let source = &loads.sources[0];
    let settings = source.settings(&relation.database, &relation.name);
    let publication = Publication::from_path("loads/crm/crm/a");
    let subject = Subject {
        source,
        relation,
        settings: &settings,
        publication: &publication,
        kept,
        is_distrusted: false,
        can_export: false,
        asking: Asking::default(),
        mask_key,
    };
    prepare(subject, |_| Ok::<u64, Infallible>(0)).unwrap()
}

fn ready(prepared: Prepared) -> Ready {
    let Prepared::Ready(ready) = prepared else { panic!("{prepared:?}") };
    *ready
}

#[test]
fn a_load_is_told_columns_by_their_names_in_the_lake_and_what_hides_them() {
    let text = "      overrides: { crm.a: { columns: { ssn: drop, full_name: hash }, lag: 1h, partition_by: [id] } }\n";
    let table = relation("crm", "a");
    let Ready { table: told, way, evolved, .. } = ready(prepared(text, &table, None, Some(b"key")));
    let columns: Vec<(&str, usize, Option<Mask>)> =
        told.columns.iter().map(|it| (it.name.as_str(), it.column, it.mask)).collect();
    assert_eq!(columns, [("id", 0, None), ("full_name", 1, Some(Mask::Hash)), ("updated_at", 3, None)]);
    assert_eq!((told.mode, way), (Mode::Incremental { cursor: 3 }, Way::Incremental { cursor: 3, is_trusted: false }));
    assert_eq!((told.lag.as_hours(), told.partition_by.as_slice()), (1, &["id".to_owned()][..]));
    assert_eq!(told.secret.0, b"key");
    // Another mask is another generation, also of the same class.
    let other =
        ready(prepared(&text.replace("ssn: drop", "ssn: \"null\""), &table, Some(&evolved.shape), Some(b"key")));
    assert_ne!(other.table.generation, told.generation);
    let same = ready(prepared(text, &table, Some(&evolved.shape), Some(b"key")));
    assert_eq!(same.table.generation, told.generation);
    assert!(matches!(prepared(text, &table, None, None), Prepared::Wrong(why) if why.contains("hash_key")));
}

#[test]
fn a_column_that_is_gone_stays_in_the_lake_with_its_type() {
    let before = relation("crm", "a");
    let shape = ready(prepared("", &before, None, None)).evolved.shape;
    let mut after = relation("crm", "a");
    after.columns.remove(1);
    after.indexes[0].columns = vec![2];
    let Ready { table, evolved, .. } = ready(prepared("", &after, Some(&shape), None));
    assert_eq!(table.former, [("full_name".to_owned(), arrow_schema::DataType::Utf8)]);
    assert_eq!((table.columns.len(), evolved.changes.len()), (3, 1));
}

#[test]
fn what_the_configuration_names_and_the_table_lacks_is_told() {
    for (text, wanted) in [
        ("{ deleted: gone_at }", "has no column `gone_at`, which `deleted` names"),
        ("{ partition_by: [idd] }", "did you mean `id`?"),
        ("{ partition_by: [ssn], columns: { ssn: drop } }", "which is not read"),
        ("{ hand_on: { column: ssnn, to: hl7/drop } }", "`hand_on` names; did you mean `ssn`?"),
        (
            "{ hand_on: { column: ssn, to: hl7/drop }, columns: { ssn: drop } }",
            "`hand_on` names `ssn`, which is not read",
        ),
        ("{ hand_on: { column: id, to: hl7/drop } }", "`hand_on` names `id`, which is neither text nor bytes"),
        ("{ mode: append }", "needs `cursor`"),
    ] {
        let prepared = prepared(&format!("      overrides: {{ crm.a: {text} }}\n"), &relation("crm", "a"), None, None);
        assert!(matches!(&prepared, Prepared::Wrong(why) if why.contains(wanted)), "{wanted}: {prepared:?}");
    }
    let replica = prepared("      replica: true\n", &relation("crm", "a"), None, None);
    assert!(matches!(replica, Prepared::Wrong(why) if why.contains("give `lag`")));
    let replica = "      replica: true\n      overrides: { crm.a: { lag: 1h } }\n";
    ready(prepared(replica, &relation("crm", "a"), None, None));
}

#[test]
fn a_fingerprint_is_of_what_a_table_is_and_what_is_made_of_it() {
    let loads = loads("      overrides: { crm.b: { columns: { ssn: drop } } }\n");
    let settings = |table| loads.sources[0].settings("crm", table);
    let table = relation("crm", "a");
    let of = |relation: &Relation| fingerprint(relation, &settings("a"));
    assert_eq!(of(&table), of(&Relation { rows: Some(99), name: "z".to_owned(), ..table.clone() }));
    assert_ne!(of(&table), fingerprint(&table, &settings("b")));
    for change in [
        |table: &mut Relation| table.columns[0].declared.push('x'),
        |table: &mut Relation| table.columns[0].name.push('x'),
        |table: &mut Relation| table.key.clear(),
        |table: &mut Relation| table.identity.0.push('x'),
        |table: &mut Relation| drop(table.columns.pop()),
    ] {
        let mut changed = table.clone();
        change(&mut changed);
        assert_ne!(of(&table), of(&changed));
    }
}

#[test]
fn a_batch_is_not_larger_than_it_may_be_and_every_table_is_in_one() {
    let sizes: Vec<u64> = [vec![13 << 30], vec![1 << 20; 1_201], vec![7 << 30; 2]].concat();
    let cut = batches(sizes.clone(), |size| *size);
    assert_eq!(cut.iter().map(Vec::len).collect::<Vec<_>>(), [1, 500, 500, 202, 1]);
    assert_eq!(cut.concat(), sizes);
    assert!(batches(Vec::<u64>::new(), |size| *size).is_empty());
}

#[test]
fn what_is_asked_for_is_a_source_or_tables_of_one() {
    let loads = loads("");
    let read = |texts: &[&str]| {
        Selection::read(&loads, &texts.iter().map(ToString::to_string).collect::<Vec<_>>()).map_err(|it| it.reason)
    };
    let crm = &loads.sources[0];
    let all = read(&[]).unwrap();
    assert!(all.has_source(crm) && all.has_all(crm) && all.has_table(crm, "a", "b"));
    let some = read(&["crm/crm.a*", "crm/x.y"]).unwrap();
    assert!(some.has_source(crm) && !some.has_all(crm));
    assert!(some.has_table(crm, "crm", "ab") && some.has_table(crm, "x", "y") && !some.has_table(crm, "crm", "b"));
    assert_eq!(read(&["crn"]).unwrap_err(), "loads.sources: there is no `crn`; did you mean `crm`?");
    assert!(read(&["crm/accounts"]).unwrap_err().contains("SOURCE/DATABASE.TABLE"));
}
