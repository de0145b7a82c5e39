//! Partners' deliveries over the ledger on DynamoDB: the contract that they keep over the ledger of one machine.

use carelake_core::names::Scope;
use carelake_intake::deliveries::contract;

use crate::rig::{Kind, Rig};

#[test]
fn deliveries_keep_their_contract_over_dynamodb() {
    let rig = Rig::start(Kind::MiniStack);
    for scope in [Scope::default(), "acme".parse().unwrap()] {
        if let Err(broken) = contract::check(&rig.ledger(), &rig.ledger(), &scope) {
            panic!("{broken:?}");
        }
    }
}
