//! Where in an XML file the reader is, on the way to something.

/// The names of elements on a way below the root, and how many of them are open.
#[derive(Debug)]
pub(super) struct Way {
    names: Vec<String>,
    depth: usize,
    matched: usize,
    furthest: usize,
}

impl Way {
    pub(super) const fn new(names: Vec<String>) -> Self {
        Self { names, depth: 0, matched: 0, furthest: 0 }
    }

    /// Goes into an element; answers whether it is where the way leads to.
    pub(super) fn open(&mut self, name: &str) -> bool {
        let is_on = self.matched == self.depth
            && (self.depth == 0 || self.names.get(self.depth - 1).is_some_and(|next| next == name));
        self.depth += 1;
        if is_on {
            self.matched = self.depth;
            self.furthest = self.furthest.max(self.depth);
        }
        is_on && self.depth == self.names.len() + 1
    }

    /// Leaves an element.
    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.matched = self.matched.min(self.depth);
    }

    /// Tells whether the element that is to hold what the way leads to was there.
    pub(super) fn was_near(&self) -> bool {
        self.furthest >= self.names.len()
    }
}
