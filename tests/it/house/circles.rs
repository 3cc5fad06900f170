//! Finds circles of files: files whose names lead back to themselves through what they import.
//!
//! A re-export is followed to the file that defines the name, so that a circle cannot hide behind
//! it. A `mod x;` alone and a re-export alone are no arrows; a name that is used is one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The path of a module below the crate's root: `["api", "client"]`.
type Module = Vec<String>;

/// A name that a file brings into scope.
#[derive(Debug)]
struct Import {
    name: String,
    path: Vec<String>,
    is_export: bool,
}

/// The declarations, imports and names of one file.
#[derive(Debug, Default)]
struct Source {
    children: BTreeSet<String>,
    imports: Vec<Import>,
    /// The paths in the code itself, `Path::of::names`, and the single names.
    paths: Vec<Vec<String>>,
    names: BTreeSet<String>,
}

/// Each file's arrows to the files that define the names it uses, by path below `src`.
pub(super) type Arrows = BTreeMap<String, BTreeSet<String>>;

/// The files of one crate.
#[derive(Debug)]
pub(super) struct Crate {
    modules: BTreeMap<Module, Source>,
}

impl Crate {
    /// Reads a crate from its files: the path below `src` with `/`, and the text.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let module = |path: &str| -> Module {
            let stem = path.trim_end_matches(".rs");
            if stem == "lib" { Vec::new() } else { stem.split('/').map(str::to_owned).collect() }
        };
        let modules = files.into_iter().map(|(path, text)| (module(path), Source::read(text)));
        Self { modules: modules.collect() }
    }

    /// The graph of the files.
    pub(super) fn arrows(&self) -> Arrows {
        let mut arrows = Arrows::new();
        for (module, source) in &self.modules {
            let targets = arrows.entry(file(module)).or_default();
            for target in self.targets(module, source) {
                if target != *module {
                    targets.insert(file(&target));
                }
            }
        }
        arrows
    }

    fn targets(&self, module: &Module, source: &Source) -> BTreeSet<Module> {
        let mut targets = BTreeSet::new();
        for import in &source.imports {
            // A re-export is an arrow only where the file uses the name itself.
            if !import.is_export || source.names.contains(&import.name) {
                targets.extend(self.definitions(module, &import.path, 0));
            }
        }
        for path in &source.paths {
            targets.extend(self.definitions(module, path, 0));
        }
        targets
    }

    /// The modules that define what a path names, as read in `module`. A path to a module itself,
    /// and one out of the crate, names nothing.
    fn definitions(&self, module: &Module, path: &[String], depth: usize) -> BTreeSet<Module> {
        let none = BTreeSet::new();
        let Some((head, mut rest)) = path.split_first() else { return none };
        let mut at = match head.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => parent(module),
            _ => return self.named(module, path, depth),
        };
        while let Some((step, after)) = rest.split_first() {
            if step == "super" {
                at = parent(&at);
            } else {
                return self.named(&at, rest, depth);
            }
            rest = after;
        }
        none
    }

    /// The definitions of a path that begins with a name in the scope of `module`.
    fn named(&self, module: &Module, path: &[String], depth: usize) -> BTreeSet<Module> {
        assert!(depth < 50, "{module:?} imports {path:?} from itself");
        let none = BTreeSet::new();
        let (Some((name, rest)), Some(source)) = (path.split_first(), self.modules.get(module))
        else {
            return none;
        };
        if source.children.contains(name) {
            let mut child = module.clone();
            child.push(name.clone());
            return self.named(&child, rest, depth + 1);
        }
        if name == "*" {
            return self.exports(module, depth);
        }
        if let Some(import) = source.imports.iter().find(|import| import.name == *name) {
            let path: Vec<_> = import.path.iter().chain(rest).cloned().collect();
            return self.definitions(module, &path, depth + 1);
        }
        let is_own = source.names.contains(name);
        if is_own { BTreeSet::from([module.clone()]) } else { none }
    }

    /// Everything that a module gives: itself, and what it re-exports.
    fn exports(&self, module: &Module, depth: usize) -> BTreeSet<Module> {
        let exports = self.modules.get(module).into_iter().flat_map(|source| &source.imports);
        let exports = exports.filter(|import| import.is_export);
        let mut all: BTreeSet<_> =
            exports.flat_map(|import| self.definitions(module, &import.path, depth + 1)).collect();
        all.insert(module.clone());
        all
    }
}

fn file(module: &Module) -> String {
    if module.is_empty() { "lib.rs".to_owned() } else { format!("{}.rs", module.join("/")) }
}

fn parent(module: &Module) -> Module {
    module.split_last().map(|(_, parent)| parent.to_vec()).unwrap_or_default()
}

