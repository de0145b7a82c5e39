//! Every change of a table, and what follows from it.

use super::*;
use crate::config::Evolve;

fn now(name: &str, number: u32, declared: &str) -> Now {
    let class = match declared {
        "int" | "bigint" => "whole number",
        "date" => "date",
        _ => "text",
    };
    let (name, declared, class) = (name.to_owned(), declared.to_owned(), class.to_owned());
    Now { name, number, declared, class, is_left: false }
}

fn columns() -> Vec<Now> {
    vec![now("id", 1, "int"), now("Name", 2, "text"), now("born", 3, "date")]
}

fn kept() -> Shape {
    Shape::first("1", vec!["id".to_owned()], columns())
}

fn look(columns: Vec<Now>) -> Look<'static> {
    Look {
        identity: "1",
        key: vec!["id".to_owned()],
        columns,
        keeps_numbers: true,
        evolve: Evolve::Evolve,
        is_small: true,
        is_whole_asked: false,
        is_sparse: false,
        command: "carelake load crm/crm.a --full".to_owned(),
    }
}

/// Returns the word of each change, whether all is read anew, and what becomes of each column; or why it drifts.
fn told(look: Look<'_>) -> Result<(Vec<&'static str>, bool, String, usize), String> {
    let evolved = evolve(Some(&kept()), look);
    let words = evolved.changes.iter().map(Change::word).collect();
    let fates = evolved.shape.columns.iter().map(|known| match known.fate {
        Fate::Read => format!("{} ", known.lake),
        Fate::Gone => format!("-{} ", known.lake),
        Fate::Left => format!("({}) ", known.lake),
    });
    let fates: String = fates.collect();
    match evolved.verdict {
        Verdict::Load { warnings } => {
            Ok((words, evolved.shape.generation > 1, fates.trim_end().to_owned(), warnings.len()))
        }
        Verdict::Drift(why) => {
            assert_eq!(evolved.shape, kept(), "what drifts is not taken over");
            Err(why)
        }
    }
}

