//! Reads the datasets, and checks that what they name is declared in the sources.

use carelake_core::config::reader::{Fields, Mistakes, Spot};

use super::key::read_publication;
use super::partition::read_partition_by;
use super::source_reader::SourceDraft;
use super::{Compute, DatasetSpec, PublicationSpec, Thresholds};

/// What every dataset may set.
const COMMON: [&str; 12] = [
    "partition_by",
    "same_release",
    "max_reject_ratio",
    "min_rows",
    "max_drop_ratio",
    "note_loss",
    "max_loss",
    "keep_runs",
    "keep_months",
    "compute",
    "memory_mib",
    "scratch_mib",
];
/// How many published runs stay on disk unless the dataset says otherwise.
const DEFAULT_KEEP_RUNS: usize = 3;
/// Of how many months one run stays besides: a year to compare with.
const DEFAULT_KEEP_MONTHS: usize = 12;
/// What a Lambda function may have of memory and of disk (AWS Lambda quotas), and enough for a job to start.
const MIB: std::ops::RangeInclusive<u32> = 512..=10_240;
/// What an account may have at first.
const DEFAULT_MEMORY_MIB: u32 = 3_008;
/// Four times the largest of the sources that are always there.
const DEFAULT_SCRATCH_MIB: u32 = 4_096;
const A_RATIO: &str = "a number";
const A_COUNT: &str = "a whole number";

/// Reads all datasets. Where all their names are known each of them must be there, and they come in that order.
pub(super) fn read_all(
    spot: &Spot<'_>,
    names: Option<&[&str]>,
    sources: &[SourceDraft<'_>],
    mistakes: &mut Mistakes,
) -> Vec<DatasetSpec> {
    let Some(names) = names else {
        let entries = spot.entries("datasets", mistakes);
        return entries.iter().map(|(name, spot)| read(name, spot, sources, mistakes)).collect();
    };
    let fields = spot.fields(names, mistakes);
    let read_one = |name: &&str| {
        let spot = fields.required(name, "its sources, key and order", mistakes)?;
        Some(read(name, &spot, sources, mistakes))
    };
    names.iter().filter_map(read_one).collect()
}

fn read(name: &str, spot: &Spot<'_>, sources: &[SourceDraft<'_>], mistakes: &mut Mistakes) -> DatasetSpec {
    let has_feeds = spot.child("feeds").is_some();
    let (fields, used, publications) = if has_feeds {
        let fields = spot.fields(&[["feeds"].as_slice(), &COMMON].concat(), mistakes);
        let (used, publications) = read_feeds(&fields, sources, mistakes);
        (fields, used, publications)
    } else {
        let fields = spot.fields(&[["sources", "key", "order"].as_slice(), &COMMON].concat(), mistakes);
        let used = read_sources(&fields, sources, mistakes);
        let first = used.first().and_then(|name| find(sources, name));
        let publications = vec![read_publication(None, &fields, first, mistakes)];
        (fields, used, publications)
    };
    let of_rows = if has_feeds { used.len() } else { 1 };
    let rows: Vec<&SourceDraft<'_>> = used.iter().take(of_rows).filter_map(|name| find(sources, name)).collect();
    let same_release = [("told", false), ("required", true)];
    let keep_runs = fields.number_or("keep_runs", A_COUNT, 1..=1000, DEFAULT_KEEP_RUNS, mistakes);
    let keep_months = fields.number_or("keep_months", A_COUNT, 0..=1000, DEFAULT_KEEP_MONTHS, mistakes);
    let (partition_by, thresholds) = (read_partition_by(&fields, &rows, mistakes), read_thresholds(&fields, mistakes));
    let computes = [("lambda", Compute::Lambda), ("fargate", Compute::Fargate)];
    DatasetSpec {
        name: name.to_owned(),
        sources: used,
        publications,
        partition_by,
        requires_same_release: fields.choice_or("same_release", &same_release, false, mistakes),
        thresholds,
        keep_runs,
        keep_months,
        compute: fields.choice_or("compute", &computes, Compute::default(), mistakes),
        memory_mib: fields.number_or("memory_mib", A_COUNT, MIB, DEFAULT_MEMORY_MIB, mistakes),
        scratch_mib: fields.number_or("scratch_mib", A_COUNT, MIB, DEFAULT_SCRATCH_MIB, mistakes),
    }
}

