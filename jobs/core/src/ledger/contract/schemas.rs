//! Schemas.

use jiff::civil::date;

use super::{Broken, Clause, Pair, at, ensure, new_run};
use crate::names::{Column, Publication};

pub(super) const CLAUSES: [(&str, Clause); 1] = [("adds a schema when it changes", keeps_schemas)];

fn keeps_schemas(Pair { one, other }: Pair<'_>) -> Result<(), Broken> {
    let publication = Publication::of_dataset("schemas");
    let run_id = one.start_run(&new_run(date(2025, 11, 1)))?;
    let column =
        |name: &str| Column { name: name.into(), kind: "text".into(), nullable: true, description: "x".into() };
    let (narrow, wide) = (vec![column("a")], vec![column("a"), column("b")]);
    let mut added = Vec::new();
    for (second, schema) in [(1, &narrow), (2, &narrow), (3, &wide), (4, &narrow)] {
        added.push(one.record_schema(&publication, schema, &run_id, at(second))?);
    }
    ensure(added == [true, false, true, true], "a schema is added when it did not change, or is not when it did")?;
    let history = other.schema_history(&publication)?;
    ensure(history.iter().map(|entry| &entry.schema).eq([&narrow, &wide, &narrow]), "the history is not in order")?;
    let whole = history.iter().all(|entry| entry.run_id == run_id)
        && history.first().is_some_and(|entry| entry.recorded_at == at(1));
    ensure(whole, "run or time of a schema are lost")?;
    ensure(other.schema_history(&Publication::of_dataset("none"))?.is_empty(), "publications share a history")
}
