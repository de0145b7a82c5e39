//! Options that every verb takes, and how values are typed.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;

/// The configuration, when none is named.
const CONFIG: &str = "pipeline_config.yaml";

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(crate) struct Global {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = CONFIG, env = "CARELAKE_CONFIG")]
    pub config: PathBuf,
    /// The environment of the configuration
    #[arg(long, global = true, value_name = "NAME", default_value = "local", env = "CARELAKE_ENV")]
    pub env: String,
    /// Read inputs from this folder instead of the environment's [env: CARELAKE_INPUT]
    // Read from the environment where inputs are looked for, because `asl run` has another --input.
    #[arg(long, global = true, value_name = "DIR")]
    pub input: Option<PathBuf>,
    /// Publish to this folder instead of the environment's; rejected rows go to the folder `DIR-rejects` beside it
    #[arg(long, global = true, value_name = "DIR", env = "CARELAKE_OUTPUT")]
    pub output: Option<PathBuf>,
    /// The tenant of the configuration whose data it is; without one, what is outside of every tenant
    #[arg(long, global = true, value_name = "NAME", env = "CARELAKE_TENANT")]
    pub tenant: Option<String>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
}

impl Global {
    /// Returns the folder of the inputs, when one is named.
    pub(crate) fn input(&self) -> Option<PathBuf> {
        self.input.clone().or_else(|| std::env::var_os("CARELAKE_INPUT").map(PathBuf::from))
    }

    /// Returns these options as one types them, wherever one stands then.
    pub(crate) fn as_typed(&self) -> String {
        let mut options = format!("--env {}", self.env);
        options.extend(self.tenant.iter().map(|tenant| format!(" --tenant {tenant}")));
        let config = Some(self.config.clone());
        for (name, path) in [("config", config), ("input", self.input()), ("output", self.output.clone())] {
            if let Some(path) = path {
                options.push_str(&format!(" --{name} {}", typed(&path)));
            }
        }
        options
    }
}

/// Returns a path as a shell reads it as one word.
pub(crate) fn typed(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+:@=".contains(c);
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Reads a date such as 2026-11-01.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "not a date such as 2026-11-01".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_typed_so_that_a_shell_reads_them() {
        let global = |config: &str, output: Option<&str>| Global {
            config: config.into(),
            env: "local".to_owned(),
            input: None,
            output: output.map(PathBuf::from),
            tenant: output.map(|_| "acme".to_owned()),
            json: true,
        };
        assert_eq!(global("/a/b.yaml", None).as_typed(), "--env local --config /a/b.yaml");
        let typed = global("/a/c.yaml", Some("/b/it's here")).as_typed();
        assert_eq!(typed, r"--env local --tenant acme --config /a/c.yaml --output '/b/it'\''s here'");
    }
}
