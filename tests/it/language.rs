//! The rule of language in `CONTRIBUTING.md`, over comments, texts of the program and documents.
//!
//! It scans lines, not grammar: it finds the forms that were common here, and proves no text good.
#![expect(clippy::string_slice, reason = "the offsets come from searches in the same text")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// Modules that do not follow the rule yet, by the beginning of their paths.
const NOT_YET: [&str; 10] = [
    "src/checks",
    "src/config",
    "src/api",
    "src/daemon",
    "src/exposition",
    "simulator/src",
    "src/cli/flags.rs",
    "src/cli/inventory",
    "src/cli/reading.rs",
    "src/cli/once.rs",
];

/// A sentence that begins with one of these words begins with a clause instead of its subject.
const OPENINGS: [&str; 4] = ["What", "That", "Of", "Whoever"];
/// Sentences that begin with such a word and are no clauses.
const ALLOWED: [&str; 2] = ["That is", "Of course"];
/// Words and phrases that are not used at all.
const WORDS: [&str; 9] =
    ["told", "tells", "dear", "anew", "nought", "whoever", "be it", "so long", "for want of"];
/// In texts for operators a pass is the status of a check; the walk over an account is a refresh.
const BEFORE_PASS: [&str; 8] = ["a", "the", "each", "one", "last", "next", "first", "every"];
/// A status, as in "a pass of the check".
const STATUSES: [&str; 3] = ["pass,", "pass or", "pass of"];

/// Whether a text speaks to operators, or only to readers of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Operator,
    Developer,
}

/// A line, or a sentence over several lines, of a file.
#[derive(Debug)]
struct Passage {
    line: usize,
    text: String,
    audience: Audience,
}

/// The text in lower case, punctuation taken for spaces, with one space before and after each word.
fn words(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_alphanumeric() || "'’-_".contains(c) { c } else { ' ' })
        .collect();
    format!(" {} ", plain.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The text without what stands between backticks, which is code.
fn prose(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// The offending words of a passage.
fn offences(passage: &Passage) -> Vec<String> {
    let text = prose(&passage.text);
    let mut found = Vec::new();
    for sentence in sentences(&text) {
        let is_allowed = ALLOWED.iter().any(|allowed| sentence.starts_with(allowed));
        let first = sentence.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let is_question = sentence.ends_with('?');
        if OPENINGS.contains(&first) && !is_allowed && !is_question {
            found.push(format!("{first} …"));
        }
    }
    let plain = words(&text);
    found.extend(
        WORDS
            .iter()
            .filter(|word| plain.contains(&format!(" {word} ")))
            .map(|word| (*word).to_owned()),
    );
    if passage.audience == Audience::Operator {
        for before in BEFORE_PASS {
            for noun in ["pass", "passes"] {
                let walk = format!(" {before} {noun} ");
                let is_status = STATUSES.iter().any(|status| text.contains(status));
                if plain.contains(&walk) && !is_status {
                    found.push(walk.trim().to_owned());
                }
            }
        }
    }
    found
}

/// The sentences of a text: what begins it, and what follows a full stop and a space.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = ['.', '!', '?', ':'];
    let mut rest = text.trim_start();
    iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .char_indices()
            .find(|(at, c)| ends.contains(c) && rest[at + c.len_utf8()..].starts_with([' ', '\n']))
            .map_or(rest.len(), |(at, c)| at + c.len_utf8());
        let (sentence, after) = rest.split_at(end);
        rest = after.trim_start();
        Some(sentence)
    })
}

/// The comments of a Rust file, each block as one passage, and the texts of its string literals.
fn rust(text: &str, literals: bool) -> Vec<Passage> {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut found = comments(text, &["///", "//!", "//"]);
    if literals {
        // Comments may have a single quotation mark, so each line of them is blank here.
        let is_comment = |line: &str| line.trim_start().starts_with("//");
        let blank = |line| if is_comment(line) { "" } else { line };
        let code = code.lines().map(blank).collect::<Vec<_>>().join("\n").replace("'\"'", "' '");
        let mut line = 1;
        for (index, part) in code.replace("\\\"", "''").split('"').enumerate() {
            // Texts have spaces; names, paths and labels have none.
            if index % 2 == 1 && part.contains(' ') {
                let text = part.replace("\\n", " ").replace('\\', " ");
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                found.push(Passage { line, text, audience: Audience::Operator });
            }
            line += part.matches('\n').count();
        }
    }
    found
}

