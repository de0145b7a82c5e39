//! What a payload is about, for log lines and for the tags of what is written.

use serde_json::Value;

use crate::lake::Lineage;

/// What a payload is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// The run.
    pub run_id: Option<String>,
    /// The publication.
    pub publication: Option<String>,
}

impl About {
    /// Reads the run and the publication that a payload names.
    pub(crate) fn of(payload: &Value) -> Self {
        let text = |name: &str| payload.get(name).and_then(Value::as_str);
        let run_id = text("run_id").or_else(|| payload.pointer("/plan/run_id").and_then(Value::as_str));
        let publication = text("dataset").map(|dataset| match text("feed") {
            Some(feed) => format!("{dataset}/{feed}"),
            None => dataset.to_owned(),
        });
        Self { run_id: run_id.map(str::to_owned), publication }
    }

    /// Returns the run and the publication, so that an object found anywhere tells what made it; values that S3 takes in a
    /// tag. None for what makes no publication.
    pub(crate) fn lineage(&self) -> Lineage {
        let tag = |name: &str, value: &String| (name.to_owned(), value.clone());
        match (&self.run_id, &self.publication) {
            (Some(run_id), Some(publication)) => vec![tag("run_id", run_id), tag("publication", publication)],
            _ => Lineage::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payload_is_about_what_it_names() {
        let about = About::of(&json!({"run_id": "2026-11-01.1", "dataset": "hospitals", "feed": "general"}));
        assert_eq!(about.publication.as_deref(), Some("hospitals/general"));
        let tags = [("run_id", "2026-11-01.1"), ("publication", "hospitals/general")];
        assert_eq!(about.lineage(), tags.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let about = About::of(&json!({"plan": {"run_id": "2026-11-01.2"}}));
        assert_eq!((about.run_id.as_deref(), about.publication.as_deref()), (Some("2026-11-01.2"), None));
        assert_eq!(about.lineage(), []);
    }
}
