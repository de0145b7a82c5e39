//! What a person sees while tables are loaded: a line for each on a terminal, with its rows and how fast they come; elsewhere a line when
//! one is done.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use carelake_pipeline::Way;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output::{self, size, thousands};

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(120);

/// The tables that are under way.
pub(crate) struct Loading {
    tables: Mutex<BTreeMap<String, Table>>,
    /// Where bars are drawn, if anybody looks.
    all: Option<MultiProgress>,
}

struct Table {
    began: Instant,
    bar: Option<ProgressBar>,
}

impl Loading {
    pub(crate) fn start() -> Self {
        let is_seen = std::io::stderr().is_terminal();
        Self { tables: Mutex::default(), all: is_seen.then(MultiProgress::new) }
    }

    /// Tells how far a table is.
    pub(crate) fn tell(&self, subject: &str, way: Way) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        if way.is_over {
            let began = tables.remove(subject).map(|table| {
                table.bar.inspect(ProgressBar::finish_and_clear);
                table.began
            });
            if self.all.is_none() {
                let secs = began.map_or(0.0, |began| began.elapsed().as_secs_f64());
                output::aside(format_args!("{subject}: {} rows in {secs:.1} s", thousands(way.rows)));
            }
            return;
        }
        let table = tables.entry(subject.to_owned()).or_insert_with(|| {
            let bar = self.all.as_ref().map(|all| all.add(bar(subject)));
            Table { began: Instant::now(), bar }
        });
        if let Some(bar) = &table.bar {
            bar.set_position(way.rows);
            let secs = table.began.elapsed().as_secs_f64().max(0.001);
            bar.set_message(format!("{}/s", size((way.bytes as f64 / secs) as u64)));
        }
    }
}

fn bar(subject: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{spinner:.cyan} {prefix} {human_pos:>12} rows {per_sec:>14} {msg:>10} {elapsed:>4.dim}",
    );
    let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_prefix(subject.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}
