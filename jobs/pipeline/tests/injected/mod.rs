//! Tasks of which some attempts fail on purpose; all others are carried out.

use std::sync::Arc;

use carelake_statemachine::{Binding, Inject, TaskCall, TaskError, Tasks};
use serde_json::Value;

pub(crate) struct Injected {
    pub tasks: Arc<dyn Tasks>,
    pub injections: Vec<Inject>,
}

impl Tasks for Injected {
    fn knows(&self, binding: &Binding<'_>) -> bool {
        self.tasks.knows(binding)
    }

    fn run(&self, call: TaskCall) -> Result<Value, TaskError> {
        let text =
            |name: &str| call.input.pointer(&format!("/Payload/{name}")).and_then(Value::as_str).unwrap_or_default();
        let (dataset, feed) = (text("dataset"), text("feed"));
        let names = [call.state.as_str(), dataset, &format!("{dataset}/{feed}")];
        match self.injections.iter().find(|inject| inject.hits(&names, call.attempt)) {
            Some(inject) => {
                Err(TaskError::new(inject.error.as_str(), format!("injected failure of attempt {}", call.attempt)))
            }
            None => self.tasks.run(call),
        }
    }
}
