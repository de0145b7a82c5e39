//! Texts.

use polars::prelude::{Column, DataType, PolarsResult, StringNameSpaceImpl};
use xxhash_rust::xxh64::xxh64;

use super::json::scalar;
use super::types::{Texts, Whole, expect, is_text, is_whole, texts, whole};
use super::{Own, wrong};

pub(super) const FUNCTIONS: [Own; 4] = [
    Own {
        name: "cl_regexp_extract",
        types: |found| {
            expect(found, &[(is_text, "a text"), (is_text, "a pattern"), (is_whole, "a group")], DataType::String)
        },
        work: |columns| {
            let [text, pattern, group] = columns else { return Err(wrong("three arguments")) };
            let group = Whole::of(group)?.get(0).and_then(|group| usize::try_from(group).ok()).unwrap_or(0);
            let pattern = pattern_of(pattern)?;
            let text = text.cast(&DataType::String)?;
            let text = text.as_materialized_series().str()?;
            let pattern = polars::prelude::StringChunked::from_iter([Some(pattern)]);
            let found = text.extract(&pattern, group).map_err(|_| wrong("the pattern is no regular expression"))?;
            Ok(Column::from(polars::prelude::IntoSeries::into_series(found)))
        },
    },
    Own {
        name: "cl_regexp_replace",
        types: |found| {
            expect(found, &[(is_text, "a text"), (is_text, "a pattern"), (is_text, "a text")], DataType::String)
        },
        work: |columns| {
            let [text, pattern, with] = columns else { return Err(wrong("three arguments")) };
            let (pattern, with) = (pattern_of(pattern)?, pattern_of(with)?);
            let text = text.cast(&DataType::String)?;
            let found = text.as_materialized_series().str()?.replace_all(&pattern, &braced(&with));
            let found = found.map_err(|_| wrong("the pattern is no regular expression"))?;
            Ok(Column::from(polars::prelude::IntoSeries::into_series(found)))
        },
    },
    Own {
        name: "cl_json_text",
        types: |found| expect(found, &[(is_text, "a text"), (is_text, "a path")], DataType::String),
        work: |columns| {
            let [text, path] = columns else { return Err(wrong("two arguments")) };
            let (text, path) = (Texts::of(text)?, Texts::of(path)?);
            Ok(texts(columns, |at| scalar(text.get(at)?, path.get(at)?)))
        },
    },
    Own {
        name: "cl_hash64",
        types: |found| expect(found, &[(is_text, "a text")], DataType::Int64),
        work: |columns| {
            let [text] = columns else { return Err(wrong("one argument")) };
            let text = Texts::of(text)?;
            whole(columns, &DataType::Int64, |at| Some(xxh64(text.get(at)?.as_bytes(), 0).cast_signed()))
        },
    },
];

fn pattern_of(column: &Column) -> PolarsResult<String> {
    let text = Texts::of(column)?;
    text.get(0).map(str::to_owned).ok_or_else(|| wrong("a pattern is a text in the question, and no column"))
}

/// `$1a` is the first group and an `a` in Trino, and a group named `1a` here.
fn braced(with: &str) -> String {
    let mut found = String::new();
    let mut rest = with.chars().peekable();
    while let Some(next) = rest.next() {
        if next != '$' {
            found.push(next);
            continue;
        }
        let mut digits = String::new();
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        if digits.is_empty() { found.push('$') } else { found.push_str(&format!("${{{digits}}}")) }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::braced;

    #[test]
    fn a_group_ends_with_its_digits() {
        assert_eq!(braced("$1a-$12-$"), "${1}a-${12}-$");
    }
}
