//! A token bucket for each address, or for each organisation that somebody applies for, in a table that cannot grow without bound.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Tries left to each.
pub(super) struct Buckets<K> {
    per_minute: u32,
    most: usize,
    table: HashMap<K, Bucket>,
    /// Shared by all that found the table full of busier ones.
    rest: Option<Bucket>,
    swept: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

const MINUTE: Duration = Duration::from_secs(60);
/// A full table is swept at most this often: a sweep looks at every address.
const SWEEP: Duration = Duration::from_secs(1);

impl Buckets<IpAddr> {
    /// Takes one try of `address`, or says after how many seconds there will be one.
    pub(super) fn take(&mut self, address: IpAddr, now: Instant) -> Result<(), u64> {
        self.take_of(network(address), now)
    }
}

impl<K: Hash + Eq> Buckets<K> {
    /// Each of at most `most` may try `per_minute` times a minute, and as many at once.
    pub(super) fn new(per_minute: u32, most: usize) -> Self {
        Self { per_minute, most, table: HashMap::new(), rest: None, swept: None }
    }

    /// Takes one try of `key`, or says after how many seconds there will be one.
    pub(super) fn take_of(&mut self, key: K, now: Instant) -> Result<(), u64> {
        let full = Bucket { tokens: f64::from(self.per_minute), at: now };
        // guard: tries-of-many-addresses
        if !self.table.contains_key(&key) && self.table.len() >= self.most {
            self.sweep(now);
            if self.table.len() >= self.most {
                return self.rest.get_or_insert(full).take(self.per_minute, now);
            }
        }
        self.table.entry(key).or_insert(full).take(self.per_minute, now)
    }

    /// Forgets those that have all their tries back: forgetting them changes nothing.
    fn sweep(&mut self, now: Instant) {
        if self.swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP) {
            self.swept = Some(now);
            let per_minute = self.per_minute;
            self.table.retain(|_, bucket| bucket.refilled(per_minute, now) < f64::from(per_minute));
        }
    }
}

impl Bucket {
    fn refilled(&self, per_minute: u32, now: Instant) -> f64 {
        let minutes = now.saturating_duration_since(self.at).as_secs_f64() / MINUTE.as_secs_f64();
        (self.tokens + minutes * f64::from(per_minute)).min(f64::from(per_minute))
    }

    fn take(&mut self, per_minute: u32, now: Instant) -> Result<(), u64> {
        let tokens = self.refilled(per_minute, now);
        *self = Self { tokens, at: now };
        if tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let seconds = (1.0 - tokens) * MINUTE.as_secs_f64() / f64::from(per_minute);
        // At most a minute by construction, so the cast is exact.
        Err(seconds.ceil().max(1.0) as u64)
    }
}

/// One household has one IPv4 address, or a whole /64 of IPv6 (RFC 6177): counting single IPv6 addresses would count nothing.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                // guard: tries-of-a-network
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn v4(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn tries_run_out_and_come_back() {
        let mut buckets = Buckets::new(3, 10);
        let begin = Instant::now();
        for _ in 0..3 {
            assert_eq!(buckets.take(v4(1), begin), Ok(()));
        }
        assert_eq!(buckets.take(v4(1), begin), Err(20));
        assert_eq!(buckets.take(v4(2), begin), Ok(()), "another address has its own");
        assert_eq!(buckets.take(v4(1), begin + Duration::from_secs(20)), Ok(()));
        assert!(buckets.take(v4(1), begin + Duration::from_secs(21)).is_err());
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let mut buckets = Buckets::new(1, 10);
        let now = Instant::now();
        assert_eq!(buckets.take("2001:db8::1".parse().unwrap(), now), Ok(()));
        assert!(buckets.take("2001:db8::2".parse().unwrap(), now).is_err());
        assert_eq!(buckets.take("::ffff:192.0.2.1".parse().unwrap(), now), Ok(()));
        assert!(buckets.take(v4(1), now).is_err());
    }

    #[test]
    fn the_table_stays_bounded_and_the_rest_shares_one_bucket() {
        let mut buckets = Buckets::new(2, 4);
        let now = Instant::now();
        for last in 0..4 {
            assert_eq!(buckets.take(v4(last), now), Ok(()));
        }
        assert_eq!(buckets.take(v4(100), now), Ok(()));
        assert_eq!(buckets.take(v4(101), now), Ok(()));
        assert!(buckets.take(v4(102), now).is_err());
        assert_eq!(buckets.table.len(), 4);
        assert_eq!(buckets.take(v4(103), now + MINUTE), Ok(()));
        assert_eq!(buckets.table.len(), 1, "rested addresses were forgotten");
    }
}
