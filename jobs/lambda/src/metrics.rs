//! Log lines and metrics: JSON on standard output, which CloudWatch Logs reads. Names and counts, never values from the data.

use std::fmt::Display;
use std::io::Write;

use carelake_pipeline::Figure;
use carelake_pipeline::pipeline::Failure;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::about::About;

/// The namespace of the metrics in CloudWatch.
const NAMESPACE: &str = "carelake";

/// Writes lines that name the run and the publication they are about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    environment: String,
    about: About,
}

impl Log {
    /// Takes the environment, and what a task is about.
    pub(crate) fn of(environment: &str, about: &About) -> Self {
        Self { environment: environment.to_owned(), about: about.clone() }
    }

    /// Tells that something goes on.
    pub(crate) fn info(&self, message: impl Display) {
        self.write("INFO", &message.to_string(), Map::new());
    }

    /// Tells of a failure.
    pub(crate) fn error(&self, failure: &Failure) {
        let mut fields = Map::new();
        fields.insert("error".to_owned(), failure.kind.name.into());
        self.write("ERROR", &failure.reason, fields);
    }

    fn write(&self, level: &str, message: &str, mut fields: Map<String, Value>) {
        let about = [("run_id", &self.about.run_id), ("publication", &self.about.publication)];
        for (name, value) in about {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value.clone().into());
            }
        }
        fields.insert("level".to_owned(), level.into());
        fields.insert("message".to_owned(), message.into());
        fields.insert("time".to_owned(), Timestamp::now().to_string().into());
        let mut line = Value::Object(fields).to_string();
        line.push('\n');
        // Where nothing can be logged there is nobody to tell.
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}

impl carelake_pipeline::Log for Log {
    fn warning(&self, message: &dyn Display) {
        self.write("WARN", &message.to_string(), Map::new());
    }

    /// Writes metrics in CloudWatch's embedded metric format.
    fn measured(&self, message: &str, publication: Option<&str>, figures: &[Figure]) {
        let names: Vec<Value> =
            figures.iter().map(|figure| json!({"Name": figure.name, "Unit": figure.unit})).collect();
        let mut dimensions = vec!["Environment"];
        let mut fields = Map::new();
        fields.insert("Environment".to_owned(), self.environment.clone().into());
        if let Some(publication) = publication {
            dimensions.push("Dataset");
            fields.insert("Dataset".to_owned(), publication.into());
        }
        fields.extend(figures.iter().map(|figure| (figure.name.to_owned(), figure.value.clone())));
        let directive = json!({"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": names});
        fields.insert(
            "_aws".to_owned(),
            json!({"Timestamp": Timestamp::now().as_millisecond(), "CloudWatchMetrics": [directive]}),
        );
        self.write("INFO", message, fields);
    }
}
