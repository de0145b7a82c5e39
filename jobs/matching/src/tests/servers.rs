//! Tests of files, carried out on a server, too.

use std::cell::RefCell;
use std::rc::Rc;

use carelake_database::Target;

#[path = "../../../database/tests/servers/mod.rs"]
#[expect(dead_code, reason = "servers are for tests of sessions, too")]
mod started;

pub(crate) use started::Postgres;

thread_local! {
    /// The server that is used on this thread, and how many databases were made there.
    static USED: RefCell<Option<(Rc<Postgres>, u32)>> = const { RefCell::new(None) };
}

/// Returns a database of its own on the server that is used on this thread.
pub(crate) fn asked() -> Option<Target> {
    let (server, number) = USED.with_borrow_mut(|used| {
        let (server, number) = used.as_mut()?;
        *number += 1;
        Some((Rc::clone(server), *number))
    })?;
    server.run(&format!("CREATE DATABASE m{number}"));
    Some(Target { database: Some(format!("m{number}")), ..server.target() })
}

/// Returns the server that is used on this thread.
pub(crate) fn server() -> Rc<Postgres> {
    USED.with_borrow(|used| used.as_ref().map(|(server, _)| Rc::clone(server)).unwrap())
}

/// Returns whether a server is used on this thread.
pub(crate) fn is_used() -> bool {
    USED.with_borrow(Option::is_some)
}

/// Carries tests out that make references, on a server of their own.
pub(crate) fn on_a_server(tests: &[&dyn Fn()]) {
    let Some(server) = Postgres::start() else { return };
    USED.set(Some((Rc::new(server), 0)));
    tests.iter().for_each(|test| test());
    USED.set(None);
}
