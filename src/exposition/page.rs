//! One page of the samples of several accounts.
//!
//! All samples of a family stand together, whichever account they belong to. The page is cut into
//! chunks, and a chunk whose text is the same as on the page before is taken over with what has been
//! made of it: after the refresh of one account of many, only the chunks with its new values are put
//! together and deflated again.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use flate2::Crc;

use crate::family::{Desc, Kind};

use super::body::together;
use super::format::Format;
use super::gzip::{Deflated, Deflater};

/// The size of a chunk. Smaller ones compress worse: 64 kB cost 3 % of the demo's page.
const SHARED: usize = 64 * 1024;
/// The size of a chunk where one account has the whole page, so that most of it is new at once.
const ALONE: usize = 1024 * 1024;

/// The samples of one account in one family.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The place of the family on the page; families of one place are in the order of their names.
    pub place: usize,
    /// The description of the family.
    pub desc: &'static Desc,
    /// The samples as text, the same in every format.
    pub samples: Bytes,
}

/// A page in every format. The formats differ in the headers of counters alone and share the rest.
#[derive(Debug, Default)]
pub struct Page {
    open_metrics: Vec<Arc<Chunk>>,
    classic: Vec<Arc<Chunk>>,
    /// The cells of each account, which are slices of the chunks.
    accounts: Vec<Vec<Cell>>,
    packed: [OnceLock<Packed>; 2],
}

/// A deflated page, to which other pieces may be added.
#[derive(Debug)]
pub struct Packed {
    /// Raw deflate in few pieces.
    pub pieces: Vec<Bytes>,
    /// The checksum and the length of the text.
    pub crc: Crc,
}

#[derive(Debug)]
struct Chunk {
    text: Bytes,
    deflated: OnceLock<Deflated>,
}

impl Page {
    /// The page of these accounts. A page before it saves work, whatever it was.
    pub fn new(accounts: Vec<Vec<Cell>>, is_shared: bool, before: Option<&Self>) -> Self {
        Self::of(accounts, if is_shared { SHARED } else { ALONE }, before)
    }

    fn of(accounts: Vec<Vec<Cell>>, size: usize, before: Option<&Self>) -> Self {
        let count = accounts.len();
        let numbered = accounts.into_iter().enumerate();
        let mut cells: Vec<(usize, Cell)> = numbered
            .flat_map(|(account, cells)| cells.into_iter().map(move |it| (account, it)))
            .collect();
        cells.retain(|(_, cell)| !cell.samples.is_empty());
        cells.sort_by_key(|(account, cell)| (cell.place, cell.desc.name, *account));
        let mut cutter = Cutter::new(count, size, before);
        let mut last = "";
        for (account, cell) in cells {
            if last != cell.desc.name {
                last = cell.desc.name;
                cutter.family(cell.desc);
            }
            cutter.cell(account, cell);
        }
        cutter.cut();
        cutter.page
    }

    /// The cells of each account, in the order in which the accounts were given.
    pub fn accounts(&self) -> &[Vec<Cell>] {
        &self.accounts
    }

    /// The text in pieces.
    pub fn text(&self, format: Format) -> impl Iterator<Item = &Bytes> {
        self.chunks(format).iter().map(|chunk| &chunk.text)
    }

    /// The deflated text, deflated where that has not been done.
    pub fn packed(&self, format: Format) -> &Packed {
        let [open_metrics, classic] = &self.packed;
        let packed = if format == Format::Classic { classic } else { open_metrics };
        packed.get_or_init(|| {
            let (mut deflater, mut crc) = (Deflater::default(), Crc::new());
            let mut pieces = Vec::with_capacity(self.chunks(format).len());
            for chunk in self.chunks(format) {
                let piece = chunk.deflated.get_or_init(|| deflater.piece(&chunk.text));
                crc.combine(&piece.crc);
                pieces.push(piece.bytes.clone());
            }
            Packed { pieces: together(&pieces), crc }
        })
    }

    fn chunks(&self, format: Format) -> &[Arc<Chunk>] {
        match format {
            Format::OpenMetrics => &self.open_metrics,
            Format::Classic => &self.classic,
        }
    }
}

/// The header of a family. Only counters have different ones: the classic format describes them by
/// the name that their samples have.
fn header(desc: &Desc, format: Format) -> String {
    let Desc { name, help, kind, .. } = desc;
    let total = if *kind == Kind::Counter && format == Format::Classic { "_total" } else { "" };
    format!("# HELP {name}{total} {help}.\n# TYPE {name}{total} {}\n", kind.word())
}

