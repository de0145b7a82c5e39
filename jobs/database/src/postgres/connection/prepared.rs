//! Statements that are prepared once and carried out often: parameters and answers are text.

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;

use crate::postgres::connection::octets::Octets;
use crate::postgres::connection::wire::Wire;
use crate::postgres::fault::Fault;

/// Bytes of a COPY that are sent at once.
const PIECE: usize = 256 << 10;

impl Wire {
    /// Prepares a statement under a name, within the next [`Wire::carry_out`].
    pub(in crate::postgres) fn prepare(&mut self, name: &str, statement: &str) -> Result<(), Fault> {
        frontend::parse(name, statement, [], &mut self.outgoing).map_err(|_| Fault::Protocol)
    }

    /// Carries a prepared statement out, hands its rows over, and answers how many rows it changed or gave.
    pub(in crate::postgres) fn carry_out(
        &mut self,
        name: &str,
        parameters: &[Option<&str>],
        each: &mut dyn FnMut(&[Option<&str>]),
    ) -> Result<u64, Fault> {
        let buffer = &mut self.outgoing;
        let written = |value: &Option<&str>, to: &mut BytesMut| {
            Ok(match value {
                Some(value) => {
                    to.extend_from_slice(value.as_bytes());
                    IsNull::No
                }
                None => IsNull::Yes,
            })
        };
        frontend::bind("", name, [], parameters, written, [], buffer).map_err(|_| Fault::Protocol)?;
        frontend::execute("", 0, buffer).map_err(|_| Fault::Protocol)?;
        frontend::sync(buffer);
        self.send()?;
        let mut count = 0;
        loop {
            match self.message() {
                Ok((b'D', body)) => each(&cells(body)?),
                Ok((b'C', body)) => count = counted(body)?,
                Ok((b'Z', _)) => return Ok(count),
                Ok(_) => {}
                Err(fault) => return Err(self.settled(fault)),
            }
        }
    }

    /// Carries a `COPY … FROM STDIN` out with these rows in its text format; answers how many there were.
    pub(in crate::postgres) fn copy_in(&mut self, statement: &str, rows: &[u8]) -> Result<u64, Fault> {
        self.copy(statement)?;
        loop {
            match self.message().map(|(tag, _)| tag) {
                Ok(b'G') => break,
                Ok(_) => {}
                Err(fault) => return Err(self.settled(fault)),
            }
        }
        for piece in rows.chunks(PIECE) {
            frontend::CopyData::new(piece).map_err(|_| Fault::Protocol)?.write(&mut self.outgoing);
            self.send()?;
        }
        frontend::copy_done(&mut self.outgoing);
        self.send()?;
        let mut count = 0;
        loop {
            match self.message() {
                Ok((b'C', body)) => count = counted(body)?,
                Ok((b'Z', _)) => return Ok(count),
                Ok(_) => {}
                Err(fault) => return Err(self.settled(fault)),
            }
        }
    }
}

fn cells(body: &[u8]) -> Result<Vec<Option<&str>>, Fault> {
    let mut body = Octets(body);
    let width = body.short()?;
    let mut cells = Vec::with_capacity(usize::try_from(width).unwrap_or_default());
    for _ in 0..width {
        let cell = body.cell()?;
        cells.push(cell.map(|cell| std::str::from_utf8(cell).map_err(|_| Fault::Protocol)).transpose()?);
    }
    Ok(cells)
}

/// Reads the number at the end of what a statement says when it is done: `INSERT 0 3`.
fn counted(body: &[u8]) -> Result<u64, Fault> {
    let said = Octets(body).word()?;
    let last = said.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    Ok(std::str::from_utf8(last).ok().and_then(|last| last.parse().ok()).unwrap_or_default())
}
