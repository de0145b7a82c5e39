//! Settles a source: counts how its tables ended, notes how it stands, and finds the tables that are to be compared with it.

use carelake_core::ErrorKind;
use carelake_core::ledger::LedgerError;
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::changes::publish_changes;
use super::course::{BatchResult, BatchTask, SettleTask, Settled, SourceResult, TableFailure};
use super::{answer, kept, read, section};
use crate::config::{Reconcile, Source};
use crate::kept::{Batch, Branch, Compared, Entry, Kept, State};
use crate::plan::batches;

/// Failures that are told one by one.
const MOST_TOLD: usize = 20;
/// Bytes of a row, about.
const ROW_BYTES: u64 = 100;
/// How much earlier than its time a table may be compared, so that a calendar that is a little late loses no day.
const EARLY: SignedDuration = SignedDuration::from_mins(5);

/// Counts how the tables of a source ended.
pub(crate) fn settle(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let task: SettleTask = read(payload)?;
    let (kept, now) = (kept(context), (context.services.now)());
    let settling = Settling { kept, execution: &task.execution, source: &task.source, now };
    settling.note_dead(task.results.iter().flatten(), |entry, error, reason| {
        let is_noted = entry.execution.as_deref() == Some(&task.execution);
        let (execution, error) = (Some(task.execution.clone()), Some(error));
        let (state, ended_at) = (State::Failed, Some(now));
        (!is_noted).then_some(Entry { state, execution, ended_at, error, reason, ..entry })
    })?;
    settling.note_dead(task.compared.iter().flatten(), |entry, error, reason| {
        let is_noted = entry.compared.as_ref().is_some_and(|compared| compared.execution == task.execution);
        let compared = Some(Compared::failed(&task.execution, now, &error, reason));
        (!is_noted).then_some(Entry { compared, ..entry })
    })?;
    let entries = kept.entries(&task.source, now)?;
    measure(context, &task.source, &entries);
    let own: Vec<Entry> =
        entries.into_iter().filter(|entry| entry.execution.as_deref() == Some(&task.execution)).collect();
    let result = counted(&task.source, &task.execution, &own);
    let mut entry = kept.source(&task.source, now)?;
    let is_well = result.failed + result.dynamic_failed == 0;
    entry.state = if is_well { "ok" } else { "partial" }.to_owned();
    entry.error = None;
    if result.failed == 0 {
        entry.last_ok = Some(now);
    }
    kept.keep_source(&task.source, &entry, now)?;
    publish_changes(context, &task.execution, &task.source)?;
    let compare = match task.compared {
        Some(_) => Vec::new(),
        None => {
            let loads = section(context)?;
            let source = loads.source(&task.source)?;
            let due = own.into_iter().filter(|entry| is_due(source, entry, task.request.reconcile, now)).collect();
            settling.hand_over(due, task.request.accept_loss)?
        }
    };
    answer(&Settled { due: compare.len() as u64, result, compare })
}

/// Tells how many tables of a source stand badly: those of users apart, which alarm nobody.
fn measure(context: &Context<'_>, source: &str, entries: &[Entry]) {
    let count = |is_meant: &dyn Fn(&Entry) -> bool| entries.iter().filter(|entry| is_meant(entry)).count();
    context.log.measured(
        "a source was settled",
        Some(&format!("loads/{source}")),
        &[
            Figure::new("FailedTables", "Count", count(&|it| it.state == State::Failed && !it.is_dynamic)),
            Figure::new("FailedUsersTables", "Count", count(&|it| it.state == State::Failed && it.is_dynamic)),
            Figure::new("DistrustedCursors", "Count", count(&Entry::is_distrusted)),
        ],
    );
}

struct Settling<'s> {
    kept: Kept<'s>,
    execution: &'s str,
    source: &'s str,
    now: Timestamp,
}

impl Settling<'_> {
    /// Notes of tables what a function that died did not: they ended as the function did.
    fn note_dead<'r>(
        &self,
        results: impl Iterator<Item = &'r BatchResult>,
        noted: impl Fn(Entry, String, String) -> Option<Entry>,
    ) -> Result<(), LedgerError> {
        for BatchResult { batch, error, cause } in results {
            let Some(error) = error else { continue };
            let cause = Failure::line_of(cause.as_deref().unwrap_or_default());
            let batch = self.kept.batch(self.execution, batch, self.now)?;
            for (database, table) in batch.map(|batch| batch.tables).unwrap_or_default() {
                let entry = self.kept.entry(self.source, (&database, &table), self.now)?;
                if let Some(entry) = entry.and_then(|entry| noted(entry, error.clone(), cause.clone())) {
                    self.kept.keep(self.source, &entry, self.now)?;
                }
            }
        }
        Ok(())
    }

    /// Puts tables that are to be compared into batches.
    fn hand_over(&self, due: Vec<Entry>, accepts_loss: bool) -> Result<Vec<BatchTask>, LedgerError> {
        let (dynamic, fixed): (Vec<Entry>, Vec<Entry>) = due.into_iter().partition(|entry| entry.is_dynamic);
        let mut handed = Vec::new();
        for (branch, tables) in [(Branch::Fixed, fixed), (Branch::Dynamic, dynamic)] {
            for (at, tables) in batches(tables, |entry| entry.rows * ROW_BYTES).into_iter().enumerate() {
                let name = format!("{}/{}/compare/{at:04}", self.source, branch.word());
                let tables = tables.into_iter().map(|entry| (entry.database, entry.table)).collect();
                let batch = Batch { tables, is_whole: false, since: None, accepts_loss, is_export: false };
                self.kept.hand_over(self.execution, &name, &batch, self.now)?;
                handed.push(BatchTask { source: self.source.to_owned(), branch, batch: name, is_large: false });
            }
        }
        Ok(handed)
    }
}

