//! Draws a machine as a Mermaid state diagram, for its README.

use crate::machine::Machine;
use crate::state::{Flow, State, StateKind, Transition};

/// Returns the machine as a Mermaid `stateDiagram-v2`. Retries are not drawn; a Catch is a labelled arrow.
#[must_use]
pub fn diagram(machine: &Machine) -> String {
    let mut text = "stateDiagram-v2\n".to_owned();
    draw(machine.flow(), 1, &mut text);
    text
}

fn draw(flow: &Flow, depth: usize, text: &mut String) {
    let indent = "    ".repeat(depth);
    let mut line = |content: String| {
        text.push_str(&format!("{indent}{content}\n"));
    };
    line(format!("[*] --> {}", id(&flow.start_at)));
    for state in flow.in_order() {
        if let StateKind::Choice(_) = state.kind {
            line(format!("state {} <<choice>>", id(&state.name)));
        }
    }
    for state in flow.in_order() {
        for (target, label) in arrows(state) {
            let label = label.map(|label| format!(" : {label}")).unwrap_or_default();
            line(format!("{} --> {target}{label}", id(&state.name)));
        }
    }
    for state in flow.in_order() {
        draw_inside(state, depth, text);
    }
}

fn draw_inside(state: &State, depth: usize, text: &mut String) {
    let flows = state.inner_flows();
    if flows.is_empty() {
        return;
    }
    let indent = "    ".repeat(depth);
    let kind = if matches!(state.kind, StateKind::Map(_)) { " (one per item)" } else { "" };
    text.push_str(&format!("{indent}state \"{}{kind}\" as {} {{\n", state.name, id(&state.name)));
    for (index, flow) in flows.into_iter().enumerate() {
        if index > 0 {
            text.push_str(&format!("{indent}    --\n"));
        }
        draw(flow, depth + 1, text);
    }
    text.push_str(&format!("{indent}}}\n"));
}

fn arrows(state: &State) -> Vec<(String, Option<String>)> {
    let mut arrows = Vec::new();
    match (&state.kind, &state.transition) {
        (StateKind::Choice(choice), _) => {
            arrows.extend(choice.rules.iter().map(|rule| (id(&rule.next), None)));
            arrows.extend(choice.default.iter().map(|name| (id(name), Some("otherwise".to_owned()))));
        }
        (_, Transition::Next(name)) => arrows.push((id(name), None)),
        (_, Transition::End) => arrows.push(("[*]".to_owned(), None)),
    }
    if let Some(handlers) = state.handlers() {
        arrows.extend(handlers.catch.iter().map(|catcher| {
            let label = format!("catch {}", catcher.error_equals.join(", "));
            (id(&catcher.next), Some(label))
        }));
    }
    arrows
}

/// Returns a name that Mermaid takes as an identifier.
fn id(name: &str) -> String {
    name.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_choices_and_catches_are_drawn() {
        let machine = Machine::parse(
            r#"{"StartAt": "Pick one", "States": {
                "Pick one": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "Both"}], "Default": "Done"},
                "Both": {"Type": "Parallel", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
                    "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}]},
                "Done": {"Type": "Succeed"}}}"#,
        );
        assert_eq!(
            diagram(&machine.unwrap()),
            r#"stateDiagram-v2
    [*] --> Pick_one
    state Pick_one <<choice>>
    Pick_one --> Both
    Pick_one --> Done : otherwise
    Both --> [*]
    Both --> Done : catch States.ALL
    Done --> [*]
    state "Both" as Both {
        [*] --> A
        A --> [*]
        --
        [*] --> B
        B --> [*]
    }
"#
        );
    }
}
