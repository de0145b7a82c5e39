//! Rows: one item each. A change is one call that needs no reading before: the version grows in the table itself.
//!
//! Each member is kept as the text of its JSON, so that a number or a text comes back as it was and can be compared there.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, ReturnValue, TransactWriteItem, Update};
use carelake_core::ledger::{
    Change, Condition, Key, LedgerError, Object, Page, Partition, Range, Row, Rows, Transacted, Write, Written,
};
use jiff::Timestamp;
use serde_json::Value;

use super::item::{Item, PK, SK};
use super::table::{Table, Together};
use super::{DynamoLedger, Trouble};
use crate::attempts;
use crate::failure::Failure;

/// The members of the row.
const VALUE: &str = "value";
/// How often the row was changed.
const VERSION: &str = "version";
/// The second from which it is answered no more.
const EXPIRES: &str = "expires";
/// Tells the change of this call from that of another, when an answer is lost.
const MARK: &str = "mark";

impl Rows for DynamoLedger {
    fn get(&self, key: &Key, now: Timestamp) -> Result<Option<Row>, LedgerError> {
        self.call("read a row", get(&self.table, key, now))
    }

    fn write(&self, write: &Write, now: Timestamp) -> Result<Written, LedgerError> {
        self.call("write a row", write_one(&self.table, write, now))
    }

    fn transact(&self, writes: &[Write], now: Timestamp) -> Result<Transacted, LedgerError> {
        Write::together(writes, self)?;
        self.call("write rows", transact(&self.table, writes, now))
    }

    fn query(&self, range: &Range, now: Timestamp) -> Result<Page, LedgerError> {
        self.call("read rows", query(&self.table, range, now))
    }
}

fn pk(partition: &Partition) -> String {
    format!("ROWS#{}#{}", partition.table, partition.name)
}

/// The sort key: never empty, as the table demands.
fn sk(sort: &str) -> String {
    format!("#{sort}")
}

fn item_key(key: &Key) -> HashMap<String, AttributeValue> {
    Item::at(&pk(&key.partition), &sk(&key.sort)).0
}

async fn get(table: &Table, key: &Key, now: Timestamp) -> Result<Option<Row>, Trouble> {
    let found = table.get(&pk(&key.partition), &sk(&key.sort)).await?;
    let found = found.filter(|item| is_live(item, now));
    found.as_ref().map(decode).transpose()
}

async fn query(table: &Table, range: &Range, now: Timestamp) -> Result<Page, Trouble> {
    let (pk, limit) = (pk(&range.partition), range.limit.max(1));
    let mut start = range.after.as_ref().map(|after| Item::at(&pk, &sk(after)).0);
    let values = Item::default().with(":pk", &pk).with(":sk", sk(&range.prefix)).with_number(":now", now.as_second());
    let mut rows = Vec::new();
    loop {
        let left = i32::try_from(limit - rows.len()).unwrap_or(i32::MAX);
        let call = table
            .aws
            .dynamodb
            .query()
            .table_name(&table.name)
            .consistent_read(true)
            .key_condition_expression(format!("{PK} = :pk AND begins_with({SK}, :sk)"))
            .filter_expression("attribute_not_exists(#expires) OR #expires > :now")
            .expression_attribute_names("#expires", EXPIRES)
            .set_expression_attribute_values(Some(values.0.clone()))
            .set_exclusive_start_key(start)
            .scan_index_forward(!range.descending)
            .limit(left);
        let page = call.send().await.map_err(|error| Failure::of(&error))?;
        for item in page.items.unwrap_or_default() {
            rows.push(decode(&Item(item))?);
        }
        if rows.len() >= limit {
            let resume = rows.last().map(|row| row.sort.clone());
            return Ok(Page { rows, resume });
        }
        // A page may be shorter than was asked for, and be followed by more.
        start = page.last_evaluated_key;
        if start.is_none() {
            return Ok(Page { rows, resume: None });
        }
    }
}

async fn write_one(table: &Table, write: &Write, now: Timestamp) -> Result<Written, Trouble> {
    let mark = format!("{:016x}{:016x}", attempts::random(), attempts::random());
    for attempt in 1..=attempts::MOST {
        let call = Call::of(write, &mark, now)?;
        let failure = match &write.change {
            Change::Keep => return keep(table, write, now).await,
            Change::Delete => match call.delete(table).await {
                Ok(()) => return Ok(Written::Done { version: 0 }),
                Err(failure) => failure,
            },
            Change::Put(_) | Change::Update(_) => match call.update(table).await {
                Ok(changed) => return Ok(Written::Done { version: changed.number(VERSION)? }),
                Err(failure) => failure,
            },
        };
        match failure.code() {
            "ConditionalCheckFailedException" => {
                // The answer to an earlier try of the SDK may have been lost, and the change be ours.
                let there = table.get(&pk(&write.key.partition), &sk(&write.key.sort)).await?;
                return match there
                    .filter(|item| item.optional::<String>(MARK).is_ok_and(|there| there.as_ref() == Some(&mark)))
                {
                    Some(ours) => Ok(Written::Done { version: ours.number(VERSION)? }),
                    None => Ok(Written::Refused),
                };
            }
            "TransactionConflictException" => attempts::wait(attempt).await,
            _ => return Err(failure.into()),
        }
    }
    Err(Trouble::Busy)
}

