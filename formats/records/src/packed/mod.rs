//! What files are packed in: unpacked while it is read, by limits, and never to a place that a file names.

mod archive;
mod limited;
mod members;
mod pattern;
#[cfg(test)]
mod tests;
mod unpacking;

pub(crate) use unpacking::{Choice, Content, Unpacking};
