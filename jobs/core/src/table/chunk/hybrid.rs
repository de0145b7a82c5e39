//! Numbers of few bits as Parquet writes them: runs of one number, and groups of eight that lie side by side.

/// Groups of eight in one piece: as many as other writers put there, so that their count is one byte.
const GROUPS: usize = 63;
/// From so many equal numbers on a run takes less than groups, whatever their bits.
const RUN: usize = 16;

/// Returns how many bits the numbers below `count` have, at least one.
pub(super) fn bits(count: usize) -> u32 {
    (usize::BITS - count.saturating_sub(1).leading_zeros()).max(1)
}

/// Appends numbers of so many bits, at most 32.
pub(super) fn packed(mut numbers: &[u32], bits: u32, to: &mut Vec<u8>) {
    let mut before = 0;
    while let Some((first, _)) = numbers.get(before..).and_then(<[u32]>::split_first) {
        let rest = numbers.get(before..).unwrap_or_default();
        let same = rest.iter().take_while(|number| *number == first).count();
        if same < RUN {
            before += 8;
            continue;
        }
        let (literal, _) = numbers.split_at(before);
        groups(literal, bits, to);
        run(same, *first, bits, to);
        numbers = rest.get(same..).unwrap_or_default();
        before = 0;
    }
    groups(numbers, bits, to);
}

/// Appends of each row whether it has a value: the definition levels of a column that is no list and in none.
pub(super) fn presence(rows: usize, nulls: usize, valid: &[u8], to: &mut Vec<u8>) {
    let at = to.len();
    to.extend_from_slice(&[0; 4]);
    if nulls == 0 || nulls == rows {
        run(rows, u32::from(nulls == 0), 1, to);
    } else {
        for bytes in valid.get(..rows.div_ceil(8)).unwrap_or_default().chunks(GROUPS) {
            to.push((bytes.len() << 1 | 1) as u8);
            to.extend_from_slice(bytes);
        }
    }
    let length = (to.len() - at - 4) as u32;
    if let Some(place) = to.get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

/// Appends so many times the same number.
fn run(count: usize, number: u32, bits: u32, to: &mut Vec<u8>) {
    let mut head = count << 1;
    while head > 127 {
        to.push(head as u8 | 128);
        head >>= 7;
    }
    to.push(head as u8);
    to.extend(number.to_le_bytes().iter().take(bits.div_ceil(8) as usize));
}

/// Appends numbers side by side; zeros fill up the last group.
fn groups(numbers: &[u32], bits: u32, to: &mut Vec<u8>) {
    for piece in numbers.chunks(GROUPS * 8) {
        let groups = piece.len().div_ceil(8);
        to.push((groups << 1 | 1) as u8);
        let end = to.len() + groups * bits as usize;
        let (mut held, mut filled) = (0_u64, 0);
        for number in piece {
            held |= u64::from(*number) << filled;
            filled += bits;
            if filled >= 32 {
                to.extend_from_slice(&(held as u32).to_le_bytes());
                held >>= 32;
                filled -= 32;
            }
        }
        to.extend(held.to_le_bytes().iter().take(filled.div_ceil(8) as usize));
        to.resize(end, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads numbers as the format tells.
    fn unpacked(mut bytes: &[u8], bits: u32, count: usize) -> Vec<u32> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let (mut head, mut shift) = (0_usize, 0);
            loop {
                let byte = bytes[0];
                bytes = &bytes[1..];
                head |= usize::from(byte & 127) << shift;
                shift += 7;
                if byte < 128 {
                    break;
                }
            }
            if head & 1 == 0 {
                let width = bits.div_ceil(8) as usize;
                let mut number = [0; 4];
                number[..width].copy_from_slice(&bytes[..width]);
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(number), head >> 1));
                bytes = &bytes[width..];
                continue;
            }
            let groups = head >> 1;
            for at in 0..groups * 8 {
                let bit = |bit: u32| {
                    let place = at * bits as usize + bit as usize;
                    u32::from(bytes[place / 8] >> (place % 8) & 1) << bit
                };
                numbers.push((0..bits).map(bit).sum());
            }
            bytes = &bytes[groups * bits as usize..];
        }
        assert!(bytes.is_empty());
        numbers.truncate(count);
        numbers
    }

    #[test]
    fn the_bits_are_those_of_the_greatest_number() {
        assert_eq!([0, 1, 2, 3, 4, 5, 256, 257].map(bits), [1, 1, 1, 2, 2, 3, 8, 9]);
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(
            bits in 1_u32..=32,
            runs in prop::collection::vec((any::<u32>(), prop::sample::select(vec![1_usize, 2, 7, 15, 16, 17, 300, 5000])), 0..60),
        ) {
            let runs = runs.iter().flat_map(|(number, times)| std::iter::repeat_n(number >> (32 - bits), *times));
            let numbers: Vec<u32> = runs.collect();
            let mut bytes = Vec::new();
            packed(&numbers, bits, &mut bytes);
            prop_assert_eq!(unpacked(&bytes, bits, numbers.len()), numbers);
        }

        #[test]
        fn presence_is_read_as_it_was_written(rows in prop::collection::vec(prop::sample::select(vec![0_u32, 1]), 1..3000)) {
            let mut valid = vec![0; rows.len().div_ceil(8)];
            rows.iter().enumerate().for_each(|(row, bit)| valid[row / 8] |= (*bit as u8) << (row % 8));
            let mut bytes = vec![7];
            presence(rows.len(), rows.iter().filter(|row| **row == 0).count(), &valid, &mut bytes);
            let length = u32::from_le_bytes(bytes[1..5].try_into().unwrap());
            prop_assert_eq!(length as usize, bytes.len() - 5);
            prop_assert_eq!(unpacked(&bytes[5..], 1, rows.len()), rows);
        }
    }
}
