//! How an environment is deployed on AWS. Read by the deployment itself; here so that mistakes are found before it.

use super::reader::{Fields, Mistakes, Spot};

const KEYS: [&str; 9] =
    ["account", "region", "architecture", "emails", "schedule", "log_days", "version_days", "on_teardown", "network"];
const A_COUNT: &str = "a whole number";
const AN_ADDRESS: &str = "a mail address such as oncall@example.org";
/// How many days CloudWatch can keep logs for (API reference, `PutRetentionPolicy`).
const LOG_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// How an environment is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// The account that must be deployed to; any if it is not set.
    pub account: Option<String>,
    /// The region to deploy to; that of the credentials if it is not set.
    pub region: Option<String>,
    /// The processor of the functions.
    pub architecture: Architecture,
    /// Who is told, besides the address given at deployment.
    pub emails: Vec<String>,
    /// When the monthly run starts; `None`: never by itself.
    pub schedule: Option<MonthlySchedule>,
    /// Days until logs are deleted.
    pub log_days: u32,
    /// Days until a replaced or deleted version of an object is gone.
    pub version_days: u32,
    /// Whether data, ledger and key go with the stack.
    pub deletes_on_teardown: bool,
    /// Where container tasks run.
    pub network: Option<Network>,
}

/// The processor of the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// AWS Graviton.
    Arm64,
    /// Intel or AMD.
    X86_64,
}

/// When the monthly run starts, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlySchedule {
    /// 1 to 28, so that every month has it.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
}

/// Where container tasks run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The VPC.
    pub vpc: String,
    /// Its subnets, from which AWS must be reachable.
    pub subnets: Vec<String>,
}

/// Reads how an environment is deployed.
pub fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Deployment {
    let fields = spot.fields(&KEYS, mistakes);
    let architectures = [("arm64", Architecture::Arm64), ("x86_64", Architecture::X86_64)];
    Deployment {
        account: fields.get("account").and_then(|spot| read_account(&spot, mistakes)),
        region: fields.get("region").and_then(|spot| spot.text("a region such as us-east-1", mistakes)),
        architecture: fields.choice_or("architecture", &architectures, Architecture::Arm64, mistakes),
        emails: read_emails(&fields, mistakes),
        schedule: fields.get("schedule").map(|spot| read_schedule(&spot, mistakes)),
        log_days: read_log_days(&fields, mistakes),
        version_days: fields.number_or("version_days", A_COUNT, 1..=3650, 90, mistakes),
        deletes_on_teardown: fields.choice_or("on_teardown", &[("keep", false), ("delete", true)], false, mistakes),
        network: fields.get("network").map(|spot| read_network(&spot, mistakes)),
    }
}

/// Reads an account; unquoted, its leading zeros would be lost elsewhere.
pub fn read_account(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<String> {
    let what = "the 12 digits of an AWS account, in quotes";
    let account = spot.text(what, mistakes)?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) || !spot.is_quoted() {
        spot.expected(what, mistakes);
    }
    Some(account)
}

fn read_emails(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let Some(spot) = fields.get("emails") else { return Vec::new() };
    let emails = spot.texts(AN_ADDRESS, mistakes);
    for (email, spot) in &emails {
        if !email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
            spot.expected(AN_ADDRESS, mistakes);
        }
    }
    emails.into_iter().map(|(email, _)| email).collect()
}

fn read_schedule(spot: &Spot<'_>, mistakes: &mut Mistakes) -> MonthlySchedule {
    let fields = spot.fields(&["day", "hour"], mistakes);
    MonthlySchedule {
        day: fields.number_or("day", A_COUNT, 1..=28, 1, mistakes),
        hour: fields.number_or("hour", A_COUNT, 0..=23, 6, mistakes),
    }
}

fn read_log_days(fields: &Fields<'_>, mistakes: &mut Mistakes) -> u32 {
    let days = fields.number_or("log_days", A_COUNT, 1..=3653, 365, mistakes);
    if let (false, Some(spot)) = (LOG_DAYS.contains(&days), fields.get("log_days")) {
        let accepted: Vec<String> = LOG_DAYS.iter().map(u32::to_string).collect();
        spot.expected(format_args!("one of {}", accepted.join(", ")), mistakes);
    }
    days
}

fn read_network(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Network {
    let fields = spot.fields(&["vpc", "subnets"], mistakes);
    let vpc = fields.text("vpc", "the id of a VPC, such as vpc-0123", mistakes);
    let what = "a list of ids of subnets, such as subnet-0123";
    let subnets = fields.required("subnets", what, mistakes).map(|spot| spot.texts(what, mistakes)).unwrap_or_default();
    Network { vpc, subnets: subnets.into_iter().map(|(subnet, _)| subnet).collect() }
}
