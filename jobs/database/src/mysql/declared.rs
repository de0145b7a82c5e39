//! What a column holds, by the type as the server writes it.

use crate::kind::Kind;

/// What a declared type says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    /// What the column holds.
    pub(super) kind: Kind,
    /// Whether its order is that of its values: an enumeration is ordered by place and compared by label.
    pub(super) is_ordered: bool,
}

/// Reads a type such as `int(8) unsigned zerofill`, `enum('a','it''s')`, `decimal(10,2)`; `charset` is that of the column.
pub(super) fn declared(text: &str) -> Declared {
    let word_end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(word_end).unwrap_or((text, ""));
    let is_unsigned = !rest.starts_with("('") && rest.contains("unsigned");
    let (first, second) = numbers(rest);
    let (kind, is_ordered) = match word.to_ascii_lowercase().as_str() {
        "bigint" if is_unsigned => (Kind::Unsigned, true),
        "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "year" => (Kind::Integer, true),
        "decimal" | "numeric" => {
            let (precision, scale) = (first.unwrap_or(10), second.unwrap_or(0));
            if precision > 38 { (Kind::Text, true) } else { (Kind::Decimal { precision, scale }, true) }
        }
        "float" => (Kind::Float, false),
        "double" | "real" => (Kind::Double, false),
        "bit" => match first.unwrap_or(1) {
            1 => (Kind::Boolean, false),
            64.. => (Kind::Unsigned, false),
            _ => (Kind::Integer, false),
        },
        "date" => (Kind::Date, true),
        "datetime" => (Kind::LocalTimestamp, true),
        "timestamp" => (Kind::Timestamp, true),
        "time" => (Kind::Time, true),
        "char" => (Kind::Padded, true),
        "varchar" => (Kind::Text, true),
        "enum" => (Kind::Text, false),
        "set" => (Kind::Set(labels(rest)), false),
        "binary" | "varbinary" => (Kind::Bytes, true),
        "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => (Kind::Bytes, false),
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" | "geomcollection" => (Kind::Geometry, false),
        // Texts, JSON, and what later servers have: `uuid`, `inet4`, `inet6` of MariaDB.
        _ => (Kind::Text, false),
    };
    Declared { kind, is_ordered }
}

/// Returns the numbers in the brackets after a type.
fn numbers(rest: &str) -> (Option<u8>, Option<u8>) {
    let inside = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or("", |(inside, _)| inside);
    let mut parts = inside.split(',').map(|part| part.trim().parse().ok());
    (parts.next().flatten(), parts.next().flatten())
}

/// Returns the labels of `('a','it''s')`: a quote is written twice, and what cannot be seen after a backslash.
fn labels(rest: &str) -> Vec<String> {
    let (mut found, mut label, mut is_inside) = (Vec::new(), String::new(), false);
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, is_inside) {
            ('\'', false) => is_inside = true,
            ('\'', true) if letters.peek() == Some(&'\'') => {
                letters.next();
                label.push('\'');
            }
            ('\'', true) => {
                is_inside = false;
                found.push(std::mem::take(&mut label));
            }
            ('\\', true) => label.extend(letters.next().map(unescaped)),
            (letter, true) => label.push(letter),
            (_, false) => {}
        }
    }
    found
}

fn unescaped(letter: char) -> char {
    match letter {
        '0' => '\0',
        'n' => '\n',
        'r' => '\r',
        'Z' => '\u{1a}',
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::{declared, labels};
    use crate::kind::Kind;

    #[test]
    fn every_type_is_what_the_lake_says_of_it() {
        let kind = |text| declared(text).kind;
        for text in ["tinyint(1)", "int unsigned", "int(8) unsigned zerofill", "bigint(20)", "year(4)", "bit(63)"] {
            assert_eq!(kind(text), Kind::Integer, "{text}");
        }
        assert_eq!(kind("bigint(20) unsigned"), Kind::Unsigned);
        assert_eq!(kind("bit(64)"), Kind::Unsigned);
        assert_eq!(kind("bit(1)"), Kind::Boolean);
        assert_eq!(kind("decimal(10,2) unsigned"), Kind::Decimal { precision: 10, scale: 2 });
        assert_eq!(kind("decimal(65,30)"), Kind::Text);
        assert_eq!(kind("timestamp(6)"), Kind::Timestamp);
        assert_eq!(kind("datetime"), Kind::LocalTimestamp);
        assert_eq!(kind("char(10)"), Kind::Padded);
        assert_eq!(kind("json"), Kind::Text);
        assert_eq!(kind("multipolygon"), Kind::Geometry);
        assert_eq!(kind("varbinary(16)"), Kind::Bytes);
        assert_eq!(kind("enum('unsigned','x')"), Kind::Text);
    }

    #[test]
    fn labels_come_exactly_whatever_stands_in_them() {
        assert_eq!(
            labels(r"('new','it''s','a b','','),(','\\','x\ny')"),
            ["new", "it's", "a b", "", "),(", "\\", "x\ny"]
        );
        assert_eq!(declared("set('fasting','stat')").kind, Kind::Set(vec!["fasting".to_owned(), "stat".to_owned()]));
    }
}
