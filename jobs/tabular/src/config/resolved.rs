//! The configuration of one environment as it is understood: for what deploys, and for whoever wonders.

use carelake_core::config::{Environment, Notify, Prices, ResolvedHead};
use serde::Serialize;

use super::{Compute, Config, DatasetSpec, PublicationSpec, SourceSpec};

/// What is understood of one environment, with every default filled in. Secrets are there by reference only; columns and code
/// lists, which only jobs read, are left out.
#[derive(Debug, Serialize)]
pub struct Resolved<'c> {
    environment: &'c Environment,
    datasets: Vec<ResolvedDataset<'c>>,
    notify: &'c Notify,
    #[serde(skip_serializing_if = "Option::is_none")]
    prices: Option<Prices>,
    #[serde(flatten)]
    head: ResolvedHead<'c>,
}

#[derive(Debug, Serialize)]
struct ResolvedDataset<'c> {
    name: &'c str,
    sources: Vec<ResolvedSource<'c>>,
    publications: Vec<String>,
    partition_by: &'c [String],
    requires_same_release: bool,
    max_reject_ratio: f64,
    min_rows: u64,
    max_drop_ratio: f64,
    note_loss: f64,
    max_loss: f64,
    keep_runs: usize,
    keep_months: usize,
    compute: Compute,
    memory_mib: u32,
    scratch_mib: u32,
}

#[derive(Debug, Serialize)]
struct ResolvedSource<'c> {
    name: &'c str,
    file: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<&'c str>,
    optional: bool,
    /// What keys of its files begin with.
    prefix: &'c str,
    /// What keys of everything that is read for it begin with: its files, and archives that hold them.
    reads: Vec<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uploader: Option<&'c str>,
}

impl Config {
    /// Returns what is understood of an environment.
    #[must_use]
    pub fn resolved<'c>(&'c self, environment: &'c Environment) -> Resolved<'c> {
        let datasets = self.datasets.iter().map(|spec| self.resolved_dataset(spec)).collect();
        Resolved {
            environment,
            datasets,
            notify: &self.notify,
            prices: self.prices,
            head: self.head.resolved(&environment.name),
        }
    }

    fn resolved_dataset<'c>(&'c self, spec: &'c DatasetSpec) -> ResolvedDataset<'c> {
        let publication = |of: &PublicationSpec| match &of.feed {
            Some(feed) => format!("{}/{feed}", spec.name),
            None => spec.name.clone(),
        };
        ResolvedDataset {
            name: &spec.name,
            sources: spec.sources.iter().filter_map(|name| self.source(name)).map(resolved_source).collect(),
            publications: spec.publications.iter().map(publication).collect(),
            partition_by: &spec.partition_by,
            requires_same_release: spec.requires_same_release,
            max_reject_ratio: spec.thresholds.max_reject_ratio,
            min_rows: spec.thresholds.min_rows,
            max_drop_ratio: spec.thresholds.max_drop_ratio,
            note_loss: spec.thresholds.note_loss,
            max_loss: spec.thresholds.max_loss,
            keep_runs: spec.keep_runs,
            keep_months: spec.keep_months,
            compute: spec.compute,
            memory_mib: spec.memory_mib,
            scratch_mib: spec.scratch_mib,
        }
    }
}

fn resolved_source(spec: &SourceSpec) -> ResolvedSource<'_> {
    let archive = spec.archive.as_deref();
    let prefix = fixed_part(&spec.pattern);
    ResolvedSource {
        name: &spec.name,
        file: &spec.pattern,
        archive,
        optional: spec.optional,
        prefix,
        reads: [prefix].into_iter().chain(archive.map(fixed_part)).collect(),
        uploader: spec.uploader.as_deref(),
    }
}

/// Returns the part of a pattern before its first wildcard.
pub(super) fn fixed_part(pattern: &str) -> &str {
    pattern.split(['*', '?', '[']).next().unwrap_or(pattern)
}
