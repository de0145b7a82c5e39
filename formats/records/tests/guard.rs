//! The hook of panics is that of the whole process, so this is a process of its own.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};

use carelake_records::guarded;

#[test]
fn what_panics_is_nothing_and_says_nothing_until_it_is_over() {
    static SAID: AtomicUsize = AtomicUsize::new(0);
    panic::set_hook(Box::new(|_| {
        SAID.fetch_add(1, Ordering::Relaxed);
    }));
    let place: Vec<u8> = Vec::new();
    assert_eq!(guarded(|| 7), Some(7));
    assert_eq!(guarded(|| guarded(|| place[3]).is_none() && place[7] == 1), None);
    assert_eq!(SAID.load(Ordering::Relaxed), 0);
    assert!(panic::catch_unwind(|| panic!("aloud")).is_err());
    assert_eq!(SAID.load(Ordering::Relaxed), 1);
}
