//! Secrets that Secrets Manager keeps.

use carelake_aws::{Aws, AwsSecrets};
use carelake_core::ErrorKind;
use carelake_core::config::Secret;
use carelake_pipeline::Secrets;

use crate::rig::{Kind, Rig, config};

#[test]
fn a_secret_is_revealed_by_its_name_and_one_that_is_not_there_refused() {
    let rig = Rig::start(Kind::MiniStack);
    let client = aws_sdk_secretsmanager::Client::new(&config(rig.port));
    rig.wait(client.create_secret().name("partners/bayview").secret_string("open sesame").send()).unwrap();
    let secrets = AwsSecrets::new(&Aws::from_config(&config(rig.port)).unwrap());
    let reveal = |name: &str| secrets.reveal(&Secret::SecretsManager(name.to_owned()));
    assert_eq!(reveal("partners/bayview").unwrap(), "open sesame");
    let failure = reveal("partners/nobody").unwrap_err();
    assert_eq!(failure.kind, ErrorKind::REFUSED, "{failure}");
    assert!(failure.reason.contains("partners/nobody"), "{failure}");
}