impl Source {
    fn read(text: &str) -> Self {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let words = words(code);
        let mut source = Self::default();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            match (word.as_str(), words.get(at + 1), words.get(at + 2)) {
                ("mod", Some(name), Some(end)) if end == ";" => {
                    source.children.insert(name.clone());
                    at += 2;
                }
                ("use", ..) => {
                    let is_export = is_export(words.get(..at).unwrap_or_default());
                    let length = words.iter().skip(at).position(|word| word == ";").unwrap_or(1);
                    let tree = words.get(at + 1..at + length).unwrap_or_default();
                    source.import(&[], tree, is_export);
                    at += length;
                }
                (word, next, _) if is_name(word) => {
                    let mut path = vec![word.to_owned()];
                    let mut next = next;
                    while next.is_some_and(|word| word == "::")
                        && let Some(name) = words.get(at + 2).filter(|word| is_name(word))
                    {
                        path.push(name.clone());
                        at += 2;
                        next = words.get(at + 1);
                    }
                    source.names.extend(path.first().cloned());
                    if path.len() > 1 {
                        source.paths.push(path);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        source
    }

    /// Reads a tree of imports: `a::{b, c as d}`.
    fn import(&mut self, prefix: &[String], tree: &[String], is_export: bool) {
        let mut path = prefix.to_vec();
        let mut words = tree.iter();
        let mut name = None;
        while let Some(word) = words.next() {
            match word.as_str() {
                "::" => {}
                "as" => name = words.next().cloned(),
                "{" => {
                    let inner = tree.len() - words.len();
                    let inner = tree.get(inner..tree.len() - 1).unwrap_or_default();
                    for branch in branches(inner) {
                        self.import(&path, branch, is_export);
                    }
                    return;
                }
                _ => path.push(word.clone()),
            }
        }
        // `a::{self}` is `a`.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(name) = name.or_else(|| path.last().cloned()) {
            self.imports.push(Import { name, path, is_export });
        }
    }
}

/// Whether the words before a `use` end with `pub` or `pub(…)`.
fn is_export(before: &[String]) -> bool {
    match before.last().map(String::as_str) {
        Some("pub") => true,
        Some(")") => {
            let open = before.iter().rposition(|word| word == "(").unwrap_or_default();
            open > 0 && before.get(open - 1).is_some_and(|word| word == "pub")
        }
        _ => false,
    }
}

/// The parts of a list that no brace within it divides.
fn branches(words: &[String]) -> Vec<&[String]> {
    let mut depth = 0;
    let divides = |word: &String| {
        depth += i32::from(word == "{") - i32::from(word == "}");
        depth == 0 && word == ","
    };
    words.split(divides).filter(|branch| !branch.is_empty()).collect()
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The words of the code without comments and texts: names, `::`, and single signs.
fn words(code: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            end_of_text(rest)
        } else if rest.starts_with("r#\"") {
            rest.find("\"#").map_or(rest.len(), |end| end + 2)
        } else if first == '\'' {
            character(rest)
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let length = length.unwrap_or(rest.len());
            words.push(rest.split_at(length).0.to_owned());
            length
        } else if rest.starts_with("::") {
            words.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                words.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = rest.split_at(length).1;
    }
    words
}

/// The length of a text in quotes.
fn end_of_text(rest: &str) -> usize {
    let mut is_escaped = false;
    for (place, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a character in quotes; of a lifetime only its sign.
fn character(rest: &str) -> usize {
    let mut inner = rest.char_indices().skip(1);
    match (inner.next(), inner.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let end = rest.get(escaped + 1..).and_then(|rest| rest.find('\''));
            end.map_or(1, |end| escaped + end + 2)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

/// The shortest circle through each file that is on one, one line each, without repetition.
pub(super) fn circles(arrows: &Arrows) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for start in arrows.keys() {
        if let Some(circle) = circle_through(arrows, start)
            && seen.insert(circle.iter().copied().collect::<BTreeSet<_>>())
        {
            circles.push(format!("{} -> {start}", circle.join(" -> ")));
        }
    }
    circles
}

fn circle_through<'a>(arrows: &'a Arrows, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in arrows.get(file).into_iter().flatten().map(String::as_str) {
            if next == start {
                let mut circle = vec![file];
                while let Some(&before) = came_from.get(circle.last()?) {
                    circle.push(before);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}

#[test]
fn a_circle_behind_a_re_export_is_found() {
    let house = Crate::new([
        ("lib.rs", "mod front;\nmod room;\npub use front::Door;"),
        ("front.rs", "mod door;\npub use door::{Door, Handle as Knob};\nuse crate::room::Room;"),
        (
            "front/door.rs",
            "pub struct Door;\npub struct Handle;\nuse crate::room;\nfn f() { room::paint(\"crate::x::y\"); }",
        ),
        // It names `front` only, which has no circle with it but through `door`.
        (
            "room.rs",
            "use super::front::{Knob};\npub struct Room;\npub fn paint() { let _: Knob; } // front::Door",
        ),
    ]);
    let arrows = house.arrows();
    assert_eq!(arrows["room.rs"], BTreeSet::from(["front/door.rs".to_owned()]));
    assert_eq!(circles(&arrows), ["front/door.rs -> room.rs -> front/door.rs"]);
}

#[test]
fn a_parent_and_its_child_are_a_circle_only_when_each_names_the_other() {
    let parent = |text| {
        [("lib.rs", "mod a;"), ("a.rs", text), ("a/b.rs", "use super::Of;\npub struct Own(Of);")]
    };
    let found = |text| circles(&Crate::new(parent(text)).arrows());
    assert!(found("mod b;\npub struct Of;\npub(crate) use b::Own;").is_empty());
    assert_eq!(
        found("mod b;\npub struct Of;\nuse b::Own;\nfn f(_: Own) {}"),
        ["a.rs -> a/b.rs -> a.rs"]
    );
    assert_eq!(found("mod b;\npub struct Of;\nfn f(_: b::Own) {}").len(), 1);
    assert_eq!(found("mod b;\npub struct Of;\npub use b::Own;\nfn f(_: Own) {}").len(), 1);
    let in_tests = "mod b;\npub struct Of;\n#[cfg(test)]\nmod tests { use super::b::Own; }";
    assert!(found(in_tests).is_empty());
}

#[test]
fn words_know_texts_characters_and_lifetimes() {
    let code = "fn f<'a>(x: &'a str) { g('\\'', ':', \"a::b \\\" c\", r#\"d::e\"#); } // h::i";
    let names: Vec<_> = words(code).into_iter().filter(|word| is_name(word)).collect();
    assert_eq!(names, ["fn", "f", "a", "x", "a", "str", "g"]);
}
