//! The right to do something, held by one at a time and for a limited time.
//!
//! What is held is a name: of a publication that is to be changed, or of any other work that must not be done twice at once.

use jiff::{SignedDuration, Timestamp};

use super::{LedgerError, Located};
use crate::names::Publication;

/// What the names of the leases of publications begin with.
const PUBLICATION: &str = "publication/";

/// Gives the right to do something to one at a time. A name that is claimed in a scope is the one that
/// [`Scope::qualify`](crate::names::Scope::qualify) answers.
pub trait Leases: Located {
    /// Takes a name if nobody has it, its time is over, or it may be retaken.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails. That somebody else has it is not an error.
    fn claim(&self, name: &str, ask: &Ask<'_>) -> Result<Claimed, LedgerError>;

    /// Lets a claim end later. One that has ended can be renewed as long as nobody took it.
    ///
    /// # Errors
    /// [`LedgerError::ClaimLost`] when it was taken by somebody else, or the ledger fails.
    fn renew_claim(&self, taken: &Taken, now: Timestamp, ttl_secs: u64) -> Result<Taken, LedgerError>;

    /// Gives a claim back, marked or not. One that was lost is left alone.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn release_claim(&self, taken: &Taken) -> Result<(), LedgerError>;

    /// Marks the claim of a name, for its owner to look once more before it ends. Answers whether somebody has it: if not,
    /// there is no mark, and the name is free. Whoever takes the name from an owner that did not end it takes the mark away.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn leave_mark(&self, name: &str, now: Timestamp) -> Result<bool, LedgerError>;

    /// Gives a claim back unless it is marked. If it is, takes the mark away and answers the claim for one more round, which
    /// stands in for the one before. No mark is lost between the two. One that was lost is left alone.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn release_unless_marked(&self, taken: &Taken) -> Result<Option<Taken>, LedgerError>;

    /// Returns who has a name now.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn holder(&self, name: &str, now: Timestamp) -> Result<Option<Taken>, LedgerError>;

    /// Takes one of several slots of a name, such as the connections that a source allows. What is taken is renewed and given
    /// back as a claim of its own name. With `retake`, an owner has one slot at most.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn claim_slot(&self, name: &str, slots: u32, ask: &Ask<'_>) -> Result<Claimed, LedgerError> {
        let names: Vec<String> = (1..=slots).map(|slot| format!("{name}#{slot}")).collect();
        if ask.retake {
            for name in &names {
                if self.holder(name, ask.now)?.is_some_and(|taken| taken.owner == ask.owner) {
                    return self.claim(name, ask);
                }
            }
        }
        // The slot that ends first tells how long to wait; without any slot nobody is waited for.
        let mut busy = Claimed::Busy { owner: String::new(), since: ask.now, until: Timestamp::MAX };
        for name in &names {
            match self.claim(name, ask)? {
                Claimed::Taken(taken) => return Ok(Claimed::Taken(taken)),
                held if held.until() <= busy.until() => busy = held,
                Claimed::Busy { .. } => {}
            }
        }
        Ok(busy)
    }

    /// Takes the lease of a publication if it is free, has ended, or may be retaken.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails. That somebody else has it is not an error.
    fn acquire_lease(&self, claim: &Claim<'_>) -> Result<Acquired, LedgerError> {
        let ask = Ask { owner: claim.owner, retake: claim.retake, now: claim.now, ttl_secs: claim.ttl_secs };
        Ok(match self.claim(&name_of(claim.publication), &ask)? {
            Claimed::Taken(taken) => Acquired::Lease(taken.lease_of(claim.publication)),
            Claimed::Busy { owner, until, .. } => Acquired::Held { owner, until },
        })
    }

    /// Lets a lease end later. One that has ended can be renewed as long as nobody took it.
    ///
    /// # Errors
    /// [`LedgerError::LeaseLost`] when it was taken by somebody else, or the ledger fails.
    fn renew_lease(&self, lease: &Lease, now: Timestamp, ttl_secs: u64) -> Result<Lease, LedgerError> {
        match self.renew_claim(&lease.claim(), now, ttl_secs) {
            Err(LedgerError::ClaimLost { owner, .. }) => {
                Err(LedgerError::LeaseLost { publication: lease.publication.clone(), owner })
            }
            renewed => renewed.map(|taken| taken.lease_of(&lease.publication)),
        }
    }

