//! What a person sees while files come: their bytes and how fast, on a terminal.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use carelake_tabular::meter::Meter;
use indicatif::{ProgressBar, ProgressStyle};

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(120);

/// A line that grows until it is dropped.
pub(crate) struct Coming {
    is_over: Arc<AtomicBool>,
    drawing: Option<JoinHandle<()>>,
}

impl Coming {
    /// Starts to tell what a meter counts; nothing when `is_quiet`, or where nobody looks.
    pub(crate) fn start(meter: &Arc<Meter>, is_quiet: bool) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (meter, over) = (Arc::clone(meter), Arc::clone(&is_over));
        let is_seen = !is_quiet && std::io::stderr().is_terminal();
        Self { is_over, drawing: is_seen.then(|| thread::spawn(move || draw(&meter, &over))) }
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(drawing) = self.drawing.take() {
            let _ = drawing.join();
        }
    }
}

fn draw(meter: &Meter, is_over: &AtomicBool) {
    let style =
        ProgressStyle::with_template("{spinner:.cyan} {decimal_bytes} came, {decimal_bytes_per_sec}, {elapsed}");
    let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    while !is_over.load(Ordering::Relaxed) {
        bar.set_position(meter.read().0);
        bar.tick();
        thread::sleep(TICK);
    }
    bar.finish_and_clear();
}
