//! Everything that can be found.

use carelake_core::error::ERRORS;
use carelake_core::names::{Publication, RunId};
use carelake_core::publish::{self, PublishError};
use carelake_core::table::FileColumns;
use carelake_pipeline::page::To;
use rayon::prelude::*;

use super::{Known, config};
use crate::{FactError, Lake, all, dataset};

/// Publications of no configuration whose columns are looked through: each is two objects of the store.
const MOST_READ: usize = 500;

/// What comes first among what fits as well.
const RANKS: [&str; 9] =
    ["run", "publication", "dataset", "feed", "stream", "source", "column", "definition", "function"];

/// Returns the place of a kind among those that fit as well.
pub(super) fn rank(kind: &str) -> usize {
    RANKS.iter().position(|known| *known == kind).unwrap_or(RANKS.len())
}

/// Returns everything that can be found; and a run, where one of the words is the name of one.
pub(super) fn known(lake: &Lake<'_>, words: &[String]) -> Result<Vec<Known>, FactError> {
    let publications = all(lake)?;
    let mut known = runs(lake, words)?;
    known.extend(publications.iter().map(|publication| of_publication(lake, publication)));
    known.extend(columns(lake, &publications)?);
    known.extend(sources(lake));
    known.extend(rooms(lake));
    known.extend(config::known(lake, &publications));
    Ok(known)
}

/// Returns a command on this lake.
pub(super) fn typed(lake: &Lake<'_>, command: &str) -> String {
    format!("carelake {command} {}", lake.options.trim()).trim_end().to_owned()
}

fn runs(lake: &Lake<'_>, words: &[String]) -> Result<Vec<Known>, FactError> {
    let Some(ledger) = lake.ledger else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for run_id in words.iter().filter_map(|word| word.parse::<RunId>().ok()) {
        let Some(run) = ledger.run(&run_id)? else { continue };
        found.push(Known {
            kind: "run".to_owned(),
            name: run_id.to_string(),
            where_: "ledger".to_owned(),
            to: Some(To::Execution(run_id.to_string())),
            says: format!("{} ({})", run.status, run.trigger),
            next: typed(lake, &format!("status {run_id}")),
        });
    }
    Ok(found)
}

fn of_publication(lake: &Lake<'_>, publication: &Publication) -> Known {
    let path = publication.path();
    let is_dataset = lake.config.dataset(publication.dataset()).is_some();
    let source = publication.feed().filter(|_| is_dataset).and_then(|feed| lake.config.source(feed));
    Known {
        kind: "publication".to_owned(),
        where_: if is_dataset { "datasets".to_owned() } else { publication.dataset().to_owned() },
        to: Some(To::Publication(path.clone())),
        says: source.map(|source| source.description.clone()).unwrap_or_default(),
        next: typed(lake, &format!("describe {path}")),
        name: path,
    }
}

/// Returns the columns of publications: those that datasets declare, and those that other publications have.
fn columns(lake: &Lake<'_>, publications: &[Publication]) -> Result<Vec<Known>, FactError> {
    let column = |publication: &Publication, name: &str, says: &str| Known {
        kind: "column".to_owned(),
        name: name.to_owned(),
        where_: publication.path(),
        to: Some(To::Publication(publication.path())),
        says: says.to_owned(),
        next: typed(lake, &format!("describe {publication}")),
    };
    let mut found = Vec::new();
    let mut others = Vec::new();
    for publication in publications {
        let spec = lake.config.dataset(publication.dataset());
        let declared = spec.and_then(|spec| Some((spec, dataset(lake.rooms, &spec.name)?)));
        let Some((spec, declared)) = declared else {
            others.push(publication);
            continue;
        };
        let files = declared.files(&spec.partition_by);
        let fields = FileColumns::fields(&files).map(|field| column(publication, field.name, field.description));
        found.extend(fields);
        found.extend(
            spec.partition_by
                .iter()
                .map(|name| column(publication, name, crate::meaning(lake.rooms, publication.dataset(), name))),
        );
    }
    let read = |publication: &&Publication| match publish::current_run(lake.output, publication) {
        Ok(Some((_, manifest))) => {
            let of = |known: &carelake_core::names::Column| column(publication, &known.name, &known.description);
            Ok(manifest.schema.iter().map(of).collect())
        }
        // What cannot be read is `doctor`'s to tell.
        Ok(None)
        | Err(PublishError::Unreadable { .. } | PublishError::Newer { .. } | PublishError::NoSuchRun { .. }) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    };
    let others = others.get(..others.len().min(MOST_READ)).unwrap_or_default();
    let read: Vec<Vec<Known>> = others.par_iter().map(read).collect::<Result<_, _>>()?;
    found.extend(read.into_iter().flatten());
    Ok(found)
}

/// Returns datasets and sources of the monthly run, with the columns of the sources.
fn sources(lake: &Lake<'_>) -> Vec<Known> {
    let mut found = Vec::new();
    for spec in &lake.config.datasets {
        found.push(Known {
            kind: "dataset".to_owned(),
            name: spec.name.clone(),
            where_: "datasets".to_owned(),
            to: None,
            says: format!("made of {}", spec.sources.join(", ")),
            next: typed(lake, &format!("describe {}", spec.name)),
        });
    }
    for source in &lake.config.sources {
        let next = typed(lake, &format!("sources {}", source.name));
        found.push(Known {
            kind: "source".to_owned(),
            name: source.name.clone(),
            where_: "sources".to_owned(),
            to: None,
            says: source.description.clone(),
            next: next.clone(),
        });
        found.extend(source.columns.iter().map(|column| Known {
            kind: "column of a source".to_owned(),
            name: column.name.clone(),
            where_: format!("sources.{}", source.name),
            to: None,
            says: format!("{}, found as {}", column.kind.name(), column.names.join(", ")),
            next: next.clone(),
        }));
    }
    found
}

/// Returns rooms with their functions, definitions, pages and kinds of errors.
fn rooms(lake: &Lake<'_>) -> Vec<Known> {
    let functions = typed(lake, "functions");
    let of = |kind: &str, name: &str, room: &str, says: String, next: &str| Known {
        kind: kind.to_owned(),
        name: name.to_owned(),
        where_: format!("room {room}"),
        to: None,
        says,
        next: next.to_owned(),
    };
    let error = |room: &str, kind: &carelake_core::ErrorKind| {
        let next = format!("docs/operations.md#{}", kind.name.to_lowercase());
        of("error", kind.name, room, format!("{}; exit code {}", kind.meaning, kind.exit_code), &next)
    };
    let mut found: Vec<Known> = ERRORS.iter().map(|kind| Known { where_: String::new(), ..error("", kind) }).collect();
    for room in lake.rooms {
        let says = format!("{} functions, {} definitions", room.functions.len(), room.definitions.len());
        found.push(Known { where_: "rooms".to_owned(), ..of("room", room.name, room.name, says, &functions) });
        found.extend(
            room.functions
                .iter()
                .map(|function| of("function", function.name, room.name, function.description.to_owned(), &functions)),
        );
        found.extend(room.definitions.iter().map(|definition| {
            let says = format!("statemachine/{}.asl.json", definition.name);
            of("definition", definition.name, room.name, says, &functions)
        }));
        found.extend(room.pages.iter().map(|pages| Known {
            to: Some(To::Page { room: room.name.to_owned(), page: pages.name().to_owned(), item: None }),
            ..of("page", pages.name(), room.name, pages.title().to_owned(), &typed(lake, "serve"))
        }));
        found.extend(room.errors.iter().map(|kind| error(room.name, kind)));
    }
    found
}
