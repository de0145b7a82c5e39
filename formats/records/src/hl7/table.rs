//! What one table wants of a message.

use carelake_er7::{Message, Path};

use super::cells::Cells;
use crate::batch::{Cell, Row};
use crate::malformed::Malformed;
use crate::wanted::WantedTable;

/// The segment that a message about a person cannot be without.
const PERSON: [u8; 3] = *b"PID";

/// One table, its paths understood.
pub(super) struct Table {
    /// The segment that a message must have to be a row; of one that is no segment's name, no message is.
    each: Option<[u8; 3]>,
    select: Option<(Option<Path>, Vec<String>)>,
    sources: Vec<Source>,
    needs_person: bool,
}

struct Source {
    /// None where it is no path of a message: no message has it.
    path: Option<Path>,
    is_list: bool,
    is_found: bool,
}

impl Table {
    pub(super) fn new(wanted: &WantedTable) -> Self {
        let path = |text: &str| text.parse::<Path>().ok();
        let each = wanted.each.as_ref().map(|each| path(&format!("{each}-1")).map_or([0; 3], |path| path.segment));
        let select = wanted.select.as_ref().map(|select| (path(&select.source), select.values.clone()));
        let source = |source: &crate::wanted::Source| Source {
            path: path(&source.path),
            is_list: source.is_list,
            is_found: false,
        };
        let sources: Vec<Source> = wanted.sources.iter().map(source).collect();
        let needs_person = sources.iter().any(|source| source.path.is_some_and(|path| path.segment == PERSON));
        Self { each, select, sources, needs_person }
    }

    /// Returns the paths that it wants.
    pub(super) fn paths(&self) -> impl Iterator<Item = Path> + '_ {
        let select = self.select.as_ref().and_then(|(path, _)| *path);
        self.sources.iter().filter_map(|source| source.path).chain(select)
    }

    /// Returns whether a message is a row of it.
    pub(super) fn wants(&self, message: &Message<'_>) -> bool {
        self.each.is_none_or(|segment| message.has(segment))
            && self.select.as_ref().is_none_or(|(path, values)| {
                let value = path.and_then(|path| message.value(&path)).map(|value| value.text());
                value.is_some_and(|value| values.iter().any(|wanted| wanted == value.trim_ascii()))
            })
    }

    /// Returns whether a message that cannot be taken apart would have been a row of it, as far as can be told.
    pub(super) fn may_want(&self, bytes: &[u8]) -> bool {
        let mut lines = bytes.split(|byte| matches!(byte, b'\r' | b'\n'));
        self.each.is_none_or(|segment| {
            lines.any(|line| line.get(..3).is_some_and(|name| name.eq_ignore_ascii_case(&segment)))
        })
    }

    /// Returns whether a message lacks the segment that this table cannot do without.
    pub(super) fn misses_segment(&self, message: &Message<'_>) -> bool {
        self.needs_person && !message.has(PERSON)
    }

    /// Adds a message as a row.
    ///
    /// # Errors
    /// [`Malformed`] if a value is longer than the limit.
    pub(super) fn push(
        &mut self,
        at: usize,
        row: Row,
        message: &Message<'_>,
        cells: &mut Cells<'_>,
    ) -> Result<(), Malformed> {
        for source in &mut self.sources {
            let cell = match &source.path {
                None if source.is_list => cells.list(std::iter::empty()),
                None => Ok((Cell::default(), false)),
                Some(path) if source.is_list => cells.list(message.values(path)),
                Some(path) if path.is_several() => cells.first(message.values(path).find(|value| !value.is_absent())),
                Some(path) => cells.first(message.value(path)),
            };
            let (cell, is_found) = cell.map_err(|malformed| malformed.at(row.place))?;
            source.is_found |= is_found;
            if let Some(rows) = cells.batch.tables.get_mut(at) {
                rows.cells.push(cell);
            }
        }
        if let Some(rows) = cells.batch.tables.get_mut(at) {
            rows.rows.push(row);
        }
        Ok(())
    }

    /// Returns which sources were in any message.
    pub(super) fn found(self) -> Vec<bool> {
        self.sources.into_iter().map(|source| source.is_found).collect()
    }
}
