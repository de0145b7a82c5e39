//! The page about the common schema.

use super::{CommonTable, Rule, encounters, persons};

const PAGE: &str = include_str!("../../../../docs/common-schema.md");

fn section<'p>(title: &str) -> &'p str {
    let (_, after) = PAGE.split_once(&format!("## {title}\n")).unwrap();
    after.split("\n## ").next().unwrap()
}

#[test]
fn the_page_has_every_column_in_its_order_with_its_meaning() {
    for table in [persons(), encounters()] {
        let cells = |line: &str| {
            line.split(" | ").map(|cell| cell.trim_matches([' ', '|', '`']).to_owned()).collect::<Vec<_>>()
        };
        let lines = section(&table.name).lines().filter(|line| line.starts_with("| `"));
        let told: Vec<(String, String)> = lines.map(|line| (cells(line)[0].clone(), cells(line)[1].clone())).collect();
        let columns = table.columns.iter().map(|column| (column.name.clone(), column.description.clone()));
        assert_eq!(told, columns.collect::<Vec<_>>(), "{}", table.name);
    }
}

#[test]
fn the_page_has_the_values_of_every_code() {
    let code = |table: CommonTable| {
        table.columns.into_iter().filter_map(|column| match column.rule {
            Rule::Code { values, otherwise } => {
                let otherwise = otherwise.unwrap_or_else(|| "null".to_owned());
                Some(format!("| `{}` | {} | {otherwise} |", column.name, values.join(", ")))
            }
            _ => None,
        })
    };
    let expected: Vec<String> = code(persons()).chain(code(encounters())).collect();
    let mut told: Vec<&str> = section("Codes").lines().filter(|line| line.starts_with("| `")).collect();
    told.sort_by_key(|line| expected.iter().position(|other| other == line));
    assert_eq!(told, expected);
}
