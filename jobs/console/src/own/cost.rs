//! What runs used of what AWS charges for.

use carelake_facts::{CostLine, cost, cost_by_month};
use carelake_pipeline::page::{Cell, Fact, Page, Row, Table, To, Tone};
use carelake_pipeline::pipeline::Failure;

use super::{Asked, failed, row, text};
use crate::draw::Shown;

/// Runs that are looked at.
const RUNS: usize = 120;

pub(super) fn show(asked: &Asked<'_>) -> Result<Shown, Failure> {
    let lake = asked.lake();
    let lines = if lake.ledger.is_some() { cost(&lake, RUNS).map_err(failed)? } else { Vec::new() };
    let mut shown = Page::new("Cost");
    let prices = if lake.config.prices.is_some() {
        "those of the configuration"
    } else {
        "none: add `prices` to the configuration"
    };
    shown.facts = vec![Fact::new("runs looked at", Cell::Count(lines.len() as u64)), Fact::new("prices", text(prices))];
    let months = cost_by_month(&lines).into_iter().map(|it| {
        let month = it.month.strftime("%Y-%m").to_string();
        let cells = vec![
            text(month),
            Cell::Count(it.runs),
            Cell::Count(it.state_transitions),
            Cell::Count(it.function_calls),
            decimal(Some(it.gb_seconds)),
            Cell::Count(it.objects_written),
            dollars(it.usd),
        ];
        row(cells, Tone::Plain)
    });
    let columns = ["month", "runs", "transitions", "calls", "GB-seconds", "objects written", "US dollars"];
    shown.tables.push(Table::new("by month", &columns, months.collect(), "no run ended yet"));
    let columns = ["run", "started", "transitions", "calls", "GB-seconds", "objects written", "US dollars"];
    shown.tables.push(Table::new("by run", &columns, lines.iter().map(line).collect(), "no run ended yet"));
    Ok(shown.into())
}

fn line(line: &CostLine) -> Row {
    let id = line.run_id.to_string();
    let count = |count: Option<u64>| count.map_or(Cell::None, Cell::Count);
    let cells = vec![
        Cell::Link { text: id.clone(), to: To::Execution(id) },
        Cell::Moment(line.started_at),
        count(line.state_transitions),
        count(line.function_calls),
        decimal(line.gb_seconds),
        Cell::Count(line.objects_written),
        dollars(line.usd),
    ];
    row(cells, Tone::Plain)
}

fn decimal(number: Option<f64>) -> Cell {
    number.map_or(Cell::None, |number| text(format!("{number:.1}")))
}

/// What nothing is paid for has no price.
fn dollars(usd: Option<f64>) -> Cell {
    usd.map_or(Cell::None, |usd| text(format!("{usd:.4}")))
}
