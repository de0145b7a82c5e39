//! What `carelake doctor` asks of a deployment.

use aws_sdk_sns::types::Subscription;
use carelake_catalog::Outcome;
use carelake_core::causes;
use carelake_core::config::{Environment, Location};
use carelake_core::names::Publication;
use carelake_core::publish::{Manifest, Pointer};
use carelake_intake::functions::desk::of_config;
use carelake_intake::functions::publications;
use carelake_intake::publish::views as names_of_views;
use carelake_tabular::config::Config;

use super::{Deployment, Finding};
use crate::failure::Failure;
use crate::views;

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
    let mut wrong: Vec<String> = differences.iter().map(ToString::to_string).collect();
    // A feed of partners is in views as well.
    if let (Some(table), Some(intake)) = (views::table_of(&publication.path()), of_config(config)?) {
        let feeds = publications(&intake, table);
        for view in names_of_views(table) {
            if catalog.unite(&view, &feeds)? != Outcome::Unchanged {
                wrong.push(format!("{view}: wrong view"));
            }
        }
    }
    Ok(wrong)
}

/// What stands where the ARN of a subscription is once it is confirmed.
const PENDING: &str = "PendingConfirmation";

/// Counts the subscriptions to the topic of alerts; one that is not confirmed gets no mail.
fn alerts(deployment: &Deployment, machine: &str) -> Result<String, (String, String)> {
    let all = subscriptions(deployment, machine);
    let all = all.map_err(|failure| (failure.message, failure.advice.unwrap_or_default()))?;
    let waiting = all.iter().filter(|one| one.subscription_arn() == Some(PENDING)).count();
    match (all.len(), waiting) {
        (0, _) => Err(("nobody is told of failures".to_owned(), "subscribe an address to the topic".to_owned())),
        (_, 0) => Ok(format!("{} subscriptions", all.len())),
        (_, waiting) => Err((
            format!("{waiting} subscriptions are not confirmed and get no mail"),
            "open the link in the mail that AWS sent to the address".to_owned(),
        )),
    }
}

/// Returns those of some addresses that get no notice, each with why.
pub(crate) fn unconfirmed(
    deployment: &Deployment,
    addresses: &[String],
) -> Result<Vec<(String, &'static str)>, Failure> {
    let all = subscriptions(deployment, &deployment.machine()?)?;
    Ok(addresses.iter().filter_map(|address| Some((address.clone(), why_untold(address, &all)?))).collect())
}

/// Returns why an address gets no notice; nothing if it does.
fn why_untold(address: &str, all: &[Subscription]) -> Option<&'static str> {
    let is_own = |one: &&Subscription| one.endpoint().is_some_and(|endpoint| endpoint.eq_ignore_ascii_case(address));
    let states: Vec<&str> = all.iter().filter(is_own).filter_map(Subscription::subscription_arn).collect();
    // One that was given up stays in the list for days, as `Deleted`.
    if states.iter().any(|state| state.starts_with("arn:")) {
        None
    } else if states.contains(&PENDING) {
        Some("has not opened the link in the mail of AWS")
    } else {
        Some("has no subscription to the topic of alerts")
    }
}

/// Returns all subscriptions to the topic of alerts.
fn subscriptions(deployment: &Deployment, machine: &str) -> Result<Vec<Subscription>, Failure> {
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
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let call = client.list_subscriptions_by_topic().topic_arn(&arn).set_next_token(next).send();
        let page = deployment.call("list the subscriptions to alerts", call)?;
        all.extend_from_slice(page.subscriptions());
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// Names the alarms of the environment that ring.
fn alarms(deployment: &Deployment) -> Result<String, (String, String)> {
    let prefix = format!("carelake-{}", deployment.name);
    let client = aws_sdk_cloudwatch::Client::new(deployment.aws.config());
    let (mut all, mut token) = (Vec::new(), None);
    // A page has fifty at most where nothing is said, and a hundred where it is.
    loop {
        let asked = client.describe_alarms().alarm_name_prefix(&prefix).max_records(100).set_next_token(token);
        let page = deployment.call("list the alarms", asked.send());
        let page = page.map_err(|failure| (failure.message, failure.advice.unwrap_or_default()))?;
        all.extend(page.metric_alarms.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_not_confirmed_gave_it_up_or_has_none_is_told_from_who_gets_notices() {
        let subscription = |address: &str, arn: &str| {
            Subscription::builder().protocol("email").endpoint(address).subscription_arn(arn).build()
        };
        let arn = "arn:aws:sns:us-east-1:111122223333:carelake-dev-alerts:6b0e71bd";
        let all = [
            subscription("IT@bay.example", arn),
            subscription("new@bay.example", PENDING),
            subscription("gone@bay.example", "Deleted"),
            subscription("back@bay.example", "Deleted"),
            subscription("back@bay.example", PENDING),
            subscription("twice@bay.example", PENDING),
            subscription("twice@bay.example", arn),
        ];
        let (pending, none) =
            (Some("has not opened the link in the mail of AWS"), Some("has no subscription to the topic of alerts"));
        for (address, why) in [
            ("it@bay.example", None),
            ("twice@bay.example", None),
            ("new@bay.example", pending),
            ("back@bay.example", pending),
            ("gone@bay.example", none),
            ("nobody@bay.example", none),
        ] {
            assert_eq!(why_untold(address, &all), why, "{address}");
        }
    }
}
