//! `carelake match decide`: what a reviewer answers.

use std::process::ExitCode;

use carelake_matching::reviews::{Action, Asked, decide};
use carelake_matching::run::desk;
use clap::{Args, ValueEnum};

use super::{review_trouble, who, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Answer a question, take an answer back, or merge and split persons
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match decide 3f0c9a… accept p_67lkmdv4aun6uh7cbeku4nihai
  carelake match decide 3f0c9a… reject p_67lkmdv4aun6uh7cbeku4nihai
  carelake match decide 3f0c9a… reject all
  carelake match decide 3f0c9a… skip
  carelake match decide 3f0c9a… assign ann
  carelake match decide 3f0c9a… comment 'asked the partner'
  carelake match decide DECISION undo
  carelake match decide p_67lk… merge p_abcd…
  carelake match decide p_67lk… split

The next run uses what is accepted and rejected. With --seen an answer to a question that somebody answered meanwhile is refused. To
merge, to split and to settle a dispute is for the role lead; `split` takes the record out that the id was given for.")]
pub(crate) struct Decide {
    /// A review; a decision of `undo`; a person of `merge` and `split`
    #[arg(value_name = "ID")]
    subject: String,
    /// What is decided
    #[arg(value_enum)]
    action: Word,
    /// A person, `all`, who is asked, or what is said
    #[arg(value_name = "WHAT")]
    what: Option<String>,
    /// The version of the review that was seen
    #[arg(long, value_name = "VERSION")]
    seen: Option<i64>,
    /// What is to be said with it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// The matcher; the only one when not given
    #[arg(long, value_name = "NAME")]
    matcher: Option<String>,
}

/// What can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    /// The record is this person
    Accept,
    /// The record is not this person
    Reject,
    /// Put it back, behind the others
    Skip,
    /// Ask somebody
    Assign,
    /// Say something
    Comment,
    /// Two persons are one
    Merge,
    /// The record of this id is a person of its own
    Split,
    /// Take a decision back
    Undo,
}

impl Decide {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let matcher = self.matcher.clone();
        let asked = self.asked()?;
        let made = with_matcher(global, matcher.as_deref(), |context, world, engine| {
            let who = who(context)?;
            let mut reference = world.reference(&engine.matcher.name)?;
            let made = decide(&mut reference, &desk(context, world, engine), who.reviewer(), &asked);
            made.map_err(review_trouble)
        })?;
        if global.json {
            output::json(&made)?;
        } else {
            let state = made.state.as_ref().map(|state| format!(": {state}")).unwrap_or_default();
            let about = made.review.as_deref().unwrap_or("persons");
            output::line(format_args!("{about}{state}; decision {}", made.decision));
            output::aside("the next run uses it");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn asked(self) -> Result<Asked, Failure> {
        let Self { subject, action, what, seen: version, comment, .. } = self;
        let needs = |what: Option<String>, name: &str| {
            what.ok_or_else(|| Failure::argument(format!("name {name}; `carelake match decide --help` has examples")))
        };
        let of_review = |action: Action| Asked {
            action,
            review: Some(subject.clone()),
            version,
            persons: Vec::new(),
            subject: None,
            comment: comment.clone(),
        };
        Ok(match action {
            Word::Accept => Asked { persons: what.into_iter().collect(), ..of_review(Action::Accept) },
            Word::Reject => {
                let persons = what.into_iter().filter(|what| what != "all").collect();
                Asked { persons, ..of_review(Action::Reject) }
            }
            Word::Skip => of_review(Action::Skip),
            Word::Assign => Asked { subject: Some(needs(what, "who is asked")?), ..of_review(Action::Assign) },
            Word::Comment => {
                let said = needs(what.or_else(|| comment.clone()), "what is said")?;
                Asked { comment: Some(said), ..of_review(Action::Comment) }
            }
            Word::Merge => {
                let other = needs(what, "the other person")?;
                Asked { review: None, persons: vec![subject.clone(), other], ..of_review(Action::Merge) }
            }
            Word::Split => Asked { review: None, persons: vec![subject.clone()], ..of_review(Action::Split) },
            Word::Undo => Asked { review: None, subject: Some(subject.clone()), ..of_review(Action::Undo) },
        })
    }
}
