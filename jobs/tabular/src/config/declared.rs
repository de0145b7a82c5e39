//! Checks the configuration against what the crates of the datasets declare: what would end a run is told where it is read.

use std::collections::BTreeMap;

use carelake_core::config::reader::{Mistakes, Spot};

use super::column::ColumnDraft;
use super::partition;
use super::source_reader::SourceDraft;
use super::{ColumnKind, DatasetSpec, Declared, Need, OnBlank, OnInvalid, PublicationSpec, Wanted, order_text};

/// What datasets ask of the columns of a source, by the names of these.
type Demands = BTreeMap<String, Demand>;

/// What datasets ask of one column.
struct Demand {
    /// The type, by its word; `None` when any will do.
    kind: Option<&'static str>,
    largest: Option<i64>,
    need: Need,
    /// Who asks, for the message.
    datasets: Vec<&'static str>,
}

/// Checks sources, keys, orders and columns of the datasets that are declared.
pub(super) fn check<E>(
    spot: &Spot<'_>,
    sources: &[SourceDraft<'_>],
    specs: &[DatasetSpec],
    declared: &[Declared<E>],
    mistakes: &mut Mistakes,
) {
    for dataset in declared {
        let (Some(spot), Some(spec)) = (spot.child(dataset.name), specs.iter().find(|spec| spec.name == dataset.name))
        else {
            continue;
        };
        if spec.has_feeds() != dataset.is_of_feeds() {
            let (given, wanted) = if spec.has_feeds() { ("feeds", "sources") } else { ("sources", "feeds") };
            let at = spot.child(given).unwrap_or_else(|| spot.clone());
            mistakes.add(&at, format!("{} is made of {wanted}: give `{wanted}`", dataset.name));
            continue;
        }
        if !dataset.is_of_feeds() {
            check_sources(dataset, &spot, spec, sources, mistakes);
        }
        check_increments(dataset, &spot, spec, sources, mistakes);
        for publication in &spec.publications {
            check_definition(dataset, &spot, publication, mistakes);
        }
        check_partitions(dataset, &spot, spec, sources, mistakes);
    }
    for source in sources {
        let demands = demands(&source.spec.name, specs, declared);
        for (name, demand) in &demands {
            check_column(source, name, demand, mistakes);
        }
        for dataset in declared.iter().filter(|dataset| dataset.is_of_feeds()) {
            let publications =
                specs.iter().filter(|spec| spec.name == dataset.name).flat_map(|spec| &spec.publications);
            for publication in publications.filter(|spec| spec.feed.as_ref() == Some(&source.spec.name)) {
                check_feed(source, dataset, &demands, publication, mistakes);
            }
        }
    }
}

/// Checks that a dataset names the sources that it reads, the one that makes its rows first.
fn check_sources<E>(
    dataset: &Declared<E>,
    spot: &Spot<'_>,
    spec: &DatasetSpec,
    sources: &[SourceDraft<'_>],
    mistakes: &mut Mistakes,
) {
    let Some(spot) = spot.child("sources") else { return };
    let read: Vec<&str> = dataset.reads.iter().filter_map(|reads| reads.source).collect();
    let is_declared = |name: &str| sources.iter().any(|source| source.spec.name == name);
    for name in spec.sources.iter().filter(|name| !read.contains(&name.as_str()) && is_declared(name)) {
        let message = format!("{} does not read `{name}`; it reads {}", dataset.name, read.join(", "));
        mistakes.unknown(&spot, message, name, read.iter().copied());
    }
    for name in read.iter().filter(|name| !spec.sources.iter().any(|source| source == *name)) {
        mistakes.add(&spot, format!("lacks `{name}`; {} reads {}", dataset.name, read.join(", ")));
    }
    if let (Some(first), Some(given)) = (read.first(), spec.sources.first())
        && first != given
        && spec.sources.iter().any(|source| source == first)
    {
        mistakes.add(&spot, format!("must begin with `{first}`, which makes the rows of {}", dataset.name));
    }
    for reads in dataset.reads.iter().filter(|reads| !reads.is_optional) {
        let source = sources.iter().find(|source| Some(source.spec.name.as_str()) == reads.source);
        if let Some(source) = source.filter(|source| source.spec.optional) {
            let spot = source.spot.child("optional").unwrap_or_else(|| source.spot.clone());
            mistakes.add(&spot, format!("cannot be optional: without the file there is no {}", dataset.name));
        }
    }
}

/// Checks that the dataset applies the increments of its sources, where they have any.
fn check_increments<E>(
    dataset: &Declared<E>,
    spot: &Spot<'_>,
    spec: &DatasetSpec,
    sources: &[SourceDraft<'_>],
    mistakes: &mut Mistakes,
) {
    let has_increments = |name: &&String| {
        sources.iter().any(|source| source.spec.name == **name && source.spec.increment_days.is_some())
    };
    let is_applied = |name: &str| {
        let reads = dataset.reads.iter().find(|reads| reads.source.is_none_or(|source| source == name));
        reads.is_some_and(|reads| reads.applies_increments)
    };
    for name in spec.sources.iter().filter(has_increments).filter(|name| !is_applied(name)) {
        mistakes.add(spot, format!("cannot apply increments, so source `{name}` must not set `increment_days`"));
    }
}

/// Checks the key and the order that a dataset has by definition. One that could not be read was told before.
fn check_definition<E>(dataset: &Declared<E>, spot: &Spot<'_>, spec: &PublicationSpec, mistakes: &mut Mistakes) {
    if let (Some(key), Some(spot)) = (dataset.key, spot.child("key"))
        && !spec.key.is_empty()
        && spec.key != key
    {
        mistakes.add(&spot, format!("must be [{}]: {} has this key by definition", key.join(", "), dataset.name));
    }
    let given = spec.order.iter().map(|by| (by.column.as_str(), by.direction));
    if let (Some(order), Some(spot)) = (dataset.order, spot.child("order"))
        && !spec.order.is_empty()
        && !given.eq(order.iter().copied())
    {
        let order = order_text(order);
        mistakes.add(&spot, format!("must be [{order}]: {} has this order by definition", dataset.name));
    }
}

/// Checks that the columns by which rows are distributed are published as they are read. One that no source has was told before.
fn check_partitions<E>(
    dataset: &Declared<E>,
    spot: &Spot<'_>,
    spec: &DatasetSpec,
    sources: &[SourceDraft<'_>],
    mistakes: &mut Mistakes,
) {
    let is_read = |name: &str| {
        sources.iter().any(|source| spec.sources.contains(&source.spec.name) && source.column(name).is_some())
    };
    for (name, spot) in partition::written(spot) {
        if is_read(&name) && !dataset.partitions().any(|column| column == name) {
            let accepted = dataset.partitions().collect::<Vec<_>>().join(", ");
            let message =
                format!("{} makes its rows of `{name}` after they have a folder; accepted: {accepted}", dataset.name);
            mistakes.unknown(&spot, message, &name, dataset.partitions());
        }
    }
}

/// Gathers what the datasets ask of the columns of a source.
fn demands<E>(source: &str, specs: &[DatasetSpec], declared: &[Declared<E>]) -> Demands {
    let mut demands = Demands::new();
    for dataset in declared {
        let Some(spec) = specs.iter().find(|spec| spec.name == dataset.name) else { continue };
        let is_feed = spec.sources.iter().any(|name| name == source);
        if !dataset.is_of_feeds() || is_feed {
            for wanted in dataset.wanted(source) {
                add(&mut demands, dataset, *wanted);
            }
        }
        // A key that the configuration chooses must be there in every row; one that is by definition says so itself.
        let makes_rows = |publication: &&PublicationSpec| {
            let rows = publication.feed.as_ref().or(spec.sources.first());
            dataset.key.is_none() && rows.is_some_and(|name| name == source)
        };
        for name in spec.publications.iter().filter(makes_rows).flat_map(|publication| &publication.key) {
            demand(&mut demands, dataset, name, Need::Always);
        }
    }
    demands
}

fn add<E>(demands: &mut Demands, dataset: &Declared<E>, wanted: Wanted) {
    let demand = demand(demands, dataset, wanted.name, wanted.need);
    demand.kind = Some(wanted.kind);
    demand.largest = match (demand.largest, wanted.largest) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
}

/// Returns the demand for a column, which is at least this one.
fn demand<'d, E>(demands: &'d mut Demands, dataset: &Declared<E>, name: &str, need: Need) -> &'d mut Demand {
    let unknown = || Demand { kind: None, largest: None, need, datasets: Vec::new() };
    let demand = demands.entry(name.to_owned()).or_insert_with(unknown);
    demand.need = demand.need.max(need);
    if !demand.datasets.contains(&dataset.name) {
        demand.datasets.push(dataset.name);
    }
    demand
}

fn check_column(source: &SourceDraft<'_>, name: &str, demand: &Demand, mistakes: &mut Mistakes) {
    let Demand { kind, largest, need, datasets } = demand;
    let who = datasets.join(", ");
    let Some(column) = source.column(name) else {
        if let (Some(kind), true) = (kind, *need > Need::May) {
            let message = format!("missing; it is read with type {kind} by {who}");
            let at = source.spot.child("columns").unwrap_or_else(|| source.spot.clone());
            let declared = source.spec.columns.iter().map(|column| column.name.as_str());
            mistakes.unknown(&at.named(name), message, name, declared);
        }
        return;
    };
    // A type that could not be read was told before.
    let Some(found) = column.kind else { return };
    if let Some(kind) = kind.filter(|kind| *kind != found.name()) {
        let at = part(column, "type");
        mistakes.add(&at, format!("must be of type {kind}, not {}, as it is read by {who}", found.name()));
        return;
    }
    if let (ColumnKind::Integer { max, .. }, Some(largest)) = (found, largest)
        && max > *largest
    {
        mistakes.add(&part(column, "range"), format!("must end at {largest} or below, for want of room in {who}"));
    }
    if *need == Need::Always {
        check_presence(source, column, &who, mistakes);
    }
}

/// Checks that every row that is kept has a value in a column.
fn check_presence(source: &SourceDraft<'_>, column: &ColumnDraft<'_>, who: &str, mistakes: &mut Mistakes) {
    let why = format!("a row of {who} must have a value here, as it is placed or found by it");
    let mut is_told = false;
    for (key, keeps) in
        [("invalid", column.spec.on_invalid != OnInvalid::Reject), ("blank", column.spec.on_blank != OnBlank::Reject)]
    {
        // What follows from `invalid` is told once.
        if keeps && !(is_told && column.spot.child(key).is_none()) {
            mistakes.add(&part(column, key), format!("must be `{key}: reject`; {why}"));
            is_told = true;
        }
    }
    if !source.spec.required.contains(&column.spec.name) && !source.spec.required.is_empty() {
        let at = source.spot.child("required").unwrap_or_else(|| source.spot.clone());
        mistakes.add(&at, format!("must list `{}`; {why}", column.spec.name));
    }
}

/// Checks that each column of a feed is one of its dataset, or decides between rows: any other would be read for nothing.
fn check_feed<E>(
    source: &SourceDraft<'_>,
    dataset: &Declared<E>,
    demands: &Demands,
    publication: &PublicationSpec,
    mistakes: &mut Mistakes,
) {
    let has_use = |name: &str| demands.contains_key(name) || publication.order.iter().any(|by| by.column == name);
    for column in source.columns.iter().filter(|column| !has_use(&column.spec.name)) {
        let known: Vec<&str> = dataset.wanted(&source.spec.name).iter().map(|wanted| wanted.name).collect();
        let unused = known.iter().copied().filter(|name| source.column(name).is_none());
        let message = format!("{} has no column `{}`; accepted: {}", dataset.name, column.spec.name, known.join(", "));
        mistakes.unknown(&column.spot, message, &column.spec.name, unused);
    }
}

/// Returns where a setting of a column stands; the column itself when it is not set.
fn part<'a>(column: &ColumnDraft<'a>, key: &str) -> Spot<'a> {
    column.spot.child(key).unwrap_or_else(|| column.spot.clone())
}
