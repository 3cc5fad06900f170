//! A YAML text as plain values with their line and column.
//!
//! A value stays the text that was written: what it should be is for its reader to say, so that
//! an application key of digits does not become a number. Anchors that are used, tags and a second
//! document are refused: they would say one thing in two places.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// Deeper than any configuration, and far from the end of the stack.
const DEEPEST: usize = 16;

/// Longer than any configuration, in bytes.
const LONGEST: usize = 1024 * 1024;

/// A place in the file, line and column counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Mark {
    fn of(span: Span) -> Self {
        Self { line: span.start.line().max(1), column: span.start.col() + 1 }
    }
}

/// A value, and where it begins. It does not print: it may be a secret.
pub(super) struct Node {
    pub(super) mark: Mark,
    pub(super) content: Content,
}

/// The content of a value.
pub(super) enum Content {
    /// Nothing, `~` or `null`, without quotes.
    Nothing,
    /// Text as it was written, its quotes taken off.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in the order in which they were written.
    Table(Vec<(Mark, String, Node)>),
}

impl Content {
    /// Whether it is nothing, or a list of nothing.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::List(items) => items.is_empty(),
            Self::Text(_) | Self::Table(_) => false,
        }
    }
}

/// The problem that makes the text invalid YAML.
pub(super) type Problem = (Mark, String);

/// Reads a text that holds one document; an empty one is `Nothing`.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let start = Mark { line: 1, column: 1 };
    if text.len() > LONGEST {
        return Err((start, format!("larger than {LONGEST} bytes; expected a configuration file")));
    }
    let mut builder = Builder::default();
    // Event by event, and not by the parser's own loop: that one calls itself for each level.
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            let mark = Mark { line: marker.line().max(1), column: marker.col() + 1 };
            (mark, invalid(error.info()))
        })?;
        builder.on_event(event, span);
        if let Some(problem) = builder.problem {
            return Err(problem);
        }
    }
    Ok(builder.root.unwrap_or(Node { mark: start, content: Content::Nothing }))
}

/// The error of the parser, with the repair of the usual mistake.
fn invalid(info: &str) -> String {
    if info.to_ascii_lowercase().contains("tab") {
        return "invalid YAML: tabs are not allowed for indentation; use spaces".to_owned();
    }
    format!("invalid YAML: {info}")
}

/// A list or a table that has not ended yet.
struct Open {
    node: Node,
    /// The key whose value comes next.
    key: Option<(Mark, String)>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    problem: Option<Problem>,
}

impl Builder {
    fn on_event(&mut self, event: Event<'_>, span: Span) {
        let mark = Mark::of(span);
        match event {
            Event::Scalar(text, style, _, None) => {
                let is_plain = style == ScalarStyle::Plain;
                let is_nothing = is_plain && ["", "~", "null"].contains(&text.as_ref());
                let content =
                    if is_nothing { Content::Nothing } else { Content::Text(text.into_owned()) };
                self.add(Node { mark, content });
            }
            Event::SequenceStart(_, None) => self.begin(mark, Content::List(Vec::new())),
            Event::MappingStart(_, None) => self.begin(mark, Content::Table(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    self.add(open.node);
                }
            }
            Event::Alias(_) => {
                self.refuse(mark, "YAML aliases are not supported; repeat the value");
            }
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                self.refuse(mark, "YAML tags are not supported; remove the tag");
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                self.refuse(mark, "a second YAML document; expected one");
            }
            _ => {}
        }
    }
}

impl Builder {
    fn refuse(&mut self, mark: Mark, what: &str) {
        self.problem.get_or_insert_with(|| (mark, what.to_owned()));
        // The following events need a value here.
        self.add(Node { mark, content: Content::Nothing });
    }

    fn begin(&mut self, mark: Mark, content: Content) {
        if self.open.len() >= DEEPEST {
            self.problem
                .get_or_insert_with(|| (mark, format!("nested deeper than {DEEPEST} levels")));
        }
        self.open.push(Open { node: Node { mark, content }, key: None });
    }

    fn add(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match (&mut open.node.content, open.key.take()) {
            (Content::List(items), _) => items.push(node),
            (Content::Table(entries), Some((mark, key))) => entries.push((mark, key, node)),
            (Content::Table(_), None) => {
                let mark = node.mark;
                let key = if let Content::Text(text) = node.content {
                    text
                } else {
                    let what = "expected a plain word as key".to_owned();
                    self.problem.get_or_insert((mark, what));
                    String::new()
                };
                open.key = Some((mark, key));
            }
            (Content::Nothing | Content::Text(_), _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node) -> String {
        let at = format!("{}:{}", node.mark.line, node.mark.column);
        match &node.content {
            Content::Nothing => format!("{at} -"),
            Content::Text(text) => format!("{at} {text}"),
            Content::List(items) => {
                format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Content::Table(entries) => {
                let entry = |(mark, key, node): &(Mark, String, Node)| {
                    format!("{}:{} {key}: {}", mark.line, mark.column, shown(node))
                };
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn reported(text: &str) -> String {
        match parse(text) {
            Ok(node) => shown(&node),
            Err((mark, what)) => format!("{}:{}: {what}", mark.line, mark.column),
        }
    }

    #[test]
    fn every_value_knows_its_line_and_column() {
        assert_eq!(
            reported("# head\na: 007\nb:\n  - \"null\"\n  - c: ~\n"),
            "{2:1 a: 2:4 007, 3:1 b: [4:5 null, {5:5 c: 5:8 -}]}"
        );
        assert_eq!(reported("# nothing\n"), "1:1 -");
    }

    #[test]
    fn what_says_one_thing_in_two_places_is_refused() {
        assert_eq!(
            reported("a: &x 1\nb: *x\n"),
            "2:4: YAML aliases are not supported; repeat the value"
        );
        assert_eq!(reported("a: !include b\n"), "1:4: YAML tags are not supported; remove the tag");
        assert!(reported("a: 1\n---\nb: 2\n").ends_with("a second YAML document; expected one"));
        assert!(reported("? [a]\n: 1\n").contains("expected a plain word as key"));
        assert!(reported(&"[".repeat(40)).contains("nested deeper than 16 levels"));
        assert!(reported(&format!("{}{}", "[".repeat(40), "]".repeat(40))).contains("deeper than"));
    }

    #[test]
    fn what_is_no_yaml_is_named_with_its_place() {
        assert!(reported("a: 1\n b: [\n").starts_with("2:"), "{}", reported("a: 1\n b: [\n"));
        assert_eq!(
            reported("a:\n\tb: 1\n"),
            "2:2: invalid YAML: tabs are not allowed for indentation; use spaces"
        );
    }

    #[test]
    fn no_depth_ends_the_stack() {
        for level in ["- ", "? ", "[", "{a: "] {
            assert!(parse(&level.repeat(50_000)).is_err(), "{level:?}");
        }
        assert!(parse(&"#".repeat(LONGEST + 1)).is_err());
    }
}
