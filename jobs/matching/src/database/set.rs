//! Statements about many rows at once.

/// Of what kind the values of a column of a set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Real,
    Text,
    Bytes,
}

/// A statement about each row of a set. In its text `{NAME}` is a column of the set and `{rows}` stands for its rows as they are inserted;
/// `{, set}` and `{from set}` stand where a server is given the set, and are nothing in a file, where the statement is carried out row by
/// row. Names of the set are none of a table's.
#[derive(Debug)]
pub(crate) struct SetOf {
    pub(crate) columns: &'static [(&'static str, Kind)],
    pub(crate) statement: &'static str,
}

impl SetOf {
    /// Returns the statement about one row, whose values are `?1`, `?2` and so on.
    pub(super) fn of_one(&self) -> String {
        let values: Vec<String> = (1..=self.columns.len()).map(|place| format!("?{place}")).collect();
        let text = self.statement.replace("{rows}", &format!("VALUES ({})", values.join(", ")));
        self.written(text, |place, _| format!("?{}", place + 1), |_| String::new())
    }

    /// Returns the statement about all rows: each column is a parameter, an array.
    #[cfg(feature = "postgres")]
    pub(super) fn of_all(&self) -> String {
        let arrays = self.columns.iter().enumerate().map(|(place, (_, kind))| {
            let kind = match kind {
                Kind::Int => "bigint",
                Kind::Real => "double precision",
                Kind::Text => "text",
                Kind::Bytes => "bytea",
            };
            format!("${}::{kind}[]", place + 1)
        });
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let set = format!("unnest({}) AS s({})", arrays.collect::<Vec<_>>().join(", "), names.join(", "));
        let text = self.statement.replace("{rows}", &format!("SELECT s.* FROM {set}"));
        self.written(text, |_, name| format!("s.{name}"), |before| format!("{before} {set}"))
    }

    fn written(&self, mut text: String, value: impl Fn(usize, &str) -> String, set: impl Fn(&str) -> String) -> String {
        for (token, before) in [("{, set}", ","), ("{from set}", "FROM")] {
            text = text.replace(token, &set(before));
        }
        for (place, (name, _)) in self.columns.iter().enumerate() {
            text = text.replace(&format!("{{{name}}}"), &value(place, name));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKS: SetOf = SetOf {
        columns: &[("pass", Kind::Int), ("source", Kind::Text)],
        statement: "SELECT {pass}, k.record FROM block_key k{, set} WHERE k.pass = {pass} AND k.source = {source}",
    };

    #[test]
    fn a_file_is_asked_row_by_row() {
        assert_eq!(BLOCKS.of_one(), "SELECT ?1, k.record FROM block_key k WHERE k.pass = ?1 AND k.source = ?2");
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn a_server_is_asked_once() {
        let wanted = "SELECT s.pass, k.record FROM block_key k, unnest($1::bigint[], $2::text[]) AS s(pass, source) \
                      WHERE k.pass = s.pass AND k.source = s.source";
        assert_eq!(BLOCKS.of_all(), wanted);
    }
}
