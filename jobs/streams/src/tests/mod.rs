//! Streams as they are delivered, against what is published.

mod asked;
mod deliveries;
mod dms;
mod enriched;
mod faults;
mod files;
mod kinesis;
mod model;
mod property;
mod ranges;
mod replays;
mod rules;
mod server;
mod service;
mod sites;
mod world;
