//! `carelake alerts`: who was told what, whether it was delivered, and who saw to it.

use std::process::ExitCode;

use carelake_core::ledger::{Notice, Notices, Rows};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::output::{self, Tone};

/// List what people were told by this machine, and acknowledge it
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  carelake alerts
  carelake alerts --unacknowledged --json
  carelake alerts acknowledge 2026-11-01.3/5d41402abc4b2a76

Those who are always told, whom notify.smtp names, are the recipient `notify`. One that is not delivered is kept in the output; `carelake
doctor` says why. On AWS the topic of the environment tells people, and nothing of that is noted here."
)]
pub(crate) struct Alerts {
    #[command(subcommand)]
    acknowledge: Option<Verb>,
    /// Only those that nobody acknowledged
    #[arg(long)]
    unacknowledged: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Acknowledge(Acknowledge),
}

/// Note that you see to what was told
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake alerts acknowledge 2026-11-01.3/5d41402abc4b2a76
  carelake alerts acknowledge 2026-11-01.3/5d41402abc4b2a76 --recipient notify")]
struct Acknowledge {
    /// The notice, as `carelake alerts` lists it
    #[arg(value_name = "ID")]
    id: String,
    /// Only that to this recipient; to all of them when not given
    #[arg(long, value_name = "RECIPIENT")]
    recipient: Option<String>,
}

impl Alerts {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        if let Some(Verb::Acknowledge(verb)) = self.acknowledge {
            return verb.execute(&lake, global.json);
        }
        let mut told = match lake.ledger_if_any()? {
            Some(ledger) => Notices::new(&*ledger as &dyn Rows, &lake.scope).every(Timestamp::now())?,
            None => Vec::new(),
        };
        told.retain(|notice| !self.unacknowledged || notice.acknowledged_at.is_none());
        if global.json {
            output::json(&json!({ "alerts": told }))?;
        } else if told.is_empty() {
            output::aside("nobody was told anything that is still to be seen to");
        } else {
            let header = ["TOLD", "TO", "ABOUT", "DELIVERED", "ACKNOWLEDGED", "ID"];
            output::toned_table(&header, &[], told.iter().map(row));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Acknowledge {
    fn execute(self, lake: &Lake, is_json: bool) -> Result<ExitCode, Failure> {
        let (ledger, now, by) = (lake.existing_ledger()?, Timestamp::now(), user());
        let notices = Notices::new(&*ledger as &dyn Rows, &lake.scope);
        let every = notices.every(now)?;
        let is_meant = |notice: &&Notice| {
            notice.id == self.id && self.recipient.as_ref().is_none_or(|recipient| notice.recipient == *recipient)
        };
        let meant: Vec<&Notice> = every.iter().filter(is_meant).collect();
        if meant.is_empty() {
            let known = every.iter().map(|notice| notice.id.as_str());
            return Err(Failure::unknown("notice", &self.id, known).advise("`carelake alerts` lists them"));
        }
        for notice in &meant {
            notices.acknowledged(&notice.id, &notice.recipient, &by, now)?;
        }
        let recipients: Vec<&str> = meant.iter().map(|notice| notice.recipient.as_str()).collect();
        if is_json {
            output::json(&json!({ "id": self.id, "recipients": recipients, "acknowledged_by": by }))?;
        } else {
            output::line(format_args!("{}: acknowledged by {by}, for {}", self.id, recipients.join(", ")));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(notice: &Notice) -> (Tone, Vec<String>) {
    let moment = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| format!("{at:.0}"));
    let by = notice.acknowledged_by.as_ref().map(|by| format!("{} by {by}", moment(notice.acknowledged_at)));
    let tone = match (&by, notice.delivered_at) {
        (Some(_), _) => Tone::Faint,
        (None, Some(_)) => Tone::Plain,
        (None, None) => Tone::Bad,
    };
    let cells = vec![
        moment(Some(notice.told_at)),
        notice.recipient.clone(),
        notice.subject.clone(),
        moment(notice.delivered_at),
        by.unwrap_or_else(|| "-".to_owned()),
        notice.id.clone(),
    ];
    (tone, cells)
}
