//! The catalog of data.cms.gov, which several sources are found in: large, and asked for once in an execution.

use std::sync::{Arc, Mutex, PoisonError};

/// The catalog that the last execution of this process works with.
static LAST: Mutex<Option<(String, Arc<Catalog>)>> = Mutex::new(None);

/// A catalog that was answered and understood, for those who look for another source in it.
#[derive(Debug, Default)]
pub struct Catalog {
    answer: Mutex<Option<Vec<u8>>>,
}

impl Catalog {
    /// Returns the one of an execution. What an earlier execution was answered is old, and is forgotten.
    #[must_use]
    pub fn of_execution(execution: &str) -> Arc<Self> {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((name, catalog)) if name == execution => Arc::clone(catalog),
            _ => {
                let catalog = Arc::<Self>::default();
                *last = Some((execution.to_owned(), Arc::clone(&catalog)));
                catalog
            }
        }
    }

    /// Gives back the memory of an execution that is over.
    pub fn forget(execution: &str) {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_some_and(|(name, _)| name == execution) {
            *last = None;
        }
    }

    /// Looks into the catalog, which is asked for first if nobody did. An answer that is not understood is not kept, so that the
    /// next source asks anew.
    ///
    /// # Errors
    /// Those of asking and of looking.
    pub fn look<T, E>(
        &self,
        ask: impl FnOnce() -> Result<Vec<u8>, E>,
        find: impl Fn(&[u8]) -> Result<T, E>,
    ) -> Result<T, E> {
        // Held while it is asked: who comes meanwhile waits for the same answer.
        let mut kept = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = &*kept {
            return find(answer);
        }
        let answer = ask()?;
        let found = find(&answer)?;
        *kept = Some(answer);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn it_is_asked_for_once_in_an_execution_and_again_after_an_answer_that_was_not_understood() {
        let asked = Cell::new(0);
        let look = |catalog: &Catalog, answer: &str, wanted: u8| {
            let ask = || {
                asked.set(asked.get() + 1);
                Ok(answer.as_bytes().to_vec())
            };
            catalog.look(ask, |answer| answer.first().filter(|first| **first == wanted).copied().ok_or("not there"))
        };
        let catalog = Catalog::of_execution("one");
        assert_eq!((look(&catalog, "<html>", b'{'), asked.get()), (Err("not there"), 1));
        assert_eq!((look(&catalog, "{}", b'{'), asked.get()), (Ok(b'{'), 2));
        assert_eq!((look(&Catalog::of_execution("one"), "[]", b'{'), asked.get()), (Ok(b'{'), 2));
        assert_eq!((look(&Catalog::of_execution("two"), "[]", b'['), asked.get()), (Ok(b'['), 3));
        Catalog::forget("one");
        assert_eq!((look(&Catalog::of_execution("two"), "{}", b'['), asked.get()), (Ok(b'['), 3));
        Catalog::forget("two");
        assert_eq!((look(&Catalog::of_execution("two"), "{}", b'{'), asked.get()), (Ok(b'{'), 4));
    }
}
