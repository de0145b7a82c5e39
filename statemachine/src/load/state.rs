//! Reads one state.

use super::fields::Fields;
use super::{choice, container, handler};
use crate::intrinsic::Call;
use crate::machine::Kind;
use crate::moment;
use crate::path::Path;
use crate::problem::{SCHEMA, UNSUPPORTED};
use crate::state::task::{Pattern, Resource, ResourceKind, Seconds, Task};
use crate::state::wait::Wait;
use crate::state::{Fail, Pass, State, StateKind, Transition, Words};

/// The fields that only JSONata states have.
const JSONATA_FIELDS: [&str; 4] = ["Arguments", "Output", "Items", "Condition"];

/// Reads a state; `None` when it has a mistake, which has been reported then.
pub(super) fn read(name: &str, mut fields: Fields<'_>) -> Option<State> {
    let comment = fields.optional_text("Comment");
    let line = fields.line();
    if fields.refuse_jsonata() {
        return None;
    }
    fields.require(&["Type"]);
    let kind_name = fields.text("Type")?;
    let kind = match kind_name.as_str() {
        "Task" => task(&mut fields).map(|task| StateKind::Task(Box::new(task))),
        "Pass" => pass(&mut fields).map(|pass| StateKind::Pass(Box::new(pass))),
        "Choice" => choice::read(&mut fields).map(|choice| StateKind::Choice(Box::new(choice))),
        "Wait" => wait(&mut fields).map(StateKind::Wait),
        "Succeed" => Some(StateKind::Succeed),
        "Fail" => fail(&mut fields).map(StateKind::Fail),
        "Parallel" => container::parallel(&mut fields).map(|parallel| StateKind::Parallel(Box::new(parallel))),
        "Map" => container::map(&mut fields).map(|map| StateKind::Map(Box::new(map))),
        other => {
            fields.problem_at("Type", SCHEMA, format!("there is no state type '{other}'"));
            return None;
        }
    };
    let moves_on = matches!(kind_name.as_str(), "Task" | "Pass" | "Wait" | "Parallel" | "Map");
    let transition = if moves_on { transition(&mut fields) } else { Some(Transition::End) };
    let is_fail = kind_name == "Fail";
    let root = || Path::parse("$").ok().map(crate::state::Selection::Path);
    let (input_path, output_path) =
        if is_fail { (root(), root()) } else { (fields.selection("InputPath"), fields.selection("OutputPath")) };
    let assign = if moves_on || kind_name == "Choice" { fields.object_template("Assign") } else { None };
    refuse_jsonata_fields(&mut fields);
    fields.refuse_others();
    Some(State {
        name: name.to_owned(),
        comment,
        line,
        input_path: input_path?,
        output_path: output_path?,
        assign,
        transition: transition?,
        kind: kind?,
    })
}

fn refuse_jsonata_fields(fields: &mut Fields<'_>) {
    for name in JSONATA_FIELDS {
        fields.know(name);
        if fields.has(name) {
            fields.problem_at(name, UNSUPPORTED, format!("{name} belongs to JSONata, which is not supported"));
        }
    }
}

fn transition(fields: &mut Fields<'_>) -> Option<Transition> {
    fields.exclude(&["Next", "End"]);
    let next = fields.text("Next");
    let end = fields.take("End");
    match (next, end.map(serde_json::Value::as_bool)) {
        (Some(next), None) => Some(Transition::Next(next)),
        (None, Some(Some(true))) => Some(Transition::End),
        (None, Some(_)) => {
            fields.problem_at("End", SCHEMA, "End must be true; leave it out otherwise".to_owned());
            None
        }
        (None, None) if !fields.has("Next") => {
            fields.problem(SCHEMA, "These fields are required: [Next] or [End]".to_owned());
            None
        }
        _ => None,
    }
}

