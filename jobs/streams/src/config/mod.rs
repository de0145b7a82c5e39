//! The section `streams` of the configuration.

mod attribute;
mod aws;
mod enrich;
mod http;
mod keys;
mod parts;
mod section;
mod stream;
#[cfg(test)]
mod tests;

pub use attribute::{Attribute, Type, Unit};
pub use aws::OnAws;
pub use enrich::{Enrichment, Source, check_lookups};
pub use http::{Http, Login};
pub use parts::TimePart;
pub use section::{SECTION, Streams, read};
pub use stream::{Compact, EventTime, Kind, Stream};
