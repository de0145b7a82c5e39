//! What the databases say each in words of its own.

/// Whose words statements have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// Those of SQLite.
    File,
    /// Those of PostgreSQL.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "of servers only"))]
    Server,
}

impl Words {
    /// Has a table read by an index, where that must be said: it stands after the name of the table.
    pub(crate) fn by(self, index: &str) -> String {
        match self {
            Self::File => format!(" INDEXED BY {index}"),
            Self::Server => String::new(),
        }
    }

    /// Returns the length of a list, a column of JSON.
    pub(crate) fn length(self, list: &str) -> String {
        match self {
            Self::File => format!("json_array_length({list})"),
            Self::Server => format!("json_array_length({list}::json)"),
        }
    }

    /// Returns whether a list of texts, a column of JSON, has a text.
    pub(crate) fn has(self, list: &str, text: &str) -> String {
        match self {
            Self::File => format!("EXISTS (SELECT 1 FROM json_each({list}) WHERE value = {text})"),
            Self::Server => {
                format!(
                    "EXISTS (SELECT 1 FROM json_array_elements_text({list}::json) AS one(it) WHERE one.it = {text})"
                )
            }
        }
    }

    /// Returns whether a list of objects, a column of JSON, has one whose member is a text.
    pub(crate) fn has_one_whose(self, list: &str, member: &str, text: &str) -> String {
        match self {
            Self::File => format!("EXISTS (SELECT 1 FROM json_each({list}) WHERE value ->> '{member}' = {text})"),
            Self::Server => format!(
                "EXISTS (SELECT 1 FROM json_array_elements({list}::json) AS one(it) WHERE one.it ->> '{member}' = {text})"
            ),
        }
    }
}
