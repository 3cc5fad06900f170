//! The body of an answer, and the room that all large bodies of the process share.
//!
//! A hundred answers of the largest size at once would end the process. Small bodies, which nearly
//! all are, need no room.

use std::ops::Deref;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::Kind;

/// A body up to this size needs no room.
pub(super) const SMALL: usize = 1 << 20;
/// The bytes of all large bodies at once. A body that is larger takes all of it.
const ROOM: usize = 64 << 20;

static ROOM_LEFT: Semaphore = Semaphore::const_new(ROOM);

/// The body of an answer. It keeps its room until it is dropped.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) text: Vec<u8>,
    /// The length that the answer announced.
    length: Option<usize>,
    room: Option<SemaphorePermit<'static>>,
}

impl Body {
    /// An empty body of an answer that announces this length, if any.
    pub(super) fn of_length(length: Option<u64>) -> Self {
        let length = length.and_then(|length| usize::try_from(length).ok());
        let text = Vec::with_capacity(length.unwrap_or_default().min(SMALL));
        Self { text, length, room: None }
    }

    /// Adds a piece.
    ///
    /// The room is taken at once, for the announced length or for everything: bodies that take more
    /// and more of it would wait for each other. So is the memory, where there is as much: a body that
    /// grows by doubling leaves holes in the heap, and memory that is not written to costs nothing.
    ///
    /// # Errors
    ///
    /// The body is longer than `largest`.
    pub(super) async fn add(&mut self, piece: &[u8], largest: usize) -> Result<(), Kind> {
        let length = self.text.len().saturating_add(piece.len());
        if length > largest {
            return Err(Kind::TooLarge(largest));
        }
        if length > SMALL && self.room.is_none() {
            let whole = self.length.unwrap_or(ROOM).min(ROOM);
            let permits = u32::try_from(whole).unwrap_or(u32::MAX);
            self.room = ROOM_LEFT.acquire_many(permits).await.ok();
            self.text.try_reserve_exact(whole.min(largest).saturating_sub(self.text.len())).ok();
        }
        self.text.extend_from_slice(piece);
        Ok(())
    }

    /// Whether it holds room, which others may wait for.
    pub(super) fn holds_room(&self) -> bool {
        self.room.is_some()
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.text
    }
}

#[cfg(test)]
impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const LARGEST: usize = 64 << 20;

    async fn filled(announced: Option<u64>, length: usize) -> Body {
        let mut body = Body::of_length(announced);
        let piece = vec![b' '; 1 << 18];
        while body.len() < length {
            body.add(&piece, LARGEST).await.unwrap();
        }
        body
    }

    #[tokio::test]
    async fn large_bodies_share_their_room_and_small_ones_need_none() {
        let (first, second) =
            (filled(Some(40 << 20), 2 << 20).await, filled(Some(20 << 20), 2 << 20).await);
        // A length that no header announces is any length.
        let waits = timeout(Duration::from_millis(50), filled(None, 2 << 20)).await;
        assert!(waits.is_err());
        assert_eq!(filled(None, SMALL).await.len(), SMALL);
        drop((first, second));
        assert!(filled(None, 2 << 20).await.len() > SMALL);
        let mut body = Body::of_length(Some(u64::MAX));
        assert!(body.text.capacity() <= SMALL);
        assert!(body.add(&vec![0; LARGEST + 1], LARGEST).await.is_err());
    }
}
