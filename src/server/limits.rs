//! The places of connections, shared out by address.
//!
//! No address takes the places of another: each may have so many, and when places run short, the one
//! with the most gives one up. A connection is accepted at once, and refused at once where there is
//! no place, so that nobody waits in the kernel behind a crowd.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::telemetry::{Connections, Limit};

use super::activity::{Activity, Standing};

/// Connections at once from one address. Prometheus needs one.
const EACH: usize = 32;
/// Connections at once from all addresses.
const ALL: usize = 256;
/// A response that takes longer gives its place up when places run short.
const SLOW: Duration = Duration::from_secs(10);
/// The time between two lines of the log about limits.
const SILENCE: Duration = Duration::from_mins(1);

/// An address: one of IPv4, or a network of IPv6, which one host has as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Network(IpAddr);

impl Network {
    /// The bits of an address of IPv6 that name its network.
    const BITS: u128 = !(u64::MAX as u128);

    pub(super) fn of(peer: IpAddr) -> Self {
        Self(match peer.to_canonical() {
            IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & Self::BITS).into(),
            older @ IpAddr::V4(_) => older,
        })
    }
}

/// The places of connections.
#[derive(Debug)]
pub struct Limits {
    each: usize,
    all: usize,
    table: Mutex<Table>,
    telemetry: Connections,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: HashMap<Network, Vec<(u64, Arc<Activity>)>>,
    total: usize,
    logged: Option<Instant>,
}

impl Limits {
    /// The usual ones.
    pub fn new(telemetry: Connections) -> Self {
        Self::of(EACH, ALL, telemetry)
    }

    /// So many for one address, and for all.
    pub fn of(each: usize, all: usize, telemetry: Connections) -> Self {
        Self { each, all, table: Mutex::default(), telemetry }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a new connection, or `None` if it is refused.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let network = Network::of(peer);
        let mut table = self.table();
        let short = if table.count(network) >= self.each {
            Some((vec![network], Limit::Address))
        } else if table.total >= self.all {
            Some((table.largest(), Limit::Total))
        } else {
            None
        };
        if let Some((networks, limit)) = short {
            let has_room = table.make_room(&networks);
            self.met(&mut table, peer, if has_room { Limit::Replaced } else { limit });
            if !has_room {
                return None;
            }
        }
        let (number, activity) = table.add(network);
        self.telemetry.open(table.total);
        Some(Place { limits: Arc::clone(self), network, number, activity })
    }

    /// Counts a connection that met a limit, and logs the first one in a while.
    fn met(&self, table: &mut Table, peer: IpAddr, limit: Limit) {
        self.telemetry.limited(limit);
        if table.logged.is_some_and(|logged| logged.elapsed() < SILENCE) {
            return;
        }
        table.logged = Some(Instant::now());
        tracing::warn!(
            peer = %peer.to_canonical(),
            connections = table.total,
            most = self.all,
            of_address = table.count(Network::of(peer)),
            most_of_address = self.each,
            "connections are refused, or closed to make room; find the client with `ss -tn`, and let \
             it use fewer connections or keep it out by a firewall"
        );
    }
}

impl Table {
    fn count(&self, network: Network) -> usize {
        self.open.get(&network).map_or(0, Vec::len)
    }

    fn add(&mut self, network: Network) -> (u64, Arc<Activity>) {
        let (number, activity) = (self.next, Arc::new(Activity::new()));
        self.next += 1;
        self.total += 1;
        self.open.entry(network).or_default().push((number, Arc::clone(&activity)));
        (number, activity)
    }

    fn remove(&mut self, network: Network, number: u64) {
        let Some(open) = self.open.get_mut(&network) else { return };
        let before = open.len();
        open.retain(|(other, _)| *other != number);
        self.total -= before - open.len();
        if open.is_empty() {
            self.open.remove(&network);
        }
    }

    /// The networks, those with the most connections first.
    fn largest(&self) -> Vec<Network> {
        let mut networks: Vec<_> = self.open.keys().copied().collect();
        networks.sort_by_key(|network| Reverse(self.count(*network)));
        networks
    }

    /// Closes a connection of the first network that can give one up: the one that has been idle for
    /// longest, or else the slowest.
    fn make_room(&mut self, networks: &[Network]) -> bool {
        let victim = networks.iter().find_map(|network| {
            let open = self.open.get(network)?.iter();
            let standing = open.map(|(number, activity)| (activity.standing(), *number));
            let (standing, number) = standing.min()?;
            let may_end = match standing {
                Standing::Idle(_) => true,
                Standing::Answering(since) => since.elapsed() > SLOW,
            };
            may_end.then_some((*network, number))
        });
        let Some((network, number)) = victim else { return false };
        let open = self.open.get(&network).into_iter().flatten();
        for (_, activity) in open.filter(|(other, _)| *other == number) {
            activity.revoke();
        }
        self.remove(network, number);
        true
    }
}

/// The place of a connection.
#[derive(Debug)]
pub(super) struct Place {
    limits: Arc<Limits>,
    pub(super) network: Network,
    number: u64,
    pub(super) activity: Arc<Activity>,
}

impl Place {
    /// The connection is closed because its response took too long.
    pub(super) fn too_slow(&self) {
        self.limits.telemetry.limited(Limit::Slow);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.limits.table();
        table.remove(self.network, self.number);
        self.limits.telemetry.open(table.total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(each: usize, all: usize) -> Arc<Limits> {
        Arc::new(Limits::of(each, all, Connections::default()))
    }

    fn peer(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let same = |one, other| Network::of(peer(one)) == Network::of(peer(other));
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_replaces_its_own_and_nobody_elses() {
        let limits = limits(2, 3);
        let (crowd, other) = (peer("192.0.2.1"), peer("192.0.2.2"));
        let first = limits.admit(crowd).unwrap();
        let second = limits.admit(crowd).unwrap();
        let mine = limits.admit(other).unwrap();
        let third = limits.admit(crowd).unwrap();
        first.activity.revoked().await;
        // The places are full, and the largest crowd gives one up.
        let fourth = limits.admit(peer("192.0.2.3")).unwrap();
        second.activity.revoked().await;
        assert_eq!(limits.table().total, 3);
        drop((first, second, mine, third, fourth));
        assert_eq!(limits.table().total, 0);
        assert!(limits.table().open.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_is_left_alone_until_it_is_slow() {
        let limits = limits(1, 1);
        let one = limits.admit(peer("192.0.2.1")).unwrap();
        let answering = Arc::clone(&one.activity).begin();
        assert!(limits.admit(peer("192.0.2.1")).is_none());
        assert!(limits.admit(peer("192.0.2.2")).is_none());
        // It is taken and not sent.
        drop(answering);
        assert!(limits.admit(peer("192.0.2.1")).is_none());
        tokio::time::sleep(SLOW + Duration::from_secs(1)).await;
        assert!(limits.admit(peer("192.0.2.1")).is_some());
        one.activity.revoked().await;
    }
}
