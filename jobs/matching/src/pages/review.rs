//! One question: a record beside the persons that it may be, what may be answered, and what is behind it.

use std::collections::BTreeMap;

use carelake_pipeline::page::{Action, Answer, Cell, Comparison, Does, Fact, Last, Page, Row, Table, Tone, Way, typed};

use super::compared::{Sides, lines, others};
use super::reviews::{Place, lately};
use crate::reference::{Reference, ReferenceRecord};
use crate::reviews::{
    Past, Review, ReviewError, Side, about_person, beside, decisions_of, last_of, reserve, stands, ties,
};
use crate::run::{MatchError, Weighing};

/// Records of a person that are shown; more are counted.
const MOST_RECORDS: usize = 12;
/// Letters of an id that tell it from others on a page.
const SHORT: usize = 10;

/// Shows a question. An open one becomes its looker's for a while; one that another looks at is told to be theirs, without a value.
pub(super) fn show(place: &mut Place<'_>, review: Review) -> Result<Page, MatchError> {
    let is_open = matches!(review.state.as_str(), "open" | "disputed");
    let is_for_lead = (review.state == "disputed" || review.kind == "cluster") && !place.looker.is_lead;
    if is_open && !is_for_lead {
        match reserve(&mut place.reference, &review.id, &place.looker.name, (place.world.now)()) {
            Err(ReviewError::Reserved { by, until, .. }) => return taken(place, &review, &by, &until),
            reserved => reserved?,
        }
    }
    let sides = Sides::of(place, &review)?;
    let weighing = Weighing::new(place.engine, &place.reference)?;
    let lines = lines(place, &review, &sides, &weighing)?;
    let mut page = page(place, &review)?;
    if sides.is_gone {
        page.facts.push(Fact {
            tone: Tone::Warning,
            ..Fact::new("record", Cell::text("is served no more; the next run closes this"))
        });
    }
    if is_for_lead {
        page.facts.push(Fact { tone: Tone::Warning, ..Fact::new("for", Cell::text("the role lead")) });
    }
    page.comparison = Some(Comparison {
        question: question(&review).to_owned(),
        record: format!("{} {}", review.key.data_source, review.key.patient_id),
        others: others(&review, &sides),
        lines,
        prior_bits: weighing.prior_bits(),
        answers: answers(place, &review, is_open && !is_for_lead),
        ways: ways(place, &review)?,
        carries: BTreeMap::from([("seen".to_owned(), review.version.to_string())]),
    });
    page.tables = behind(place, &review, &sides)?;
    page.actions = actions(place, &review)?;
    Ok(page)
}

/// Returns the beginning of an id.
pub(super) fn short(id: &str) -> String {
    id.chars().take(SHORT).collect()
}

fn page(place: &Place<'_>, review: &Review) -> Result<Page, MatchError> {
    let (_, reason) = review.seen();
    let mut facts = vec![
        Fact::new("why it is asked", Cell::text(why(reason))),
        Fact::new(
            if review.kind == "second" { "to be given" } else { "missing" },
            Cell::some(Some(review.repairs.join(", "))),
        ),
    ];
    if let Some(again) = &review.again {
        facts.push(Fact { tone: Tone::Warning, ..Fact::new("asked again", Cell::text(again)) });
    }
    if review.more > 0 {
        facts.push(Fact::new("persons that weigh less", Cell::Count(review.more.unsigned_abs())));
    }
    if review.state != "open" {
        facts.push(Fact { tone: Tone::Warning, ..Fact::new("state", Cell::text(&review.state)) });
    }
    facts.extend(place.counts()?);
    Ok(Page { facts, last: last(place)?, ..Page::new(format!("Review {}", short(&review.id))) })
}

/// Tells whose question it is, and the way to another.
fn taken(place: &Place<'_>, review: &Review, by: &str, until: &str) -> Result<Page, MatchError> {
    let mut page = page(place, review)?;
    let says = format!("{by} looks at it");
    page.facts.insert(0, Fact { tone: Tone::Warning, ..Fact::new("taken", Cell::text(says)) });
    page.facts.insert(1, Fact::new("until", Cell::moment(until.parse().ok())));
    page.facts.extend(ways(place, review)?.into_iter().map(|way| Fact::new("go on", Cell::link(way.label, way.to))));
    Ok(page)
}

