//! What each state of a definition is about: a step, or the publication that it works for or gives up.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rooms::NOTIFY;

/// What the states of one definition are about, by their names.
#[derive(Debug, Default)]
pub(crate) struct Subjects(BTreeMap<String, String>);

impl Subjects {
    /// Reads from the payloads of the tasks what each is about; and what catches the failure of a dataset, which is about that
    /// dataset.
    pub(crate) fn of_definition(text: &str) -> Self {
        Self::read(text, true)
    }

    /// Reads what the tasks are about, and nothing of what catches their failures.
    pub(crate) fn of_tasks(text: &str) -> Self {
        Self::read(text, false)
    }

    fn read(text: &str, with_catchers: bool) -> Self {
        let mut subjects = Self::default();
        subjects.gather(&serde_json::from_str(text).unwrap_or_default(), with_catchers);
        subjects
    }

    /// Returns what a state is about; a feed is told by the input of its state.
    pub(crate) fn of(&self, state: &str, feed: Option<&str>) -> Option<String> {
        let name = self.0.get(state)?;
        Some(feed.map_or_else(|| name.clone(), |feed| format!("{name}/{feed}")))
    }

    /// Looks through the states of a flow, and of the flows in them.
    fn gather(&mut self, flow: &Value, with_catchers: bool) {
        for (name, state) in flow.get("States").and_then(Value::as_object).into_iter().flatten() {
            let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
            branches.chain(state.get("ItemProcessor")).for_each(|flow| self.gather(flow, with_catchers));
            let text = |pointer: &str| state.pointer(pointer).and_then(Value::as_str);
            if let Some(dataset) = text("/Parameters/Payload/dataset") {
                self.0.insert(name.clone(), dataset.to_owned());
                let catchers = state.get("Catch").and_then(Value::as_array).filter(|_| with_catchers);
                let next = catchers.into_iter().flatten().filter_map(|catcher| catcher.get("Next")?.as_str());
                self.0.extend(next.map(|next| (next.to_owned(), dataset.to_owned())));
            } else if text("/Resource") == Some(NOTIFY) {
                self.0.insert(name.clone(), "alert".to_owned());
            } else if let Some(function) = text("/Parameters/FunctionName") {
                self.0.insert(name.clone(), function.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use carelake_pipeline::monthly::MONTHLY;

    use super::*;
    use crate::registry::ROOMS;

    #[test]
    fn states_are_about_the_step_or_the_dataset_they_work_for() {
        let subjects = Subjects::of_definition(&ROOMS.text(&MONTHLY).unwrap());
        let of = |state, feed| subjects.of(state, feed);
        assert_eq!(of("ExtractCliniciansTask", None).as_deref(), Some("clinicians"));
        assert_eq!(of("HospitalsFailed", Some("mercy")).as_deref(), Some("hospitals/mercy"));
        assert_eq!(of("ExtractHospitalsTask", Some("mercy")).as_deref(), Some("hospitals/mercy"));
        assert_eq!(of("ValidateInput", None).as_deref(), Some("plan"));
        assert_eq!(of("Report", None).as_deref(), Some("report"));
        assert_eq!(of("NotifyFailure", None).as_deref(), Some("alert"));
        assert_eq!([of("ExtractParallel", None), of("PlanFailed", None), of("AllSucceeded", None)], [None, None, None]);
    }

    #[test]
    fn what_catches_a_failure_is_no_task() {
        let tasks = Subjects::of_tasks(&ROOMS.text(&MONTHLY).unwrap());
        assert_eq!(tasks.of("CliniciansFailed", None), None);
        assert_eq!(tasks.of("ExtractCliniciansTask", None).as_deref(), Some("clinicians"));
    }

    #[test]
    fn what_catches_a_name_with_two_words_needs_no_rule_of_spelling() {
        let flow = serde_json::json!({"States": {
            "LoadIt": {"Parameters": {"Payload": {"dataset": "open_payments"}}, "Catch": [{"Next": "Oops"}]},
            "Oops": {},
        }});
        let subjects = Subjects::of_definition(&flow.to_string());
        assert_eq!(subjects.of("LoadIt", None).as_deref(), Some("open_payments"));
        assert_eq!(subjects.of("Oops", None).as_deref(), Some("open_payments"));
    }
}
