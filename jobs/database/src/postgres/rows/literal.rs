//! The text of an array, taken apart: `{1,NULL,"a b"}`, `[0:1]={7,8}`.

use crate::postgres::fault::Fault;

/// What stands in the text of an array.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// The elements.
    pub(super) elements: Vec<Option<Vec<u8>>>,
    /// Whether it begins elsewhere than at 1.
    pub(super) is_shifted: bool,
}

/// Returns the elements; nothing where it has several dimensions.
pub(super) fn parse(text: &[u8], delimiter: u8) -> Result<Option<Literal>, Fault> {
    let open = memchr::memchr(b'{', text).ok_or(Fault::Protocol)?;
    let (bounds, body) = text.split_at_checked(open).ok_or(Fault::Protocol)?;
    let body = body.strip_prefix(b"{").and_then(|body| body.strip_suffix(b"}")).ok_or(Fault::Protocol)?;
    let mut literal = Literal { elements: Vec::new(), is_shifted: !bounds.is_empty() };
    if body.is_empty() {
        return Ok(Some(literal));
    }
    let mut bytes = body.iter().copied();
    loop {
        let (mut element, mut was_quoted, mut is_quoted, mut is_last) = (Vec::new(), false, false, true);
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => element.push(bytes.next().ok_or(Fault::Protocol)?),
                b'"' => (was_quoted, is_quoted) = (true, !is_quoted),
                b'{' if !is_quoted => return Ok(None),
                byte if byte == delimiter && !is_quoted => {
                    is_last = false;
                    break;
                }
                byte => element.push(byte),
            }
        }
        let is_null = !was_quoted && element.eq_ignore_ascii_case(b"NULL");
        literal.elements.push((!is_null).then_some(element));
        if is_last {
            return Ok(Some(literal));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::postgres::quoted;

    fn elements(text: &str, delimiter: u8) -> Option<Vec<Option<String>>> {
        let literal = parse(text.as_bytes(), delimiter).unwrap()?;
        Some(literal.elements.into_iter().map(|element| element.map(|it| String::from_utf8(it).unwrap())).collect())
    }

    #[test]
    fn elements_come_as_they_were() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(elements("{}", b','), Some(vec![]));
        assert_eq!(elements("{a,NULL,\"NULL\",\"\"}", b','), Some(vec![some("a"), None, some("NULL"), some("")]));
        assert_eq!(elements(r#"{"a,b","\"q\"","c\\d"}"#, b','), Some(vec![some("a,b"), some("\"q\""), some("c\\d")]));
        assert_eq!(elements("{(1,1),(0,0);(2,2),(1,1)}", b';'), Some(vec![some("(1,1),(0,0)"), some("(2,2),(1,1)")]));
        assert_eq!(elements("{{1},{2}}", b','), None);
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(values in proptest::collection::vec(".{0,8}", 0..6)) {
            let expected: Vec<_> = values.iter().cloned().map(Some).collect();
            prop_assert_eq!(elements(&quoted::array(&values), b','), Some(expected));
        }
    }

    #[test]
    fn where_it_begins_is_seen() {
        assert!(parse(b"[0:1]={7,8}", b',').unwrap().unwrap().is_shifted);
        assert!(!parse(b"{7,8}", b',').unwrap().unwrap().is_shifted);
    }
}
