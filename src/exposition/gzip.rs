//! Compression of pieces that are spliced into **one** gzip member: browsers and curl stop after the
//! first of several.

#[cfg(test)]
use std::io::Read as _;

use bytes::Bytes;
#[cfg(test)]
use flate2::read::GzDecoder;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

/// Level 1 compresses 19 MB of samples to 4.4 MB, levels 4 and 6 both to 2.6 MB; 4 is faster.
const LEVEL: Compression = Compression::new(4);

/// RFC 1952: magic, deflate, no flags, no time, no extra flags, unknown system.
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// A deflated piece of a page, which ends so that another piece can follow.
#[derive(Debug)]
pub struct Deflated {
    /// Raw deflate, which ends on a byte; nothing after it refers back across its end.
    pub bytes: Bytes,
    /// The checksum and the length of the text.
    pub crc: Crc,
}

/// Deflates one text after the other in the same memory.
#[derive(Debug, Default)]
pub struct Deflater(Option<Compress>);

impl Deflater {
    /// Deflates a piece that others follow.
    pub fn piece(&mut self, text: &[u8]) -> Deflated {
        Deflated { bytes: self.run(text, FlushCompress::Full).into(), crc: checksum(text) }
    }

    /// Deflates the last piece, and ends the member: `crc` is the checksum of all that precedes it.
    pub fn end(&mut self, text: &[u8], mut crc: Crc) -> Bytes {
        let mut end = self.run(text, FlushCompress::Finish);
        crc.combine(&checksum(text));
        end.extend(crc.sum().to_le_bytes());
        end.extend(crc.amount().to_le_bytes());
        end.into()
    }

    fn run(&mut self, text: &[u8], end: FlushCompress) -> Vec<u8> {
        let deflater = self.0.get_or_insert_with(|| Compress::new(LEVEL, false));
        deflater.reset();
        let mut out = Vec::with_capacity(text.len() / 8 + 256);
        loop {
            let read = usize::try_from(deflater.total_in()).unwrap_or(usize::MAX);
            let rest = text.get(read..).unwrap_or_default();
            let had_room = out.len() < out.capacity();
            match deflater.compress_vec(rest, &mut out, end) {
                Ok(Status::StreamEnd) => break,
                // Room left over means that the flush is complete.
                Ok(_) if rest.is_empty() && had_room && out.len() < out.capacity() => break,
                Ok(_) => out.reserve(out.capacity().max(1024)),
                // The compressor fails only when driven wrongly; an empty piece is still a valid one.
                Err(_) => return Vec::new(),
            }
        }
        out.shrink_to_fit();
        out
    }
}

/// A whole text as one member, header included.
pub fn member(text: &[u8]) -> Bytes {
    [&HEADER, &*Deflater::default().end(text, Crc::new())].concat().into()
}

fn checksum(text: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(text);
    crc
}

/// The text of the one member that these bytes are.
///
/// # Panics
///
/// They are none.
#[cfg(test)]
pub fn unpacked(whole: &[u8]) -> String {
    let mut text = String::new();
    // GzDecoder reads one member and leaves what follows it.
    let mut decoder = GzDecoder::new(whole);
    decoder.read_to_string(&mut text).unwrap();
    assert!(decoder.into_inner().is_empty(), "something follows the first member");
    text
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn spliced(pieces: &[&str], end: &str) -> Vec<u8> {
        let (mut deflater, mut crc, mut whole) = (Deflater::default(), Crc::new(), HEADER.to_vec());
        for piece in pieces {
            let piece = deflater.piece(piece.as_bytes());
            crc.combine(&piece.crc);
            whole.extend(piece.bytes);
        }
        whole.extend(deflater.end(end.as_bytes(), crc));
        whole
    }

    proptest! {
        #[test]
        fn whatever_the_pieces_they_are_one_member(
            pieces in vec("[a-z ]{0,3000}", 0..5),
            end in "[a-z]{0,20}",
        ) {
            let pieces: Vec<_> = pieces.iter().map(String::as_str).collect();
            prop_assert_eq!(unpacked(&spliced(&pieces, &end)), pieces.concat() + &end);
        }
    }

    #[test]
    fn a_large_piece_is_whole() {
        let lines: Vec<_> = (0..200_000).map(|i| format!("metric{{id=\"{i}\"}} {i}\n")).collect();
        let large = lines.concat();
        assert_eq!(unpacked(&spliced(&[&large, "a 1\n"], "b 2\n")), large.clone() + "a 1\nb 2\n");
        assert_eq!(unpacked(&member(large.as_bytes())), large);
    }
}
