//! What the room shows of itself: matchers, and of each what its runs came to, its model, what is asked and what is given.
//!
//! Names, counts and shares only; no record and no value of one is in any of them.

mod answered;
mod compared;
mod review;
mod reviews;

use std::collections::BTreeMap;

use carelake_core::names::Publication;
use carelake_pipeline::Context;
use carelake_pipeline::page::{Action, Cell, Chart, Does, Fact, Line, Page, Pages, Row, Table, To, Tone, View, typed};
use carelake_pipeline::pipeline::Failure;
use carelake_tabular::config::Config;

use crate::config::Matching;
use crate::functions::{MatchRequest, UndoTask, failed, section};
use crate::run::{Shares, Standing, Told, World, engine, standing};

pub(crate) use reviews::ReviewPages;

/// Runs that are listed.
const RUNS: usize = 50;

/// The pages of matchers.
pub(crate) struct MatchPages;

impl Pages for MatchPages {
    fn name(&self) -> &'static str {
        "matchers"
    }

    fn title(&self) -> &'static str {
        "Matching"
    }

    fn key_of(&self, _config: &Config, publication: &Publication) -> Vec<String> {
        let path = publication.path();
        let key = |columns: &[&str]| columns.iter().map(|column| (*column).to_owned()).collect();
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["matching", _, "repairs"] => key(&["data_source", "patient_id", "column"]),
            ["matching", _, "outcomes"] | ["matching", _, "persons", _] => key(&["data_source", "patient_id"]),
            _ => Vec::new(),
        }
    }

    fn show(&self, context: &Context<'_>, view: &View) -> Result<Option<Page>, Failure> {
        let Some(matching) = Matching::of_config(context.services.config) else {
            return Ok(view.item.is_none().then(|| list(context, &[])));
        };
        let world = World::of(context, None)?;
        let stand = |name: &str| {
            let matcher = section(context)?.matcher(name)?.clone();
            standing(&world, engine(&matcher)).map_err(|error| failed(&error))
        };
        match &view.item {
            None => {
                let all = matching.matchers.iter().map(|matcher| stand(&matcher.name));
                Ok(Some(list(context, &all.collect::<Result<Vec<_>, _>>()?)))
            }
            Some(name) if matching.matchers.iter().any(|matcher| matcher.name == *name) => {
                one(context.options, &stand(name)?).map(Some)
            }
            Some(_) => Ok(None),
        }
    }
}

fn list(context: &Context<'_>, all: &[Standing]) -> Page {
    let row = |standing: &Standing| {
        let shares = standing.runs.last().map(|told| told.shares.clone()).unwrap_or_default();
        let to = To::Page { room: "matching".into(), page: "matchers".into(), item: Some(standing.matcher.clone()) };
        Row::new(vec![
            Cell::link(&standing.matcher, to),
            Cell::moment(standing.published_at),
            Cell::Count(shares.records),
            Cell::Count(shares.exact),
            Cell::Count(shares.proposed),
            Cell::Count(shares.none),
            Cell::Count(standing.quality.open.values().sum()),
        ])
    };
    let empty = format!(
        "no matcher is configured; docs/rooms/matching.md has one. `carelake match run {}` runs them",
        context.options
    );
    let columns = ["matcher", "last run", "records", "exact", "proposed", "none", "open questions"];
    Page {
        tables: vec![Table::new("matchers", &columns, all.iter().map(row).collect(), empty)],
        ..Page::new("Matching")
    }
}

fn one(options: &str, standing: &Standing) -> Result<Page, Failure> {
    let last = standing.runs.last().map(|told| told.shares.clone()).unwrap_or_default();
    Ok(Page {
        facts: facts(standing, &last),
        tables: vec![reasons(&last), repairs(standing), weights(standing), runs(standing)],
        charts: charts(&standing.runs),
        actions: actions(options, standing)?,
        ..Page::new(format!("Matcher {}", standing.matcher))
    })
}

fn facts(standing: &Standing, last: &Shares) -> Vec<Fact> {
    let name = &standing.matcher;
    let publication = |rest: &str| {
        let path = format!("matching/{name}/{rest}");
        Cell::link(&path, To::Publication(path.clone()))
    };
    let share =
        |count: u64| if last.records == 0 { Cell::None } else { Cell::Share(count as f64 / last.records as f64) };
    let quality = &standing.quality;
    let interval = |estimate: &crate::reviews::Estimate| match estimate.share {
        None => Cell::text("no blind check was answered yet"),
        Some(share) => Cell::text(format!(
            "{:.1} % of {}, between {:.1} and {:.1} %",
            share * 100.0,
            estimate.all,
            estimate.low * 100.0,
            estimate.high * 100.0
        )),
    };
    let mut facts = vec![
        Fact::new("last run", Cell::moment(standing.published_at)),
        Fact::new("records", Cell::Count(last.records)),
        Fact::new("exact", share(last.exact)),
        Fact::new("proposed", share(last.proposed)),
        Fact::new("of nobody", share(last.none)),
        Fact::new("given something", Cell::Count(last.repaired)),
        Fact::new("groups that disagree", Cell::Count(last.group_disagrees)),
        Fact::new("model", standing.model.as_ref().map_or_else(|| Cell::text("none yet"), Cell::text)),
        Fact::new("rows of the reference", Cell::Count(standing.reference_rows.unsigned_abs())),
        Fact::new("runs of the reference", Cell::Count(standing.reference_runs as u64)),
        Fact::new("exact that blind checks confirm", interval(&quality.precision)),
        Fact::new("of nobody that blind checks confirm", interval(&quality.none_confirmed)),
        Fact::new("answers", Cell::Count(quality.decisions)),
        Fact::new("outcomes", publication("outcomes")),
        Fact::new("repairs", publication("repairs")),
    ];
    facts.extend(
        quality.open.iter().map(|(kind, count)| Fact::new(&format!("open questions, {kind}"), Cell::Count(*count))),
    );
    let oldest = quality.oldest_open.as_ref().and_then(|at| at.parse().ok());
    facts.push(Fact::new("oldest open question", Cell::moment(oldest)));
    facts
}

