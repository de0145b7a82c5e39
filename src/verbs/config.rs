//! `carelake config`: the environments of the configuration, or all that is understood of one.

mod upgrade;

use std::process::ExitCode;

use carelake_tabular::config::Config;
use clap::Args;

use crate::failure::Failure;
use crate::lake::find_environment;
use crate::options::Global;
use crate::{output, registry};

/// Show the environments of the configuration, or what is understood of one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake config
  carelake config --resolved --env prod
  carelake config --joined > one_file.yaml
  carelake config --upgrade --write
  carelake config --schema > pipeline_config.schema.json

What deploys reads what --resolved prints, and nothing else. Secrets are there by reference only; columns and code lists,
which only jobs read, are left out. What is uploaded is what --joined prints: with `include`, one file that says the same.

A file of an earlier version is read as ever. --upgrade writes the same in the version of today, with its comments and its order.")]
pub(crate) struct ConfigVerb {
    /// Print what is understood of the environment, with every default filled in, as JSON
    #[arg(long)]
    resolved: bool,
    /// Print the configuration as one file, with those that it includes joined to it
    #[arg(long, conflicts_with = "resolved")]
    joined: bool,
    /// Print the configuration in the version of today
    #[arg(long, conflicts_with_all = ["resolved", "joined"])]
    upgrade: bool,
    /// Print the JSON Schema of the configuration, for editors; no configuration is read
    #[arg(long, conflicts_with_all = ["resolved", "joined", "upgrade"])]
    schema: bool,
    /// Write it where it stands instead of printing it; all of a file or nothing
    #[arg(long, requires = "upgrade")]
    write: bool,
}

impl ConfigVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        if self.schema {
            output::line(
                serde_json::to_string_pretty(&Config::schema(registry::SECTIONS)).map_err(std::io::Error::from)?,
            );
            return Ok(ExitCode::SUCCESS);
        }
        let config = registry::known(|known| Config::load_for(known, &global.config))?;
        if self.resolved {
            let resolved = config.resolved(find_environment(&config, &global.env)?);
            // In lines also into a file: it is kept, and compared.
            output::line(serde_json::to_string_pretty(&resolved).map_err(std::io::Error::from)?);
        } else if self.upgrade {
            upgrade::upgrade(&config.file, self.write)?;
        } else if self.joined {
            output::text(&config.text);
        } else if global.json {
            output::json(&config.environments)?;
        } else {
            let rows = config.environments.iter().map(|environment| {
                let places = [&environment.input, &environment.output, &environment.rejects];
                [environment.name.clone()].into_iter().chain(places.map(ToString::to_string)).collect()
            });
            output::table(&["ENVIRONMENT", "INPUT", "OUTPUT", "REJECTS"], &[], rows);
        }
        Ok(ExitCode::SUCCESS)
    }
}
