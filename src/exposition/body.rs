//! The pieces of a body, put together for few system calls.

use std::sync::Arc;

use bytes::Bytes;

/// Pieces up to this size are put together, so that one system call sends them.
const SMALL: usize = 16 * 1024;
/// A page up to this size is one piece: hyper sends each piece above 16 kB by a call of its own.
const WHOLE: usize = 512 * 1024;

/// A body in pieces, to be sent one after the other.
pub type Body = Arc<[Bytes]>;

/// Few pieces: small ones are put together with their neighbours.
pub(super) fn together(pieces: &[Bytes]) -> Vec<Bytes> {
    if pieces.iter().map(Bytes::len).sum::<usize>() <= WHOLE {
        return vec![pieces.concat().into()];
    }
    let mut few = Vec::new();
    for run in pieces.chunk_by(|one, next| one.len() <= SMALL && next.len() <= SMALL) {
        match run {
            [alone] => few.push(alone.clone()),
            run => few.push(run.concat().into()),
        }
    }
    few.retain(|piece| !piece.is_empty());
    few
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pieces_are_put_together() {
        let sizes = |sizes: &[usize]| {
            let pieces: Vec<Bytes> = sizes.iter().map(|size| vec![0; *size].into()).collect();
            together(&pieces).iter().map(Bytes::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[10, 20]), [30]);
        assert_eq!(sizes(&[10, 20, WHOLE, 0, 5, 5]), [30, WHOLE, 10]);
        assert_eq!(sizes(&[WHOLE, 0, WHOLE]), [WHOLE, WHOLE]);
    }
}
