//! Loads what an export handed over.

use carelake_core::ErrorKind;
use carelake_database::Relation;
use carelake_pipeline::pipeline::Failure;

use super::export::handed;
use super::loading::{Loading, Ready, failure};
use super::prepared::with_seen;
use super::source::Reached;

use crate::exports::{ExportSession, Folder, Record};
use crate::kept::{Entry, State};
use crate::publish::{LoadError, Mode, Table};
use crate::window;

impl Loading<'_> {
    /// Loads the export of a table that is complete, and removes it.
    pub(super) fn exported(&self, reached: &mut Reached, entry: Entry, relation: &Relation) -> Result<(), Failure> {
        let (source, now) = (self.source, self.now());
        let name = (entry.database.clone(), entry.table.clone());
        let name = (name.0.as_str(), name.1.as_str());
        // Without one somebody else loaded it meanwhile.
        let Some(record) = self.kept.export(&source.name, name, now)? else { return Ok(()) };
        let Some(folder) = handed(&source.name, &record) else { return Ok(()) };
        let is_first = entry.execution.as_deref() != Some(self.execution);
        let before = entry.account.clone().filter(|_| !is_first);
        let failed = self.read(reached, entry, relation, &record, &folder)?;
        let ended = self.kept.entry(&source.name, name, self.now())?;
        let Some(mut ended) = ended else { return Ok(()) };
        let is_read = ended.state == State::Published;
        // What cannot be read is exported anew.
        if is_read || ended.error.as_deref() == Some(ErrorKind::STORAGE.name) {
            self.kept.keep_export(&source.name, name, None, self.now())?;
            let output = self.context.services.output;
            output
                .list(&folder)
                .and_then(|all| all.iter().try_for_each(|it| output.delete(&it.key)))
                .map_err(LoadError::from)
                .map_err(failure)?;
        }
        if let (true, Some(account), Some(before)) = (is_read, &mut ended.account, &before) {
            account.add(before);
            self.note(ended)?;
        }
        failed.map_or(Ok(()), Err)
    }

    /// Reads the export, and notes what became of it. Answers a failure that may pass.
    fn read(
        &self,
        reached: &mut Reached,
        entry: Entry,
        relation: &Relation,
        record: &Record,
        folder: &str,
    ) -> Result<Option<Failure>, Failure> {
        let opened = Folder::open(self.context.services.output, folder, &relation.shown());
        let opened = opened.and_then(|folder| match folder.is_incremental == record.from.is_some() {
            true => Ok(folder),
            false => Err(folder.damaged("the form is another")),
        });
        let mut session = match opened {
            Ok(folder) => ExportSession::new(folder, record.to),
            Err(error) => return self.note_failed(entry, &error.into()).map(|()| None),
        };
        let relation = &with_seen(&self.kept, self.source, relation, &mut session, self.now())?;
        let table = match self.prepared(reached, &entry, relation)? {
            Ok(table) => table,
            Err((error, reason)) => {
                let error = Some(error.name.to_owned());
                return self.note(Entry { state: State::Failed, reason, error, ..entry }).map(|()| None);
            }
        };
        let Mode::Exported { goes_on, .. } = table.mode else {
            let changed = carelake_database::DatabaseError::Changed { table: relation.shown() };
            return self.note_failed(entry, &changed.into()).map(|()| None);
        };
        let table = Table { mode: Mode::Exported { from: record.from, to: record.to, goes_on }, ..table };
        let world = self.world();
        let Some(turn) = window::take(&world, &table).map_err(failure)? else {
            return self.note(Entry { state: State::Left, ..entry }).map(|()| None);
        };
        self.lookout.keep([turn.claim().clone()]);
        let ended = self.snapshot(&mut session, None, &world, vec![Ready { entry, breaks: 0, table, turn }])?;
        for Ready { table, turn, .. } in ended.again {
            // Who left the work to this load waited for the same export.
            self.lookout.leave(turn.claim());
            drop(window::give_back(&world, turn, &table).map_err(failure)?);
        }
        Ok(ended.failure)
    }
}