type Told = (Vec<&'static str>, bool, String, usize);

fn loads(words: &[&'static str], is_anew: bool, fates: &str, warnings: usize) -> Result<Told, String> {
    Ok((words.to_vec(), is_anew, fates.to_owned(), warnings))
}

fn drifts(told: Result<Told, String>) {
    let why = told.unwrap_err();
    assert!(why.contains("`carelake load crm/crm.a --full`"), "{why}");
}

#[test]
fn what_stays_as_it_was_changes_nothing() {
    assert_eq!(told(look(columns())), loads(&[], false, "id name born", 0));
    let turned = vec![now("born", 3, "date"), now("id", 1, "int"), now("Name", 2, "text")];
    assert_eq!(told(look(turned)), loads(&[], false, "id name born", 0), "the order is nothing");
}

#[test]
fn a_column_that_is_new_is_read_anew_where_it_can_be() {
    let added = || [columns(), vec![now("x", 4, "int")]].concat();
    assert_eq!(told(look(added())), loads(&["added"], true, "id name born x", 0));
    let large = Look { is_small: false, ..look(added()) };
    assert_eq!(told(large), loads(&["added"], false, "id name born x", 1));
    let frozen = Look { evolve: Evolve::Freeze, ..look(added()) };
    assert_eq!(told(frozen), loads(&["added"], false, "id name born (x)", 0));
    drifts(told(Look { evolve: Evolve::Fail, ..look(added()) }));
    // A column that the configuration leaves out is no reason to read anything.
    let mut hidden = added();
    hidden[3].is_left = true;
    assert_eq!(told(look(hidden)), loads(&["added"], false, "id name born (x)", 0));
}

#[test]
fn a_column_that_is_gone_stays_and_is_empty_from_then_on() {
    let dropped = || columns()[..2].to_vec();
    for evolve in [Evolve::Evolve, Evolve::Freeze] {
        assert_eq!(told(Look { evolve, ..look(dropped()) }), loads(&["dropped"], false, "id name -born", 0));
    }
    drifts(told(Look { evolve: Evolve::Fail, ..look(dropped()) }));
    let gone = evolve(Some(&kept()), look(dropped())).shape;
    let again = evolve(Some(&gone), look(columns()));
    assert_eq!(again.changes.iter().map(Change::word).collect::<Vec<_>>(), ["added"]);
    assert_eq!(again.shape.columns, kept().columns, "under its own name");
}

#[test]
fn a_column_with_another_name_is_known_by_its_number_where_it_keeps_it() {
    let renamed = || vec![now("id", 1, "int"), now("title", 2, "text"), now("born", 3, "date")];
    assert_eq!(told(look(renamed())), loads(&["renamed"], true, "id -name born title", 0));
    let frozen = Look { evolve: Evolve::Freeze, ..look(renamed()) };
    assert_eq!(told(frozen), loads(&["renamed"], false, "id -name born (title)", 0));
    let mysql = Look { keeps_numbers: false, ..look(renamed()) };
    assert_eq!(told(mysql), loads(&["dropped", "added"], true, "id -name born title", 0));
    // Dropped and added again under the old name: another column.
    let again = vec![now("id", 1, "int"), now("Name", 4, "text"), now("born", 3, "date")];
    assert_eq!(told(look(again)), loads(&["added"], true, "id name born", 0));
}

#[test]
fn another_type_of_the_same_class_is_history_and_one_of_another_class_begins_anew() {
    let with = |declared: &str| vec![now("id", 1, declared), now("Name", 2, "text"), now("born", 3, "date")];
    for evolve in [Evolve::Evolve, Evolve::Freeze, Evolve::Fail] {
        let wider = Look { evolve, ..look(with("bigint")) };
        assert_eq!(told(wider), loads(&["widened"], false, "id name born", 0));
    }
    assert_eq!(told(look(with("uuid"))), loads(&["other_class"], true, "id name born", 0));
    drifts(told(Look { is_small: false, ..look(with("uuid")) }));
    drifts(told(Look { evolve: Evolve::Freeze, ..look(with("uuid")) }));
    let asked = Look { is_small: false, is_whole_asked: true, ..look(with("uuid")) };
    assert_eq!(told(asked), loads(&["other_class"], true, "id name born", 0), "somebody decided");
}

#[test]
fn another_key_or_another_table_of_the_name_begins_anew() {
    let key = || Look { key: vec!["Name".to_owned()], ..look(columns()) };
    assert_eq!(told(key()), loads(&["key_changed"], true, "id name born", 0));
    drifts(told(Look { evolve: Evolve::Freeze, ..key() }));
    let made = || Look { identity: "2", ..look(columns()) };
    assert_eq!(told(made()), loads(&["made_again"], true, "id name born", 0));
    drifts(told(Look { evolve: Evolve::Freeze, ..made() }));
    // Another table counts its columns anew: that makes no column another one.
    let shifted = vec![now("id", 2, "int"), now("Name", 1, "text"), now("born", 3, "date")];
    assert_eq!(told(Look { identity: "2", ..look(shifted) }), loads(&["made_again"], true, "id name born", 0));
}

#[test]
fn what_the_configuration_makes_of_a_column_begins_anew_and_is_no_change_of_the_source() {
    let mut typed = columns();
    typed[1].class = "boolean".to_owned();
    assert_eq!(told(look(typed)), loads(&[], true, "id name born", 0));
    // Frozen, and then taken up.
    let added = [columns(), vec![now("x", 4, "int")]].concat();
    let frozen = evolve(Some(&kept()), Look { evolve: Evolve::Freeze, ..look(added.clone()) }).shape;
    let again = evolve(Some(&frozen), Look { evolve: Evolve::Freeze, ..look(added.clone()) });
    assert_eq!((again.changes.len(), &again.shape), (0, &frozen), "told once");
    let taken = evolve(Some(&frozen), look(added));
    assert_eq!((taken.changes.len(), taken.shape.generation), (0, 2));
    assert_eq!(taken.shape.column("x").unwrap().fate, Fate::Read);
}

#[test]
fn columns_alike_have_names_of_their_own_that_stay() {
    let shape = Shape::first("1", Vec::new(), vec![now("a b", 1, "int"), now("a-b", 2, "int"), now("_op", 3, "int")]);
    let lake: Vec<&str> = shape.columns.iter().map(|known| known.lake.as_str()).collect();
    assert!(lake[0] == "a_b" && lake[1].starts_with("a_b_") && lake[2] == "op", "{lake:?}");
}
