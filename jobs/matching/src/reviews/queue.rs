//! The order in which questions come, and which one is next.

use jiff::Timestamp;

use super::moment;
use super::review::{Review, reviews_in};
use crate::database::{SqlError, Value, Words, values};
use crate::reference::{ReferenceDatabase, ReferenceError};

/// In which order questions come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Those that are least certain first.
    #[default]
    Informative,
    /// Those that are most likely first.
    Likely,
    /// Those that wait longest first.
    Oldest,
    /// Those by which most cells would be given first.
    Repairs,
}

impl Order {
    /// Every order.
    pub const ALL: [Self; 4] = [Self::Informative, Self::Likely, Self::Oldest, Self::Repairs];

    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Informative => "informative",
            Self::Likely => "likely",
            Self::Oldest => "oldest",
            Self::Repairs => "repairs",
        }
    }

    /// What is sorted by, least first, between how often a question was put back and its id. A probability is the nearer to one half the
    /// nearer its bits are to none; the index `review_waiting` has these words.
    fn key(self, words: Words) -> String {
        match self {
            Self::Informative => "abs(coalesce(weight, 1e9))".to_owned(),
            Self::Likely => "-coalesce(weight, -1e9)".to_owned(),
            Self::Oldest => "opened_at".to_owned(),
            Self::Repairs => format!("-{}", words.length("repairs")),
        }
    }
}

/// Which questions are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In which order.
    pub order: Order,
    /// Of a feed.
    pub feed: Option<String>,
    /// For a reason.
    pub reason: Option<String>,
    /// About a column.
    pub column: Option<String>,
    /// Of a kind.
    pub kind: Option<String>,
    /// Without what only a lead may answer.
    pub without_leads: bool,
    /// At most so many; 0 for all.
    pub limit: usize,
}

/// What tells which questions somebody sees: the sequence of `outcomes`, the time now, and who looks.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'s> {
    /// Questions of later sequences are not shown yet.
    pub sequence: u64,
    /// What others look at now is left out.
    pub now: Timestamp,
    /// Who looks.
    pub looker: &'s str,
    /// The feeds, or sources, to which they are limited.
    pub feeds: Option<&'s [String]>,
}

impl Seen<'_> {
    /// Returns whether somebody may see a question.
    #[must_use]
    pub fn shows(&self, review: &Review) -> bool {
        self.feeds.is_none_or(|feeds| feeds.iter().any(|it| *it == review.feed || *it == review.key.data_source))
    }
}

/// On which side of a question another is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before it.
    Before,
    /// After it.
    After,
}

/// Where a question stands in an order: it stays there when it is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    skips: i64,
    key: Value<'static>,
    id: String,
}

struct Query {
    sql: String,
    values: Vec<Value<'static>>,
    words: Words,
}

impl Query {
    /// Asks for questions that are open, that nobody else looks at, and that are wanted. Of what two people answer, those are left out that
    /// the looker answered.
    fn of(what: &str, words: Words, seen: Seen<'_>, wanted: &Wanted) -> Self {
        let by = words.by("review_waiting");
        let sql = format!(
            "SELECT {what} FROM review{by} WHERE state IN ('open', 'disputed') AND outcomes_sequence <= ?1
               AND (reserved_by IS NULL OR reserved_by = ?2 OR reserved_until <= ?3) AND (assigned_to IS NULL OR assigned_to = ?2)
               AND (kind <> 'second' OR state = 'disputed' OR NOT EXISTS (
                 SELECT 1 FROM decision d WHERE d.review_id = review.review_id AND d.reviewer = ?2 AND d.action IN ('accept', 'reject')
                   AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.action = 'undo' AND (u.undoes = d.decision_id OR d.decision_id LIKE u.undoes || '.%'))))"
        );
        let values = vec![seen.sequence.into(), seen.looker.to_owned().into(), moment(seen.now).into()];
        let mut query = Self { sql, values, words };
        query.within(seen.feeds);
        query.fits("(feed = ? OR data_source = ?)", wanted.feed.as_ref());
        // A blind check looks like any other question.
        query.fits("CASE kind WHEN 'sample' THEN 'weight' ELSE reason END = ?", wanted.reason.as_ref());
        query.fits("CASE kind WHEN 'sample' THEN 'record' ELSE kind END = ?", wanted.kind.as_ref());
        query.fits(&words.has("repairs", "?"), wanted.column.as_ref());
        if wanted.without_leads {
            query.sql.push_str(" AND state = 'open' AND kind <> 'cluster'");
        }
        query
    }

    fn fits(&mut self, condition: &str, value: Option<&String>) {
        if let Some(value) = value {
            let place = self.value(value.clone());
            self.sql.push_str(" AND ");
            self.sql.push_str(&condition.replace('?', &place));
        }
    }

    /// Leaves those out that somebody who is limited to feeds, or sources, may not see.
    fn within(&mut self, feeds: Option<&[String]>) {
        let Some(feeds) = feeds else { return };
        let places: Vec<String> = feeds.iter().map(|feed| self.value(feed.clone())).collect();
        let among = |column: &str| format!("{column} IN ({})", places.join(", "));
        let fits = if places.is_empty() {
            "1 = 0".to_owned()
        } else {
            format!("({} OR {})", among("feed"), among("data_source"))
        };
        self.sql.push_str(&format!(" AND {fits}"));
    }

    /// Adds a value; answers what stands for it.
    fn value(&mut self, value: impl Into<Value<'static>>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Reads the questions whose ids it finds: the index has what they are found by, and they are long.
    fn reviews(&self, reference: &ReferenceDatabase) -> Result<Vec<Review>, ReferenceError> {
        reference.read("reading reviews", |sql| {
            let ids: Vec<String> = sql.rows(&self.sql, &self.values, |row| row.get(0))?;
            reviews_in(sql, &ids)
        })
    }
}

