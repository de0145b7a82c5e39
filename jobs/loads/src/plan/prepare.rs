//! What a load of a table is told: its columns with their names in the lake, its mode, and what of the configuration concerns it.

use carelake_core::hex;
use carelake_core::names::Publication;
use carelake_core::nearest;
use carelake_database::{Engine, ITEM, Relation, TypeChoice};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::chosen::is_column;
use crate::config::{DeletedRows, HandOn, Latest, Settings, Source, Treatment};
use crate::hand_on::is_text;
use crate::mode::{Decision, Facts, Reason, Way, decide, needs, rows};
use crate::names::{Named, form};
use crate::publish::{self, LakeColumn, Mask, MaskKey, Mode, Table};
use crate::schema::{Evolved, Fate, Look, Now, Shape, Verdict, class, evolve};

/// How far a bookmark stays behind where nothing else is said.
const LAG: SignedDuration = SignedDuration::from_mins(10);

/// A table, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// Its source.
    pub source: &'s Source,
    /// The table.
    pub relation: &'s Relation,
    /// What the configuration says of it.
    pub settings: &'s Settings,
    /// Its publication.
    pub publication: &'s Publication,
    /// What it was seen to be.
    pub kept: Option<&'s Shape>,
    /// Whether its cursor is trusted no more.
    pub is_distrusted: bool,
    /// Whether exports of DynamoDB have a place to go to.
    pub can_export: bool,
    /// What somebody asks for.
    pub asking: Asking,
    /// The key of masks that hash; none: the secret of the source has none.
    pub mask_key: Option<&'s [u8]>,
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asking {
    /// That the table is read whole.
    pub is_whole: bool,
    /// That rows are read again from then on.
    pub since: Option<Timestamp>,
    /// That far fewer rows than before are taken.
    pub accepts_loss: bool,
}

/// What becomes of a table.
#[derive(Debug)]
pub enum Prepared {
    /// It can be loaded.
    Ready(Box<Ready>),
    /// It is no table, and nobody names it.
    Left,
    /// Somebody has to say how.
    NeedsMode(String),
    /// What the configuration says of it cannot be.
    Wrong(String),
    /// It changed, and somebody has to decide.
    Drift(String, Evolved),
}

/// A table that can be loaded.
#[derive(Debug)]
pub struct Ready {
    /// What its load is told.
    pub table: Table,
    /// How.
    pub way: Way,
    /// Why so.
    pub reason: Reason,
    /// What it is seen to be, and what changed.
    pub evolved: Evolved,
    /// What should be known.
    pub warnings: Vec<String>,
}

/// Returns what tells whether a table, and what the configuration makes of its columns, is as it was.
#[must_use]
pub fn fingerprint(relation: &Relation, settings: &Settings) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    };
    add(&relation.identity.0);
    for column in &relation.columns {
        add(&column.name);
        add(&format!("{} {} {}", column.number, column.declared, column.is_nullable));
    }
    add(&format!("{:?} {:?} {:?}", relation.key, settings.evolve, settings.specials));
    for (name, treatment) in &settings.columns {
        add(&format!("{name} {treatment}"));
    }
    hex(&digest.finalize()).chars().take(32).collect()
}

/// Prepares a table. `nulls` answers how many rows of a column hold nothing.
///
/// # Errors
/// Those of `nulls`.
pub fn prepare<E>(subject: Subject<'_>, nulls: impl FnMut(usize) -> Result<u64, E>) -> Result<Prepared, E> {
    let Subject { source, relation, settings, .. } = subject;
    let facts = Facts {
        relation,
        engine: source.engine,
        settings,
        is_named: source.is_named(&relation.database, &relation.name),
        is_distrusted: subject.is_distrusted,
        can_export: subject.can_export,
    };
    Ok(match decide(facts, nulls)? {
        Decision::Left => Prepared::Left,
        Decision::Wrong(why) => Prepared::Wrong(why),
        Decision::NeedsMode { rows, lacks } => Prepared::NeedsMode(needs(relation, rows, &lacks)),
        Decision::Load(way, reason) => ready(subject, way, reason),
    })
}

