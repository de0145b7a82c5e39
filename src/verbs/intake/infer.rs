//! `carelake intake infer`: the page of a feed, proposed from one file of it.

use std::path::PathBuf;
use std::process::ExitCode;

use carelake_core::causes;
use carelake_intake::infer::{InferOptions, infer};
use clap::Args;

use super::deliver::sent;
use super::run::WHICH;
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Propose the page of a feed from one of its files, with its doubts as comments
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake infer landing/bayview/PAT_20261005.csv > feeds/bayview_patients.yaml
  carelake intake infer --partner bayview --feed bayview_patients PAT_20261005.csv

Nothing is written but the page, to standard output. Codes of few values stand in it; names, identifiers and free text never do. Read the
comments, then `carelake validate` and `carelake intake try FEED FILE`.")]
pub(crate) struct Infer {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who sends it; the name of its folder when not given
    #[arg(long, value_name = "NAME")]
    partner: Option<String>,
    /// The name of the feed
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// The zone of its local times
    #[arg(long, value_name = "ZONE", default_value = "America/New_York")]
    time_zone: String,
    /// How many records are looked at
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    rows: usize,
}

impl Infer {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let (partner, name) = sent(&self.file, self.partner.as_deref())?;
        let feed = self.feed.unwrap_or_else(|| named(&partner, &name));
        let options = InferOptions { partner, feed, time_zone: self.time_zone, rows: self.rows };
        let page = infer(&self.file, &options)
            .map_err(|error| Failure::argument(format!("{}: {}", self.file.display(), causes(&error))).advise(WHICH))?;
        let page = page.to_yaml();
        if global.json {
            output::json(&serde_json::json!({ "page": page }))?;
        } else {
            output::text(page);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns a name for the feed of a file: its partner, and the letters at the beginning of its name.
fn named(partner: &str, file: &str) -> String {
    let letters: String = file.chars().take_while(char::is_ascii_alphabetic).collect();
    let name = format!("{partner}_{letters}").to_ascii_lowercase();
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    plain.trim_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_named_after_its_partner_and_the_letters_of_its_files() {
        assert_eq!(named("bayview", "PAT_20261005.csv"), "bayview_pat");
        assert_eq!(named("bay-view", "20261005.csv"), "bay_view");
    }
}