/// Cuts the cells of a page into chunks.
struct Cutter {
    page: Page,
    size: usize,
    /// The chunks of the page before by their first lines. Equal chunks have equal first lines.
    known: HashMap<Bytes, Arc<Chunk>>,
    /// The next chunk: headers, and cells with their accounts.
    run: Vec<(Bytes, Option<(usize, Cell)>)>,
    length: usize,
}

impl Cutter {
    fn new(accounts: usize, size: usize, before: Option<&Page>) -> Self {
        let chunks = before.into_iter().flat_map(|it| it.open_metrics.iter().chain(&it.classic));
        let known = chunks.map(|chunk| (first_line(&chunk.text), Arc::clone(chunk))).collect();
        let page = Page { accounts: vec![Vec::new(); accounts], ..Page::default() };
        Self { page, size, known, run: Vec::new(), length: 0 }
    }

    /// Begins a family. Most chunks begin with one, so that a family that has grown does not move
    /// the cuts in those behind it.
    fn family(&mut self, desc: &Desc) {
        if self.length >= self.size / 4 {
            self.cut();
        }
        let open_metrics = header(desc, Format::OpenMetrics);
        if desc.kind == Kind::Counter {
            self.cut();
            let open_metrics = self.chunk(&[open_metrics.into()]);
            let classic = self.chunk(&[header(desc, Format::Classic).into()]);
            self.page.open_metrics.push(open_metrics);
            self.page.classic.push(classic);
        } else {
            self.length += open_metrics.len();
            self.run.push((open_metrics.into(), None));
        }
    }

    fn cell(&mut self, account: usize, cell: Cell) {
        let length = cell.samples.len();
        // A large cell is a chunk by itself, without a copy.
        if length >= self.size {
            self.cut();
        }
        self.length += length;
        self.run.push((cell.samples.clone(), Some((account, cell))));
        if self.length >= self.size {
            self.cut();
        }
    }

    /// Ends the chunk.
    fn cut(&mut self) {
        let run = mem::take(&mut self.run);
        self.length = 0;
        if run.is_empty() {
            return;
        }
        let (pieces, cells): (Vec<Bytes>, Vec<_>) = run.into_iter().unzip();
        let chunk = self.chunk(&pieces);
        let mut from = 0;
        for (piece, cell) in pieces.iter().zip(cells) {
            let to = from + piece.len();
            if let Some((account, cell)) = cell
                && let Some(cells) = self.page.accounts.get_mut(account)
            {
                cells.push(Cell { samples: chunk.text.slice(from..to), ..cell });
            }
            from = to;
        }
        self.page.open_metrics.push(Arc::clone(&chunk));
        self.page.classic.push(chunk);
    }

    /// The chunk of the page before with this text, or a new one.
    fn chunk(&self, pieces: &[Bytes]) -> Arc<Chunk> {
        let first = pieces.first().map(first_line).unwrap_or_default();
        let known = self.known.get(&first).filter(|known| is_same(&known.text, pieces));
        known.cloned().unwrap_or_else(|| {
            let text = match pieces {
                [alone] => alone.clone(),
                pieces => pieces.concat().into(),
            };
            Arc::new(Chunk { text, deflated: OnceLock::new() })
        })
    }
}

fn first_line(text: &Bytes) -> Bytes {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    text.slice(..end)
}

