//! Which rights are lacking. IAM does not tell a caller what it may, so that each thing is tried once, on the first table that there is.
//! An export is not tried: it would be made, and paid for.

use super::fault::Fault;
use super::session::Caller;
use crate::error::DatabaseError;
use crate::session::Grant;

const DOING: &str = "trying what may be done";

/// Returns the rights to read that are lacking.
///
/// # Errors
/// Those of AWS, and where not even the tables may be listed.
pub(super) fn missing(caller: &Caller) -> Result<Vec<Grant>, DatabaseError> {
    let client = &caller.client;
    let tables = caller.call(DOING, client.list_tables().limit(1).send())?.table_names.unwrap_or_default();
    let Some(name) = tables.first() else { return Ok(Vec::new()) };
    let described = caller.ask(DOING, client.describe_table().table_name(name).send())?.err();
    let backups = caller.ask(DOING, client.describe_continuous_backups().table_name(name).send())?.err();
    let scanned = caller.ask(DOING, client.scan().table_name(name).limit(1).send())?.err();
    let tried = [
        (described, "dynamodb:DescribeTable", "no table can be loaded"),
        (
            backups,
            "dynamodb:DescribeContinuousBackups",
            "no table can be loaded, since it is not known which can be exported",
        ),
        (scanned, "dynamodb:Scan", "tables without point-in-time recovery cannot be loaded"),
    ];
    let mut missing = Vec::new();
    for (fault, name, weakens) in tried {
        match fault {
            Some(fault) if fault.is_denied() => missing.push(Grant { name, weakens, statement: statement(name) }),
            // One that went since it was listed says nothing of rights, nor does one that is busy.
            None | Some(Fault::Missing | Fault::Throttled) => {}
            Some(fault) => return Err(fault.error(&caller.source, DOING)),
        }
    }
    Ok(missing)
}

/// Returns the statement of a policy that gives a right.
fn statement(action: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "arn:aws:dynamodb:REGION:ACCOUNT:table/*"}}"#)
}
