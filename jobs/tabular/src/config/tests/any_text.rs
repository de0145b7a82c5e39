//! Whatever the file holds, reading it ends in a configuration or in problems, never in a panic.

use std::path::Path;

use proptest::prelude::*;

use crate::config::Config;

const SHIPPED: &str = include_str!("../../../../../pipeline_config.yaml");
const SOUND: &str = include_str!("sound.yaml");

fn ends_well(text: &str) {
    let file = Path::new("config.yaml");
    if let Err(error) = Config::parse(text, file) {
        assert!(!error.problems().is_empty(), "a refusal has a reason");
        assert!(error.problems().iter().all(|problem| problem.line > 0 && problem.column > 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        ends_well(&text);
    }

    #[test]
    fn any_text_of_yaml_signs_is_read_or_refused(text in "[-\\[\\]{}:,?&*!|>'\"%@`#~a1 \t\n\r\u{feff}é.]{0,200}") {
        ends_well(&text);
    }

    #[test]
    fn a_sound_file_with_any_piece_replaced_is_read_or_refused(
        from in any::<prop::sample::Index>(),
        length in 0..40usize,
        piece in "[-\\[\\]{}:,?&*!|>'\"#~a1 \t\n]{0,12}",
    ) {
        for sound in [SOUND, SHIPPED] {
            let characters: Vec<char> = sound.chars().collect();
            let start = from.index(characters.len());
            let end = characters.len().min(start + length);
            let broken: String = characters[..start].iter().copied().chain(piece.chars()).chain(characters[end..].iter().copied()).collect();
            ends_well(&broken);
        }
    }
}