    /// Gives a lease back. One that was lost is left alone.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn release_lease(&self, lease: &Lease) -> Result<(), LedgerError> {
        self.release_claim(&lease.claim())
    }

    /// Returns who holds the lease of a publication now.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn lease(&self, publication: &Publication, now: Timestamp) -> Result<Option<Lease>, LedgerError> {
        let taken = self.holder(&name_of(publication), now)?;
        Ok(taken.map(|taken| taken.lease_of(publication)))
    }
}

/// Who asks for a name, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Who asks: an execution, a run, or a verb.
    pub owner: &'a str,
    /// Whether a live claim of the same owner is taken over: a new attempt does, because the attempt before it is over or
    /// should be.
    pub retake: bool,
    /// The time now.
    pub now: Timestamp,
    /// Seconds after which the claim ends unless it is renewed.
    pub ttl_secs: u64,
}

impl Ask<'_> {
    /// Returns when the claim would end.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        ends(self.now, self.ttl_secs)
    }
}

/// A name that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The name.
    pub name: String,
    /// Who has it.
    pub owner: String,
    /// A number that grows with every taking of the name. Who has a smaller one has lost it.
    pub generation: u64,
    /// When it ends unless it is renewed.
    pub until: Timestamp,
}

/// What asking for a name gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// It is ours.
    Taken(Taken),
    /// Somebody else has it.
    Busy {
        /// Who; empty when there is no slot at all.
        owner: String,
        /// Since when, as far as it was kept: now, of one that an older carelake took.
        since: Timestamp,
        /// When it ends by itself.
        until: Timestamp,
    },
}

impl Claimed {
    const fn until(&self) -> Timestamp {
        match self {
            Self::Taken(Taken { until, .. }) | Self::Busy { until, .. } => *until,
        }
    }
}

impl Taken {
    fn lease_of(self, publication: &Publication) -> Lease {
        let Self { owner, generation, until, .. } = self;
        Lease { publication: publication.clone(), owner, fencing: generation, until }
    }

    /// Returns the error of one who has lost it.
    #[must_use]
    pub fn lost(&self) -> LedgerError {
        LedgerError::ClaimLost { name: self.name.clone(), owner: self.owner.clone() }
    }
}

impl Lease {
    fn claim(&self) -> Taken {
        let Self { publication, owner, fencing, until } = self.clone();
        Taken { name: name_of(&publication), owner, generation: fencing, until }
    }
}

fn name_of(publication: &Publication) -> String {
    format!("{PUBLICATION}{publication}")
}

/// Returns the publication whose lease has a name, if the name is one of a lease outside every scope.
#[must_use]
pub fn publication_of(name: &str) -> Option<&str> {
    name.strip_prefix(PUBLICATION)
}

/// What is asked for when a lease is.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'c> {
    /// The publication.
    pub publication: &'c Publication,
    /// Who asks: a run, or a verb such as `rollback`.
    pub owner: &'c str,
    /// Whether a live lease of the same owner is taken over: a new attempt of a run does, because the attempt before it
    /// is over or should be.
    pub retake: bool,
    /// The time now.
    pub now: Timestamp,
    /// Seconds after which the lease ends unless it is renewed.
    pub ttl_secs: u64,
}

/// A lease that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The publication.
    pub publication: Publication,
    /// Who holds it.
    pub owner: String,
    /// A number that grows with every taking of the publication's lease. Who holds a smaller one has lost it.
    pub fencing: u64,
    /// When it ends unless it is renewed.
    pub until: Timestamp,
}

/// What asking for a lease gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// It is ours.
    Lease(Lease),
    /// Somebody else has it.
    Held {
        /// Who.
        owner: String,
        /// When it ends by itself.
        until: Timestamp,
    },
}

/// Returns the time some seconds after another; the end of time when that is beyond it.
#[must_use]
pub fn ends(now: Timestamp, ttl_secs: u64) -> Timestamp {
    let ttl = SignedDuration::from_secs(i64::try_from(ttl_secs).unwrap_or(i64::MAX));
    now.checked_add(ttl).unwrap_or(Timestamp::MAX)
}
