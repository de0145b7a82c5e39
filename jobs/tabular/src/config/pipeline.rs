//! The configuration as a whole.

use std::path::{Path, PathBuf};

use carelake_core::config::reader::{Form, Key, Mistakes, Node, Spot, schema};
use carelake_core::config::{
    ConfigError, Environment, Files, HEAD, Head, Notify, Prices, Section, check_version, read_environments, read_head,
    read_notify, read_prices, reader,
};

use super::{CodeLists, Compute, DatasetSpec, Known, SourceSpec};
use super::{codes, dataset_reader, declared, source_reader};

/// The sections of the monthly run. A file has all of them, or none if it has the section of another room.
const MONTHLY: [Key; 3] = [
    Key::new(
        "sources",
        Form::Map(&Form::Keys(&source_reader::SOURCE)),
        "The published files, how they are written, and their columns",
    ),
    Key::new(
        "datasets",
        Form::Map(&dataset_reader::DATASET),
        "What is made of the sources, and what a run must keep to",
    ),
    Key::new("code_lists", Form::Keys(&codes::CODE_LISTS), "The groups that values are put in"),
];

/// Everything that `pipeline_config.yaml` says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    /// The configuration as one file, whatever it includes: what is deployed, and what tells one configuration from another.
    pub text: String,
    /// Where runs read and publish, in file order.
    pub environments: Vec<Environment>,
    /// The sources, in file order.
    pub sources: Vec<SourceSpec>,
    /// The datasets: in the order of their names where all were known to the reader, in file order otherwise.
    pub datasets: Vec<DatasetSpec>,
    /// The code lists.
    pub code_lists: CodeLists,
    /// Whom a run tells how it ended.
    pub notify: Notify,
    /// What AWS charges; without it, reports tell no cost.
    pub prices: Option<Prices>,
    /// What every room shares, besides environments, mail and prices.
    pub head: Head,
    /// The file as a tree, for the rooms that read sections of their own.
    pub root: Node,
}

impl Config {
    /// Without datasets that are declared; what other rooms have in the file is theirs to judge.
    const ALONE: Known<'static> = Known { datasets: &[], names: None, functions: None, sections: None, across: &[] };

    /// Reads and checks a configuration file, with the files that it includes. Relative folders in all of them are relative to the
    /// folder that this file is in.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read, is not UTF-8, or has mistakes.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::load_for(Self::ALONE, path)
    }

    /// Reads and checks a configuration file, also against what the program knows.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read, is not UTF-8, or has mistakes.
    pub fn load_for<E>(known: Known<'_, E>, path: &Path) -> Result<Self, ConfigError> {
        let mut mistakes = Mistakes::default();
        let files = Files::read(path, &mut mistakes)?;
        // A path that climbs out of the folder is told from another by where it ends.
        let absolute = std::path::absolute(path).map_err(|cause| ConfigError::unreadable(path, cause))?;
        Self::checked(known, files, absolute.parent().unwrap_or(Path::new("")), mistakes)
    }

    /// Checks the text of a configuration file. Reads nothing; the file's name is for messages and relative folders.
    ///
    /// ```
    /// use carelake_tabular::config::Config;
    /// use std::path::Path;
    /// let text = "version: 2\nnotify: { smpt: {} }\n";
    /// let error = Config::parse(text, Path::new("pipeline_config.yaml")).unwrap_err();
    /// let problem = error.problems().iter().find(|problem| problem.path == "notify.smpt").unwrap();
    /// assert_eq!((problem.line, problem.nearest.as_deref()), (2, Some("smtp")));
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake in the text.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        Self::parse_for(Self::ALONE, text, file)
    }

    /// Checks the text of a configuration file, also against what the program knows: one that is accepted names every
    /// column that its datasets read, with the type in which they read it, and keys and orders that they can use.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake in the text.
    pub fn parse_for<E>(known: Known<'_, E>, text: &str, file: &Path) -> Result<Self, ConfigError> {
        let mut mistakes = Mistakes::default();
        let root = reader::parse(text, &mut mistakes);
        if let Some(include) = root.as_ref().and_then(|root| Spot::root(root).child("include")) {
            mistakes.add(&include, "is read from a folder only; `carelake config --joined` makes one file of it");
        }
        let files = Files { names: vec![file.to_path_buf()], root, text: text.to_owned() };
        Self::checked(known, files, file.parent().unwrap_or(Path::new("")), mistakes)
    }

    fn checked<E>(
        known: Known<'_, E>,
        files: Files,
        base_dir: &Path,
        mut mistakes: Mistakes,
    ) -> Result<Self, ConfigError> {
        let Files { names, root, text } = files;
        let file = names.first().cloned().unwrap_or_default();
        let config = root.map(|root| read(root, known, (file, text), base_dir, &mut mistakes));
        match (config, mistakes.into_problems()) {
            (Some(config), problems) if problems.is_empty() => Ok(config),
            (_, problems) => Err(ConfigError::new(names, problems)),
        }
    }

    /// Returns the schema for editors (JSON Schema 2020-12), with the sections of these rooms.
    #[must_use]
    pub fn schema(sections: &[Section]) -> serde_json::Value {
        let further = sections.iter().map(|section| (section.name, (section.schema)()));
        schema("pipeline_config.yaml of carelake", &[HEAD.as_slice(), &MONTHLY].concat(), further.collect())
    }

    /// Returns the source with this name.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&SourceSpec> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// Returns the dataset with this name.
    #[must_use]
    pub fn dataset(&self, name: &str) -> Option<&DatasetSpec> {
        self.datasets.iter().find(|dataset| dataset.name == name)
    }

    /// Reads the section of a room, if it is there. Nothing is wrong with it, if the room was known when the file was read.
    pub fn section<T>(&self, name: &str, read: impl FnOnce(&Spot<'_>, &mut Mistakes) -> T) -> Option<T> {
        Spot::root(&self.root).child(name).map(|spot| read(&spot, &mut Mistakes::default()))
    }

    /// Returns the environment with this name.
    #[must_use]
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name == name)
    }
}

