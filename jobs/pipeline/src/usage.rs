//! What a run used of what AWS charges for, and what that comes to at list prices.

use carelake_core::config::Prices;
use carelake_tabular::config::{Compute, Config, DatasetSpec};
use carelake_tabular::job::Report;
use serde::{Deserialize, Serialize};

use super::report::Outcome;
use super::steps::Steps;

/// What a run used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// States that the execution enters until its end, retries included, counted from its history; `None` where that could not
    /// be read.
    pub state_transitions: Option<u64>,
    /// Calls of functions, counted from the history too.
    pub function_calls: Option<u64>,
    /// Seconds of the datasets' functions, each times its memory in GiB; those of plan and report, which take a second, are
    /// not counted. `None` where it is not paid for.
    pub gb_seconds: Option<f64>,
    /// Hours of container tasks, each times its processors. `None` where it is not paid for.
    #[serde(default)]
    pub vcpu_hours: Option<f64>,
    /// Hours of container tasks, each times its memory in GiB. `None` where it is not paid for.
    #[serde(default)]
    pub gb_hours: Option<f64>,
    /// Objects written for what was published.
    pub objects_written: u64,
    /// What all this comes to in US dollars; `None` where it is not paid for, a figure is not known, or the configuration has no
    /// price for it.
    pub usd: Option<f64>,
}

/// Objects beside the files of a publication: manifest and pointer.
const OBJECTS: u64 = 2;
const MIB_PER_GIB: f64 = 1024.0;
const SECONDS_PER_HOUR: f64 = 3600.0;
/// Processors of a container task, as `cdk/lib/constructs/container-job.ts` asks for.
const TASK_VCPUS: f64 = 2.0;
/// The least memory that Fargate gives with these, in GiB, as there.
const TASK_LEAST_GIB: u32 = 4;
/// Fargate charges a minute at least: <https://aws.amazon.com/fargate/pricing/>.
const TASK_LEAST_SECONDS: f64 = 60.0;

/// Adds up what a run used; `is_paid` where it is.
pub(super) fn usage(outcomes: &[Outcome], steps: Option<Steps>, is_paid: bool, config: &Config) -> Usage {
    let written = outcomes.iter().filter_map(|outcome| outcome.report.as_ref()).map(|report| report.files + OBJECTS);
    let mut used = Usage {
        state_transitions: steps.map(|steps| steps.state_transitions),
        function_calls: steps.map(|steps| steps.function_calls),
        gb_seconds: is_paid.then_some(0.0),
        vcpu_hours: is_paid.then_some(0.0),
        gb_hours: is_paid.then_some(0.0),
        objects_written: written.sum(),
        usd: None,
    };
    for outcome in outcomes {
        let dataset = outcome.publication.split('/').next().and_then(|name| config.dataset(name));
        let ended = outcome.attempts.iter().filter_map(|it| Some(it.finished_at?.duration_since(it.started_at)));
        for span in ended {
            if let Some(dataset) = dataset {
                used.add_attempt(dataset, span.as_secs_f64());
            }
        }
    }
    used.usd = config.prices.as_ref().and_then(|prices| used.price(prices));
    used
}

impl Usage {
    /// Returns what one call of a dataset's function, or one container task, used that published something.
    #[must_use]
    pub fn of_call(report: &Report, dataset: &DatasetSpec, seconds: f64, prices: Option<&Prices>) -> Self {
        let mut used = Self {
            state_transitions: Some(1),
            function_calls: Some(u64::from(dataset.compute == Compute::Lambda)),
            gb_seconds: Some(0.0),
            vcpu_hours: Some(0.0),
            gb_hours: Some(0.0),
            objects_written: report.files + OBJECTS,
            usd: None,
        };
        used.add_attempt(dataset, seconds);
        used.usd = prices.and_then(|prices| used.price(prices));
        used
    }

