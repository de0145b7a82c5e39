//! Reads the datasets, and checks that what they name is declared in the sources.

use carelake_core::config::reader::{Fields, Form, Key, Mistakes, Preset, Spot};

use super::key::read_publication;
use super::partition::read_partition_by;
use super::source_reader::SourceDraft;
use super::{Compute, DatasetSpec, PublicationSpec, Thresholds};

/// What every dataset may set.
const COMMON: [Key; 12] = [
    Key::new(
        "partition_by",
        TEXTS,
        "Columns of few values, a folder for each, the outer first; [state, source] unless set",
    ),
    Key::new(
        "same_release",
        Form::Word(&["told", "required"]),
        "Whether sources of one family must be of the same release",
    )
    .or(Preset::Text("told")),
    Key::new("max_reject_ratio", RATIO, "The largest share of the rows read that may be rejected")
        .or(Preset::Number(0.01)),
    Key::new("min_rows", Form::Whole(0, 4_294_967_295), "The smallest number of output rows").or(Preset::Whole(1)),
    Key::new("max_drop_ratio", RATIO, "The largest drop in rows since the last published run, as a share of it")
        .or(Preset::Number(0.2)),
    Key::new("note_loss", RATIO, "The smallest loss of what a column held last time that is told")
        .or(Preset::Number(0.02)),
    Key::new("max_loss", RATIO, "The largest loss of what a column or a join held last time, as a share of it")
        .or(Preset::Number(0.5)),
    Key::new("keep_runs", Form::Whole(1, 1000), "How many published runs stay").or(Preset::Whole(3)),
    // A year to compare with.
    Key::new("keep_months", Form::Whole(0, 1000), "Of how many months one run stays besides").or(Preset::Whole(12)),
    Key::new("compute", Form::Word(&["lambda", "fargate"]), "What carries its job out on AWS")
        .or(Preset::Text("lambda")),
    // What an account may have at first.
    Key::new("memory_mib", MIB, "The memory of its job on AWS, in MiB").or(Preset::Whole(3_008)),
    // Four times the largest of the sources that are always there.
    Key::new("scratch_mib", MIB, "The scratch disk of its job on AWS, in MiB: all its sources must fit")
        .or(Preset::Whole(4_096)),
];
/// What a dataset of sources has besides.
const OF_SOURCES: [Key; 3] =
    [Key::new("sources", TEXTS, "The sources it reads, the one that makes its rows first").required(), KEY, ORDER];
/// What a dataset of feeds has besides.
const OF_FEEDS: [Key; 1] =
    [Key::new("feeds", Form::Map(&Form::Keys(&FEED)), "The feeds, each published as one, with key and order")
        .required()];
const FEED: [Key; 2] = [KEY, ORDER];
const KEY: Key = Key::new("key", TEXTS, "The columns that identify a row").required();
const ORDER: Key =
    Key::new("order", TEXTS, "Which of several rows with the same key wins, such as [line asc]").required();
/// What a Lambda function may have of memory and of disk (AWS Lambda quotas), and enough for a job to start.
const MIB: Form = Form::Whole(512, 10_240);
const RATIO: Form = Form::Number(0.0, 1.0);
const TEXTS: Form = Form::List(&Form::Text);
/// A dataset of either kind.
pub(super) const DATASET: Form = Form::Either(&[
    Form::Keys(&joined::<{ OF_SOURCES.len() + COMMON.len() }>(&OF_SOURCES, &COMMON)),
    Form::Keys(&joined::<{ OF_FEEDS.len() + COMMON.len() }>(&OF_FEEDS, &COMMON)),
]);

/// Joins two lists of keys.
const fn joined<const N: usize>(mut first: &[Key], mut second: &[Key]) -> [Key; N] {
    let mut all = [KEY; N];
    let mut rest = all.as_mut_slice();
    while let [next, after @ ..] = rest {
        match (first, second) {
            ([key, more @ ..], _) => {
                *next = *key;
                first = more;
            }
            ([], [key, more @ ..]) => {
                *next = *key;
                second = more;
            }
            ([], []) => {}
        }
        rest = after;
    }
    all
}
const A_RATIO: &str = "a number";

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
        let fields = spot.keyed(&[OF_FEEDS.as_slice(), &COMMON].concat(), mistakes);
        let (used, publications) = read_feeds(&fields, sources, mistakes);
        (fields, used, publications)
    } else {
        let fields = spot.keyed(&[OF_SOURCES.as_slice(), &COMMON].concat(), mistakes);
        let used = read_sources(&fields, sources, mistakes);
        let first = used.first().and_then(|name| find(sources, name));
        let publications = vec![read_publication(None, &fields, first, mistakes)];
        (fields, used, publications)
    };
    let of_rows = if has_feeds { used.len() } else { 1 };
    let rows: Vec<&SourceDraft<'_>> = used.iter().take(of_rows).filter_map(|name| find(sources, name)).collect();
    let (partition_by, thresholds) = (read_partition_by(&fields, &rows, mistakes), read_thresholds(&fields, mistakes));
    DatasetSpec {
        name: name.to_owned(),
        sources: used,
        publications,
        partition_by,
        requires_same_release: fields.word("same_release", false, &[true], mistakes),
        thresholds,
        keep_runs: fields.whole("keep_runs", mistakes),
        keep_months: fields.whole("keep_months", mistakes),
        compute: fields.word("compute", Compute::Lambda, &[Compute::Fargate], mistakes),
        memory_mib: fields.whole("memory_mib", mistakes),
        scratch_mib: fields.whole("scratch_mib", mistakes),
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
        let fields = spot.keyed(&FEED, mistakes);
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

/// What holds where nothing is set.
impl Default for Thresholds {
    fn default() -> Self {
        let mut mistakes = Mistakes::default();
        read_thresholds(&Spot::empty().keyed(&COMMON, &mut mistakes), &mut mistakes)
    }
}

fn read_thresholds(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Thresholds {
    Thresholds {
        max_reject_ratio: read_ratio(fields, "max_reject_ratio", mistakes),
        min_rows: fields.whole("min_rows", mistakes),
        max_drop_ratio: read_ratio(fields, "max_drop_ratio", mistakes),
        note_loss: read_ratio(fields, "note_loss", mistakes),
        max_loss: read_ratio(fields, "max_loss", mistakes),
    }
}

/// Reads a share; what looks like a number of percent is told how it is written.
fn read_ratio(fields: &Fields<'_>, key: &str, mistakes: &mut Mistakes) -> f64 {
    let default = fields.preset_number(key);
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
