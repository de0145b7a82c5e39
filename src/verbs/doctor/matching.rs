//! What `doctor` says of matchers: references, decisions and questions. What it can mend by itself, it does.

use carelake_matching::config::Matching;
use carelake_matching::run::Health;
use jiff::Timestamp;

use super::{Check, ill, well};
use crate::lake::Lake;
use crate::options::Global;
use crate::verbs::matching::look;

/// Days after which a question that nobody answered is told.
const OLD_DAYS: i64 = 30;

/// Looks at each matcher of this machine.
pub(super) fn checks(lake: &Lake, global: &Global) -> Vec<Check> {
    let Some(section) = Matching::of_config(&lake.config).filter(|_| lake.deployment().is_none()) else {
        return Vec::new();
    };
    let of = |name: &str| match look(global, name) {
        Err(failure) => vec![ill(&format!("matching {name}"), failure.message, &failure.advice.unwrap_or_default())],
        Ok(None) => vec![well(&format!("matching {name}"), "nothing is loaded yet".to_owned())],
        Ok(Some(health)) => of_matcher(name, &health, &lake.options, Timestamp::now()),
    };
    section.matchers.iter().flat_map(|matcher| of(&matcher.name)).collect()
}

fn of_matcher(name: &str, health: &Health, options: &str, now: Timestamp) -> Vec<Check> {
    let what = |of: &str| format!("matching {name}, {of}");
    let (new, gone) = (health.new, health.gone);
    let mut checks = vec![if new + gone == 0 {
        well(&what("reference"), "holds what is served".to_owned())
    } else {
        let found = format!("{new} runs are served and not loaded, {gone} are loaded and served no more");
        ill(&what("reference"), found, &format!("carelake match run {name} {options}"))
    }];
    let audit = &health.audit;
    let broken = match (audit.broken, &audit.without_entry, health.is_cut) {
        (Some(entry), ..) => Some(format!("entry {entry} of the audit is missing, or not what was written")),
        (_, Some(decision), _) => Some(format!("decision {decision} is in no entry of the audit")),
        (.., true) => Some("the audit lacks the end that the last run noted".to_owned()),
        _ => None,
    };
    checks.push(match broken {
        Some(found) => {
            let next = format!("carelake match audit {name} {options}; compare ledger and reference with a backup");
            ill(&what("decisions"), found, &next)
        }
        None if health.taken_up > 0 => {
            let (entries, taken_up) = (audit.entries, health.taken_up);
            well(&what("decisions"), format!("{entries}; {taken_up} had not been carried out, and are now"))
        }
        None => well(&what("decisions"), format!("{}, as they were written", audit.entries)),
    });
    let opened = health.oldest_open.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
    let days = opened.map_or(0, |at| now.duration_since(at).as_hours() / 24);
    let open = format!("{} open, the oldest for {days} days", health.open);
    checks.push(if health.hidden > 0 {
        let found = format!("{open}; {} of a run that has not published", health.hidden);
        let next =
            format!("when no run goes on, carelake match run {name} {options}: it asks them anew and shows them");
        ill(&what("questions"), found, &next)
    } else if days > OLD_DAYS {
        ill(&what("questions"), open, &format!("carelake match reviews --order oldest {options}"))
    } else {
        well(&what("questions"), open)
    });
    checks
}
