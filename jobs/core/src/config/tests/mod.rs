//! Tests of the reader as a whole.

mod any_text;
mod mistakes;
mod shipped;
