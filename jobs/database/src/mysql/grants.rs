//! What a login may do: too little to see who writes, or more than reading.

use std::collections::BTreeSet;

use super::fault::Fault;
use super::session::Open;
use super::setup::Flavour;
use crate::session::Grant;

/// Rights with which a login could change something.
const WRITES: [&str; 21] = [
    "ALL PRIVILEGES",
    "ALTER",
    "ALTER ROUTINE",
    "BINLOG ADMIN",
    "CREATE",
    "CREATE ROUTINE",
    "CREATE TABLESPACE",
    "CREATE USER",
    "CREATE VIEW",
    "DELETE",
    "DELETE HISTORY",
    "DROP",
    "EVENT",
    "FILE",
    "INDEX",
    "INSERT",
    "RELOAD",
    "SHUTDOWN",
    "SUPER",
    "TRIGGER",
    "UPDATE",
];

/// Returns the rights that are missing, and those to write.
pub(super) fn grants(open: &mut Open) -> Result<(Vec<Grant>, Vec<String>), Fault> {
    let login = open.link.only("SELECT CURRENT_USER()")?.into_iter().next().flatten().unwrap_or_default();
    let rows = open.link.texts("SHOW GRANTS")?;
    let lines: Vec<String> = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    let (everywhere, all) = rights(&lines);
    let has = |set: &BTreeSet<String>, right: &str| set.contains(right) || set.contains("ALL PRIVILEGES");
    let to = grantee(&login);
    let mut missing = Vec::new();
    if !has(&all, "SELECT") {
        missing.push(Grant {
            name: "SELECT",
            weakens: "no table can be read",
            statement: format!("GRANT SELECT ON <database>.* TO {to}"),
        });
    }
    if !has(&everywhere, "PROCESS") {
        missing.push(Grant {
            name: "PROCESS",
            weakens: "open transactions are not seen, so `lag` is at least an hour; nor who waits for a table that is read",
            statement: format!("GRANT PROCESS ON *.* TO {to}"),
        });
    }
    let (names, statement): (&[&str], _) = match open.flavour {
        Flavour::Mysql => (&["REPLICATION CLIENT"], "REPLICATION CLIENT"),
        Flavour::Mariadb(..) => {
            (&["REPLICATION CLIENT", "BINLOG MONITOR", "SLAVE MONITOR", "REPLICA MONITOR"], "BINLOG MONITOR")
        }
    };
    if !names.iter().any(|name| has(&everywhere, name)) {
        missing.push(Grant {
            name: if matches!(open.flavour, Flavour::Mysql) { "REPLICATION CLIENT" } else { "BINLOG MONITOR" },
            weakens: "whether the server is a replica is only guessed from whether it can be written to",
            statement: format!("GRANT {statement} ON *.* TO {to}"),
        });
    }
    let writes = WRITES.iter().filter(|right| all.contains(**right)).map(|right| (*right).to_owned()).collect();
    Ok((missing, writes))
}

/// Returns the rights of lines such as ``GRANT SELECT, INSERT (`a`, `b`) ON `crm`.* TO …``: those everywhere, and all.
fn rights(lines: &[String]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut everywhere, mut all) = (BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let Some((rights, place)) = line.strip_prefix("GRANT ").and_then(|line| line.split_once(" ON ")) else {
            continue;
        };
        let (mut right, mut depth) = (String::new(), 0);
        let mut found = Vec::new();
        for letter in rights.chars() {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                ',' if depth == 0 => found.push(std::mem::take(&mut right)),
                letter if depth == 0 => right.push(letter),
                _ => {}
            }
        }
        found.push(right);
        for right in found {
            let right = right.trim().to_owned();
            if place.starts_with("*.*") {
                everywhere.insert(right.clone());
            }
            all.insert(right);
        }
    }
    (everywhere, all)
}

/// Quotes `user@host` as a statement has it.
fn grantee(login: &str) -> String {
    let (user, host) = login.rsplit_once('@').unwrap_or((login, "%"));
    format!("'{}'@'{}'", user.replace('\'', "''"), host.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::{grantee, rights};

    #[test]
    fn rights_are_read_with_where_they_hold() {
        let lines = [
            "GRANT PROCESS, BINLOG MONITOR ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD '*1'".to_owned(),
            "GRANT SELECT (`a`, `b`), INSERT ON `crm`.`x` TO `reader`@`%`".to_owned(),
            "GRANT `role` TO `reader`@`%`".to_owned(),
        ];
        let (everywhere, all) = rights(&lines);
        assert_eq!(everywhere.into_iter().collect::<Vec<_>>(), ["BINLOG MONITOR", "PROCESS"]);
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["BINLOG MONITOR", "INSERT", "PROCESS", "SELECT"]);
        assert_eq!(grantee("o'hara@10.%"), "'o''hara'@'10.%'");
    }
}
