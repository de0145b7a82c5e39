//! The first task: which publications a run makes.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::request::RunRequest;
use crate::config::Config;
use crate::ledger::Trigger;
use crate::publish::Publication;

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
#[error("there is no dataset `{name}`; choose from {}", known.join(", "))]
pub struct PlanError {
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub known: Vec<String>,
}

/// Returns every publication of the configuration: datasets, and feeds as `hospitals/FEED`.
#[must_use]
pub fn publications(config: &Config) -> Vec<Publication> {
    let of = |dataset: &str, feed: &Option<String>| Publication { dataset: dataset.to_owned(), feed: feed.clone() };
    config
        .datasets
        .iter()
        .flat_map(|dataset| dataset.publications.iter().map(move |spec| of(&dataset.name, &spec.feed)))
        .collect()
}

/// Returns the publications that a name stands for: a dataset with all its feeds, or one feed.
///
/// # Errors
/// [`PlanError`] when there is none.
pub fn named(config: &Config, name: &str) -> Result<Vec<Publication>, PlanError> {
    let all = publications(config);
    let found: Vec<Publication> =
        all.iter().filter(|publication| publication.dataset == name || publication.path() == name).cloned().collect();
    if found.is_empty() {
        let mut known: Vec<String> = config.datasets.iter().map(|dataset| dataset.name.clone()).collect();
        known.extend(all.iter().filter(|publication| publication.feed.is_some()).map(Publication::path));
        return Err(PlanError { name: name.to_owned(), known });
    }
    Ok(found)
}

/// Decides what a run does.
///
/// # Errors
/// [`PlanError`] when a dataset was asked for that does not exist.
pub fn plan(config: &Config, request: &RunRequest, run_id: &str) -> Result<Plan, PlanError> {
    let asked: Vec<Publication> = match &request.datasets {
        None => publications(config),
        Some(names) => {
            let found = names.iter().map(|name| named(config, name)).collect::<Result<Vec<_>, _>>()?;
            found.into_iter().flatten().collect()
        }
    };
    let datasets = config.datasets.iter().map(|dataset| {
        let is_asked = asked.iter().any(|publication| publication.dataset == dataset.name);
        (dataset.name.clone(), is_asked)
    });
    let mut feeds: Vec<String> = Vec::new();
    for feed in asked.iter().filter_map(|publication| publication.feed.clone()) {
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
            .filter(|publication| match &publication.feed {
                Some(feed) => self.feeds.contains(feed),
                None => self.datasets.get(&publication.dataset) == Some(&true),
            })
            .collect()
    }
}
