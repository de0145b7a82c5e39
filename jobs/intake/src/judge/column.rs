//! A column of a table: its value, and the rule that its values follow.

use std::collections::BTreeMap;

use arrow_schema::DataType;

use super::clean::is_same;
use super::codes::Codes;
use super::exact::Exact;
use super::flow::{DAY, Flow};
use super::identity::{self, As};
use super::moment::{date, iso};
use super::program::{CodeUnknown, Program, Record};
use super::sink::Sink;
use super::step::Unready;
use crate::common::{CommonColumn, Rule, arrow_type};
use crate::mapping::{self, ColumnMapping, Otherwise, Step, Value};

/// A mapped column, ready.
#[derive(Debug)]
pub(super) struct Column<'f> {
    /// Its name.
    pub(super) name: &'f str,
    /// Its place in the table.
    pub(super) at: usize,
    /// What its values are.
    pub(super) rule: &'f Rule,
    /// Its type.
    pub(super) of: DataType,
    /// Its value.
    pub(super) program: Program<'f>,
    when: Option<(Program<'f>, Vec<Box<[u8]>>)>,
    codes: Option<Codes<'f>>,
    /// Whether other columns of the row say what becomes of it.
    pub(super) is_dependent: bool,
    /// Whether its values are texts, one a row, whatever other columns say.
    is_text: bool,
    /// Whether a date without a time is nothing to it.
    wants_time: bool,
}

/// What a cell broke: how many of its values are none of the type, and a bit each for the rest. One number, so that it goes from hand
/// to hand in a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flaws(u32);

impl Flaws {
    const UNKNOWN: Self = Self(1 << 31);
    const PADDED: Self = Self(1 << 30);
    const VALID: Self = Self(0);
    const INVALID: Self = Self(1);

    /// Returns how many values are none of the type.
    pub(super) const fn invalid(self) -> u32 {
        self.0 & !(Self::UNKNOWN.0 | Self::PADDED.0)
    }

    /// Returns whether a code is none of the list.
    pub(super) const fn is_unknown(self) -> bool {
        self.0 & Self::UNKNOWN.0 != 0
    }

    /// Returns whether lost zeros came back.
    pub(super) const fn is_padded(self) -> bool {
        self.0 & Self::PADDED.0 != 0
    }

    /// Returns whether there are any.
    pub(super) const fn is_any(self) -> bool {
        self.0 != 0
    }
}

/// What other columns of the row say that this one depends on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Companion {
    /// Whether diagnoses are of ICD-9-CM.
    pub(super) is_icd9: bool,
    /// The last four digits of the row's valid social security number.
    pub(super) four: Option<[u8; 4]>,
}

const VALID: Flaws = Flaws::VALID;
const INVALID: Flaws = Flaws::INVALID;

