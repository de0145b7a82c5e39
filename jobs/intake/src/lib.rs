//! The intake room: partners' files of any format, as they arrive, in one common schema.
//!
//! A file goes one way: it arrives ([`arrive`]) and is claimed by one feed ([`config`]); its records are read
//! (`carelake-records`), mapped to the common tables ([`mapping`], [`common`]) and judged ([`judge`]); the state
//! of the feed follows from its accepted deliveries ([`deliveries`]) alone ([`state`]) and is published.

pub mod arrive;
pub mod common;
pub mod config;
pub mod course;
pub mod deliveries;
pub mod error;
pub mod feed;
pub mod functions;
mod handed;
mod hashed;
pub mod infer;
pub mod judge;
pub mod judged;
pub mod kept;
pub mod mapping;
mod pages;
pub mod publish;
pub mod pull;
mod room;
pub mod state;

pub use room::ROOM;