const fn question(review: &Review) -> &'static str {
    match review.kind.as_bytes() {
        b"second" => "May the record be given this?",
        b"cluster" => "Are these one person?",
        _ => "Which of these persons is the record about?",
    }
}

/// Says why something is asked.
fn why(reason: &str) -> String {
    let words = match reason.split_once(':').unwrap_or((reason, "")) {
        ("tie", _) => "several persons are certain",
        ("conflict", _) => "something that must agree does not",
        ("close_second", _) => "another person is nearly as likely",
        ("claimed_twice", _) => "two records of a delivery would be one person",
        ("capped", rule) => return format!("the rule {rule} says: never without a look"),
        ("parted", _) => "rules join these, and one parts them",
        ("rule", rule) => return format!("likely by the rule {rule}"),
        _ => "likely, and no more",
    };
    format!("{words} ({reason})")
}

fn answer(value: String, label: &str, (name, key): (&str, char), about: Option<usize>) -> Answer {
    Answer { value, label: label.to_owned(), name: name.to_owned(), key, about }
}

fn answers(place: &Place<'_>, review: &Review, is_open: bool) -> Vec<Answer> {
    let comment = answer("comment".to_owned(), "Comment only", ("comment", 'c'), None);
    if !is_open {
        return vec![comment];
    }
    let mut all = Vec::new();
    let persons: Vec<&String> = review.candidates.iter().map(|rival| &rival.person).collect();
    if review.kind == "cluster" {
        all.push(answer("accept".to_owned(), "One person", ("accept", 'a'), None));
        all.push(answer("none".to_owned(), "Not one person", ("none", 'x'), None));
    } else {
        let (yes, no) = if review.kind == "second" { ("Give it", "Do not give it") } else { ("Accept", "Reject") };
        for (at, person) in persons.iter().enumerate() {
            all.push(answer(format!("accept {person}"), yes, ("accept", 'a'), Some(at)));
            all.push(answer(format!("reject {person}"), no, ("reject", 'r'), Some(at)));
            let other = persons.get(usize::from(at == 0)).filter(|other| **other != *person);
            if let (Some(other), true) = (other, place.looker.is_lead) {
                let label = format!("Merge with {}", if at == 0 { 2 } else { 1 });
                all.push(answer(format!("merge {person} {other}"), &label, ("merge", 'm'), Some(at)));
            }
        }
        if review.kind != "second" {
            all.push(answer("none".to_owned(), "None of these", ("none", 'x'), None));
        }
    }
    all.push(answer("skip".to_owned(), "Skip", ("skip", 's'), None));
    all.push(comment);
    all
}

fn ways(place: &Place<'_>, review: &Review) -> Result<Vec<Way>, MatchError> {
    let wanted = place.wanted();
    let standing = stands(&place.reference, &review.id, wanted.order)?;
    let mut ways = Vec::new();
    for (side, label, name, key) in [(Side::After, "Next", "next", 'j'), (Side::Before, "Previous", "previous", 'k')] {
        if let Some(found) = beside(&place.reference, place.seen(), &wanted, (&standing, side))? {
            let to = place.way(Some(&found.id));
            ways.push(Way { label: label.to_owned(), name: name.to_owned(), key, to });
        }
    }
    ways.push(Way { label: "All questions".to_owned(), name: "list".to_owned(), key: 'l', to: place.way(None) });
    Ok(ways)
}

/// Says what the looker did last, and what takes it back.
pub(super) fn last(place: &Place<'_>) -> Result<Option<Last>, MatchError> {
    let Some(past) = last_of(&place.reference, &place.looker.name)? else { return Ok(None) };
    let is_late = past.decided_at.parse::<jiff::Timestamp>().is_ok_and(|at| at >= lately((place.world.now)()));
    if !is_late {
        return Ok(None);
    }
    let whom = past.person.as_deref().map(|person| format!(" {}", short(person))).unwrap_or_default();
    let of = past.review.as_deref().map(|review| format!(" in review {}", short(review))).unwrap_or_default();
    let did = match past.action.as_str() {
        "accept" => "accepted",
        "reject" => "rejected",
        "skip" => "skipped, and put back,",
        "merge" => "merged",
        "split" => "split",
        "assign" => "assigned",
        _ => "took the last answer back",
    };
    let whom = if past.action == "skip" { String::new() } else { whom };
    let is_over = past.is_undone || matches!(past.action.as_str(), "undo" | "skip" | "assign");
    let undo = (!is_over).then(|| answer(format!("undo {}", past.decision), "Undo", ("undo", 'u'), None));
    let taken_back = if past.is_undone { "; it was taken back" } else { "" };
    Ok(Some(Last { says: format!("You {did}{whom}{of}{taken_back}."), undo }))
}

