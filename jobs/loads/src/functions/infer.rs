//! Proposes what to declare of tables of DynamoDB, from what some of their items have. No value is shown.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use carelake_core::ErrorKind;
use carelake_database::{
    Attribute, DatabaseError, Engine, ITEM, Order, Reading, Refused, Relation, Session, Specials, Taker, Wanted, parse,
};
use carelake_pipeline::Context;
use carelake_pipeline::pipeline::Failure;

use super::section;
use super::source::{failed, reach};

/// Items of a table that are looked at, about.
const MOST_ITEMS: usize = 1_000;
/// Items that are handed over at once.
const BATCH: usize = 250;

/// What is proposed for a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The table, as overrides name it.
    pub table: String,
    /// Items that were looked at.
    pub items: usize,
    /// Attributes, and what to declare of each.
    pub columns: BTreeMap<String, String>,
}

/// Looks at some items of each table of a source.
///
/// # Errors
/// `InvalidConfig` of a source that is not DynamoDB; those of the source.
pub fn infer(context: &Context<'_>, source: &str) -> Result<Vec<Proposal>, Failure> {
    let loads = section(context)?;
    let source = loads.source(source)?;
    if source.engine != Engine::Dynamodb {
        let why =
            format!("{}: only of DynamoDB anything is to be declared; other servers tell their types", source.name);
        return Err(Failure::new(ErrorKind::INVALID_CONFIG, why));
    }
    let mut reached = reach(context.secrets, source, "carelake/infer")?;
    let databases = reached.session.databases().map_err(failed)?;
    let relations = reached.session.relations(&databases).map_err(failed)?;
    let fits = |relation: &&Relation| source.tables.fits(&relation.name);
    relations.iter().filter(fits).map(|relation| proposal(reached.session.as_mut(), relation)).collect()
}

fn proposal(session: &mut dyn Session, relation: &Relation) -> Result<Proposal, Failure> {
    let column = relation.position(ITEM).unwrap_or_default();
    let reading = Reading {
        relation,
        columns: &[Wanted { column, choice: None }],
        conditions: &[],
        order: Order::Any,
        specials: Specials::Null,
        batch_rows: BATCH,
        batch_bytes: 8 << 20,
        row_bytes: usize::MAX,
    };
    let mut seen = Seen::default();
    match session.read(&reading, &mut seen) {
        Ok(_) | Err(DatabaseError::NotTaken { .. }) => {}
        Err(error) => return Err(failed(error)),
    }
    let is_key = |name: &str| relation.key.iter().filter_map(|at| relation.columns.get(*at)).any(|it| it.name == name);
    let columns = seen.attributes.iter().filter(|(name, _)| !is_key(name));
    let columns = columns.filter_map(|(name, form)| Some((name.clone(), form.proposed()?))).collect();
    Ok(Proposal { table: relation.shown(), items: seen.items, columns })
}

/// What attributes were seen.
#[derive(Default)]
struct Seen {
    items: usize,
    attributes: BTreeMap<String, Forms>,
}

/// The forms that the values of an attribute have.
#[derive(Debug, Default, PartialEq, Eq)]
struct Forms {
    kinds: Vec<&'static str>,
    /// Digits of numbers before and behind the point, at most.
    whole: usize,
    fraction: usize,
}

impl Taker for Seen {
    fn rows(&mut self, rows: RecordBatch) -> Result<(), String> {
        for at in 0..rows.num_rows() {
            let texts = rows.columns().first().and_then(|column| column.as_string_opt::<i32>());
            let value =
                texts.filter(|texts| texts.is_valid(at)).and_then(|texts| serde_json::from_str(texts.value(at)).ok());
            let Some(item) = value.as_ref().and_then(|value| parse(value).ok()) else { continue };
            self.items += 1;
            for (name, value) in item {
                self.attributes.entry(name).or_default().add(&value);
            }
        }
        if self.items >= MOST_ITEMS { Err("enough".to_owned()) } else { Ok(()) }
    }

    fn refused(&mut self, _refused: Refused) -> Result<(), String> {
        Ok(())
    }
}

impl Forms {
    fn add(&mut self, value: &Attribute) {
        if *value == Attribute::Null {
            return;
        }
        if !self.kinds.contains(&value.kind()) {
            self.kinds.push(value.kind());
        }
        if let Attribute::N(number) = value {
            let digits = number.trim_start_matches('-');
            let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
            self.whole = self.whole.max(whole.len());
            self.fraction = self.fraction.max(fraction.len());
        }
    }

    /// Returns what to declare; nothing of an attribute that never has a value.
    fn proposed(&self) -> Option<String> {
        // So many digits leave room for more of them.
        const OF_A_WHOLE: usize = 18;
        Some(match self.kinds.as_slice() {
            [] => return None,
            ["S"] => "string".to_owned(),
            ["BOOL"] => "bool".to_owned(),
            ["B"] => "binary".to_owned(),
            ["N"] if self.fraction == 0 && self.whole <= OF_A_WHOLE => "int".to_owned(),
            ["N"] if self.whole + self.fraction <= 18 => format!("decimal(18,{})", self.fraction),
            ["N"] if self.whole + self.fraction <= 38 => format!("decimal(38,{})", self.fraction),
            // Whatever it is, as text.
            _ => "json".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proposed_holds_every_value_that_was_seen() {
        let of = |values: &[Attribute]| {
            let mut forms = Forms::default();
            values.iter().for_each(|value| forms.add(value));
            forms.proposed()
        };
        let number = |text: &str| Attribute::N(text.to_owned());
        let text = || Attribute::S("x".to_owned());
        assert_eq!(of(&[Attribute::Null]), None);
        assert_eq!(of(&[text(), Attribute::Null]).as_deref(), Some("string"));
        assert_eq!(of(&[number("-7"), number("12")]).as_deref(), Some("int"));
        assert_eq!(of(&[number("-7.25"), number("12")]).as_deref(), Some("decimal(18,2)"));
        assert_eq!(of(&[number(&"9".repeat(36)), number("0.25")]).as_deref(), Some("decimal(38,2)"));
        assert_eq!(of(&[number(&"9".repeat(38)), number("0.25")]).as_deref(), Some("json"));
        assert_eq!(of(&[number("1"), text()]).as_deref(), Some("json"));
        assert_eq!(of(&[Attribute::List(Vec::new())]).as_deref(), Some("json"));
        assert_eq!(
            (of(&[Attribute::Bool(true)]).as_deref(), of(&[Attribute::B(String::new())]).as_deref()),
            (Some("bool"), Some("binary"))
        );
    }
}
