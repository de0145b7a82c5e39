//! `carelake functions`: what a deployment is made from.

use std::process::ExitCode;

use carelake_core::config::Environment;
use carelake_pipeline::{Definition, Function, Handler, Room, Route, Size, machine_placeholder};
use carelake_tabular::config::Config;
use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::Global;
use crate::registry::{self, ROOMS};
use crate::{lake, output};

/// Show the functions of every room, what they need, and what calls them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake functions
  carelake functions --env dev --json")]
pub(crate) struct Functions {}

impl Functions {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let config = registry::known(|known| Config::load_for(known, &global.config))?;
        let environment = lake::find_environment(&config, &global.env)?;
        let rooms = || ROOMS.0.iter().copied();
        let functions: Vec<Value> = rooms()
            .flat_map(|room| room.functions.iter().map(move |it| (room, it)))
            .map(|(room, it)| function(room, it, &config, environment))
            .collect();
        if global.json {
            let definitions = rooms().flat_map(|room| room.definitions.iter().map(move |it| (room, it)));
            let definitions: Vec<Value> = definitions.map(|(room, it)| definition(room, it, environment)).collect();
            output::json(&json!({"functions": functions, "definitions": definitions}))?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = |function: &Value, name: &str| match function.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let columns = ["room", "name", "placeholder", "memory_mib", "timeout_secs", "description"];
        let rows = functions.iter().map(|function| columns.map(|name| text(function, name)).to_vec());
        let header = ["ROOM", "FUNCTION", "PLACEHOLDER", "MiB", "SECONDS", "DOES"];
        output::table(&header, &["MiB", "SECONDS"], rows);
        Ok(ExitCode::SUCCESS)
    }
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
        "placeholder": function.placeholder(), "lambda": function.suffix(),
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

fn definition(room: &Room, definition: &Definition, environment: &Environment) -> Value {
    json!({
        "room": room.name, "name": definition.name, "file": format!("statemachine/{}.asl.json", definition.name),
        "placeholder": machine_placeholder(definition.name),
        "schedule": (definition.schedule)(environment).map(|it| it.to_string()),
    })
}
