//! What a deployment of rooms is made from: functions, definitions and listeners as JSON, with what an environment decides.

use carelake_core::config::Environment;
use carelake_tabular::config::Config;
use serde_json::{Value, json};

use super::function::{BatchSource, Function, Handler, Size};
use super::http::Route;
use super::place::{machine_name, machine_placeholder};
use super::room::{Definition, Room};

/// Describes rooms as they are deployed to an environment; `definitions` is the folder of their definitions in the project.
#[must_use]
pub fn deployed(rooms: &[&Room], config: &Config, environment: &Environment, definitions: &str) -> Value {
    let functions = rooms.iter().flat_map(|room| room.functions.iter().map(move |it| (room, it)));
    let functions: Vec<Value> = functions.map(|(room, it)| function(room, it, config, environment)).collect();
    let machines = rooms.iter().flat_map(|room| room.definitions.iter().map(move |it| (room, it)));
    let machines: Vec<Value> = machines.map(|(room, it)| definition(room, it, environment, definitions)).collect();
    let listens = rooms.iter().flat_map(|room| room.listens.iter().map(move |it| (room, it)));
    let listens: Vec<Value> = listens
        .map(|(room, it)| json!({"room": room.name, "pattern": it.pattern, "definition": it.definition}))
        .collect();
    let rooms: Vec<&str> = rooms.iter().map(|room| room.name).collect();
    json!({"rooms": rooms, "functions": functions, "definitions": machines, "listens": listens})
}

fn function(room: &Room, function: &Function, config: &Config, environment: &Environment) -> Value {
    let (memory_mib, scratch_mib) = match function.size {
        Size::Fixed { memory_mib, scratch_mib } => (Some(memory_mib), Some(scratch_mib)),
        Size::OfDataset => config.dataset(function.name).map(|it| (it.memory_mib, it.scratch_mib)).unzip(),
    };
    let (called_by, schedule, source) = match function.handler {
        Handler::Task(_) => ("definition", None, None),
        Handler::Schedule(_, schedule) => ("schedule", schedule(environment), None),
        Handler::Batch(source, _) => ("batch", None, Some(source)),
        Handler::Action(_) => ("action", None, None),
        Handler::Http(_) => ("http", None, None),
    };
    let routes = function.http().map(|http| http.routes().iter().map(route).collect::<Vec<_>>());
    json!({
        "room": room.name, "name": function.name, "description": function.description,
        "placeholder": function.placeholder(), "queue": source.filter(|source| *source != BatchSource::DeadLetters).map(|_| function.queue_placeholder()),
        "lambda": function.suffix(), "own": own(room, function),
        "called_by": called_by, "schedule": schedule.map(|it| it.to_string()), "source": source,
        "memory_mib": memory_mib, "scratch_mib": scratch_mib, "timeout_secs": function.timeout_secs,
        "network": function.network, "needs": function.needs, "routes": routes,
    })
}

fn route(route: &Route) -> Value {
    json!({
        "method": route.method.as_str(), "path": route.path, "guard": route.guard, "max_body_bytes": route.max_body_bytes,
    })
}

/// Returns what the names of a function's own things begin with: its dataset or its room.
fn own<'n>(room: &'n Room, function: &'n Function) -> &'n str {
    match function.size {
        Size::OfDataset => function.name,
        Size::Fixed { .. } => room.name,
    }
}

fn definition(room: &Room, definition: &Definition, environment: &Environment, folder: &str) -> Value {
    json!({
        "room": room.name, "name": definition.name, "file": format!("{folder}/{}.asl.json", definition.name),
        "placeholder": machine_placeholder(definition.name),
        "machine": machine_name(&format!("carelake-{}", environment.name), definition.name),
        "schedule": (definition.schedule)(environment).map(|it| it.to_string()),
    })
}
