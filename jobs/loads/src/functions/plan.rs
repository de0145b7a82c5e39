//! Plans an execution: which sources are loaded.

use carelake_pipeline::pipeline::Failure;
use carelake_pipeline::{Context, Figure};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::course::{PlanTask, Planned, SourceTask};
use super::{answer, kept, read};
use crate::config::{Loads, Source};
use crate::kept::SourceEntry;
use crate::plan::Selection;

/// How much earlier than its time a source may be loaded, so that a calendar that is a little late loses no turn.
const EARLY: SignedDuration = SignedDuration::from_secs(60);

/// Returns the sources that are asked for, or, of a schedule, those whose time has come. A configuration without the section has none.
pub(crate) fn plan(context: &Context<'_>, payload: &Value) -> Result<Value, Failure> {
    let PlanTask { request, .. } = read(payload)?;
    let Some(loads) = Loads::of_config(context.services.config) else {
        return answer(&Planned { sources: Vec::new() });
    };
    let selection = Selection::read(&loads, &request.tables)?;
    let is_of_schedule = request.trigger.as_deref() == Some("schedule");
    let (kept, now) = (kept(context), (context.services.now)());
    let mut sources = Vec::new();
    for source in loads.sources.iter().filter(|source| selection.has_source(source)) {
        let entry = kept.source(&source.name, now)?;
        measure(context, &source.name, &entry, now);
        if !is_of_schedule || is_due(source, entry.planned_at, now) {
            sources.push(SourceTask { source: source.name.clone(), request: request.clone() });
        }
    }
    answer(&Planned { sources })
}

/// Tells how long ago the tables of a source were all well, the first time counting from when it was planned. A calendar asks every few
/// minutes, so that silence tells something, too.
fn measure(context: &Context<'_>, source: &str, entry: &SourceEntry, now: Timestamp) {
    let Some(well) = entry.last_ok.or(entry.since) else { return };
    let age = now.duration_since(well).as_secs().max(0);
    let figure = Figure::new("Staleness", "Seconds", age);
    context.log.measured("a source was looked at", Some(&format!("loads/{source}")), &[figure]);
}

fn is_due(source: &Source, last: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(every) = source.every.and_then(|every| SignedDuration::try_from(every).ok()) else { return false };
    last.is_none_or(|last| now.duration_since(last) >= every - EARLY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;
    use carelake_core::config::reader::{Mistakes, Spot, parse};

    #[test]
    fn a_source_is_due_when_its_time_has_come_and_never_where_it_has_none() {
        let of = |schedule: &str| {
            let text = format!(
                "sources: {{ a: {{ engine: mysql, address: a, secret: {{ env: A }}, schedule: {schedule} }} }}"
            );
            let mut mistakes = Mistakes::default();
            let root = parse(&text, &mut mistakes).unwrap();
            read(&Spot::root(&root), std::path::Path::new(""), &mut mistakes).sources.remove(0)
        };
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let quarter = of("rate(15 minutes)");
        for (last, is_expected) in [(None, true), (Some(100), true), (Some(160), true), (Some(161), false)] {
            assert_eq!(is_due(&quarter, last.map(at), at(1_000)), is_expected, "{last:?}");
        }
        assert!(!is_due(&of("never"), None, at(1_000)));
    }
}
