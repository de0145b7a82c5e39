//! Segments are put in the groups of their structure, one after the other, without looking ahead.
//!
//! The groups that are open are a stack, the innermost last. A segment goes where it stands in order, else where the structure has it
//! at all, else in the innermost open group under its own name: none is ever left out.

mod tree;

pub use tree::{Instance, Key, Node, Tree};

use crate::tables::{Child, Group, Most, SegmentName};
use crate::warning::{At, Warning, Warnings};

/// A group that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    instance: Instance,
    group: &'static Group,
    /// The part that was matched last.
    at: Option<usize>,
}

/// Puts segments in their groups. It keeps its memory for the next message.
#[derive(Debug, Default)]
pub struct Placing {
    tree: Tree,
    open: Vec<Open>,
}

/// Whether a segment stands where its structure has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Kept,
    Broken,
}

/// A segment that a place is looked for.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    name: [u8; 3],
    number: SegmentName,
    segment: u32,
}

impl Placing {
    /// Puts the segments of a message in the groups of its structure; without one there are no groups.
    pub(crate) fn place(
        &mut self,
        structure: Option<&'static Group>,
        segments: impl Iterator<Item = [u8; 3]>,
        warnings: &mut Warnings,
    ) -> &Tree {
        self.tree.clear(structure);
        self.open.clear();
        self.open.extend(structure.map(|group| Open { instance: Tree::ROOT, group, at: None }));
        for (segment, name) in segments.enumerate() {
            let at = At { segment: segment + 1, field: 0 };
            match structure {
                Some(_) => self.segment(name, segment as u32).into_iter().for_each(|it| warnings.note(it, at)),
                None => self.tree.put_other(Tree::ROOT, name, segment > 0, segment as u32),
            }
        }
        &self.tree
    }

    /// Puts one segment somewhere; answers what is odd about that.
    fn segment(&mut self, name: [u8; 3], segment: u32) -> Option<Warning> {
        if let Some(number) = SegmentName::of(name) {
            let wanted = Wanted { name, number, segment };
            match self.in_order(wanted).or_else(|| self.out_of_order(wanted)) {
                Some(Order::Kept) => return None,
                Some(Order::Broken) => return Some(Warning::SegmentOrder),
                None => {}
            }
        }
        let innermost = self.open.last()?;
        let is_declared =
            SegmentName::of(name).is_some_and(|number| innermost.group.children().iter().any(|it| it.is(number)));
        let instance = innermost.instance;
        if is_declared {
            self.tree.put_more(instance, name, segment);
            return Some(Warning::BeyondMaximum);
        }
        self.tree.put_other(instance, name, true, segment);
        Some(if name.starts_with(b"Z") { Warning::SegmentZ } else { Warning::SegmentUnexpected })
    }

    /// Returns whether one more of a part may be there.
    fn has_room(&self, open: &Open, child: usize) -> bool {
        open.group.children().get(child).is_some_and(|it| room(it, self.tree.count(open.instance, child)))
    }

    fn in_order(&mut self, wanted: Wanted) -> Option<Order> {
        for level in (0..self.open.len()).rev() {
            let open = *self.open.get(level)?;
            let again = open.at.filter(|at| self.has_room(&open, *at) && fits(open.group, *at, wanted.number));
            if let Some(at) = again {
                return self.enter(level, at, wanted).map(|()| Order::Kept);
            }
            if open.group.is_choice && open.at.is_some() {
                continue;
            }
            let from = open.at.map_or(0, |at| at + 1);
            let mut later = from..open.group.children().len();
            if let Some(at) = later.find(|at| self.has_room(&open, *at) && fits(open.group, *at, wanted.number)) {
                let inner = open.group.children().get(at).and_then(Child::group);
                let passes_over = inner.is_some_and(|inner| !inner.leads_with(wanted.number));
                let anew = self.anew(level, wanted.number).filter(|_| passes_over);
                let (level, at) = anew.unwrap_or((level, at));
                return self.enter(level, at, wanted).map(|()| Order::Kept);
            }
            let is_missing = |(at, child): &(usize, &Child)| {
                child.is(wanted.number) && child.is_required() && self.tree.count(open.instance, *at) == 0
            };
            // Where it stands is not the place from which the next one is looked for.
            let mut earlier = open.group.children().iter().enumerate().take(from);
            if let Some((at, _)) = earlier.find(is_missing) {
                self.tree.put((open.instance, open.group), at, wanted.name, wanted.segment);
                return Some(Order::Broken);
            }
        }
        None
    }

