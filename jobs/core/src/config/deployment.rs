//! How an environment is deployed on AWS. Read by the deployment itself; here so that mistakes are found before it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::reader::{Fields, Form, Key, Mistakes, Preset, Spot};

/// The keys of the section.
pub const DEPLOYMENT: [Key; 10] = [
    Key::new("account", ACCOUNT, "The only account that it may be deployed to, in quotes"),
    Key::new("region", Form::Like("^[a-z]{2}(-[a-z]+)+-[0-9]$"), "The region; that of the credentials unless set"),
    Key::new("architecture", Form::Word(&["arm64", "x86_64"]), "The processor of the functions")
        .or(Preset::Text("arm64")),
    Key::new("emails", Form::List(&ADDRESS), "Who is told, besides the address given at deployment"),
    Key::new("schedule", Form::Keys(&SCHEDULE), "When the monthly run starts, in UTC; never by itself unless set"),
    Key::new("log_days", Form::Whole(1, 3653), "Days until logs are deleted, one of those that CloudWatch offers")
        .or(Preset::Whole(365)),
    Key::new("version_days", Form::Whole(1, 3650), "Days until a replaced or deleted version of an object is gone")
        .or(Preset::Whole(90)),
    Key::new(
        "on_teardown",
        Form::Word(&["keep", "delete"]),
        "What becomes of data, ledger and key when the stack goes",
    )
    .or(Preset::Text("keep")),
    Key::new(
        "network",
        Form::Keys(&NETWORK),
        "Where container tasks run; needed where a dataset has `compute: fargate`",
    ),
    Key::new(
        "reserved_concurrency",
        Form::Map(&CONCURRENCY),
        "How many calls of a function are carried out at once, by its name: so many are kept free of all that the account has, and no more are made",
    ),
];
/// Calls of a function at once. With fewer than two, a queue would have messages refused that nothing is wrong with.
const CONCURRENCY: Form = Form::Whole(2, 1_000);
const SCHEDULE: [Key; 2] = [
    Key::new("day", Form::Whole(1, 28), "The day of the month").or(Preset::Whole(1)),
    Key::new("hour", Form::Whole(0, 23), "The hour").or(Preset::Whole(6)),
];
/// The keys of a network.
pub const NETWORK: [Key; 3] = [
    Key::new("vpc", Form::Like("^vpc-[0-9a-f]+$"), "The VPC").required(),
    Key::new("subnets", Form::List(&Form::Like("^subnet-[0-9a-f]+$")), "Its subnets, from which AWS must be reachable")
        .required(),
    Key::new(
        "hosts",
        Form::List(&Form::Like(HOST)),
        "What functions reach from it besides AWS, such as data.cms.gov or files.example.org:22; nothing else has a name in its VPC",
    ),
];
/// A host, or all that a domain has, and the port of it that is spoken to.
const HOST: &str = "^([*][.])?([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z]+(:[0-9]+)?$";
/// An account of AWS.
pub const ACCOUNT: Form = Form::Like("^[0-9]{12}$");
/// A mail address.
pub(super) const ADDRESS: Form = Form::Like("^[^@\\s]+@[^@\\s]+$");
const A_REGION: &str = "a region such as us-east-1";
const AN_ADDRESS: &str = "a mail address such as oncall@example.org";
/// How many days CloudWatch can keep logs for (API reference, `PutRetentionPolicy`).
const LOG_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// How an environment is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deployment {
    /// The account that must be deployed to; any if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The region to deploy to; that of the credentials if it is not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The processor of the functions.
    pub architecture: Architecture,
    /// Who is told, besides the address given at deployment.
    pub emails: Vec<String>,
    /// When the monthly run starts; `None`: never by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<MonthlySchedule>,
    /// Days until logs are deleted.
    pub log_days: u32,
    /// Days until a replaced or deleted version of an object is gone.
    pub version_days: u32,
    /// Whether data, ledger and key go with the stack.
    pub deletes_on_teardown: bool,
    /// Where container tasks run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// How many calls of a function are carried out at once, by its name; the others share what the account has besides.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reserved_concurrency: BTreeMap<String, u32>,
}

/// The processor of the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// AWS Graviton.
    Arm64,
    /// Intel or AMD.
    #[serde(rename = "x86_64")]
    X86_64,
}

/// When the monthly run starts, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MonthlySchedule {
    /// 1 to 28, so that every month has it.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
}

/// Where container tasks run, and functions that reach other systems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Network {
    /// The VPC.
    pub vpc: String,
    /// Its subnets, from which AWS must be reachable.
    pub subnets: Vec<String>,
    /// What functions reach from it besides AWS: hosts, each with its port unless that is 443.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
}

impl Default for Deployment {
    fn default() -> Self {
        read(&Spot::empty(), &mut Mistakes::default())
    }
}

