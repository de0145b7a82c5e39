//! Character sets that a value switches to by an escape: `\Cxxyy\`, `\Mxxyyzz\`. They name the escape sequences of ISO 2022.

use encoding_rs::{
    Encoding, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8,
    ISO_8859_15, WINDOWS_1252, WINDOWS_1254,
};

/// A character set that holds for what follows, to the end of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switched {
    /// One of ISO 8859.
    Latin(&'static Encoding),
    /// JIS X 0208, by the escape sequence that ISO-2022-JP has for it.
    Japanese(&'static [u8; 3]),
}

/// Returns what a sequence switches to, none for what a message begins with; `None` for one that switches to nothing that is known.
pub(crate) fn switch(sequence: &str) -> Option<Option<Switched>> {
    let latin = |encoding| Some(Some(Switched::Latin(encoding)));
    match sequence {
        "C2842" | "C284A" => Some(None),
        "C2D41" => latin(WINDOWS_1252),
        "C2D42" => latin(ISO_8859_2),
        "C2D43" => latin(ISO_8859_3),
        "C2D44" => latin(ISO_8859_4),
        "C2D4C" => latin(ISO_8859_5),
        "C2D47" => latin(ISO_8859_6),
        "C2D46" => latin(ISO_8859_7),
        "C2D48" => latin(ISO_8859_8),
        "C2D4D" => latin(WINDOWS_1254),
        "C2D62" => latin(ISO_8859_15),
        "M2440" => Some(Some(Switched::Japanese(b"\x1b$@"))),
        "M2442" => Some(Some(Switched::Japanese(b"\x1b$B"))),
        _ => None,
    }
}

impl Switched {
    /// Returns the text of a part that was read in the character set of its message; none if its bytes are none of this one.
    pub(crate) fn text(self, part: &str, of_message: &'static Encoding) -> Option<String> {
        let (bytes, _, is_lost) = of_message.encode(part);
        if is_lost {
            return None;
        }
        let text = match self {
            Self::Latin(encoding) => encoding.decode_without_bom_handling_and_without_replacement(&bytes)?,
            Self::Japanese(escape) => {
                let bytes = [escape, &*bytes, b"\x1b(B"].concat();
                return Some(ISO_2022_JP.decode_without_bom_handling_and_without_replacement(&bytes)?.into_owned());
            }
        };
        Some(text.into_owned())
    }
}
