//! Unknown names, and the known ones that were probably meant.

/// The name that was probably meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|other| (strsim::damerau_levenshtein(name, other), other)).min();
    near.filter(|(distance, other)| *distance <= 2 && *distance < other.len()).map(|(_, name)| name)
}

/// Says that a name is unknown, with the one that was probably meant, or else all that are known.
pub fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(other) => format!("unknown {what}; did you mean `{other}`?"),
        None => format!("unknown {what}; expected {}", known.collect::<Vec<_>>().join(", ")),
    }
}
