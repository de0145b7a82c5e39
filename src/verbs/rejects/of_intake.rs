//! The refused rows of partners' feeds: by delivery, in the places that the partner knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use carelake_core::ErrorKind;
use carelake_core::names::Publication;
use carelake_intake::config::Intake;
use carelake_intake::functions::desk::of_config;
use carelake_intake::functions::{Which, refused_rows, shown};
use carelake_intake::publish::{ROOM, publication};
use carelake_intake::state::{DeliveryRejects, KeptReject};
use serde_json::{Value, json};

use super::{Rejects, create_for_owner, one_line};
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::{self, thousands};
use crate::verbs::feeds::{deliveries, intake};

/// A table of a feed, with the refused rows of its deliveries.
type Found = (Publication, Vec<DeliveryRejects>);

/// Returns whether a name is that of what intake publishes, or of a feed.
pub(super) fn is_meant(lake: &Lake, name: &str) -> bool {
    let is_feed = || of_config(&lake.config).ok().flatten().is_some_and(|intake| intake.feed(name).is_some());
    name.trim_end_matches('/').split('/').next() == Some(ROOM) || lake.config.dataset(name).is_none() && is_feed()
}

/// Reads which delivery is meant.
pub(crate) fn which(text: &str) -> Result<Which, Failure> {
    Which::read(text).ok_or_else(|| {
        Failure::argument(format!("`{text}` is neither a delivery nor a letter of one"))
            .advise("a delivery is a feed, a slash and a date, as in bayview_patients/2026-10-05; `carelake intake dead` lists letters")
    })
}