impl<'f> Column<'f> {
    /// Makes a mapped column ready.
    pub(super) fn new(
        mapping: &'f ColumnMapping,
        at: usize,
        column: &'f CommonColumn,
        captures: &'f BTreeMap<String, String>,
    ) -> Result<Self, Unready> {
        let when = |(value, texts): &'f (Value, Vec<String>)| {
            Ok::<_, Unready>((Program::new(value, captures)?, folded(texts)))
        };
        let mut program = Program::new(&mapping.value, captures)?;
        let listed = listed(&column.rule, &mapping.value);
        if listed.is_some() {
            program = program.without_steps();
        }
        Ok(Self {
            name: &column.name,
            at,
            rule: &column.rule,
            of: arrow_type(column),
            program,
            when: mapping.when.as_ref().map(when).transpose()?,
            codes: match &column.rule {
                Rule::Code { values, .. } => listed.or_else(|| Some(Codes::of_values(values))),
                _ => None,
            },
            is_dependent: matches!(column.rule, Rule::Diagnoses | Rule::SsnLast4),
            is_text: !matches!(
                column.rule,
                Rule::TextList
                    | Rule::Diagnoses
                    | Rule::SsnLast4
                    | Rule::Date { .. }
                    | Rule::Timestamp
                    | Rule::Decimal { .. }
                    | Rule::Integer
            ),
            wants_time: column.name.ends_with("_datetime"),
        })
    }

    /// Appends the value of a row.
    #[inline]
    pub(super) fn append<'b>(
        &'b self,
        record: &Record<'b>,
        companion: Companion,
        sink: &mut Sink,
    ) -> Result<Flaws, CodeUnknown> {
        if let Some((value, texts)) = &self.when {
            let flow = value.run(record)?;
            if !is_one_of(flow, texts, record) {
                sink.null();
                return Ok(VALID);
            }
        }
        // Most columns are text of a cell as it stands: that goes straight into the column.
        if let Some(value) = self.program.plain(record)
            && self.is_text
        {
            if value.is_empty() {
                sink.null();
                return Ok(VALID);
            }
            return Ok(self.text(value, sink));
        }
        let flow = self.program.run(record)?;
        Ok(self.settle(flow, record, companion, sink))
    }

    /// Appends a value by the rule of the column.
    #[inline]
    fn settle<'b>(&self, flow: Flow<'b>, record: &Record<'b>, companion: Companion, sink: &mut Sink) -> Flaws {
        match (self.rule, flow) {
            (Rule::TextList, flow) => return list(flow, record, sink, write),
            (Rule::Diagnoses, flow) => {
                return list(flow, record, sink, |text, to| identity::diagnosis(text, companion.is_icd9, to));
            }
            (Rule::SsnLast4, flow) if companion.four.is_some() || flow != Flow::Null => {
                let own = flow.first().text(record.arena).unwrap_or_default();
                return text(sink, |to| match companion.four {
                    Some(four) => write(&four, to),
                    None => identity::ssn_last4(own, to),
                });
            }
            (_, Flow::Null) => {
                sink.null();
                return VALID;
            }
            (_, Flow::Broken) => {
                sink.null();
                return INVALID;
            }
            _ => {}
        }
        let flow = flow.first();
        match self.rule {
            Rule::Date { not_after_delivery } => self.date(flow, *not_after_delivery, record, sink),
            Rule::Timestamp => self.instant(flow, record, sink),
            Rule::Decimal { precision, scale } => {
                number(exact(flow).and_then(|exact| exact.fitting(*precision, *scale)), sink)
            }
            Rule::Integer => number(exact(flow).and_then(Exact::whole).map(i128::from), sink),
            _ => match flow.text(record.arena) {
                Some(text) => self.text(text, sink),
                None => {
                    sink.null();
                    INVALID
                }
            },
        }
    }

    /// Returns whether something stands for a code that is none of the list.
    pub(super) const fn has_stand_in(&self) -> bool {
        matches!(self.rule, Rule::Code { otherwise: Some(_), .. })
    }

    #[inline]
    fn text(&self, value: &[u8], sink: &mut Sink) -> Flaws {
        match self.rule {
            Rule::Code { otherwise, .. } => {
                let known = self.codes.as_ref().and_then(|codes| codes.get(value));
                let stands = known.or(otherwise.as_ref().map(String::as_bytes));
                text(sink, |to| write(stands?, to));
                if known.is_none() { Flaws::UNKNOWN } else { VALID }
            }
            Rule::Boolean => {
                let is_true = value.eq_ignore_ascii_case(b"true");
                if is_true || value.eq_ignore_ascii_case(b"false") {
                    sink.flag(is_true);
                    VALID
                } else {
                    sink.null();
                    INVALID
                }
            }
            Rule::Ssn => text(sink, |to| identity::ssn(value, to)),
            Rule::SsnLast4 => text(sink, |to| identity::ssn_last4(value, to)),
            Rule::Mbi => text(sink, |to| identity::mbi(value, to)),
            Rule::State => text(sink, |to| identity::state(value, to)),
            Rule::Zip => text(sink, |to| identity::zip(value, to)),
            Rule::Phone => text(sink, |to| identity::phone(value, to)),
            Rule::Email => text(sink, |to| identity::email(value, to)),
            Rule::Npi => text(sink, |to| identity::npi(value, to)),
            Rule::Ccn => text(sink, |to| identity::ccn(value, to)),
            Rule::Nubc(width) => text(sink, |to| identity::nubc(value, *width, to)),
            _ => text(sink, |to| write(value, to)),
        }
    }

    fn date<'b>(&self, flow: Flow<'b>, not_after_delivery: bool, record: &Record<'b>, sink: &mut Sink) -> Flaws {
        let last = if not_after_delivery { record.century.delivery } else { record.century.last };
        match date(read(flow, record), record.zone) {
            day @ Flow::Day(days) if (FIRST_DAY..=last).contains(&days) => {
                sink.moment(day);
                VALID
            }
            _ => {
                sink.null();
                INVALID
            }
        }
    }

    fn instant<'b>(&self, flow: Flow<'b>, record: &Record<'b>, sink: &mut Sink) -> Flaws {
        let instant = match read(flow, record) {
            Flow::Day(_) if self.wants_time => {
                sink.null();
                return VALID;
            }
            Flow::Day(day) => record.zone.instant(i64::from(day) * DAY),
            Flow::Local(local) => record.zone.instant(local),
            Flow::Instant(instant) => Some(instant),
            _ => None,
        };
        match instant {
            Some(instant) => {
                sink.moment(Flow::Instant(instant));
                VALID
            }
            None => {
                sink.null();
                INVALID
            }
        }
    }
}

