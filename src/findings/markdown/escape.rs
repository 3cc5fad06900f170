//! Texts from OVHcloud and from the operator, for Markdown: no name may add markup, a link, HTML, a
//! line or a cell of a table.

use std::fmt::Write as _;

use crate::findings::printable::printable;

/// A space without width.
const BREAK: &str = "&#8203;";

/// A name or an id: code as it is, so that no reader takes it for a link or a mention. An empty one
/// stays empty.
pub fn code(text: &str) -> String {
    let text = printable(text);
    let text = text.trim();
    // No escape works inside of code, and parsers differ in the ends of cells there.
    let is_plain = !text.contains(['`', '|', '\\']);
    match text {
        "" => String::new(),
        text if is_plain => format!("`{text}`"),
        text => escaped(text),
    }
}

/// A text as prose, for a place inside of a line: each character of markup is a character reference,
/// which never begins markup.
pub fn prose(text: &str) -> String {
    escaped(printable(text).trim())
}

/// Forges link addresses, people and issues after the markup is read, so that a space without width
/// stands inside of them.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut previous = None;
    for c in text.chars() {
        if matches!((previous, c), (Some('@' | '#'), _) | (Some(':'), '/')) {
            escaped += BREAK;
        }
        let is_marker = previous.is_none() && matches!(c, '-' | '+' | '=' | '#');
        if is_marker || "<>&`*_[]|\\~$".contains(c) {
            // Writing to a string cannot fail.
            let _infallible = write!(escaped, "&#{};", u32::from(c));
        } else {
            escaped.push(c);
        }
        previous = Some(c);
    }
    escaped.replace("www.", &format!("www{BREAK}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_code_unless_it_could_end_the_code_or_the_cell() {
        assert_eq!(code("a_b <i> [x](y)"), "`a_b <i> [x](y)`");
        assert_eq!(code("a\nb\u{202e}c"), "`abc`");
        assert_eq!(code("a`b|c\\d"), "a&#96;b&#124;c&#92;d");
        assert_eq!((code(" "), prose("")), (String::new(), String::new()));
    }

    #[test]
    fn prose_has_no_markup_and_no_links() {
        assert_eq!(prose("- *a* _b_"), "&#45; &#42;a&#42; &#95;b&#95;");
        assert_eq!(prose("<b>&amp;"), "&#60;b&#62;&#38;amp;");
        assert_eq!(prose("![x](y)"), "!&#91;x&#93;(y)");
        assert_eq!(prose("a@b.c #1"), "a@&#8203;b.c #&#8203;1");
        assert_eq!(prose("https://www.a.b"), "https:&#8203;//www&#8203;.a.b");
    }
}
