//! The text of statements: names are quoted, values are parameters.

use super::fault::Fault;
use super::value::Value;
use crate::kind::Kind;
use crate::reading::{Bound, Condition};
use crate::relation::{Column, Relation};

/// Quotes a name.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Returns `database`.`table`.
pub(super) fn table(relation: &Relation) -> String {
    format!("{}.{}", quoted(&relation.database), quoted(&relation.name))
}

/// Returns quoted columns with commas between.
pub(super) fn listed(relation: &Relation, columns: &[usize]) -> Result<String, Fault> {
    let names = columns.iter().map(|at| Ok(quoted(&column(relation, *at)?.name))).collect::<Result<Vec<_>, Fault>>()?;
    Ok(names.join(", "))
}

/// Returns a column by its place.
pub(super) fn column(relation: &Relation, at: usize) -> Result<&Column, Fault> {
    relation.columns.get(at).ok_or(Fault::Refused("a column was asked for that the table has not"))
}

/// A condition with its values.
#[derive(Debug, Default)]
pub(super) struct Where {
    parts: Vec<String>,
    /// The values, in the order of their marks.
    pub(super) values: Vec<Value>,
}

impl Where {
    /// Returns ` WHERE …`, or nothing.
    pub(super) fn text(&self) -> String {
        if self.parts.is_empty() { String::new() } else { format!(" WHERE {}", self.parts.join(" AND ")) }
    }

    /// Adds a condition. `local` is the moment of a [`Condition::Since`] in the zone of the server.
    pub(super) fn add(&mut self, relation: &Relation, condition: &Condition, local: &str) -> Result<(), Fault> {
        match condition {
            Condition::Since { column: at, from, or_null } => {
                let column = column(relation, *at)?;
                let name = quoted(&column.name);
                let value = match column.kind {
                    Kind::Timestamp => Value::Text(written(*from)),
                    Kind::LocalTimestamp => Value::Text(local.to_owned()),
                    _ => return Err(Fault::Refused("the cursor is no column of a time")),
                };
                let null = if *or_null { format!(" OR {name} IS NULL") } else { String::new() };
                self.parts.push(format!("({name} >= ?{null})"));
                self.values.push(value);
            }
            Condition::After { columns, bound } => self.compare(relation, columns, bound, ">", ">")?,
            Condition::Between { columns, from, to } => {
                if let Some(from) = from {
                    self.compare(relation, columns, from, ">", ">=")?;
                }
                if let Some(to) = to {
                    self.compare(relation, columns, to, "<", "<")?;
                }
            }
            Condition::Xmin(_) | Condition::Blocks(..) | Condition::There | Condition::Gone => {
                return Err(Fault::Refused("transactions and blocks are conditions of PostgreSQL"));
            }
        }
        Ok(())
    }

    /// Compares as a row of values: `(a > x OR (a = x AND (b > y OR …)))`, since an index serves that and not `(a, b) > (x, y)`.
    fn compare(
        &mut self,
        relation: &Relation,
        columns: &[usize],
        bound: &[Bound],
        strictly: &str,
        at_last: &str,
    ) -> Result<(), Fault> {
        if columns.is_empty() || columns.len() != bound.len() {
            return Err(Fault::Refused("a bound has not as many values as its key has columns"));
        }
        let mut text = String::new();
        for (place, (at, bound)) in columns.iter().zip(bound).enumerate() {
            let column = column(relation, *at)?;
            let (name, mark) = (quoted(&column.name), mark(&column.kind));
            let value = key_value(column, bound)?;
            if place + 1 == columns.len() {
                text.push_str(&format!("{name} {at_last} {mark}"));
                self.values.push(value);
            } else {
                text.push_str(&format!("({name} {strictly} {mark} OR ({name} = {mark} AND "));
                self.values.extend([value.clone(), value]);
            }
        }
        text.push_str(&"))".repeat(columns.len() - 1));
        self.parts.push(text);
        Ok(())
    }
}

/// Returns the mark of a value of a key: digits are compared as numbers.
pub(super) fn mark(kind: &Kind) -> String {
    match kind {
        Kind::Decimal { precision, scale } => format!("CAST(? AS DECIMAL({precision},{scale}))"),
        _ => "?".to_owned(),
    }
}

/// Returns a value of a key, from the text that stands for it; bytes are written as hexadecimal digits.
pub(super) fn key_value(column: &Column, bound: &Bound) -> Result<Value, Fault> {
    let unreadable = Fault::Refused("a bound is no value of its column");
    Ok(match column.kind {
        Kind::Integer => Value::Integer(bound.0.parse().map_err(|_| unreadable)?),
        Kind::Unsigned => Value::Unsigned(bound.0.parse().map_err(|_| unreadable)?),
        Kind::Bytes => Value::Bytes(unhex(&bound.0).ok_or(unreadable)?),
        _ => Value::Text(bound.0.clone()),
    })
}

/// Returns what gives a column of a key as text that [`key_value`] reads.
pub(super) fn key_text(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        Kind::Bytes => format!("HEX({name})"),
        _ => format!("CAST({name} AS CHAR)"),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let [high, low] = pair else { return None };
        let digit = |letter: u8| char::from(letter).to_digit(16);
        Some((digit(*high)? * 16 + digit(*low)?) as u8)
    });
    digits.collect()
}

/// Writes microseconds since 1970 as the server writes a moment.
pub(super) fn written(micros: i64) -> String {
    let (day, of_day) = (micros.div_euclid(super::times::DAY), micros.rem_euclid(super::times::DAY));
    let (year, month, day) = super::times::date(day);
    let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{micros:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::{unhex, written};

    #[test]
    fn moments_are_written_as_the_server_writes_them() {
        assert_eq!(written(0), "1970-01-01 00:00:00.000000");
        assert_eq!(written(-1), "1969-12-31 23:59:59.999999");
        assert_eq!(written(253_402_300_799_999_999), "9999-12-31 23:59:59.999999");
        assert_eq!(written(1_709_164_800_000_001), "2024-02-29 00:00:00.000001");
    }

    #[test]
    fn bytes_of_a_bound_come_back_and_what_is_none_does_not() {
        assert_eq!(unhex("00FFa0").unwrap(), [0, 255, 160]);
        assert!(unhex("0").is_none() && unhex("zz").is_none());
    }
}
