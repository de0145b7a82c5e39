//! The engine at work, within a share of the memory of the machine.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// Bytes of a page, which /proc counts in.
const PAGE: u64 = 4096;

thread_local! {
    /// Whether a model is made on this thread.
    static IS_AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Why work did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It took more memory than its share.
    PastShare {
        /// Bytes that it took when that was seen.
        peak_bytes: u64,
    },
    /// The engine gave it up.
    GaveUp,
}

/// Does work that asks the engine, and stops it when the process grows by more than a share in bytes meanwhile. Answers also how much it
/// grew at most; 0 where the system does not tell.
///
/// Work is stopped where the engine begins its next piece: one that ends first is not.
pub fn within<T>(share_bytes: u64, work: impl FnOnce() -> T) -> (Result<T, Stopped>, u64) {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(silence);
    let before = resident().unwrap_or(u64::MAX);
    let (peak, is_past, is_over) = (AtomicU64::new(0), AtomicBool::new(false), AtomicBool::new(false));
    let done = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let grown = resident().unwrap_or(0).saturating_sub(before);
                peak.fetch_max(grown, Ordering::Relaxed);
                if grown > share_bytes && !is_past.swap(true, Ordering::Relaxed) {
                    IS_AT_WORK.set(true);
                    // It raises what stops the others, and then itself: the only way there is from the outside.
                    let _ = panic::catch_unwind(|| polars::error::abort::polars_abort_ooc_out_of_disk());
                }
                thread::park_timeout(LOOK);
            }
        });
        IS_AT_WORK.set(true);
        let done =
            panic::catch_unwind(AssertUnwindSafe(|| polars::error::abort::catch_polars_abort(AssertUnwindSafe(work))));
        IS_AT_WORK.set(false);
        is_over.store(true, Ordering::Relaxed);
        done
    });
    let peak_bytes = peak.load(Ordering::Relaxed);
    let done = match done {
        Ok(Ok(done)) => Ok(done),
        _ if is_past.load(Ordering::Relaxed) => Err(Stopped::PastShare { peak_bytes }),
        _ => Err(Stopped::GaveUp),
    };
    (done, peak_bytes)
}

/// Returns the share of a model that declares none, in bytes: three quarters of the memory that this process may have.
#[must_use]
pub fn default_share() -> u64 {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let total = read("/proc/meminfo").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix("kB")?.trim();
        line.parse::<u64>().ok()?.checked_mul(1024)
    });
    let group = read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse::<u64>().ok());
    total.into_iter().chain(group).min().map_or(u64::MAX, |bytes| bytes / 4 * 3)
}

/// Returns the bytes of this process that are resident.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split_whitespace().nth(1)?.parse::<u64>().ok()?.checked_mul(PAGE)
}

/// Keeps the hook there is for everybody else: what the engine says when it gives up quotes values.
fn silence() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_engine = thread::current()
            .name()
            .is_some_and(|name| name.starts_with("polars") || name.starts_with("async-executor"));
        if !IS_AT_WORK.get() && !is_engine {
            before(info);
        }
    }));
}
