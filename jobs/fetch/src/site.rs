//! Asking the sites: which release is current, and whether a file is still the one that was brought.

use std::sync::Arc;

use carelake_http::{Client, Clock, Known, Place, Proxy, Request, Settings};
use carelake_tabular::config::SourceSpec;
use carelake_tabular::source::Naming;
use jiff::civil::Date;

use crate::FetchError;
use crate::catalog::Catalog;
use crate::config::{At, Cadence, Fetch, Wanted};
use crate::resolve::{Release, Unresolved, data_cms_file, data_cms_newest, host, nppes_listed, provider_data_current};

/// The most bytes of an answer that tells releases. The catalog of data.cms.gov is the largest.
const ANSWER_BYTES: u64 = 128 << 20;
/// Who asks, as the logs of the sites have it.
const USER_AGENT: &str = concat!("carelake/", env!("CARGO_PKG_VERSION"));

/// The sites of a configuration.
pub struct Site<'f> {
    fetch: &'f Fetch,
    catalog: Arc<Catalog>,
    pub(crate) client: Client,
}

/// What the headers of a file say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headers {
    /// It is the one that is known.
    Unchanged,
    /// It may be another.
    Other {
        /// Its `ETag`.
        etag: Option<String>,
        /// Its size in bytes.
        size_bytes: Option<u64>,
    },
}

impl<'f> Site<'f> {
    /// Makes ready to ask; `proxy` is that of the environment of the process, which the configuration goes before, and `clock` is what
    /// waits before another attempt, if it is not this machine's.
    ///
    /// # Errors
    /// `InvalidConfig` when proxy or certificates cannot be used.
    pub fn open(fetch: &'f Fetch, proxy: Option<Proxy>, clock: Option<Arc<dyn Clock>>) -> Result<Self, FetchError> {
        let own = fetch.proxy.clone().map(|url| Proxy { url, except: String::new() });
        let of_sites = |scheme: &'static str| {
            fetch.sites.all().filter(move |site| site.starts_with(scheme)).filter_map(host).collect::<Vec<_>>()
        };
        let preset = Settings::default();
        let client = Client::new(&Settings {
            hosts: [of_sites("https://"), fetch.hosts.clone()].concat(),
            allow_plain_http: of_sites("http://"),
            proxy: own.or(proxy),
            ca_file: fetch.ca_file.clone(),
            user_agent: USER_AGENT.to_owned(),
            clock: clock.unwrap_or_else(|| preset.clock.clone()),
            ..preset
        })?;
        Ok(Self { fetch, catalog: Arc::default(), client })
    }

    /// Looks for sources in a catalog that others look into as well.
    #[must_use]
    pub fn with_catalog(self, catalog: Arc<Catalog>) -> Self {
        Self { catalog, ..self }
    }

    /// Returns the releases of a source that are to be had, oldest first; of those that begin on or before `until`, where there is a
    /// choice.
    ///
    /// # Errors
    /// [`FetchError`] when the site does not tell.
    pub fn releases(
        &self,
        wanted: &Wanted,
        (spec, naming): (&SourceSpec, &Naming),
        until: Option<Date>,
    ) -> Result<Vec<Release>, FetchError> {
        let sites = &self.fetch.sites;
        let found = match &wanted.at {
            At::ProviderData { id } => {
                let path = "/provider-data/api/1/metastore/schemas/dataset/items/";
                vec![provider_data_current(&self.ask(&format!("{}{path}{id}", sites.provider_data))?, id)?]
            }
            At::DataCms { dataset, file } => {
                let is_wanted = |name: &str| match file {
                    Some(stem) => is_of(name, stem),
                    None => naming.is_file(&in_folder(&spec.pattern, name)),
                };
                let shown = file.as_deref().unwrap_or(&spec.pattern);
                self.of_data_cms(dataset, shown, &is_wanted, until)?
            }
            At::Nppes(cadence) => self.of_nppes(*cadence, until)?,
        };
        for release in &found {
            self.check_host(&release.url)?;
        }
        Ok(found)
    }

    fn of_data_cms(
        &self,
        dataset: &str,
        shown: &str,
        is_wanted: &dyn Fn(&str) -> bool,
        until: Option<Date>,
    ) -> Result<Vec<Release>, FetchError> {
        let base = &self.fetch.sites.data_cms;
        let ask = || self.ask(&format!("{base}/data.json"));
        let newest = self.catalog.look(ask, |catalog| Ok(data_cms_newest(catalog, dataset, until)?))?;
        let Some(newest) = newest else { return Ok(Vec::new()) };
        let Some(id) = &newest.resources else {
            // A release without a list of its files has the one that the catalog tells.
            let wanted = format!("file like {shown}");
            let absent = || Unresolved::Absent { what: "the catalog of data.cms.gov", wanted, nearest: None };
            return if is_wanted(&newest.release.file) { Ok(vec![newest.release]) } else { Err(absent().into()) };
        };
        let answer = self.ask(&format!("{base}/data-api/v1/dataset-resources/{id}"))?;
        Ok(vec![data_cms_file(&answer, &newest.release, shown, is_wanted)?])
    }

    fn of_nppes(&self, cadence: Cadence, until: Option<Date>) -> Result<Vec<Release>, FetchError> {
        let folder = format!("{}/nppes", self.fetch.sites.nppes);
        Ok(nppes_listed(&self.ask(&format!("{folder}/NPI_Files.html"))?, &folder, cadence, until)?)
    }

    fn ask(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        Ok(self.client.read(&Request::get(url), ANSWER_BYTES)?)
    }

    /// Asks for the headers of a file only.
    ///
    /// # Errors
    /// [`FetchError::Http`] when there is no answer, or a refusal.
    pub fn headers(&self, url: &str, known: &Known) -> Result<Headers, FetchError> {
        let mut request = Request::head(url);
        let validators = [("If-None-Match", &known.etag), ("If-Modified-Since", &known.last_modified)];
        if let Some((name, Some(value))) = validators.into_iter().find(|(_, value)| value.is_some()) {
            request = request.with_header(name, value);
        }
        let response = self.client.send(&request, &[])?;
        let etag = response.header("etag").map(str::to_owned);
        Ok(match response.status {
            304 => Headers::Unchanged,
            _ if etag.is_some() && etag == known.etag => Headers::Unchanged,
            _ => Headers::Other { etag, size_bytes: response.size_bytes() },
        })
    }

    /// Refuses an address that an answer tells and that is elsewhere, before it is asked.
    fn check_host(&self, url: &str) -> Result<(), FetchError> {
        self.client.check(url).map_err(|_| FetchError::Elsewhere { place: Place::of(url).to_string() })
    }
}

/// Returns whether the name of a file is a stem and what says when it was released.
fn is_of(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(|c: char| !c.is_ascii_alphanumeric()))
}

/// Returns the key of a name in the folder of a pattern.
pub(crate) fn in_folder(pattern: &str, name: &str) -> String {
    match pattern.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{name}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_whole_stem() {
        assert!(is_of("PPEF_Enrollment_Extract_2026.10.01.csv", "PPEF_Enrollment_Extract"));
        assert!(is_of("a.csv", "a") && !is_of("ab.csv", "a") && !is_of("b.csv", "a"));
        assert_eq!(in_folder("cms/x/DAC_*.csv", "DAC_1.csv"), "cms/x/DAC_1.csv");
    }
}
