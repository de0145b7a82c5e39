//! What arrives in any room: events that tell of it, and letters about what failed for good.
//!
//! [`events`] turns what AWS calls a function with into few plain types. [`letters`] keeps what no retry could do, until a
//! person does it again. [`Listener`] hears of publications that have changed. Nothing here knows a room, calls AWS or reads a clock.

pub mod events;
pub mod letters;
mod listener;

pub use listener::Listener;
