//! Every line of the table of modes, and what an override can and cannot say.

use std::convert::Infallible;

use carelake_database::{Column, Identity, Index};

use super::*;

/// Makes a table of columns: `name kind`, with `?` of one that may be null and `!` of one that the server keeps.
fn table(columns: &[&str], key: &[usize], indexes: &[&[usize]], rows: Option<u64>) -> Relation {
    let column = |(at, text): (usize, &&str)| {
        let (name, kind) = text.rsplit_once(' ').unwrap();
        let kind_name = kind.trim_end_matches(['?', '!']);
        Column {
            name: name.to_owned(),
            number: at as u32 + 1,
            declared: kind_name.to_owned(),
            kind: match kind_name {
                "int" => Kind::Integer,
                "date" => Kind::Date,
                "timestamp" => Kind::LocalTimestamp,
                "timestamptz" => Kind::Timestamp,
                _ => Kind::Text,
            },
            wire: 0,
            is_nullable: kind.contains('?'),
            is_kept_by_server: kind.contains('!'),
            is_generated: false,
        }
    };
    Relation {
        database: "crm".to_owned(),
        name: "a".to_owned(),
        kind: RelationKind::Table,
        identity: Identity("1".to_owned()),
        rows,
        bytes: None,
        columns: columns.iter().enumerate().map(column).collect(),
        key: key.to_vec(),
        indexes: indexes.iter().map(|columns| Index { columns: columns.to_vec(), is_unique: false }).collect(),
        file: None,
        churn: None,
    }
}

/// Decides with so many nulls in each column.
fn decided(relation: &Relation, engine: Engine, settings: &Settings, nulls: u64) -> Decision {
    let facts = Facts { relation, engine, settings, is_named: false, is_distrusted: false, can_export: false };
    decide(facts, |_| Ok::<u64, Infallible>(nulls)).unwrap()
}

fn preset() -> Settings {
    Settings::preset()
}

const FEW: Option<u64> = Some(1_000);
const MANY: Option<u64> = Some(20_000_001);

#[test]
fn a_view_is_loaded_only_when_it_is_named_and_then_whole() {
    for kind in [RelationKind::View, RelationKind::MaterializedView, RelationKind::Foreign] {
        let relation = Relation { kind, ..table(&["id int", "updated_at timestamp"], &[0], &[&[1]], FEW) };
        let mut settings = preset();
        let mut of = |is_named, mode| {
            settings.mode = mode;
            let facts = Facts {
                relation: &relation,
                engine: Engine::Postgres,
                settings: &settings,
                is_named,
                is_distrusted: false,
                can_export: false,
            };
            decide(facts, |_| Ok::<u64, Infallible>(0)).unwrap()
        };
        assert_eq!(of(false, None), Decision::Left);
        assert_eq!(of(true, None), Decision::Load(Way::Full, Reason::NamedView));
        assert!(matches!(of(true, Some(ModeWord::Incremental)), Decision::Wrong(_)));
    }
}

#[test]
fn a_cursor_that_leads_an_index_makes_increments_where_there_is_a_key() {
    let cursor = |column: &str, is_trusted| Reason::Cursor { column: column.to_owned(), is_trusted };
    let columns = ["id int", "Updated At timestamptz", "x text"];
    for rows in [FEW, MANY, None] {
        for engine in [Engine::Postgres, Engine::Mysql, Engine::Mariadb] {
            let relation = table(&columns, &[0], &[&[0], &[1, 2]], rows);
            let way = Way::Incremental { cursor: 1, is_trusted: false };
            assert_eq!(decided(&relation, engine, &preset(), 0), Decision::Load(way, cursor("Updated At", false)));
        }
    }
    // What the server keeps wins over a better name.
    let relation = table(&["id int", "updated_at timestamp", "ts timestamp!"], &[0], &[&[1], &[2]], FEW);
    let way = Way::Incremental { cursor: 2, is_trusted: true };
    assert_eq!(decided(&relation, Engine::Mysql, &preset(), 0), Decision::Load(way, cursor("ts", true)));
    // Of two names the better one, and the other where that one has no index.
    let columns = ["id int", "modified_at timestamp", "updated_at timestamp"];
    let way = |cursor| Way::Incremental { cursor, is_trusted: false };
    for (indexes, at) in [(&[&[1][..], &[2]][..], 2), (&[&[1][..]], 1)] {
        let relation = table(&columns, &[0], indexes, FEW);
        assert!(
            matches!(decided(&relation, Engine::Mysql, &preset(), 0), Decision::Load(found, _) if found == way(at))
        );
    }
}

