//! The definition of the monthly run: the text that is deployed, with what stands for its functions on one machine, and what each of its
//! states is about.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use carelake_core::ErrorKind;
use carelake_pipeline::placeholder;
use carelake_statemachine::substitute;
use serde_json::Value;

use crate::failure::Failure;
use crate::registry;

/// The definition that is deployed, and run here.
const DEFINITION: &str = include_str!("../statemachine/pipeline.asl.json");
/// The function that plans a run.
pub(crate) const PLAN: &str = "plan";
/// The function that reports a run.
pub(crate) const REPORT: &str = "report";
/// The service integration that publishes a notice.
pub(crate) const NOTIFY: &str = "arn:aws:states:::sns:publish";
/// The placeholder of the topic that notices go to, and what stands for it on one machine.
const TOPIC: (&str, &str) = ("AlertsTopic", "local-notifier");

/// Returns the definition with what stands for its ARNs on one machine.
pub(crate) fn definition() -> Result<String, Failure> {
    let datasets = registry::DATASETS.iter().map(|dataset| dataset.name);
    let functions = [PLAN, REPORT].into_iter().chain(datasets);
    let mut places: BTreeMap<_, _> = functions.map(|name| (placeholder(name), name.to_owned())).collect();
    places.insert(TOPIC.0.to_owned(), TOPIC.1.to_owned());
    substitute(DEFINITION, &places)
        .map_err(|missing| Failure::new(ErrorKind::INTERNAL, format!("no place for {}", missing.join(", "))))
}

/// Returns what a state of the definition is about: a step of the run, or the publication that it works for or gives up.
pub(crate) fn subject(state: &str, feed: Option<&str>) -> Option<String> {
    let name = subjects().get(state)?;
    Some(feed.map_or_else(|| name.clone(), |feed| format!("{name}/{feed}")))
}

/// Returns whether a state is the task of a dataset, or of the feeds of one.
pub(crate) fn is_dataset_task(state: &str) -> bool {
    let is_dataset = |name: &String| registry::dataset(name).is_some();
    tasks().get(state).is_some_and(is_dataset)
}

/// What each state is about.
fn subjects() -> &'static BTreeMap<String, String> {
    static SUBJECTS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    SUBJECTS.get_or_init(|| read(true))
}

/// What each task is about.
fn tasks() -> &'static BTreeMap<String, String> {
    static TASKS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    TASKS.get_or_init(|| read(false))
}

/// Reads from the payloads of the tasks what each is about; and what catches the failure of a dataset, which is about that dataset.
fn read(with_catchers: bool) -> BTreeMap<String, String> {
    let mut subjects = BTreeMap::new();
    let definition = definition().ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
    if let Some(definition) = definition {
        gather(&definition, with_catchers, &mut subjects);
    }
    subjects
}

/// Looks through the states of a flow, and of the flows in them.
fn gather(flow: &Value, with_catchers: bool, subjects: &mut BTreeMap<String, String>) {
    for (name, state) in flow.get("States").and_then(Value::as_object).into_iter().flatten() {
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
        branches.chain(state.get("ItemProcessor")).for_each(|flow| gather(flow, with_catchers, subjects));
        let text = |pointer: &str| state.pointer(pointer).and_then(Value::as_str);
        if let Some(dataset) = text("/Parameters/Payload/dataset") {
            subjects.insert(name.clone(), dataset.to_owned());
            let catchers = state.get("Catch").and_then(Value::as_array).filter(|_| with_catchers).into_iter().flatten();
            let next = catchers.filter_map(|catcher| catcher.get("Next")?.as_str());
            subjects.extend(next.map(|next| (next.to_owned(), dataset.to_owned())));
        } else if text("/Resource") == Some(NOTIFY) {
            subjects.insert(name.clone(), "alert".to_owned());
        } else if let Some(function) = text("/Parameters/FunctionName") {
            subjects.insert(name.clone(), function.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_about_the_step_or_the_dataset_they_work_for() {
        let of = |state, feed| subject(state, feed);
        assert_eq!(of("ExtractCliniciansTask", None).as_deref(), Some("clinicians"));
        assert_eq!(of("HospitalsFailed", Some("mercy")).as_deref(), Some("hospitals/mercy"));
        assert_eq!(of("ExtractHospitalsTask", Some("mercy")).as_deref(), Some("hospitals/mercy"));
        assert_eq!(of("ValidateInput", None).as_deref(), Some("plan"));
        assert_eq!(of("Report", None).as_deref(), Some("report"));
        assert_eq!(of("NotifyFailure", None).as_deref(), Some("alert"));
        assert_eq!([of("ExtractParallel", None), of("PlanFailed", None), of("AllSucceeded", None)], [None, None, None]);
    }

    #[test]
    fn every_dataset_has_one_task() {
        let tasks = ["Clinicians", "Practices", "Providers", "Enrollments", "Hospitals"];
        assert!(tasks.iter().all(|name| is_dataset_task(&format!("Extract{name}Task"))));
        assert_eq!(["ValidateInput", "CliniciansFailed", "ExtractParallel"].map(is_dataset_task), [false; 3]);
    }

    #[test]
    fn what_catches_a_name_with_two_words_needs_no_rule_of_spelling() {
        let flow = serde_json::json!({"States": {
            "LoadIt": {"Parameters": {"Payload": {"dataset": "open_payments"}}, "Catch": [{"Next": "Oops"}]},
            "Oops": {},
        }});
        let mut found = BTreeMap::new();
        gather(&flow, true, &mut found);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("LoadIt".to_owned(), "open_payments".to_owned()), ("Oops".to_owned(), "open_payments".to_owned())]
        );
    }
}
