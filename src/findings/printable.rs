//! Texts from OVHcloud, for a terminal.

/// The text without the characters that control a terminal or that change the order or the look of
/// the characters around them: operators choose the names of users, keys and projects.
pub fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() || is_invisible(c), "")
}

/// Marks of direction, joiners, breaks of lines and tags, which print nothing of their own.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_neither_control_the_terminal_nor_turn_the_text_around() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\u{2066}c\u{200b}\n\u{9b}d"), "a[31mbcd");
        assert_eq!(printable("Zoë 東京 نص"), "Zoë 東京 نص");
    }
}