/// Each run of comment lines with the same mark, as one passage.
fn comments(text: &str, marks: &[&str]) -> Vec<Passage> {
    let mut found: Vec<Passage> = Vec::new();
    let mut previous = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let mark = marks.iter().find(|mark| line.starts_with(**mark));
        let Some(mark) = mark else {
            previous = None;
            continue;
        };
        let content = line[mark.len()..].trim();
        match found.last_mut().filter(|_| previous == Some(mark) && !content.is_empty()) {
            Some(passage) => {
                passage.text.push(' ');
                passage.text.push_str(content);
            }
            None => found.push(Passage {
                line: index + 1,
                text: content.to_owned(),
                audience: Audience::Developer,
            }),
        }
        previous = (!content.is_empty()).then_some(mark);
    }
    found
}

/// Paragraphs, list items and table cells of a Markdown file, without blocks of code.
fn markdown(text: &str) -> Vec<Passage> {
    let mut found: Vec<Passage> = Vec::new();
    let (mut is_code, mut is_new) = (false, true);
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.starts_with("```") {
            (is_code, is_new) = (!is_code, true);
            continue;
        }
        if is_code || content.is_empty() || content.starts_with("<!--") {
            is_new = true;
            continue;
        }
        if content.starts_with('|') {
            let cells = content.split('|').map(str::trim).filter(|cell| !cell.is_empty());
            found.extend(cells.map(|cell| operators(index, cell)));
            is_new = true;
            continue;
        }
        let item = content.trim_start_matches(|c: char| "-*#> ".contains(c) || c.is_ascii_digit());
        let item = item.strip_prefix(". ").unwrap_or(item);
        is_new |= content.starts_with(['#', '-', '*']) || item.len() != content.len();
        match found.last_mut().filter(|_| !is_new) {
            Some(passage) => {
                passage.text.push(' ');
                passage.text.push_str(item);
            }
            None => found.push(operators(index, item)),
        }
        is_new = false;
    }
    found
}

fn operators(index: usize, text: &str) -> Passage {
    let text = text.replace("**", "").replace('[', "");
    Passage { line: index + 1, text, audience: Audience::Operator }
}

/// Every line of a file that has no structure to speak of, without comment marks.
fn lines(text: &str) -> Vec<Passage> {
    let own = |(index, line): (usize, &str)| {
        let text = line.trim().trim_start_matches(['#', ' ', '"']);
        operators(index, text)
    };
    let mut found: Vec<_> = text.lines().enumerate().map(own).collect();
    // A line may end in the middle of a sentence: only its words count, unless it is a value.
    for passage in &mut found {
        let line = text.lines().nth(passage.line - 1).unwrap_or_default().trim();
        let Some(value) = line.split_once(": ").map(|(_, value)| value) else {
            passage.text.insert(0, '`');
            passage.text = format!("`{}", passage.text.trim_start_matches('`'));
            passage.text = passage.text.replace('`', "… ");
            continue;
        };
        value.trim_matches(['"', '\'']).clone_into(&mut passage.text);
    }
    found
}

fn files(root: &Path, directory: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(root.join(directory));
    for entry in entries.unwrap_or_else(|error| panic!("{directory}: {error}")) {
        let path = entry.unwrap().path();
        let inside = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(files(root, &inside));
        } else {
            found.push(PathBuf::from(inside));
        }
    }
    found
}

