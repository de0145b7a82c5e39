//! The room over stores and a ledger of this machine.

mod days;
mod files;
mod given;
mod lake;
mod persons;
mod seeds;
mod standing;
mod zones;
