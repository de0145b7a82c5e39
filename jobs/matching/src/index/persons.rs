//! Which records are one person.

use sha2::{Digest, Sha256};

/// The letters of base32, in lower case.
///
/// # Source
/// RFC 4648, section 6.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Letters of an id behind its `p_`.
const WIDTH: usize = 26;

/// Returns the id of the person whose least key this is.
///
/// ```
/// let id = carelake_matching::index::person_id("county_health", "R1");
/// assert_eq!(id, "p_67lkmdv4aun6uh7cbeku4nihai");
/// ```
#[must_use]
pub fn person_id(data_source: &str, patient_id: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(data_source.as_bytes());
    hash.update([0x1F]);
    hash.update(patient_id.as_bytes());
    let mut id = String::with_capacity(WIDTH + 2);
    id.push_str("p_");
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in hash.finalize() {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        while held >= 5 && id.len() < WIDTH + 2 {
            held -= 5;
            let letter = LETTERS.get((bits >> held & 31) as usize).copied().unwrap_or_default();
            id.push(char::from(letter));
        }
    }
    id
}

/// Groups of records, each a person; a person is known by the least place of its records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Persons {
    of: Vec<u32>,
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Persons {
    /// Takes which group each record is in; any number that its members share stands for a group.
    #[must_use]
    pub fn of_groups(groups: &[u32]) -> Self {
        let mut order: Vec<u32> = (0..).take(groups.len()).collect();
        let group = |place: &u32| groups.get(*place as usize).copied().unwrap_or(*place);
        order.sort_unstable_by_key(|place| (group(place), *place));
        let mut of: Vec<u32> = vec![0; groups.len()];
        for same in order.chunk_by(|one, other| group(one) == group(other)) {
            let least = same.first().copied().unwrap_or_default();
            for place in same {
                if let Some(own) = of.get_mut(*place as usize) {
                    *own = least;
                }
            }
        }
        let mut starts = vec![0_u32; groups.len() + 1];
        for person in &of {
            if let Some(count) = starts.get_mut(*person as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut starts {
            sum += *count;
            *count = sum;
        }
        order.sort_unstable_by_key(|place| (of.get(*place as usize).copied(), *place));
        Self { of, starts, members: order }
    }

    /// Returns the person of a record.
    #[must_use]
    pub fn of(&self, place: u32) -> u32 {
        self.of.get(place as usize).copied().unwrap_or(place)
    }

    /// Returns the records of a person, in the order of their keys.
    #[must_use]
    pub fn members(&self, person: u32) -> &[u32] {
        let start = |person: usize| self.starts.get(person).map_or(0, |start| *start as usize);
        self.members.get(start(person as usize)..start(person as usize + 1)).unwrap_or_default()
    }
}
