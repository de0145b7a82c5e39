//! Which sheets of a workbook are wanted, and for which tables.

use crate::malformed::{Malformed, Reason};
use crate::wanted::Wanted;

/// Returns the sheets that are wanted, in the order of the workbook, each with the tables that want it.
///
/// # Errors
/// [`Malformed`]: no records if no table finds a sheet.
pub(super) fn assign<'n>(wanted: &Wanted, names: &'n [String]) -> Result<Vec<(&'n str, Vec<usize>)>, Malformed> {
    let chosen: Vec<Vec<usize>> = wanted.tables.iter().map(|table| choose(table.part.as_deref(), names)).collect();
    let tables = |sheet: usize| {
        (0..chosen.len()).filter(|table| chosen.get(*table).is_some_and(|it| it.contains(&sheet))).collect()
    };
    let sheets = names.iter().enumerate().map(|(sheet, name)| (name.as_str(), tables(sheet)));
    let assigned: Vec<(&str, Vec<usize>)> = sheets.filter(|(_, tables): &(_, Vec<usize>)| !tables.is_empty()).collect();
    if assigned.is_empty() && !wanted.tables.is_empty() {
        let message =
            format!("none of its {} sheets is named as the feed says; correct the sheet of its tables", names.len());
        return Err(Malformed::new(Reason::NoRecords, message));
    }
    Ok(assigned)
}

/// Returns the sheets that a part means: the one of this name, else those of this pattern, else the one of this number.
fn choose(part: Option<&str>, names: &[String]) -> Vec<usize> {
    let Some(part) = part else { return if names.is_empty() { Vec::new() } else { vec![0] } };
    let where_name = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        names.iter().enumerate().filter(|(_, name)| is(name)).map(|(at, _)| at).collect()
    };
    let folded = part.trim().to_lowercase();
    let exact = where_name(&|name| name == part);
    let same = if exact.is_empty() { where_name(&|name| name.trim().to_lowercase() == folded) } else { exact };
    if !same.is_empty() {
        same
    } else if part.contains('*') {
        where_name(&|name| matches_pattern(&name.trim().to_lowercase(), &folded))
    } else {
        part.parse()
            .ok()
            .and_then(|number: usize| number.checked_sub(1))
            .filter(|at| *at < names.len())
            .into_iter()
            .collect()
    }
}

/// Returns whether a name is what a pattern says, where `*` stands for any characters, none too.
fn matches_pattern(name: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return name == pattern };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return name.ends_with(part);
        }
        let Some((_, after)) =
            name.split_once(part).filter(|_| !part.is_empty()).or(part.is_empty().then_some(("", name)))
        else {
            return false;
        };
        name = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_meant_by_its_name_its_number_or_a_pattern() {
        let names = ["About", "Census ", "Aug 2026", "2", "Sep 2026"].map(str::to_owned);
        let cases: [(Option<&str>, &[usize]); 11] = [
            (None, &[0]),
            (Some("About"), &[0]),
            (Some("census"), &[1]),
            (Some("1"), &[0]),
            (Some("2"), &[3]),
            (Some("5"), &[4]),
            (Some("6"), &[]),
            (Some("0"), &[]),
            (Some("* 2026"), &[2, 4]),
            (Some("*e*"), &[1, 4]),
            (Some("Visits"), &[]),
        ];
        for (part, expected) in cases {
            assert_eq!(choose(part, &names), expected, "{part:?}");
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        let cases = [
            ("visits 2026", "visits*", true),
            ("visits", "visits*", true),
            ("all visits", "visits*", false),
            ("a-b-c", "a*b*c", true),
            ("a-b-c", "a**c", true),
            ("abc", "a*bc*c", false),
            ("ab", "a*b*b", false),
            ("anything", "*", true),
        ];
        for (name, pattern, expected) in cases {
            assert_eq!(matches_pattern(name, pattern), expected, "{name} {pattern}");
        }
    }
}