/// Returns the open questions that a run has shown, in their order; those that another looks at are left out.
///
/// # Errors
/// [`ReferenceError`].
pub fn queue(reference: &ReferenceDatabase, seen: Seen<'_>, wanted: &Wanted) -> Result<Vec<Review>, ReferenceError> {
    let mut query = Query::of("review_id", reference.words(), seen, wanted);
    query.sql.push_str(&format!(" ORDER BY skips, {}, review_id", wanted.order.key(query.words)));
    if wanted.limit > 0 {
        query.sql.push_str(&format!(" LIMIT {}", wanted.limit));
    }
    query.reviews(reference)
}

/// Counts the questions that are wanted, up to `most`.
///
/// # Errors
/// [`ReferenceError`].
pub fn waiting(
    reference: &ReferenceDatabase,
    seen: Seen<'_>,
    wanted: &Wanted,
    most: u64,
) -> Result<u64, ReferenceError> {
    let query = Query::of("1", reference.words(), seen, wanted);
    let counting = format!("SELECT count(*) FROM ({} LIMIT {most}) AS found", query.sql);
    reference.read("counting reviews", |sql| sql.value(&counting, &query.values))
}

/// Returns where a question stands in an order.
///
/// # Errors
/// [`ReferenceError`].
pub fn stands(reference: &ReferenceDatabase, id: &str, order: Order) -> Result<Standing, ReferenceError> {
    reference.read("reading a review", |sql| {
        let by = order.key(reference.words());
        let statement = format!("SELECT skips, {by}, review_id FROM review WHERE review_id = ?1");
        let found = sql.first(&statement, values![id], |row| {
            Ok(Standing { skips: row.get(0)?, key: row.get(1)?, id: row.get(2)? })
        })?;
        found.ok_or(SqlError::Unreadable { column: 0 })
    })
}

/// Returns the next question on one side of where another stands.
///
/// # Errors
/// [`ReferenceError`].
pub fn beside(
    reference: &ReferenceDatabase,
    seen: Seen<'_>,
    wanted: &Wanted,
    (standing, side): (&Standing, Side),
) -> Result<Option<Review>, ReferenceError> {
    let Standing { skips, key, id } = standing;
    let (sign, way) = if side == Side::After { (">", "") } else { ("<", " DESC") };
    let words = reference.words();
    let by = wanted.order.key(words);
    // First among those that were put back as often, from where it stands: the index is entered there.
    let mut near = Query::of("review_id", words, seen, wanted);
    let (skips, key, id) = (near.value(*skips), near.value(key.clone()), near.value(id.clone()));
    near.sql.push_str(&format!(
        " AND skips = {skips} AND {by} {sign}= {key} AND ({by} {sign} {key} OR review_id {sign} {id})
          ORDER BY {by}{way}, review_id{way} LIMIT 1"
    ));
    if let Some(found) = near.reviews(reference)?.pop() {
        return Ok(Some(found));
    }
    let mut far = Query::of("review_id", words, seen, wanted);
    let skips = far.value(standing.skips);
    far.sql.push_str(&format!(" AND skips {sign} {skips} ORDER BY skips{way}, {by}{way}, review_id{way} LIMIT 1"));
    Ok(far.reviews(reference)?.pop())
}

/// What open questions can be cut down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The feeds that they came by.
    pub feeds: Vec<String>,
    /// Why they are asked, as far as reviewers are told.
    pub reasons: Vec<String>,
}

/// Returns what the open questions that somebody may see can be cut down to.
///
/// # Errors
/// [`ReferenceError`].
pub fn choices(reference: &ReferenceDatabase, seen: Seen<'_>) -> Result<Choices, ReferenceError> {
    let words = reference.words();
    reference.read("reading reviews", |sql| {
        let distinct = |what: &str| {
            let sql_of =
                "SELECT DISTINCT {what} FROM review WHERE state IN ('open', 'disputed')".replace("{what}", what);
            let mut open = Query { sql: sql_of, values: Vec::new(), words };
            open.within(seen.feeds);
            sql.rows(&format!("{} ORDER BY 1", open.sql), &open.values, |row| row.get::<String>(0))
        };
        let reasons = distinct("CASE kind WHEN 'sample' THEN 'weight' ELSE reason END")?;
        Ok(Choices { feeds: distinct("feed")?, reasons })
    })
}
