//! One source: where it is, which of its tables are loaded, and how.

use std::path::Path;
use std::time::Duration;

use carelake_core::config::reader::{Fields, Mistakes, Preset, Spot};
use carelake_core::config::{Secret, check_own_name, read_secret};
use carelake_database::{Address, Engine, Strain, Tls};

use super::address;
use super::databases::Databases;
use super::duration;
use super::keys::{DYNAMIC, PAUSE_WHEN, SETTINGS, SOURCE, TABLES};
use super::pattern::{Pattern, TablePattern};
use super::settings::{Override, Said, Settings};

/// A source.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// What kind of server it is.
    pub engine: Engine,
    /// Where it is.
    pub address: Address,
    /// Where user and password are kept; none of DynamoDB, whose login is that of the environment, unless there is a key for masks.
    pub secret: Option<Secret>,
    /// The database to connect to, of PostgreSQL.
    pub postgres_database: Option<String>,
    /// How connections are encrypted.
    pub tls: Tls,
    /// Whether it is a replica.
    pub is_replica: bool,
    /// The zone of columns without one, where the server does not say it.
    pub zone: Option<String>,
    /// Connections over all functions and runs at once.
    pub max_connections: u32,
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// When nothing is read of it for a while.
    pub pause_when: PauseWhen,
    /// How often it is loaded by itself; none: never.
    pub every: Option<Duration>,
    /// How old its last good load may be.
    pub max_staleness: Duration,
    /// Its databases.
    pub databases: Databases,
    /// Their tables.
    pub tables: Chosen,
    /// Tables of users.
    pub dynamic: Option<Dynamic>,
    /// How tables are loaded where no override says anything.
    pub(super) settings: Settings,
    /// What is said of single tables, in file order.
    pub overrides: Vec<Override>,
}

/// How busy a server is too busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PauseWhen {
    replica_lag: Option<Duration>,
    running: Option<u64>,
}

impl PauseWhen {
    /// Returns whether anything makes it pause.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.replica_lag.is_some() || self.running.is_some()
    }

    /// Returns why nothing is read now, if so.
    #[must_use]
    pub fn reason(&self, Strain { running, replica_lag }: Strain) -> Option<String> {
        if let Some(most) = self.running.filter(|most| running > *most) {
            return Some(format!("{running} statements run, more than the {most} of pause_when"));
        }
        let most = self.replica_lag.filter(|most| replica_lag > *most)?;
        let (lag, most) = (replica_lag.as_secs(), most.as_secs());
        if replica_lag == Duration::MAX {
            return Some("a replica has stopped following its server; see SHOW REPLICA STATUS there".to_owned());
        }
        Some(format!("a replica is {lag} s behind, more than the {most} s of pause_when"))
    }

    fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Self {
        let fields = spot.keyed(&PAUSE_WHEN, mistakes);
        Self {
            replica_lag: fields.get("replica_lag").and_then(|spot| duration::read(&spot, mistakes)),
            running: Some(fields.whole_or("running", "a whole number", 0, mistakes)).filter(|most| *most > 0),
        }
    }
}

/// Which names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

/// Tables of users, which only the catalogue of the source knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Dynamic {
    /// Which databases they are in.
    pub databases: Databases,
    /// Which tables.
    pub tables: Chosen,
    /// What answers database, table and tenant of each.
    pub registry: Option<String>,
    /// Connections that they may take.
    pub max_connections: u32,
    /// The most of them that are loaded.
    pub max_tables: usize,
}

