//! The section `fetch` of the configuration: where each source of the monthly run is published, and how the sites are reached.
//!
//! Reading is pure. That a source is one of the monthly run is looked at when it is fetched, since a section sees itself only.

mod read;
#[cfg(test)]
mod tests;
mod wanted;

use std::path::PathBuf;

use carelake_core::ErrorKind;
use carelake_core::nearest;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::config::Config;

pub use read::{SECTION, read};
pub use wanted::{At, Cadence, Wanted};

/// Everything that the section says, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetch {
    /// Where the sites are.
    pub sites: Sites,
    /// Hosts that files may come from; `*.suffix` stands for any below it.
    pub hosts: Vec<String>,
    /// The proxy, `http://HOST:PORT`.
    pub proxy: Option<String>,
    /// A file of certificates that are trusted besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// Days after the next release was expected from which on a source is stale.
    pub stale_days: u32,
    /// What is fetched, in file order.
    pub wanted: Vec<Wanted>,
}

/// The base addresses of the sites, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sites {
    /// The Provider Data Catalog.
    pub provider_data: String,
    /// data.cms.gov.
    pub data_cms: String,
    /// Where the files of NPPES are downloaded.
    pub nppes: String,
}

impl Sites {
    /// Returns the addresses.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.provider_data, &self.data_cms, &self.nppes].into_iter().map(String::as_str)
    }
}

impl Fetch {
    /// Returns the section of a configuration, if it has one.
    #[must_use]
    pub fn of_config(config: &Config) -> Option<Self> {
        let folder = config.file.parent().unwrap_or(std::path::Path::new(""));
        config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes))
    }

    /// Returns what is fetched under these names, all when there are none. A name is that of an entry, or of the source that one is for.
    ///
    /// # Errors
    /// `InvalidConfig` with the nearest name, when nothing has one of the names.
    pub fn chosen(&self, names: &[String]) -> Result<Vec<&Wanted>, Failure> {
        let is_named = |wanted: &Wanted, name: &str| wanted.name == name || wanted.source == name;
        for name in names {
            if !self.wanted.iter().any(|wanted| is_named(wanted, name)) {
                let near = nearest(name, self.wanted.iter().map(|wanted| wanted.name.as_str()));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                let why = format!("fetch.sources: there is no `{name}`{near}");
                return Err(Failure::new(ErrorKind::INVALID_CONFIG, why));
            }
        }
        let is_chosen = |wanted: &&Wanted| names.is_empty() || names.iter().any(|name| is_named(wanted, name));
        Ok(self.wanted.iter().filter(is_chosen).collect())
    }
}