/// Returns whether a table that was loaded is to be compared with its source: because somebody asks, or its time has come.
fn is_due(source: &Source, entry: &Entry, is_asked: bool, now: Timestamp) -> bool {
    // DynamoDB answers no checksums, and its exports show what is gone.
    let goes_by_windows =
        !source.is_dynamodb() && matches!(entry.mode.as_deref(), Some("incremental" | "append" | "xid"));
    if entry.state != State::Published || !goes_by_windows {
        return false;
    }
    let every = match source.settings(&entry.database, &entry.table).reconcile {
        _ if is_asked => return true,
        Reconcile::Daily => SignedDuration::from_hours(24),
        Reconcile::Weekly => SignedDuration::from_hours(24 * 7),
        Reconcile::Never => return false,
    };
    now.duration_since(entry.compared_at.unwrap_or(entry.first_seen)) >= every - EARLY
}

fn counted(source: &str, execution: &str, entries: &[Entry]) -> SourceResult {
    let mut result = SourceResult { source: source.to_owned(), ..SourceResult::default() };
    let fail = |result: &mut SourceResult, entry: &Entry, error: Option<String>, cause: String| {
        result.failed += u64::from(!entry.is_dynamic);
        result.dynamic_failed += u64::from(entry.is_dynamic);
        if result.failures.len() < MOST_TOLD {
            let error = error.unwrap_or_else(|| ErrorKind::INTERNAL.name.to_owned());
            result.failures.push(TableFailure { table: entry.shown(), error, cause });
        }
    };
    for entry in entries {
        match entry.state {
            State::Published => {
                result.published += 1;
                result.rows += entry.account.as_ref().map_or(0, |account| account.published);
            }
            State::Failed => fail(&mut result, entry, entry.error.clone(), entry.reason.clone()),
            State::NeedsMode => result.needs_mode += 1,
            State::Planned | State::Left | State::Gone => {}
        }
        let Some(compared) = entry.compared.as_ref().filter(|compared| compared.execution == execution) else {
            continue;
        };
        if compared.error.is_some() {
            let cause = format!("the comparison with the source: {}", compared.reason);
            fail(&mut result, entry, compared.error.clone(), cause);
            continue;
        }
        result.compared += 1;
        result.differed += u64::from(compared.changed + compared.gone > 0);
        result.changed += compared.changed;
        result.gone += compared.gone;
    }
    result
}

#[cfg(test)]
mod tests {
    use carelake_core::config::reader::{Mistakes, Spot, parse};

    use super::*;
    use crate::config::read;

    fn source(reconcile: &str) -> Source {
        of("engine: mysql, address: a, secret: { env: A }", reconcile)
    }

    fn of(server: &str, reconcile: &str) -> Source {
        let text = format!("sources: {{ a: {{ {server}, overrides: {{ crm.x: {{ reconcile: {reconcile} }} }} }} }}");
        let mut mistakes = Mistakes::default();
        let root = parse(&text, &mut mistakes).unwrap();
        read(&Spot::root(&root), std::path::Path::new(""), &mut mistakes).sources.remove(0)
    }

    fn entry(mode: &str, state: &str, compared_at: Option<&str>) -> Entry {
        serde_json::from_value(serde_json::json!({"database": "crm", "table": "x", "publication": "loads/a/crm/x",
            "is_dynamic": false, "state": state, "first_seen": "2026-11-01T00:00:00Z", "mode": mode, "compared_at": compared_at}))
        .unwrap()
    }

    #[test]
    fn a_table_that_goes_by_windows_is_compared_when_its_day_has_come_or_somebody_asks() {
        let now: Timestamp = "2026-11-08T00:00:00Z".parse().unwrap();
        let (recent, old) = (Some("2026-11-07T00:30:00Z"), Some("2026-11-07T00:04:00Z"));
        for (reconcile, mode, state, at, is_expected) in [
            ("daily", "incremental", "published", recent, false),
            ("daily", "incremental", "published", old, true),
            ("daily", "xid", "published", None, true),
            ("daily", "append", "failed", old, false),
            ("daily", "full", "published", old, false),
            ("weekly", "append", "published", old, false),
            ("weekly", "append", "published", None, true),
            ("never", "incremental", "published", None, false),
        ] {
            let entry = entry(mode, state, at);
            assert_eq!(
                is_due(&source(reconcile), &entry, false, now),
                is_expected,
                "{reconcile} {mode} {state} {at:?}"
            );
            let can_be = mode != "full" && state == "published";
            assert_eq!(is_due(&source(reconcile), &entry, true, now), can_be, "{reconcile} {mode} {state} {at:?}");
        }
        let dynamodb = of("engine: dynamodb", "daily");
        assert!(!is_due(&dynamodb, &entry("incremental", "published", None), true, now), "it answers no checksums");
    }
}
