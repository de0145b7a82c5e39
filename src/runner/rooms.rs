//! Rooms as one: functions and definitions by name, and what stands for them on one machine.

use std::collections::BTreeMap;

use carelake_core::ErrorKind;
use carelake_pipeline::{Definition, Function, Handler, Listen, Room, machine_placeholder, placeholder};
use carelake_statemachine::substitute;

use crate::failure::Failure;

/// The service integration that publishes a notice.
pub(crate) const NOTIFY: &str = "arn:aws:states:::sns:publish";
/// What stands for the topic that notices go to.
const TOPIC: &str = "local-notifier";
/// The placeholders of the places of the lake, and what stands for their buckets.
pub(super) const PLACES: [(&str, &str); 3] = [("Input", "input"), ("Output", "output"), ("Rejects", "rejects")];

/// Every room that a runner knows.
#[derive(Clone, Copy)]
pub(crate) struct Rooms(pub &'static [&'static Room]);

impl Rooms {
    /// Returns every function, in the order of the rooms.
    pub(crate) fn functions(self) -> impl Iterator<Item = &'static Function> {
        self.0.iter().flat_map(|room| room.functions)
    }

    /// Returns every definition, in the order of the rooms.
    pub(crate) fn definitions(self) -> impl Iterator<Item = &'static Definition> {
        self.0.iter().flat_map(|room| room.definitions)
    }

    /// Returns the function with this name.
    pub(crate) fn function(self, name: &str) -> Option<&'static Function> {
        self.functions().find(|function| function.name == name)
    }

    /// Returns the definition with this name.
    pub(crate) fn definition(self, name: &str) -> Option<&'static Definition> {
        self.definitions().find(|definition| definition.name == name)
    }

    /// Returns what is started when something is published.
    pub(crate) fn listens(self) -> impl Iterator<Item = &'static Listen> {
        self.0.iter().flat_map(|room| room.listens)
    }

    /// Returns the text of a definition with what stands for its ARNs on one machine.
    pub(crate) fn text(self, definition: &Definition) -> Result<String, Failure> {
        substitute(definition.text, &self.places()).map_err(|missing| {
            let message = format!("{}: no place for {}", definition.name, missing.join(", "));
            Failure::new(ErrorKind::INTERNAL, message)
        })
    }

    /// Names stand for what they name. A function that the deployment puts into a container has placeholders of its own.
    fn places(self) -> BTreeMap<String, String> {
        let mut places = BTreeMap::from([("AlertsTopic".to_owned(), TOPIC.to_owned())]);
        for (place, bucket) in PLACES {
            places.insert(format!("{place}Bucket"), bucket.to_owned());
            places.insert(format!("{place}Prefix"), String::new());
        }
        for function in self.functions() {
            let called = placeholder(function.name);
            let container = called.strip_suffix("Function").unwrap_or(&called);
            places.insert(format!("{container}Task"), function.name.to_owned());
            places.insert(format!("{container}Subnets"), "[]".to_owned());
            if matches!(function.handler, Handler::Batch(..)) {
                places.insert(format!("{container}Queue"), function.name.to_owned());
            }
            for part in ["Cluster", "SecurityGroup"] {
                places.insert(format!("{container}{part}"), "local".to_owned());
            }
            places.insert(called, function.name.to_owned());
            places.insert(function.queue_placeholder(), function.name.to_owned());
        }
        places.extend(self.definitions().map(|it| (machine_placeholder(it.name), it.name.to_owned())));
        places
    }
}
