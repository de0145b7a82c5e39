//! `carelake match quality`: how good runs and reviewers are.

use std::process::ExitCode;

use carelake_matching::reviews::{Estimate, quality};
use clap::Args;

use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Tell precision and what is missed, from blind checks, and how reviewers agree
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match quality
  carelake match quality --json

Blind checks are questions about records that the run was sure of (`review: sample_exact, sample_none`); reviewers cannot tell them from
others. Intervals are Wilson's, 95 %.")]
pub(crate) struct Quality {
    /// The matcher; the only one when not given
    #[arg(value_name = "NAME")]
    matcher: Option<String>,
}

impl Quality {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let found = with_matcher(global, self.matcher.as_deref(), |_, world, engine| {
            Ok::<_, Trouble>(quality(&world.reference(&engine.matcher.name)?)?)
        })?;
        if global.json {
            output::json(&found)?;
            return Ok(ExitCode::SUCCESS);
        }
        let shown = |estimate: &Estimate| match estimate.share {
            None => "no blind check was answered yet".to_owned(),
            Some(share) => format!(
                "{:.1} % of {} ({:.1} to {:.1} %)",
                share * 100.0,
                estimate.all,
                estimate.low * 100.0,
                estimate.high * 100.0
            ),
        };
        let number =
            |number: Option<f64>, digits: usize| number.map_or_else(|| "-".to_owned(), |it| format!("{it:.digits$}"));
        let open: Vec<String> = found.open.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let rows = [
            ("exact that a blind check confirms", shown(&found.precision)),
            ("of nobody that a blind check confirms", shown(&found.none_confirmed)),
            ("agreement beyond chance (kappa)", number(found.kappa, 2)),
            ("questions that two people answered", found.answered_twice.to_string()),
            ("answers", found.decisions.to_string()),
            ("seconds an answer, median", number(found.median_secs, 0)),
            ("open questions", if open.is_empty() { "none".to_owned() } else { open.join(", ") }),
            ("oldest open question", found.oldest_open.clone().unwrap_or_else(|| "-".to_owned())),
        ];
        output::table(&["", ""], &[], rows.into_iter().map(|(what, it)| vec![what.to_owned(), it]));
        Ok(ExitCode::SUCCESS)
    }
}
