//! Small queries: parameters and answers are text.

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;

use crate::postgres::connection::octets::Octets;
use crate::postgres::connection::wire::Wire;
use crate::postgres::fault::Fault;

/// A row of an answer.
pub(in crate::postgres) type Row = Vec<Option<String>>;

/// What the server says of a column of a statement before it carries it out.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::postgres) struct Described {
    /// The table that it is a column of, or 0.
    pub(in crate::postgres) table: u32,
    /// Its number there, or 0.
    pub(in crate::postgres) number: i16,
    /// Its type; of a domain, what it is made of.
    pub(in crate::postgres) of: u32,
    /// What is said of the type beside its name, such as a precision, or −1.
    pub(in crate::postgres) modifier: i32,
}

impl Wire {
    /// Carries statements out whose answers are of no interest.
    pub(in crate::postgres) fn run(&mut self, statements: &str) -> Result<(), Fault> {
        self.copy(statements)?;
        loop {
            match self.message().map(|(tag, _)| tag) {
                Ok(b'Z') => return Ok(()),
                Ok(_) => {}
                Err(fault) => return Err(self.settled(fault)),
            }
        }
    }

    /// Sends a statement; its answer is the caller's to read.
    pub(in crate::postgres) fn copy(&mut self, statement: &str) -> Result<(), Fault> {
        frontend::query(statement, &mut self.outgoing).map_err(|_| Fault::Protocol)?;
        self.send()
    }

    /// Returns the rows of a statement.
    pub(in crate::postgres) fn rows(&mut self, statement: &str, parameters: &[&str]) -> Result<Vec<Row>, Fault> {
        self.rows_at_most(statement, parameters, 0)
    }

    /// Returns the rows of a statement, `most` of them where that is not 0.
    pub(in crate::postgres) fn rows_at_most(
        &mut self,
        statement: &str,
        parameters: &[&str],
        most: i32,
    ) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        let buffer = &mut self.outgoing;
        frontend::parse("", statement, [], buffer).map_err(|_| Fault::Protocol)?;
        let written = |value: &&str, to: &mut BytesMut| {
            to.extend_from_slice(value.as_bytes());
            Ok(IsNull::No)
        };
        frontend::bind("", "", [], parameters, written, [], buffer).map_err(|_| Fault::Protocol)?;
        frontend::execute("", most, buffer).map_err(|_| Fault::Protocol)?;
        frontend::sync(buffer);
        self.send()?;
        loop {
            match self.message().and_then(|(tag, body)| if tag == b'D' { row(body) } else { ready(tag) }) {
                Ok(Some(Answer::Row(row))) => rows.push(row),
                Ok(Some(Answer::Ready)) => return Ok(rows),
                Ok(None) => {}
                Err(fault) => return Err(self.settled(fault)),
            }
        }
    }

    /// Returns the only value of a statement.
    pub(in crate::postgres) fn value(&mut self, statement: &str, parameters: &[&str]) -> Result<Option<String>, Fault> {
        let rows = self.rows(statement, parameters)?;
        Ok(rows.into_iter().next().and_then(|row| row.into_iter().next().flatten()))
    }

    /// Returns what the columns of a statement will be; within a transaction its tables stay as they are from here on.
    pub(in crate::postgres) fn described(&mut self, statement: &str) -> Result<Vec<Described>, Fault> {
        let mut found = Vec::new();
        let buffer = &mut self.outgoing;
        frontend::parse("", statement, [], buffer).map_err(|_| Fault::Protocol)?;
        frontend::describe(b'S', "", buffer).map_err(|_| Fault::Protocol)?;
        frontend::sync(buffer);
        self.send()?;
        loop {
            match self.message() {
                Ok((b'T', body)) => found = columns(body)?,
                Ok((b'Z', _)) => return Ok(found),
                Ok(_) => {}
                Err(fault) => return Err(self.settled(fault)),
            }
        }
    }

    /// Waits for what follows a refusal, unless the connection is gone.
    pub(in crate::postgres) fn settled(&mut self, fault: Fault) -> Fault {
        match fault {
            Fault::Code(_) => self.settle().err().unwrap_or(fault),
            fault => fault,
        }
    }
}

enum Answer {
    Row(Row),
    Ready,
}

fn ready(tag: u8) -> Result<Option<Answer>, Fault> {
    Ok((tag == b'Z').then_some(Answer::Ready))
}

fn row(body: &[u8]) -> Result<Option<Answer>, Fault> {
    let mut body = Octets(body);
    let mut row = Row::new();
    for _ in 0..body.short()? {
        row.push(body.cell()?.map(|cell| String::from_utf8_lossy(cell).into_owned()));
    }
    Ok(Some(Answer::Row(row)))
}

fn columns(body: &[u8]) -> Result<Vec<Described>, Fault> {
    let mut body = Octets(body);
    let mut columns = Vec::new();
    for _ in 0..body.short()? {
        body.word()?;
        let (table, number, of) = (body.unsigned()?, body.short()?, body.unsigned()?);
        body.short()?;
        let modifier = body.int()?;
        body.short()?;
        columns.push(Described { table, number, of, modifier });
    }
    Ok(columns)
}
