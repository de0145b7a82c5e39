//! Panics of handlers: the place in the code is told, the message never, since it may hold anything.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a handler is at work on this thread, and where it panicked.
    static HANDLER: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Does a handler's work. `Err` has the place where it panicked.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(silence);
    HANDLER.set(Some(None));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    let place = HANDLER.take().flatten();
    done.map_err(|_| place.unwrap_or_else(|| "a place that is not known".to_owned()))
}

/// Keeps the hook there is for everybody else.
fn silence() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let is_handler = HANDLER.with_borrow_mut(|handler| {
            handler.as_mut().map(|place| *place = info.location().map(ToString::to_string)).is_some()
        });
        if !is_handler {
            before(info);
        }
    }));
}
