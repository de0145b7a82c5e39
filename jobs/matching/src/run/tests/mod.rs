//! Runs over a lake: what is published and asked, what stays, and what a crash leaves.

mod answers;
mod looked_at;
mod publishes;
mod world;
