//! Sessions of those who signed in, kept among the rows of the ledger.
//!
//! A browser holds a random word and the ledger its hash, so that who reads the ledger cannot go on in somebody's name. A session ends
//! when nothing was asked for a while, and after a working day in any case.

pub(crate) mod form;
pub(crate) mod rate;
pub(crate) mod roles;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use carelake_core::hex;
use carelake_core::ledger::{LedgerError, Object, Partition, Rows, Write, object};
use carelake_core::names::Scope;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use roles::{Rights, Role};

/// The name of the cookie: of this host alone, and never sent where somebody could read it on its way.
pub(crate) const COOKIE_NAME: &str = "__Host-carelake";
/// How long a session lives in which nothing is asked.
const IDLE: SignedDuration = SignedDuration::from_mins(15);
/// How long a session lives.
const WHOLE: SignedDuration = SignedDuration::from_hours(8);
/// How exactly it is known when something was asked last: each note of it is a write.
const NOTED: SignedDuration = SignedDuration::from_secs(30);
/// Random bytes of a word that nobody is to guess.
const BYTES: usize = 32;

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// What the ledger knows it by.
    #[serde(skip)]
    pub id: String,
    /// Who it is of: a name of the operating system, or of the issuer that they signed in at.
    pub user: String,
    /// What they may see and do.
    pub roles: Vec<Role>,
    /// Feeds, or sources, to which they are limited as a reviewer.
    #[serde(default)]
    pub feeds: Option<Vec<String>>,
    /// What every form of it carries.
    pub token: String,
    /// When it began.
    pub began: Timestamp,
    /// When something was asked last, as far as it was noted.
    pub seen: Timestamp,
}

impl Session {
    /// Returns whether its user has a role.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Returns whether a form is of this session.
    pub(crate) fn gave(&self, token: &str) -> bool {
        verify_slices_are_equal(self.token.as_bytes(), token.as_bytes()).is_ok()
    }

    fn ends(&self) -> Timestamp {
        let (idle, whole) = (self.seen.saturating_add(IDLE), self.began.saturating_add(WHOLE));
        idle.unwrap_or(self.seen).min(whole.unwrap_or(self.seen))
    }
}

/// The sessions of a lake.
pub(crate) struct Sessions<'r> {
    rows: &'r dyn Rows,
    of: Partition,
    now: Timestamp,
}

impl<'r> Sessions<'r> {
    pub(crate) fn new(rows: &'r dyn Rows, scope: &Scope, now: Timestamp) -> Self {
        Self { rows, of: Partition::new(scope, "console", "sessions"), now }
    }

    /// Begins a session; answers the cookie that a browser is given.
    pub(crate) fn begin(&self, user: &str, rights: impl Into<Rights>) -> Result<HeaderValue, LedgerError> {
        let (word, token) = (random_word(), random_word());
        let Rights { roles, feeds } = rights.into();
        let (id, user) = (hash(&word), user.to_owned());
        let session = Session { id, user, roles, feeds, token, began: self.now, seen: self.now };
        self.rows.write(&self.put(&session)?, self.now)?;
        let cookie = format!("{COOKIE_NAME}={word}; Path=/; Secure; HttpOnly; SameSite=Lax");
        Ok(HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static("")))
    }

    /// Returns the session that a request belongs to, if it is still alive.
    pub(crate) fn find(&self, headers: &HeaderMap) -> Result<Option<Session>, LedgerError> {
        let Some(word) = cookie(headers, COOKIE_NAME) else { return Ok(None) };
        let id = hash(word);
        let Some(row) = self.rows.get(&self.of.key(&id), self.now)? else { return Ok(None) };
        let mut session: Session = row.read("a session", self.rows)?;
        session.id = id;
        if session.ends() <= self.now {
            return Ok(None);
        }
        if self.now.duration_since(session.seen) >= NOTED {
            session.seen = self.now;
            let seen = Object::from_iter([("seen".to_owned(), json!(self.now))]);
            let noted = Write::update(self.of.key(&session.id), seen).until(session.ends());
            self.rows.write(&noted, self.now)?;
        }
        Ok(Some(session))
    }

    /// Ends every session of a user, wherever they signed in.
    pub(crate) fn end_all(&self, user: &str) -> Result<(), LedgerError> {
        let mut range = self.of.begin("", 100);
        loop {
            let page = self.rows.query(&range, self.now)?;
            for row in &page.rows {
                let session: Session = row.read("a session", self.rows)?;
                if session.user == user {
                    self.rows.write(&Write::delete(self.of.key(&row.sort)), self.now)?;
                }
            }
            range.after = page.resume;
            if range.after.is_none() {
                return Ok(());
            }
        }
    }

    fn put(&self, session: &Session) -> Result<Write, LedgerError> {
        Ok(Write::put(self.of.key(&session.id), object(session, self.rows)?).until(session.ends()))
    }
}

