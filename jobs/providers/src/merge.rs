//! Merging winners and facts of both sources in the order of NPIs.

use carelake_core::value::{Day, EnrollmentId, Npi};
use carelake_tabular::dedup::{Candidate, Place};

use crate::facts::Fact;
use crate::medicaid::Medicaid;

/// The source whose row a provider takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Dac,
    Ppef,
}

/// A provider: where its row is, and what both sources say of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Provider {
    pub npi: Npi,
    pub place: Place,
    pub origin: Origin,
    pub first_enrollment: Option<Day>,
    pub enrollments: u32,
    pub medicare: bool,
    pub medicaid: Option<bool>,
    pub telehealth: bool,
}

/// Makes one provider per NPI: the row of `dac` if there is one, else that of `ppef`. All four lists are sorted by NPI.
pub(crate) fn merge(
    dac: &[Candidate],
    ppef: &[Candidate],
    facts: [&[Fact]; 2],
    medicaid: Option<&Medicaid>,
) -> Vec<Provider> {
    let mut dac = dac.iter().peekable();
    let mut ppef = ppef.iter().peekable();
    let [mut dac_facts, mut ppef_facts] = facts;
    let mut providers = Vec::with_capacity(dac.len().max(ppef.len()));
    let mut ids: Vec<EnrollmentId> = Vec::new();
    loop {
        // The key holds nothing but the NPI plus one, so keys of both sources compare.
        let (winner, origin) = match (dac.peek(), ppef.peek()) {
            (None, None) => break,
            (Some(_), None) => (dac.next(), Origin::Dac),
            (None, Some(_)) => (ppef.next(), Origin::Ppef),
            (Some(left), Some(right)) if left.key <= right.key => {
                if left.key == right.key {
                    ppef.next();
                }
                (dac.next(), Origin::Dac)
            }
            (Some(_), Some(_)) => (ppef.next(), Origin::Ppef),
        };
        let Some(winner) = winner else { break };
        let npi = (winner.key - 1) as u64;
        let known = [take(&mut dac_facts, npi), take(&mut ppef_facts, npi)];
        ids.clear();
        ids.extend(known.iter().copied().flatten().filter_map(|fact| fact.id()));
        ids.sort_unstable();
        ids.dedup();
        let any = |is: fn(Fact) -> bool| known.iter().copied().flatten().any(|fact| is(*fact));
        let provider = Provider {
            npi: Npi::unpacked(npi),
            place: winner.place,
            origin,
            first_enrollment: ids.iter().map(|id| id.day()).min(),
            enrollments: ids.len() as u32,
            medicare: any(Fact::medicare),
            medicaid: medicaid.map(|medicaid| medicaid.has(npi)),
            telehealth: any(Fact::telehealth),
        };
        providers.push(provider);
    }
    providers
}

/// Takes the facts of an NPI off the front; NPIs are asked for in ascending order.
fn take<'f>(facts: &mut &'f [Fact], npi: u64) -> &'f [Fact] {
    let all: &'f [Fact] = facts;
    let from = all.iter().take_while(|fact| fact.npi() < npi).count();
    let rest = all.get(from..).unwrap_or_default();
    let count = rest.iter().take_while(|fact| fact.npi() == npi).count();
    let (mine, after) = rest.split_at(count);
    *facts = after;
    mine
}
