//! What is done from pages: it is asked once with what it will do, done once, and written down.
//!
//! A form names an action by its page and by the hash of what it says and calls. The page is made again before anything is done, so an
//! action that the page would not offer any more, or whose effect has changed, is refused with the difference. A form carries a key, and
//! what was done under a key is not done again: a double click, a reload and the way back have one effect.

mod kept;
pub(crate) mod own;

use carelake_core::ErrorKind;
use carelake_core::ledger::{Audit, Event, Object};
use carelake_pipeline::page::{Action, Does};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Handler, Room};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) use kept::{Act, Acts, State};

/// The stream of the audit that has what was done from pages, and who signed in.
pub(crate) const STREAM: &str = "console";
/// The member of what is called that says who wanted it.
const BY: &str = "by";
/// What the name of an execution begins with that a page started; the key of the form is behind it.
pub(crate) const STARTED: &str = "page-";
/// Characters of the hash that names an action.
const NAME_CHARS: usize = 24;

/// Returns what names an action: another effect, command or call is another action.
pub(crate) fn name(action: &Action) -> String {
    let whole = json!([action.label, action.effect, action.command, action.does]).to_string();
    carelake_core::hex(&Sha256::digest(whole)).chars().take(NAME_CHARS).collect()
}

/// What became of something that was done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Done {
    /// It was done; what was answered, where there is something to say.
    Well(Value),
    /// An execution was started, by its definition and name.
    Started {
        /// The definition.
        definition: String,
        /// The name of the execution.
        name: String,
        /// What the runner calls it.
        id: String,
    },
}

/// Returns whether pages do this where they are. On AWS they start what runs by its own right, and note what was seen: what a function of
/// a room may do, and who may move pointers, is not theirs.
pub(crate) fn is_done_here(context: &Context<'_>, does: &Does) -> bool {
    match does {
        Does::Start { .. } => true,
        Does::Call { function, .. } => context.host.is_some() || function == own::ACKNOWLEDGE,
    }
}

/// Carries an action out, in somebody's name. `key` makes of several starts one.
pub(crate) fn carry_out(
    context: &Context<'_>,
    rooms: &'static [&'static Room],
    does: &Does,
    by: &str,
    key: &str,
) -> Result<Done, Failure> {
    match does {
        Does::Start { definition, input } => {
            let name = format!("{STARTED}{key}");
            let id = context.runner.start(definition, Some(&name), &in_name_of(input, by))?;
            Ok(Done::Started { definition: definition.clone(), name, id })
        }
        Does::Call { function, payload } => {
            let payload = in_name_of(payload, by);
            if let Some(own) = own::find(function) {
                return own(context, rooms, &payload, by).map(Done::Well);
            }
            let found = rooms.iter().flat_map(|room| room.functions).find(|it| it.name == function);
            let may = |it: &&carelake_pipeline::Function| matches!(it.handler, Handler::Action(_) | Handler::Task(_));
            let found = found.filter(may).ok_or_else(|| {
                Failure::new(ErrorKind::INTERNAL, format!("no function `{function}` is called by a page"))
            })?;
            found.task().call(context, &payload).map(Done::Well)
        }
    }
}

/// Says in what is called who wanted it, where it has a place for that.
fn in_name_of(payload: &Value, by: &str) -> Value {
    let mut payload = payload.clone();
    if let Some(there) = payload.get_mut(BY).filter(|it| it.is_string()) {
        *there = by.into();
    }
    payload
}

/// Writes down what somebody did, or was refused.
pub(crate) fn note(context: &Context<'_>, id: &str, actor: &str, what: Value) -> Result<(), Failure> {
    let Value::Object(what) = what else { return Ok(()) };
    let event = Event {
        id: id.to_owned(),
        at: (context.services.now)(),
        actor: actor.to_owned(),
        what: Object::from_iter(what),
    };
    Audit::new(context.services.ledger, context.scope).append(STREAM, &event)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(effect: &str, n: u64) -> Action {
        let does = Does::Call { function: "toy_again".to_owned(), payload: json!({ "n": n }) };
        Action { label: "Double".to_owned(), effect: effect.to_owned(), command: "carelake toy".to_owned(), does }
    }

    #[test]
    fn another_effect_or_call_is_another_action() {
        let one = name(&action("doubles 21", 21));
        assert_eq!(one, name(&action("doubles 21", 21)));
        assert!(one != name(&action("doubles 22", 21)) && one != name(&action("doubles 21", 22)));
        assert_eq!(one.len(), NAME_CHARS);
    }

    #[test]
    fn who_wants_it_is_said_where_there_is_a_place_for_it() {
        assert_eq!(in_name_of(&json!({"by": "a page", "n": 1}), "ann"), json!({"by": "ann", "n": 1}));
        assert_eq!(in_name_of(&json!({"n": 1}), "ann"), json!({"n": 1}));
    }
}
