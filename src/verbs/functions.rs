//! `carelake functions`: what a deployment is made from.

use std::process::ExitCode;

use carelake_pipeline::{Room, deployed};
use carelake_tabular::config::Config;
use clap::Args;
use serde_json::Value;

use crate::failure::Failure;
use crate::options::Global;
use crate::registry::{self, HERE_ONLY, ROOMS};
use crate::{lake, output};

/// Show the functions of every room, what they need, and what calls them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake functions
  carelake functions --env dev --json

Rooms that work on one machine only are not among them.")]
pub(crate) struct Functions {}

impl Functions {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let config = registry::known(|known| Config::load_for(known, &global.config))?;
        let environment = lake::find_environment(&config, &global.env)?;
        // A room without functions has nothing that could be deployed.
        let is_deployed = |room: &&Room| !room.functions.is_empty() && !HERE_ONLY.contains(&room.name);
        let rooms: Vec<&Room> = ROOMS.0.iter().copied().filter(is_deployed).collect();
        let deployed = deployed(&rooms, &config, environment, "statemachine");
        if global.json {
            output::json(&deployed)?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = |function: &Value, name: &str| match function.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let columns = ["room", "name", "placeholder", "memory_mib", "timeout_secs", "description"];
        let functions = deployed.get("functions").and_then(Value::as_array).into_iter().flatten();
        let rows = functions.map(|function| columns.map(|name| text(function, name)).to_vec());
        let header = ["ROOM", "FUNCTION", "PLACEHOLDER", "MiB", "SECONDS", "DOES"];
        output::table(&header, &["MiB", "SECONDS"], rows);
        Ok(ExitCode::SUCCESS)
    }
}