/// Whether the pieces together are the text. Pieces that are slices of it need no comparison.
fn is_same(text: &Bytes, pieces: &[Bytes]) -> bool {
    let mut rest: &[u8] = text;
    for piece in pieces {
        let Some((same, behind)) = rest.split_at_checked(piece.len()) else { return false };
        if same.as_ptr() != piece.as_ptr() && same != piece {
            return false;
        }
        rest = behind;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::super::gzip::{self, unpacked};
    use super::*;

    static DESCS: [Desc; 4] = [
        Desc::gauge("a_info", "A", &[]),
        Desc::counter("b_changes", "B", &[]),
        Desc::gauge("c_info", "C", &[]),
        Desc::gauge("d_info", "D", &[]),
    ];

    /// The samples of an account by family.
    type Samples = BTreeMap<usize, Vec<u8>>;

    fn cells(account: usize, samples: &Samples) -> Vec<Cell> {
        let cell = |(family, values): (&usize, &Vec<u8>)| {
            let desc = &DESCS[*family];
            let total = if desc.kind == Kind::Counter { "_total" } else { "" };
            let lines = values.iter().enumerate().map(|(at, value)| {
                format!("{}{total}{{account=\"{account}\",at=\"{at}\"}} {value}\n", desc.name)
            });
            Cell { place: 0, desc, samples: lines.collect::<String>().into() }
        };
        samples.iter().map(cell).collect()
    }

    fn all(accounts: &[Samples]) -> Vec<Vec<Cell>> {
        accounts.iter().enumerate().map(|(account, samples)| cells(account, samples)).collect()
    }

    /// The page, put together in the plainest way.
    fn whole(accounts: &[Samples], format: Format) -> String {
        let accounts = all(accounts);
        let mut text = String::new();
        for desc in &DESCS {
            let of_family = accounts.iter().flatten().filter(|cell| cell.desc.name == desc.name);
            let samples: Vec<_> = of_family.map(|cell| cell.samples.clone()).collect();
            let samples = String::from_utf8(samples.concat()).unwrap();
            if !samples.is_empty() {
                text += &(header(desc, format) + &samples);
            }
        }
        text
    }

    fn text(page: &Page, format: Format) -> String {
        String::from_utf8(page.text(format).cloned().collect::<Vec<_>>().concat()).unwrap()
    }

    fn unzipped(page: &Page, format: Format) -> String {
        let (mut crc, packed) = (Crc::new(), page.packed(format));
        crc.combine(&packed.crc);
        let end = Deflater::default().end(b"", crc);
        unpacked(&[&gzip::HEADER, &*packed.pieces.concat(), &end].concat())
    }

    fn accounts() -> impl Strategy<Value = Vec<Samples>> {
        vec(btree_map(0..DESCS.len(), vec(0_u8..4, 0..6), 0..5), 0..5)
    }

    proptest! {
        #[test]
        fn the_chunks_are_the_whole_page_whatever_came_before(
            generations in vec((accounts(), 1_usize..400), 1..4),
        ) {
            let mut before = None;
            for (accounts, size) in generations {
                let page = Page::of(all(&accounts), size, before.as_ref());
                for format in [Format::OpenMetrics, Format::Classic] {
                    let expected = whole(&accounts, format);
                    prop_assert_eq!(text(&page, format), expected.clone());
                    prop_assert_eq!(unzipped(&page, format), expected);
                }
                let again = Page::of(page.accounts().to_vec(), size, None);
                prop_assert_eq!(text(&again, Format::Classic), text(&page, Format::Classic));
                before = Some(page);
            }
        }
    }

    #[test]
    fn only_chunks_with_new_values_are_made_again() {
        let samples =
            |value| Samples::from([(0, vec![1; 30]), (2, vec![value; 30]), (3, vec![2; 30])]);
        let mut accounts: Vec<_> = (0..20).map(|_| samples(5)).collect();
        let first = Page::of(all(&accounts), 1024, None);
        first.packed(Format::Classic);
        accounts[7] = samples(6);
        let mut next = first.accounts().to_vec();
        next[7] = cells(7, &accounts[7]);
        let second = Page::of(next, 1024, Some(&first));
        assert_eq!(text(&second, Format::Classic), whole(&accounts, Format::Classic));
        let new: Vec<_> =
            second.classic.iter().filter(|chunk| chunk.deflated.get().is_none()).collect();
        assert_eq!(new.len(), 1, "of {} chunks", second.classic.len());
        assert!(new[0].text.len() < 4096, "{}", new[0].text.len());
        // The cells that were encoded again and are the same are slices of what was there.
        let same = |account: usize, family: usize| {
            second.accounts()[account][family].samples.as_ptr()
                == first.accounts()[account][family].samples.as_ptr()
        };
        assert!(same(7, 0) && same(7, 2) && !same(7, 1));
    }

    #[test]
    fn a_large_cell_is_not_copied() {
        let accounts = [Samples::from([(0, vec![1; 30])])];
        let cells = all(&accounts);
        let page = Page::of(cells.clone(), 64, None);
        assert_eq!(page.accounts()[0][0].samples.as_ptr(), cells[0][0].samples.as_ptr());
    }
}
