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
