//! Reads the catalogue of a source: notes what changed about its tables, how each is loaded, and hands batches over. No row is read.

use std::collections::{BTreeMap, BTreeSet};

use carelake_core::ErrorKind;
use carelake_core::ledger::{Ask, Claimed};
use carelake_core::names::{Publication, Scope};
use carelake_database::Relation;
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use serde_json::Value;

use super::changes::note_changes;
use super::course::{BatchTask, Batches, LoadRequest, SchemasTask};
use super::export::place;
use super::prepared::with_known;
use super::source::{Catalogue, Reached, failed, reach};
use super::{answer, kept, read, section};
use crate::config::Source;
use crate::kept::{Batch, Branch, Entry, Kept, Shapes, State, Together};
use crate::mode::{Reason, Way, rows};
use crate::plan::{
    Asking, Choice, Prepared, Seen, Selection, Subject, batches, choose, fingerprint, idle, is_large, prepare,
    publications,
};
use crate::schema::Fate;

/// Seconds after which somebody else may give names to the tables of a source, if nothing is heard.
const NAMING_SECS: u64 = 900;
/// Of a table that is read by increments about so much is read.
const SHARE_OF_INCREMENTS: u64 = 20;
/// Bytes of a row where the server does not tell.
const ROW_BYTES: u64 = 100;
/// What is said where somebody wants tables of DynamoDB compared.
const NO_COMPARISON: &str = "tables of DynamoDB are not compared with their source, since it answers no checksums; \
     `carelake load SOURCE/DATABASE.TABLE --full` reads them whole";
/// What is said of a cursor that the configuration insists on.
const DISTRUSTED: &str =
    "its cursor missed rows in two comparisons running; leave out `mode`, or choose another cursor";

/// Reads the catalogue of a source and hands over what is to be loaded.
pub(crate) fn schemas(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let SchemasTask { execution, source: task } = read(payload)?;
    let loads = section(context)?;
    let source = loads.source(&task.source)?;
    let selection = Selection::read(&loads, &task.request.tables)?;
    if task.request.reconcile && !task.request.tables.is_empty() && source.is_dynamodb() {
        let why = format!("{}: {NO_COMPARISON}", source.name);
        return Err(Failure::new(ErrorKind::INVALID_CONFIG, why));
    }
    // Of two plans at once each would give names that the other does not know of.
    let (ledger, now) = (context.services.ledger, (context.services.now)());
    let name = context.scope.qualify(&format!("loads/{}/names", source.name));
    let claimed = ledger.claim(&name, &Ask { owner: &execution, retake: true, now, ttl_secs: NAMING_SECS })?;
    let Claimed::Taken(taken) = claimed else {
        let why = format!("{}: another load is being planned", source.name);
        return Err(Failure::new(ErrorKind::PUBLISH_CONFLICT, why));
    };
    let planning = Planning { context, execution: &execution, source, selection, request: &task.request, now };
    let handed = planning.carry_out();
    ledger.release_claim(&taken)?;
    answer(&handed?)
}

struct Planning<'p> {
    context: &'p Context<'p>,
    execution: &'p str,
    source: &'p Source,
    selection: Selection,
    request: &'p LoadRequest,
    now: Timestamp,
}

/// A table that goes into a batch.
struct Loadable {
    branch: Branch,
    table: (String, String),
    bytes: u64,
    is_export: bool,
}

