//! `carelake match load`: the reference is brought to what is served.

use std::process::ExitCode;

use carelake_matching::functions::alone;
use carelake_matching::reference::Reference;
use carelake_matching::run::load;
use clap::Args;
use serde_json::json;

use super::run::Run;
use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output::{self, thousands};

/// Bring the reference of a matcher to what its publications serve now
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match load pinellas
  carelake match load pinellas --json

Runs that are served and not loaded are put in, runs that are served no more are taken out. `carelake match run` does the same first.
While an execution works on the matcher, this is refused: the execution loads what is served, too.")]
pub(crate) struct Load {
    /// The matcher; the only one when not given
    #[arg(value_name = "NAME")]
    matcher: Option<String>,
}

impl Load {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let (name, loaded, runs, is_marked) = with_matcher(global, self.matcher.as_deref(), |_, world, engine| {
            let name = &engine.matcher.name;
            let mut reference = world.reference(name)?;
            let (loaded, is_marked) = alone(world, name, || load(world, engine, &mut reference))?;
            Ok::<_, Trouble>((name.clone(), loaded, reference.loaded()?, is_marked))
        })?;
        if global.json {
            output::json(&json!({ "matcher": name, "loaded": loaded, "runs": runs }))?;
        } else {
            let rows: i64 = runs.iter().map(|run| run.rows).sum();
            output::line(format_args!(
                "{name}: {} rows put in, {} taken out, {} incomplete; {} rows of {} runs are loaded",
                thousands(loaded.added),
                thousands(loaded.removed),
                thousands(loaded.incomplete),
                thousands(rows.unsigned_abs()),
                runs.len()
            ));
        }
        if is_marked {
            // A run that came meanwhile has left its work to this.
            output::aside(format_args!("{name}: a run came meanwhile, and is carried out now"));
            return Run::again(name).execute(global);
        }
        Ok(ExitCode::SUCCESS)
    }
}
