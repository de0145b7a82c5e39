//! How things are called in events.

use std::path::Path;

use carelake_core::names::{Publication, Scope};
use jiff::Timestamp;
use serde_json::json;

use crate::event::{Dataset, Facets, Job, RunOf};
use crate::facets;
use crate::identity::uuid;

/// How the jobs, runs and datasets of one lake are called.
#[derive(Debug, Clone)]
pub struct Naming {
    /// The namespace of the configuration.
    pub namespace: String,
    /// The environment, which tells runs of one configuration from each other.
    pub environment: String,
    /// Whose data it is.
    pub scope: Scope,
    /// The folder or bucket of the inputs.
    pub input: String,
    /// The folder or bucket of the output.
    pub output: String,
}

impl Naming {
    /// Names the run of what began at a moment.
    pub(crate) fn run(&self, began_at: Timestamp, id: &str, more: Facets) -> RunOf {
        let mut facets = Facets::new();
        facets::add(&mut facets, &facets::PROCESSING_ENGINE, facets::engine());
        facets.extend(more);
        let scope = self.scope.to_string();
        let run_id = uuid(began_at, &[&self.namespace, &self.environment, &scope, &self.output, id]);
        RunOf { run_id, facets }
    }

    /// Names a job: a definition, or one publication of it.
    pub(crate) fn job(&self, definition: &str, publication: Option<&Publication>) -> Job {
        let name = publication.map_or_else(|| definition.to_owned(), |it| format!("{definition}.{it}"));
        let kind = if publication.is_some() { "TASK" } else { "DAG" };
        let mut facets = Facets::new();
        let told = json!({"processingType": "BATCH", "integration": "CARELAKE", "jobType": kind});
        facets::add(&mut facets, &facets::JOB_TYPE, told);
        Job { namespace: self.namespace.clone(), name: self.scope.qualify(&name), facets }
    }

    /// Names a publication.
    pub(crate) fn publication(&self, publication: &Publication) -> Dataset {
        let mut dataset = Dataset::named(&self.namespace, self.scope.qualify(&publication.path()));
        let place = uri(&self.output);
        let told = json!({"name": place, "uri": format!("{}/{publication}", place.trim_end_matches('/'))});
        facets::add(&mut dataset.facets, &facets::DATA_SOURCE, told);
        dataset
    }

    /// Names a file of the input; `path` is where it lies on this machine, if it is known better.
    pub(crate) fn file(&self, file: &str, path: Option<&Path>) -> Dataset {
        let is_it = |path: &&Path| path.file_name().is_some_and(|name| Path::new(file).file_name() == Some(name));
        let whole = match path.filter(is_it) {
            Some(path) => path.display().to_string(),
            None => format!("{}/{file}", self.input.trim_end_matches('/')),
        };
        // The naming of OpenLineage: a bucket is a namespace, and the files of a machine are one.
        let rest = whole.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let mut dataset = match rest {
            Some((bucket, key)) => Dataset::named(&format!("s3://{bucket}"), key.to_owned()),
            None => Dataset::named("file", whole.clone()),
        };
        let told = json!({"name": uri(&self.input), "uri": uri(&whole)});
        facets::add(&mut dataset.facets, &facets::DATA_SOURCE, told);
        dataset
    }
}

/// Returns a place as an URI; what may not stand in one is written as `%` and its number.
fn uri(place: &str) -> String {
    if place.starts_with("s3://") {
        return escaped(place);
    }
    format!("file://{}{}", if place.starts_with('/') { "" } else { "/" }, escaped(place))
}

fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~:@=+,".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(input: &str, tenant: &str) -> Naming {
        Naming {
            namespace: "lake".to_owned(),
            environment: "local".to_owned(),
            scope: tenant.parse().unwrap_or_default(),
            input: input.to_owned(),
            output: "/srv/a lake".to_owned(),
        }
    }

    #[test]
    fn files_are_named_by_where_they_lie() {
        let name = |input: &str, file: &str, path: Option<&str>| {
            let file = naming(input, "").file(file, path.map(Path::new));
            (file.namespace, file.name)
        };
        let pair = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
        assert_eq!(name("/srv/in", "a.csv", None), pair("file", "/srv/in/a.csv"));
        assert_eq!(name("/srv/in", "a.csv", Some("/tmp/a.csv")), pair("file", "/tmp/a.csv"));
        assert_eq!(name("/srv/in", "a.csv", Some("/tmp/b.csv")), pair("file", "/srv/in/a.csv"));
        assert_eq!(name("s3://raw/cms", "a.csv", None), pair("s3://raw", "cms/a.csv"));
    }

    #[test]
    fn publications_are_those_of_their_tenant_and_say_where_they_are() {
        let dataset = naming("/srv/in", "acme").publication(&Publication::of_dataset("clinicians"));
        assert_eq!((dataset.namespace.as_str(), dataset.name.as_str()), ("lake", "tenant/acme/clinicians"));
        assert_eq!(dataset.facets["dataSource"]["uri"], "file:///srv/a%20lake/clinicians");
        assert_eq!(naming("", "").publication(&Publication::of_dataset("clinicians")).name, "clinicians");
    }
}
