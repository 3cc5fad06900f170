//! Calls for the objects of a list, one each, and the rule for objects that vanish meanwhile.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};

use crate::api::error::{Error, Kind};

use super::objects::Listing;

/// Objects asked about at the same time. The budget allows fewer calls; the number bounds the
/// memory that waiting calls take.
const AT_ONCE: usize = 256;

/// Asks about each object of a list, in the order of the list.
///
/// A 404 on an object's own call proves nothing by itself. `list_again` reads the list once more:
/// an object that a complete list no longer has was deleted meanwhile, and is left out together
/// with its errors. An object that the list still has, or of a list that can't be read completely,
/// is a loss.
pub async fn fan_out<K, T, F, G>(
    keys: Vec<K>,
    ask: impl Fn(K) -> F,
    list_again: impl FnOnce() -> G,
) -> Listing<T>
where
    K: Clone + Ord,
    F: Future<Output = Listing<T>>,
    G: Future<Output = Result<Listing<K>, Error>>,
{
    let asked = keys.into_iter().map(|key| {
        let answer = ask(key.clone());
        async move { (key, answer.await) }
    });
    let mut answers = stream::iter(asked).buffered(AT_ONCE);
    let (mut listing, mut missing) = (Listing::default(), Vec::new());
    while let Some((key, answer)) = answers.next().await {
        if answer.lost.iter().any(|error| matches!(error.kind, Kind::NotFound(_))) {
            missing.push((key, answer));
        } else {
            listing.append(answer);
        }
    }
    if missing.is_empty() {
        return listing;
    }
    let listed = list_again().await.ok().filter(|listed| listed.lost.is_empty());
    let listed = listed.map(|listed| listed.objects.into_iter().collect::<BTreeSet<K>>());
    for (key, answer) in missing {
        if listed.as_ref().is_none_or(|listed| listed.contains(&key)) {
            listing.append(answer);
        }
    }
    listing
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::api::Route;

    static ROUTE: Route = Route::new("/thing/{id}", &[]);

    fn error(kind: Kind) -> Error {
        Error { kind, ..Error::undecodable(&ROUTE, ".", "broken") }
    }

    fn gone() -> Error {
        error(Kind::NotFound(String::new()))
    }

    /// Asks about 1 to 4: 1 and 4 answer, 2 and 3 answer 404, and 3 shows a part of itself.
    async fn asked(again: Result<Listing<u32>, Error>) -> (Vec<u32>, usize, usize) {
        let lists = AtomicUsize::new(0);
        let ask = |key| async move {
            match key {
                2 => Listing { objects: Vec::new(), lost: vec![gone()] },
                3 => Listing { objects: vec![3], lost: vec![gone(), error(Kind::TooLate)] },
                key => Listing { objects: vec![key], lost: Vec::new() },
            }
        };
        let list_again = || async {
            lists.fetch_add(1, Ordering::Relaxed);
            again
        };
        let Listing { objects, lost } = fan_out(vec![1, 2, 3, 4], ask, list_again).await;
        (objects, lost.len(), lists.into_inner())
    }

    #[tokio::test]
    async fn an_object_is_gone_only_if_the_list_asked_again_lacks_it() {
        let listed = |objects: &[u32]| Listing { objects: objects.to_vec(), lost: Vec::new() };
        assert_eq!(asked(Ok(listed(&[1, 4]))).await, (vec![1, 4], 0, 1));
        assert_eq!(asked(Ok(listed(&[1, 2, 4]))).await, (vec![1, 4], 1, 1));
        assert_eq!(asked(Ok(listed(&[1, 2, 3, 4]))).await, (vec![1, 4, 3], 3, 1));
        assert_eq!(asked(Err(error(Kind::TooLate))).await, (vec![1, 4, 3], 3, 1));
        let partly = Listing { objects: vec![1, 4], lost: vec![error(Kind::TooLate)] };
        assert_eq!(asked(Ok(partly)).await, (vec![1, 4, 3], 3, 1));
    }

    #[tokio::test]
    async fn the_list_is_not_asked_again_without_a_reason() {
        let ask = |key: usize| async move { Listing { objects: vec![key], lost: Vec::new() } };
        let list_again = || async { unreachable!("every object answered") };
        let listing = fan_out((0..1_000).collect(), ask, list_again).await;
        assert!(listing.objects.into_iter().eq(0..1_000) && listing.lost.is_empty());
    }
}
