//! Rows and paragraphs that fit the width of a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};

/// The columns between two cells.
const SPACE: u16 = 2;

/// Rows below a header. Where they do not fit, cells wrap at words; where the longest words do not
/// fit side by side, each row becomes a block of lines.
pub fn rows(header: &[&str], rows: &[Vec<String>], indent: usize, width: usize) -> String {
    grid_of(header, rows, indent, width).unwrap_or_else(|| blocks(header, rows, indent, width))
}

/// Rows below a header, with cells that wrap at words; `None` where the longest words do not fit
/// side by side.
pub fn grid_of(
    header: &[&str],
    rows: &[Vec<String>],
    indent: usize,
    width: usize,
) -> Option<String> {
    let available = available(indent, width);
    let table = grid(header, rows);
    if total(&table) <= available {
        return Some(lines(&table, indent));
    }
    let words = |cell: &String| cell.replace(' ', "\n");
    let words: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(words).collect()).collect();
    let words = grid(header, &words);
    if total(&words) > available {
        return None;
    }
    let least = words.column_max_content_widths();
    let least = least.into_iter().map(|width| Width::Fixed(width.saturating_add(SPACE)));
    Some(lines(&wrapped(table, least.map(ColumnConstraint::LowerBoundary), available), indent))
}

/// A line for each name and its value, which wraps at words beside the name.
pub fn entries(entries: &[(&str, String)], indent: usize, width: usize) -> String {
    let cells: Vec<_> =
        entries.iter().map(|(name, cell)| vec![(*name).to_owned(), cell.clone()]).collect();
    let constraints = [ColumnConstraint::ContentWidth];
    lines(&wrapped(grid(&[], &cells), constraints, available(indent, width)), indent)
}

/// A text that wraps at words.
pub fn paragraph(text: &str, indent: usize, width: usize) -> String {
    let table = grid(&[], &[vec![text.to_owned()]]);
    lines(&wrapped(table, [], available(indent, width)), indent)
}

/// A block of lines for each row: the name of a cell, and the cell. Empty cells are left out. Without
/// a header, the first cell is the name of the others.
fn blocks(header: &[&str], rows: &[Vec<String>], indent: usize, width: usize) -> String {
    if header.is_empty() {
        let named = rows.iter().filter_map(|row| row.split_first());
        let block = |(name, cells): (&String, &[String])| {
            entries(&[(name.as_str(), cells.join("  "))], indent, width)
        };
        return named.map(block).collect();
    }
    let block = |row: &Vec<String>| {
        let cells = header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let cells: Vec<_> = cells.map(|(name, cell)| (*name, cell.clone())).collect();
        entries(&cells, indent, width)
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// The width of a table whose last column needs no space at its right.
fn available(indent: usize, width: usize) -> u16 {
    u16::try_from(width.saturating_sub(indent)).unwrap_or(u16::MAX).saturating_add(SPACE)
}

fn grid(header: &[&str], rows: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if !header.is_empty() {
        table.set_header(header);
    }
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, SPACE));
    }
    table
}

fn total(table: &Table) -> u16 {
    let widths = table.column_max_content_widths().into_iter();
    widths.fold(0, |sum, width| sum.saturating_add(width).saturating_add(SPACE))
}

fn wrapped(
    mut table: Table,
    constraints: impl IntoIterator<Item = ColumnConstraint>,
    available: u16,
) -> Table {
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(available);
    table.set_constraints(constraints);
    table
}

fn lines(table: &Table, indent: usize) -> String {
    let line = |line: String| format!("{:indent$}{}\n", "", line.trim_end());
    table.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(texts: &[&str]) -> Vec<Vec<String>> {
        vec![texts.iter().map(|&text| text.to_owned()).collect()]
    }

    #[test]
    fn rows_wrap_at_words_before_they_become_blocks() {
        let header = ["id", "roles"];
        let row = cells(&["0123456789", "one two three four"]);
        assert_eq!(
            rows(&header, &row, 2, 40),
            "  id          roles\n  0123456789  one two three four\n"
        );
        assert_eq!(
            rows(&header, &row, 2, 25),
            "  id          roles\n  0123456789  one two\n              three four\n"
        );
        assert_eq!(
            rows(&header, &row, 2, 18),
            "  id     012345678\n         9\n  roles  one two\n         three\n         four\n"
        );
    }

    #[test]
    fn rows_without_a_header_keep_every_cell() {
        let row = cells(&["step", "FAILED", "0123456789abcdef"]);
        assert_eq!(rows(&[], &row, 0, 16), "step  FAILED\n      0123456789\n      abcdef\n");
    }

    #[test]
    fn wide_characters_count_twice() {
        let text = rows(&["name", "id"], &cells(&["東京東京", "1"]), 0, 12);
        assert_eq!(text, "name      id\n東京東京  1\n");
    }

    #[test]
    fn a_paragraph_wraps_below_its_indent() {
        assert_eq!(paragraph("one two three", 4, 11), "    one two\n    three\n");
    }
}
