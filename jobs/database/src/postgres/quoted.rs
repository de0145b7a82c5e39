//! Names and values as they stand in a statement.

/// Returns a name, whatever stands in it.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a value of no type yet: the server gives it that of what it is compared with. Right whatever `standard_conforming_strings` is.
pub(super) fn value(value: &str) -> String {
    let doubled = value.replace('\'', "''");
    if doubled.contains('\\') { format!("E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// Returns an array of texts, to be given as a parameter.
pub(super) fn array(values: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let quoted: Vec<String> = values
        .into_iter()
        .map(|value| format!("\"{}\"", value.as_ref().replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_name_or_a_value_early() {
        assert_eq!(name("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
        assert_eq!(value("it's"), "'it''s'");
        assert_eq!(value("\\'; DROP TABLE b; --"), "E'\\\\''; DROP TABLE b; --'");
        assert_eq!(value("$$ $1"), "'$$ $1'");
        assert_eq!(array(["a,b", "\"\\", ""]), "{\"a,b\",\"\\\"\\\\\",\"\"}");
    }
}
