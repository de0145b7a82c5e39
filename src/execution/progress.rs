//! What a person sees while a run is under way: bars on a terminal, lines in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use carelake_core::meter::Meter;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output;

/// Tells how each publication of a run is doing.
pub(super) struct Progress {
    view: View,
    ticker: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

enum View {
    Nothing,
    Lines,
    Bars { all: MultiProgress, bars: Mutex<BTreeMap<String, ProgressBar>>, reading: ProgressBar },
}

impl Progress {
    /// Starts to tell; nothing at all when `is_quiet`.
    pub(super) fn start(publications: &[String], meter: &Arc<Meter>, is_quiet: bool) -> Self {
        if is_quiet {
            return Self { view: View::Nothing, ticker: None };
        }
        if !std::io::stderr().is_terminal() {
            return Self { view: View::Lines, ticker: None };
        }
        let all = MultiProgress::new();
        let width = publications.iter().map(String::len).max().unwrap_or(0);
        let bars = publications.iter().map(|name| {
            let bar = all.add(ProgressBar::new_spinner().with_style(style("{spinner} {prefix} {msg}")));
            bar.set_prefix(format!("{name:width$}"));
            bar.set_message("queued");
            (name.clone(), bar)
        });
        let bars = Mutex::new(bars.collect());
        let reading = all.add(ProgressBar::new(0).with_style(style("reading {wide_bar} {bytes} of {total_bytes}")));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (stop, meter, reading) = (Arc::clone(&stop), Arc::clone(meter), reading.clone());
            move || {
                while !stop.load(Ordering::Relaxed) {
                    let (done, total) = meter.read();
                    reading.set_length(total.max(done));
                    reading.set_position(done);
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        });
        Self { view: View::Bars { all, bars, reading }, ticker: Some((stop, thread)) }
    }

    /// Says what a publication is doing; `is_over` when it will do nothing more.
    pub(super) fn tell(&self, publication: &str, text: &str, is_over: bool) {
        match &self.view {
            View::Nothing => {}
            View::Lines => output::aside(format_args!("{publication}: {text}")),
            View::Bars { bars, .. } => {
                let bars = bars.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(bar) = bars.get(publication) {
                    bar.set_message(text.to_owned());
                    if is_over {
                        bar.disable_steady_tick();
                        bar.finish();
                    } else {
                        bar.enable_steady_tick(Duration::from_millis(120));
                    }
                }
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.ticker.take() {
            stop.store(true, Ordering::Relaxed);
            let _ = thread.join();
        }
        if let View::Bars { all, reading, .. } = &self.view {
            reading.finish_and_clear();
            let _ = all.clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are ours and the first test that shows a bar would fail on a wrong one.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
