//! Files as other systems name and write them, cold: how much of their pages is right.
//!
//! A layout says of each column what it is called, which common column is made of it, and what its values are like. A file is
//! written from it, a page is proposed for the file, the file is judged by that page, and the rows are compared with what they were
//! made of. What counts is therefore the whole way: format, header, source, steps, codes.

mod judged;
mod layout;
mod values;
mod write;

use judged::Verdict;
use layout::Layout;

/// The layouts that were looked at while words were added.
const FIRST: &str = include_str!("layouts/first.txt");
/// Those that were written after that.
const LATER: &str = include_str!("layouts/later.txt");
/// The share of columns that must be right, and that may be wrong.
const RIGHT: f64 = 0.85;
const WRONG: f64 = 0.03;

/// Checks that most columns of some layouts are made right, hardly one is made wrong, and each file is published.
fn check(layouts: &str) {
    let (mut right, mut wrong, mut all) = (0, 0, 0);
    let (mut faults, mut told) = (Vec::new(), String::new());
    for layout in Layout::all(layouts) {
        let verdict = Verdict::of(&layout);
        right += verdict.right.len();
        wrong += verdict.wrong.len();
        all += layout.targets().len();
        if let Some(refused) = &verdict.refused {
            faults.push(format!("{}: {refused}", layout.name));
        }
        if !verdict.wrong.is_empty() || !verdict.missing.is_empty() {
            told += &format!(
                "{}: wrong {:?}, missing {:?}\n{}\n",
                layout.name, verdict.wrong, verdict.missing, verdict.page
            );
        }
    }
    let share = |count: usize| count as f64 / all as f64;
    assert_eq!(faults, [""; 0], "{told}");
    assert!(share(right) >= RIGHT && share(wrong) <= WRONG, "{all} columns, {right} right, {wrong} wrong\n{told}");
}

#[test]
fn most_columns_of_the_first_layouts_are_made_right() {
    check(FIRST);
}

#[test]
fn most_columns_of_layouts_that_came_later_are_made_right() {
    check(LATER);
}
