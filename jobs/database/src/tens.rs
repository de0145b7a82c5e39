//! Powers of ten, looked up: to multiply them out for every value takes longer than all else that is done with it.

const TENS: [u64; 20] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
    1_000_000_000_000_000,
    10_000_000_000_000_000,
    100_000_000_000_000_000,
    1_000_000_000_000_000_000,
    10_000_000_000_000_000_000,
];

/// Returns ten to this power, where 64 bits hold it.
#[inline]
pub(crate) fn short_tens(exponent: u32) -> Option<u64> {
    TENS.get(exponent as usize).copied()
}

/// Returns ten to this power, where 127 bits hold it.
#[inline]
pub(crate) fn tens(exponent: u32) -> Option<i128> {
    match short_tens(exponent) {
        Some(power) => Some(i128::from(power)),
        None => 10_i128.checked_pow(exponent),
    }
}

#[cfg(test)]
mod tests {
    use super::tens;

    #[test]
    fn powers_are_those_of_ten_as_far_as_bits_go() {
        for exponent in 0..45 {
            assert_eq!(tens(exponent), 10_i128.checked_pow(exponent));
        }
    }
}