fn ready(subject: Subject<'_>, way: Way, reason: Reason) -> Prepared {
    let Subject { source, relation, settings, asking, .. } = subject;
    if source.is_replica && settings.lag.is_none() && matches!(way, Way::Incremental { .. }) {
        return Prepared::Wrong("a replica does not tell who is writing: give `lag`".to_owned());
    }
    let is_hashed = settings.columns.iter().any(|(_, treatment)| *treatment == Treatment::Hash);
    if is_hashed && subject.mask_key.is_none() {
        return Prepared::Wrong("`hash` needs a key: `hash_key` in the secret of the source".to_owned());
    }
    let is_items = source.engine == Engine::Dynamodb;
    if let (false, Some((name, _))) = (is_items, settings.columns.iter().find(|(_, it)| is_of_items(it))) {
        return Prepared::Wrong(format!(
            "`columns.{name}`: `string`, `int`, `double` and `binary` are for attributes of DynamoDB"
        ));
    }
    let shown = relation.shown();
    let name = |at: &usize| relation.columns.get(*at).map(|column| column.name.clone());
    let look = Look {
        identity: &relation.identity.0,
        key: relation.key.iter().filter_map(name).collect(),
        columns: (0..relation.columns.len()).filter_map(|at| now(subject, at)).collect(),
        keeps_numbers: source.engine == Engine::Postgres,
        evolve: settings.evolve,
        is_small: rows(relation) <= settings.full_max_rows,
        is_whole_asked: asking.is_whole,
        is_sparse: is_items,
        command: format!("carelake load '{}/{shown}' --full", source.name),
    };
    let evolved = evolve(subject.kept, look);
    let warnings = match &evolved.verdict {
        Verdict::Load { warnings } => warnings.clone(),
        Verdict::Drift(why) => return Prepared::Drift(why.clone(), evolved),
    };
    match told(subject, way, &evolved.shape) {
        Ok(table) => Prepared::Ready(Box::new(Ready { table, way, reason, evolved, warnings })),
        Err(why) => Prepared::Wrong(why),
    }
}

fn is_of_items(treatment: &Treatment) -> bool {
    matches!(treatment, Treatment::Type(choice) if choice.is_of_items())
}

/// Returns what the configuration makes of a column.
fn treatment<'s>(settings: &'s Settings, name: &str) -> Option<&'s Treatment> {
    let wanted = |given: &str| is_column(name, given, &form(given, Named::Column));
    settings.columns.iter().find(|(given, _)| wanted(given)).map(|(_, treatment)| treatment)
}

fn now(subject: Subject<'_>, at: usize) -> Option<Now> {
    let column = subject.relation.columns.get(at)?;
    let lake = lake_column(subject, at, "")?;
    Some(Now {
        name: column.name.clone(),
        number: column.number,
        declared: column.declared.clone(),
        class: class(&lake.kept()),
        is_left: treatment(subject.settings, &column.name) == Some(&Treatment::Drop),
    })
}

fn lake_column(subject: Subject<'_>, at: usize, lake: &str) -> Option<LakeColumn> {
    let Subject { relation, settings, .. } = subject;
    let column = relation.columns.get(at)?;
    let (choice, mask) = match treatment(settings, &column.name) {
        Some(Treatment::Type(choice)) => (Some(choice.clone()), None),
        Some(Treatment::Hash) => (None, Some(Mask::Hash)),
        Some(Treatment::First(number)) => (None, Some(Mask::First(*number))),
        Some(Treatment::Null) => (None, Some(Mask::Null)),
        // What a mask hides is not in the item as a whole either.
        None if column.declared == ITEM => (Some(TypeChoice::Without(masked(relation, settings))), None),
        Some(Treatment::Drop) | None => (None, None),
    };
    LakeColumn::of(subject.source.engine, relation, at, lake, choice, settings.specials, mask)
}

/// Returns the attributes that are hidden: those that the configuration names, and those that it means.
fn masked(relation: &Relation, settings: &Settings) -> Vec<String> {
    let is_hidden = |name: &str| treatment(settings, name).is_some_and(Treatment::is_mask);
    let meant = relation.columns.iter().map(|column| &column.name).filter(|name| is_hidden(name));
    let named = settings.columns.iter().filter(|(_, treatment)| treatment.is_mask()).map(|(name, _)| name);
    named.chain(meant).cloned().collect()
}

