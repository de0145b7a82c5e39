//! Feeds of a few small deliveries, on real folders.

mod faults;
mod law;
mod lines;
mod merging;
mod replay;
mod runs;
mod thresholds;
mod world;