fn task(fields: &mut Fields<'_>) -> Option<Task> {
    fields.require(&["Resource"]);
    let resource = fields.text("Resource").and_then(|arn| {
        let resource = Resource::parse(&arn);
        if resource.is_none() {
            let message =
                format!("the resource '{arn}' is neither a Lambda function, an activity nor a service integration");
            fields.problem_at("Resource", SCHEMA, message);
        }
        resource
    });
    if let Some(resource) = &resource {
        refuse_for_express(fields, resource);
    }
    let timeout = seconds(fields, "TimeoutSeconds", "TimeoutSecondsPath");
    let heartbeat = seconds(fields, "HeartbeatSeconds", "HeartbeatSecondsPath");
    if let (Some(Seconds::Fixed(timeout)), Some(Seconds::Fixed(heartbeat))) = (&timeout, &heartbeat)
        && heartbeat >= timeout
    {
        let message = "HeartbeatSeconds must be smaller than TimeoutSeconds".to_owned();
        fields.problem_at("HeartbeatSeconds", SCHEMA, message);
    }
    if fields.has("Credentials") {
        let has_role = fields
            .object("Credentials")
            .is_some_and(|object| object.contains_key("RoleArn") || object.contains_key("RoleArn.$"));
        if !has_role {
            fields.problem_at("Credentials", SCHEMA, "The field 'RoleArn' is required but was missing".to_owned());
        }
    }
    Some(Task {
        parameters: fields.template("Parameters"),
        result_selector: fields.object_template("ResultSelector"),
        result_path: fields.result_path()?,
        handlers: handler::read(fields),
        timeout,
        heartbeat,
        credentials: fields.template("Credentials"),
        resource: resource?,
    })
}

fn refuse_for_express(fields: &mut Fields<'_>, resource: &Resource) {
    if fields.kind() != Kind::Express {
        return;
    }
    let what = match (&resource.kind, resource.pattern()) {
        (ResourceKind::Activity, _) => "Activity ARN",
        (_, Pattern::Sync) => "'.sync' service integration",
        (_, Pattern::TaskToken) => "'.waitForTaskToken' service integration",
        (_, Pattern::Response) => return,
    };
    fields.problem_at("Resource", SCHEMA, format!("Express state machine does not support {what}"));
}

fn seconds(fields: &mut Fields<'_>, name: &'static str, path: &'static str) -> Option<Seconds> {
    fields.exclude(&[name, path]);
    let fixed = fields.optional_positive(name).map(Seconds::Fixed);
    let found = fields.optional_path(path).map(Seconds::Path);
    fixed.or(found)
}

fn pass(fields: &mut Fields<'_>) -> Option<Pass> {
    let result = fields.take("Result").cloned();
    Some(Pass { parameters: fields.template("Parameters"), result, result_path: fields.result_path()? })
}

fn wait(fields: &mut Fields<'_>) -> Option<Wait> {
    const FORMS: [&str; 4] = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
    fields.exclude(&FORMS);
    let given = FORMS.iter().filter(|form| fields.has(form)).count();
    let seconds = fields.optional_whole("Seconds", 0).map(Wait::Seconds);
    let seconds_path = fields.optional_path("SecondsPath").map(Wait::SecondsPath);
    let timestamp = fields.text("Timestamp").and_then(|text| {
        let moment = moment::parse(&text);
        if moment.is_none() {
            let message = "Timestamp must be an ISO-8601 extended date and time with an offset".to_owned();
            fields.problem_at("Timestamp", SCHEMA, message);
        }
        moment.map(Wait::Timestamp)
    });
    let timestamp_path = fields.optional_path("TimestampPath").map(Wait::TimestampPath);
    if given == 0 {
        let message = "One of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath]".to_owned();
        fields.problem(SCHEMA, message);
    }
    seconds.or(seconds_path).or(timestamp).or(timestamp_path)
}

fn fail(fields: &mut Fields<'_>) -> Option<Fail> {
    let error = words(fields, "Error", "ErrorPath")?;
    let cause = words(fields, "Cause", "CausePath")?;
    Some(Fail { error, cause })
}

fn words(fields: &mut Fields<'_>, name: &'static str, path: &'static str) -> Option<Option<Words>> {
    fields.exclude(&[name, path]);
    let fixed = fields.optional_text(name).map(Words::Fixed);
    if fixed.is_some() {
        fields.know(path);
        return Some(fixed);
    }
    let Some(text) = fields.text(path) else { return Some(None) };
    if text.starts_with("States.") {
        return match Call::parse(&text) {
            Ok(call) => Some(Some(Words::Call(call))),
            Err(reason) => {
                fields.problem_at(path, SCHEMA, format!("{path} must be a valid path or intrinsic function: {reason}"));
                None
            }
        };
    }
    fields.optional_path(path).map(|path| Some(Words::Path(path)))
}
