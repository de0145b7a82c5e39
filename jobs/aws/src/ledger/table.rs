//! The calls to the table: strongly consistent reads, and writes that happen only while a condition holds.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use jiff::Timestamp;

use super::Trouble;
use super::item::{Item, PK, SK};
use crate::client::Aws;
use crate::failure::Failure;

/// The table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) aws: Aws,
    pub(super) name: String,
    /// What partition keys begin with, but for those of rows: empty, or the tenant.
    pub(super) below: String,
}

/// What must hold of the item that is there for another to take its place.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Always,
    /// There is none.
    Absent,
    /// There is one, and these attributes of it are as in this item.
    Same(Item),
    /// As before, and it has no attribute of this name.
    SameWithout(Item, &'static str),
    /// There is none, or this number of it is not above that of the new item.
    NotNewer(&'static str),
}

/// What became of several writes that happen together or not at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Together {
    Done,
    /// The conditions of the writes at these places do not hold; none when somebody else was writing at the same time.
    Refused(Vec<usize>),
}

/// A condition as DynamoDB reads it. Every name is replaced, because many of ours are reserved words there.
#[derive(Default)]
struct Expression {
    text: Option<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    fn of(condition: &Condition, new: &Item) -> Self {
        let mut made = Self::default();
        match condition {
            Condition::Always => {}
            Condition::Absent => made.text = Some(format!("attribute_not_exists({PK})")),
            Condition::Same(item) | Condition::SameWithout(item, _) => {
                let mut parts = vec![format!("attribute_exists({PK})")];
                for (at, (name, value)) in item.0.iter().enumerate() {
                    made.names.insert(format!("#n{at}"), name.clone());
                    made.values.insert(format!(":v{at}"), value.clone());
                    parts.push(format!("#n{at} = :v{at}"));
                }
                if let Condition::SameWithout(_, name) = condition {
                    made.names.insert("#none".to_owned(), (*name).to_owned());
                    parts.push("attribute_not_exists(#none)".to_owned());
                }
                made.text = Some(parts.join(" AND "));
            }
            Condition::NotNewer(name) => {
                made.text = Some(format!("attribute_not_exists({PK}) OR #n <= :v"));
                made.names.insert("#n".to_owned(), (*name).to_owned());
                made.values.extend(new.0.get(*name).map(|value| (":v".to_owned(), value.clone())));
            }
        }
        made
    }

    fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

impl Table {
    /// Returns a partition key as it is in the table. One that was read is so already, and rows name their tenant themselves.
    fn partition(&self, pk: &str) -> String {
        if pk.starts_with("ROWS#") || pk.starts_with(&self.below) {
            pk.to_owned()
        } else {
            format!("{}{pk}", self.below)
        }
    }

    /// Returns an item with its partition key as it is in the table.
    fn placed(&self, item: Item) -> Item {
        let Some(pk) = item.0.get(PK).and_then(|pk| pk.as_s().ok()).map(|pk| self.partition(pk)) else { return item };
        item.with(PK, pk)
    }

    /// Returns when the table was made.
    pub(super) async fn created_at(&self) -> Result<Timestamp, Trouble> {
        let call = self.aws.dynamodb.describe_table().table_name(&self.name);
        let described = call.send().await.map_err(|error| Failure::of(&error))?;
        let made = described.table.and_then(|table| table.creation_date_time);
        let made = made.and_then(|made| Timestamp::from_second(made.secs()).ok());
        made.ok_or(Trouble::Damaged("the description of the table has no date"))
    }

    /// Reads an item.
    pub(super) async fn get(&self, pk: &str, sk: &str) -> Result<Option<Item>, Trouble> {
        let call = self.aws.dynamodb.get_item().table_name(&self.name).set_key(Some(self.placed(Item::at(pk, sk)).0));
        let output = call.consistent_read(true).send().await.map_err(|error| Failure::of(&error))?;
        Ok(output.item.map(Item))
    }

