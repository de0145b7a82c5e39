//! Repairs and claims, beside the hand-made cases.

use serde_json::{Value, json};

use super::{Claim, claimed_twice};
use crate::config::OneToOne;
use crate::model::Model;
use crate::record::Layout;
use crate::tests::world::{as_of, laid_over, matcher, row, run, tree};

const CONFIG: &str = "
input: { publications: [files/people], rows: all, required: [] }
reference: { from: [files/people], prefer: [county] }
fields: { ssn: { compare: ssn }, last_name: { compare: last_name, frequencies: false } }
block: [[ssn]]
rules: [{ name: number, all: [\"ssn =\"], is: exact, links_reference: true }]
thresholds: { exact: 10, propose: 0 }
repair: [name_suffix, { together: [address, address_line_2, city, zip_code] }]
";

/// A matcher of which each weight is a whole number of bits.
const WEIGHED: &str = "
input: { publications: [files/people], required: [first_name, birth_date, sex] }
reference: { from: [files/people] }
missing: { first_name: [baby a], phone: [\"(727) 586-0000\"] }
fields:
  first_name: { compare: first_name, swaps_with: last_name, frequencies: false }
  last_name: { compare: last_name, frequencies: false }
  birth_date: { compare: date }
  sex: { compare: exact }
  phone: { compare: phone }
block: [[birth_date], [phone], [names.sorted]]
never:
  - { name: other_sex, all: [\"sex !=\"], is: not_exact }
  - { name: other_days, all: [\"birth_date !=\"], is: never }
rules:
  - { name: same_id, all: [same_patient_id, \"last_name ?~ part\"], is: exact }
  - { name: by_phone, all: [\"phone =\", \"first_name missing\"], is: proposed }
thresholds: { exact: 20, propose: 5, margin: 8 }
must_agree: [last_name]
same_ids: [[palms, palms_adt]]
";

/// Answers outcome, reason and the candidates with their weights. The cells are first and last name, birth date, sex, phone.
fn judged(known: &[[&str; 6]], asked: [&str; 6], decisions: &[Value]) -> (String, String, Vec<(String, f64)>) {
    let matcher = matcher(&tree(WEIGHED));
    let layout = Layout::new(&matcher, as_of());
    let weights = json!({ "odds_bits": -10, "fields": {
        "first_name": { "equal": 8, "swapped": 12, "nickname": 6, "close": 5, "initial": 2, "near": 1, "else": -5 },
        "last_name": { "equal": 8, "part": 5, "close": 5, "sounds": 3, "near": 1, "else": -2 },
        "birth_date": { "equal": 12, "transposed": 8, "edit1": 6, "year": 3, "else": -6 },
        "sex": { "equal": 1, "else": -5 },
        "phone": { "equal": 12, "last7": 8, "else": -2 },
    } });
    let model = Model::read(&weights.to_string(), &matcher).unwrap();
    let names = ["patient_id", "first_name", "last_name", "birth_date", "sex", "phone"];
    let cells = |source: &str, cells: &[&str; 6]| {
        let (id, source) = cells[0].split_once('@').map_or((cells[0], source), |(id, source)| (id, source));
        let mut row = row(&json!({ "data_source": source }));
        row.extend(names.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())));
        row.insert("patient_id".to_owned(), id.to_owned());
        row
    };
    let known: Vec<_> = known.iter().map(|known| cells("county", known)).collect();
    let ran = run((&matcher, &layout), &model, (&known, &[cells("palms", &asked)]), decisions);
    let answer = &ran.answers[0];
    let candidates = answer.candidates.iter().map(|it| (ran.name(it.person), it.weight)).collect();
    (answer.outcome.word().unwrap_or("complete").to_owned(), answer.reason.text(&matcher), candidates)
}

fn told(known: &[[&str; 6]], asked: [&str; 6]) -> String {
    let (outcome, reason, _) = judged(known, asked, &[]);
    format!("{outcome} {reason}")
}

const MARIA: [&str; 6] = ["R1", "Maria", "Lopez", "1984-03-07", "female", "7275861234"];

#[test]
fn a_pair_is_judged_by_never_rules_and_weight() {
    let asked = |first, last, day, sex, phone| ["X", first, last, day, sex, phone];
    let found = judged(&[MARIA], asked("MARÍA", "Lopez", "1984-03-07", "", ""), &[]);
    assert_eq!(found, ("proposed".into(), "weight".into(), vec![("county/R1".into(), 18.0)]));
    let found = judged(&[MARIA], asked("Maria", "Lopez", "1984-03-07", "", "727-586-1234"), &[]);
    assert_eq!(found, ("exact".into(), "weight".into(), vec![("county/R1".into(), 30.0)]));
    // Exchanged names count once, but the last name is not that of the person; another sex caps; another day is gone; the first name that is missing is a rule's.
    let found = judged(&[MARIA], asked("Lopez", "Maria", "1984-03-07", "", "7275861234"), &[]);
    assert_eq!((found.1.as_str(), found.2[0].1), ("conflict", 26.0));
    assert_eq!(told(&[MARIA], asked("Maria", "Lopez", "", "male", "7275861234")), "proposed weight");
    let male = asked("", "Lopez", "1984-03-07", "male", "7275861234");
    assert_eq!(told(&[MARIA], male), "proposed rule:by_phone");
    let (first, last) =
        (asked("Mario", "Lopez", "1984-03-07", "male", "7275861234"), asked("", "Lopez", "1984-03-07", "", ""));
    assert_eq!(
        (told(&[MARIA], first), told(&[MARIA], last)),
        ("complete no_candidates".into(), "proposed weight".into())
    );
    assert_eq!(told(&[MARIA], asked("", "Lopez", "1990-11-30", "male", "7275861234")), "none below");
    assert_eq!(told(&[MARIA], asked("Wei", "Zhang", "1990-11-30", "", "")), "none no_candidates");
    // Placeholders of the configuration are missing, however they are written.
    assert_eq!(told(&[MARIA], asked("BABY A", "Lopez", "1984-03-07", "", "7275861234")), "proposed rule:by_phone");
    let shared = ["R1", "Maria", "Lopez", "1984-03-07", "female", "7275860000"];
    assert_eq!(told(&[shared], asked("Wei", "Zhang", "", "", "7275860000")), "none no_candidates");
}

#[test]
fn a_person_is_exact_only_when_nobody_else_could_be() {
    let asked = ["X", "Maria", "Lopez", "1984-03-07", "", "7275861234"];
    let twin = ["R2", "Maria", "Lopez", "1984-03-07", "female", "7275861234"];
    assert_eq!(told(&[MARIA, twin], asked), "proposed tie");
    let near = ["R2", "Maria", "Lopez", "1984-03-08", "male", "7275861234"];
    assert_eq!(judged(&[MARIA, near], asked, &[]).2, [("county/R1".to_owned(), 30.0), ("county/R2".to_owned(), 24.0)]);
    assert_eq!(told(&[MARIA, near], asked), "proposed tie");
    let second = ["R2", "Maria", "Smith", "1984-03-07", "female", "7275861234"];
    let asked_short = ["X", "Maria", "Lopez", "1984-03-07", "", ""];
    assert_eq!(told(&[MARIA, second], asked_short), "proposed weight");
    let conflicting = ["X", "Maria", "Smith", "1984-03-07", "", "7275861234"];
    assert_eq!(
        told(&[["R1", "Maria", "Zhang", "1984-03-07", "female", "7275861234"]], conflicting),
        "proposed conflict"
    );
    let first = ["R1", "Maria", "Lopes", "1984-03-07", "female", "7275861234"];
    let nearly = ["R2", "Maria", "Lopez", "1984-03-07", "female", ""];
    let asked_elsewhere = ["X", "Maria", "Lopez", "1984-03-07", "", "8135861234"];
    let found = judged(&[first, nearly], asked_elsewhere, &[]);
    assert_eq!(found.2, [("county/R1".to_owned(), 23.0), ("county/R2".to_owned(), 18.0)]);
    assert_eq!(found.1, "close_second");
    let far = ["R2", "Maria", "Lopes", "1984-03-07", "female", ""];
    assert_eq!(told(&[MARIA, far], asked), "exact weight");
    let close = ["R2", "Mary", "Lopez", "1984-07-03", "female", "7275861234"];
    assert_eq!(judged(&[MARIA, close], asked, &[]).1, "tie");
}

#[test]
fn a_decision_counts_more_than_anything_else() {
    let asked = ["X", "Maria", "Lopez", "1984-03-07", "", "7275861234"];
    let twin = ["R2", "Maria", "Lopez", "1984-03-07", "female", "7275861234"];
    let decide = |person: &str, action: &str| json!({ "data_source": "palms", "patient_id": "X", "person": format!("county/{person}"), "action": action });
    let found = judged(&[MARIA, twin], asked, &[decide("R2", "accept")]);
    assert_eq!((found.0.as_str(), found.1.as_str()), ("exact", "decision"));
    let found = judged(&[MARIA, twin], asked, &[decide("R2", "reject")]);
    assert_eq!((found.0.as_str(), found.1.as_str(), found.2.len()), ("exact", "weight", 1));
    let found = judged(&[MARIA], asked, &[decide("R1", "reject")]);
    assert_eq!((found.0.as_str(), found.1.as_str()), ("none", "all_rejected"));
    // Whom no key brings up is a candidate once somebody accepted it, and is exact though a rule of `never` holds.
    let other = ["R3", "Wei", "Zhang", "1990-01-02", "male", ""];
    let found = judged(&[other], asked, &[decide("R3", "accept")]);
    assert_eq!((found.0.as_str(), found.1.as_str()), ("exact", "decision"));
}

#[test]
fn an_id_that_a_partner_knows_makes_a_candidate() {
    let known = |source: &'static str| [source, "Maria", "Lopez", "1984-03-07", "female", ""];
    let asked = |id: &'static str| [id, "", "Lopez", "", "", ""];
    assert_eq!(told(&[known("X@palms")], asked("X")), "exact rule:same_id");
    assert_eq!(told(&[known("X@palms_adt")], asked("X")), "exact rule:same_id");
    assert_eq!(told(&[known("X@county")], asked("X")), "none no_candidates");
    assert_eq!(told(&[known("X@palms")], ["X", "", "Zhang", "", "", ""]), "none below");
}

/// Answers what a record with these cells is given of records with those, and whether a group disagrees.
fn given(records: &[Value], cells: Value) -> (Value, bool) {
    let matcher = matcher(&tree(CONFIG));
    let layout = Layout::new(&matcher, as_of());
    let weights = json!({ "prior": 0.1, "fields": {
        "ssn": { "equal": 20, "last4": 5, "edit1": 5, "else": -9 },
        "last_name": { "equal": 5, "part": 3, "close": 3, "sounds": 2, "near": 1, "else": -4 },
    } });
    let model = Model::read(&weights.to_string(), &matcher).unwrap();
    let known = |(id, cells): (usize, &Value)| {
        let base =
            json!({ "patient_id": format!("R{id}"), "data_source": "county", "social_security_number": "261534871" });
        row(&laid_over(base, cells))
    };
    let known: Vec<_> = records.iter().enumerate().map(known).collect();
    let asked = json!({ "patient_id": "X", "data_source": "palms", "social_security_number": "261534871" });
    let asked = row(&laid_over(asked, &cells));
    let ran = run((&matcher, &layout), &model, (&known, &[asked]), &[]);
    (ran.repairs(&ran.answers[0]).into(), ran.answers[0].repaired.is_disagreeing)
}

fn home() -> Value {
    json!({ "address": "12 Oak St", "address_line_2": "Apt 4", "city": "Largo", "zip_code": "33770" })
}

#[test]
fn a_group_is_filled_from_the_first_record_that_agrees() {
    let mut other = home();
    other["city"] = json!("Tampa");
    let both = [other, home()];
    assert_eq!(
        given(&both, json!({ "city": "LARGO" })).0,
        json!({ "address": "12 Oak St", "address_line_2": "Apt 4", "zip_code": "33770" })
    );
    assert_eq!(given(&both, json!({})).0["city"], "Tampa");
    assert_eq!(given(&both, json!({ "city": "Orlando" })), (json!({}), true));
    // The unit may be missing on a side; the number may not be another.
    assert_eq!(
        given(&both, json!({ "address": "12 Oak Street", "city": "Largo" })).0,
        json!({ "address_line_2": "Apt 4", "zip_code": "33770" })
    );
    assert_eq!(given(&both, json!({ "address": "12 Oak Street Apt 5", "city": "Largo" })), (json!({}), true));
    assert_eq!(given(&both, json!({ "address": "13 Oak Street" })), (json!({}), true));
}

#[test]
fn a_cell_that_says_something_is_not_replaced_though_it_cannot_be_compared() {
    let mut known = home();
    known["name_suffix"] = json!("Jr");
    let known = [known];
    assert_eq!(given(&known, json!({ "address": "12", "name_suffix": "Esq" })), (json!({}), true));
    assert_eq!(given(&known, json!({ "address": "Homeless", "name_suffix": "n/a" })).0["address"], "12 Oak St");
    assert_eq!(given(&known, json!({ "name_suffix": "n/a" })).0["name_suffix"], "Jr");
    assert_eq!(given(&known, json!({ "name_suffix": "---", "address": " " })).0["name_suffix"], "Jr");
}

#[test]
fn two_ids_of_a_delivery_are_not_one_person() {
    let claim = |patient_id, delivery, is_decided, is_known_otherwise| Claim {
        data_source: "palms",
        delivery,
        patient_id,
        person: "p_a",
        is_decided,
        is_known_otherwise,
    };
    let plain = |id, delivery| claim(id, delivery, false, false);
    let claims =
        [plain("1", "mon"), plain("2", "mon"), plain("1", "tue"), plain("1", "tue"), claim("3", "mon", true, false)];
    assert_eq!(claimed_twice(OneToOne::Delivery, &claims), [true, true, false, false, false]);
    assert_eq!(claimed_twice(OneToOne::Off, &claims), [false; 5]);
    let known = [claim("1", "mon", false, true), claim("1", "mon", true, true)];
    assert_eq!(claimed_twice(OneToOne::Reference, &known), [true, false]);
    assert_eq!(claimed_twice(OneToOne::Delivery, &known), [false, false]);
}