/// Reads the whole file. What could not be read is a placeholder, and the mistakes says why.
fn read<E>(
    root: Node,
    known: Known<'_, E>,
    (file, text): (PathBuf, String),
    base_dir: &Path,
    mistakes: &mut Mistakes,
) -> Config {
    let spot = Spot::root(&root);
    let own: Vec<&str> = HEAD.iter().chain(&MONTHLY).map(|key| key.name).collect();
    let mut keys = own.clone();
    match known.sections {
        Some(sections) => keys.extend(sections.iter().map(|section| section.name)),
        None => keys.extend(spot.keys().filter(|key| !own.contains(key))),
    }
    let fields = spot.fields(&keys, mistakes);
    for section in known.sections.unwrap_or_default() {
        if let Some(spot) = fields.get(section.name) {
            (section.check)(&spot, base_dir, mistakes);
        }
    }
    known.across.iter().for_each(|check| check(&spot, base_dir, mistakes));
    fields.required("version", "the version of the format: 2", mistakes);
    check_version(&spot, mistakes);
    let environments = fields.required("environments", "input, output and rejects of each environment", mistakes);
    let is_of_rooms = keys.iter().any(|key| !own.contains(key) && fields.get(key).is_some());
    let is_monthly = !is_of_rooms || MONTHLY.iter().any(|key| fields.get(key.name).is_some());
    let monthly = |key: &str, what: &str, mistakes: &mut Mistakes| {
        if is_monthly { fields.required(key, what, mistakes) } else { None }
    };
    let sources = monthly("sources", "the published files and their columns", mistakes);
    let sources = sources.map(|spot| source_reader::read_all(&spot, mistakes)).unwrap_or_default();
    let datasets_spot = monthly("datasets", "the datasets", mistakes);
    let datasets = datasets_spot
        .as_ref()
        .map(|spot| dataset_reader::read_all(spot, known.names, &sources, mistakes))
        .unwrap_or_default();
    if let Some(spot) = &datasets_spot {
        declared::check(spot, &sources, &datasets, known.datasets, mistakes);
    }
    if let Some(spot) = &environments {
        check_networks(spot, &datasets, mistakes);
        check_functions(spot, known.functions, mistakes);
    }
    let code_lists = monthly("code_lists", "the groups of codes", mistakes);
    let environments = environments.map(|spot| read_environments(&spot, base_dir, mistakes)).unwrap_or_default();
    let code_lists = code_lists.map(|spot| codes::read(&spot, mistakes)).unwrap_or_default();
    let prices = fields.get("prices").map(|spot| read_prices(&spot, mistakes));
    let notify = fields.get("notify").map(|spot| read_notify(&spot, base_dir, mistakes)).unwrap_or_default();
    let head = read_head(&fields, &environments, base_dir, mistakes);
    let sources = sources.into_iter().map(|source| source.spec).collect();
    Config { file, text, environments, sources, datasets, code_lists, notify, prices, head, root }
}

/// Checks that there is a network for the container tasks in every environment that is in buckets.
fn check_networks(environments: &Spot<'_>, datasets: &[DatasetSpec], mistakes: &mut Mistakes) {
    let Some(dataset) = datasets.iter().find(|dataset| dataset.compute == Compute::Fargate) else { return };
    for spot in environments.keys().filter_map(|name| environments.child(name)) {
        let is_deployed =
            spot.child("output").and_then(|output| output.raw_text()).is_some_and(|text| text.starts_with("s3://"));
        let deployment = spot.child("deployment");
        if is_deployed && deployment.as_ref().is_none_or(|it| it.child("network").is_none()) {
            let message = format!(
                "missing; give the vpc and subnets of container tasks, as {} has compute: fargate",
                dataset.name
            );
            mistakes.add(&deployment.unwrap_or_else(|| spot.named("deployment")).named("network"), message);
        }
    }
}

/// Checks that calls are reserved for functions that there are.
fn check_functions(environments: &Spot<'_>, functions: Option<&[&str]>, mistakes: &mut Mistakes) {
    let Some(functions) = functions else { return };
    for environment in environments.keys().filter_map(|name| environments.child(name)) {
        let reserved = environment.child("deployment").and_then(|it| it.child("reserved_concurrency"));
        let Some(reserved) = reserved else { continue };
        for name in reserved.keys().filter(|name| !functions.contains(name)) {
            if let Some(spot) = reserved.child(name) {
                mistakes.unknown(
                    &spot,
                    "no function of this name; `carelake functions` lists them",
                    name,
                    functions.iter().copied(),
                );
            }
        }
    }
}