    /// Adds an attempt by what its dataset is given, never by what the function has that counts.
    fn add_attempt(&mut self, dataset: &DatasetSpec, seconds: f64) {
        let add = |sum: &mut Option<f64>, amount: f64| *sum = sum.map(|sum| sum + amount);
        match dataset.compute {
            Compute::Lambda => add(&mut self.gb_seconds, seconds * f64::from(dataset.memory_mib) / MIB_PER_GIB),
            Compute::Fargate => {
                let hours = seconds.max(TASK_LEAST_SECONDS) / SECONDS_PER_HOUR;
                let gib = dataset.memory_mib.div_ceil(1024).max(TASK_LEAST_GIB);
                add(&mut self.vcpu_hours, hours * TASK_VCPUS);
                add(&mut self.gb_hours, hours * f64::from(gib));
            }
        }
    }

    fn price(&self, prices: &Prices) -> Option<f64> {
        // What was not used needs no price.
        let of_task =
            |hours: f64, price: Option<f64>| if hours > 0.0 { price.map(|price| hours * price) } else { Some(0.0) };
        let dollars = self.gb_seconds? * prices.lambda_gb_second
            + of_task(self.vcpu_hours?, prices.fargate_vcpu_hour)?
            + of_task(self.gb_hours?, prices.fargate_gb_hour)?
            + self.function_calls? as f64 * prices.lambda_request
            + self.state_transitions? as f64 * prices.state_transition
            + self.objects_written as f64 * prices.s3_write;
        Some(dollars)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::Timestamp;

    use super::*;
    use crate::{Attempt, OutcomeStatus};

    const CONFIG: &str = include_str!("../../../pipeline_config.yaml");

    fn failed(publication: &str, seconds: i64) -> Outcome {
        let at = |second| Timestamp::from_second(1_800_000_000 + second).unwrap();
        Outcome {
            publication: publication.to_owned(),
            status: OutcomeStatus::Failed,
            attempts: vec![Attempt { number: 1, started_at: at(0), finished_at: Some(at(seconds)), error: None }],
            error: None,
            reason: None,
            report: None,
            serving: None,
            serving_unknown: None,
            failures_in_a_row: 1,
            files: Vec::new(),
        }
    }

    #[test]
    fn an_attempt_costs_what_its_own_dataset_is_given() {
        let config = CONFIG.replacen("    sources: [dac]\n", "    sources: [dac]\n    memory_mib: 2048\n", 1).replacen(
            "  hospitals:\n",
            "  hospitals:\n    compute: fargate\n    memory_mib: 5000\n",
            1,
        );
        // Containers want a network in every environment that is in buckets.
        let network = "network: { vpc: vpc-0a, subnets: [subnet-0a] }";
        let config = config.replacen("deployment: { ", &format!("deployment: {{ {network}, "), 1);
        let config = config.replacen("deployment:\n", &format!("deployment:\n      {network}\n"), 1);
        let config = Config::parse(&config, Path::new("pipeline_config.yaml")).unwrap();
        let outcomes =
            [failed("clinicians", 90), failed("hospitals/hospital_enrollments", 1800), failed("hospitals/x", 6)];
        let steps = Steps { state_transitions: 10, function_calls: 3 };
        let used = usage(&outcomes, Some(steps), true, &config);
        assert_eq!(used.gb_seconds, Some(180.0), "a failed attempt of 2 GiB");
        let tasks = 0.5 + 60.0 / 3600.0;
        assert_eq!((used.vcpu_hours, used.gb_hours), (Some(2.0 * tasks), Some(5.0 * tasks)));
        let dollars =
            180.0 * 0.0000133334 + 2.0 * tasks * 0.03238 + 5.0 * tasks * 0.00356 + 3.0 * 0.0000002 + 10.0 * 0.000025;
        assert!((used.usd.unwrap() - dollars).abs() < 1e-12, "{used:?}");
        assert_eq!(usage(&outcomes, None, true, &config).usd, None, "what is not known is no zero");
        assert_eq!(usage(&outcomes, Some(steps), false, &config).usd, None);
        let cheap = Config { prices: config.prices.map(|it| Prices { fargate_gb_hour: None, ..it }), ..config };
        assert_eq!(usage(&outcomes, Some(steps), true, &cheap).usd, None);
        assert!(usage(&outcomes[..1], Some(steps), true, &cheap).usd.is_some());
    }
}
