//! Rows of cells as CSV (RFC 4180), for spreadsheets and programs.

use std::io;

use csv::{Terminator, WriterBuilder};

use super::printable::printable;

/// The characters that begin a formula in a spreadsheet, in its Japanese form too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// The header and the rows, each a line that ends in CRLF.
///
/// A cell that a spreadsheet would take for a formula begins with an apostrophe, and no cell has
/// characters that print nothing, line ends included.
///
/// # Errors
///
/// Never: the memory takes every row.
pub fn lines(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<String> {
    let mut builder = WriterBuilder::new();
    let mut writer = builder.terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| defused(cell)))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn defused(cell: &str) -> String {
    // A space or an invisible character before a formula does not always stop a spreadsheet.
    let is_formula = |text: &str| text.trim_start_matches(' ').starts_with(FORMULA);
    let text = printable(cell);
    if is_formula(cell) || is_formula(&text) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let row = cells.iter().map(|&cell| cell.to_owned()).collect();
        let text = lines(&["a"], [row]).unwrap();
        text.strip_prefix("a\r\n").unwrap().to_owned()
    }

    #[test]
    fn a_cell_is_quoted_where_it_must_be() {
        assert_eq!(line(&["a b", "a,b", "say \"a\"", ""]), "a b,\"a,b\",\"say \"\"a\"\"\",\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@x", " =1", "\u{200b}=1", "＝1", "\t1", "\r1"] {
            assert!(line(&[cell]).starts_with('\''), "{cell}");
        }
        assert_eq!(line(&["a=1", "1-2"]), "a=1,1-2\r\n");
    }

    #[test]
    fn a_record_is_one_line_and_controls_no_terminal() {
        assert_eq!(line(&["a\r\nb\u{1b}[31m\u{202e}c", "d"]), "ab[31mc,d\r\n");
    }
}
