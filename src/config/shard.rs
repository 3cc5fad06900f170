//! The division of the accounts among several processes with the same configuration.
//!
//! Each process computes the same division without asking another: rendezvous hashing over the
//! identity of an account. A further shard takes accounts from all others and moves none between them.

use super::account::Account;
use super::errors::ConfigErrors;
use super::located::Located;
use super::parse::number;
use super::table::Table;

/// The greatest number of shards.
const MOST: u32 = 1000;
/// The most names of other shards' accounts in a text.
const NAMED: usize = 40;

/// The shard of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its index, from 0 (`--shard.index`, `shard.index`, 0).
    pub index: u32,
    /// The number of all shards (`--shard.total`, `shard.total`, 1).
    pub total: u32,
    /// The accounts of the other shards, which are left aside.
    pub others: Vec<Other>,
}

/// An account of another shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its name.
    pub account: String,
    /// The index of its shard.
    pub shard: u32,
}

/// The options as given.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// See [`Shard::index`].
    pub index: Option<Located<u32>>,
    /// See [`Shard::total`].
    pub total: Option<Located<u32>>,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 0, total: 1, others: Vec::new() }
    }
}

impl Shard {
    /// Whether there is no other shard.
    pub fn is_whole(&self) -> bool {
        self.total == 1
    }

    /// The division in words, with the number of accounts of this shard and the names of the others;
    /// `None` of an undivided configuration.
    pub fn words(&self, own: usize) -> Option<String> {
        if self.is_whole() {
            return None;
        }
        let (index, total, all) = (self.index, self.total, own + self.others.len());
        let named = self.others.iter().take(NAMED);
        let named = named.map(|other| format!("{} (shard {})", other.account, other.shard));
        let more = self.others.len().saturating_sub(NAMED);
        let more = (more > 0).then(|| format!("{more} more"));
        let others: Vec<_> = named.chain(more).collect();
        let others = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
        let last = total - 1;
        Some(format!(
            "Shard {index} of the shards 0 to {last} watches {own} of {all} accounts. The other \
             shards watch: {others}."
        ))
    }

    /// Moves the accounts of the other shards from `accounts` to `others`.
    pub(super) fn divide(&mut self, accounts: &mut Vec<Account>) {
        let (index, total) = (self.index, self.total);
        self.others.clear();
        accounts.retain(|account| {
            let shard = shard_of(&key(account), total);
            if shard != index {
                self.others.push(Other { account: account.name.clone(), shard });
            }
            shard == index
        });
    }
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self { index: table.read("index", index), total: table.read("total", total) }
    }

    /// Returns these options over those of `below`, which has less precedence.
    pub(super) fn over(self, below: Self) -> Self {
        Self { index: self.index.or(below.index), total: self.total.or(below.total) }
    }

    /// Resolves the options, and notes those that do not fit together.
    pub(super) fn resolve(self, errors: &mut ConfigErrors) -> Shard {
        let (index, total) = match (self.index, self.total) {
            (Some(index), None) => {
                errors.0.push(index.wrong(
                    "the number of shards is missing; set shard.total (--shard.total) to the same \
                     number in each process",
                ));
                (0, 1)
            }
            (None, Some(total)) if total.value > 1 => {
                errors.0.push(total.wrong(
                    "the index of this process is missing; set shard.index (--shard.index) to \
                     another number in each process, or to the name of its StatefulSet's pod",
                ));
                (0, 1)
            }
            (None, _) => (0, 1),
            (Some(index), Some(total)) => {
                if index.value >= total.value {
                    errors.0.push(index.wrong(&format!(
                        "index {} of {} shards, which have the indexes 0 to {}; raise shard.total \
                         ({}) in each process, or correct the index",
                        index.value,
                        total.value,
                        total.value - 1,
                        total.place
                    )));
                }
                (index.value, total.value)
            }
        };
        Shard { index, total, ..Shard::default() }
    }
}

/// Reads an index: a number, or a name that ends in one, as the name of a `StatefulSet`'s pod does.
///
/// # Errors
///
/// There is no number.
pub fn index(text: &str) -> Result<u32, String> {
    let expected =
        "expected a number from 0, or a name that ends in one, such as ovhcloud-exporter-2";
    let number = text.trim().rsplit_once('-').map_or(text.trim(), |(_, number)| number);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| is_number).ok_or_else(|| expected.to_owned())
}

/// Reads a number of shards.
///
/// # Errors
///
/// It is not from 1 to 1000.
pub fn total(text: &str) -> Result<u32, String> {
    let expected = format!("a number of shards from 1 to {MOST}");
    let total = number(text, &expected)?;
    if (1..=MOST).contains(&total) { Ok(total) } else { Err(format!("expected {expected}")) }
}

