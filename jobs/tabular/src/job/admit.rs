//! What a job may publish: its accounts add up, and neither rows nor values are missing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, PoisonError};

use carelake_core::measure::{Loss, Measure, sort_losses};
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::prune_rejects;

use super::error::JobError;
use super::report::SourceReport;
use super::run::{Job, Services};
use super::thresholds::{Breach, check_volume};
use super::{losses, notes};
use crate::inputs::{OpenSource, mixed_families};
use crate::rejects;
use crate::source::{Rule, Source, Tally};

/// One source as a dataset read it.
#[derive(Debug)]
pub struct Reading {
    /// The source.
    pub source: Arc<OpenSource>,
    /// The figures of the pass.
    pub tally: Tally,
    /// Kept rows that became a row of the output.
    pub accepted: u64,
    /// Kept rows that lost to another row, or were merged into one.
    pub deduplicated: u64,
}

/// Readings that passed every threshold.
#[derive(Debug)]
pub struct Admitted {
    pub(super) rows: u64,
    pub(super) sources: BTreeMap<String, SourceReport>,
    pub(super) inputs: Vec<Arc<OpenSource>>,
    pub(super) measures: BTreeMap<String, Measure>,
    pub(super) losses: Vec<Loss>,
    pub(super) notices: Vec<String>,
}

impl Job<'_> {
    /// Keeps the refused rows, checks the accounting identity and every threshold. Called before rows are written.
    ///
    /// # Errors
    /// [`JobError::Unbalanced`] or [`JobError::Breach`]; the refused rows are kept in either case.
    pub fn admit(&self, readings: Vec<Reading>, output_rows: u64) -> Result<Admitted, JobError> {
        let mut admitted = Admitted {
            rows: output_rows,
            sources: BTreeMap::new(),
            inputs: Vec::new(),
            measures: BTreeMap::new(),
            losses: Vec::new(),
            notices: self.without.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let mut widths = BTreeMap::new();
        for reading in readings {
            let source = &reading.source.source;
            let name = &source.spec().name;
            widths.extend(source.other_width(&reading.tally).map(|told| (name.clone(), told)));
            let account = reading.tally.account(source, reading.accepted, reading.deduplicated)?;
            // An increment follows the file that it counts on top of, and is not measured: there are more of them in one month than in another.
            let before = admitted.inputs.iter().filter(|input| input.source.spec().name == *name).count();
            let rejects = self.keep_rejects(source, before, &reading.tally)?;
            let patterns = reading.tally.patterns(source);
            let report = SourceReport { file: source.file().to_owned(), rejects, account, patterns };
            let is_used = |column: &str| self.declared.uses(name, column);
            admitted.notices.extend(reading.source.notices());
            admitted.notices.extend(notes::of_values(source, &reading.tally.survey, is_used));
            match admitted.sources.entry(name.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(report);
                    admitted.measures.insert(name.clone(), reading.tally.measure(source.spec(), is_used));
                }
                Entry::Occupied(mut entry) => entry.get_mut().add(report),
            }
            admitted.inputs.push(reading.source);
        }
        admitted.notices.extend(mixed_families(&admitted.inputs, false).iter().map(ToString::to_string));
        self.services.rejects.settle()?;
        self.check_cancelled()?;
        // The lease is held, so that nobody else writes refused rows of this publication.
        let Services { rejects, output, .. } = self.services;
        if let Err(error) = prune_rejects(rejects, output, &self.request.publication, Some(&self.request.run_id), false)
        {
            let reason = JobError::from(error).reason();
            admitted.notices.push(format!("rejected rows of runs that are gone could not be removed: {reason}"));
        }
        self.check_rejects(&admitted.sources, &widths)?;
        let previous = self.previous.as_ref();
        admitted.losses = losses::of_sources(previous, &admitted.sources, &admitted.measures, &self.dataset.thresholds);
        sort_losses(&mut admitted.losses);
        if !self.request.accept_loss {
            self.check_volumes(&admitted)?;
            Breach::content(&admitted.losses)?;
            check_volume(&self.dataset.thresholds, "output", admitted.rows, previous.map(|manifest| manifest.rows))?;
        }
        Ok(admitted)
    }

    fn keep_rejects(&self, source: &Source, before: usize, tally: &Tally) -> Result<Option<String>, JobError> {
        if tally.rejects.is_empty() {
            return Ok(None);
        }
        let name = &source.spec().name;
        let file = if before == 0 { name.clone() } else { format!("{name}_increment_{before}") };
        let key = rejects_key(&self.request.publication, &self.request.run_id, &file);
        self.services.rejects.stage(&key, &rejects::encode(source, &tally.rejects)?)?;
        Ok(Some(key))
    }

    fn check_rejects(
        &self,
        sources: &BTreeMap<String, SourceReport>,
        widths: &BTreeMap<String, String>,
    ) -> Result<(), Breach> {
        let rows_read: u64 = sources.values().map(|source| source.account.read).sum();
        let rejects: u64 = sources.values().map(|source| source.account.rejects()).sum();
        let max_reject_ratio = self.dataset.thresholds.max_reject_ratio;
        if rejects as f64 <= rows_read as f64 * max_reject_ratio {
            return Ok(());
        }
        let rules = sources
            .iter()
            .flat_map(|(name, source)| source.account.rejected.iter().map(move |(rule, rows)| (rows, rule, name)));
        let told = |(_, rule, name): (&u64, &String, &String)| match widths.get(name) {
            Some(width) if *rule == Rule::FieldCount.name("") => format!("{rule} in {name} ({width})"),
            _ => format!("{rule} in {name}"),
        };
        let rule = rules.max().map(told).unwrap_or_default();
        Err(Breach::Rejects { rejects, rows_read, max_reject_ratio, rule })
    }

    fn check_volumes(&self, admitted: &Admitted) -> Result<(), Breach> {
        let thresholds = &self.dataset.thresholds;
        let previous = self.previous.as_ref();
        for (name, report) in &admitted.sources {
            if self.config().source(name).is_some_and(|spec| !spec.optional) {
                let before = previous.and_then(|manifest| manifest.counts.get(name)).map(|account| account.read);
                check_volume(thresholds, &format!("source {name}"), report.account.read, before)?;
            }
        }
        Ok(())
    }
}

/// Returns the key under which the refused rows of a file are kept: that of a source has its name, an increment a number more.
#[must_use]
pub fn rejects_key(publication: &Publication, run_id: &RunId, file: &str) -> String {
    format!("{}/{run_id}/{file}.snappy.parquet", publication.path())
}
