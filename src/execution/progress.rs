//! What a person sees while a run is under way: bars on a terminal, lines in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use carelake_core::meter::Meter;
use carelake_statemachine::Notice;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output;
use crate::registry;

/// Tells how each publication of a run is doing.
pub(super) struct Progress {
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
    pub(super) fn start(publications: &[String], meter: &Arc<Meter>, is_quiet: bool) -> Self {
        let view = if is_quiet {
            View::Nothing
        } else if std::io::stderr().is_terminal() {
            Self::bars(publications, Arc::clone(meter))
        } else {
            View::Lines
        };
        Self { view }
    }

    fn bars(publications: &[String], meter: Arc<Meter>) -> View {
        let all = MultiProgress::new();
        let width = publications.iter().map(String::len).max().unwrap_or(0);
        let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed:>4} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bars = publications.iter().map(|name| {
            let bar = all.add(ProgressBar::new_spinner().with_style(style.clone()));
            bar.set_prefix(format!("{name:width$}"));
            bar.set_message("queued");
            bar.enable_steady_tick(TICK);
            (name.clone(), bar)
        });
        let bars = bars.collect();
        let reading = ProgressStyle::with_template("  {bytes} of {total_bytes} read {wide_bar}");
        let reading = reading.unwrap_or_else(|_| ProgressStyle::default_bar());
        let reading = all.add(ProgressBar::new(0).with_style(reading));
        let is_over = Arc::new(AtomicBool::new(false));
        std::thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                while !is_over.load(Ordering::Relaxed) {
                    let (done, total) = meter.read();
                    reading.set_length(total);
                    reading.set_position(done.min(total));
                    std::thread::sleep(TICK);
                }
            }
        });
        View::Bars { bars, all, is_over }
    }

    /// Says what a publication is doing; `is_over` when it will do nothing more.
    pub(super) fn tell(&self, publication: &str, text: &str, is_over: bool) {
        match &self.view {
            View::Nothing => {}
            View::Lines => output::aside(format_args!("{publication}: {text}")),
            View::Bars { bars, .. } => {
                let Some(bar) = bars.get(publication) else { return };
                if is_over { bar.finish_with_message(text.to_owned()) } else { bar.set_message(text.to_owned()) }
            }
        }
    }

    /// Says what the state machine does with a publication: tries it again, or gives it up.
    pub(super) fn observe(&self, notice: &Notice<'_>, feeds: &[String]) {
        match notice {
            Notice::Retrying { state, iteration, failure, wait, number, of } => {
                let error = failure.error.as_deref().unwrap_or("an error");
                let text = format!("{error}; attempt {number} of {of} after {} s", wait.as_secs_f64());
                self.tell_state(state, iteration, feeds, &text, false);
            }
            Notice::Attempt { state, iteration, number, of: Some(of) } if *number > 1 => {
                self.tell_state(state, iteration, feeds, &format!("attempt {number} of {of}"), false);
            }
            Notice::Event(event) if event.kind.name() == "PassStateEntered" => {
                let Some(state) = event.state.as_deref() else { return };
                if let Some(stem) = state.strip_suffix("Failed") {
                    let error =
                        event.details.input.as_ref().and_then(|input| input.pointer("/failure/Error")?.as_str());
                    let text = format!("failed: {}", error.unwrap_or("an error"));
                    self.tell_state(&format!("Extract{stem}Task"), &event.iteration, feeds, &text, true);
                }
            }
            _ => {}
        }
    }

    fn tell_state(&self, state: &str, iteration: &[usize], feeds: &[String], text: &str, is_over: bool) {
        let stem =
            state.strip_prefix("Extract").and_then(|rest| rest.strip_suffix("Task")).map(str::to_ascii_lowercase);
        let Some(dataset) = stem.filter(|stem| registry::dataset(stem).is_some()) else { return };
        match iteration.first().and_then(|item| feeds.get(*item)) {
            Some(feed) => self.tell(&format!("{dataset}/{feed}"), text, is_over),
            None => self.tell(&dataset, text, is_over),
        }
    }

    /// Takes the bars away, so that the report stands alone.
    pub(super) fn end(&self) {
        if let View::Bars { all, bars, is_over } = &self.view {
            is_over.store(true, Ordering::Relaxed);
            bars.values().for_each(ProgressBar::disable_steady_tick);
            let _ = all.clear();
        }
    }
}
