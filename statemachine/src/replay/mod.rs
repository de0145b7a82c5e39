//! Replays executions recorded on AWS, and says where this interpreter differs.
//!
//! A case is one line of a `*.jsonl` file: an execution with its whole history, its result only, one call of the TestState
//! API, or a definition that AWS accepts or refuses. Cases that need JSONata or a service's own checks are skipped,
//! and counted as such.

mod compare;
mod execution;
mod refusal;
mod single_state;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// What came of replaying a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayReport {
    /// How many cases went as on AWS.
    pub passed: usize,
    /// The cases that did not.
    pub failed: Vec<Difference>,
    /// The cases that were not tried.
    pub skipped: Vec<Skipped>,
}

/// A case that went otherwise than on AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The case.
    pub name: String,
    /// The first difference found.
    pub difference: String,
}

/// A case that was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The case.
    pub name: String,
    /// Why not.
    pub reason: String,
}

/// The folder cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A file or the folder cannot be read.
    #[error("cannot read {path}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A line is no case.
    #[error("{path}, line {line}: not a JSON object")]
    NoCase {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// There is nothing to replay.
    #[error("no case in the *.jsonl files of {path}")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

impl ReplayReport {
    /// Returns the report as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let failed: Vec<Value> =
            self.failed.iter().map(|case| json!({"name": case.name, "difference": case.difference})).collect();
        let skipped: Vec<Value> =
            self.skipped.iter().map(|case| json!({"name": case.name, "reason": case.reason})).collect();
        json!({"passed": self.passed, "failed": failed, "skipped": skipped})
    }
}

/// Replays every case in the `*.jsonl` files of a folder, in the order of their names.
///
/// # Errors
/// Fails when the folder or a file cannot be read, a line is no JSON object, or there is no case at all.
pub fn replay(folder: &Path) -> Result<ReplayReport, ReplayError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| ReplayError::Unreadable { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            files.push(path);
        }
    }
    files.sort();
    let mut report = ReplayReport::default();
    for path in files {
        let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let case: Value = serde_json::from_str(line)
                .ok()
                .filter(Value::is_object)
                .ok_or_else(|| ReplayError::NoCase { path: path.clone(), line: index + 1 })?;
            replay_case(&case, &mut report);
        }
    }
    if report.passed + report.failed.len() + report.skipped.len() == 0 {
        return Err(ReplayError::Empty { path: folder.to_owned() });
    }
    Ok(report)
}

/// Replays one case.
pub fn replay_case(case: &Value, report: &mut ReplayReport) {
    let name = case.get("name").and_then(Value::as_str).unwrap_or("(no name)").to_owned();
    if let Some(reason) = reason_to_skip(case) {
        report.skipped.push(Skipped { name, reason: reason.to_owned() });
        return;
    }
    let compared = match case.get("kind").and_then(Value::as_str) {
        Some("history" | "io") => execution::replay(case),
        Some("test_state") => single_state::replay(case),
        Some("validate") => refusal::replay(case),
        kind => Err(format!("unknown kind of case: {kind:?}")),
    };
    match compared {
        Ok(()) => report.passed += 1,
        Err(difference) => report.failed.push(Difference { name, difference }),
    }
}

fn reason_to_skip(case: &Value) -> Option<&'static str> {
    let has = |feature: &str| {
        let features = case.get("features").and_then(Value::as_array);
        features.is_some_and(|features| features.iter().any(|known| known == feature))
    };
    if case.get("query_language").is_some_and(|language| language == "JSONata") {
        Some("JSONata is not supported")
    } else if has("ServiceSpecific") && !has("Resource:activity") {
        // That an activity is not there is seen here as well: nothing is bound to it.
        Some("the failure comes from a check that only AWS makes")
    } else {
        None
    }
}
