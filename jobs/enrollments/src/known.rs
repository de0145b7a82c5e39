//! The enrollments there are, and joining sub-files to them.

use rayon::prelude::*;

/// The ids of all enrollments, ascending; a position in it is an enrollment's slot.
#[derive(Debug)]
pub(crate) struct Known {
    ids: Vec<u64>,
}

impl Known {
    /// Takes distinct packed ids in ascending order.
    pub(crate) fn new(ids: Vec<u64>) -> Self {
        Self { ids }
    }

    /// Returns a figure of zero for every enrollment.
    pub(crate) fn slots(&self) -> Vec<u32> {
        vec![0; self.ids.len()]
    }

    /// Sorts rows and hands those of each known enrollment to `each` with its slot, in ascending order. Answers how many
    /// rows belong to none.
    pub(crate) fn join<T: Ord + Send>(
        &self,
        mut rows: Vec<T>,
        id: impl Fn(&T) -> u64,
        mut each: impl FnMut(usize, &[T]),
    ) -> u64 {
        if !rows.is_sorted() {
            rows.par_sort_unstable();
        }
        let mut orphans = 0;
        let mut at = 0;
        for same in rows.chunk_by(|left, right| id(left) == id(right)) {
            let Some(wanted) = same.first().map(&id) else { continue };
            at += self.ids.get(at..).unwrap_or_default().iter().take_while(|known| **known < wanted).count();
            if self.ids.get(at) == Some(&wanted) {
                each(at, same);
            } else {
                orphans += same.len() as u64;
            }
        }
        orphans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_meet_their_enrollment_and_the_others_are_orphans() {
        let known = Known::new(vec![10, 20, 30]);
        let mut met = Vec::new();
        let orphans = known.join(
            vec![(20, 'b'), (5, 'x'), (30, 'c'), (20, 'a'), (31, 'y')],
            |row| row.0,
            |at, rows| {
                met.push((at, rows.iter().map(|row| row.1).collect::<String>()));
            },
        );
        assert_eq!((met, orphans), (vec![(1, "ab".to_owned()), (2, "c".to_owned())], 2));
    }
}
