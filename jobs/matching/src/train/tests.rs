//! Models of generated persons, whose shares are known.

use serde_json::{Value, json};

use super::{How, Label, TrainError, Trained, Warning, train};
use crate::compare::Kind;
use crate::config::Matcher;
use crate::decide::Record;
use crate::model::{Model, Weight};
use crate::record::{Layout, Prepared};
use crate::tests::world::{self, Row};

const CONFIG: &str = "
input: { publications: [intake/persons/*], rows: all, required: [] }
reference: { from: [intake/persons/*] }
fields:
  first_name: { compare: first_name }
  last_name: { compare: last_name }
  birth_date: { compare: date }
  ssn: { compare: ssn }
  phone: { compare: phone }
  zip_code: { compare: zip }
block: [[ssn], [phone], [birth_date, last_name.initial], [birth_date, first_name.initial]]
thresholds: { exact: 18, propose: 0 }
";

/// Numbers that look thrown, the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        xxhash_rust::xxh3::xxh3_64(&self.0.to_le_bytes()) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }

    fn person(&mut self, id: usize) -> Row {
        let first = ["maria", "robert", "wei", "aisha", "juan", "linh", "peter", "olga", "samuel", "ruth"];
        let last = ["lopez", "smith", "zhang", "khan", "brown", "tran", "miller", "ivanova", "levy", "fox"];
        let (heads, tails) = (["", "bal", "mon", "kar", "ser"], ["", "ski", "mann", "berg", "ova"]);
        let last = format!("{}{}{}", self.pick(&heads), self.pick(&last), self.pick(&tails));
        let (year, month, day) = (1940 + self.roll(80), 1 + self.roll(12), 1 + self.roll(28));
        world::row(&json!({
            "data_source": "county",
            "patient_id": format!("P{id:05}"),
            "first_name": self.pick(&first),
            "last_name": last,
            "birth_date": format!("{year}-{month:02}-{day:02}"),
            "social_security_number": format!("26{}{:02}{:04}", 1 + self.roll(7), 1 + self.roll(98), 1 + self.roll(9_998)),
            "phone": format!("727{}{:06}", 2 + self.roll(4), self.roll(1_000_000)),
            "zip_code": format!("337{:02}", self.roll(20)),
        }))
    }
}

/// Persons, and records of three of four of them: of ten phones one is another, of ten first names one has a slip, of ten days one
/// is another.
fn world(count: usize) -> (Vec<Row>, Vec<Row>, Vec<Option<usize>>) {
    let mut dice = Dice(7);
    let known: Vec<Row> = (0..count).map(|id| dice.person(id)).collect();
    let (mut asked, mut truth) = (Vec::new(), Vec::new());
    for (id, person) in known.iter().enumerate().take(count / 2) {
        let mut row = if id % 4 == 0 { dice.person(count + id) } else { person.clone() };
        truth.push((id % 4 != 0).then_some(id));
        row.insert("data_source".to_owned(), "palms".to_owned());
        if dice.roll(10) == 0 {
            row.insert("phone".to_owned(), dice.person(0)["phone"].clone());
        }
        if dice.roll(10) == 0 {
            let slipped = row["first_name"].replacen('a', "e", 1) + "x";
            row.insert("first_name".to_owned(), slipped);
        }
        if dice.roll(10) == 0 {
            row.insert("birth_date".to_owned(), dice.person(0)["birth_date"].clone());
        }
        for column in ["social_security_number", "zip_code"] {
            if dice.roll(4) == 0 {
                row.insert(column.to_owned(), String::new());
            }
        }
        asked.push(row);
    }
    (known, asked, truth)
}

fn trained(config: &str, (known, asked): (&[Row], &[Row]), truth: &[Option<usize>]) -> Result<Trained, TrainError> {
    let matcher = world::matcher(&world::tree(config));
    let layout = Layout::new(&matcher, world::as_of());
    let (index, _, _) = world::reference(&matcher, &layout, known);
    let ready: Vec<Prepared> = asked.iter().map(|row| world::prepared(&matcher, &layout, row)).collect();
    let record = |(row, ready)| -> Record<'_> { of(row, ready) };
    let records: Vec<Record<'_>> = asked.iter().zip(&ready).map(record).collect();
    let label = |(record, person): (usize, &Option<usize>)| {
        let place = index.place("county", &format!("P{:05}", (*person)?))?;
        Some(Label { record, place })
    };
    let labels: Vec<Label> = truth.iter().enumerate().filter_map(label).collect();
    train(&index, &records, &labels)
}

fn of<'a>(row: &'a Row, ready: &'a Prepared) -> Record<'a> {
    let (data_source, patient_id) = (row["data_source"].as_str(), row["patient_id"].as_str());
    Record { data_source, partner: None, patient_id, row: ready, decisions: &[] }
}

fn shares(trained: &Trained, field: usize, level: usize) -> (f64, f64) {
    match trained.model.weights[field][level] {
        Weight::Shares { m, u } => (m, u),
        Weight::Bits(_) => panic!("a trained model has shares"),
    }
}

fn is_near(found: f64, expected: f64, by: f64) {
    assert!((found - expected).abs() < by, "{found} is not {expected}");
}

#[test]
fn shares_are_those_of_the_persons() {
    let (known, asked, _) = world(1_600);
    let trained = trained(CONFIG, (&known, &asked), &[]).unwrap();
    is_near(trained.found, 0.75, 0.01);
    is_near(trained.prior, 0.75 / 1_600.0, 2e-5);
    // First names: one of ten persons shares one, where it has no slip; phones: of ten matches one is another.
    is_near(shares(&trained, 0, 0).0, 0.9, 0.03);
    is_near(shares(&trained, 0, 0).1, 0.09, 0.01);
    is_near(shares(&trained, 2, 0).0, 0.9, 0.03);
    is_near(shares(&trained, 4, 0).0, 0.9, 0.03);
    assert!(shares(&trained, 4, 0).1 < 1e-5 && shares(&trained, 3, 0).1 < 1e-5);
    assert!(trained.how.iter().all(|how| matches!(how, How::Certain(pairs) if *pairs >= 200)), "{:?}", trained.how);
    let pairs: f64 = trained.bins.iter().map(|bin| bin.matches).sum();
    is_near(pairs / asked.len() as f64, 0.75, 0.02);
}

#[test]
fn the_order_of_records_is_of_no_account() {
    let (mut known, mut asked, _) = world(600);
    let one = trained(CONFIG, (&known, &asked), &[]).unwrap();
    known.reverse();
    asked.rotate_left(77);
    asked.reverse();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let other = pool.install(|| trained(CONFIG, (&known, &asked), &[])).unwrap();
    assert_eq!(one, other);
}

#[test]
fn without_a_number_shares_are_estimated() {
    let (known, asked, _) = world(1_600);
    let config = CONFIG.replace("  ssn: { compare: ssn }\n", "").replace("[ssn], ", "");
    let trained = trained(&config, (&known, &asked), &[]).unwrap();
    assert!(trained.how.iter().all(|how| *how == How::Em), "{:?}", trained.how);
    is_near(trained.found, 0.75, 0.02);
    is_near(shares(&trained, 0, 0).0, 0.9, 0.03);
    is_near(shares(&trained, 3, 0).0, 0.9, 0.03);
    assert!(!trained.warnings.contains(&Warning::NotConverged));
}

#[test]
fn labels_take_the_place_of_what_is_certain() {
    let (known, asked, truth) = world(1_000);
    let trained = trained(CONFIG, (&known, &asked), &truth).unwrap();
    let labelled = truth.iter().flatten().count() as u64;
    // A record without a number says nothing of numbers.
    assert_eq!(trained.how[0], How::Labels(labelled));
    assert!(matches!(trained.how[3], How::Labels(pairs) if pairs < labelled));
}

#[test]
fn a_model_says_how_it_came_about_and_is_read_again() {
    let (known, asked, _) = world(1_200);
    let trained = trained(CONFIG, (&known, &asked), &[]).unwrap();
    let matcher: Matcher = world::matcher(&world::tree(CONFIG));
    let json = trained.to_json(&matcher, json!({ "runs": ["a"] }));
    assert_eq!(json["trained"]["inputs"]["runs"][0], "a");
    assert!(json["trained"]["how"]["ssn"].as_str().unwrap().ends_with("certain without it"));
    let read = Model::read(&json.to_string(), &matcher).unwrap();
    assert_eq!(read.weights, trained.model.weights);
    is_near(read.prior_bits, trained.model.prior_bits, 1e-9);
    let seen = |warning: &Value| warning.as_str().unwrap().contains("no pair is on level");
    assert!(json["warnings"].as_array().unwrap().iter().any(seen), "{}", json["warnings"]);
    assert_eq!(Kind::Ssn.levels().len(), read.weights[3].len());
}

#[test]
fn nothing_is_made_of_nothing() {
    let (known, asked, _) = world(20);
    assert_eq!(trained(CONFIG, (&known, &[]), &[]).unwrap_err(), TrainError::NoRecords);
    assert_eq!(trained(CONFIG, (&[], &asked), &[]).unwrap_err(), TrainError::NoReference);
}