fn find<'a, 'b>(sources: &'b [SourceDraft<'a>], name: &str) -> Option<&'b SourceDraft<'a>> {
    sources.iter().find(|source| source.spec.name == name)
}

fn read_sources(fields: &Fields<'_>, sources: &[SourceDraft<'_>], mistakes: &mut Mistakes) -> Vec<String> {
    let Some(spot) = fields.required("sources", "the sources it reads, the one that makes its rows first", mistakes)
    else {
        return Vec::new();
    };
    let texts = spot.texts("source names", mistakes);
    if spot.is_list() && texts.is_empty() {
        mistakes.add(&spot, "must list at least one source");
    }
    for (name, spot) in &texts {
        check_source(name, spot, sources, mistakes);
    }
    texts.into_iter().map(|(name, _)| name).collect()
}

fn read_feeds(
    fields: &Fields<'_>,
    sources: &[SourceDraft<'_>],
    mistakes: &mut Mistakes,
) -> (Vec<String>, Vec<PublicationSpec>) {
    let Some(spot) = fields.required("feeds", "the feeds and the key and order of each", mistakes) else {
        return Default::default();
    };
    let feeds = spot.entries("feeds, each with its key and order", mistakes);
    if feeds.is_empty() && spot.is_map() {
        mistakes.add(&spot, "must have at least one feed");
    }
    let read_feed = |(name, spot): (&str, Spot<'_>)| {
        check_source(name, &spot, sources, mistakes);
        if find(sources, name).is_some_and(|source| source.spec.optional) {
            mistakes.add(
                &spot,
                "cannot be a feed while its source is `optional`: without the file there is nothing to publish",
            );
        }
        let fields = spot.fields(&["key", "order"], mistakes);
        (name.to_owned(), read_publication(Some(name), &fields, find(sources, name), mistakes))
    };
    feeds.into_iter().map(read_feed).unzip()
}

fn check_source(name: &str, spot: &Spot<'_>, sources: &[SourceDraft<'_>], mistakes: &mut Mistakes) {
    let declared = || sources.iter().map(|source| source.spec.name.as_str());
    if !declared().any(|other| other == name) {
        let accepted = declared().collect::<Vec<_>>().join(", ");
        mistakes.unknown(spot, format!("source `{name}` is not declared; accepted: {accepted}"), name, declared());
    }
}

fn read_thresholds(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Thresholds {
    let Thresholds { max_reject_ratio, min_rows, max_drop_ratio, note_loss, max_loss } = Thresholds::default();
    Thresholds {
        max_reject_ratio: read_ratio(fields, "max_reject_ratio", max_reject_ratio, mistakes),
        min_rows: fields.number_or("min_rows", A_COUNT, 0..=u64::from(u32::MAX), min_rows, mistakes),
        max_drop_ratio: read_ratio(fields, "max_drop_ratio", max_drop_ratio, mistakes),
        note_loss: read_ratio(fields, "note_loss", note_loss, mistakes),
        max_loss: read_ratio(fields, "max_loss", max_loss, mistakes),
    }
}

/// Reads a share; what looks like a number of percent is told how it is written.
fn read_ratio(fields: &Fields<'_>, key: &str, default: f64, mistakes: &mut Mistakes) -> f64 {
    let Some(spot) = fields.get(key) else { return default };
    let given = spot.raw_text().unwrap_or_default();
    match given.trim_end_matches(['%', ' ']).parse::<f64>() {
        Ok(percent)
            if given.ends_with('%') && (0.0..=100.0).contains(&percent) || percent > 1.0 && percent <= 100.0 =>
        {
            mistakes.add(
                &spot,
                format!("must be {A_RATIO} from 0 to 1, not `{given}`; {percent} % is {}", percent / 100.0),
            );
            default
        }
        _ => spot.number(A_RATIO, 0.0..=1.0, mistakes).unwrap_or(default),
    }
}
