//! Places that an environment has besides its input, output and rejects.

use std::path::Path;

use serde::Serialize;

use super::environment::Environment;
use super::reader::{Fields, Form, Key, Mistakes, Spot};
use super::{Location, environment};

/// The places. Those that every environment has are named there, and only there.
pub const PLACES: [Key; 3] = [
    Key::new("raw", Form::Text, "What was received and must never expire; the input of the environment unless set"),
    Key::new("scratch", Form::Text, "What may be gone after seven days; a folder in `state` unless set"),
    Key::new("state", Form::Text, "What is kept of runs on one machine: the folder _carelake in the output unless set"),
];
/// The places that stand in `environments`.
const OF_ENVIRONMENTS: [&str; 3] = ["input", "output", "rejects"];

/// Places of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Places {
    /// The environment.
    #[serde(skip)]
    pub environment: String,
    /// What was received and must never expire.
    pub raw: Location,
    /// What may be gone after seven days, if it has a place of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch: Option<Location>,
    /// What is kept of runs, if it has a place of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Location>,
}

/// Returns the places of every environment: those that `places` names, and what stands in for the others.
pub fn read_places(
    spot: Option<&Spot<'_>>,
    environments: &[Environment],
    base_dir: &Path,
    mistakes: &mut Mistakes,
) -> Vec<Places> {
    let names: Vec<&str> = environments.iter().map(|environment| environment.name.as_str()).collect();
    let named = spot.map(|spot| spot.fields(&names, mistakes));
    let read = |environment: &Environment| {
        let spot = named.as_ref().and_then(|named| named.get(&environment.name));
        match spot {
            Some(spot) => read(&spot, environment, base_dir, mistakes),
            None => places(environment, [None, None, None]),
        }
    };
    environments.iter().map(read).collect()
}

fn places(environment: &Environment, [raw, scratch, state]: [Option<Location>; 3]) -> Places {
    let raw = raw.unwrap_or_else(|| environment.input.clone());
    Places { environment: environment.name.clone(), raw, scratch, state }
}

fn read(spot: &Spot<'_>, environment: &Environment, base_dir: &Path, mistakes: &mut Mistakes) -> Places {
    let declared = PLACES.iter().map(|key| key.name).chain(OF_ENVIRONMENTS);
    let fields = spot.fields(&declared.collect::<Vec<_>>(), mistakes);
    for (name, spot) in OF_ENVIRONMENTS.iter().filter_map(|name| Some((name, fields.get(name)?))) {
        mistakes.add(&spot, format!("is said in environments.{}.{name}; keep it there alone", environment.name));
    }
    let read = PLACES.map(|key| {
        let spot = fields.get(key.name)?;
        let place = environment::location(&spot, base_dir, mistakes)?;
        check_alike(&spot, &place, environment, mistakes);
        Some((spot, place))
    });
    let [raw, scratch, state] = &read;
    for (place, others) in [
        (raw, [("output", &environment.output), ("rejects", &environment.rejects)].as_slice()),
        (scratch, [("input", &environment.input), ("rejects", &environment.rejects)].as_slice()),
        (state, [("input", &environment.input), ("rejects", &environment.rejects)].as_slice()),
    ] {
        for (other, there) in others {
            check_apart(place.as_ref(), other, there, mistakes);
        }
    }
    check_named_apart(&fields, &read, mistakes);
    places(environment, read.map(|read| read.map(|(_, place)| place)))
}

/// Checks that a place is a folder where the output is one, and a bucket where that is a bucket.
fn check_alike(spot: &Spot<'_>, place: &Location, environment: &Environment, mistakes: &mut Mistakes) {
    match (place, &environment.output) {
        (Location::Local(_), Location::S3 { .. }) => {
            mistakes.add(spot, "must be s3://bucket/prefix, as the output of the environment is");
        }
        (Location::S3 { .. }, Location::Local(_)) => {
            mistakes.add(spot, "must be a folder, as the output of the environment is");
        }
        _ => {}
    }
}

fn check_apart(place: Option<&(Spot<'_>, Location)>, other: &str, there: &Location, mistakes: &mut Mistakes) {
    let Some((spot, place)) = place else { return };
    if place.is_within(there) {
        mistakes.add(spot, format!("must not lie inside {other}; give it a place of its own"));
    } else if there.is_within(place) {
        mistakes.add(spot, format!("must not have {other} inside; give it a place of its own"));
    }
}

/// Checks that what is kept for ever does not lie in what expires, or the other way round.
fn check_named_apart(fields: &Fields<'_>, read: &[Option<(Spot<'_>, Location)>; 3], mistakes: &mut Mistakes) {
    let [raw, scratch, state] = read;
    let named = [("raw", raw), ("state", state)];
    for (other, there) in named.iter().filter_map(|(name, read)| Some((name, read.as_ref().map(|(_, place)| place)?))) {
        match scratch.as_ref() {
            // What is unpacked may lie beside the ledger, but not around it.
            Some((_, place)) if *other == "state" && place.is_within(there) && place != there => {}
            scratch => check_apart(scratch, other, there, mistakes),
        }
    }
    if let (Some(raw), Some((_, there))) = (raw.as_ref().filter(|_| fields.get("state").is_some()), state) {
        check_apart(Some(raw), "state", there, mistakes);
    }
}
