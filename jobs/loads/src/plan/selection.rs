//! What somebody asks to be loaded: `SOURCE`, `SOURCE/DATABASE.TABLE`, with `*` in the names of tables.

use carelake_core::ErrorKind;
use carelake_pipeline::pipeline::Failure;

use crate::config::{Loads, Source, TablePattern};

/// What is asked for; everything where it is empty.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    wanted: Vec<(String, Option<TablePattern>)>,
}

impl Selection {
    /// Reads what is asked for.
    ///
    /// # Errors
    /// `InvalidConfig` with the nearest name, when a source is not there, or a table is not told as it must be.
    pub fn read(loads: &Loads, texts: &[String]) -> Result<Self, Failure> {
        let mut wanted = Vec::new();
        for text in texts {
            let (source, tables) = match text.split_once('/') {
                None => (text.as_str(), None),
                Some((source, tables)) => {
                    let pattern = TablePattern::parse(tables).ok_or_else(|| {
                        let why = format!("`{text}` must be SOURCE or SOURCE/DATABASE.TABLE, such as crm/crm.accounts");
                        Failure::new(ErrorKind::INVALID_CONFIG, why)
                    })?;
                    (source, Some(pattern))
                }
            };
            wanted.push((loads.source(source)?.name.clone(), tables));
        }
        Ok(Self { wanted })
    }

    /// Returns whether a source is asked for.
    #[must_use]
    pub fn has_source(&self, source: &Source) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|(name, _)| *name == source.name)
    }

    /// Returns whether a table is asked for.
    #[must_use]
    pub fn has_table(&self, source: &Source, database: &str, table: &str) -> bool {
        let fits = |tables: &Option<TablePattern>| tables.as_ref().is_none_or(|it| it.fits(database, table));
        self.wanted.is_empty() || self.wanted.iter().any(|(name, tables)| *name == source.name && fits(tables))
    }

    /// Returns whether all tables of a source are asked for.
    #[must_use]
    pub fn has_all(&self, source: &Source) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|(name, tables)| *name == source.name && tables.is_none())
    }
}
