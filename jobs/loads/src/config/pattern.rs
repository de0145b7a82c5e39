//! Patterns of names: text, in which `*` stands for any characters.

/// A pattern of one name. It is held against the whole exact name; capitals count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
}

impl Pattern {
    /// Takes a pattern as it is written.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// Returns whether it fits a name.
    ///
    /// ```
    /// use carelake_loads::config::Pattern;
    /// assert!(Pattern::new("tmp_*").fits("tmp_1") && Pattern::new("*_bak").fits("a_bak"));
    /// assert!(!Pattern::new("tmp_*").fits("xtmp_1") && !Pattern::new("a*b*a").fits("aba2"));
    /// ```
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        let mut pieces = self.text.split('*');
        let Some(first) = pieces.next() else { return false };
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let Some(last) = pieces.next_back() else { return rest.is_empty() };
        for piece in pieces {
            let Some((_, after)) = rest.split_once(piece) else { return false };
            rest = after;
        }
        rest.ends_with(last)
    }

    /// Returns whether it fits one name only.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.text.contains('*')
    }

    /// Returns the pattern as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// A pattern of tables, `DATABASE.TABLE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePattern {
    /// That of the database.
    pub database: Pattern,
    /// That of the table.
    pub table: Pattern,
}

impl TablePattern {
    /// Takes what stands on both sides of the first point.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (database, table) = text.split_once('.')?;
        let is_whole = !database.is_empty() && !table.is_empty();
        is_whole.then(|| Self { database: Pattern::new(database), table: Pattern::new(table) })
    }

    /// Returns whether it fits a table.
    #[must_use]
    pub fn fits(&self, database: &str, table: &str) -> bool {
        self.database.fits(database) && self.table.fits(table)
    }

    /// Returns whether it fits one table only.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.database.is_exact() && self.table.is_exact()
    }
}

impl std::fmt::Display for TablePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.database.as_str(), self.table.as_str())
    }
}
