//! The tests of the command as a whole: one binary, since each that is linked takes as long as the rest.

#[cfg(test)]
mod support;

mod alerts;
mod asl;
mod audit;
mod config;
mod crowd;
mod describe;
mod feeds;
mod fetch;
mod fhir;
mod files;
mod find;
mod folders;
mod golden;
mod hl7;
mod house;
mod inputs;
mod intake;
#[cfg(feature = "aws")]
mod items;
mod known_good;
mod letters;
mod lineage;
#[cfg(feature = "databases")]
mod load;
mod lookup;
mod losses;
mod matching;
mod misfortune;
#[cfg(feature = "curated")]
mod models;
mod notice;
#[cfg(feature = "databases")]
mod now;
mod pages;
mod partners;
#[cfg(feature = "databases")]
mod passed_on;
mod profile;
mod publishing;
mod pull;
mod query;
mod read;
#[cfg(feature = "aws")]
mod remote;
mod runs;
mod serve;
mod streams;
mod tenants;
mod usage;
mod validity;
mod values;
