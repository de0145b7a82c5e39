//! Reads a flow: `StartAt` and `States`, and whether every transition leads somewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::Fields;
use super::state;
use crate::problem::{MISSING_TARGET, SCHEMA};
use crate::state::{Flow, State, StateKind, Transition};

/// The longest name of a state, in characters. Source: Amazon States Language specification.
const MAX_NAME_CHARACTERS: usize = 80;

/// Reads the flow in these fields; the caller reports missing ones.
pub(super) fn read(fields: &mut Fields<'_>) -> Option<Flow> {
    let start_at = fields.text("StartAt");
    let objects = fields.object("States")?;
    if objects.is_empty() {
        fields.problem_at("States", SCHEMA, "States must have at least one state".to_owned());
        return None;
    }
    let mut states = BTreeMap::new();
    let mut whole = true;
    for (name, value) in objects {
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARACTERS {
            let message = format!("the name of a state must have 1 to {MAX_NAME_CHARACTERS} characters");
            fields.problem_at(&format!("States/{name}"), SCHEMA, message);
        }
        let read = match value.as_object() {
            Some(object) => state::read(name, fields.inside_state(object, &format!("/States/{name}"), name)),
            None => {
                fields.problem_at(&format!("States/{name}"), SCHEMA, "a state must be an object".to_owned());
                None
            }
        };
        match read {
            Some(state) => drop(states.insert(name.clone(), state)),
            None => whole = false,
        }
    }
    let order: Vec<String> = objects.keys().cloned().collect();
    check_targets(fields, start_at.as_deref(), &order, &states, whole);
    whole.then_some(Flow { start_at: start_at?, order, states })
}

/// Returns where a state may go, with the field that says so.
fn targets(state: &State) -> Vec<(String, &str)> {
    let mut targets = Vec::new();
    match (&state.kind, &state.transition) {
        (StateKind::Choice(choice), _) => {
            for (index, rule) in choice.rules.iter().enumerate() {
                targets.push((format!("Choices[{index}]/Next"), rule.next.as_str()));
            }
            targets.extend(choice.default.iter().map(|name| ("Default".to_owned(), name.as_str())));
        }
        (_, Transition::Next(name)) => targets.push(("Next".to_owned(), name.as_str())),
        (_, Transition::End) => {}
    }
    for (index, catcher) in
        state.handlers().map(|handlers| handlers.catch.as_slice()).unwrap_or_default().iter().enumerate()
    {
        targets.push((format!("Catch[{index}]/Next"), catcher.next.as_str()));
    }
    targets
}

fn check_targets(
    fields: &mut Fields<'_>,
    start_at: Option<&str>,
    order: &[String],
    states: &BTreeMap<String, State>,
    whole: bool,
) {
    let known = |name: &str| order.iter().any(|known| known == name);
    if let Some(start_at) = start_at.filter(|name| !known(name)) {
        fields.problem_at("StartAt", MISSING_TARGET, format!("Missing 'StartAt' target: {start_at}"));
    }
    let mut reached: BTreeSet<&str> = start_at.into_iter().collect();
    let mut open: Vec<&str> = start_at.into_iter().collect();
    for (name, state) in states {
        for (field, target) in targets(state) {
            if !known(target) {
                let kind = field.rsplit('/').next().unwrap_or_default();
                let place = format!("States/{name}/{field}");
                fields.problem_at(&place, MISSING_TARGET, format!("Missing '{kind}' target: {target}"));
            }
        }
    }
    while let Some(state) = open.pop().and_then(|name| states.get(name)) {
        open.extend(targets(state).into_iter().map(|(_, target)| target).filter(|target| reached.insert(target)));
    }
    // A state that could not be read may lead anywhere, so what is reachable is only known when all of them are.
    for name in order.iter().filter(|name| whole && start_at.is_some_and(known) && !reached.contains(name.as_str())) {
        fields.problem_at(&format!("States/{name}"), MISSING_TARGET, format!("State \"{name}\" is not reachable."));
    }
}