    /// Reads every item of a partition whose sort key begins in this way, sorted by it.
    pub(super) async fn query(&self, pk: &str, begin: &str) -> Result<Vec<Item>, Trouble> {
        let (mut condition, mut values) = (format!("{PK} = :pk"), Item::default().with(":pk", self.partition(pk)));
        // DynamoDB refuses to compare with an empty text.
        if !begin.is_empty() {
            condition.push_str(&format!(" AND begins_with({SK}, :sk)"));
            values = values.with(":sk", begin);
        }
        let call = self
            .aws
            .dynamodb
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression(condition)
            .set_expression_attribute_values(Some(values.0));
        let mut pages = call.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            found.extend(page.map_err(|error| Failure::of(&error))?.items.unwrap_or_default().into_iter().map(Item));
        }
        Ok(found)
    }

    /// Writes an item if the condition holds. Answers whether it did.
    pub(super) async fn put(&self, item: Item, condition: &Condition) -> Result<bool, Trouble> {
        let expression = Expression::of(condition, &item);
        let call = self
            .aws
            .dynamodb
            .put_item()
            .table_name(&self.name)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .set_condition_expression(expression.text)
            .set_item(Some(self.placed(item).0));
        match call.send().await.map_err(|error| Failure::of(&error)) {
            Ok(_) => Ok(true),
            Err(failure) if failure.code() == "ConditionalCheckFailedException" => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Changes some attributes of an item and removes others if the condition holds. Answers whether it did.
    pub(super) async fn change(
        &self,
        key: Item,
        set: Item,
        remove: &[&str],
        condition: &Condition,
    ) -> Result<bool, Trouble> {
        let mut expression = Expression::of(condition, &set);
        let (mut sets, mut removes) = (Vec::new(), Vec::new());
        for (at, (name, value)) in set.0.into_iter().enumerate() {
            expression.names.insert(format!("#s{at}"), name);
            expression.values.insert(format!(":s{at}"), value);
            sets.push(format!("#s{at} = :s{at}"));
        }
        for (at, name) in remove.iter().enumerate() {
            expression.names.insert(format!("#r{at}"), (*name).to_owned());
            removes.push(format!("#r{at}"));
        }
        let clauses = [("SET", sets), ("REMOVE", removes)].into_iter().filter(|(_, parts)| !parts.is_empty());
        let update: Vec<String> = clauses.map(|(word, parts)| format!("{word} {}", parts.join(", "))).collect();
        let call = self
            .aws
            .dynamodb
            .update_item()
            .table_name(&self.name)
            .set_expression_attribute_names(expression.names())
            .set_expression_attribute_values(expression.values())
            .set_condition_expression(expression.text)
            .update_expression(update.join(" "))
            .set_key(Some(self.placed(key).0));
        match call.send().await.map_err(|error| Failure::of(&error)) {
            Ok(_) => Ok(true),
            Err(failure) if failure.code() == "ConditionalCheckFailedException" => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Writes several items if every condition holds.
    pub(super) async fn put_together(&self, writes: Vec<(Item, Condition)>) -> Result<Together, Trouble> {
        let mut items = Vec::new();
        for (item, condition) in writes {
            let expression = Expression::of(&condition, &item);
            let put = Put::builder()
                .table_name(&self.name)
                .set_expression_attribute_names(expression.names())
                .set_expression_attribute_values(expression.values())
                .set_condition_expression(expression.text)
                .set_item(Some(self.placed(item).0))
                .build();
            let put = put.map_err(|cause| Failure::NotSent(cause.to_string()))?;
            items.push(TransactWriteItem::builder().put(put).build());
        }
        self.together(items).await
    }

    /// Carries out several changes if every condition holds. The SDK marks the call, so that one whose answer was lost is
    /// not carried out twice.
    pub(super) async fn together(&self, items: Vec<TransactWriteItem>) -> Result<Together, Trouble> {
        let call = self.aws.dynamodb.transact_write_items().set_transact_items(Some(items));
        let Err(error) = call.send().await else { return Ok(Together::Done) };
        if let SdkError::ServiceError(answer) = &error
            && let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(why) = answer.err()
        {
            let codes: Vec<&str> = why.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None")).collect();
            if codes.iter().all(|code| matches!(*code, "None" | "ConditionalCheckFailed" | "TransactionConflict")) {
                let refused = codes.iter().enumerate().filter(|(_, code)| **code == "ConditionalCheckFailed");
                return Ok(Together::Refused(refused.map(|(at, _)| at).collect()));
            }
        }
        Err(Failure::of(&error).into())
    }
}
