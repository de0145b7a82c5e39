//! Reads whole tables and drops what was read: what reading alone costs. Prints seconds of this process, not of the server's.
//!
//! ```text
//! cargo run --release -p carelake-database --example postgres -- /run/postgresql/.s.PGSQL.5432 USER DATABASE SCHEMA TABLE...
//! ```

use std::fs;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use carelake_database::{
    Address, Engine, Login, Order, Reading, Refused, Relation, Session, Specials, Taker, Target, Tls, Wanted, connect,
};

/// Takes rows, and drops them.
struct Dropped;

impl Taker for Dropped {
    fn rows(&mut self, _: RecordBatch) -> Result<(), String> {
        Ok(())
    }

    fn refused(&mut self, _: Refused) -> Result<(), String> {
        Ok(())
    }
}

/// Returns how long this process was carried out, its own time and the kernel's for it; Linux counts hundredths.
fn spent() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn read(session: &mut dyn Session, relation: &Relation) -> Result<String, String> {
    let columns: Vec<Wanted> = (0..relation.columns.len()).map(|column| Wanted { column, choice: None }).collect();
    let reading = Reading {
        relation,
        columns: &columns,
        conditions: &[],
        order: Order::Any,
        specials: Specials::Null,
        batch_rows: 65_536,
        batch_bytes: 32 << 20,
        row_bytes: 512 << 20,
    };
    let (begun, before) = (Instant::now(), spent());
    let counts = session.read(&reading, &mut Dropped).map_err(|error| error.to_string())?;
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), spent() - before);
    Ok(format!("{}: {} rows, {} MB, {cpu:.2} s CPU, {wall:.2} s", relation.shown(), counts.read, counts.bytes >> 20))
}

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [socket, user, database, schema, tables @ ..] = arguments.as_slice() else {
        return Err("give SOCKET USER DATABASE SCHEMA TABLE...".to_owned());
    };
    let target = Target {
        source: "example".to_owned(),
        engine: Engine::Postgres,
        address: Address::Socket(socket.into()),
        tls: Tls::Disable,
        login: Login { user: user.clone(), password: std::env::var("PGPASSWORD").unwrap_or_default() },
        database: Some(database.clone()),
        application: "carelake/example".to_owned(),
        statement_timeout: Duration::from_secs(3600),
        connect_timeout: Duration::from_secs(10),
    };
    let mut session = connect(&target).map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let relations = session.relations(std::slice::from_ref(schema)).map_err(|error| error.to_string())?;
    let mut out = io::stdout();
    let said = |out: &mut io::Stdout, line: String| writeln!(out, "{line}").map_err(|error| error.to_string());
    said(&mut out, format!("catalogue: {} tables, {:.2} s", relations.len(), begun.elapsed().as_secs_f64()))?;
    for relation in relations.iter().filter(|relation| tables.contains(&relation.name)) {
        let line = read(&mut *session, relation)?;
        said(&mut out, line)?;
    }
    Ok(())
}