/// Every passage that the rule holds for, with its file.
fn passages() -> Vec<(String, Passage)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directories =
        ["src", "tests/it", "simulator/src", "simulator/tests/it", "docs", "alerts", "dashboards"];
    let mut paths: Vec<_> =
        directories.iter().flat_map(|directory| files(root, directory)).collect();
    paths.extend(["README.md", "CONTRIBUTING.md", "simulator/README.md"].map(PathBuf::from));
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.to_str().unwrap().to_owned();
        // This file holds the words that it looks for.
        if NOT_YET.iter().any(|prefix| name.starts_with(prefix)) || name.ends_with("it/language.rs")
        {
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let read = || fs::read_to_string(root.join(&path)).unwrap();
        let passages = match extension {
            Some("rs") => rust(&read(), name.starts_with("src/")),
            Some("md") => markdown(&read()),
            Some("yaml" | "py") => lines(&read()),
            _ => continue,
        };
        found.extend(passages.into_iter().map(|passage| (name.clone(), passage)));
    }
    found
}

#[test]
fn sentences_have_a_subject_and_words_are_those_of_the_field() {
    let passages = passages();
    let files: BTreeSet<_> = passages.iter().map(|(name, _)| name).collect();
    assert!(files.len() > 60 && passages.len() > 1000, "{} files", files.len());
    let mut report = Vec::new();
    for (name, passage) in &passages {
        for offence in offences(passage) {
            report.push(format!("{name}:{}: {offence}", passage.line));
        }
    }
    assert!(report.is_empty(), "{} offences:\n{}", report.len(), report.join("\n"));
}

#[cfg(test)]
mod matcher {
    use super::{Audience, Passage, comments, markdown, offences, rust};

    fn of(text: &str) -> Vec<String> {
        offences(&Passage { line: 1, text: text.to_owned(), audience: Audience::Operator })
    }

    #[test]
    fn a_clause_at_the_beginning_of_a_sentence_is_found() {
        assert_eq!(of("What is missing ends."), ["What …"]);
        assert_eq!(of("It ends. That it ends is known."), ["That …"]);
        assert_eq!(of("Of these nothing is known"), ["Of …"]);
        assert_eq!(of("Whoever asks waits"), ["Whoever …", "whoever"]);
        assert!(of("That is a state of the project").is_empty());
        assert!(of("What is a finding?").is_empty());
        assert!(of("Whatever fails, the page is served. Often it is not").is_empty());
    }

    #[test]
    fn a_word_that_is_not_used_is_found_as_a_word() {
        for word in super::WORDS {
            assert_eq!(of(&format!("It is {word}, at times")), [word]);
        }
        assert!(of("untold foretells so-long-lived dearest").is_empty());
        assert!(of("the metric `told` is code").is_empty());
    }

    #[test]
    fn a_pass_is_the_status_of_a_check() {
        assert_eq!(of("read in the last pass"), ["last pass"]);
        assert_eq!(of("A pass ended"), ["a pass"]);
        assert!(of("the status is pass, fail or not evaluated").is_empty());
        assert!(of("the checks that pass").is_empty());
        let text = "the next pass".to_owned();
        let passage = Passage { line: 1, text, audience: Audience::Developer };
        assert!(offences(&passage).is_empty());
    }

    #[test]
    fn sentences_go_on_over_lines() {
        let code =
            "/// It reads it.\n/// What follows,\n/// is read.\nfn a() {}\n// Out\n// Of it\n";
        let found = comments(code, &["///", "//"]);
        assert_eq!(found.len(), 2);
        assert_eq!(offences(&found[0]), ["What …"]);
        assert!(offences(&found[1]).is_empty());
    }

    #[test]
    fn texts_of_the_program_are_read_and_names_are_not() {
        let code =
            "// a \" b\nlog(\"so \\\n  long\", \"told\");\n#[cfg(test)]\nmod tests { \"is told\" }";
        let found = rust(code, true);
        let texts = found.iter().filter(|passage| passage.audience == Audience::Operator);
        let texts: Vec<_> = texts.map(|passage| (passage.line, offences(passage))).collect();
        assert_eq!(texts, [(2, vec!["so long".to_owned()])]);
    }

    #[test]
    fn documents_are_read_without_their_code() {
        let page =
            "# What\n\nText that\nOf it.\n\n```sh\nTold told\n```\n\n| What x | told |\n\n- Of x\n";
        let found: Vec<_> = markdown(page).iter().flat_map(offences).collect();
        assert_eq!(found, ["What …", "What …", "told", "Of …"]);
    }
}
