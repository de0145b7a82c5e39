//! `carelake match explain`: why a record is what it is.

use std::process::ExitCode;

use carelake_matching::reference::Key;
use carelake_matching::run::{Explanation, PairOf, explain, find, load};
use clap::Args;

use super::{Trouble, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Tell why a record is what it is: each candidate with levels and bits, the rule, and why it is not exact
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match explain bayview_roster X100
  carelake match explain bayview_roster X100 --matcher pinellas --json

SOURCE is the data_source of the record and ID its patient_id. Levels and bits are told, and no value of anybody.")]
pub(crate) struct Explain {
    /// The data_source of the record
    source: String,
    /// Its patient_id
    id: String,
    /// The matcher; the only one when not given
    #[arg(long, value_name = "NAME")]
    matcher: Option<String>,
}

impl Explain {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        let key = Key::new(&self.source, &self.id);
        let explained = with_matcher(global, self.matcher.as_deref(), |_, world, engine| {
            let mut reference = world.reference(&engine.matcher.name)?;
            load(world, engine, &mut reference)?;
            let Some((columns, as_of)) = find(world, engine, &key)? else {
                let what =
                    format!("there is no record {} {} among what {} reads", self.source, self.id, engine.matcher.name);
                return Err(Trouble::Typed(Failure::argument(what)));
            };
            Ok::<_, Trouble>(explain(engine, &reference, (key, columns, as_of))?)
        })?;
        tell(&explained, global.json)
    }
}

/// Prints an explanation.
pub(super) fn tell(explained: &Explanation, is_json: bool) -> Result<ExitCode, Failure> {
    if is_json {
        output::json(explained)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Explanation { outcome, reason, person, missing, given, pairs, more, too_large, prior_bits, .. } = explained;
    let person = person.as_ref().map(|person| format!(": {person}")).unwrap_or_default();
    let why = if reason.is_empty() { String::new() } else { format!(", {reason}") };
    output::line(format_args!("{outcome}{why}{person}"));
    if !missing.is_empty() {
        output::line(format_args!("missing: {}", missing.join(", ")));
    }
    if !given.is_empty() {
        let given: Vec<&str> = given.iter().map(|(column, _)| column.as_str()).collect();
        output::line(format_args!("would be given: {}", given.join(", ")));
    }
    if *too_large > 0 {
        output::line(format_args!("{too_large} of its keys are those of too many, and were not looked up"));
    }
    for PairOf { person, record, class, reason, weight, fields } in pairs {
        output::line(format_args!(
            "\n{class} by {reason}: {} {} ({person}), {weight:.2} bits, of them {prior_bits:.2} before anything is compared",
            record.data_source, record.patient_id
        ));
        let row = |field: &carelake_matching::run::FieldOf| {
            vec![field.field.clone(), field.level.to_owned(), format!("{:+.2}", field.bits)]
        };
        output::table(&["FIELD", "LEVEL", "BITS"], &["BITS"], fields.iter().map(row));
    }
    if *more > 0 {
        output::aside(format_args!("{more} more pairs weigh less"));
    }
    Ok(ExitCode::SUCCESS)
}