/// Offers a lead what is not done one by one.
fn actions(place: &Place<'_>, review: &Review) -> Result<Vec<Action>, MatchError> {
    if !place.looker.is_lead || review.kind != "record" || review.reason != "tie" || review.state != "open" {
        return Ok(Vec::new());
    }
    let matcher = &place.engine.matcher.name;
    let mut actions = Vec::new();
    for rival in &review.candidates {
        let count = ties(&place.reference, &rival.person)?.len();
        if count > 1 {
            let payload = serde_json::json!({ "matcher": matcher, "person": rival.person, "by": "a lead" });
            actions.push(Action {
                label: format!("Reject {} in every tie", short(&rival.person)),
                effect: format!(
                    "rejects person {} in {count} open questions that are ties, one decision each",
                    rival.person
                ),
                command: format!("carelake match decide REVIEW reject {} --matcher {}", rival.person, typed(matcher)),
                does: Does::Call { function: "match_reject_ties".to_owned(), payload },
            });
        }
    }
    Ok(actions)
}

/// Shows what is behind a question: the records of the persons, and what was decided on either side.
fn behind(place: &Place<'_>, review: &Review, sides: &Sides) -> Result<Vec<Table>, MatchError> {
    let mut tables = Vec::new();
    let mut decisions: Vec<(String, Past)> = decisions_of(&place.reference, review, &place.looker.name)?
        .into_iter()
        .map(|past| ("record".to_owned(), past))
        .collect();
    for (at, rival) in review.candidates.iter().enumerate() {
        let members = place.reference.members(&rival.person)?;
        let about = about_person(&place.reference, &members)?
            .into_iter()
            .filter(|past| past.review.as_ref() != Some(&review.id));
        decisions.extend(about.map(|past| (format!("candidate {}", at + 1), past)));
        tables.push(records(sides, at, &members));
    }
    let row = |(about, past): &(String, Past)| {
        Row::new(vec![
            Cell::text(about),
            Cell::text(if past.is_undone { format!("{}, taken back", past.action) } else { past.action.clone() }),
            Cell::some(past.person.as_deref().map(short)),
            Cell::text(&past.reviewer),
            Cell::moment(past.decided_at.parse().ok()),
            Cell::some(past.comment.as_ref()),
        ])
    };
    let rows = decisions.iter().map(row).collect();
    let columns = ["about", "decision", "person", "by", "at", "comment"];
    tables.push(Table::new("what was decided before", &columns, rows, "nobody decided anything about either side"));
    Ok(tables)
}

fn records(sides: &Sides, at: usize, members: &[(ReferenceRecord, Vec<ReferenceRecord>)]) -> Table {
    let columns: Vec<&str> =
        ["source", "id", "", "delivered"].into_iter().chain(sides.columns.iter().map(String::as_str)).collect();
    let row = |record: &ReferenceRecord, is_former: bool| {
        let own = [&record.key.data_source, &record.key.patient_id].map(Cell::text);
        let stands = Cell::text(if is_former { "former" } else { "stands" });
        let values = sides.columns.iter().map(|column| Cell::some(record.columns.get(column)));
        Row::new(own.into_iter().chain([stands, Cell::some(Some(&record.observed))]).chain(values).collect())
    };
    let rows = members.iter().flat_map(|(record, former)| {
        std::iter::once(row(record, false)).chain(former.iter().map(|former| row(former, true)))
    });
    Table::new(&format!("records of candidate {}", at + 1), &columns, rows.take(MOST_RECORDS).collect(), "none")
}
