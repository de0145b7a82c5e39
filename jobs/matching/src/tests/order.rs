//! The same answers in any order, by any number of threads, in any pieces.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{Ran, Row, matcher, row, run, tree};
use crate::decide::{Answer, Outcome};
use crate::model::Model;
use crate::record::Layout;

pub const CONFIG: &str = "
input: { publications: [intake/persons/*], required: [first_name, last_name, birth_date, sex, ssn, zip_code] }
reference: { from: [intake/persons/*], prefer: [county] }
fields:
  first_name: { compare: first_name, swaps_with: last_name }
  last_name: { compare: last_name }
  birth_date: { compare: date }
  sex: { compare: exact }
  ssn: { compare: ssn }
  zip_code: { compare: zip }
block: [[ssn], [last_name.metaphone, birth_date.year], [names.sorted], [zip_code, first_name.initial]]
never: [{ name: other_sex, all: [\"sex !=\"], is: not_exact }, { name: far, all: [\"zip_code !=\", \"birth_date !=\"], is: never }]
rules:
  - { name: number, all: [\"ssn =\", \"last_name ~ sounds\"], is: exact, links_reference: true }
  - { name: same, all: [same_patient_id, \"birth_date ?~ year\"], is: exact }
thresholds: { exact: 12, propose: 0, margin: 3 }
must_agree: [birth_date]
max_block: 12
repair: [birth_date, sex, zip_code, { together: [social_security_number, ssn_last4] }]
accepts_ssn: [\"*\"]
";

/// Shares for each field, such as a model has.
pub fn weights(matcher: &crate::config::Matcher) -> Model {
    let field = |field: &crate::config::Field| {
        let levels = field.kind.levels();
        let last = levels.len() - 1;
        let level = |(place, name): (usize, &&str)| {
            let (m, u) =
                if place == last { (0.05, 0.9) } else { (0.9 / (place + 1) as f64, 0.01 * (place + 1) as f64) };
            ((*name).to_owned(), json!([m, u]))
        };
        (field.name.clone(), Value::from(levels.iter().enumerate().map(level).collect::<serde_json::Map<_, _>>()))
    };
    let fields: serde_json::Map<String, Value> = matcher.fields.iter().map(field).collect();
    Model::read(&json!({ "prior": 0.01, "fields": fields }).to_string(), matcher).unwrap()
}

/// A person of few names, days and numbers, so that many are alike; the picks say which.
pub fn person(source: &str, id: usize, picks: &[usize; 6], is_record: bool) -> Row {
    let pick = |place: usize, of: &[&str]| of[picks[place] % of.len()].to_owned();
    let ssns = ["261534871", "261534872", "262110111", "263110001", "264110001", "265110001", "266110001"];
    let mut cells = json!({
        "data_source": source,
        "patient_id": format!("P{id}"),
        "first_name": pick(0, &["Maria", "Mary", "Marta", "Robert", "Bob", "Lopez", "José"]),
        "last_name": pick(1, &["Lopez", "Lopes", "Lopez-Garcia", "Smith", "Schmidt", "Maria", "De La Cruz"]),
        "birth_date": pick(2, &["1984-03-07", "1984-07-03", "1985-03-07", "1990-11-30"]),
        "sex": pick(3, &["female", "male", "female"]),
        "social_security_number": pick(4, &ssns),
        "ssn_last4": pick(4, &ssns).split_off(5),
        "zip_code": pick(5, &["33770", "33701", "34205"]),
    });
    if is_record {
        // One or two cells are missing; sometimes a placeholder stands there.
        let names = ["birth_date", "sex", "zip_code", "first_name"];
        cells[names[picks[0] % 4]] = json!(["", "unknown", "00000"][picks[1] % 3]);
        cells[names[picks[5] % 4]] = json!("");
        if picks[4].is_multiple_of(3) {
            cells["social_security_number"] = json!("");
        }
    }
    row(&cells)
}

type Shown = (String, String, Vec<(String, f64)>, Vec<(String, String, String)>);

fn shown(ran: &Ran<'_>, answer: &Answer) -> Shown {
    let reason =
        if answer.outcome == Outcome::Complete { String::new() } else { answer.reason.text(ran.index.matcher) };
    let person = answer.person.map_or_else(String::new, |person| ran.index.person_id(person));
    let candidates = answer.candidates.iter().map(|it| (ran.index.person_id(it.person), it.weight)).collect();
    let repairs = answer.repaired.given.iter().map(|given| {
        let column = ran.index.layout.slots()[given.slot].name.clone();
        (column, ran.name(given.from), format!("{}", answer.repaired.is_disagreeing))
    });
    (reason, person, candidates, repairs.collect())
}

pub fn picks(count: usize) -> impl Strategy<Value = Vec<[usize; 6]>> {
    proptest::collection::vec(proptest::array::uniform6(0_usize..42), count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_order_and_no_number_of_threads_changes_an_answer(
        known in picks(40),
        asked in picks(30),
        turn in 0_usize..40,
        threads in 1_usize..4,
    ) {
        let matcher = matcher(&tree(CONFIG));
        let layout = Layout::new(&matcher, super::world::as_of());
        let model = weights(&matcher);
        let sources = ["county", "palms", "turley"];
        let known: Vec<Row> =
            known.iter().enumerate().map(|(id, picks)| person(sources[id % 3], id, picks, false)).collect();
        let asked: Vec<Row> =
            asked.iter().enumerate().map(|(id, picks)| person(sources[id % 2], id + 30, picks, true)).collect();
        let whole = run((&matcher, &layout), &model, (&known, &asked), &[]);
        let expected: Vec<Shown> = whole.answers.iter().map(|answer| shown(&whole, answer)).collect();
        let mut turned = known.clone();
        turned.rotate_left(turn);
        turned.reverse();
        let mut backwards: Vec<Row> = asked.clone();
        backwards.reverse();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let other = pool.install(|| run((&matcher, &layout), &model, (&turned, &backwards), &[]));
        let mut found: Vec<Shown> = other.answers.iter().map(|answer| shown(&other, answer)).collect();
        found.reverse();
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(&other.apart, &whole.apart);
    }

    #[test]
    fn a_cell_that_is_there_is_never_given(known in picks(30), asked in picks(20)) {
        let matcher = matcher(&tree(CONFIG));
        let layout = Layout::new(&matcher, super::world::as_of());
        let known: Vec<Row> = known.iter().enumerate().map(|(id, picks)| person("county", id, picks, false)).collect();
        let asked: Vec<Row> = asked.iter().enumerate().map(|(id, picks)| person("palms", id, picks, true)).collect();
        let ran = run((&matcher, &layout), &weights(&matcher), (&known, &asked), &[]);
        for (record, answer) in asked.iter().zip(&ran.answers) {
            let ready = super::world::prepared(&matcher, &layout, record);
            for given in &answer.repaired.given {
                prop_assert_eq!(&ready.values[given.slot], &None);
                prop_assert!(answer.outcome == Outcome::Exact);
                prop_assert!(ran.rows[given.from as usize].contains_key(&layout.slots()[given.slot].name));
            }
        }
    }
}

#[test]
fn a_second_exact_person_turns_exact_into_a_tie() {
    let lower = json!({ "thresholds": { "exact": 5, "propose": 0, "margin": 3 } });
    let matcher = matcher(&super::world::laid_over(tree(CONFIG), &lower));
    let layout = Layout::new(&matcher, super::world::as_of());
    let model = weights(&matcher);
    let one = person("county", 1, &[0; 6], false);
    let mut other = person("county", 2, &[0; 6], false);
    other.insert("social_security_number".to_owned(), "262110111".to_owned());
    other.insert("ssn_last4".to_owned(), "0111".to_owned());
    let mut asked = one.clone();
    asked.insert("data_source".to_owned(), "palms".to_owned());
    asked.insert("zip_code".to_owned(), String::new());
    asked.insert("social_security_number".to_owned(), String::new());
    asked.insert("ssn_last4".to_owned(), String::new());
    let reason = |known: &[Row]| {
        let ran = run((&matcher, &layout), &model, (known, std::slice::from_ref(&asked)), &[]);
        (ran.answers[0].outcome, ran.answers[0].reason.text(&matcher))
    };
    assert_eq!(reason(std::slice::from_ref(&one)), (Outcome::Exact, "weight".to_owned()));
    assert_eq!(reason(&[one, other]), (Outcome::Proposed, "tie".to_owned()));
}