fn reasons(last: &Shares) -> Table {
    let row = |(reason, count): (&String, &u64)| {
        let (outcome, reason) = reason.split_once(' ').unwrap_or((reason, ""));
        let tone = if outcome == "exact" { Tone::Good } else { Tone::Plain };
        Row::new(vec![Cell::text(outcome), Cell::text(reason), Cell::Count(*count)]).toned(tone)
    };
    let rows = last.reasons.iter().map(row).collect();
    Table::new("records of the last run by reason", &["outcome", "reason", "records"], rows, "nothing was run yet")
}

fn repairs(standing: &Standing) -> Table {
    let row = |(column, count): (&String, &u64)| Row::new(vec![Cell::text(column), Cell::Count(*count)]);
    let rows = standing.repairs.iter().map(row).collect();
    Table::new("cells that are given, by column", &["column", "cells"], rows, "nothing is given")
}

fn weights(standing: &Standing) -> Table {
    let number = |number: Option<f64>| number.map_or(Cell::None, |number| Cell::text(format!("{number:.6}")));
    let row = |weight: &crate::run::WeightOf| {
        let bits = Cell::text(format!("{:+.2}", weight.bits));
        Row::new(vec![Cell::text(&weight.field), Cell::text(weight.level), number(weight.m), number(weight.u), bits])
    };
    let rows = standing.weights.iter().map(row).collect();
    Table::new(
        "weights of the model",
        &["field", "level", "m", "u", "bits"],
        rows,
        "`carelake match train` makes a model",
    )
}

fn runs(standing: &Standing) -> Table {
    let row = |told: &Told| {
        let Shares { records, exact, proposed, none, .. } = told.shares;
        let counts = [records, exact, proposed, none].map(Cell::Count);
        Row::new([Cell::Code(told.execution.clone()), Cell::Moment(told.at)].into_iter().chain(counts).collect())
    };
    let rows = standing.runs.iter().rev().take(RUNS).map(row).collect();
    Table::new(
        "last runs",
        &["execution", "published", "records", "exact", "proposed", "none"],
        rows,
        "nothing was run yet",
    )
}

/// Shares of outcomes, and of the reasons that the last run had, over time.
fn charts(runs: &[Told]) -> Vec<Chart> {
    let line = |label: &str, of: &dyn Fn(&Shares) -> u64| {
        let point = |told: &Told| {
            let all = told.shares.records.max(1) as f64;
            (told.at, of(&told.shares) as f64 / all)
        };
        Line { label: label.to_owned(), points: runs.iter().map(point).collect() }
    };
    let outcomes = vec![
        line("exact", &|shares| shares.exact),
        line("proposed", &|shares| shares.proposed),
        line("none", &|shares| shares.none),
    ];
    let mut named: BTreeMap<&String, u64> = BTreeMap::new();
    runs.iter()
        .flat_map(|told| &told.shares.reasons)
        .for_each(|(reason, count)| *named.entry(reason).or_default() += count);
    let reasons =
        named.keys().map(|reason| line(reason, &|shares| shares.reasons.get(*reason).copied().unwrap_or_default()));
    vec![
        Chart { title: "share of records by outcome".to_owned(), lines: outcomes },
        Chart { title: "share of records by reason".to_owned(), lines: reasons.collect() },
    ]
}

fn actions(options: &str, standing: &Standing) -> Result<Vec<Action>, Failure> {
    let name = &standing.matcher;
    let value = |it: serde_json::Result<serde_json::Value>| {
        it.map_err(|error| Failure::new(carelake_core::ErrorKind::INTERNAL, error.to_string()))
    };
    let request =
        MatchRequest { trigger: Some("manual".to_owned()), matchers: vec![name.clone()], ..MatchRequest::default() };
    let mut actions = vec![Action {
        label: "Run".to_owned(),
        effect: format!("brings the reference of {name} to what is served, looks its records up, publishes and asks"),
        command: format!("carelake match run {} {options}", typed(name)),
        does: Does::Start { definition: "match".to_owned(), input: value(serde_json::to_value(request))? },
    }];
    if let Some(last) = standing.runs.last() {
        let Shares { exact, proposed, repaired, .. } = last.shares;
        let before = standing.runs.iter().rev().nth(1).map(|told| told.shares.clone()).unwrap_or_default();
        let task = UndoTask { matcher: name.clone(), execution: last.execution.clone() };
        actions.push(Action {
            label: "Undo last run".to_owned(),
            effect: format!(
                "serves what was before {}: {} exact and {} proposed records in place of {exact} and {proposed}, {repaired} of which were \
                 given something; decisions stay",
                last.execution, before.exact, before.proposed
            ),
            command: format!("carelake match undo {} --matcher {} {options}", typed(&last.execution), typed(name)),
            does: Does::Call { function: "match_undo".to_owned(), payload: value(serde_json::to_value(task))? },
        });
    }
    Ok(actions)
}
