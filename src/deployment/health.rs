//! What `carelake doctor` asks of a deployment.

use carelake_core::causes;
use carelake_core::config::{Environment, Location};
use carelake_core::names::Publication;
use carelake_core::publish::{Manifest, Pointer};
use carelake_tabular::config::Config;

use super::{Deployment, Finding};
use crate::failure::Failure;

/// Looks at the state machine, the subscriptions to alerts and the buckets.
pub(crate) fn findings(deployment: &Deployment, environment: &Environment) -> Vec<Finding> {
    let deploy = format!("./bootstrap.sh deploy {} EMAIL", deployment.name);
    let machine = deployment.machine();
    let mut findings = vec![Finding {
        what: "state machine".to_owned(),
        found: machine.as_ref().cloned().map_err(|failure| (failure.message.clone(), deploy.clone())),
    }];
    if let Ok(machine) = &machine {
        findings.push(Finding { what: "alerts".to_owned(), found: alerts(deployment, machine) });
        findings.push(Finding { what: "alarms".to_owned(), found: alarms(deployment) });
    }
    for (what, location) in
        [("input", &environment.input), ("output", &environment.output), ("rejects", &environment.rejects)]
    {
        if let Location::S3 { bucket, .. } = location {
            findings.push(Finding {
                what: format!("bucket of the {what}"),
                found: bucket_is_protected(deployment, bucket).map_err(|found| (found, deploy.clone())),
            });
        }
    }
    findings
}

/// Mends the table of a publication where it disagrees with the pointer; answers what was wrong.
pub(crate) fn mend_table(
    config: &Config,
    deployment: &Deployment,
    publication: &Publication,
    pointer: &Pointer,
    manifests: &[Manifest],
) -> Result<Vec<String>, Failure> {
    let catalog = deployment.catalog(config)?;
    let differences = catalog.compare(publication, pointer, manifests)?;
    if !differences.is_empty() {
        catalog.flip(publication, pointer, manifests)?;
    }
    Ok(differences.iter().map(ToString::to_string).collect())
}

/// Counts the subscriptions to the topic of alerts; one that is not confirmed gets no mail.
fn alerts(deployment: &Deployment, machine: &str) -> Result<String, (String, String)> {
    let topic = format!("carelake-{}-alerts", deployment.name);
    // arn:aws:states:REGION:ACCOUNT:stateMachine:NAME
    let mut parts = machine.split(':');
    let (partition, region, account) = (parts.nth(1), parts.nth(1), parts.next());
    let arn = format!(
        "arn:{}:sns:{}:{}:{topic}",
        partition.unwrap_or("aws"),
        region.unwrap_or_default(),
        account.unwrap_or_default()
    );
    let client = aws_sdk_sns::Client::new(deployment.aws.config());
    let listed =
        deployment.call("list the subscriptions to alerts", client.list_subscriptions_by_topic().topic_arn(arn).send());
    let listed = listed.map_err(|failure| (failure.message, failure.advice.unwrap_or_default()))?;
    let all = listed.subscriptions();
    let waiting = all.iter().filter(|one| one.subscription_arn() == Some("PendingConfirmation")).count();
    match (all.len(), waiting) {
        (0, _) => Err(("nobody is told of failures".to_owned(), "subscribe an address to the topic".to_owned())),
        (_, 0) => Ok(format!("{} subscriptions", all.len())),
        (_, waiting) => Err((
            format!("{waiting} subscriptions are not confirmed and get no mail"),
            "open the link in the mail that AWS sent to the address".to_owned(),
        )),
    }
}

/// Names the alarms of the environment that ring.
fn alarms(deployment: &Deployment) -> Result<String, (String, String)> {
    let prefix = format!("carelake-{}", deployment.name);
    let client = aws_sdk_cloudwatch::Client::new(deployment.aws.config());
    let listed = deployment.call("list the alarms", client.describe_alarms().alarm_name_prefix(&prefix).send());
    let listed = listed.map_err(|failure| (failure.message, failure.advice.unwrap_or_default()))?;
    let all = listed.metric_alarms();
    let ringing: Vec<&str> = all
        .iter()
        .filter(|alarm| alarm.state_value() == Some(&aws_sdk_cloudwatch::types::StateValue::Alarm))
        .filter_map(|alarm| alarm.alarm_name())
        .collect();
    match (all.len(), ringing.as_slice()) {
        (0, _) => Err(("there are none".to_owned(), format!("./bootstrap.sh deploy {} EMAIL", deployment.name))),
        (count, []) => Ok(format!("{count}, none rings")),
        (_, ringing) => Err((ringing.join(", "), "docs/operations.md has a section for each".to_owned())),
    }
}

/// Asks whether a bucket is encrypted with KMS and closed to the public.
fn bucket_is_protected(deployment: &Deployment, bucket: &str) -> Result<String, String> {
    let client = aws_sdk_s3::Client::new(deployment.aws.config());
    let ask = async {
        let encryption = client.get_bucket_encryption().bucket(bucket).send().await;
        let access = client.get_public_access_block().bucket(bucket).send().await;
        (encryption, access)
    };
    let (encryption, access) = deployment.aws.wait(ask).map_err(|error| error.to_string())?;
    let told = |error: &dyn std::error::Error| format!("{bucket}: cannot be asked: {}", causes(error));
    let encryption = encryption.map_err(|error| told(&error))?;
    let rules = encryption.server_side_encryption_configuration().map(|found| found.rules()).unwrap_or_default();
    let is_kms = rules.iter().filter_map(|rule| rule.apply_server_side_encryption_by_default()).any(|rule| {
        matches!(
            rule.sse_algorithm(),
            aws_sdk_s3::types::ServerSideEncryption::AwsKms | aws_sdk_s3::types::ServerSideEncryption::AwsKmsDsse
        )
    });
    let access = access.map_err(|error| told(&error))?;
    let is_closed = access.public_access_block_configuration().is_some_and(|block| {
        [
            block.block_public_acls(),
            block.ignore_public_acls(),
            block.block_public_policy(),
            block.restrict_public_buckets(),
        ]
        .iter()
        .all(|set| *set == Some(true))
    });
    match (is_kms, is_closed) {
        (true, true) => Ok(format!("{bucket}: encrypted with KMS, closed to the public")),
        (false, _) => Err(format!("{bucket} is not encrypted with KMS")),
        (_, false) => Err(format!("{bucket} is not closed to the public")),
    }
}