/// Returns the cookie that ends what a browser holds.
pub(crate) fn no_cookie() -> HeaderValue {
    HeaderValue::from_static("__Host-carelake=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// Returns a word that nobody can guess.
pub(crate) fn random_word() -> String {
    let mut bytes = [0; BYTES];
    // The generator of the library fails where the system has none, and then nobody gets in: a hash of nothing is no session.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        return String::new();
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns what a browser holds under a name.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(given, word)| (given == name && !word.is_empty()).then_some(word))
}

fn hash(word: &str) -> String {
    hex(&Sha256::digest(word))
}

#[cfg(test)]
mod tests {
    use carelake_core::ledger::SqliteLedger;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap()
    }

    fn browser(cookie: &HeaderValue) -> HeaderMap {
        let word = cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&format!("other=1; {word}")).unwrap())])
    }

    #[test]
    fn a_session_ends_when_nothing_is_asked_and_after_a_working_day() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let on = |minute| Sessions::new(&ledger, &scope, at(minute));
        let cookie = on(0).begin("ann", Role::ALL.to_vec()).unwrap();
        let browser = browser(&cookie);
        let session = on(1).find(&browser).unwrap().unwrap();
        assert!(
            session.user == "ann" && session.gave(&session.token.clone()) && !session.gave("") && !session.gave("x")
        );
        for minute in (10..480).step_by(10) {
            assert!(on(minute).find(&browser).unwrap().is_some(), "{minute}");
        }
        assert!(on(480).find(&browser).unwrap().is_none(), "a working day");
        let other = self::browser(&on(0).begin("ann", Vec::new()).unwrap());
        assert!(on(14).find(&other).unwrap().is_some() && on(30).find(&other).unwrap().is_none(), "nothing was asked");
        assert!(on(1).find(&HeaderMap::new()).unwrap().is_none());
    }

    #[test]
    fn signing_out_ends_every_session_of_the_user_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let sessions = Sessions::new(&ledger, &scope, at(0));
        let [one, two, other] = ["ann", "ann", "bob"].map(|user| browser(&sessions.begin(user, Vec::new()).unwrap()));
        sessions.end_all("ann").unwrap();
        let alive = [&one, &two, &other].map(|it| sessions.find(it).unwrap().is_some());
        assert_eq!(alive, [false, false, true]);
    }

    #[test]
    fn what_the_ledger_holds_of_a_session_is_no_cookie() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let scope = Scope::default();
        let sessions = Sessions::new(&ledger, &scope, at(0));
        let cookie = sessions.begin("ann", Vec::new()).unwrap();
        let id = sessions.find(&browser(&cookie)).unwrap().unwrap().id;
        let forged = HeaderValue::from_str(&format!("{COOKIE_NAME}={id}; Path=/")).unwrap();
        assert!(sessions.find(&browser(&forged)).unwrap().is_none());
    }
}
