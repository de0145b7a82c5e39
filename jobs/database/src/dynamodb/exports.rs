//! Exports of tables to S3: started, and asked after. What they wrote is read elsewhere.

use aws_sdk_dynamodb::primitives::DateTime;
use aws_sdk_dynamodb::types::{ExportFormat, ExportStatus, ExportType, ExportViewType, IncrementalExportSpecification};

use super::catalogue::describe;
use super::session::Caller;
use crate::address::Address;
use crate::error::DatabaseError;
use crate::relation::Relation;

/// An export that is wanted. The same token with the same wish is the same export, however often it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish<'w> {
    /// What makes it this one.
    pub token: &'w str,
    /// The bucket.
    pub bucket: &'w str,
    /// Where in the bucket.
    pub prefix: &'w str,
    /// From when on, of what changed; none: the whole table. Microseconds since 1970, UTC, of whole seconds.
    pub from: Option<i64>,
    /// Until when: not any more of it.
    pub to: i64,
}

/// How an export stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It goes on.
    GoesOn,
    /// It is complete.
    Complete,
    /// It failed, with this code, or is not known any more.
    Failed(String),
}

/// Starts exports and asks after them.
#[derive(Debug)]
pub struct Exports(Caller);

impl Exports {
    /// Takes the source.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] where the client of AWS cannot be started.
    pub fn new(source: &str, address: &Address) -> Result<Self, DatabaseError> {
        Caller::new(source, address).map(Self)
    }

    /// Starts an export, and answers its ARN.
    ///
    /// # Errors
    /// [`DatabaseError::Changed`] where the table is not there any more; those of AWS.
    pub fn start(&self, relation: &Relation, wish: &Wish<'_>) -> Result<String, DatabaseError> {
        let doing = format!("exporting {}", relation.shown());
        let changed = || DatabaseError::Changed { table: relation.shown() };
        let table = describe(&self.0, &relation.name)?.ok_or_else(changed)?;
        let second = |micros: i64| DateTime::from_secs(micros / 1_000_000);
        let call = self
            .0
            .client
            .export_table_to_point_in_time()
            .set_table_arn(table.table_arn)
            .client_token(wish.token)
            .s3_bucket(wish.bucket)
            .s3_prefix(wish.prefix)
            .export_format(ExportFormat::DynamodbJson);
        let call = match wish.from {
            None => call.export_type(ExportType::FullExport).export_time(second(wish.to)),
            Some(from) => call.export_type(ExportType::IncrementalExport).incremental_export_specification(
                IncrementalExportSpecification::builder()
                    .export_from_time(second(from))
                    .export_to_time(second(wish.to))
                    .export_view_type(ExportViewType::NewAndOldImages)
                    .build(),
            ),
        };
        let answer = self.0.call(&doing, call.send())?;
        let arn = answer.export_description.and_then(|it| it.export_arn);
        arn.ok_or_else(|| DatabaseError::Protocol { server: self.0.source.clone(), doing })
    }

    /// Asks how an export stands.
    ///
    /// # Errors
    /// Those of AWS.
    pub fn ask(&self, arn: &str) -> Result<Asked, DatabaseError> {
        let answer = self.0.call("asking after an export", self.0.client.describe_export().export_arn(arn).send())?;
        let Some(export) = answer.export_description else { return Ok(Asked::Failed("unknown".to_owned())) };
        Ok(match export.export_status {
            Some(ExportStatus::InProgress) => Asked::GoesOn,
            Some(ExportStatus::Completed) => Asked::Complete,
            _ => Asked::Failed(export.failure_code.unwrap_or_else(|| "unknown".to_owned())),
        })
    }
}
