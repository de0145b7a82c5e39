//! Messages as tables: those of a day of receipt become one run of each of eight logs.

mod builder;
mod observation;
mod order;
mod parts;
mod person;
mod publish;
mod rows;
mod segments;
mod settle;
mod tables;

pub use parts::{Part, plan};
pub use publish::{Made, make};
pub use settle::{Settled, settle};
pub use tables::{TABLES, publication};
