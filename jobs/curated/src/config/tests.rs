//! The section is read with places and nearest names, and models come in the order in which they are built.

use std::path::Path;

use carelake_core::config::reader::{Mistakes, Spot, parse};

use super::*;
use crate::select::{Unknown, select};

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a.sql", "SELECT k FROM orders"),
        ("b.sql", "SELECT k FROM a"),
        ("c.sql", "SELECT b.k AS k FROM b JOIN a ON a.k = b.k"),
        ("star.sql", "SELECT * FROM a"),
        ("wrong.sql", "SELECT k\nFROM ordrs"),
        ("bad.sql", "SELECT 7 / 2 AS k FROM orders"),
        ("var.sql", "SELECT k FROM a WHERE k > :dys"),
        ("x.sql", "SELECT k FROM z"),
        ("y.sql", "SELECT k FROM x"),
        ("z.sql", "SELECT k FROM y"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read_text(text: &str, folder: &Path) -> (Curated, Vec<String>) {
    let mut mistakes = Mistakes::default();
    let node = parse(text, &mut mistakes).unwrap();
    let curated = read(&Spot::root(&node), folder, &mut mistakes);
    (curated, mistakes.into_problems().iter().map(ToString::to_string).collect())
}

fn model(name: &str, rest: &str) -> String {
    format!(
        "  {name}: {{ zone: curated, description: d, sql: {name}.sql, columns: {{ k: {{ type: bigint }} }}{rest} }}\n"
    )
}

fn three() -> String {
    format!(
        "models:\n{}{}{}",
        model("c", ", tags: [top]"),
        model("b", ", owner: lab"),
        model("a", ", inputs: { orders: files/orders }")
    )
}

#[test]
fn each_model_comes_after_what_it_is_made_of() {
    let folder = folder();
    let (curated, mistakes) = read_text(&three(), folder.path());
    assert_eq!(mistakes, [""; 0]);
    assert_eq!(curated.models.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
}

#[test]
fn words_select_as_users_of_dbt_know_them() {
    let folder = folder();
    let (curated, _) = read_text(&three(), folder.path());
    for (words, exclude, expected) in [
        ("", "", "a b c"),
        ("a", "", "a"),
        ("+c", "", "a b c"),
        ("+c", "b", "a c"),
        ("a+", "", "a b c"),
        ("a+1", "b c", "a"),
        ("1+c", "", "a b c"),
        ("1+b", "", "a b"),
        ("tag:top owner:lab", "", "b c"),
        ("zone:curated,tag:top", "", "c"),
        ("input:files/orders", "", "a"),
        ("input:files/orders+", "", "a b c"),
        ("changed", "", ""),
    ] {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let found = select(&curated, &list(words), &list(exclude), &Unknown).unwrap();
        assert_eq!(
            found.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(" "),
            expected,
            "{words:?} {exclude:?}"
        );
    }
    let wrong = select(&curated, &["tag:tip".to_owned()], &[], &Unknown).unwrap_err();
    assert_eq!(wrong.to_string(), "there is no tag `tip`; did you mean `top`?");
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_nearest_name() {
    let folder = folder();
    for (text, expected) in [
        (model("wrong", ", inputs: { orders: files/orders }"), "wrong.sql:2:6: `ordrs` is neither an input of the model nor a model (nearest: orders)"),
        (model("bad", ", inputs: { orders: files/orders }"), "bad.sql:1:8: `/` of whole numbers"),
        (format!("{}{}", model("a", ", inputs: { orders: files/orders }"), model("var", "")), "var.sql:1:27: there is no value `:dys` (nearest: days)"),
        (format!("{}{}", model("a", ", inputs: { orders: files/orders }"), model("star", "")), "star.sql: the outermost SELECT has `*`"),
        (format!("{}{}{}", model("x", ""), model("y", ""), model("z", "")), "models use each other in a circle: x → z → y → x"),
        (model("a", ", inputs: { orders: files/orders }, output: { key: [kk] }"), "`kk` is none of the model's columns (nearest: k)"),
        (model("a", ", inputs: { orders: files/orders }, tests: [{ relationships: { column: k, to: bb.k } }]"), "`bb` is neither an input of the model nor a model"),
        ("  a: { zone: report, description: d, sql: a.sql, contract: none, inputs: { orders: files/orders } }\n".to_owned(), "is a report, which people read; declare its `columns`"),
        ("  a: { zone: curated, description: d, sql: a.sql, columns: { k: { type: bignt } }, inputs: { orders: files/orders } }\n".to_owned(), "(nearest: bigint)"),
        (model("a", ", inputs: { orders: files/orders }, incremental: { by: partition, dimensions: { u: rebuild } }"), "`u` is nothing that the model reads"),
    ] {
        let (_, mistakes) = read_text(&format!("vars: {{ days: {{ type: integer, value: 5 }} }}\nmodels:\n{text}"), folder.path());
        assert!(mistakes.iter().any(|mistake| mistake.contains(expected)), "{text}: {mistakes:#?}");
    }
}

#[test]
fn the_laboratory_is_read_as_it_stands() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lab");
    let text = std::fs::read_to_string(folder.join("pipeline.yaml")).unwrap();
    let mut mistakes = Mistakes::default();
    let node = parse(&text, &mut mistakes).unwrap();
    let curated = read(&Spot::root(&node).child("curated").unwrap(), &folder, &mut mistakes);
    let told: Vec<String> = mistakes.into_problems().iter().map(ToString::to_string).collect();
    assert_eq!(told, [""; 0]);
    assert_eq!(curated.models.len(), 24);
}