    /// Returns the innermost of the open groups, up to a level, that can begin anew with a segment as its very first part: the level
    /// that it stands in, and its place there.
    fn anew(&self, level: usize, segment: SegmentName) -> Option<(usize, usize)> {
        (0..level).rev().find_map(|level| {
            let open = self.open.get(level)?;
            let at = open.at?;
            let leads = open.group.children().get(at)?.group()?.leads_with(segment);
            (leads && self.has_room(open, at)).then_some((level, at))
        })
    }

    fn out_of_order(&mut self, wanted: Wanted) -> Option<Order> {
        for level in (0..self.open.len()).rev() {
            let open = *self.open.get(level)?;
            let children = || open.group.children().iter().enumerate();
            let mut direct = children().filter(|(_, child)| child.is(wanted.number)).peekable();
            if direct.peek().is_some() {
                // A segment that is declared at several places counts as one that repeats.
                let has_room = |at: usize, child: &Child| {
                    child.is_list && child.most() == Most::Times(1) || self.has_room(&open, at)
                };
                if let Some((at, _)) = direct.find(|(at, child)| has_room(*at, child)) {
                    self.tree.put((open.instance, open.group), at, wanted.name, wanted.segment);
                    return Some(Order::Broken);
                }
                continue;
            }
            let below = children().find(|(_, it)| it.group().is_some_and(|group| group.contains(wanted.number)));
            let Some((at, child)) = below else { continue };
            if self.has_room(&open, at) {
                return self.enter(level, at, wanted).map(|()| Order::Broken);
            }
            let last = self.tree.last(open.instance, at).zip(child.group());
            if last.is_some_and(|(instance, group)| self.in_last(instance, group, wanted)) {
                return Some(Order::Broken);
            }
        }
        None
    }

    /// Puts a segment into an instance that is there, or in what it holds; `false` where there is no room.
    fn in_last(&mut self, instance: Instance, group: &'static Group, wanted: Wanted) -> bool {
        let open = Open { instance, group, at: None };
        for (at, child) in group.children().iter().enumerate() {
            if child.is(wanted.number) && self.has_room(&open, at) {
                self.tree.put((instance, group), at, wanted.name, wanted.segment);
                return true;
            }
            let Some(inner) = child.group().filter(|inner| inner.contains(wanted.number)) else { continue };
            if self.has_room(&open, at) {
                let opened = self.tree.open((instance, group), at, inner);
                return self.in_last(opened, inner, wanted);
            }
            if self.tree.last(instance, at).is_some_and(|last| self.in_last(last, inner, wanted)) {
                return true;
            }
        }
        false
    }

    /// Puts a segment into a part of an open group; where that is a group, it is opened with all that leads to the segment. What was
    /// open below is not any more.
    fn enter(&mut self, level: usize, at: usize, wanted: Wanted) -> Option<()> {
        self.open.truncate(level + 1);
        let mut at = at;
        loop {
            let open = self.open.last_mut()?;
            open.at = open.at.max(Some(at));
            let (instance, group) = (open.instance, open.group);
            let Some(inner) = group.children().get(at)?.group() else {
                self.tree.put((instance, group), at, wanted.name, wanted.segment);
                return Some(());
            };
            let opened = self.tree.open((instance, group), at, inner);
            self.open.push(Open { instance: opened, group: inner, at: None });
            let children = inner.children();
            at = (0..children.len()).find(|at| fits(inner, *at, wanted.number)).or_else(|| {
                children
                    .iter()
                    .position(|it| it.is(wanted.number) || it.group().is_some_and(|it| it.contains(wanted.number)))
            })?;
        }
    }
}

/// Returns whether a part of a group is a segment, or a group that can start with it.
fn fits(group: &'static Group, child: usize, segment: SegmentName) -> bool {
    let Some(child) = group.children().get(child) else { return false };
    child.is(segment) || child.group().is_some_and(|group| group.starts_with(segment))
}

fn room(child: &Child, count: u32) -> bool {
    match child.most() {
        Most::Any => true,
        Most::Times(most) => count < u32::from(most),
    }
}