#[test]
fn what_is_no_cursor_is_not_taken_for_one() {
    for (columns, key, indexes, nulls) in [
        (["id int", "updated_at date"], &[0][..], &[&[1][..]][..], 0),
        (["id int", "updated_at text"], &[0], &[&[1]], 0),
        (["id int", "created_at timestamp"], &[0], &[&[1]], 0),
        (["id int", "updated_at timestamp"], &[0], &[], 0),
        (["id int", "updated_at timestamp"], &[0], &[&[0, 1]], 0),
        (["id int", "updated_at timestamp"], &[], &[&[1]], 0),
        (["id int", "updated_at timestamp?"], &[0], &[&[1]], 100_001),
    ] {
        let relation = table(&columns, key, indexes, FEW);
        let decision = decided(&relation, Engine::Postgres, &preset(), nulls);
        assert_eq!(
            decision,
            Decision::Load(Way::Full, Reason::FewRows { rows: 1_000 }),
            "{columns:?} {key:?} {indexes:?}"
        );
    }
    let relation = table(&["id int", "updated_at timestamp?"], &[0], &[&[1]], FEW);
    let decision = decided(&relation, Engine::Postgres, &preset(), 100_000);
    assert!(matches!(decision, Decision::Load(Way::Incremental { cursor: 1, .. }, _)), "a few rows without a value");
}

#[test]
fn nothing_is_asked_of_the_server_about_a_cursor_that_is_never_null_or_of_no_use() {
    for relation in [
        table(&["id int", "updated_at timestamp"], &[0], &[&[1]], FEW),
        table(&["id int", "updated_at timestamp?"], &[0], &[], FEW),
        table(&["id int", "updated_at timestamp?"], &[], &[&[1]], FEW),
    ] {
        let settings = preset();
        let facts = Facts {
            relation: &relation,
            engine: Engine::Postgres,
            settings: &settings,
            is_named: false,
            is_distrusted: false,
            can_export: false,
        };
        assert!(decide(facts, |_| Err(())).is_ok());
    }
}

#[test]
fn a_large_table_of_postgres_goes_by_transactions_and_one_of_mysql_needs_to_be_told() {
    let relation = table(&["id int", "updated_at timestamp"], &[0], &[&[0]], MANY);
    let decision = decided(&relation, Engine::Postgres, &preset(), 0);
    assert_eq!(decision, Decision::Load(Way::Xid, Reason::ManyRows { rows: 20_000_001 }));
    let decision = decided(&relation, Engine::Mariadb, &preset(), 0);
    let lacks = vec![Lack::Index("updated_at".to_owned())];
    assert_eq!(decision, Decision::NeedsMode { rows: 20_000_001, lacks: lacks.clone() });
    assert_eq!(
        needs(&relation, 20_000_001, &lacks),
        "about 20000001 rows are more than full_max_rows, and it has no index that begins with updated_at; mend that, or say how: \
         overrides: { crm.a: { mode: full } }"
    );
    let keyless = table(&["id int"], &[], &[], MANY);
    let decision = decided(&keyless, Engine::Postgres, &preset(), 0);
    assert_eq!(decision, Decision::NeedsMode { rows: 20_000_001, lacks: vec![Lack::Key, Lack::Cursor] });
}

#[test]
fn a_small_table_is_read_whole_and_one_without_statistics_is_as_large_as_its_bytes() {
    let few = table(&["x text"], &[], &[], Some(20_000_000));
    assert_eq!(
        decided(&few, Engine::Mysql, &preset(), 0),
        Decision::Load(Way::Full, Reason::FewRows { rows: 20_000_000 })
    );
    let unknown = table(&["x text"], &[], &[], None);
    assert_eq!(decided(&unknown, Engine::Mysql, &preset(), 0), Decision::Load(Way::Full, Reason::FewRows { rows: 0 }));
    let large = Relation { bytes: Some(1 << 40), ..unknown };
    assert!(matches!(decided(&large, Engine::Mysql, &preset(), 0), Decision::NeedsMode { .. }));
}

