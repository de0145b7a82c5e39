//! The segments of a message in their groups: what stands where, by key, in the order of first appearance.
//!
//! Kept in a few lists and not as objects, so that a hundred thousand segments cost no allocation each.

use std::collections::HashMap;

use crate::tables::{Group, GroupName};

/// Stands where there is none.
const NONE: u32 = u32::MAX;

/// What a member of an object is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// By a segment.
    Segment([u8; 3]),
    /// By a group.
    Group(GroupName),
    /// `_more`: what a maximum does not allow.
    More,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A segment of the message, from 0.
    Segment(u32),
    /// A repetition of a group.
    Instance(Instance),
}

/// A repetition of a group, or what is beyond the maxima of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instance(u32);

/// A member of an object.
#[derive(Debug, Clone, Copy)]
struct Member {
    key: Key,
    is_list: bool,
    next: u32,
    first: u32,
    last: u32,
}

/// Where the members of an instance are, and how its places are filled.
#[derive(Debug, Clone, Copy)]
struct Found {
    first: u32,
    last: u32,
    places: u32,
}

/// One place of a group: a part that it declares.
#[derive(Debug, Clone, Copy)]
struct Place {
    count: u32,
    member: u32,
    /// The last repetition, where it is a group.
    last: u32,
}

/// The segments of a message in their groups. It keeps its memory for the next one.
#[derive(Debug, Default)]
pub struct Tree {
    instances: Vec<Found>,
    members: Vec<Member>,
    /// Each with the one that comes next under the same key.
    nodes: Vec<(Node, u32)>,
    places: Vec<Place>,
    /// Members that a group does not declare.
    others: HashMap<(Instance, Key), u32>,
}

impl Tree {
    /// The message itself.
    pub const ROOT: Instance = Instance(0);

    /// Begins another message.
    pub(super) fn clear(&mut self, root: Option<&'static Group>) {
        self.instances.clear();
        self.members.clear();
        self.nodes.clear();
        self.places.clear();
        self.others.clear();
        self.instance(root);
    }

    fn instance(&mut self, group: Option<&'static Group>) -> Instance {
        let places = self.places.len();
        let count = group.map_or(0, |group| group.children().len());
        self.places.resize(places + count, Place { count: 0, member: NONE, last: NONE });
        self.instances.push(Found { first: NONE, last: NONE, places: places as u32 });
        Instance(self.instances.len() as u32 - 1)
    }

    fn place(&self, instance: Instance, child: usize) -> Option<&Place> {
        self.places.get(self.instances.get(instance.0 as usize)?.places as usize + child)
    }

    /// Returns how often a part of a group is there.
    pub(super) fn count(&self, instance: Instance, child: usize) -> u32 {
        self.place(instance, child).map_or(0, |place| place.count)
    }

    /// Returns the last repetition of a part that is a group.
    pub(super) fn last(&self, instance: Instance, child: usize) -> Option<Instance> {
        self.place(instance, child).filter(|place| place.last != NONE).map(|place| Instance(place.last))
    }

    /// Puts a segment into a place.
    pub(super) fn put(
        &mut self,
        (instance, group): (Instance, &'static Group),
        child: usize,
        name: [u8; 3],
        segment: u32,
    ) {
        self.fill((instance, group), child, Key::Segment(name), Node::Segment(segment));
    }

    /// Opens a repetition of a group in a place.
    pub(super) fn open(
        &mut self,
        (instance, group): (Instance, &'static Group),
        child: usize,
        inner: &'static Group,
    ) -> Instance {
        let opened = self.instance(Some(inner));
        self.fill((instance, group), child, Key::Group(inner.name()), Node::Instance(opened));
        opened
    }

    fn fill(&mut self, (instance, group): (Instance, &'static Group), child: usize, key: Key, node: Node) {
        let Some(declared) = group.children().get(child) else { return };
        let first = usize::from(declared.first);
        let member = match self.place(instance, first).map(|place| place.member) {
            Some(NONE) | None => self.member(instance, key, declared.is_list),
            Some(member) => member,
        };
        let start = self.instances.get(instance.0 as usize).map_or(0, |found| found.places as usize);
        if let Some(place) = self.places.get_mut(start + first) {
            place.member = member;
        }
        if let Some(place) = self.places.get_mut(start + child) {
            place.count += 1;
            if let Node::Instance(Instance(opened)) = node {
                place.last = opened;
            }
        }
        self.append(member, node);
    }

    /// Puts a segment under its own name, where the group has no place for it.
    pub(super) fn put_other(&mut self, instance: Instance, name: [u8; 3], is_list: bool, segment: u32) {
        self.put_keyed(instance, Key::Segment(name), is_list, Node::Segment(segment));
    }

    /// Puts a segment under `_more`.
    pub(super) fn put_more(&mut self, instance: Instance, name: [u8; 3], segment: u32) {
        let more = match self.others.get(&(instance, Key::More)).and_then(|member| self.first_node(*member)) {
            Some(Node::Instance(more)) => more,
            _ => {
                let more = self.instance(None);
                self.put_keyed(instance, Key::More, false, Node::Instance(more));
                more
            }
        };
        self.put_keyed(more, Key::Segment(name), true, Node::Segment(segment));
    }

    fn put_keyed(&mut self, instance: Instance, key: Key, is_list: bool, node: Node) {
        let member = match self.others.get(&(instance, key)) {
            Some(member) => *member,
            None => {
                let member = self.member(instance, key, is_list);
                self.others.insert((instance, key), member);
                member
            }
        };
        self.append(member, node);
    }

    /// Adds a member to an instance, after those that are there.
    fn member(&mut self, instance: Instance, key: Key, is_list: bool) -> u32 {
        let at = self.members.len() as u32;
        self.members.push(Member { key, is_list, next: NONE, first: NONE, last: NONE });
        let Some(found) = self.instances.get_mut(instance.0 as usize) else { return at };
        if let Some(last) = self.members.get_mut(found.last as usize) {
            last.next = at;
        } else {
            found.first = at;
        }
        found.last = at;
        at
    }

    fn append(&mut self, member: u32, node: Node) {
        let at = self.nodes.len() as u32;
        self.nodes.push((node, NONE));
        let Some(member) = self.members.get_mut(member as usize) else { return };
        if let Some((_, next)) = self.nodes.get_mut(member.last as usize) {
            *next = at;
        } else {
            member.first = at;
        }
        member.last = at;
    }

    fn first_node(&self, member: u32) -> Option<Node> {
        let member = self.members.get(member as usize)?;
        self.nodes.get(member.first as usize).map(|(node, _)| *node)
    }

    /// Returns the members of an instance, in order: the key, whether it is a list, and what stands there.
    pub fn members(&self, instance: Instance) -> impl Iterator<Item = (Key, bool, impl Iterator<Item = Node>)> {
        let mut at = self.instances.get(instance.0 as usize).map_or(NONE, |found| found.first);
        std::iter::from_fn(move || {
            let member = self.members.get(at as usize)?;
            at = member.next;
            Some((member.key, member.is_list, self.chain(member.first)))
        })
    }

    fn chain(&self, mut at: u32) -> impl Iterator<Item = Node> {
        std::iter::from_fn(move || {
            let (node, next) = self.nodes.get(at as usize)?;
            at = *next;
            Some(*node)
        })
    }
}