/// Tells whether a condition holds, and the version of the row.
async fn keep(table: &Table, write: &Write, now: Timestamp) -> Result<Written, Trouble> {
    match transact(table, std::slice::from_ref(write), now).await? {
        Transacted::Done => {
            let version = get(table, &write.key, now).await?.map_or(0, |row| row.version);
            Ok(Written::Done { version })
        }
        Transacted::Refused(_) => Ok(Written::Refused),
    }
}

async fn transact(table: &Table, writes: &[Write], now: Timestamp) -> Result<Transacted, Trouble> {
    if writes.is_empty() {
        return Ok(Transacted::Done);
    }
    let mark = format!("{:016x}{:016x}", attempts::random(), attempts::random());
    for attempt in 1..=attempts::MOST {
        let mut items = Vec::new();
        for write in writes {
            items.push(Call::of(write, &mark, now)?.together(table, &write.change)?);
        }
        match table.together(items).await? {
            Together::Done => return Ok(Transacted::Done),
            Together::Refused(at) if !at.is_empty() => return Ok(Transacted::Refused(at)),
            // Somebody else was writing one of the rows.
            Together::Refused(_) => attempts::wait(attempt).await,
        }
    }
    Err(Trouble::Busy)
}

/// A change as DynamoDB reads it. Every name is replaced, because some are reserved words there.
struct Call {
    key: HashMap<String, AttributeValue>,
    update: String,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Call {
    fn of(write: &Write, mark: &str, now: Timestamp) -> Result<Self, Trouble> {
        let mut call = Self {
            key: item_key(&write.key),
            update: String::new(),
            condition: String::new(),
            names: HashMap::new(),
            values: HashMap::new(),
        };
        let mut condition = call.condition(&write.condition, now);
        match &write.change {
            Change::Put(value) => {
                call.name("#value", VALUE);
                call.values.insert(":value".to_owned(), AttributeValue::M(encode(value)));
                call.change(vec!["#value = :value".to_owned()], write.expires_secs(), true, mark);
            }
            Change::Update(members) => {
                call.name("#value", VALUE);
                let mut set = Vec::new();
                for (at, (name, value)) in encode(members).into_iter().enumerate() {
                    call.name(&format!("#m{at}"), &name);
                    call.values.insert(format!(":m{at}"), value);
                    set.push(format!("#value.#m{at} = :m{at}"));
                }
                if members.is_empty() {
                    call.names.remove("#value");
                }
                call.change(set, write.expires_secs(), false, mark);
                let present = call.condition(&Condition::Present, now);
                condition = format!("({present}) AND ({condition})");
            }
            Change::Delete => condition = format!("attribute_not_exists({PK}) OR ({condition})"),
            Change::Keep => {}
        }
        call.condition = condition;
        Ok(call)
    }

    fn name(&mut self, place: &str, name: &str) {
        self.names.insert(place.to_owned(), name.to_owned());
    }

    /// Makes the expression that changes an item, its version, its mark and its time.
    fn change(&mut self, mut set: Vec<String>, expires: Option<i64>, is_whole: bool, mark: &str) {
        self.name("#mark", MARK);
        self.name("#version", VERSION);
        self.values.insert(":mark".to_owned(), AttributeValue::S(mark.to_owned()));
        self.values.insert(":one".to_owned(), AttributeValue::N("1".to_owned()));
        set.push("#mark = :mark".to_owned());
        let mut remove = "";
        if let Some(expires) = expires {
            self.name("#expires", EXPIRES);
            self.values.insert(":expires".to_owned(), AttributeValue::N(expires.to_string()));
            set.push("#expires = :expires".to_owned());
        } else if is_whole {
            self.name("#expires", EXPIRES);
            remove = " REMOVE #expires";
        }
        self.update = format!("SET {}{remove} ADD #version :one", set.join(", "));
    }

    /// Makes the expression of a condition.
    fn condition(&mut self, condition: &Condition, now: Timestamp) -> String {
        if *condition == Condition::Always {
            // Holds of every item, and of none.
            return format!("attribute_exists({PK}) OR attribute_not_exists({PK})");
        }
        self.name("#expires", EXPIRES);
        self.values.insert(":now".to_owned(), AttributeValue::N(now.as_second().to_string()));
        let present = format!("attribute_exists({PK}) AND (attribute_not_exists(#expires) OR #expires > :now)");
        match condition {
            Condition::Absent => format!("attribute_not_exists({PK}) OR #expires <= :now"),
            Condition::Always | Condition::Present => present,
            Condition::Version(version) => {
                self.name("#version", VERSION);
                self.values.insert(":version".to_owned(), AttributeValue::N(version.to_string()));
                format!("{present} AND #version = :version")
            }
            Condition::Member(name, value) => {
                self.name("#value", VALUE);
                self.name("#member", name);
                self.values.insert(":member".to_owned(), AttributeValue::S(value.to_string()));
                format!("{present} AND #value.#member = :member")
            }
        }
    }

    fn names(&self) -> Option<HashMap<String, String>> {
        (!self.names.is_empty()).then(|| self.names.clone())
    }

    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    /// Changes an item, and returns what the change set.
    async fn update(self, table: &Table) -> Result<Item, Failure> {
        let call = table
            .aws
            .dynamodb
            .update_item()
            .table_name(&table.name)
            .set_expression_attribute_names(self.names())
            .set_expression_attribute_values(self.values())
            .set_key(Some(self.key))
            .update_expression(self.update)
            .condition_expression(self.condition)
            .return_values(ReturnValue::UpdatedNew);
        let changed = call.send().await.map_err(|error| Failure::of(&error))?;
        Ok(Item(changed.attributes.unwrap_or_default()))
    }

    async fn delete(self, table: &Table) -> Result<(), Failure> {
        let call = table
            .aws
            .dynamodb
            .delete_item()
            .table_name(&table.name)
            .set_expression_attribute_names(self.names())
            .set_expression_attribute_values(self.values())
            .set_key(Some(self.key))
            .condition_expression(self.condition);
        call.send().await.map(drop).map_err(|error| Failure::of(&error))
    }

    /// Makes one of several changes.
    fn together(self, table: &Table, change: &Change) -> Result<TransactWriteItem, Failure> {
        let unsent = |cause: aws_sdk_dynamodb::error::BuildError| Failure::NotSent(cause.to_string());
        let (item, names, values) = (TransactWriteItem::builder(), self.names(), self.values());
        Ok(match change {
            Change::Put(_) | Change::Update(_) => item.update(
                Update::builder()
                    .table_name(&table.name)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_key(Some(self.key))
                    .update_expression(self.update)
                    .condition_expression(self.condition)
                    .build()
                    .map_err(unsent)?,
            ),
            Change::Delete => item.delete(
                Delete::builder()
                    .table_name(&table.name)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_key(Some(self.key))
                    .condition_expression(self.condition)
                    .build()
                    .map_err(unsent)?,
            ),
            Change::Keep => item.condition_check(
                ConditionCheck::builder()
                    .table_name(&table.name)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .set_key(Some(self.key))
                    .condition_expression(self.condition)
                    .build()
                    .map_err(unsent)?,
            ),
        }
        .build())
    }
}

fn encode(members: &Object) -> HashMap<String, AttributeValue> {
    members.iter().map(|(name, value)| (name.clone(), AttributeValue::S(value.to_string()))).collect()
}

/// Returns whether the time of an item has not come yet.
fn is_live(item: &Item, now: Timestamp) -> bool {
    item.optional_number::<i64>(EXPIRES).is_ok_and(|expires| expires.is_none_or(|expires| expires > now.as_second()))
}

fn decode(item: &Item) -> Result<Row, Trouble> {
    let Some(AttributeValue::M(members)) = item.0.get(VALUE) else { return Err(Trouble::Damaged(VALUE)) };
    let value = members.iter().map(|(name, text)| {
        let text = text.as_s().map_err(|_| Trouble::Damaged(VALUE))?;
        let value: Value = serde_json::from_str(text).map_err(|_| Trouble::Damaged(VALUE))?;
        Ok((name.clone(), value))
    });
    let sort: String = item.value(SK)?;
    let expires_at: Option<i64> = item.optional_number(EXPIRES)?;
    let expires_at = expires_at.map(|second| Timestamp::from_second(second).map_err(|_| Trouble::Damaged(EXPIRES)));
    Ok(Row {
        sort: sort.strip_prefix('#').ok_or(Trouble::Damaged(SK))?.to_owned(),
        version: item.number(VERSION)?,
        value: value.collect::<Result<_, Trouble>>()?,
        expires_at: expires_at.transpose()?,
    })
}
