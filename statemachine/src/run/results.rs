//! The results of a map run, in the shapes that a ResultWriter writes.

use serde_json::{Map, Value, json};

use super::log::Log;
use crate::failure::Failure;
use crate::history::EventKind;
use crate::moment;
use crate::objects::Objects;
use crate::state::distributed::{ResultWriter, Transformation};

/// Where results are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) bucket: &'a str,
    pub(super) prefix: &'a str,
    /// The id of the map run, which names the folder.
    pub(super) run: &'a str,
    pub(super) arn: &'a str,
}

/// The results of a map run, by how its children ended.
#[derive(Debug)]
pub(super) struct Results {
    succeeded: Vec<Value>,
    failed: Vec<Value>,
    pending: Vec<Value>,
    is_lines: bool,
}

impl Results {
    pub(super) fn of<'l>(children: impl Iterator<Item = &'l Log>, pending: &[Value], writer: &ResultWriter) -> Self {
        let (mut succeeded, mut failed) = (Vec::new(), Vec::new());
        for child in children {
            let last = child.events.last();
            let output = last
                .filter(|event| event.kind == EventKind::ExecutionSucceeded)
                .and_then(|event| event.details.output.clone());
            match (output, writer.transformation) {
                (None, _) => failed.push(described(child)),
                (Some(_), Transformation::None) => succeeded.push(described(child)),
                (Some(Value::Array(items)), Transformation::Flatten) => succeeded.extend(items),
                (Some(output), Transformation::Compact | Transformation::Flatten) => succeeded.push(output),
            }
        }
        let pending = pending.iter().map(|input| json!({"Input": input.to_string(), "Status": "PENDING"})).collect();
        Self { succeeded, failed, pending, is_lines: writer.is_lines }
    }

    /// Returns the results of children that ended well, as the state's own result.
    pub(super) fn in_place(self) -> Value {
        Value::Array(self.succeeded)
    }

    /// Writes a file for each way in which children ended, and a manifest that names them; returns the state's result.
    pub(super) fn write(self, target: Target<'_>, objects: &dyn Objects) -> Result<Value, Failure> {
        let Target { bucket, prefix, run, arn } = target;
        let folder = match prefix.trim_end_matches('/') {
            "" => run.to_owned(),
            prefix => format!("{prefix}/{run}"),
        };
        let put = |key: &str, body: &str| {
            let failed =
                |error: crate::objects::ObjectError| Failure::new("States.ResultWriterFailed", error.to_string());
            objects.put(bucket, key, body.as_bytes()).map_err(failed)
        };
        let extension = if self.is_lines { "jsonl" } else { "json" };
        let mut files = Map::new();
        for (status, results) in [("FAILED", &self.failed), ("PENDING", &self.pending), ("SUCCEEDED", &self.succeeded)]
        {
            let mut named = Vec::new();
            if !results.is_empty() {
                let (key, body) = (format!("{folder}/{status}_0.{extension}"), text(results, self.is_lines));
                put(&key, &body)?;
                named.push(json!({"Key": key, "Size": body.len()}));
            }
            files.insert(status.to_owned(), Value::Array(named));
        }
        let manifest = json!({"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files});
        let key = format!("{folder}/manifest.json");
        put(&key, &manifest.to_string())?;
        Ok(json!({"MapRunArn": arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}))
    }
}

fn text(results: &[Value], is_lines: bool) -> String {
    if is_lines {
        return results.iter().map(|result| format!("{result}\n")).collect();
    }
    json!(results).to_string()
}

/// Returns what AWS writes about a child.
fn described(child: &Log) -> Value {
    let (first, last) = (child.events.first(), child.events.last());
    let status = match last.map(|event| event.kind) {
        Some(EventKind::ExecutionSucceeded) => "SUCCEEDED",
        Some(EventKind::ExecutionFailed) => "FAILED",
        _ => "ABORTED",
    };
    let included = |value: &Value| (json!(value.to_string()), json!({"Included": true}));
    let mut members = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        members.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("ExecutionArn", child.child.as_ref().map(|child| json!(child.arn)));
    let input = first.and_then(|event| event.details.input.as_ref()).map(included);
    add("Input", input.clone().map(|(text, _)| text));
    add("InputDetails", input.map(|(_, details)| details));
    add("Name", child.child.as_ref().map(|child| json!(child.name)));
    let output = last.and_then(|event| event.details.output.as_ref()).map(included);
    add("Output", output.clone().map(|(text, _)| text));
    add("OutputDetails", output.map(|(_, details)| details));
    add("Error", last.and_then(|event| event.details.error.as_ref()).map(|error| json!(error)));
    add("Cause", last.and_then(|event| event.details.cause.as_ref()).map(|cause| json!(cause)));
    add("RedriveCount", Some(json!(0)));
    add("StartDate", first.map(|event| json!(moment::text(event.at))));
    add("StateMachineArn", child.context.get("StateMachine").and_then(|machine| machine.get("Id")).cloned());
    add("Status", Some(json!(status)));
    add("StopDate", last.map(|event| json!(moment::text(event.at))));
    Value::Object(members)
}
