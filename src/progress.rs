//! What a person sees while a run is under way: bars on a terminal, lines in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use carelake_tabular::meter::Meter;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output;

/// Tells how each publication of a run is doing.
pub(crate) struct Progress {
    view: View,
}

enum View {
    Nothing,
    Lines,
    Bars { all: MultiProgress, bars: BTreeMap<String, ProgressBar>, is_over: Arc<AtomicBool> },
}

/// How often the bar of bytes read is drawn.
const TICK: Duration = Duration::from_millis(120);

impl Progress {
    /// Starts to tell; nothing at all when `is_quiet`.
    pub(crate) fn start(publications: &[String], reading: Option<Reading>, is_quiet: bool) -> Self {
        let view = if is_quiet {
            View::Nothing
        } else if std::io::stderr().is_terminal() {
            Self::bars(publications, reading)
        } else {
            View::Lines
        };
        Self { view }
    }

    fn bars(publications: &[String], reading: Option<Reading>) -> View {
        let all = MultiProgress::new();
        let width = publications.iter().map(String::len).max().unwrap_or(0);
        let style = ProgressStyle::with_template("{spinner:.cyan} {prefix} {elapsed:>4.dim} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bars = publications.iter().map(|name| {
            let bar = all.add(ProgressBar::new_spinner().with_style(style.clone()));
            bar.set_prefix(format!("{name:width$}"));
            bar.set_message("queued");
            bar.enable_steady_tick(TICK);
            (name.clone(), bar)
        });
        let bars = bars.collect();
        let is_over = Arc::new(AtomicBool::new(false));
        if let Some(reading) = reading {
            draw_reading(&all, reading, Arc::clone(&is_over));
        }
        View::Bars { bars, all, is_over }
    }

    /// Says what a publication, or a step of the run, is doing; `is_over` when it will do nothing more.
    pub(crate) fn tell(&self, subject: &str, text: &str, is_over: bool) {
        match &self.view {
            View::Nothing => {}
            View::Lines => output::aside(format_args!("{subject}: {text}")),
            View::Bars { bars, all, .. } => match bars.get(subject) {
                Some(bar) if is_over => bar.finish_with_message(text.to_owned()),
                Some(bar) => bar.set_message(text.to_owned()),
                // Only a terminal that went away cannot be written to.
                None => drop(all.println(format!("{subject}: {text}"))),
            },
        }
    }

    /// Takes the bars away, so that the report stands alone.
    pub(crate) fn end(&self) {
        if let View::Bars { all, bars, is_over } = &self.view {
            is_over.store(true, Ordering::Relaxed);
            bars.values().for_each(ProgressBar::disable_steady_tick);
            let _ = all.clear();
        }
    }
}

/// Draws how much of the inputs has been read, until it is over.
fn draw_reading(all: &MultiProgress, reading: Reading, is_over: Arc<AtomicBool>) {
    let style = ProgressStyle::with_template("  {decimal_bytes} of {decimal_total_bytes} read {wide_bar}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    let all = all.clone();
    std::thread::spawn(move || {
        let mut bar = None;
        while !is_over.load(Ordering::Relaxed) {
            // A bar of nothing would look full.
            if let Some((done, total)) = reading.told() {
                let bar = bar.get_or_insert_with(|| all.add(ProgressBar::new(total).with_style(style.clone())));
                bar.set_length(total);
                bar.set_position(done);
            }
            std::thread::sleep(TICK);
        }
    });
}

/// How much of the inputs is read on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Counts what is read, and what is known to be ahead.
    pub meter: Arc<Meter>,
    /// The bytes of every input of the run, as many times as publications read them.
    pub expected: u64,
}

impl Reading {
    /// Returns what is read and what there is to read, in bytes; nothing before the first byte. Packed inputs turn out larger
    /// than they were expected.
    fn told(&self) -> Option<(u64, u64)> {
        let (done, announced) = self.meter.read();
        let total = self.expected.max(announced);
        (done > 0).then_some((done.min(total), total))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Reading;

    #[test]
    fn nothing_is_drawn_before_the_first_byte_and_the_whole_is_known_from_then_on() {
        let reading = Reading { meter: Arc::default(), expected: 300 };
        reading.meter.announce(100);
        assert_eq!(reading.told(), None);
        reading.meter.advance(100);
        assert_eq!(reading.told(), Some((100, 300)));
        reading.meter.announce(400);
        assert_eq!(reading.told(), Some((100, 500)));
    }
}
