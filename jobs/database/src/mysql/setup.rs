//! What a session is told when it begins, and what it asks the server about itself.

use super::fault::Fault;
use super::link::Link;
use crate::address::Target;
use crate::session::Server;

/// How long a read waits for somebody who changes the table, in seconds.
const LOCK_WAIT: u64 = 30;
/// How long the server waits while we write what we read, in seconds.
const SLOW_READER: u64 = 600;
/// How long a session may do nothing, in seconds: longer than a snapshot is kept.
const IDLE: u64 = 3600;

/// Which of the two it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// MySQL.
    Mysql,
    /// MariaDB, of this version.
    Mariadb(u16, u16),
}

/// Reads the version that a server greets with: MariaDB puts `5.5.5-` before its own.
pub(super) fn flavour(version: &str) -> Flavour {
    if !version.contains("MariaDB") {
        return Flavour::Mysql;
    }
    let own = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut numbers = own.split('.').map(|number| number.parse().unwrap_or(0));
    Flavour::Mariadb(numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// Sets the session so that it only reads, and that no value changes on its way.
pub(super) fn set(link: &mut Link, target: &Target, flavour: Flavour) -> Result<(), Fault> {
    link.run("SET NAMES utf8mb4")?;
    // No mode hides a zero date, pads a char, or reads "…" as a name; moments are in UTC; a server's own limit of rows is lifted.
    link.run(&format!(
        "SET SESSION sql_mode = '', SESSION time_zone = '+00:00', SESSION sql_select_limit = 18446744073709551615, \
         SESSION lock_wait_timeout = {LOCK_WAIT}, SESSION net_write_timeout = {SLOW_READER}, \
         SESSION wait_timeout = {IDLE}, SESSION autocommit = 1"
    ))?;
    link.run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")?;
    link.run("SET SESSION TRANSACTION READ ONLY")?;
    match flavour {
        Flavour::Mariadb(..) => {
            link.run(&format!("SET SESSION max_statement_time = {}", target.statement_timeout.as_secs_f64()))
        }
        Flavour::Mysql => {
            link.run(&format!("SET SESSION max_execution_time = {}", target.statement_timeout.as_millis()))?;
            // Keys that the server made itself are shown from 8.0.30 on; older servers take it for a comment.
            link.run("/*!80030 SET SESSION show_gipk_in_create_table_and_information_schema = ON */")
        }
    }
}

/// Returns what asks a server of what it is a replica.
pub(super) const fn replicas(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Mysql => "SHOW REPLICA STATUS",
        Flavour::Mariadb(..) => "SHOW ALL SLAVES STATUS",
    }
}

/// Asks what the server is.
pub(super) fn server(link: &mut Link, flavour: Flavour, greeted: &str) -> Result<Server, Fault> {
    let identifier = match flavour {
        Flavour::Mysql => link.only("SELECT @@global.server_uuid")?.into_iter().next().flatten(),
        Flavour::Mariadb(..) => None,
    };
    // Without the right to ask, a server on which nobody may write stands for a replica.
    let is_replica = match link.texts(replicas(flavour)) {
        Ok(rows) => !rows.is_empty(),
        Err(Fault::Code(_)) => false,
        Err(fault) => return Err(fault),
    };
    let told = link.only(
        "SELECT @@version, @@global.read_only + @@global.innodb_read_only, @@global.time_zone, @@global.system_time_zone",
    )?;
    let [version, closed, zone, system] = <[_; 4]>::try_from(told).map_err(|_| Fault::Malformed)?;
    let zone = zone.unwrap_or_default();
    link.run("SET SESSION time_zone = @@global.time_zone")?;
    let offsets = link.only(
        "SELECT UNIX_TIMESTAMP('2025-01-15 12:00:00') - 1736942400, UNIX_TIMESTAMP('2025-07-15 12:00:00') - 1752580800",
    )?;
    link.run("SET SESSION time_zone = '+00:00'")?;
    Ok(Server {
        version: version.unwrap_or_else(|| greeted.to_owned()),
        identifier,
        is_replica: is_replica || closed.is_some_and(|closed| closed != "0"),
        zone: if zone == "SYSTEM" { system.unwrap_or_default() } else { zone },
        has_daylight_saving: matches!(offsets.as_slice(), [winter, summer] if winter != summer),
    })
}

#[cfg(test)]
mod tests {
    use super::{Flavour, flavour};

    #[test]
    fn the_version_says_which_of_the_two_it_is() {
        assert_eq!(flavour("5.5.5-10.11.19-MariaDB-0+deb12u1-log"), Flavour::Mariadb(10, 11));
        assert_eq!(flavour("11.4.2-MariaDB"), Flavour::Mariadb(11, 4));
        assert_eq!(flavour("8.0.39"), Flavour::Mysql);
    }
}
