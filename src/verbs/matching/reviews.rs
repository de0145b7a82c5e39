//! `carelake match reviews`: what is asked.

use std::process::ExitCode;

use carelake_matching::reviews::{Order, Review, Seen, Wanted, catch_up, decisions_of, queue, reserve, review};
use carelake_matching::run::{desk, find, shown_sequence};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Trouble, review_trouble, who, with_matcher};
use crate::failure::Failure;
use crate::options::Global;
use crate::output;

/// Show what is asked, or one question with all that a decision needs
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  carelake match reviews
  carelake match reviews --order oldest --feed bayview_roster --reason tie
  carelake match reviews 3f0c9a… --with-values
  carelake match reviews 3f0c9a… --json

To look at one question makes it yours for 15 minutes; questions that another looks at are not listed. Values are shown with --with-values
only.")]
pub(crate) struct Reviews {
    /// A review; the queue when not given
    #[arg(value_name = "ID")]
    review: Option<String>,
    /// The matcher; the only one when not given
    #[arg(long, value_name = "NAME")]
    matcher: Option<String>,
    /// The order of the queue
    #[arg(long, value_enum, default_value_t = Sorted::Informative)]
    order: Sorted,
    /// Only of this feed
    #[arg(long)]
    feed: Option<String>,
    /// Only for this reason
    #[arg(long)]
    reason: Option<String>,
    /// Only where this column is missing
    #[arg(long)]
    column: Option<String>,
    /// Only of this kind: record, second, cluster or sample
    #[arg(long)]
    kind: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    /// Show the values of the record and of the persons
    #[arg(long, requires = "review")]
    with_values: bool,
}

/// The orders of the queue.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Sorted {
    /// Least certain first
    Informative,
    /// Most likely first
    Likely,
    /// Longest waiting first
    Oldest,
    /// Most missing cells first
    Repairs,
}

impl Reviews {
    pub(crate) fn execute(self, global: &Global) -> Result<ExitCode, Failure> {
        if let Some(id) = self.review.clone() {
            return self.one(&id, global);
        }
        let wanted = Wanted {
            order: match self.order {
                Sorted::Informative => Order::Informative,
                Sorted::Likely => Order::Likely,
                Sorted::Oldest => Order::Oldest,
                Sorted::Repairs => Order::Repairs,
            },
            feed: self.feed,
            reason: self.reason,
            column: self.column,
            kind: self.kind,
            without_leads: false,
            limit: self.limit,
        };
        let found = with_matcher(global, self.matcher.as_deref(), |context, world, engine| {
            let who = who(context)?;
            let mut reference = world.reference(&engine.matcher.name)?;
            catch_up(&mut reference, &desk(context, world, engine)).map_err(review_trouble)?;
            let sequence = shown_sequence(world, &engine.matcher.name)?;
            let seen = Seen { sequence, now: (world.now)(), looker: &who.name, feeds: None };
            Ok::<_, Trouble>(queue(&reference, seen, &wanted)?)
        })?;
        if global.json {
            output::json(&json!({ "reviews": found.iter().map(blind).collect::<Vec<_>>() }))?;
            return Ok(ExitCode::SUCCESS);
        }
        if found.is_empty() {
            output::aside("nothing is asked; `carelake match run` asks what is likely and not certain");
            return Ok(ExitCode::SUCCESS);
        }
        let row = |review: &Review| {
            let (kind, reason) = review.seen();
            let weight = review.weight.map_or_else(|| "-".to_owned(), |weight| format!("{weight:.1}"));
            let candidates = review.candidates.len() as i64 + review.more;
            vec![
                review.id.clone(),
                kind.to_owned(),
                review.feed.clone(),
                reason.to_owned(),
                candidates.to_string(),
                weight,
            ]
        };
        output::table(
            &["REVIEW", "KIND", "FEED", "WHY", "PERSONS", "BITS"],
            &["PERSONS", "BITS"],
            found.iter().map(row),
        );
        Ok(ExitCode::SUCCESS)
    }

    fn one(&self, id: &str, global: &Global) -> Result<ExitCode, Failure> {
        let told = with_matcher(global, self.matcher.as_deref(), |context, world, engine| {
            let who = who(context)?;
            let mut reference = world.reference(&engine.matcher.name)?;
            catch_up(&mut reference, &desk(context, world, engine)).map_err(review_trouble)?;
            let known = review(&reference, id).map_err(review_trouble)?;
            if matches!(known.state.as_str(), "open" | "disputed") {
                reserve(&mut reference, id, &who.name, (world.now)()).map_err(review_trouble)?;
            }
            let found = review(&reference, id).map_err(review_trouble)?;
            let decisions = decisions_of(&reference, &found, &who.name)?;
            let mut told = json!({ "review": blind(&found), "decisions": decisions });
            if let (true, Value::Object(members)) = (self.with_values, &mut told) {
                let columns = find(world, engine, &found.key)?.map(|(columns, _)| columns);
                members.insert("record".to_owned(), json!(columns));
                let mut persons = Vec::new();
                for rival in &found.candidates {
                    use carelake_matching::reference::Reference;
                    let of = reference.members(&rival.person)?;
                    persons.push(json!({
                        "person": rival.person,
                        "records": of.iter().map(|(record, _)| json!(record.columns)).collect::<Vec<_>>(),
                    }));
                }
                members.insert("persons".to_owned(), json!(persons));
            }
            Ok::<_, Trouble>((told, found))
        })?;
        let (told, found) = told;
        if global.json {
            output::json(&told)?;
            return Ok(ExitCode::SUCCESS);
        }
        let (kind, reason) = found.seen();
        output::line(format_args!("{}: {kind}, {reason}, {}, version {}", found.id, found.state, found.version));
        output::line(format_args!("record: {} {}", found.key.data_source, found.key.patient_id));
        if let Some(again) = &found.again {
            output::line(format_args!("asked again: {again}"));
        }
        if !found.repairs.is_empty() {
            output::line(format_args!("missing: {}", found.repairs.join(", ")));
        }
        for rival in &found.candidates {
            let levels: Vec<String> = rival.levels.iter().map(|(field, level)| format!("{field} {level}")).collect();
            output::line(format_args!(
                "{}  {:.1} bits, {} by {}: {}",
                rival.person,
                rival.weight,
                rival.class,
                rival.reason,
                levels.join(", ")
            ));
        }
        if found.more > 0 {
            output::aside(format_args!("{} more persons weigh less", found.more));
        }
        for name in ["record", "persons"] {
            if let Some(values) = told.get(name) {
                output::line(format_args!("{name}: {}", output::for_people(values.to_string())));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns a review without what would give a blind check away.
fn blind(review: &Review) -> Value {
    let mut told = json!(review);
    if review.kind == "sample"
        && let Value::Object(members) = &mut told
    {
        members.insert("kind".to_owned(), json!("record"));
        members.insert("reason".to_owned(), json!("weight"));
    }
    told
}
