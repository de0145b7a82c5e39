//! What a person sees while a run is under way: bars on a terminal, lines in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use carelake_core::meter::Meter;
use carelake_statemachine::Notice;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output;
use crate::registry;

/// Tells how each publication of a run is doing.
pub(super) struct Progress {
    view: View,
    meter: Arc<Meter>,
}

enum View {
    Nothing,
    Lines,
    Bars { all: MultiProgress, bars: BTreeMap<String, ProgressBar>, stalled: Mutex<()> },
}

impl Progress {
    /// Starts to tell; nothing at all when `is_quiet`.
    pub(super) fn start(publications: &[String], meter: &Arc<Meter>, is_quiet: bool) -> Self {
        let view = if is_quiet {
            View::Nothing
        } else if std::io::stderr().is_terminal() {
            Self::bars(publications)
        } else {
            View::Lines
        };
        Self { view, meter: Arc::clone(meter) }
    }

    fn bars(publications: &[String]) -> View {
        let all = MultiProgress::new();
        let width = publications.iter().map(String::len).max().unwrap_or(0);
        let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed:>4} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bars = publications.iter().map(|name| {
            let bar = all.add(ProgressBar::new_spinner().with_style(style.clone()));
            bar.set_prefix(format!("{name:width$}"));
            bar.set_message("queued");
            bar.enable_steady_tick(Duration::from_millis(120));
            (name.clone(), bar)
        });
        View::Bars { bars: bars.collect(), all, stalled: Mutex::new(()) }
    }

    /// Says what a publication is doing; `is_over` when it will do nothing more.
    pub(super) fn tell(&self, publication: &str, text: &str, is_over: bool) {
        match &self.view {
            View::Nothing => {}
            View::Lines => output::aside(format_args!("{publication}: {text}")),
            View::Bars { bars, stalled, .. } => {
                let _one_at_a_time = stalled.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(bar) = bars.get(publication) {
                    let (done, _) = self.meter.read();
                    let text =
                        if is_over { text.to_owned() } else { format!("{text} ({} read so far)", output::size(done)) };
                    if is_over { bar.finish_with_message(text) } else { bar.set_message(text) }
                }
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
        if let View::Bars { all, bars, .. } = &self.view {
            bars.values().for_each(ProgressBar::disable_steady_tick);
            let _ = all.clear();
        }
    }
}
