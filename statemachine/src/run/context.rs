//! Builds the context object, `$$`.

use serde_json::{Map, Value, json};

use super::strand::Visit;
use crate::moment;
use crate::state::StateKind;

/// Returns the context object as a state sees it; when it is whole, only a Map's item is added.
pub(super) fn of(base: &Map<String, Value>, is_whole: bool, item: Option<&Value>, visit: Option<&Visit<'_>>) -> Value {
    let mut context = base.clone();
    if let Some(visit) = visit.filter(|_| !is_whole) {
        let mut state = json!({"EnteredTime": moment::text(visit.entered_at), "Name": visit.state.name});
        // AWS tells only those states how often they were tried again that can be.
        let retries = matches!(visit.state.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_));
        if let (true, Some(members)) = (retries, state.as_object_mut()) {
            members.insert("RetryCount".to_owned(), json!(visit.retries));
        }
        context.insert("State".to_owned(), state);
        if let Some(token) = &visit.token {
            context.insert("Task".to_owned(), json!({"Token": token}));
        }
    }
    if let Some(item) = item {
        context.insert("Map".to_owned(), json!({"Item": item}));
    }
    Value::Object(context)
}
