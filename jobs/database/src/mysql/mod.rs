//! MySQL and MariaDB: sessions over the packets of their protocol.
//!
//! A row is decoded where it lies in the buffer of the connection; see [`rows`]. What a server writes of itself is asked as text.

mod bounds;
mod cancel;
mod catalogue;
mod cells;
mod checksum;
mod declared;
mod decode;
mod digits;
mod fault;
mod grants;
mod handshake;
mod indexes;
mod link;
mod moment;
mod packets;
mod read;
mod rows;
mod session;
mod setup;
mod snapshot;
mod sql;
mod strain;
mod stream;
mod times;
mod value;
mod waiting;
mod wire;

pub(crate) use checksum::sum;
pub(crate) use session::connect;
