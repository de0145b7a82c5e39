//! Reads the text of a definition into a [`Machine`], or says everything that is wrong with it at once.
//!
//! The text is the only input. What AWS would refuse is refused with AWS's code, place and words where they are known;
//! what AWS runs and this interpreter does not (JSONata, some forms of Distributed Map) is refused by state name and line.

mod choice;
mod container;
mod distributed;
mod fields;
mod flow;
mod handler;
mod place;
mod state;
mod syntax;

use serde_json::Value;

use self::fields::{Fields, Reader};
use self::place::Places;
use crate::machine::{Kind, Machine};
use crate::problem::{Problem, Problems, SCHEMA, UNSUPPORTED};
use crate::state::State;

/// The largest definition that is read. Source: AWS Step Functions quotas, "Maximum size of a state machine definition".
const MAX_DEFINITION_BYTES: usize = 1_048_576;

/// Reads a whole machine.
pub(crate) fn machine(text: &str, kind: Kind) -> Result<Machine, Problems> {
    let (value, mut reader) = open(text, kind)?;
    let machine = read_machine(&value, &mut reader);
    reader.finish(machine)
}

/// Reads one state on its own, as the TestState API takes it; its transitions need not lead anywhere.
pub(crate) fn state(text: &str) -> Result<State, Problems> {
    let (value, mut reader) = open(text, Kind::Standard)?;
    let state = value.as_object().and_then(|object| {
        let fields = Fields::new(&mut reader, object, String::new(), Some("StateName".to_owned()));
        state::read("StateName", fields)
    });
    reader.finish(state)
}

fn open(text: &str, kind: Kind) -> Result<(Value, Reader), Problems> {
    let refuse =
        |message: String| Problems(vec![Problem { state: None, line: None, code: SCHEMA, location: None, message }]);
    if text.len() > MAX_DEFINITION_BYTES {
        return Err(refuse(format!("Definition must not be longer than {MAX_DEFINITION_BYTES} bytes")));
    }
    if text.trim().is_empty() {
        return Err(refuse("Definition must be a valid JSON object".to_owned()));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| Problems(vec![syntax::problem(text, &error)]))?;
    if !value.is_object() {
        return Err(refuse("Definition must be a valid JSON object".to_owned()));
    }
    let places = Places::of(text);
    let mut reader = Reader::new(places, kind);
    reader.report_doubles();
    Ok((value, reader))
}

fn read_machine(value: &Value, reader: &mut Reader) -> Option<Machine> {
    let kind = reader.kind;
    let mut fields = Fields::new(reader, value.as_object()?, String::new(), None);
    let comment = fields.optional_text("Comment");
    let version = fields.optional_text("Version");
    if version.is_some_and(|version| version != "1.0") {
        fields.problem_at("Version", SCHEMA, "Version must be '1.0'".to_owned());
    }
    if fields.refuse_jsonata() {
        return None;
    }
    let timeout_secs = fields.optional_positive("TimeoutSeconds");
    fields.require(&["States", "StartAt"]);
    let flow = flow::read(&mut fields);
    if let Some(processor) = value.get("ProcessorConfig") {
        fields.take("ProcessorConfig");
        fields.problem_at("ProcessorConfig", UNSUPPORTED, format!("ProcessorConfig {processor} has no meaning here"));
    }
    fields.refuse_others();
    Some(Machine { kind, comment, timeout_secs, flow: flow? })
}

#[cfg(test)]
mod tests;
