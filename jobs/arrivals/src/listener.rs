//! What starts on AWS when something is published: events tell of pointers that moved, and each pointer's `content` is compared
//! with the mark that its listener keeps. One machine compares all pointers instead, since nobody tells it of them.

use std::collections::BTreeSet;

use carelake_core::config::Location;
use carelake_core::ledger::{Object, Partition, Write};
use carelake_core::names::{Publication, Scope};
use carelake_core::{ErrorKind, publish};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Listen, Need, Part, Place, Task};
use serde_json::{Value, json};

use crate::events::{Event, Message, decode};

/// How a pointer's key ends.
const POINTER: &str = "/_current.json";
/// The member of a mark that has the content.
const CONTENT: &str = "content";

/// The function of a room that starts what listens. A change that comes again starts nothing; of two calls at the same moment
/// both may start.
#[derive(Debug, Clone, Copy)]
pub struct Listener {
    /// The room, in whose rows the marks are.
    pub room: &'static str,
    /// What it listens to.
    pub listens: &'static [Listen],
}

impl Listener {
    /// What such a function needs.
    pub const NEEDS: [Need; 3] = [
        Need::read(Place::Output, Part::Publications),
        Need::write(Place::Ledger, Part::Own),
        Need::write(Place::Executions, Part::Own),
    ];

    /// Starts a definition if the content of publications that it listens to is not the one that it has seen.
    fn tell(&self, context: &Context<'_>, definition: &str, moved: &BTreeSet<String>) -> Result<(), Failure> {
        let (ledger, now) = (context.services.ledger, (context.services.now)());
        let marks = Partition::new(&Scope::default(), self.room, "listeners");
        let (mut changed, mut seen) = (Vec::new(), Vec::new());
        for path in self.heard(definition, moved)? {
            let key = marks.key(&format!("{definition}/{path}"));
            let Some(pointer) = publish::current(context.services.output, &Publication::from_path(path))? else {
                continue;
            };
            let mark = ledger.get(&key, now)?;
            let content = mark.as_ref().and_then(|mark| mark.value.get(CONTENT)).and_then(Value::as_u64);
            if content == Some(pointer.content) {
                continue;
            }
            // What it did itself is no news to it.
            let own = format!("{definition}-");
            if !pointer.execution.as_deref().is_some_and(|execution| execution.starts_with(&own)) {
                changed.push(json!({"publication": path, CONTENT: pointer.content}));
            }
            seen.push(Write::put(key, Object::from_iter([(CONTENT.to_owned(), json!(pointer.content))])));
        }
        if !changed.is_empty() {
            context.runner.start(definition, None, &json!({"trigger": "publication", "changed": changed}))?;
        }
        // After the start, so that none is forgotten.
        for mark in seen {
            ledger.write(&mark, now)?;
        }
        Ok(())
    }

    fn heard<'m>(&self, definition: &str, moved: &'m BTreeSet<String>) -> Result<Vec<&'m str>, Failure> {
        let patterns = self.listens.iter().filter(|listen| listen.definition == definition).map(|listen| {
            let reason = || format!("{definition}: no pattern: {}", listen.pattern);
            glob::Pattern::new(listen.pattern).map_err(|_| Failure::new(ErrorKind::INTERNAL, reason()))
        });
        let patterns = patterns.collect::<Result<Vec<_>, _>>()?;
        let is_heard = |path: &&str| patterns.iter().any(|pattern| pattern.matches(path));
        Ok(moved.iter().map(String::as_str).filter(is_heard).collect())
    }
}

impl Task for Listener {
    fn call(&self, context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
        let batch = decode(payload).map_err(|error| Failure::new(error.kind(), error.to_string()))?;
        let environment = context.services.config.environment(context.environment);
        let prefix = match environment.map(|environment| &environment.output) {
            Some(Location::S3 { prefix, .. }) => prefix.as_str(),
            _ => "",
        };
        let mut moved = BTreeSet::new();
        let mut unread = BTreeSet::new();
        for (place, message) in batch.messages.iter().enumerate() {
            match pointers(message, prefix) {
                Some(paths) => moved.extend(paths),
                None => drop(unread.insert(place)),
            }
        }
        let definitions: BTreeSet<&str> = self.listens.iter().map(|listen| listen.definition).collect();
        for definition in definitions {
            self.tell(context, definition, &moved)?;
        }
        let reason = "messages that cannot be read came by no queue; look at what calls the function";
        batch.answer(&unread).ok_or_else(|| Failure::new(ErrorKind::INVALID_CONFIG, reason))
    }
}

/// Returns the publications whose pointers a message tells of; `None` when it cannot be read.
fn pointers(message: &Message, prefix: &str) -> Option<Vec<String>> {
    let events = message.events.as_ref().ok()?;
    let path = |event: &Event| match event {
        Event::Object(object) if object.is_there => {
            object.key.strip_prefix(prefix)?.strip_suffix(POINTER).map(str::to_owned)
        }
        _ => None,
    };
    Some(events.iter().filter_map(path).collect())
}
