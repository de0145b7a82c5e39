//! What stands around readers that others wrote.
//!
//! Some of them trust a length that a file tells, and panic where it lies. That is a fault of the file, told as one; what the panic
//! says may hold a value of it, so it is said nowhere.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs what may panic over a file.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The hook is that of the whole process, and is set once.
static HOOK: Once = Once::new();

/// Runs what reads bytes that anyone may have sent; `None` if it panics, of which nothing is said. What it was reading is not to be
/// used after that.
pub fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |about| {
            if !IS_GUARDED.get() {
                before(about);
            }
        }));
    });
    let outer = IS_GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(outer);
    result.ok()
}
