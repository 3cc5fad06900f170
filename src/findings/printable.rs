//! Texts from OVHcloud, for a terminal.

/// The text without the characters that control a terminal or that change the order or the look of
/// the characters around them: operators choose the names of users, keys and projects.
pub fn printable(text: &str) -> String {
    text.replace(|c: char| c.is_control() || is_invisible(c), "")
}

/// The JSON text with the same characters as escapes: it has the same values, and can neither
/// control the terminal nor break a line within a string. Its own line ends stay.
pub fn escaped(json: &str) -> String {
    let is_raw = |c: char| c > '\u{1f}' && (c.is_control() || is_invisible(c));
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_raw(c) {
            let mut units = [0; 2];
            text.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    text
}

/// The printable text, cut at a number of characters.
pub fn cut(text: &str, most: usize) -> String {
    let text = printable(text);
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
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
    use serde_json::from_str;

    use super::*;

    #[test]
    fn escapes_are_the_same_values_without_their_looks() {
        let name = "a\u{1b}\n\u{85}\u{202e}\u{2028}\u{e0001}\u{7f}é";
        let json = serde_json::to_string_pretty(&[name]).unwrap();
        let safe = escaped(&json);
        assert_eq!(from_str::<Vec<String>>(&safe).unwrap(), [name]);
        assert_eq!(safe.lines().count(), 3);
        assert!(safe.contains("\\u202e\\u2028\\udb40\\udc01\\u007fé"), "{safe}");
        assert!(!safe.chars().any(|c| c != '\n' && (c.is_control() || is_invisible(c))));
    }

    #[test]
    fn a_name_can_neither_control_the_terminal_nor_turn_the_text_around() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\u{2066}c\u{200b}\n\u{9b}d"), "a[31mbcd");
        assert_eq!(printable("Zoë 東京 نص"), "Zoë 東京 نص");
    }

    #[test]
    fn a_long_text_ends_with_a_mark() {
        assert_eq!((cut("abcd", 4), cut("ab\ncde", 4)), ("abcd".into(), "abc…".into()));
    }
}
