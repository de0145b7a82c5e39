//! `carelake intake dead` and `redrive`: deliveries that failed for good, and having them done again.

use std::process::ExitCode;

use carelake_arrivals::letters::{Filter, Letter, Letters, Redriven};
use carelake_intake::course::{Accepts, Arrived, Change};
use clap::Args;
use jiff::Timestamp;

use super::deliver::{Deliverer, Told};
use super::known::check_feed;
use super::run::{failed, show};
use super::there::There;
use crate::failure::Failure;
use crate::host::user;
use crate::lake::Lake;
use crate::options::Global;
use crate::output;
use crate::registry::KINDS;

/// List deliveries that failed for good and wait for somebody
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  carelake intake dead\n  carelake intake dead --feed bayview_patients --error SchemaDrift"
)]
pub(crate) struct Dead {
    #[command(flatten)]
    which: Which,
}

/// Have deliveries that failed done again, after a fix
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake intake redrive --feed bayview_patients
  carelake intake redrive 'bayview_patients/2026-10-05@9f3c01d2aa41b7e0' --accept-loss
  carelake intake redrive --all

Each is the same delivery, with the next attempt. Typed twice, it is done once. The exit code is that of the first that failed again.")]
pub(crate) struct Redrive {
    /// The letters, as `carelake intake dead` names them
    #[arg(value_name = "LETTER", required_unless_present_any = ["all", "feed", "error"])]
    ids: Vec<String>,
    /// Every letter that waits
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: Which,
    /// Let them pass in spite of their rejected rows, this once
    #[arg(long)]
    accept_rejects: bool,
    /// Let them pass in spite of rows or values that are gone, this once
    #[arg(long, visible_alias = "accept-volume")]
    accept_loss: bool,
}

#[derive(Debug, Args)]
struct Which {
    /// Only those of this feed
    #[arg(long, value_name = "FEED")]
    feed: Option<String>,
    /// Only those of this kind of error, such as SchemaDrift
    #[arg(long, value_name = "ERROR")]
    error: Option<String>,
}

impl Which {
    /// Returns the letters that wait.
    fn letters(&self, lake: &Lake) -> Result<Vec<Letter>, Failure> {
        if let Some(error) = self.error.as_deref().filter(|error| KINDS.named(error).is_none()) {
            return Err(Failure::unknown("--error", error, KINDS.all().map(|kind| kind.name)));
        }
        let filter = Filter { room: Some("intake".to_owned()), error: self.error.clone() };
        let ledger = lake.ledger_if_any()?;
        let all = ledger.as_deref().map(|ledger| Letters::new(ledger, &lake.scope).list(&filter, Timestamp::now()));
        let mut all = all.transpose()?.unwrap_or_default();
        all.retain(|letter| letter.redrive.is_none());
        all.retain(|letter| self.feed.as_ref().is_none_or(|feed| letter.subject == *feed));
        // A letter may be of a feed that is gone, or of a partner.
        if let Some(feed) = self.feed.as_ref().filter(|_| all.is_empty()) {
            check_feed(lake, feed)?;
        }
        Ok(all)
    }
}

impl Dead {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let letters = self.which.letters(&lake)?;
        if global.json {
            output::json(&letters)?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = letters.iter().map(|letter| {
            let (tries, at) = (letter.attempts.to_string(), format!("{:.0}", letter.failed_at));
            vec![letter.id.clone(), letter.subject.clone(), letter.error.clone(), tries, at, letter.reason.clone()]
        });
        output::table(&["LETTER", "FEED", "ERROR", "TRIES", "FAILED", "WHY"], &["TRIES"], rows);
        Ok(ExitCode::SUCCESS)
    }
}

impl Redrive {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let lake = Lake::open(global)?;
        let chosen = self.chosen(&lake)?;
        let accepts = Accepts { rejects: self.accept_rejects, loss: self.accept_loss };
        let mut code = None;
        let mut tell = |told: &Told| {
            code = code.or_else(|| failed(told));
            show(told, global.json)
        };
        if let Some(there) = There::of(&lake) {
            for letter in &chosen {
                let change = Change::Redrive { letter: letter.id.clone(), accepts };
                there.change(change)?.1.iter().try_for_each(&mut tell)?;
            }
        } else {
            let deliverer = Deliverer::on(lake)?;
            let letters = Letters::new(deliverer.local.ledger(), &deliverer.local.lake().scope);
            for letter in &chosen {
                if let Redriven::Now(letter) = letters.redrive(&letter.room, &letter.id, &user(), Timestamp::now())? {
                    tell(&deliverer.redrive(&letter, accepts)?)?;
                }
            }
        }
        if chosen.is_empty() && !global.json {
            output::line("no delivery waits");
        }
        Ok(code.unwrap_or(ExitCode::SUCCESS))
    }

    /// Returns the letters that are asked for.
    fn chosen(&self, lake: &Lake) -> Result<Vec<Letter>, Failure> {
        let mut chosen = self.which.letters(lake)?;
        if let Some(id) = self.ids.iter().find(|id| !chosen.iter().any(|letter| letter.id == **id)) {
            return Err(Failure::unknown("letters that wait", id, chosen.iter().map(|letter| letter.id.as_str())));
        }
        if !self.ids.is_empty() {
            chosen.retain(|letter| self.ids.contains(&letter.id));
        }
        Ok(chosen)
    }
}

impl Deliverer {
    /// Has the delivery of a letter done again.
    fn redrive(&self, letter: &Letter, accepts: Accepts) -> Result<Told, Failure> {
        let unread = |error: serde_json::Error| {
            Failure::new(carelake_core::ErrorKind::STORAGE, format!("letter {}: {error}", letter.id))
        };
        let arrived: Arrived = serde_json::from_value(letter.message.clone()).map_err(unread)?;
        let arrived = Arrived { accepts, again: true, ..arrived };
        let path = format!("{}/{}", arrived.arrival.partner, arrived.arrival.name);
        self.carry_out(path, &arrived)
    }
}
