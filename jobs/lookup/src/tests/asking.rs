//! What is asked, how often, and what is answered: against a service that leaves keys open as it is told.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use proptest::prelude::*;

use super::{column, text, wish};
use crate::answers::{Lookup, Reply, Wish, get_many};
use crate::clock::Clock;
use crate::error::LookupError;
use crate::key::{Key, KeyColumn, KeyType};
use crate::row::{Row, Value};

/// A clock that stands until somebody waits. Its dice fall as high as they can.
#[derive(Debug, Default)]
struct Standing(Mutex<(Duration, Vec<Duration>)>);

impl Clock for Standing {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn wait(&self, time: Duration) {
        let mut told = self.0.lock().unwrap();
        told.0 += time;
        told.1.push(time);
    }

    fn up_to(&self, most: Duration) -> Duration {
        most
    }
}

/// A service that has rows of even numbers, takes so many keys of a request, and answers some of them.
#[derive(Debug)]
struct Service {
    key: Vec<KeyColumn>,
    most: usize,
    /// How many keys a request answers, by its number; the last of these from then on.
    answers: Vec<usize>,
    asked: Mutex<Vec<Vec<Key>>>,
}

impl Service {
    fn new(most: usize, answers: &[usize]) -> Self {
        let key = vec![column("id", KeyType::Text)];
        Self { key, most, answers: answers.to_vec(), asked: Mutex::default() }
    }
}

impl Lookup for Service {
    fn name(&self) -> &str {
        "numbers"
    }

    fn key(&self) -> &[KeyColumn] {
        &self.key
    }

    fn most_keys(&self) -> usize {
        self.most
    }

    fn ask(&self, keys: &[Key], _wish: &Wish, left: Duration) -> Result<Reply, LookupError> {
        assert!(keys.len() <= self.most && !left.is_zero());
        assert_eq!(keys.iter().collect::<std::collections::HashSet<_>>().len(), keys.len(), "a key comes once");
        let mut asked = self.asked.lock().unwrap();
        let answers = self.answers.get(asked.len()).or(self.answers.last()).copied().unwrap_or(usize::MAX);
        asked.push(keys.to_vec());
        let (answered, open) = keys.split_at(answers.min(keys.len()));
        let found = answered.iter().filter_map(|key| {
            let crate::key::KeyValue::Text(text) = &key.0[0] else { return None };
            let number: u64 = text.parse().ok()?;
            number.is_multiple_of(2).then(|| (key.clone(), Row(vec![("id".to_owned(), Value::Text(text.clone()))])))
        });
        // Whoever answers does so in an order of its own.
        let mut found: Vec<_> = found.collect();
        found.reverse();
        Ok(Reply { found, open: open.to_vec(), code: (!open.is_empty()).then(|| "Throttled".to_owned()) })
    }
}

fn told(rows: &[Option<std::sync::Arc<Row>>]) -> Vec<Option<String>> {
    rows.iter().map(|row| row.as_ref().and_then(|row| row.get("id")?.text())).collect()
}

#[test]
fn each_key_is_answered_in_its_place_and_asked_for_once() {
    let service = Service::new(100, &[]);
    let keys: Vec<Key> = ["4", "1", "2", "4", "x", "1"].map(text).to_vec();
    let answers = get_many(&service, &keys, &wish(&[]), &Standing::default()).unwrap();
    let expected = [Some("4"), None, Some("2"), Some("4"), None, None].map(|it| it.map(str::to_owned));
    assert_eq!(told(&answers.rows), expected);
    assert_eq!((answers.distinct, answers.missing, answers.requests), (4, 3, 1));
    let none = get_many(&service, &[], &wish(&[]), &Standing::default()).unwrap();
    assert_eq!((none.rows.len(), none.requests), (0, 0));
}

#[test]
fn a_request_has_no_more_keys_than_it_may_have() {
    let service = Service::new(100, &[]);
    let keys: Vec<Key> = (0..950).map(|it| text(&it.to_string())).collect();
    let answers = get_many(&service, &keys, &wish(&[]), &Standing::default()).unwrap();
    assert_eq!((answers.rows.len(), answers.requests, answers.missing), (950, 10, 475));
    let mut sizes: Vec<usize> = service.asked.lock().unwrap().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [vec![50], vec![100; 9]].concat());
}

#[test]
fn what_is_open_is_asked_for_again_after_waits_that_double_while_nothing_comes() {
    let service = Service::new(100, &[1, 0, 0, 0, 3, 0, usize::MAX]);
    let keys: Vec<Key> = (0..8).map(|it| text(&it.to_string())).collect();
    let clock = Standing::default();
    let answers = get_many(&service, &keys, &wish(&[]), &clock).unwrap();
    assert_eq!((answers.missing, answers.requests), (4, 7));
    let waits: Vec<u128> = clock.0.lock().unwrap().1.iter().map(Duration::as_millis).collect();
    assert_eq!(waits, [50, 100, 200, 400, 50, 100]);
    let sizes: Vec<usize> = service.asked.lock().unwrap().iter().map(Vec::len).collect();
    assert_eq!(sizes, [8, 7, 7, 7, 7, 4, 4], "only what is open is asked for again");
}

#[test]
fn keys_that_are_open_at_the_deadline_are_counted_and_nothing_is_answered() {
    let service = Service::new(100, &[2, 1, 0]);
    let keys: Vec<Key> = (0..10).map(|it| text(&it.to_string())).collect();
    let clock = Standing::default();
    let error = get_many(&service, &keys, &wish(&[]), &clock).unwrap_err();
    assert_eq!(error.kind().name, "Unavailable");
    let expected = "lookups.numbers: 7 keys are open after 30 s (Throttled); ask for them again later, or give it a longer `deadline`";
    assert_eq!(error.to_string(), expected);
    let told = clock.0.lock().unwrap();
    assert_eq!(told.0, Duration::from_secs(30), "no longer than the deadline");
    assert!(told.1.iter().all(|wait| *wait <= Duration::from_secs(5)));
}

#[test]
fn chance_cuts_a_wait_anywhere() {
    let clock = crate::Machine::start();
    let most = Duration::from_millis(1_000);
    let thrown: BTreeSet<Duration> = (0..200).map(|_| clock.up_to(most)).collect();
    assert!(thrown.iter().all(|time| *time <= most));
    assert!(thrown.len() > 50 && thrown.first() < Some(&Duration::from_millis(200)));
    assert!(thrown.last() > Some(&Duration::from_millis(800)));
}

proptest! {
    #[test]
    fn there_is_never_a_short_answer(
        keys in prop::collection::vec(0_u64..60, 0..150),
        most in 1_usize..40,
        answers in prop::collection::vec(0_usize..20, 1..12),
    ) {
        let answers: Vec<usize> = answers.into_iter().chain([5]).collect();
        let service = Service::new(most, &answers);
        let asked: Vec<Key> = keys.iter().map(|it| text(&it.to_string())).collect();
        let wish = Wish { deadline: Duration::from_secs(3_600), ..wish(&[]) };
        let found = get_many(&service, &asked, &wish, &Standing::default()).unwrap();
        let expected: Vec<Option<String>> = keys.iter().map(|it| it.is_multiple_of(2).then(|| it.to_string())).collect();
        prop_assert_eq!(told(&found.rows), expected);
        let mut counts: HashMap<&Key, usize> = HashMap::new();
        let requests = service.asked.lock().unwrap();
        requests.iter().flatten().for_each(|key| *counts.entry(key).or_default() += 1);
        prop_assert_eq!(counts.len(), found.distinct);
    }
}
