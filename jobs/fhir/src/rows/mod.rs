//! The rows of versions and deletes: their columns, their keys, and files of them.

mod bucket;
mod order;
mod schema;
mod staged;
mod writer;

pub(crate) use bucket::bucket_of_identity;
pub use bucket::{Identity, bucket_of, identity};
pub use order::{Version, beats};
pub use schema::{
    CHANGE, DELETE, ID, INGESTED_AT, LAST_UPDATED, PUT, RESOURCE, RESOURCE_TYPE, RUN_ID, SHA256, SOURCE_FILE,
    VERSION_ID, published,
};
pub(crate) use schema::{cell, stamped, text, time};
pub use staged::staged;
pub(crate) use staged::{IDENTITY, Row, Rows, bare, bare_of_key, decode, encode, place_of_key};
pub use writer::RunWriter;