impl Chosen {
    /// Returns whether a name is chosen.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        let is_in = self.include.is_empty() || self.include.iter().any(|pattern| pattern.fits(name));
        is_in && !self.exclude.iter().any(|pattern| pattern.fits(name))
    }

    fn read(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Self {
        let mut patterns = |key| {
            let texts = fields.get(key).map(|spot: Spot<'_>| spot.texts("patterns of names", mistakes));
            texts.unwrap_or_default().into_iter().map(|(text, _)| Pattern::new(&text)).collect()
        };
        Self { include: patterns("include"), exclude: patterns("exclude") }
    }
}

impl Source {
    /// Returns whether it is DynamoDB, which has neither a login of its own nor checksums.
    #[must_use]
    pub fn is_dynamodb(&self) -> bool {
        self.engine == Engine::Dynamodb
    }

    /// Returns how a table is loaded: what is said of all, and then what each override that fits says, in file order.
    #[must_use]
    pub fn settings(&self, database: &str, table: &str) -> Settings {
        let fitting = self.overrides.iter().filter(|it| it.tables.fits(database, table));
        fitting.fold(self.settings.clone(), |settings, it| settings.with(&it.said))
    }

    /// Returns whether a table is named by an override without `*`.
    #[must_use]
    pub fn is_named(&self, database: &str, table: &str) -> bool {
        self.overrides.iter().any(|it| it.tables.is_exact() && it.tables.fits(database, table))
    }

    /// Reads an entry of `sources`.
    pub(super) fn read(
        (name, spot): (&str, &Spot<'_>),
        folder: &Path,
        settings: &Settings,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        check_own_name(spot, name, mistakes);
        let fields = spot.keyed(&SOURCE, mistakes);
        let engines = [
            ("mysql", Engine::Mysql),
            ("mariadb", Engine::Mariadb),
            ("postgres", Engine::Postgres),
            ("dynamodb", Engine::Dynamodb),
        ];
        let engine = fields.required("engine", "mysql, mariadb, postgres or dynamodb", mistakes);
        let engine = engine.and_then(|spot| spot.choice(&engines, mistakes));
        let address = address::of(&fields, engine, mistakes);
        let secret = match engine {
            Some(Engine::Dynamodb) => fields.get("secret"),
            _ => fields.required("secret", "where user and password are kept", mistakes),
        };
        let secret = secret.and_then(|spot| read_secret(&spot, folder, mistakes));
        let tls = fields.get("tls").unwrap_or_else(Spot::empty).keyed(&address::TLS, mistakes);
        let tls = address.as_ref().map(|address| address::read_tls(&tls, address, folder, mistakes));
        let tables = fields.get("tables").unwrap_or_else(Spot::empty).keyed(&TABLES, mistakes);
        let databases = fields.get("databases").map(|spot| Databases::read_map(&spot, mistakes));
        let read = Self {
            name: name.to_owned(),
            postgres_database: postgres_database(&fields, engine, mistakes),
            is_replica: fields.get("replica").and_then(|spot| spot.boolean(mistakes)).unwrap_or(false),
            zone: fields.get("zone").and_then(|spot| spot.text("a time zone such as UTC", mistakes)),
            max_connections: fields.whole("max_connections", mistakes),
            statement_timeout: duration::of(&fields, &SOURCE, "statement_timeout", mistakes),
            pause_when: fields.get("pause_when").map(|spot| PauseWhen::read(&spot, mistakes)).unwrap_or_default(),
            every: every(&fields, mistakes),
            max_staleness: duration::of(&fields, &SOURCE, "max_staleness", mistakes),
            databases: databases.unwrap_or_else(Databases::every),
            tables: Chosen::read(&tables, mistakes),
            dynamic: fields.get("dynamic").map(|spot| Dynamic::read(&spot, mistakes)),
            overrides: fields.get("overrides").map(|spot| overrides(&spot, mistakes)).unwrap_or_default(),
            settings: settings.clone(),
            engine: engine?,
            address: address?,
            secret,
            tls: tls?,
        };
        Some(read)
    }
}

impl Dynamic {
    fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Self {
        let fields = spot.keyed(&DYNAMIC, mistakes);
        let (databases, registry) = (fields.get("databases"), fields.get("registry"));
        if databases.is_none() && registry.is_none() {
            mistakes.add(spot, "must have `databases`, `registry` or both: where tables of users are");
        }
        let registry = registry.and_then(|spot| {
            let text = spot.text("a SELECT that answers database, table and tenant", mistakes)?;
            let is_select = text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"));
            if !is_select {
                mistakes.add(&spot, "must be a SELECT that answers database, table and tenant of each table");
            }
            Some(text)
        });
        Self {
            databases: databases.map(|spot| Databases::read_list(&spot, mistakes)).unwrap_or_default(),
            tables: Chosen::read(&fields, mistakes),
            registry,
            max_connections: fields.whole("max_connections", mistakes),
            max_tables: fields.whole::<i64>("max_tables", mistakes).unsigned_abs() as usize,
        }
    }
}

fn postgres_database(fields: &Fields<'_>, engine: Option<Engine>, mistakes: &mut Mistakes) -> Option<String> {
    let given = fields.get("postgres_database");
    if engine != Some(Engine::Postgres) {
        if let (Some(spot), Some(_)) = (&given, engine) {
            mistakes.add(spot, "is for `engine: postgres`; of other servers `databases` says which");
        }
        return None;
    }
    let preset = SOURCE.iter().find(|key| key.name == "postgres_database").and_then(|key| key.preset);
    let preset = if let Some(Preset::Text(text)) = preset { Some(text.to_owned()) } else { None };
    given.and_then(|spot| spot.text("a database", mistakes)).or(preset)
}

/// Reads `rate(15 minutes)` or `never`.
fn every(fields: &Fields<'_>, mistakes: &mut Mistakes) -> Option<Duration> {
    const A_RATE: &str = "rate(N minutes), rate(N hours), rate(N days) or never";
    let preset = SOURCE.iter().find(|key| key.name == "schedule").and_then(|key| key.preset);
    let preset = if let Some(Preset::Text(text)) = preset { text } else { "never" };
    let given = fields.get("schedule");
    let text = given.as_ref().and_then(|spot| spot.text(A_RATE, mistakes));
    let text = text.as_deref().unwrap_or(preset);
    if text == "never" {
        return None;
    }
    let span = rate(text);
    if let (None, Some(spot)) = (span, &given) {
        spot.expected(A_RATE, mistakes);
    }
    span
}

fn rate(text: &str) -> Option<Duration> {
    let (number, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let letter = match unit {
        "minute" | "minutes" => 'm',
        "hour" | "hours" => 'h',
        "day" | "days" => 'd',
        _ => return None,
    };
    duration::parse(&format!("{number}{letter}")).filter(|span| !span.is_zero())
}

fn overrides(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Vec<Override> {
    let mut read = Vec::new();
    for (text, spot) in spot.entries("tables, by DATABASE.TABLE", mistakes) {
        let said = Said::read(&spot, &SETTINGS, mistakes);
        match TablePattern::parse(text) {
            Some(tables) => read.push(Override { tables, said }),
            None => mistakes.add(&spot, format!("`{text}` must be DATABASE.TABLE; `*` stands for any characters")),
        }
    }
    read
}