/// The identity of an account over changes of its labels, its secrets and the order of the file: its
/// configured name, or else its endpoint and the public part of its credential. The nichandle would
/// need a call.
fn key(account: &Account) -> String {
    if account.is_named {
        return account.name.clone();
    }
    let id = account.credential.id().unwrap_or_default();
    format!("{}\n{id}", account.endpoint.root)
}

/// The shard with the greatest weight for this key.
fn shard_of(key: &str, total: u32) -> u32 {
    let seed = mixed(key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        // FNV-1a.
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }));
    (0..total).max_by_key(|shard| mixed(seed ^ mixed(u64::from(*shard) + 1))).unwrap_or_default()
}

/// The finalizer of `SplitMix64`: each bit of the input changes half of the output's bits. It is
/// written out since the division must be the same in each version of this program.
fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reported(index: Option<u32>, total: Option<u32>) -> String {
        let index = index.map(|value| Located::at("--shard.index", value));
        let total = total.map(|value| Located::at("--shard.total", value));
        let mut errors = ConfigErrors::default();
        let shard = Options { index, total }.resolve(&mut errors);
        if errors.0.is_empty() {
            format!("{} {}", shard.index, shard.total)
        } else {
            errors.to_string()
        }
    }

    #[test]
    fn an_index_is_a_number_or_ends_a_name() {
        for (text, expected) in [("0", 0), (" 12 ", 12), ("ovhcloud-exporter-2", 2), ("a-b-10", 10)]
        {
            assert_eq!(index(text), Ok(expected), "{text}");
        }
        for text in
            ["", "-", "exporter", "exporter-", "exporter-2a", "exporter2", "+1", "a-+1", "1.5"]
        {
            assert!(index(text).unwrap_err().contains("such as ovhcloud-exporter-2"), "{text}");
        }
        assert_eq!(total("3"), Ok(3));
        for text in ["0", "-1", "1001", "three"] {
            assert_eq!(total(text).unwrap_err(), "expected a number of shards from 1 to 1000");
        }
    }

    #[test]
    fn options_that_do_not_fit_name_the_repair() {
        assert_eq!(reported(None, None), "0 1");
        assert_eq!(reported(None, Some(1)), "0 1");
        assert_eq!(reported(Some(2), Some(3)), "2 3");
        assert_eq!(
            reported(Some(3), Some(3)),
            "--shard.index: index 3 of 3 shards, which have the indexes 0 to 2; raise shard.total \
             (--shard.total) in each process, or correct the index"
        );
        assert!(reported(Some(0), None).contains("set shard.total (--shard.total)"));
        assert!(reported(None, Some(2)).contains("set shard.index (--shard.index)"));
    }

    /// A change of the division would move accounts of every installation at its next update.
    #[test]
    fn the_division_is_the_same_in_each_version() {
        let of = |key: &str| (1..=8).map(|total| shard_of(key, total)).collect::<Vec<_>>();
        assert_eq!(of("staging"), [0, 1, 1, 1, 1, 5, 6, 6]);
        assert_eq!(of("équipe"), [0, 1, 1, 1, 4, 4, 4, 4]);
    }

    #[test]
    fn thousands_of_names_are_divided_evenly() {
        for (prefix, total) in [("account-", 3_u32), ("", 4), ("ab1234567-ovh", 7), ("x", 16)] {
            let count = 8000_u32;
            let mut each = vec![0_u32; usize::try_from(total).unwrap()];
            for number in 0..count {
                each[usize::try_from(shard_of(&format!("{prefix}{number}"), total)).unwrap()] += 1;
            }
            let fair = count / total;
            for (shard, share) in each.iter().enumerate() {
                assert!(share.abs_diff(fair) < fair / 5, "{prefix} {shard} of {total}: {share}");
            }
        }
    }

    #[test]
    fn a_further_shard_takes_its_share_from_all_and_moves_nothing_else() {
        for total in 1..12_u32 {
            let names: Vec<_> = (0..6000).map(|number| format!("team-{number}")).collect();
            let moved = names.iter().filter(|name| {
                let (before, after) = (shard_of(name, total), shard_of(name, total + 1));
                assert!(after == before || after == total, "{name} moves from {before} to {after}");
                after == total
            });
            let (moved, fair) = (moved.count(), names.len() / usize::try_from(total + 1).unwrap());
            assert!(moved.abs_diff(fair) < fair / 4, "{moved} of {fair} with {total}");
        }
    }

    proptest! {
        #[test]
        fn every_name_has_one_shard_and_moves_only_to_a_new_one(name in ".*", total in 1..50_u32) {
            let (before, after) = (shard_of(&name, total), shard_of(&name, total + 1));
            prop_assert!(before < total);
            prop_assert!(after == before || after == total);
        }
    }
}
