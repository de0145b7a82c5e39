//! `carelake config`: the environments of the configuration, or all that is understood of one.

mod upgrade;

use std::path::Path;
use std::process::ExitCode;

use carelake_intake::config::{Partner, SECTION, read};
use carelake_tabular::config::{self, Config};
use clap::Args;
use serde::Serialize;

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

/// What is understood of an environment, with what rooms are deployed by.
#[derive(Debug, Serialize)]
struct Resolved<'c> {
    #[serde(flatten)]
    shared: config::Resolved<'c>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intake: Option<ResolvedIntake>,
}

#[derive(Debug, Serialize)]
struct ResolvedIntake {
    partners: Vec<ResolvedPartner>,
}

/// Who sends files, and from where.
#[derive(Debug, Serialize)]
struct ResolvedPartner {
    name: String,
    networks: Vec<String>,
}

/// Returns what is said of partners, where there is a section of them. It was found right when the configuration was read.
fn partners(config: &Config) -> Option<Vec<ResolvedPartner>> {
    let folder = config.file.parent().unwrap_or(Path::new(""));
    let intake = config.section(SECTION.name, |spot, mistakes| read(spot, folder, mistakes))?;
    let one = |(name, Partner { networks, .. })| ResolvedPartner { name, networks };
    Some(intake.partners.into_iter().map(one).collect())
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
            let resolved = Resolved {
                shared: config.resolved(find_environment(&config, &global.env)?),
                intake: partners(&config).map(|partners| ResolvedIntake { partners }),
            };
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
