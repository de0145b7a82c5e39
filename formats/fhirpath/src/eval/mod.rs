//! Finds what compiled expressions mean for one resource. What is made on the way lies in one arena, which is emptied after it.

mod arithmetic;
mod boundary;
mod call;
mod compare;
mod convert;
mod equal;
mod few;
mod frame;
mod logic;
mod member;
mod plain;
mod reference;
mod run;
mod steps;
mod texts;

pub(crate) use few::{Few, Gather};
pub(crate) use frame::{Frame, World};
pub(crate) use reference::Resolved;
pub(crate) use value::{Element, Fault, Value};

pub use reference::{Bundle, References};

mod value;
