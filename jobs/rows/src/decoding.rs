//! The decoder at work on bytes that may be anything: where it panics, the file is damaged.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use parquet::errors::ParquetError;

thread_local! {
    /// Whether the decoder is at work on this thread.
    static IS_AT_WORK: Cell<bool> = const { Cell::new(false) };
}

/// Has the decoder do something. It checks most of what it reads, and not all: of a page that ends too early it takes a slice that is not
/// there (parquet 60.1.0, fixed_len_byte_array.rs; may go when no byte of a file makes it panic).
pub(crate) fn decoding<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(silence);
    IS_AT_WORK.set(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    IS_AT_WORK.set(false);
    done.unwrap_or_else(|_| Err(ParquetError::General("the decoder gave it up".to_owned())))
}

/// Keeps the hook there is for everybody else: what the decoder says may have anything in it.
fn silence() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !IS_AT_WORK.get() {
            before(info);
        }
    }));
}
