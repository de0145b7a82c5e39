//! The first task: which publications a run makes.

use std::collections::BTreeMap;

use carelake_core::ledger::Trigger;
use carelake_core::names::Publication;
use carelake_core::nearest;
use carelake_tabular::config::Config;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::request::RunRequest;

/// What a run will do, as the state machine passes it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The run.
    pub run_id: String,
    /// Why it was started.
    pub trigger: Trigger,
    /// The date that ages are computed against.
    pub as_of: Date,
    /// Publish even if there are far fewer rows than before.
    pub accept_loss: bool,
    /// Every dataset, and whether it was asked for.
    pub datasets: BTreeMap<String, bool>,
    /// The feeds of `hospitals` that were asked for.
    pub feeds: Vec<String>,
}

/// A dataset or feed that was asked for and does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no dataset `{name}`; {}", instead(nearest.as_deref(), known))]
pub struct PlanError {
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub known: Vec<String>,
    /// The name that was most likely meant.
    pub nearest: Option<String>,
}

fn instead(nearest: Option<&str>, known: &[String]) -> String {
    let known = known.join(", ");
    nearest.map_or_else(|| format!("choose from {known}"), |name| format!("did you mean `{name}`? There are {known}"))
}

/// Returns every publication of the configuration: datasets, and feeds as `hospitals/FEED`.
#[must_use]
pub fn publications(config: &Config) -> Vec<Publication> {
    let of = |dataset: &str, feed: &Option<String>| match feed {
        Some(feed) => Publication::of_feed(dataset, feed),
        None => Publication::of_dataset(dataset),
    };
    config
        .datasets
        .iter()
        .flat_map(|dataset| dataset.publications.iter().map(move |spec| of(&dataset.name, &spec.feed)))
        .collect()
}

/// The name that stands for every publication.
const ALL: &str = "all";

/// Returns the publications that a name stands for: a dataset with all its feeds, one feed, `all`, or a pattern such as
/// `clin*` or `hospitals/*`. A slash at the end, as a shell completes a folder, means nothing.
///
/// # Errors
/// [`PlanError`] when there is none.
pub fn named(config: &Config, name: &str) -> Result<Vec<Publication>, PlanError> {
    let all = publications(config);
    let asked = name.strip_suffix('/').unwrap_or(name);
    if asked == ALL {
        return Ok(all);
    }
    let pattern = if asked.contains(['*', '?', '[']) { glob::Pattern::new(asked).ok() } else { None };
    let is_meant = |text: &str| text == asked || pattern.as_ref().is_some_and(|pattern| pattern.matches(text));
    let found: Vec<Publication> = all
        .iter()
        .filter(|publication| is_meant(publication.dataset()) || is_meant(&publication.path()))
        .cloned()
        .collect();
    if found.is_empty() {
        let mut known: Vec<String> = config.datasets.iter().map(|dataset| dataset.name.clone()).collect();
        known.extend(all.iter().filter(|publication| publication.feed().is_some()).map(Publication::path));
        return Err(PlanError { name: name.to_owned(), nearest: likeliest(asked, &all, &known), known });
    }
    Ok(found)
}

/// Returns the name that was most likely meant: a feed is also known by its own name.
fn likeliest(asked: &str, all: &[Publication], known: &[String]) -> Option<String> {
    let feeds = || all.iter().filter_map(|publication| publication.feed());
    let name = nearest(asked, known.iter().map(String::as_str).chain(feeds()))?;
    let feed = all.iter().find(|publication| publication.feed() == Some(name));
    Some(feed.map_or_else(|| name.to_owned(), Publication::path))
}

/// Returns the publications that names stand for, each once, in the order of the names.
///
/// # Errors
/// [`PlanError`] for a name that stands for none.
pub fn all_named(config: &Config, names: &[String]) -> Result<Vec<Publication>, PlanError> {
    let mut found: Vec<Publication> = Vec::new();
    for name in names {
        for publication in named(config, name)? {
            if !found.contains(&publication) {
                found.push(publication);
            }
        }
    }
    Ok(found)
}

/// Returns the sources that a publication reads: a feed its own, a dataset all of its sources.
#[must_use]
pub fn sources(config: &Config, publication: &Publication) -> Vec<String> {
    match publication.feed() {
        Some(feed) => vec![feed.to_owned()],
        None => config.dataset(publication.dataset()).map(|dataset| dataset.sources.clone()).unwrap_or_default(),
    }
}

/// Decides what a run does.
///
/// # Errors
/// [`PlanError`] when a dataset was asked for that does not exist.
pub fn plan(config: &Config, request: &RunRequest, run_id: &str) -> Result<Plan, PlanError> {
    let asked: Vec<Publication> = match &request.datasets {
        None => publications(config),
        Some(names) => all_named(config, names)?,
    };
    let datasets = config.datasets.iter().map(|dataset| {
        let is_asked = asked.iter().any(|publication| publication.dataset() == dataset.name);
        (dataset.name.clone(), is_asked)
    });
    let mut feeds: Vec<String> = Vec::new();
    for feed in asked.iter().filter_map(|publication| publication.feed().map(str::to_owned)) {
        if !feeds.contains(&feed) {
            feeds.push(feed);
        }
    }
    Ok(Plan {
        run_id: run_id.to_owned(),
        trigger: request.trigger,
        as_of: request.as_of,
        accept_loss: request.accept_loss,
        datasets: datasets.collect(),
        feeds,
    })
}

impl Plan {
    /// Returns the publications that the run makes, in the order of the configuration.
    #[must_use]
    pub fn publications(&self, config: &Config) -> Vec<Publication> {
        publications(config)
            .into_iter()
            .filter(|publication| match publication.feed() {
                Some(feed) => self.feeds.iter().any(|asked| asked == feed),
                None => self.datasets.get(publication.dataset()) == Some(&true),
            })
            .collect()
    }
}
