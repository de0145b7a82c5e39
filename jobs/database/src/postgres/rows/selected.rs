//! The statement that reads rows. Names are quoted; values are literals of no type yet, so that the server compares them in its own way.

use crate::postgres::fault::Fault;
use crate::postgres::quoted;
use crate::reading::{Bound, Condition, Order};
use crate::relation::{Relation, RelationKind};

const MICROS_OF_DAY: i64 = 86_400_000_000;
/// Days from 1970 back to the first one that the server knows.
const FIRST_DAY: i64 = -2_440_588;

/// Returns the table as a statement names it. Children by inheritance are tables of their own; partitions are not.
pub(in crate::postgres) fn from(relation: &Relation) -> String {
    let only = if relation.kind == RelationKind::Table { "ONLY " } else { "" };
    format!("{only}{}.{}", quoted::name(&relation.database), quoted::name(&relation.name))
}

/// Returns some columns, with commas between them.
pub(in crate::postgres) fn listed(relation: &Relation, columns: &[usize]) -> Result<String, Fault> {
    let names: Result<Vec<String>, Fault> = columns
        .iter()
        .map(|place| relation.columns.get(*place).map(|column| quoted::name(&column.name)).ok_or(Fault::Changed))
        .collect();
    Ok(names?.join(", "))
}

/// Returns the `WHERE` of some conditions, or nothing. `zone` is that of columns without one.
pub(in crate::postgres) fn matching(
    relation: &Relation,
    conditions: &[Condition],
    zone: &str,
) -> Result<String, Fault> {
    let all: Result<Vec<String>, Fault> =
        conditions.iter().map(|condition| matches(relation, condition, zone)).collect();
    let all: Vec<String> = all?.into_iter().filter(|condition| !condition.is_empty()).collect();
    Ok(if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) })
}

/// Returns what follows the `WHERE`.
pub(super) fn ordered(relation: &Relation, order: Order) -> Result<String, Fault> {
    match order {
        Order::Key if !relation.key.is_empty() => Ok(format!(" ORDER BY {}", listed(relation, &relation.key)?)),
        Order::Key | Order::Any => Ok(String::new()),
    }
}

fn matches(relation: &Relation, condition: &Condition, zone: &str) -> Result<String, Fault> {
    let row = |columns: &[usize], sign: &str, bound: &[Bound]| -> Result<String, Fault> {
        let values: Vec<String> = bound.iter().map(|bound| quoted::value(&bound.0)).collect();
        Ok(format!("({}) {sign} ({})", listed(relation, columns)?, values.join(", ")))
    };
    Ok(match condition {
        Condition::Since { column, from, or_null } => {
            let name = listed(relation, &[*column])?;
            let moment = moment(relation, *column, *from, zone)?;
            if *or_null { format!("({name} >= {moment} OR {name} IS NULL)") } else { format!("{name} >= {moment}") }
        }
        Condition::After { columns, bound } => row(columns, ">", bound)?,
        Condition::Between { columns, from, to } => {
            let from = from.as_deref().map(|from| row(columns, ">=", from)).transpose()?;
            let to = to.as_deref().map(|to| row(columns, "<", to)).transpose()?;
            from.into_iter().chain(to).collect::<Vec<_>>().join(" AND ")
        }
        // Ages are compared by the same clock of transactions; what was frozen before 9.4 is older than all. The first three
        // numbers are no transactions.
        Condition::Xmin(number) => {
            let low = (number & 0xffff_ffff).max(3);
            format!("pg_catalog.age(xmin) <= (SELECT pg_catalog.age('{low}'::pg_catalog.xid))")
        }
        // Rows of a server are there.
        Condition::There => "true".to_owned(),
        Condition::Gone => "false".to_owned(),
        Condition::Blocks(from, to) => {
            let to = to.map(|to| format!(" AND ctid < '({to},0)'::pg_catalog.tid")).unwrap_or_default();
            format!("ctid >= '({from},0)'::pg_catalog.tid{to}")
        }
    })
}

/// Returns a moment as something that is computed once and can be looked for in an index.
fn moment(relation: &Relation, column: usize, micros: i64, zone: &str) -> Result<String, Fault> {
    let day = micros.div_euclid(MICROS_OF_DAY).max(FIRST_DAY);
    let of_day = micros.rem_euclid(MICROS_OF_DAY);
    let (seconds, micros) = (of_day / 1_000_000, of_day % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let utc = format!("(date '1970-01-01' + ({day}) + time '{hours:02}:{minutes:02}:{seconds:02}.{micros:06}')");
    let is_local = matches!(
        relation.columns.get(column).ok_or(Fault::Changed)?.kind,
        crate::kind::Kind::LocalTimestamp | crate::kind::Kind::Date
    );
    let moment = format!("({utc} AT TIME ZONE 'UTC')");
    Ok(if is_local { format!("({moment} AT TIME ZONE {})", quoted::value(zone)) } else { moment })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use crate::relation::{Column, Identity};

    fn relation() -> Relation {
        let column = |name: &str, kind: Kind| Column {
            name: name.to_owned(),
            number: 1,
            declared: String::new(),
            kind,
            wire: 0,
            is_nullable: true,
            is_kept_by_server: false,
            is_generated: false,
        };
        Relation {
            database: "a\"b".to_owned(),
            name: "t".to_owned(),
            kind: RelationKind::Table,
            identity: Identity("1".to_owned()),
            rows: None,
            bytes: None,
            columns: vec![column("x", Kind::Text), column("y", Kind::Integer), column("at", Kind::LocalTimestamp)],
            key: vec![0, 1],
            indexes: Vec::new(),
            file: None,
            churn: None,
        }
    }

    #[test]
    fn conditions_are_those_asked_for() {
        let table = relation();
        assert_eq!(from(&table), "ONLY \"a\"\"b\".\"t\"");
        let bound = |values: &[&str]| values.iter().map(|value| Bound((*value).to_owned())).collect::<Vec<_>>();
        let between = Condition::Between { columns: vec![0, 1], from: Some(bound(&["it's", "1"])), to: None };
        let blocks = Condition::Blocks(3, Some(9));
        assert_eq!(
            matching(&table, &[between, blocks], "UTC").unwrap(),
            " WHERE (\"x\", \"y\") >= ('it''s', '1') AND ctid >= '(3,0)'::pg_catalog.tid AND ctid < '(9,0)'::pg_catalog.tid"
        );
        let all = Condition::Between { columns: vec![0], from: None, to: None };
        assert_eq!(matching(&table, &[all], "UTC").unwrap(), "");
        let since = Condition::Since { column: 2, from: -1, or_null: true };
        assert_eq!(
            matching(&table, &[since], "Europe/Paris").unwrap(),
            " WHERE (\"at\" >= (((date '1970-01-01' + (-1) + time '23:59:59.999999') AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Paris') OR \"at\" IS NULL)"
        );
        assert_eq!(ordered(&table, Order::Key).unwrap(), " ORDER BY \"x\", \"y\"");
    }
}