impl Rejects {
    /// Shows or exports the refused rows of partners' feeds.
    pub(super) fn of_intake(&self, lake: &Lake, is_json: bool) -> Result<ExitCode, Failure> {
        if self.run.is_some() {
            return Err(Failure::argument(format!("{} has no rejects by run", self.dataset))
                .advise("name a delivery with --delivery; `carelake feeds show FEED` lists them"));
        }
        let mut found = self.found(lake)?;
        self.keep_rule_of(&mut found)?;
        if let Some(folder) = &self.export {
            return export(folder, &found);
        }
        if is_json {
            output::json(&found.iter().map(|one| self.json_of(one)).collect::<Vec<_>>())?;
        } else {
            found.iter().for_each(|one| self.print_of(one));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn found(&self, lake: &Lake) -> Result<Vec<Found>, Failure> {
        let intake = intake(lake)?;
        let which = self.delivery.as_deref().map(which).transpose()?;
        let ledger = lake.ledger_if_any()?;
        let mut found = Vec::new();
        for (feed, table, publication) in named(&intake, &self.dataset)? {
            let Some(feed) = intake.feed(&feed) else { continue };
            if which.as_ref().is_some_and(|which| which.id.feed != feed.name) {
                continue;
            }
            let deliveries = deliveries(ledger.as_deref(), lake);
            let rows = refused_rows((&*lake.output, &*lake.rejects), deliveries, (feed, &table), which.as_ref());
            found.push((publication, rows.map_err(Failure::from)?));
        }
        if let (Some(which), true) = (&self.delivery, found.is_empty()) {
            let message = format!("{which} is of none of the feeds that {} stands for", self.dataset);
            return Err(Failure::argument(message).advise("`carelake feeds show FEED` lists the deliveries of a feed"));
        }
        Ok(found)
    }

    fn keep_rule_of(&self, found: &mut [Found]) -> Result<(), Failure> {
        let Some(rule) = &self.rule else { return Ok(()) };
        let rows = found.iter().flat_map(|(_, of)| of).flat_map(|one| &one.rows);
        let broken: BTreeSet<&str> = rows.map(|row| row.rule.as_str()).collect();
        if !broken.is_empty() && !broken.contains(rule.as_str()) {
            return Err(Failure::unknown("--rule", rule, broken));
        }
        for (_, of) in found {
            of.iter_mut().for_each(|one| one.rows.retain(|row| row.rule == *rule));
            of.retain(|one| !one.rows.is_empty());
        }
        Ok(())
    }

    fn json_of(&self, (publication, found): &Found) -> Value {
        let deliveries: Vec<Value> = found
            .iter()
            .map(|one| json!({"delivery": one.delivery.id, "status": status(one), "total": one.rows.len()}))
            .collect();
        let rows: Vec<Value> = rows(found)
            .take(self.limit)
            .map(|(one, row)| {
                let mut shown = json!({
                    "delivery": one.delivery.id, "file": row.source_file, "member": row.member, "place": row.place, "rule": row.rule,
                    "column": row.column,
                });
                if let (true, Some(object)) = (self.raw, shown.as_object_mut()) {
                    object.insert("raw".to_owned(), String::from_utf8_lossy(&row.raw).into());
                }
                shown
            })
            .collect();
        json!({
            "publication": publication.path(), "deliveries": deliveries, "by_rule": by_rule(found), "total": rows_of(found),
            "rows": rows,
        })
    }

    fn print_of(&self, (publication, found): &Found) {
        let total = rows_of(found);
        output::line(format_args!("{publication}: {} rows rejected", thousands(total as u64)));
        if total == 0 {
            return;
        }
        output::line("");
        let counts = by_rule(found);
        let lines = found.iter().flat_map(|one| {
            let rules = counts.get(&one.delivery.id).into_iter().flatten();
            rules.map(|(rule, rows)| {
                vec![one.delivery.id.clone(), status(one).to_owned(), rule.clone(), thousands(*rows)]
            })
        });
        output::table(&["DELIVERY", "STATUS", "RULE", "ROWS"], &["ROWS"], lines);
        if !self.lines && !self.raw {
            return;
        }
        output::line("");
        let lines = rows(found).take(self.limit).map(|(one, row)| {
            let place =
                row.member.as_ref().map_or_else(|| row.place.clone(), |member| format!("{member}:{}", row.place));
            let file = shown(&row.source_file);
            let mut cells = vec![
                one.delivery.id.clone(),
                file,
                shown(&place),
                row.rule.clone(),
                row.column.clone().unwrap_or_default(),
            ];
            if self.raw {
                cells.push(one_line(&row.raw));
            }
            cells
        });
        let header = ["DELIVERY", "FILE", "PLACE", "RULE", "COLUMN", "ROW"];
        output::table(header.get(..if self.raw { 6 } else { 5 }).unwrap_or_default(), &[], lines);
        if total > self.limit {
            output::line(format_args!("... and {} more; --limit N shows more", thousands((total - self.limit) as u64)));
        }
    }
}

/// Returns the tables of feeds that a name or a pattern stands for, whether anything was published there or not.
fn named(intake: &Intake, name: &str) -> Result<Vec<(String, String, Publication)>, Failure> {
    let asked =
        if intake.feed(name).is_some() { format!("{ROOM}/*/{name}") } else { name.trim_end_matches('/').to_owned() };
    let all = intake.feeds.iter().flat_map(|feed| {
        feed.tables.iter().map(|table| {
            let name = table.table.name.clone();
            (feed.name.clone(), name.clone(), publication(&name, &feed.name))
        })
    });
    let all: Vec<(String, String, Publication)> = all.collect();
    let pattern = glob::Pattern::new(&asked).ok();
    let is_meant = |path: &str| asked == ROOM || pattern.as_ref().is_some_and(|pattern| pattern.matches(path));
    let found: Vec<_> = all.iter().filter(|(_, _, publication)| is_meant(&publication.path())).cloned().collect();
    if found.is_empty() {
        let known: Vec<String> = all.iter().map(|(_, _, publication)| publication.path()).collect();
        return Err(Failure::unknown("tables of feeds", name, known.iter().map(String::as_str)));
    }
    Ok(found)
}

const fn status(of: &DeliveryRejects) -> &'static str {
    if of.is_accepted { "accepted" } else { "refused" }
}

fn rows(found: &[DeliveryRejects]) -> impl Iterator<Item = (&DeliveryRejects, &KeptReject)> {
    found.iter().flat_map(|one| one.rows.iter().map(move |row| (one, row)))
}

fn rows_of(found: &[DeliveryRejects]) -> usize {
    found.iter().map(|one| one.rows.len()).sum()
}

/// Counts refused rows by delivery and rule.
fn by_rule(found: &[DeliveryRejects]) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (one, row) in rows(found) {
        *counts.entry(one.delivery.id.clone()).or_default().entry(row.rule.clone()).or_default() += 1;
    }
    counts
}

/// Writes the rows with what they broke, a CSV file for each table of a feed.
fn export(folder: &Path, found: &[Found]) -> Result<ExitCode, Failure> {
    fs::create_dir_all(folder)?;
    for (publication, found) in found {
        let path = folder.join(format!("{}.csv", publication.alias()));
        let unwritten = |error: &dyn std::fmt::Display| {
            Failure::new(ErrorKind::STORAGE, format!("{}: {error}", path.display())).advise("choose an empty folder")
        };
        let mut writer = csv::Writer::from_writer(create_for_owner(&path).map_err(|error| unwritten(&error))?);
        let header = ["delivery", "status", "file", "member", "place", "rule", "column", "raw"];
        writer.write_record(header).map_err(|error| unwritten(&error))?;
        for (one, row) in rows(found) {
            let raw = String::from_utf8_lossy(&row.raw).into_owned();
            let cells = [
                one.delivery.id.clone(),
                status(one).to_owned(),
                row.source_file.clone(),
                row.member.clone().unwrap_or_default(),
                row.place.clone(),
                row.rule.clone(),
                row.column.clone().unwrap_or_default(),
                raw,
            ];
            writer.write_record(cells.map(output::for_people)).map_err(|error| unwritten(&error))?;
        }
        writer.flush().map_err(|error| unwritten(&error))?;
        output::line(format_args!("{}: {} rows", path.display(), thousands(rows_of(found) as u64)));
    }
    Ok(ExitCode::SUCCESS)
}