impl Planning<'_> {
    fn carry_out(&self) -> Result<Batches, Failure> {
        let Self { context, source, now, .. } = self;
        let kept = kept(context);
        let mut entry = kept.source(&source.name, *now)?;
        (entry.planned_at, entry.state) = (Some(*now), "running".to_owned());
        entry.since.get_or_insert(*now);
        kept.keep_source(&source.name, &entry, *now)?;
        let application = format!("carelake/{}/catalogue", self.execution);
        let mut reached = reach(context.secrets, source, &application)?;
        let mut catalogue = reached.catalogue(source, context.scope).map_err(failed)?;
        for relation in &mut catalogue.relations {
            *relation = with_known(&kept, source, relation, *now)?;
        }
        let known: BTreeMap<(String, String), Entry> = kept
            .entries(&source.name, *now)?
            .into_iter()
            .map(|entry| ((entry.database.clone(), entry.table.clone()), entry))
            .collect();
        self.note_gone(&kept, &catalogue, &known)?;
        let loadable = self.look(&mut reached, &kept, &catalogue, &known)?;
        self.hand_over(&kept, loadable)
    }

    /// Notes tables that the source has no more.
    fn note_gone(
        &self,
        kept: &Kept<'_>,
        catalogue: &Catalogue,
        known: &BTreeMap<(String, String), Entry>,
    ) -> Result<(), Failure> {
        let there: BTreeSet<(&str, &str)> =
            catalogue.relations.iter().map(|it| (it.database.as_str(), it.name.as_str())).collect();
        let is_gone = |entry: &&Entry| {
            entry.state != State::Gone && !there.contains(&(entry.database.as_str(), entry.table.as_str()))
        };
        for entry in known.values().filter(is_gone) {
            let gone = Entry { state: State::Gone, gone_since: Some(self.now), ..entry.clone() };
            kept.keep(&self.source.name, &gone, self.now)?;
        }
        Ok(())
    }

    /// Looks at each table that is asked for: notes how it is loaded, and answers those that can be.
    fn look(
        &self,
        reached: &mut Reached,
        kept: &Kept<'_>,
        catalogue: &Catalogue,
        known: &BTreeMap<(String, String), Entry>,
    ) -> Result<Vec<Loadable>, Failure> {
        let Catalogue { databases, relations, registry } = catalogue;
        let (source, scope) = (self.source, self.context.scope);
        let seen = Seen { source, scope, databases, relations, registry: registry.as_ref() };
        let (chosen, over) = choose(seen);
        if over > 0 {
            let most = "more tables of users than max_tables; they are not loaded";
            self.context.log.warning(&format_args!("{}: {over} {most}", source.name));
        }
        let (alone, wrong) = idle(seen);
        if let (Some(why), true) = (alone.first(), *scope == Scope::default()) {
            self.context.log.warning(&format_args!("loads.sources.{}.{why}", source.name));
        }
        let given = known.iter().map(|(table, entry)| (table.clone(), entry.publication.clone())).collect();
        let of = |choice: &Choice| relations.get(choice.relation);
        let named: Vec<(&str, &str)> =
            chosen.iter().filter_map(of).map(|it| (it.database.as_str(), it.name.as_str())).collect();
        let publications = publications(&source.name, &given, &named);
        // One by one they would be asked for tens of thousands of times.
        let (shapes, mut keeping) = (kept.shapes(&source.name, self.now)?, kept.together(&source.name, self.now));
        let mut loadable = Vec::new();
        for choice in &chosen {
            let Some(relation) = of(choice) else { continue };
            let is_asked = self.selection.has_table(source, &relation.database, &relation.name);
            if !is_asked || self.request.only.is_some_and(|only| only != choice.branch) {
                continue;
            }
            let table = (relation.database.clone(), relation.name.clone());
            let Some(publication) = publications.get(&table) else { continue };
            let entry = known.get(&table);
            let why = wrong.get(&choice.relation).map(String::as_str);
            let looked =
                self.table(reached, (&shapes, &mut keeping), (relation, publication, choice.branch), entry, why)?;
            loadable.extend(looked.map(|(bytes, is_export)| Loadable {
                branch: choice.branch,
                table,
                bytes,
                is_export,
            }));
        }
        keeping.end()?;
        Ok(loadable)
    }

    /// Looks at one table. Answers about how many bytes are read of it, and whether an export hands them over, if it can be loaded.
    fn table(
        &self,
        reached: &mut Reached,
        (shapes, keeping): (&Shapes, &mut Together<'_>),
        (relation, publication, branch): (&Relation, &Publication, Branch),
        known: Option<&Entry>,
        wrong: Option<&str>,
    ) -> Result<Option<(u64, bool)>, Failure> {
        let (source, now) = (self.source, self.now);
        let table = (relation.database.as_str(), relation.name.as_str());
        let settings = source.settings(table.0, table.1);
        let print = fingerprint(relation, &settings);
        let is_known = known.is_some_and(|entry| entry.fingerprint == print);
        let shape = shapes.of(table);
        let mask_key = reached.mask_key.clone();
        let subject = Subject {
            source,
            relation,
            settings: &settings,
            publication,
            kept: shape,
            is_distrusted: known.is_some_and(Entry::is_distrusted),
            can_export: place(self.context, &source.name).is_some(),
            asking: Asking { is_whole: self.request.full, ..Asking::default() },
            mask_key: mask_key.as_deref(),
        };
        // Of a table that goes by its cursor already nothing is asked again.
        let is_settled = is_known && known.is_some_and(|entry| entry.mode.as_deref() == Some("incremental"));
        let nulls = |column| if is_settled { Ok(0) } else { reached.nulls(relation, column) };
        let prepared = match wrong {
            Some(why) => Prepared::Wrong(why.to_owned()),
            None => prepare(subject, nulls).map_err(failed)?,
        };
        let before = known.cloned().unwrap_or_else(|| Entry {
            database: relation.database.clone(),
            table: relation.name.clone(),
            publication: publication.to_string(),
            is_dynamic: branch == Branch::Dynamic,
            state: State::Planned,
            first_seen: now,
            mode: None,
            reason: String::new(),
            rows: 0,
            fingerprint: String::new(),
            execution: None,
            ended_at: None,
            last_ok: None,
            account: None,
            bookmark: None,
            error: None,
            warnings: Vec::new(),
            gone_since: None,
            missed: 0,
            compared_at: None,
            compared: None,
        });
        let mut entry = Entry { rows: rows(relation), gone_since: None, ..before };
        let (state, reason, error) = match prepared {
            Prepared::Left => return Ok(None),
            Prepared::Ready(ready) => {
                let kept = kept(self.context);
                note_changes(kept, reached.session.as_mut(), (&source.name, relation), &ready.evolved, now)?;
                if shape != Some(&ready.evolved.shape) {
                    keeping.keep_shape(table, &ready.evolved.shape)?;
                }
                let columns = ready.evolved.shape.columns.iter().filter(|it| it.fate == Fate::Read).count();
                entry.mode = Some(ready.table.mode.name().to_owned());
                entry.fingerprint = print;
                entry.warnings = ready.warnings;
                if entry.is_distrusted()
                    && ready.reason == Reason::Asked
                    && matches!(ready.way, Way::Incremental { .. })
                {
                    entry.warnings.push(DISTRUSTED.to_owned());
                }
                entry.reason = ready.reason.to_string();
                entry.error = entry.error.filter(|_| entry.state == State::Failed);
                if matches!(entry.state, State::Gone | State::NeedsMode) {
                    entry.state = State::Planned;
                }
                if known != Some(&entry) {
                    keeping.keep(&entry)?;
                }
                let whole = relation.bytes.unwrap_or(entry.rows * ROW_BYTES * columns as u64 / 10);
                let is_whole = ready.way == Way::Full || self.request.full;
                let is_export = matches!(ready.way, Way::Exports { .. });
                return Ok(Some((if is_whole { whole } else { whole / SHARE_OF_INCREMENTS }, is_export)));
            }
            Prepared::NeedsMode(why) => (State::NeedsMode, why, None),
            Prepared::Wrong(why) => (State::Failed, why, Some(ErrorKind::INVALID_CONFIG)),
            Prepared::Drift(why, evolved) => {
                let kept = kept(self.context);
                note_changes(kept, reached.session.as_mut(), (&source.name, relation), &evolved, now)?;
                (State::Failed, why, Some(ErrorKind::SCHEMA_DRIFT))
            }
        };
        (entry.state, entry.reason, entry.error) = (state, reason, error.map(|error| error.name.to_owned()));
        (entry.execution, entry.ended_at) = (Some(self.execution.to_owned()), Some(now));
        keeping.keep(&entry)?;
        Ok(None)
    }

    /// Puts tables into batches.
    fn hand_over(&self, kept: &Kept<'_>, loadable: Vec<Loadable>) -> Result<Batches, Failure> {
        let (exports, loadable): (Vec<_>, Vec<_>) = loadable.into_iter().partition(|it| it.is_export);
        let (dynamic, fixed): (Vec<_>, Vec<_>) = loadable.into_iter().partition(|it| it.branch == Branch::Dynamic);
        let hand = |branch: Branch, tables: Vec<Loadable>| -> Result<Vec<BatchTask>, Failure> {
            let mut handed = Vec::new();
            let is_export = branch == Branch::Exports;
            // Exports take their time each for itself.
            let cut = if is_export {
                tables.into_iter().map(|it| vec![it]).collect()
            } else {
                batches(tables, |it| it.bytes)
            };
            for (at, tables) in cut.into_iter().enumerate() {
                let name = format!("{}/{}/{at:04}", self.source.name, branch.word());
                let is_large = tables.iter().any(|it| is_large(it.bytes));
                let batch = Batch {
                    tables: tables.into_iter().map(|it| it.table).collect(),
                    is_whole: self.request.full,
                    since: self.request.since,
                    accepts_loss: self.request.accept_loss,
                    is_export,
                };
                kept.hand_over(self.execution, &name, &batch, self.now)?;
                handed.push(BatchTask { source: self.source.name.clone(), branch, batch: name, is_large });
            }
            Ok(handed)
        };
        let (fixed, dynamic) = (hand(Branch::Fixed, fixed)?, hand(Branch::Dynamic, dynamic)?);
        Ok(Batches { fixed, dynamic, exports: hand(Branch::Exports, exports)? })
    }
}