/// Reads how an environment is deployed.
pub fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Deployment {
    let fields = spot.keyed(&DEPLOYMENT, mistakes);
    Deployment {
        account: fields.get("account").and_then(|spot| read_account(&spot, mistakes)),
        region: fields.get("region").and_then(|spot| read_id(&spot, A_REGION, is_region, mistakes)),
        architecture: fields.word("architecture", Architecture::Arm64, &[Architecture::X86_64], mistakes),
        emails: read_emails(&fields, mistakes),
        schedule: fields.get("schedule").map(|spot| read_schedule(&spot, mistakes)),
        log_days: read_log_days(&fields, mistakes),
        version_days: fields.whole("version_days", mistakes),
        deletes_on_teardown: fields.word("on_teardown", false, &[true], mistakes),
        network: fields.get("network").map(|spot| read_network(&spot, mistakes)),
        reserved_concurrency: fields
            .get("reserved_concurrency")
            .map(|spot| read_concurrency(&spot, mistakes))
            .unwrap_or_default(),
    }
}

/// Reads how many calls of a function are carried out at once. Which functions there are is not known here.
fn read_concurrency(spot: &Spot<'_>, mistakes: &mut Mistakes) -> BTreeMap<String, u32> {
    let Form::Whole(least, most) = CONCURRENCY else { return BTreeMap::new() };
    let functions = spot.entries("functions and numbers", mistakes);
    let number = |spot: &Spot<'_>, mistakes: &mut Mistakes| {
        spot.number("a whole number", least..=most, mistakes).and_then(|number: i64| u32::try_from(number).ok())
    };
    functions.iter().filter_map(|(name, spot)| Some(((*name).to_owned(), number(spot, mistakes)?))).collect()
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
    let fields = spot.keyed(&SCHEDULE, mistakes);
    MonthlySchedule { day: fields.whole("day", mistakes), hour: fields.whole("hour", mistakes) }
}

fn read_log_days(fields: &Fields<'_>, mistakes: &mut Mistakes) -> u32 {
    let days: u32 = fields.whole("log_days", mistakes);
    if let (false, Some(spot)) = (LOG_DAYS.contains(&days), fields.get("log_days")) {
        let accepted: Vec<String> = LOG_DAYS.iter().map(u32::to_string).collect();
        spot.expected(format_args!("one of {}", accepted.join(", ")), mistakes);
    }
    days
}

/// Reads a network.
pub(super) fn read_network(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Network {
    let fields = spot.keyed(&NETWORK, mistakes);
    let (a_vpc, a_subnet) = ("the id of a VPC, such as vpc-0123", "a list of ids of subnets, such as subnet-0123");
    let vpc = fields.required("vpc", a_vpc, mistakes);
    let vpc = vpc.and_then(|spot| read_id(&spot, a_vpc, |id| is_id(id, "vpc-"), mistakes)).unwrap_or_default();
    let subnets = fields.required("subnets", a_subnet, mistakes);
    let subnets = subnets.map(|spot| spot.texts(a_subnet, mistakes)).unwrap_or_default();
    for (_, spot) in subnets.iter().filter(|(subnet, _)| !is_id(subnet, "subnet-")) {
        spot.expected("the id of a subnet, such as subnet-0123", mistakes);
    }
    let hosts = fields.get("hosts").map(|spot| read_hosts(&spot, mistakes)).unwrap_or_default();
    Network { vpc, subnets: subnets.into_iter().map(|(subnet, _)| subnet).collect(), hosts }
}

fn read_hosts(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let hosts = spot.texts("hosts such as data.cms.gov or files.example.org:22", mistakes);
    for (_, spot) in hosts.iter().filter(|(host, _)| !is_host(host)) {
        spot.expected(
            "the name of a host in small letters, such as data.cms.gov, *.example.org or files.example.org:22",
            mistakes,
        );
    }
    hosts.into_iter().map(|(host, _)| host).collect()
}

/// Returns whether this names a host or all that a domain has, with a port or without. An address is none: it has no name to allow.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let labels: Vec<&str> = name.strip_prefix("*.").unwrap_or(name).split('.').collect();
    let is_label = |label: &&str| {
        let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(is_fit) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_word = |label: &&str| label.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    labels.len() > 1 && labels.iter().all(is_label) && labels.last().is_some_and(is_word) && port.is_none_or(is_port)
}

/// Reads a text that AWS gives out, in the form that it has.
fn read_id(spot: &Spot<'_>, what: &str, is_one: impl Fn(&str) -> bool, mistakes: &mut Mistakes) -> Option<String> {
    let text = spot.text(what, mistakes)?;
    if !is_one(&text) {
        spot.expected(what, mistakes);
    }
    Some(text)
}

/// Returns whether this is a kind of id with hexadecimal digits.
fn is_id(text: &str, kind: &str) -> bool {
    let of_id = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix(kind).is_some_and(|digits| !digits.is_empty() && digits.bytes().all(of_id))
}

/// Returns whether this may be a region: two letters, words, and a digit, with hyphens between.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [partition, words @ .., number] => {
            let is_number = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
            partition.len() == 2 && is_word(partition) && !words.is_empty() && words.iter().all(is_word) && is_number
        }
        _ => false,
    }
}
