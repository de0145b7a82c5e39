//! The links of a page, as far as they are needed: what stands in `href`, by either quote.

/// Returns what the links of a page lead to, as it is written there.
pub(super) fn links(page: &str) -> impl Iterator<Item = &str> {
    page.split("href").skip(1).filter_map(|rest| {
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        rest.strip_prefix(quote)?.split_once(quote).map(|(link, _)| link.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_by_either_quote() {
        let page = "<a href='./a.zip'>href</a> <A class=x href = \"b.zip\">b</A> <a href=c.zip> <a href='open";
        assert_eq!(links(page).collect::<Vec<_>>(), ["./a.zip", "b.zip"]);
    }
}
