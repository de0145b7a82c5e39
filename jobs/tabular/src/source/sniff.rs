//! What the first bytes of a file look like, when they are not a table of comma-separated values.

/// A kind of file recognised by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// Gzip-compressed data; read as it is.
    Gzip,
    /// A ZIP archive; read as it is when it holds one CSV.
    Zip,
    /// Anything else that is not a CSV, by its name.
    Like(&'static str),
}

/// First bytes and what they mean. Sources: the file formats' own specifications (magic numbers).
const MAGIC: [(&[u8], Looks); 13] = [
    (b"\x1f\x8b", Looks::Gzip),
    (b"PK\x03\x04", Looks::Zip),
    (b"PK\x05\x06", Looks::Like("an empty ZIP archive")),
    (b"\xff\xfe", Looks::Like("UTF-16 text; save it as UTF-8")),
    (b"\xfe\xff", Looks::Like("UTF-16 text; save it as UTF-8")),
    (b"\x28\xb5\x2f\xfd", Looks::Like("Zstandard-compressed data")),
    (b"BZh", Looks::Like("bzip2-compressed data")),
    (b"\xfd7zXZ", Looks::Like("xz-compressed data")),
    (b"7z\xbc\xaf\x27\x1c", Looks::Like("a 7-Zip archive")),
    (b"%PDF", Looks::Like("a PDF document")),
    (b"PAR1", Looks::Like("a Parquet file")),
    (b"\xd0\xcf\x11\xe0", Looks::Like("an old Excel workbook; export it as CSV")),
    (b"Rar!", Looks::Like("a RAR archive")),
];

impl Looks {
    /// Recognises a file by its first bytes; `None` when nothing speaks against a CSV.
    ///
    /// ```
    /// use carelake_tabular::source::Looks;
    /// assert_eq!(Looks::at(b"<!DOCTYPE html>\n"), Some(Looks::Like("an HTML page")));
    /// assert_eq!(Looks::at(b"NPI,Ind_PAC_ID\n"), None);
    /// ```
    #[must_use]
    pub fn at(first: &[u8]) -> Option<Self> {
        if let Some((_, looks)) = MAGIC.iter().find(|(magic, _)| first.starts_with(magic)) {
            return Some(*looks);
        }
        let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
        let lower: Vec<u8> = text.iter().take(64).map(u8::to_ascii_lowercase).collect();
        match lower.as_slice() {
            [b'<', ..] if lower.starts_with(b"<?xml") && !lower.windows(5).any(|window| window == b"<html") => {
                Some(Self::Like("an XML document"))
            }
            [b'<', ..] => Some(Self::Like("an HTML page")),
            [b'{' | b'[', ..] => Some(Self::Like("JSON")),
            // One byte may be an accident of its row.
            _ if first.iter().filter(|byte| **byte == 0).count() * 32 > first.len() => {
                Some(Self::Like("binary data or UTF-16 text"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_save_as_csv_is_named() {
        for (first, looks) in [
            (&b"  \n<html><body>503"[..], "an HTML page"),
            (b"<?xml version='1.0'?><rows/>", "an XML document"),
            (b"{\"message\": \"not found\"}", "JSON"),
            (b"\xff\xfeN\0P\0I\0", "UTF-16 text; save it as UTF-8"),
            (b"N\0P\0I\0", "binary data or UTF-16 text"),
        ] {
            assert_eq!(Looks::at(first), Some(Looks::Like(looks)));
        }
        assert_eq!(Looks::at(b"\x1f\x8b\x08"), Some(Looks::Gzip));
        assert_eq!(Looks::at(b"\xef\xbb\xbfNPI"), None);
    }
}
