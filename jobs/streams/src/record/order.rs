//! Which of two changes of one key is the later.

use super::identity::of_event;

/// What tells the order of the changes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The sequence number: a decimal of up to 60 digits, compared as a number.
    Sequence,
    /// When the change was made, in the precision that it has; of changes of one moment the name of the event.
    Created,
    /// The file and the row in it, files of a full load first; or the sequence that the task of DMS writes.
    File,
}

/// Appends to a key what orders the changes of that key. Keys with it compare as the keys do, then by the order.
pub fn with_order(order: Order, key: &mut Vec<u8>, sequence: &str, arrived_at: i64, event_id: Option<&str>) {
    let before = key.len();
    match order {
        Order::Sequence => number(sequence, key),
        Order::Created => {
            key.extend_from_slice(&(arrived_at.cast_unsigned() ^ (1 << 63)).to_be_bytes());
            key.extend_from_slice(&of_event(event_id.unwrap_or_default()));
        }
        Order::File => file(sequence, key),
    }
    // How long it is, behind it: whoever has the whole finds the key.
    let length = u8::try_from(key.len() - before).unwrap_or(u8::MAX);
    key.push(length);
}

/// Returns a key without what orders its changes.
#[must_use]
pub fn bare(key: &[u8]) -> &[u8] {
    let length = key.last().map_or(0, |length| usize::from(*length) + 1);
    key.get(..key.len().saturating_sub(length)).unwrap_or_default()
}

/// The longer number is the greater one.
fn number(digits: &str, to: &mut Vec<u8>) {
    let digits = digits.trim_start_matches('0').as_bytes();
    to.push(u8::try_from(digits.len()).unwrap_or(u8::MAX));
    to.extend_from_slice(digits);
}

fn file(sequence: &str, to: &mut Vec<u8>) {
    match sequence.rsplit_once(':') {
        Some((file, row)) => {
            to.push(u8::from(!file.starts_with("LOAD")));
            to.extend_from_slice(file.as_bytes());
            to.push(0);
            to.extend_from_slice(&row.parse::<u64>().unwrap_or_default().to_be_bytes());
        }
        None => {
            to.push(2);
            number(sequence, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(order: Order, key: &[u8], sequence: &str, at: i64, event: &str) -> Vec<u8> {
        let mut all = key.to_vec();
        with_order(order, &mut all, sequence, at, Some(event));
        all
    }

    #[test]
    fn sequences_of_sixty_digits_compare_as_numbers() {
        let long = "9".repeat(60);
        let sequences =
            ["0", "007", "9", "10", "999999999999999999900", "1000000000000000000000", "1000000000000000000001", &long];
        let all: Vec<Vec<u8>> = sequences.iter().map(|it| key(Order::Sequence, b"k\0\0", it, 0, "")).collect();
        assert!(all.is_sorted_by(|one, other| one < other));
        assert!(all.iter().all(|all| bare(all) == b"k\0\0"));
    }

    #[test]
    fn changes_of_one_moment_have_an_order_that_is_always_the_same() {
        let [early, one, other] =
            [(-1, "z"), (5, "a"), (5, "b")].map(|(at, event)| key(Order::Created, b"k", "9", at, event));
        assert!(early < one && early < other && one != other);
        assert_eq!(bare(&one), b"k");
    }

    #[test]
    fn files_of_a_full_load_come_before_changes_and_rows_in_their_order() {
        let places = [
            "LOAD00000001.parquet:2",
            "LOAD00000001.parquet:10",
            "LOAD00000002.parquet:0",
            "20260306-220000000.parquet:1",
            "20260306-230000000.parquet:0",
        ];
        let all: Vec<Vec<u8>> = places.iter().map(|it| key(Order::File, b"k", it, 0, "")).collect();
        assert!(all.is_sorted_by(|one, other| one < other));
        assert!(all.iter().all(|all| bare(all) == b"k"));
    }
}
