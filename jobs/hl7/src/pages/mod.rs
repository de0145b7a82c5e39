//! What the room shows of itself: messages by hour, senders with how long they are silent, what could not be used and how to try it again.
//!
//! Names of senders, reasons, counts and ids of messages only: no value of a patient, and no control id.

mod reason;

use carelake_pipeline::page::{Action, Cell, Chart, Does, Fact, Line, Page, Row, Table, To, Tone, View, typed};
use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Pages};
use jiff::Timestamp;

use crate::config::Hl7;
use crate::functions::{HourlyRequest, answer};
use crate::reason::Reason;
use crate::replay::Wanted;
use crate::room::ROOM;
use crate::standing::{Heard, Standing, standing};
use crate::world::World;

/// The messages, and those that could not be used for one reason.
pub(crate) struct MessagePages;

impl Pages for MessagePages {
    fn name(&self) -> &'static str {
        "messages"
    }

    fn title(&self) -> &'static str {
        "Messages of HL7 v2"
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let config = Hl7::of_config(context.services.config);
        let world = World::of(context, &config);
        match &view.item {
            None => Ok(Some(page(self.title(), context.options, &standing(&world)?)?)),
            Some(item) => match Reason::named(item) {
                Some(reason) => reason::page(context.options, &world, reason, view).map(Some),
                None => Ok(None),
            },
        }
    }
}

fn page(title: &str, options: &str, standing: &Standing) -> Result<Page, Failure> {
    let sum = |counts: &std::collections::BTreeMap<Timestamp, u64>| counts.values().sum::<u64>();
    let open: u64 = standing.errors.values().sum();
    let silent = standing.senders.iter().filter(|heard| heard.is_silent()).count() as u64;
    Ok(Page {
        facts: vec![
            Fact::new("messages in 24 hours", Cell::Count(sum(&standing.hours))),
            Fact::new("errors in 24 hours", Cell::Count(sum(&standing.errors_by_hour))),
            Fact::none_is_well("in the error zone", open, Tone::Bad),
            Fact::none_is_well("silent senders", silent, Tone::Bad),
            Fact::none_is_well("patients to decide about", standing.conflicts, Tone::Warning),
            Fact::new("last sweep", Cell::moment(standing.swept_at)),
        ],
        tables: vec![
            Table::new(
                "could not be used",
                &["reason", "messages", "what the sender must do"],
                standing.errors.iter().map(of_reason).collect(),
                "every message could be used",
            ),
            Table::new(
                "senders",
                &["facility", "application", "heard of", "silent for", "may be silent for"],
                standing.senders.iter().map(of_sender).collect(),
                "no message came yet; docs/rooms/hl7.md says how to send one",
            ),
        ],
        charts: charts(standing),
        actions: actions(options, standing)?,
        ..Page::new(title)
    })
}

fn of_reason((reason, count): (&String, &u64)) -> Row {
    let advice = Reason::named(reason).map(Reason::advice);
    let link = Cell::link(reason, To::item(ROOM.name, "messages", reason));
    Row::new(vec![link, Cell::Count(*count), Cell::some(advice)]).toned(Tone::Bad)
}

fn of_sender(heard: &Heard) -> Row {
    let is_known = heard.sender.last_seen > Timestamp::UNIX_EPOCH;
    let tone = match heard.most_secs {
        Some(_) if heard.is_silent() => Tone::Bad,
        Some(_) => Tone::Good,
        None => Tone::Plain,
    };
    Row::new(vec![
        Cell::text(&heard.sender.facility),
        Cell::text(&heard.sender.application),
        Cell::moment(is_known.then_some(heard.sender.last_seen)),
        if is_known { Cell::Seconds(heard.silent_secs as f64) } else { Cell::text("never heard of") },
        heard.most_secs.map_or(Cell::None, |most| Cell::Seconds(most as f64)),
    ])
    .toned(tone)
}

fn charts(standing: &Standing) -> Vec<Chart> {
    if standing.hours.is_empty() && standing.errors_by_hour.is_empty() {
        return Vec::new();
    }
    let points = |counts: &std::collections::BTreeMap<Timestamp, u64>| {
        counts.iter().map(|(at, count)| (*at, *count as f64)).collect()
    };
    let lines =
        vec![Line::new("kept", points(&standing.hours)), Line::new("in error", points(&standing.errors_by_hour))];
    vec![Chart { title: "messages by hour, in messages".to_owned(), lines }]
}

fn actions(options: &str, standing: &Standing) -> Result<Vec<Action>, Failure> {
    let request = HourlyRequest { trigger: Some("manual".to_owned()), ..HourlyRequest::default() };
    let mut actions = vec![Action {
        label: "Publish what changed".to_owned(),
        effect: "the days whose messages changed are published as tables".to_owned(),
        command: format!("carelake hl7 day {options}"),
        does: Does::Start { definition: "hl7".to_owned(), input: answer(&request)? },
    }];
    for (reason, count) in &standing.errors {
        actions.push(replay(options, reason, *count)?);
    }
    Ok(actions)
}

/// Offers to try messages again that could not be used for a reason.
fn replay(options: &str, reason: &str, count: u64) -> Result<Action, Failure> {
    let wanted = Wanted { reason: Some(reason.to_owned()), ..Wanted::default() };
    Ok(Action {
        label: format!("Try {reason} again"),
        effect: format!(
            "{count} messages that could not be used ({reason}) are tried again by the configuration of now"
        ),
        command: format!("carelake hl7 replay --reason {} {options}", typed(reason)),
        does: Does::Call { function: "hl7_replay".to_owned(), payload: answer(&wanted)? },
    })
}
