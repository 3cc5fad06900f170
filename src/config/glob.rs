//! Patterns of names: `*` stands for any text, `?` for one character, the rest for itself.

use std::fmt::{Display, Formatter, Result as FmtResult};

/// A pattern of names. A name without `*` and `?` stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob(String);

impl Glob {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("empty; expected a name, with `*` for any text and `?` for one character"
                .to_owned());
        }
        if text.contains(char::is_control) {
            return Err("contains a control character; expected printable text".to_owned());
        }
        if text.contains(['[', ']', '{', '}']) {
            return Err(
                "brackets are not supported; write `?` for one character, or an entry for \
                        each name"
                    .to_owned(),
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// A name that stands for itself alone.
    pub(super) fn literal(text: String) -> Self {
        Self(text)
    }

    /// Whether the pattern stands for this text as a whole.
    pub fn matches(&self, text: &str) -> bool {
        if !self.0.contains(['*', '?']) {
            return self.0 == text;
        }
        let pattern: Vec<char> = self.0.chars().collect();
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut read) = (0, 0);
        // The last `*`, and the end of the text that it stands for.
        let mut star = None;
        while let Some(c) = text.get(read) {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(p) if *p == '?' || p == c => (at, read) = (at + 1, read + 1),
                _ => {
                    let Some((place, end)) = star else { return false };
                    star = Some((place, end + 1));
                    (at, read) = (place + 1, end + 1);
                }
            }
        }
        pattern.iter().skip(at).all(|c| *c == '*')
    }

    /// Whether the pattern stands for every text.
    pub fn is_everything(&self) -> bool {
        self.0.contains('*')
            && self.0.chars().all(|c| matches!(c, '*' | '?'))
            && self.0.matches('?').count() <= 1
    }

    /// The pattern in lower case.
    pub(super) fn lower(self) -> Self {
        Self(self.0.to_lowercase())
    }
}

impl Display for Glob {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::parse(pattern).unwrap().matches(text)
    }

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, text) in [
            ("GRA*", "GRA11"),
            ("GRA*", "GRA"),
            ("*@example.com", "alice@example.com"),
            ("a*b*c", "aXbYbZc"),
            ("*a*a", "aaa"),
            ("?RA", "GRA"),
            ("?", "é"),
            ("**", ""),
            ("GRA11", "GRA11"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("GRA*", "XGRA"),
            ("GRA", "GRA11"),
            ("GRA?", "GRA"),
            ("*.com", "example.com.evil"),
            ("a*b", "ac"),
            ("?", ""),
            ("g*", "GRA"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_is_matched_in_time() {
        let text = "a".repeat(2_000);
        assert!(!matches(&"*a".repeat(200), &format!("{text}b")));
        assert!(matches(&"*a".repeat(200), &text));
    }

    #[test]
    fn nothing_and_brackets_are_refused() {
        for text in ["", " "] {
            let error = Glob::parse(text).unwrap_err();
            assert!(error.starts_with("empty; expected a name"), "{error}");
        }
        for text in ["GRA[0-9]", "{a,b}", "a]"] {
            let error = Glob::parse(text).unwrap_err();
            assert!(error.starts_with("brackets are not supported; write `?`"), "{error}");
        }
        assert!(Glob::parse("a\nb").is_err());
    }

    #[test]
    fn stars_alone_are_everything() {
        for (pattern, expected) in
            [("*", true), ("**", true), ("?*", true), ("??*", false), ("?", false), ("a*", false)]
        {
            assert_eq!(Glob::parse(pattern).unwrap().is_everything(), expected, "{pattern}");
        }
    }
}