#[test]
fn a_distrusted_cursor_is_used_no_more() {
    let settings = preset();
    for (rows, way) in [(FEW, Way::Full), (MANY, Way::Xid)] {
        let relation = table(&["id int", "updated_at timestamp"], &[0], &[&[1]], rows);
        let facts = Facts {
            relation: &relation,
            engine: Engine::Postgres,
            settings: &settings,
            is_named: false,
            is_distrusted: true,
            can_export: false,
        };
        assert_eq!(decide(facts, |_| Ok::<u64, Infallible>(0)), Ok(Decision::Load(way, Reason::Distrusted)));
        let facts = Facts { engine: Engine::Mysql, ..facts };
        let decision = decide(facts, |_| Ok::<u64, Infallible>(0)).unwrap();
        assert_eq!(rows == MANY, decision == Decision::NeedsMode { rows: 20_000_001, lacks: vec![Lack::Trust] });
    }
}

#[test]
fn what_the_configuration_says_wins_where_it_can_be() {
    let relation = table(&["id int", "changed timestamp", "day date", "x text"], &[0], &[&[0]], MANY);
    let of = |mode, cursor: Option<&str>, engine, relation: &Relation| {
        let settings = Settings { mode: Some(mode), cursor: cursor.map(str::to_owned), ..preset() };
        decided(relation, engine, &settings, 0)
    };
    let load = |way| Decision::Load(way, Reason::Asked);
    let (postgres, mysql) = (Engine::Postgres, Engine::Mysql);
    assert_eq!(of(ModeWord::Full, None, mysql, &relation), load(Way::Full));
    let way = Way::Incremental { cursor: 1, is_trusted: false };
    assert_eq!(of(ModeWord::Incremental, Some("changed"), mysql, &relation), load(way), "also without an index");
    assert_eq!(of(ModeWord::Append, Some("id"), mysql, &relation), load(Way::Append { cursor: 0 }));
    assert_eq!(of(ModeWord::Xid, None, postgres, &relation), load(Way::Xid));
    let keyless = Relation { key: Vec::new(), ..relation.clone() };
    for (mode, cursor, engine, relation, wanted) in [
        (ModeWord::Xid, None, mysql, &relation, "is for PostgreSQL"),
        (ModeWord::Xid, None, postgres, &keyless, "has no primary key"),
        (ModeWord::Incremental, Some("changed"), postgres, &keyless, "has no primary key"),
        (ModeWord::Incremental, None, postgres, &relation, "needs `cursor`"),
        (ModeWord::Incremental, Some("changd"), postgres, &relation, "did you mean `changed`?"),
        (ModeWord::Incremental, Some("day"), postgres, &relation, "tells no moment"),
        (ModeWord::Append, None, postgres, &relation, "needs `cursor`"),
        (ModeWord::Append, Some("x"), postgres, &relation, "is no whole number"),
        (ModeWord::Append, Some("idd"), postgres, &relation, "did you mean `id`?"),
    ] {
        let decision = of(mode, cursor, engine, relation);
        assert!(matches!(&decision, Decision::Wrong(why) if why.contains(wanted)), "{wanted}: {decision:?}");
    }
    // A cursor without a mode takes the place of the names.
    let indexed = table(&["id int", "changed timestamp"], &[0], &[&[1]], MANY);
    let settings = Settings { cursor: Some("changed".to_owned()), ..preset() };
    assert!(matches!(decided(&indexed, mysql, &settings, 0), Decision::Load(Way::Incremental { cursor: 1, .. }, _)));
}

#[test]
fn append_is_advised_where_nothing_was_ever_changed_and_never_chosen() {
    let relation = table(&["id int", "x text"], &[0], &[&[0]], MANY);
    let quiet = Relation { churn: Some((0, 0)), ..relation.clone() };
    assert!(advised(&quiet).is_some_and(|it| it.contains("mode: append, cursor: id")));
    assert!(matches!(decided(&quiet, Engine::Mysql, &preset(), 0), Decision::NeedsMode { .. }));
    let keyed_by_text = Relation { key: vec![1], ..quiet.clone() };
    for other in [relation.clone(), Relation { churn: Some((1, 0)), ..relation }, keyed_by_text] {
        assert_eq!(advised(&other), None);
    }
}
