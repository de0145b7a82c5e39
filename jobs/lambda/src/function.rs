//! Which function of the pipeline a binary is.

use carelake_pipeline::pipeline::{self, Failure, read};
use carelake_pipeline::{ExtractTask, ReportTask, Usage};
use carelake_tabular::job::Dataset;
use serde_json::Value;

use crate::lake::{Lake, Lineage};
use crate::metrics::Log;
use crate::watch::Watch;

/// A function of the pipeline.
#[derive(Debug, Clone, Copy)]
pub enum Function {
    /// Plans a run.
    Plan,
    /// Publishes one dataset, or one feed of it.
    Extract(&'static Dataset),
    /// Reports a run.
    Report,
    /// Tells how long ago runs succeeded.
    Freshness,
}

impl Function {
    /// Returns the dataset that the function makes, if it makes one.
    pub(crate) const fn declared(self) -> &'static [Dataset] {
        match self {
            Self::Extract(dataset) => std::slice::from_ref(dataset),
            Self::Plan | Self::Report | Self::Freshness => &[],
        }
    }

    /// Carries out one task.
    pub(crate) fn answer(self, lake: &Lake, payload: &Value, watch: &Watch, log: &Log) -> Result<Value, Failure> {
        match self {
            Self::Plan => lake.pipeline(watch, &Lineage::new(), None, |pipeline| write(&pipeline.plan(payload)?)),
            Self::Report => {
                let ReportTask { execution_id, .. } = read(Some(payload))?;
                let execution = execution_id.as_deref();
                let steps = execution.and_then(|execution| lake.steps(execution));
                if steps.is_none() {
                    log.warning(&"the history of the execution cannot be read, so the cost of the run is not told");
                }
                lake.pipeline(watch, &Lineage::new(), steps, |pipeline| {
                    let answer = pipeline.report(payload)?;
                    if let Some(usage) = &answer.usage {
                        log.reported(usage);
                    }
                    write(&answer)
                })
            }
            Self::Freshness => {
                let since = lake.created_at()?;
                let days =
                    lake.pipeline(watch, &Lineage::new(), None, |pipeline| pipeline.days_since_success(since))?;
                log.looked(&days);
                Ok(Value::Null)
            }
            Self::Extract(dataset) => {
                let task: ExtractTask = read(Some(payload))?;
                let mut report = lake.pipeline(watch, &lineage(&task), None, |pipeline| {
                    let report = pipeline.extract(&task, dataset)?;
                    let config = pipeline.services.config;
                    let usage = config
                        .dataset(&task.dataset)
                        .map(|dataset| Usage::of_call(&report, dataset, watch.seconds(), config.prices.as_ref()));
                    log.published(&report, usage.as_ref(), watch);
                    Ok(report)
                })?;
                // The pointer has moved: the dataset is published whatever becomes of its table, which can be mended.
                if let Err(error) = lake.flip(&task.publication()) {
                    log.warning(&error);
                    report.notices.push(format!("catalog: {error}; `carelake doctor` mends it"));
                }
                write(&report)
            }
        }
    }
}

/// The run and the publication, so that an object found anywhere tells what made it; values that S3 takes in a tag.
fn lineage(task: &ExtractTask) -> Lineage {
    let tag = |name: &str, value: String| (name.to_owned(), value);
    vec![tag("run_id", task.run_id.to_string()), tag("publication", task.publication().path())]
}

fn write(value: &impl serde::Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| pipeline::Failure::from(carelake_tabular::job::JobError::from(error)))
}
