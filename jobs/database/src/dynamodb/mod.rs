//! DynamoDB: what its catalogue says, and items by scans. Account, region and endpoint come from the environment, as for every program
//! that uses AWS.

mod catalogue;
mod exports;
mod fault;
mod grants;
mod pace;
mod scan;
mod session;
mod value;

pub use exports::{Asked, Exports, Wish};
pub use session::connect;
