//! The room over stores and a ledger of this machine.

mod batches;
mod days;
mod files;
mod given;
mod lake;
mod ledger;
mod persons;
mod seeds;
mod standing;
mod zones;
