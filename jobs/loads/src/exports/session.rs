//! An export as a session: what is read of it takes the same way as what is read of a server.

use std::collections::BTreeSet;

use carelake_database::{
    Bound, Condition, Counts, DatabaseError, Grant, Item, ItemRows, Moment, Open, Reading, Relation, Server, Session,
    Snapshot, Taker, parse,
};
use serde_json::Value;

use super::folder::Folder;

/// An export that is read.
#[derive(Debug)]
pub struct ExportSession<'s> {
    folder: Folder<'s>,
    server: Server,
    to: i64,
}

/// What a line of an export says.
struct Line {
    key: Item,
    item: Option<Item>,
}

impl<'s> ExportSession<'s> {
    /// Takes an export, which shows a table as it was then: microseconds since 1970, UTC.
    #[must_use]
    pub fn new(folder: Folder<'s>, to: i64) -> Self {
        let server = Server {
            version: "export".to_owned(),
            identifier: None,
            is_replica: false,
            zone: "UTC".to_owned(),
            has_daylight_saving: false,
        };
        Self { folder, server, to }
    }

    fn line(&self, line: &Value) -> Result<Line, DatabaseError> {
        let part =
            |name: &str| line.get(name).map(parse).transpose().map_err(|_| self.folder.damaged("a line is none"));
        let line = if self.folder.is_incremental {
            part("Keys")?.map(|key| part("NewImage").map(|item| Line { key, item })).transpose()?
        } else {
            part("Item")?.map(|item| Line { key: Item::new(), item: Some(item) })
        };
        line.ok_or_else(|| self.folder.damaged("a line is none"))
    }

    fn not_here<T>(&self) -> Result<T, DatabaseError> {
        Err(self.folder.damaged("more was asked"))
    }
}

impl Session for ExportSession<'_> {
    fn server(&self) -> &Server {
        &self.server
    }

    fn label(&mut self, _application: &str) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn databases(&mut self) -> Result<Vec<String>, DatabaseError> {
        Ok(Vec::new())
    }

    fn relations(&mut self, _databases: &[String]) -> Result<Vec<Relation>, DatabaseError> {
        Ok(Vec::new())
    }

    fn attributes(&mut self, _relation: &Relation) -> Result<BTreeSet<String>, DatabaseError> {
        let mut names = BTreeSet::new();
        self.folder.lines(&mut |line| {
            names.extend(self.line(&line)?.item.into_iter().flat_map(Item::into_keys));
            Ok(())
        })?;
        Ok(names)
    }

    fn moment(&mut self) -> Result<Moment, DatabaseError> {
        Ok(Moment { clock: self.to, oldest: Open::Nobody, xmin: None })
    }

    fn begin(&mut self, _join: Option<&Snapshot>) -> Result<Option<Snapshot>, DatabaseError> {
        Ok(None)
    }

    fn end(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn read(&mut self, reading: &Reading<'_>, taker: &mut dyn Taker) -> Result<Counts, DatabaseError> {
        let wants_gone = reading.conditions.contains(&Condition::Gone);
        let mut rows = ItemRows::new(reading, taker);
        self.folder.lines(&mut |line| match (self.line(&line)?, wants_gone) {
            (Line { item: Some(item), .. }, false) => rows.push(&item),
            (Line { key, item: None }, true) => rows.push_key(&key),
            _ => Ok(()),
        })?;
        rows.finish()
    }

    fn checksum(&mut self, _: &Relation, _: &[usize], _: &[Condition]) -> Result<(u64, u64), DatabaseError> {
        self.not_here()
    }

    fn bounds(&mut self, _relation: &Relation, _parts: usize) -> Result<Vec<Vec<Bound>>, DatabaseError> {
        // It is read as it lies there.
        Ok(Vec::new())
    }

    fn listed(&mut self, _statement: &str, _most: usize) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        self.not_here()
    }

    fn grants(&mut self) -> Result<(Vec<Grant>, Vec<String>), DatabaseError> {
        Ok((Vec::new(), Vec::new()))
    }
}