/// Returns the codes of a column whose cells only go through a list of codes onto the common values: these do the step's work.
fn listed<'f>(rule: &'f Rule, value: &Value) -> Option<Codes<'f>> {
    match (rule, &value.from, value.steps.as_slice()) {
        (Rule::Code { values, .. }, mapping::From::Cell(_), [Step::Map(list, Otherwise::Keep)]) => {
            Codes::onto_values(list, values)
        }
        _ => None,
    }
}

/// 1880-01-01, in days since 1970-01-01.
const FIRST_DAY: i32 = -32_872;

/// Reads a value that no step has read, as ISO 8601.
fn read<'b>(flow: Flow<'b>, record: &Record<'b>) -> Flow<'b> {
    match flow {
        Flow::Text(text) | Flow::Number(text) => iso(text, record.century).unwrap_or(Flow::Broken),
        other => other,
    }
}

fn exact(flow: Flow<'_>) -> Option<Exact> {
    match flow {
        Flow::Exact(number) => Some(*number),
        Flow::Text(text) | Flow::Number(text) => Exact::plain(text),
        _ => None,
    }
}

fn number(units: Option<i128>, sink: &mut Sink) -> Flaws {
    match units {
        Some(units) => {
            sink.number(units);
            VALID
        }
        None => {
            sink.null();
            INVALID
        }
    }
}

#[inline]
fn write(text: &[u8], to: &mut Vec<u8>) -> Option<As> {
    to.extend_from_slice(text);
    Some(As::Plain)
}

#[inline]
fn text(sink: &mut Sink, read: impl FnOnce(&mut Vec<u8>) -> Option<As>) -> Flaws {
    match sink.text(read) {
        Some(As::Plain) => VALID,
        Some(As::Padded) => Flaws::PADDED,
        None => INVALID,
    }
}

/// Appends a list: each value read, each once; a misfit is left out.
fn list<'b>(
    flow: Flow<'b>,
    record: &Record<'b>,
    sink: &mut Sink,
    read: impl Fn(&[u8], &mut Vec<u8>) -> Option<As>,
) -> Flaws {
    let mut invalid = 0;
    let single = [flow];
    let values = match flow {
        Flow::Null => &[][..],
        Flow::List(values) => values,
        _ => &single[..],
    };
    for value in values {
        match value.text(record.arena) {
            _ if *value == Flow::Null => {}
            Some(text) if sink.element(|to| read(text, to)).is_some() => {}
            _ => invalid += 1,
        }
    }
    sink.close_list();
    Flaws(invalid)
}

/// Returns texts in lower case, to be compared with.
pub(super) fn folded(texts: &[String]) -> Vec<Box<[u8]>> {
    texts.iter().map(|text| text.trim().to_lowercase().into_bytes().into()).collect()
}

/// Returns whether a value, or one of a list, is one of these.
pub(super) fn is_one_of<'b>(flow: Flow<'b>, texts: &[Box<[u8]>], record: &Record<'b>) -> bool {
    match flow {
        Flow::List(values) => values.iter().any(|value| is_one_of(*value, texts, record)),
        single => single.text(record.arena).is_some_and(|value| {
            let value = value.trim_ascii();
            texts.iter().any(|text| is_same(value, text))
        }),
    }
}
