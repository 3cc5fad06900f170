//! A page of metrics as Prometheus reads it.

use std::collections::BTreeSet;

/// Reads a page; what is wrong with it, if anything is.
pub(crate) fn read(page: &str) -> Result<(), String> {
    let mut described = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for line in page.lines() {
        if let Some(comment) = line.strip_prefix("# TYPE ") {
            let name = comment.split(' ').next().unwrap_or_default();
            if !described.insert(name.to_owned()) {
                return Err(format!("{name} is described twice"));
            }
        }
        if line.starts_with('#') {
            continue;
        }
        let (series, value) = sample(line).ok_or_else(|| format!("no sample: {line}"))?;
        let number: f64 = value.parse().map_err(|_| format!("no number: {line}"))?;
        // Only times may be before 1970; a count or a size is neither negative nor without end.
        let is_time = line.split(['{', ' ']).next().is_some_and(|name| name.ends_with("_seconds"));
        if !is_time && !(0.0..1e20).contains(&number) {
            return Err(format!("an impossible number: {line}"));
        }
        if !seen.insert(series) {
            return Err(format!("a series occurs twice: {line}"));
        }
    }
    if seen.len() > 100 { Ok(()) } else { Err(format!("only {} series", seen.len())) }
}

/// The name with its labels, and the value.
fn sample(line: &str) -> Option<(String, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let end = line.find(|c| !is_name(c))?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (label, value, after) = label(rest)?;
            labels.push((label, value));
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = rest.strip_prefix('}')?;
    }
    let value = rest.strip_prefix(' ')?;
    (!value.contains(' ')).then(|| (format!("{name}{labels:?}"), value))
}

/// One label, its value without escapes, and what follows.
fn label(text: &str) -> Option<(&str, String, &str)> {
    let (name, text) = text.split_once("=\"")?;
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Some((name, value, characters.as_str())),
            '\\' => value.push(match characters.next()? {
                'n' => '\n',
                escaped @ ('"' | '\\') => escaped,
                _ => return None,
            }),
            other => value.push(other),
        }
    }
    None
}

#[test]
fn a_page_that_is_none_is_refused() {
    for (line, is_good) in [
        (r#"name{a="x",b="\"\\\n"} 1"#, true),
        ("name 1.5", true),
        (r#"name{a="x} 1"#, false),
        (r#"name{a="\x"} 1"#, false),
        (r#"name{a="x""#, false),
        ("name", false),
        ("na-me 1", false),
    ] {
        assert_eq!(sample(line).is_some(), is_good, "{line}");
    }
}
