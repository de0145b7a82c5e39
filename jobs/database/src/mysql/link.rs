//! Statements of an open connection: those that give a few rows of text, and those that are prepared and give rows in binary.

use mysql_common::constants::ColumnType;
use mysql_common::io::ParseBuf;
use mysql_common::packets::Column;

use super::decode::as_sent;
use super::fault::Fault;
use super::packets::{Packet, Packets};
use super::stream::Stream;
use super::value::{Value, bound};
use super::wire::Wire;

const QUIT: u8 = 0x01;
const QUERY: u8 = 0x03;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const CLOSE: u8 = 0x19;

/// The most bytes of what ends rows; whatever the limit of a row, so much is read.
const CONTROL: usize = 1024;

/// A row of text.
pub(super) type Texts = Vec<Option<String>>;

/// A column of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: ColumnType,
    pub(super) is_unsigned: bool,
}

/// A row in binary, or what ends the rows.
pub(super) enum Row<'a> {
    Whole(&'a [u8]),
    TooLarge(&'a [u8]),
    End,
}

/// An open connection.
pub(super) struct Link {
    packets: Packets<Stream>,
    /// Stands before every statement, so that the server shows who asks.
    pub(super) comment: String,
    is_broken: bool,
}

impl Link {
    pub(super) const fn new(packets: Packets<Stream>) -> Self {
        Self { packets, comment: String::new(), is_broken: false }
    }

    pub(super) const fn stream(&self) -> &Stream {
        &self.packets.stream
    }

    pub(super) const fn received(&self) -> u64 {
        self.packets.received()
    }

    /// Gives the connection up: what comes next on it is not known.
    pub(super) const fn give_up(&mut self) {
        self.is_broken = true;
    }

    /// Carries out a statement that gives no rows.
    pub(super) fn run(&mut self, statement: &str) -> Result<(), Fault> {
        self.texts(statement).map(|_| ())
    }

    /// Returns the rows of a statement without values.
    pub(super) fn texts(&mut self, statement: &str) -> Result<Vec<Texts>, Fault> {
        self.guarded(|link| {
            link.statement(QUERY, statement)?;
            let Some(columns) = link.begun()? else { return Ok(Vec::new()) };
            let mut rows = Vec::new();
            loop {
                let packet = link.packets.whole()?;
                match packet {
                    [0xff, ..] => return Err(Fault::of(packet)),
                    [0xfe, rest @ ..] if rest.len() < 8 => return Ok(rows),
                    _ => {}
                }
                let mut wire = Wire(packet);
                let row = columns.iter().map(|_| text(wire.cell()?)).collect::<Option<Texts>>();
                rows.push(row.ok_or(Fault::Malformed)?);
            }
        })
    }

    /// Returns the only row of a statement without values; one without columns where it has none.
    pub(super) fn only(&mut self, statement: &str) -> Result<Texts, Fault> {
        Ok(self.texts(statement)?.into_iter().next().unwrap_or_default())
    }

    /// Returns the rows of a statement with values, as text.
    pub(super) fn asked(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Texts>, Fault> {
        let prepared = self.prepare(statement)?;
        let columns = self.execute(prepared, values)?;
        let mut rows = Vec::new();
        let nulls = (columns.len() + 9) / 8;
        while let Row::Whole(packet) = self.row(usize::MAX)? {
            let mut wire = Wire(packet);
            let row = (|| {
                wire.byte()?;
                let bits = wire.take(nulls)?;
                let mut cell = |(at, column): (usize, &Header)| match is_null(bits, at) {
                    true => Some(None),
                    false => as_sent(*column).text(&mut wire).map(Some),
                };
                columns.iter().enumerate().map(&mut cell).collect::<Option<Texts>>()
            })();
            let Some(row) = row else {
                self.is_broken = true;
                return Err(Fault::Malformed);
            };
            rows.push(row);
        }
        self.close(prepared)?;
        Ok(rows)
    }

    /// Prepares a statement.
    pub(super) fn prepare(&mut self, statement: &str) -> Result<u32, Fault> {
        self.guarded(|link| {
            link.statement(PREPARE, statement)?;
            let packet = link.packets.whole()?;
            if packet.first() != Some(&0) {
                return Err(Fault::of(packet));
            }
            let mut wire = Wire(packet);
            let head = (|| {
                wire.byte()?;
                let id = wire.array().map(u32::from_le_bytes)?;
                let columns = wire.array().map(u16::from_le_bytes)?;
                Some((id, columns, wire.array().map(u16::from_le_bytes)?))
            })();
            let (id, columns, values) = head.ok_or(Fault::Malformed)?;
            for described in [values, columns] {
                // As many descriptions, and the mark of their end; of none not even that.
                let packets = if described == 0 { 0 } else { u32::from(described) + 1 };
                for _ in 0..packets {
                    link.packets.whole()?;
                }
            }
            Ok(id)
        })
    }

    /// Carries a prepared statement out; its rows follow.
    pub(super) fn execute(&mut self, prepared: u32, values: &[Value]) -> Result<Vec<Header>, Fault> {
        let mut packet = vec![EXECUTE];
        packet.extend_from_slice(&prepared.to_le_bytes());
        // No cursor, once.
        packet.extend_from_slice(&[0, 1, 0, 0, 0]);
        bound(values, &mut packet);
        self.guarded(|link| {
            link.packets.command(&packet)?;
            link.begun()?.ok_or(Fault::Malformed)
        })
    }

    /// Returns the next row in binary.
    #[inline]
    pub(super) fn row(&mut self, limit: usize) -> Result<Row<'_>, Fault> {
        if self.is_broken {
            return Err(Fault::Cut);
        }
        // What goes wrong here ends the reading: only an error that the server tells leaves the connection as it was.
        self.is_broken = true;
        let packet = self.packets.next(limit.max(CONTROL))?;
        match packet {
            Packet::Whole([0xfe, rest @ ..]) if rest.len() < 8 => {
                self.is_broken = false;
                Ok(Row::End)
            }
            Packet::Whole(error @ [0xff, ..]) => {
                self.is_broken = false;
                Err(Fault::of(error))
            }
            Packet::Whole(row @ [0, ..]) => {
                self.is_broken = false;
                Ok(Row::Whole(row))
            }
            Packet::TooLarge(row) => {
                self.is_broken = false;
                Ok(Row::TooLarge(row))
            }
            Packet::Whole(_) => Err(Fault::Malformed),
        }
    }

    /// Lets a prepared statement go.
    pub(super) fn close(&mut self, prepared: u32) -> Result<(), Fault> {
        let [a, b, c, d] = prepared.to_le_bytes();
        self.guarded(|link| link.packets.command(&[CLOSE, a, b, c, d]))
    }

    fn statement(&mut self, command: u8, statement: &str) -> Result<(), Fault> {
        let mut packet = vec![command];
        packet.extend_from_slice(self.comment.as_bytes());
        packet.extend_from_slice(statement.as_bytes());
        self.packets.command(&packet)
    }

    /// Returns the columns of an answer; none where it has no rows.
    fn begun(&mut self) -> Result<Option<Vec<Header>>, Fault> {
        let packet = self.packets.whole()?;
        match packet {
            [0x00, ..] => return Ok(None),
            [0xff, ..] => return Err(Fault::of(packet)),
            _ => {}
        }
        let count = Wire(packet).length().ok_or(Fault::Malformed)?;
        let mut columns = Vec::new();
        for _ in 0..count {
            let packet = self.packets.whole()?;
            let column = ParseBuf(packet).parse::<Column>(()).map_err(|_| Fault::Malformed)?;
            columns.push(Header {
                kind: column.column_type(),
                is_unsigned: column.flags().contains(mysql_common::constants::ColumnFlags::UNSIGNED_FLAG),
            });
        }
        match self.packets.whole()? {
            [0xfe, ..] => Ok(Some(columns)),
            packet => Err(Fault::of(packet)),
        }
    }

    /// Does something with the connection, which is given up where what comes next on it is not known.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.is_broken {
            return Err(Fault::Cut);
        }
        let done = work(self);
        self.is_broken = matches!(done, Err(Fault::Cut | Fault::Malformed));
        done
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Best effort: the server also sees that the connection is gone.
        let _ = self.packets.command(&[QUIT]);
    }
}

/// Tells whether the cell at this place is null, by the bits at the head of a row in binary.
#[inline]
pub(super) fn is_null(bits: &[u8], at: usize) -> bool {
    let bit = at + 2;
    bits.get(bit >> 3).is_some_and(|byte| byte & (1 << (bit & 7)) != 0)
}

/// Returns a cell as text: none where it is cut; what is not UTF-8 is written as bytes in hexadecimal digits.
fn text(cell: Option<&[u8]>) -> Option<Option<String>> {
    Some(cell.map(|bytes| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }))
}
