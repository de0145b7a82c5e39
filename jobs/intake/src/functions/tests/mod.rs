//! The functions as AWS calls them: each by itself, with nothing between them but what the definition hands on.

mod course;
mod handing;
mod world;
