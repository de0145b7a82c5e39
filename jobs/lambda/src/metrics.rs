//! Log lines and metrics: JSON on standard output, which CloudWatch Logs reads. Names and counts, never values from the data.

use std::fmt::Display;
use std::io::Write;

use carelake_core::names::Publication;
use carelake_pipeline::Usage;
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::job::Report;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::watch::{Watch, peak_memory_mib};

/// The namespace of the metrics in CloudWatch.
const NAMESPACE: &str = "carelake";

/// Writes lines that name the run and the publication they are about.
#[derive(Debug, Clone, Default)]
pub struct Log {
    environment: String,
    run_id: Option<String>,
    publication: Option<String>,
}

impl Log {
    /// Takes the environment, and what the payload of a task says it is about.
    #[must_use]
    pub fn of(environment: &str, payload: &Value) -> Self {
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        let run_id = text("run_id").or_else(|| payload.pointer("/plan/run_id").and_then(Value::as_str));
        let publication = text("dataset").map(|dataset| match text("feed") {
            Some(feed) => format!("{dataset}/{feed}"),
            None => dataset.to_owned(),
        });
        Self { environment: environment.to_owned(), run_id: run_id.map(str::to_owned), publication }
    }

    /// Tells that something goes on.
    pub fn info(&self, message: impl Display) {
        self.write("INFO", &message.to_string(), Map::new());
    }

    /// Tells of something that an operator should see to.
    pub fn warning(&self, message: &impl Display) {
        self.write("WARN", &message.to_string(), Map::new());
    }

    /// Tells of a failure.
    pub fn error(&self, failure: &Failure) {
        let mut fields = Map::new();
        fields.insert("error".to_owned(), failure.kind.name.into());
        self.write("ERROR", &failure.reason, fields);
    }

    /// Tells what was published.
    pub fn published(&self, report: &Report, usage: Option<&Usage>, watch: &Watch) {
        let rejects: u64 = report.sources.values().map(|source| source.account.rejects()).sum();
        let rows_read: u64 = report.sources.values().map(|source| source.account.rows_read).sum();
        let ratio = if rows_read == 0 { 0.0 } else { rejects as f64 / rows_read as f64 };
        let metrics = [
            ("Rows", "Count", json!(report.rows)),
            ("Rejects", "Count", json!(rejects)),
            ("RejectRatio", "None", json!(ratio)),
            ("Seconds", "Seconds", json!(watch.seconds())),
            ("PeakMemoryMB", "Megabytes", json!(peak_memory_mib().unwrap_or_default())),
            ("CostUSD", "None", json!(usage.and_then(|usage| usage.usd).unwrap_or_default())),
        ];
        self.measured("published", Some(&report.publication), &metrics);
    }

    /// Tells what a run cost.
    pub fn reported(&self, usage: &Usage) {
        self.measured("reported", None, &[("CostUSD", "None", json!(usage.usd.unwrap_or_default()))]);
    }

    /// Tells how long ago each publication succeeded last, and the longest of these.
    pub fn looked(&self, days: &[(Publication, f64)]) {
        const NAME: &str = "DaysSinceSuccess";
        for (publication, days) in days {
            self.measured("looked", Some(&publication.path()), &[(NAME, "None", json!(days))]);
        }
        let longest = days.iter().map(|(_, days)| *days).fold(0.0, f64::max);
        self.measured("looked", None, &[(NAME, "None", json!(longest))]);
    }

    /// Writes metrics in CloudWatch's embedded metric format, of one publication or of the environment.
    fn measured(&self, message: &str, publication: Option<&str>, metrics: &[(&str, &str, Value)]) {
        let names: Vec<Value> = metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
        let mut dimensions = vec!["Environment"];
        let mut fields = Map::new();
        fields.insert("Environment".to_owned(), self.environment.clone().into());
        if let Some(publication) = publication {
            dimensions.push("Dataset");
            fields.insert("Dataset".to_owned(), publication.into());
        }
        fields.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())));
        let directive = json!({"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": names});
        fields.insert(
            "_aws".to_owned(),
            json!({"Timestamp": Timestamp::now().as_millisecond(), "CloudWatchMetrics": [directive]}),
        );
        self.write("INFO", message, fields);
    }

    fn write(&self, level: &str, message: &str, mut fields: Map<String, Value>) {
        let about = [("run_id", &self.run_id), ("publication", &self.publication)];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_about_what_the_payload_names() {
        let task = json!({"run_id": "2026-11-01.1", "dataset": "hospitals", "feed": "general"});
        let log = Log::of("dev", &task);
        assert_eq!(log.publication.as_deref(), Some("hospitals/general"));
        let log = Log::of("dev", &json!({"plan": {"run_id": "2026-11-01.2"}}));
        assert_eq!((log.run_id.as_deref(), log.publication), (Some("2026-11-01.2"), None));
    }
}
