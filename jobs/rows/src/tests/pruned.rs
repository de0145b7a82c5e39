//! What statistics exclude is not fetched, and nothing else is left out.

use arrow_array::types::Int32Type;
use carelake_conditions::{Literal, Number, Question};
use proptest::prelude::*;

use super::*;

/// 100,000 rows: a number that grows, a text of its own in each row, and another number that is anywhere.
fn large(rows_of_group: usize) -> Vec<u8> {
    let rows = 100_000;
    let texts = StringArray::from_iter_values(
        (0..rows).map(|row| format!("{:032x}", u128::from(row as u64) * 0x9e37_79b9_7f4a_7c15)),
    );
    let grows = Int64Array::from_iter_values(0..rows);
    let anywhere = Int64Array::from_iter_values((0..rows).map(|row| row * 7_919 % 100_003));
    let columns: Vec<(&str, ArrayRef)> =
        vec![("id", Arc::new(grows)), ("text", Arc::new(texts)), ("any", Arc::new(anywhere))];
    parquet(&batch(columns), rows_of_group, 1_000)
}

#[test]
fn only_what_is_needed_is_fetched() {
    let (folder, bytes) = (Folder::new(), large(25_000));
    folder.write("large.parquet", &bytes);
    let share = |columns: &[&str], condition: &str, limit: Option<usize>| {
        let wish = Wish { limit, ..wish(columns, condition) };
        let (lines, fetched) = folder.read("large.parquet", &wish).unwrap();
        (lines.len(), fetched.bytes() * 100 / bytes.len() as u64)
    };
    // One page of each column, found by the index of pages.
    let whole = large(100_000);
    folder.write("whole.parquet", &whole);
    let (lines, fetched) = folder.read("whole.parquet", &wish(&[], "id = 61728")).unwrap();
    let permille = fetched.bytes() * 1_000 / whole.len() as u64;
    assert!(lines.len() == 1 && permille < 40, "{permille} ‰");
    // Nothing at all: the footer excludes every row group.
    assert_eq!(share(&[], "id > 100000", None), (0, 0));
    assert_eq!(share(&[], "any is null", None), (0, 0));
    // The pages of a column that say nothing are fetched, and of the other only those of the rows that are found.
    let (rows, percent) = share(&["text"], "any = 50001", None);
    assert!(rows == 1 && percent < 25, "{percent} %");
    let (rows, percent) = share(&["id"], "", None);
    assert!(rows == 100_000 && percent < 25, "{percent} %");
    // Three of four row groups are not needed for a limit.
    let (rows, percent) = share(&[], "", Some(10));
    assert!(rows == 10 && percent < 30, "{percent} %");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_pruned_and_filtered_is_what_every_row_says(
        rows in prop::collection::vec((prop::option::weighted(0.8, -9_i32..10), prop::option::weighted(0.8, 0_u8..30)), 1..80),
        sizes in (1_usize..30, 1_usize..8),
        parts in prop::collection::vec((0_usize..10, -11_i32..12, any::<bool>(), any::<bool>()), 1..4),
        is_sorted in any::<bool>(),
    ) {
        let mut rows = rows;
        if is_sorted {
            rows.sort();
        }
        let mut text = String::new();
        for (at, (sign, literal, is_not, is_or)) in parts.into_iter().enumerate() {
            let word = if at == 0 { "" } else if is_or { " or " } else { " and " };
            let not = if is_not { "not " } else { "" };
            let (many, tens) = (literal.abs(), (-5..literal).map(|it| it.to_string()).collect::<Vec<_>>().join(","));
            text += &match sign {
                0..4 => format!("{word}{not}n {} {literal}", ["=", "!=", "<", ">="][sign]),
                4 => format!("{word}{not}n is null"),
                5 => format!("{word}{not}n in ({literal}, 3)"),
                6 => format!("{word}{not}n not in (99{}{tens})", if tens.is_empty() { "" } else { "," }),
                7 => format!("{word}{not}t > 't{many}'"),
                8 => format!("{word}{not}t in ('t3', 't{many}')"),
                _ => format!("{word}{not}d <= {literal}.5"),
            };
        }
        let condition = Condition::parse(&text).unwrap();
        let numbers = Int32Array::from_iter(rows.iter().map(|(number, _)| *number));
        let texts = StringArray::from_iter(rows.iter().map(|(_, text)| text.map(|text| format!("t{text}"))));
        let decimals = Decimal128Array::from_iter(rows.iter().map(|(number, _)| number.map(|it| i128::from(it) * 10)));
        let decimals = decimals.with_precision_and_scale(9, 1).unwrap();
        let place = Int32Array::from_iter_values(0..rows.len() as i32);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("place", Arc::new(place)),
            ("n", Arc::new(numbers)),
            ("t", Arc::new(texts)),
            ("d", Arc::new(decimals)),
        ];
        let folder = Folder::new();
        folder.write("rows.parquet", &parquet(&batch(columns), sizes.0, sizes.1));
        let expected: Vec<String> = rows
            .iter()
            .enumerate()
            .filter(|(_, (number, letter))| {
                let holds = condition.holds(&|test| {
                    let name = test.path.to_string();
                    if name == "t" {
                        let value = letter.map(|it| format!("t{it}"));
                        return test.question.answer(value, |literal, value| match literal {
                            Literal::Text(text) => Some(value.cmp(text)),
                            _ => None,
                        });
                    }
                    let number = number.and_then(|it| Number::parse(&it.to_string()));
                    test.question.answer(number, |literal, value| match literal {
                        Literal::Number(number) => Some(value.cmp(number)),
                        _ => None,
                    })
                });
                holds == Some(true)
            })
            .map(|(place, _)| format!("place:{place}"))
            .collect();
        let (lines, _) = folder.read("rows.parquet", &wish(&["place"], &text)).unwrap();
        prop_assert_eq!(lines, expected, "{}", text);
    }
}

#[test]
fn a_list_of_many_literals_is_searched_as_one_of_few_is() {
    let values = Int32Array::from_iter_values(0..100);
    let typed: PrimitiveArray<Int32Type> = values;
    let folder = Folder::new();
    folder.write("many.parquet", &parquet(&batch(vec![("n", Arc::new(typed))]), 10, 5));
    let many = (0..50).map(|it| (it * 4 + 1).to_string()).collect::<Vec<_>>().join(", ");
    let (lines, _) = folder.read("many.parquet", &wish(&[], &format!("n in (0.5, {many})"))).unwrap();
    assert_eq!(lines.len(), 25);
    let (lines, _) = folder.read("many.parquet", &wish(&[], &format!("n not in (0.5, {many})"))).unwrap();
    assert_eq!(lines.len(), 75);
    assert!(
        matches!(Condition::parse("n in (1)").unwrap(), Condition::Test(test) if matches!(test.question, Question::In(_)))
    );
}
