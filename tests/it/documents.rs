//! The documents' generated parts: `UPDATE_DOCS=1` writes them, and without it they are compared.
//!
//! A part is everything between its two markers, `<!-- generated: NAME -->` and `<!-- end: NAME -->`.
#![expect(clippy::string_slice, reason = "the offsets come from searches in the same text")]

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

/// Several tests keep parts of one document and run at once.
static WRITING: Mutex<()> = Mutex::new(());

fn path(document: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(document)
}

/// The text of a document, by its path in the repository.
pub(crate) fn read(document: &str) -> String {
    let path = path(document);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails unless the document's part is this text.
pub(crate) fn assert_part(document: &str, name: &str, text: &str) {
    let _one_at_a_time = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let present = read(document);
    let (before, part, after) = split(&present, name).unwrap_or_else(|| panic!("{name}: no part"));
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(path(document), format!("{before}{text}{after}")).unwrap();
    } else {
        assert_eq!(part, text, "{document} is out of date: UPDATE_DOCS=1 cargo test --test it");
    }
}

/// The document up to the part, the part, and the rest of the document.
fn split<'a>(document: &'a str, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let begin = format!("<!-- generated: {name} -->\n");
    let start = document.find(&begin)? + begin.len();
    let end = start + document[start..].find(&format!("<!-- end: {name} -->"))?;
    Some((&document[..start], &document[start..end], &document[end..]))
}

#[test]
fn a_part_is_the_text_between_its_markers() {
    let document = "a\n<!-- generated: x -->\nb\n<!-- end: x -->\nc\n";
    let (before, part, after) = split(document, "x").unwrap();
    assert_eq!((before, part), ("a\n<!-- generated: x -->\n", "b\n"));
    assert_eq!(after, "<!-- end: x -->\nc\n");
    assert_eq!(split(document, "y"), None);
}
