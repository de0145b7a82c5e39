//! `carelake hl7 show`: one message, as a tree.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use carelake_hl7::Reader;
use carelake_hl7::catalog::Catalog;
use carelake_hl7::world::Hl7Error;
use clap::Args;
use serde_json::{Value, json};

use super::with_world;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone};

/// Show a message as a tree of its groups, segments and fields
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake hl7 show 0f3a…
  carelake hl7 show 0f3a… --mask no > message.txt

On a terminal letters are shown as x and digits as 9, but for the segment MSH; --mask no shows them. A message in the error zone is shown
line by line, masked in the same way.")]
pub(crate) struct Show {
    /// The id of a message
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// Whether values are masked; on a terminal they are
    #[arg(long, value_name = "yes|no", num_args = 0..=1, default_missing_value = "yes", value_parser = ["yes", "no"])]
    mask: Option<String>,
}

impl Show {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let is_masked = self.mask.as_deref().map_or_else(|| io::stdout().is_terminal(), |mask| mask == "yes");
        let (indexed, bytes) = with_world(&Lake::open(global)?, |world| {
            let indexed = Catalog::of(world).message(&self.message).map_err(Hl7Error::from)?;
            let indexed = indexed.ok_or(Hl7Error::Unknown { what: "message" })?;
            world.raw.settle()?;
            let bytes = world.raw.read(&indexed.raw_key)?;
            Ok((indexed, bytes))
        })?;
        let mut reader = Reader::default();
        let read = reader.read(&bytes, indexed.encoding.as_deref()).ok();
        let json: Option<Value> = read.and_then(|read| serde_json::from_slice(read.json).ok());
        let json = json.map(|json| if is_masked { masked(json, false) } else { json });
        if global.json {
            output::json(&json!({ "about": indexed, "message": json }))?;
            return Ok(ExitCode::SUCCESS);
        }
        let about = [indexed.event.as_str(), &indexed.version, &indexed.structure].join(" ");
        output::line(
            Tone::Heading.paint(format_args!("{about}, received {:.0} by {}", indexed.received_at, indexed.way_in)),
        );
        if let Some(reason) = &indexed.reason {
            output::line(Tone::Bad.paint(format_args!("in the error zone: {reason}")));
        }
        match json {
            Some(json) => tree(&json, 0),
            None => {
                for line in String::from_utf8_lossy(&bytes).split(['\r', '\n']).filter(|line| !line.is_empty()) {
                    let shown = if is_masked && !line.starts_with("MSH") { mask(line) } else { line.to_owned() };
                    output::line(shown.replace(char::is_control, " "));
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the members of an object, each on its line, or below it.
fn tree(value: &Value, depth: usize) {
    let Value::Object(members) = value else { return };
    for (key, value) in members {
        let all: Vec<&Value> = match value {
            Value::Array(all) => all.iter().collect(),
            one => vec![one],
        };
        for one in all {
            let indent = "  ".repeat(depth);
            match one {
                Value::String(text) => {
                    output::line(format_args!(
                        "{indent}{} {}",
                        Tone::Faint.paint(key),
                        text.replace(char::is_control, " ")
                    ));
                }
                other => {
                    output::line(format_args!("{indent}{}", Tone::Heading.paint(key)));
                    tree(other, depth + 1);
                }
            }
        }
    }
}

fn masked(value: Value, is_header: bool) -> Value {
    match value {
        Value::String(text) if !is_header => Value::String(mask(&text)),
        Value::Array(all) => Value::Array(all.into_iter().map(|one| masked(one, is_header)).collect()),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(key, one)| (key.clone(), masked(one, is_header || key == "MSH"))).collect(),
        ),
        other => other,
    }
}

fn mask(text: &str) -> String {
    let masked = |c: char| match c {
        c if c.is_numeric() => '9',
        c if c.is_alphabetic() => 'x',
        c => c,
    };
    text.chars().map(masked).collect()
}
