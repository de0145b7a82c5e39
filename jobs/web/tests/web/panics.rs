//! A handler that panics.

use std::panic;
use std::sync::Mutex;

use carelake_web::Limits;

use super::rig::{Rig, status};
use super::toy::SECRET;

#[test]
fn a_panic_is_500_and_nobody_is_told_what_it_said() {
    static SHOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    panic::set_hook(Box::new(|info| SHOWN.lock().unwrap().push(info.to_string())));
    let rig = Rig::start(Limits { workers: 1, ..Limits::default() });
    for _ in 0..3 {
        let answer = rig.get("/panic", "");
        assert_eq!(status(&answer), "500");
        assert!(answer.ends_with(r#"{"error":"Internal Server Error"}"#) && !answer.contains(SECRET), "{answer}");
    }
    assert_eq!(status(&rig.get("/open", "")), "200");
    assert!(rig.told().contains("GET /panic: the handler panicked at jobs/web/tests/web/toy.rs:"), "{}", rig.told());
    assert!(!rig.told().contains(SECRET), "{}", rig.told());
    assert!(SHOWN.lock().unwrap().is_empty(), "{SHOWN:?}");
    // Whoever else panics is heard as before.
    let _ = panic::catch_unwind(|| panic!("elsewhere"));
    assert_eq!(SHOWN.lock().unwrap().len(), 1);
}
