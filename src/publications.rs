//! Publications by name: those that the configuration declares, and those of files that somebody published or partners sent, and of tables
//! of databases.

use carelake_core::names::Publication;
use carelake_core::publish;
use carelake_files::ROOM as FILES;

use crate::failure::Failure;
use crate::lake::Lake;
use crate::registry::ROOMS;
use crate::tenant::refuse_shared;

/// Returns whether publications that begin with this word come about as files come in, tables are found and messages arrive: those of every
/// room, which no configuration declares.
fn is_of_room(word: &str) -> bool {
    word == FILES || ROOMS.0.iter().any(|room| room.name == word)
}

/// Returns the publications that no configuration declares.
pub(crate) fn of_files(lake: &Lake) -> Result<Vec<Publication>, Failure> {
    Ok(carelake_facts::found(&lake.facts(None))?)
}

/// Refuses to serve something else of a feed than what follows from its deliveries.
pub(crate) fn refuse_intake(publication: &Publication) -> Result<(), Failure> {
    if !publication.path().starts_with(&format!("{}/", carelake_intake::publish::ROOM)) {
        return Ok(());
    }
    let message = format!("{publication} is what follows from the deliveries of its feed, and is not moved by itself");
    Err(Failure::argument(message)
        .advise("`carelake intake withdraw DELIVERY` takes a delivery out; `carelake feeds show FEED` lists them"))
}

/// Refuses to take one run out of a log of a table: the windows after it build on what it holds.
pub(crate) fn refuse_loads(publication: &Publication) -> Result<(), Failure> {
    if !publication.path().starts_with(&format!("{}/", carelake_loads::ROOM.name)) {
        return Ok(());
    }
    let message = format!("{publication} is a log of windows, and none of its runs is taken out by itself");
    Err(Failure::argument(message)
        .advise("`carelake rollback PUBLICATION` serves a former state whole; `carelake load TABLE --full` reads the table anew"))
}

/// Refuses to take one run out of the changes of a stream: positions would say that its records are published.
pub(crate) fn refuse_streams(publication: &Publication) -> Result<(), Failure> {
    if !publication.path().starts_with(&format!("{}/", carelake_streams::ROOM.name)) {
        return Ok(());
    }
    let message = format!("{publication} is what a stream delivered, and none of its runs is taken out by itself");
    Err(Failure::argument(message).advise(
        "`carelake rollback PUBLICATION` takes changes and positions back together, and the next flush publishes them again",
    ))
}

/// Refuses to take one run out of the versions of a source: what is known of them would say that they are published.
pub(crate) fn refuse_fhir(publication: &Publication) -> Result<(), Failure> {
    if !publication.path().starts_with(&format!("{}/", carelake_fhir::ROOM.name)) {
        return Ok(());
    }
    let message = format!("{publication} is what a server exported, and none of its runs is taken out by itself");
    Err(Failure::argument(message).advise(
        "`carelake rollback PUBLICATION` takes rows and bookmark back together, and the next run asks for the same again",
    ))
}

/// Refuses to take one day out of the messages: the position would say that they are published.
pub(crate) fn refuse_messages(publication: &Publication) -> Result<(), Failure> {
    if !publication.path().starts_with(&format!("{}/", carelake_hl7::ROOM.name)) {
        return Ok(());
    }
    let message = format!("{publication} is what senders sent, and no day of it is taken out by itself");
    Err(Failure::argument(message).advise("`carelake rollback PUBLICATION` takes rows and position back together, and the next `carelake hl7 day` publishes them again"))
}

/// Returns every publication, those of the configuration first.
pub(crate) fn all(lake: &Lake) -> Result<Vec<Publication>, Failure> {
    Ok(carelake_facts::all(&lake.facts(None))?)
}

/// Returns the publications that a name stands for: a dataset with all its feeds, one feed, files, `all`, or a pattern.
pub(crate) fn named(lake: &Lake, name: &str) -> Result<Vec<Publication>, Failure> {
    refuse_shared(name)?;
    let asked = name.strip_suffix('/').unwrap_or(name);
    let room = asked.split('/').next().unwrap_or_default();
    if !is_of_room(room) {
        return lake.named(name);
    }
    let pattern = if asked == room { None } else { glob::Pattern::new(asked).ok() };
    let known = publish::publications(&*lake.output, &format!("{room}/"))?;
    let is_meant = |path: &str| asked == room || pattern.as_ref().is_some_and(|pattern| pattern.matches(path));
    let found: Vec<Publication> = known.iter().filter(|publication| is_meant(&publication.path())).cloned().collect();
    if found.is_empty() {
        let known: Vec<String> = known.iter().map(Publication::path).collect();
        return Err(Failure::unknown("publication", name, known.iter().map(String::as_str)));
    }
    Ok(found)
}

/// Returns the publications that names stand for; every publication when there are none.
pub(crate) fn all_or_named(lake: &Lake, names: &[String]) -> Result<Vec<Publication>, Failure> {
    if names.is_empty() {
        return all(lake);
    }
    let mut found = Vec::new();
    for name in names {
        for publication in named(lake, name)? {
            if !found.contains(&publication) {
                found.push(publication);
            }
        }
    }
    Ok(found)
}

/// Returns the only publication that a name stands for.
pub(crate) fn one(lake: &Lake, name: &str) -> Result<Publication, Failure> {
    let found = named(lake, name)?;
    match found.as_slice() {
        [publication] => Ok(publication.clone()),
        several => {
            let names: Vec<String> = several.iter().map(Publication::path).collect();
            Err(Failure::argument(format!("`{name}` stands for several; choose one of {}", names.join(", "))))
        }
    }
}
