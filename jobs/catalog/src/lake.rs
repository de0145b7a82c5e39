//! What the tables of one environment have in common: database, bucket, state codes, and which datasets have feeds.

use std::collections::BTreeMap;

use carelake_core::config::{Environment, Location};
use carelake_core::names::{Publication, Scope};
use carelake_pipeline::publications;
use carelake_tabular::config::Config;

use crate::error::CatalogError;

/// The room whose publications others name.
const LOADS: &str = "loads";

/// One environment, as its tables need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lake {
    /// The Glue database.
    pub database: String,
    /// Where the output is: `s3://bucket` or `s3://bucket/prefix`.
    pub(crate) output: String,
    /// The state codes that rows may have.
    pub(crate) states: Vec<String>,
    /// The partition columns of each dataset, outermost first, for runs that have no file to tell them.
    pub(crate) partition_by: BTreeMap<String, Vec<String>>,
    /// The feeds of each dataset that has feeds.
    pub(crate) feeds: BTreeMap<String, Vec<Publication>>,
}

impl Lake {
    /// Reads what the tables need out of the configuration.
    ///
    /// # Errors
    /// [`CatalogError::NotInS3`] when the environment's output is a folder.
    pub fn new(config: &Config, environment: &Environment, database: &str) -> Result<Self, CatalogError> {
        if matches!(environment.output, Location::Local(_)) {
            return Err(CatalogError::NotInS3 { environment: environment.name.clone() });
        }
        let mut feeds: BTreeMap<String, Vec<Publication>> = BTreeMap::new();
        for feed in publications(config).into_iter().filter(|publication| publication.feed().is_some()) {
            feeds.entry(feed.dataset().to_owned()).or_default().push(feed);
        }
        Ok(Self {
            database: database.to_owned(),
            output: environment.output.to_string(),
            states: config.code_lists.states.clone(),
            partition_by: config.datasets.iter().map(|spec| (spec.name.clone(), spec.partition_by.clone())).collect(),
            feeds,
        })
    }
}

/// Returns the name of the database of an environment, of a tenant in it, and of a room's own part of that.
///
/// ```
/// use carelake_catalog::database_name;
/// use carelake_core::names::Scope;
/// assert_eq!(database_name("dev-2", &Scope::default(), None), "carelake_dev_2");
/// assert_eq!(database_name("dev", &"acme".parse().unwrap(), Some("curated")), "carelake_dev_acme_curated");
/// ```
#[must_use]
pub fn database_name(environment: &str, scope: &Scope, room: Option<&str>) -> String {
    let parts = ["carelake".to_owned(), environment.replace('-', "_"), scope.to_string()];
    let parts = parts.iter().map(String::as_str).chain(room);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
}

/// Returns the name of the table of a publication: all parts of its name, with `_` between them. What databases and tables are called is
/// for others to say, so that of loads two stand between parts, which no part has inside but `__latest`.
///
/// ```
/// use carelake_catalog::table_name;
/// use carelake_core::names::Publication;
/// assert_eq!(table_name(&Publication::of_dataset("clinicians")), "clinicians");
/// assert_eq!(table_name(&Publication::from_path("hospitals/mercy")), "hospitals_mercy");
/// assert_eq!(table_name(&Publication::from_path("intake/persons/bayview")), "intake_persons_bayview");
/// assert_eq!(table_name(&Publication::from_path("loads/crm/lis_a/results")), "loads__crm__lis_a__results");
/// ```
#[must_use]
pub fn table_name(publication: &Publication) -> String {
    publication.path().replace('/', if publication.dataset() == LOADS { "__" } else { "_" })
}
