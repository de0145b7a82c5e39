//! Where a stream is on AWS, environment by environment.

use std::collections::BTreeMap;

use carelake_core::config::reader::{Mistakes, Spot};

use super::keys::AWS;
use super::stream::Kind;

/// Where a stream is in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnAws {
    /// The ARN of the stream: of DynamoDB it ends with the moment at which the stream was made.
    pub arn: String,
    /// The ARN of the key that its records are encrypted with, where that is a customer's.
    pub key: Option<String>,
}

impl OnAws {
    /// Returns what of an ARN stays when a table gets a new stream.
    fn lasting(arn: &str) -> &str {
        arn.split_once("/stream/").map_or(arn, |(table, _)| table)
    }

    /// Returns whether records with this ARN are of it, also those of a former stream of the table.
    #[must_use]
    pub fn is_of(&self, arn: &str) -> bool {
        Self::lasting(&self.arn) == Self::lasting(arn)
    }
}

/// Reads the environments of a stream.
pub(super) fn read(spot: Option<Spot<'_>>, kind: Option<Kind>, mistakes: &mut Mistakes) -> BTreeMap<String, OnAws> {
    let Some(spot) = spot else { return BTreeMap::new() };
    let (service, what) = match kind {
        Some(Kind::Dynamodb) => {
            ("dynamodb", "the ARN of a stream: arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL")
        }
        Some(Kind::Kinesis | Kind::KinesisDynamodb) => {
            ("kinesis", "the ARN of a stream: arn:aws:kinesis:REGION:ACCOUNT:stream/NAME")
        }
        Some(Kind::Files | Kind::Dms) => {
            mistakes.add(&spot, "is for `kind: dynamodb` and `kind: kinesis`");
            return BTreeMap::new();
        }
        None => return BTreeMap::new(),
    };
    let mut found = BTreeMap::new();
    for (environment, spot) in spot.entries("environments, by name", mistakes) {
        let fields = spot.keyed(&AWS, mistakes);
        let arn = fields.required("arn", what, mistakes);
        let arn = arn.and_then(|spot| {
            let text = spot.text(what, mistakes)?;
            let is_right = source(&text).is_some_and(|(of, _)| of == service);
            if !is_right {
                spot.expected(what, mistakes);
            }
            is_right.then_some(text)
        });
        let a_key = "the ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID";
        let key = fields.get("key").and_then(|spot| {
            let text = spot.text(a_key, mistakes)?;
            if !text.contains(":kms:") || !text.starts_with("arn:") {
                spot.expected(a_key, mistakes);
            }
            Some(text)
        });
        if let Some(arn) = arn {
            found.insert(environment.to_owned(), OnAws { arn, key });
        }
    }
    found
}

/// Returns service and name of what an ARN of a stream is of: a table of DynamoDB, or a stream of Kinesis.
#[must_use]
pub fn source(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (head, _, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, _, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let mut steps = resource.split('/');
    let kind = steps.next()?;
    let name = steps.next().filter(|name| !name.is_empty())?;
    let is_known = match service {
        "dynamodb" => kind == "table" && steps.next() == Some("stream") && steps.next().is_some(),
        "kinesis" => kind == "stream",
        _ => false,
    };
    (head == "arn" && is_known).then_some((service, name))
}