fn told(subject: Subject<'_>, way: Way, shape: &Shape) -> Result<Table, String> {
    let Subject { source, relation, settings, asking, .. } = subject;
    let read = shape.columns.iter().filter(|known| known.fate == Fate::Read);
    let columns: Vec<LakeColumn> =
        read.filter_map(|known| lake_column(subject, relation.position(&known.name)?, &known.lake)).collect();
    let gone = shape.columns.iter().filter(|known| known.fate == Fate::Gone);
    let former = gone.map(|known| (known.lake.clone(), crate::schema::type_of(&known.class))).collect();
    let place = |key: &str, name: &String| {
        relation.position(name).ok_or_else(|| {
            let near = nearest(name, relation.columns.iter().map(|column| column.name.as_str()));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("has no column `{name}`, which `{key}` names{near}")
        })
    };
    let partition = |name: &String| {
        place("partition_by", name)?;
        let known = shape.column(name).filter(|known| known.fate == Fate::Read);
        known.map(|known| known.lake.clone()).ok_or_else(|| format!("`partition_by` names `{name}`, which is not read"))
    };
    let hand_on = |asked: &HandOn| {
        let at = place("hand_on", &asked.column)?;
        let column = columns.iter().find(|column| column.column == at);
        match column.map(|column| (&column.name, is_text(&column.kept()))) {
            Some((name, true)) => Ok(HandOn { column: name.clone(), ..asked.clone() }),
            Some(_) => Err(format!("`hand_on` names `{}`, which is neither text nor bytes", asked.column)),
            None => Err(format!("`hand_on` names `{}`, which is not read", asked.column)),
        }
    };
    let hand_on = settings.hand_on.as_ref().map(hand_on).transpose()?;
    Ok(Table {
        source: source.name.clone(),
        relation: relation.clone(),
        publication: subject.publication.clone(),
        columns,
        former,
        mode: match way {
            Way::Full => Mode::Full,
            Way::Incremental { cursor, .. } => Mode::Incremental { cursor },
            Way::Append { cursor } => Mode::Append { cursor },
            Way::Xid => Mode::Xid,
            // Which one it is is known when it is complete.
            Way::Exports { is_whole } => Mode::Exported { from: None, to: 0, goes_on: !is_whole },
        },
        lag: settings.lag.and_then(|lag| SignedDuration::try_from(lag).ok()).unwrap_or(LAG),
        deleted: settings.deleted.as_ref().map(|name| place("deleted", name)).transpose()?,
        keeps_deleted: settings.deleted_rows == DeletedRows::Keep,
        partition_by: settings.partition_by.iter().map(partition).collect::<Result<_, String>>()?,
        latest: match settings.latest {
            Latest::Merge => publish::Latest::Merge,
            Latest::View => publish::Latest::View,
            Latest::Nothing => publish::Latest::None,
        },
        hand_on,
        specials: settings.specials,
        max_reject_ratio: settings.max_reject_ratio,
        max_drop_ratio: settings.max_drop_ratio,
        accepts_loss: asking.accepts_loss,
        piece_rows: settings.chunk_rows,
        bookmark_every: SignedDuration::try_from(settings.bookmark_every).unwrap_or_default(),
        generation: generation(settings, shape),
        whole: asking.is_whole,
        since: asking.since.map(|since| since.as_microsecond()),
        secret: MaskKey(subject.mask_key.unwrap_or_default().to_vec()),
    })
}

/// Returns what all runs share that are served together: how often the table began anew, and what is made of its columns.
fn generation(settings: &Settings, shape: &Shape) -> String {
    let mut digest = Sha256::new();
    for (name, treatment) in &settings.columns {
        digest.update(format!("{name}={treatment};").as_bytes());
    }
    // What has no columns yet gets them by a whole load only.
    if settings.all_attributes {
        digest.update(b"auto;");
    }
    digest.update(format!("{:?};{}", settings.specials, settings.partition_by.join(",")).as_bytes());
    let digest: String = hex(&digest.finalize()).chars().take(8).collect();
    format!("{}-{digest}", shape.generation)
}
