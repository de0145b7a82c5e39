//! Claims. A row stays when its claim is given back, so that the generation never starts again. A claim whose process has ended is
//! nobody's: who is killed keeps nobody waiting.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::alive::Alive;
use super::decode::{optional, rows, value};
use super::{SqliteLedger, Trouble};
use crate::ledger::lease::ends;
use crate::ledger::{Ask, Claimed, Leases, LedgerError, Taken};
use crate::names::RunId;

impl Leases for SqliteLedger {
    fn claim(&self, name: &str, ask: &Ask<'_>) -> Result<Claimed, LedgerError> {
        self.write("take a claim", |transaction| claim(transaction, &self.alive, name, ask))
    }

    fn renew_claim(&self, taken: &Taken, now: Timestamp, ttl_secs: u64) -> Result<Taken, LedgerError> {
        let renewed = Taken { until: ends(now, ttl_secs), ..taken.clone() };
        let set = "until = ?4";
        let is_ours =
            self.write("renew a claim", |transaction| change(transaction, taken, set, &[&renewed.until.to_string()]))?;
        if is_ours { Ok(renewed) } else { Err(taken.lost()) }
    }

    fn release_claim(&self, taken: &Taken) -> Result<(), LedgerError> {
        self.write("release a claim", |transaction| change(transaction, taken, FREE, &[])).map(drop)
    }

    fn leave_mark(&self, name: &str, now: Timestamp) -> Result<bool, LedgerError> {
        let alive = |kept: &Kept| !kept.is_dead(&self.alive);
        self.write("mark a claim", |transaction| match read(transaction, name)?.filter(alive).and_then(Kept::taken) {
            Some(taken) if taken.until > now => change(transaction, &taken, "marked = true", &[]),
            _ => Ok(false),
        })
    }

    fn release_unless_marked(&self, taken: &Taken) -> Result<Option<Taken>, LedgerError> {
        self.write("release a claim", |transaction| {
            let Some(kept) = read(transaction, &taken.name)? else { return Ok(None) };
            let next = Taken { generation: next(taken.generation)?, ..taken.clone() };
            if kept.owner.as_ref() != Some(&taken.owner) {
                return Ok(None);
            }
            if kept.after_mark && kept.generation == next.generation {
                // The answer to this call was lost, and it is repeated.
                return Ok(Some(Taken { until: kept.until, ..next }));
            }
            if kept.generation != taken.generation {
                return Ok(None);
            }
            if kept.marked {
                change(transaction, taken, "generation = generation + 1, marked = false, after_mark = true", &[])?;
                return Ok(Some(Taken { until: kept.until, ..next }));
            }
            change(transaction, taken, FREE, &[])?;
            Ok(None)
        })
    }

    fn holder(&self, name: &str, now: Timestamp) -> Result<Option<Taken>, LedgerError> {
        let kept = self.read("read a claim", |connection| read(connection, name))?;
        let kept = kept.filter(|kept| !kept.is_dead(&self.alive));
        Ok(kept.and_then(Kept::taken).filter(|taken| taken.until > now))
    }
}

/// What makes a claim nobody's.
const FREE: &str = "owner = null, marked = false";

/// A claim as it is kept, whether somebody has it or not.
struct Kept {
    name: String,
    owner: Option<String>,
    generation: u64,
    since: Option<Timestamp>,
    until: Timestamp,
    marked: bool,
    after_mark: bool,
    /// The process that took it; none where an older carelake did.
    process: Option<String>,
}

impl Kept {
    /// Returns whether the process that took it has ended.
    fn is_dead(&self, alive: &Alive) -> bool {
        self.process.as_ref().is_some_and(|process| !alive.is_process_alive(process))
    }

    fn taken(self) -> Option<Taken> {
        let Self { name, owner, generation, until, .. } = self;
        owner.map(|owner| Taken { name, owner, generation, until })
    }
}

fn claim(connection: &Connection, alive: &Alive, name: &str, ask: &Ask<'_>) -> Result<Claimed, Trouble> {
    let kept = read(connection, name)?;
    let generation = kept.as_ref().map_or(0, |kept| kept.generation);
    if let Some(Kept { owner: Some(owner), since, until, .. }) = kept.filter(|kept| !kept.is_dead(alive)) {
        let retaken = ask.retake && owner == ask.owner;
        if until > ask.now && !retaken {
            return Ok(Claimed::Busy { owner, since: since.unwrap_or(ask.now), until });
        }
    }
    let (owner, generation, until) = (ask.owner.to_owned(), next(generation)?, ask.until());
    connection.execute(
        "insert or replace into claims (name, owner, generation, since, until, process) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![name, owner, number(generation)?, ask.now.to_string(), until.to_string(), alive.process()?],
    )?;
    Ok(Claimed::Taken(Taken { name: name.to_owned(), owner, generation, until }))
}

/// Changes a claim that is still the one that was taken. Answers whether it was.
fn change(connection: &Connection, taken: &Taken, set: &str, values: &[&str]) -> Result<bool, Trouble> {
    let generation = number(taken.generation)?.to_string();
    let change = format!("update claims set {set} where name = ?1 and owner = ?2 and generation = cast(?3 as integer)");
    let parameters = [taken.name.as_str(), &taken.owner, &generation].into_iter().chain(values.iter().copied());
    Ok(connection.execute(&change, rusqlite::params_from_iter(parameters))? > 0)
}

/// Gives back every claim of a run that has ended.
pub(super) fn release_all(connection: &Connection, run_id: &RunId) -> rusqlite::Result<()> {
    connection.execute(&format!("update claims set {FREE} where owner = ?1"), [run_id.to_string()])?;
    Ok(())
}

fn read(connection: &Connection, name: &str) -> Result<Option<Kept>, Trouble> {
    Ok(rows(connection, "select * from claims where name = ?1", [name], decode)?.pop())
}

fn decode(row: &Row<'_>) -> Result<Kept, Trouble> {
    Ok(Kept {
        name: row.get("name")?,
        owner: row.get("owner")?,
        generation: u64::try_from(row.get::<_, i64>("generation")?).map_err(|_| Trouble::Damaged("generation"))?,
        since: optional(row, "since")?,
        until: value(row, "until")?,
        marked: row.get("marked")?,
        after_mark: row.get("after_mark")?,
        process: row.get("process")?,
    })
}

fn next(generation: u64) -> Result<u64, Trouble> {
    generation.checked_add(1).ok_or(Trouble::Damaged("generation"))
}

/// Returns a generation as SQLite keeps it.
fn number(generation: u64) -> Result<i64, Trouble> {
    i64::try_from(generation).map_err(|_| Trouble::Damaged("generation"))
}
