//! Tests of the reader as a whole.

mod any_text;
mod declared;
mod head;
mod mistakes;
mod schema;
mod sections;
mod shipped;
