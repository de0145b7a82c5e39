//! Which models are meant: the words by which they are selected.
//!
//! `name`, `+name` (with all that it is made of), `name+` (with all that is made of it), `2+name` (two levels), `tag:`, `zone:`, `owner:`,
//! `input:PUBLICATION`, `changed`, `failed`. Several words are a union; what commas join must hold at once.

use std::collections::BTreeSet;

use carelake_core::nearest;

use crate::config::{Curated, From, Model};

/// What a selection needs to know that the configuration does not tell.
pub trait Standing {
    /// Returns whether what is published was made by another version of the model, or nothing is published.
    fn is_changed(&self, model: &Model) -> bool;
    /// Returns whether the last build of the model failed.
    fn has_failed(&self, model: &Model) -> bool;
}

/// Nothing is known of what is published.
#[derive(Debug)]
pub struct Unknown;

impl Standing for Unknown {
    fn is_changed(&self, _: &Model) -> bool {
        false
    }

    fn has_failed(&self, _: &Model) -> bool {
        false
    }
}

/// A word that selects nothing that there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SelectError {
    message: String,
}

/// What selects by an attribute.
const ATTRIBUTES: [&str; 4] = ["tag", "zone", "owner", "input"];

/// Returns the models that words select, in the order in which they are built; all where there are no words.
///
/// # Errors
/// [`SelectError`] with the nearest name, where a word selects nothing that there is.
pub fn select<'c>(
    curated: &'c Curated,
    words: &[String],
    exclude: &[String],
    standing: &dyn Standing,
) -> Result<Vec<&'c Model>, SelectError> {
    let union = |words: &[String]| -> Result<BTreeSet<&'c str>, SelectError> {
        let mut found = BTreeSet::new();
        for word in words.iter().flat_map(|words| words.split_whitespace()) {
            found.extend(intersection(curated, word, standing)?);
        }
        Ok(found)
    };
    let chosen =
        if words.is_empty() { curated.models.iter().map(|it| it.name.as_str()).collect() } else { union(words)? };
    let excluded = union(exclude)?;
    let is_meant = |model: &&Model| chosen.contains(model.name.as_str()) && !excluded.contains(model.name.as_str());
    Ok(curated.models.iter().filter(is_meant).collect())
}

fn intersection<'c>(
    curated: &'c Curated,
    word: &str,
    standing: &dyn Standing,
) -> Result<BTreeSet<&'c str>, SelectError> {
    let mut found: Option<BTreeSet<&str>> = None;
    for part in word.split(',') {
        let named = with_neighbours(curated, part, standing)?;
        found = Some(match found {
            None => named,
            Some(before) => before.intersection(&named).copied().collect(),
        });
    }
    Ok(found.unwrap_or_default())
}

fn with_neighbours<'c>(
    curated: &'c Curated,
    word: &str,
    standing: &dyn Standing,
) -> Result<BTreeSet<&'c str>, SelectError> {
    let (below, rest) = match word.split_once('+') {
        Some((levels, rest)) if levels.chars().all(|c| c.is_ascii_digit()) && !rest.is_empty() => (Some(levels), rest),
        _ => (None, word),
    };
    let (core, above) = match rest.rsplit_once('+') {
        Some((core, levels)) if levels.chars().all(|c| c.is_ascii_digit()) => (core, Some(levels)),
        _ => (rest, None),
    };
    let levels = |text: &str| text.parse::<usize>().unwrap_or(usize::MAX);
    let chosen = plain(curated, core, standing)?;
    let mut found: BTreeSet<&str> = chosen.iter().map(|model| model.name.as_str()).collect();
    if let Some(text) = below {
        found.extend(spread(&chosen, levels(text), |model| curated.below(model).collect()));
    }
    if let Some(text) = above {
        found.extend(spread(&chosen, levels(text), |model| curated.above(model).collect()));
    }
    Ok(found)
}

fn spread<'c>(from: &[&'c Model], levels: usize, next: impl Fn(&'c Model) -> Vec<&'c Model>) -> BTreeSet<&'c str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut edge: Vec<&Model> = from.to_vec();
    for _ in 0..levels {
        edge = edge.iter().flat_map(|model| next(model)).filter(|model| found.insert(model.name.as_str())).collect();
        if edge.is_empty() {
            break;
        }
    }
    found
}

fn plain<'c>(curated: &'c Curated, word: &str, standing: &dyn Standing) -> Result<Vec<&'c Model>, SelectError> {
    let models = || curated.models.iter();
    let Some((attribute, value)) = word.split_once(':') else {
        return match word {
            "changed" => Ok(models().filter(|model| standing.is_changed(model)).collect()),
            "failed" => Ok(models().filter(|model| standing.has_failed(model)).collect()),
            name => {
                let found: Vec<&Model> = models().filter(|model| model.name == name).collect();
                let names = models().map(|model| model.name.as_str()).chain(["changed", "failed"]);
                if found.is_empty() { Err(unknown("model", name, names)) } else { Ok(found) }
            }
        };
    };
    let reads = |model: &Model| {
        model
            .inputs
            .iter()
            .any(|input| matches!(&input.from, From::Publication(name) | From::Pattern(name) if name == value))
    };
    let found: Vec<&Model> = match attribute {
        "tag" => models().filter(|model| model.tags.iter().any(|tag| tag == value)).collect(),
        "zone" => models().filter(|model| model.zone.name() == value).collect(),
        "owner" => models().filter(|model| model.owner.as_deref() == Some(value)).collect(),
        "input" => models().filter(|model| reads(model)).collect(),
        other => return Err(unknown("way to select", other, ATTRIBUTES)),
    };
    if !found.is_empty() {
        return Ok(found);
    }
    let known: Vec<&str> = match attribute {
        "tag" => models().flat_map(|model| model.tags.iter().map(String::as_str)).collect(),
        "zone" => models().map(|model| model.zone.name()).collect(),
        "owner" => models().filter_map(|model| model.owner.as_deref()).collect(),
        _ => models()
            .flat_map(|model| &model.inputs)
            .map(|input| match &input.from {
                From::Publication(name) | From::Pattern(name) => name.as_str(),
            })
            .collect(),
    };
    Err(unknown(attribute, value, known))
}

fn unknown<'n>(what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) -> SelectError {
    let near = nearest(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    SelectError { message: format!("there is no {what} `{name}`{near}") }
}
