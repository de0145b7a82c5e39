//! `carelake config`: the environments of the configuration, or all that is understood of one.

mod streams;
mod upgrade;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use carelake_console::config as console;
use carelake_hl7::config::{self as hl7, Hl7, OnAws};
use carelake_intake::common::{encounters, persons};
use carelake_intake::config::{Intake, Partner};
use carelake_intake::functions::desk::of_config;
use carelake_intake::publish::views;
use carelake_loads::config::{Loads, Source};
use carelake_tabular::config::{self, Config};
use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::joined::joined;
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
  carelake config --schema --included > included.schema.json

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
    /// Print it for files that are included, such as pages of feeds, which have some of the keys only
    #[arg(long, requires = "schema")]
    included: bool,
    /// Write it where it stands instead of printing it; all of a file or nothing
    #[arg(long, requires = "upgrade")]
    write: bool,
}

/// What is understood of an environment, with what rooms are deployed by.
#[derive(Debug, Serialize)]
struct Resolved<'c> {
    #[serde(flatten)]
    shared: config::Resolved<'c>,
    intake: ResolvedIntake,
    loads: ResolvedLoads,
    streams: Vec<streams::Resolved>,
    /// None where no pages are deployed: what others can reach is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    console: Option<ResolvedConsole>,
    /// None where nothing takes messages: what others can reach is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    hl7: Option<ResolvedMessages>,
}

/// What takes messages of HL7 v2 in an environment.
#[derive(Debug, Serialize)]
struct ResolvedMessages {
    /// Who issues tokens; without it a user pool is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<ResolvedIssuer>,
    /// Whether anybody may sign up in that.
    signs_up: bool,
    /// The Kinesis stream that messages come by.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<ResolvedStream>,
}

#[derive(Debug, Serialize)]
struct ResolvedIssuer {
    issuer: String,
    audiences: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ResolvedStream {
    /// That of one that is there; else one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
}

/// The pages of an environment.
#[derive(Debug, Serialize)]
struct ResolvedConsole {
    /// Whether the configuration names who signs people in; else a user pool is made.
    names_issuer: bool,
}

#[derive(Debug, Serialize)]
struct ResolvedLoads {
    sources: Vec<ResolvedSource>,
    /// The folders among the inputs into which texts of tables are handed on.
    hands_on: BTreeSet<String>,
}

/// What is loaded by itself.
#[derive(Debug, Serialize)]
struct ResolvedSource {
    name: String,
    max_staleness_secs: u64,
}

#[derive(Debug, Serialize)]
struct ResolvedIntake {
    partners: Vec<ResolvedPartner>,
    /// The views over all feeds, which whoever publishes a feed makes anew.
    views: Vec<String>,
}

/// Who sends files, and from where.
#[derive(Debug, Serialize)]
struct ResolvedPartner {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    networks: Vec<String>,
}

/// Returns what is said of partners. Without a section there are the tables that are always there.
fn intake(config: &Config) -> Result<ResolvedIntake, Failure> {
    let (partners, tables) = match of_config(config)? {
        Some(Intake { partners, tables, .. }) => (partners, tables.iter().map(|table| table.name.clone()).collect()),
        None => (BTreeMap::new(), vec![persons().name.clone(), encounters().name.clone()]),
    };
    let one = |(name, Partner { networks, account, .. })| ResolvedPartner { name, account, networks };
    let views = tables.iter().flat_map(|table: &String| views(table)).collect();
    Ok(ResolvedIntake { partners: partners.into_iter().map(one).collect(), views })
}

/// Returns what takes messages, where the configuration has them.
fn messages(config: &Config) -> Option<ResolvedMessages> {
    config.section(hl7::SECTION.name, |_, _| ())?;
    let Hl7 { auth, signs_up, stream, .. } = Hl7::of_config(config);
    Some(ResolvedMessages {
        issuer: auth.map(|auth| ResolvedIssuer { issuer: auth.issuer, audiences: auth.audiences }),
        signs_up,
        stream: stream.map(|stream| ResolvedStream {
            arn: match stream {
                OnAws::There(arn) => Some(arn),
                OnAws::Made => None,
            },
        }),
    })
}

/// Returns the sources that are loaded by themselves, and where any of them hands texts on to.
fn loads(config: &Config) -> ResolvedLoads {
    let sources = Loads::of_config(config).map(|loads| loads.sources).unwrap_or_default();
    let overrides = sources.iter().flat_map(|source| &source.overrides);
    let hands_on = overrides.filter_map(|it| it.hand_on().map(|asked| asked.to.clone())).collect();
    let one = |source: Source| ResolvedSource { max_staleness_secs: source.max_staleness.as_secs(), name: source.name };
    let sources = sources.into_iter().filter(|source| source.every.is_some()).map(one).collect();
    ResolvedLoads { sources, hands_on }
}

impl ConfigVerb {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        if self.schema {
            let mut schema = Config::schema(registry::SECTIONS);
            if let Some(whole) = schema.as_object_mut().filter(|_| self.included) {
                whole.remove("required");
            }
            output::line(serde_json::to_string_pretty(&schema).map_err(std::io::Error::from)?);
            return Ok(ExitCode::SUCCESS);
        }
        let config = registry::known(|known| Config::load_for(known, &global.config))?;
        if self.resolved {
            let environment = find_environment(&config, &global.env)?;
            let resolved = Resolved {
                shared: config.resolved(environment),
                intake: intake(&config)?,
                loads: loads(&config),
                streams: streams::of(&config, &environment.name),
                console: config
                    .section(console::SECTION.name, |_, _| ())
                    .map(|()| ResolvedConsole { names_issuer: console::oidc(&config).is_some() }),
                hl7: messages(&config),
            };
            // In lines also into a file: it is kept, and compared.
            output::line(serde_json::to_string_pretty(&resolved).map_err(std::io::Error::from)?);
        } else if self.upgrade {
            upgrade::upgrade(&config.file, self.write)?;
        } else if self.joined {
            output::text(joined(&config)?);
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
