//! Operations a second of every GOST parameter set on this machine: sign, verify, verify under a prepared key, prepare.
//! `cargo run --release -p surguch-crypto --example speed`. Rounds of the sets take turns, so that a busy moment of the machine
//! strikes all alike; time is that of the processor where the system tells it; the figures are medians.
#![expect(clippy::print_stdout, reason = "an example for a terminal")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use surguch_crypto::gost::{ParameterSet, PreparedPublicKey, PrivateKey};

const SETS: [ParameterSet; 7] = [
    ParameterSet::Tc26_256A,
    ParameterSet::Tc26_256B,
    ParameterSet::Tc26_256C,
    ParameterSet::Tc26_256D,
    ParameterSet::Tc26_512A,
    ParameterSet::Tc26_512B,
    ParameterSet::Tc26_512C,
];
const OPERATIONS: [&str; 4] = ["sign", "verify", "prepared", "prepare"];
const ROUNDS: usize = 7;
/// Long beside the milliseconds between the moments at which the system adds up what a thread has used.
const ROUND: Duration = Duration::from_millis(80);

fn main() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut subjects: Vec<_> = SETS.into_iter().map(|set| Subject::new(set, &mut rng)).collect();
    for _ in 0..ROUNDS {
        for subject in &mut subjects {
            subject.run_a_round(&mut rng);
        }
    }
    let columns = OPERATIONS.map(|name| format!("{name:>10}")).concat();
    println!("{:<40}{columns}{:>28}", "operations a second", "first sign / verify, ms");
    for subject in &mut subjects {
        let medians = subject.figures.each_mut().map(|figures| {
            figures.sort_by(f64::total_cmp);
            format!("{:>10.0}", figures[figures.len() / 2])
        });
        let [sign, verify] = subject.first.map(|first| first.as_secs_f64() * 1000.0);
        let name = subject.key.public_key().parameter_set().name();
        println!("{name:<40}{}{sign:>20.2} / {verify:.2}", medians.concat());
    }
}

struct Subject {
    key: PrivateKey,
    prepared: PreparedPublicKey,
    digest: Vec<u8>,
    /// How long the first making of a key and the first verification took, which build the tables of the curve.
    first: [Duration; 2],
    figures: [Vec<f64>; OPERATIONS.len()],
}

impl Subject {
    fn new(set: ParameterSet, rng: &mut ChaCha20Rng) -> Self {
        let began = Instant::now();
        let key = PrivateKey::generate(set, rng);
        let first_multiple = began.elapsed();
        let mut digest = vec![0; set.octets()];
        rng.fill_bytes(&mut digest);
        let signature = key.sign_digest(&digest, rng).expect("a digest as long as the key");
        let began = Instant::now();
        assert!(key.public_key().verify_digest(&digest, &signature));
        let first = [first_multiple, began.elapsed()];
        let prepared = key.public_key().prepare();
        assert!(prepared.verify_digest(&digest, &signature));
        Self { prepared, key, digest, first, figures: Default::default() }
    }

    fn run_a_round(&mut self, rng: &mut ChaCha20Rng) {
        let (key, digest) = (&self.key, &self.digest);
        let signature = key.sign_digest(digest, rng).expect("a digest as long as the key");
        self.figures[0].push(rate(|| {
            black_box(key.sign_digest(digest, rng).is_ok());
        }));
        self.figures[1].push(rate(|| assert!(key.public_key().verify_digest(digest, black_box(&signature)))));
        self.figures[2].push(rate(|| assert!(self.prepared.verify_digest(digest, black_box(&signature)))));
        self.figures[3].push(rate(|| {
            black_box(key.public_key().prepare());
        }));
    }
}

/// How often a second `operation` runs; the clock is read once in sixteen times.
fn rate(mut operation: impl FnMut()) -> f64 {
    let epoch = Instant::now();
    let began = clock(epoch);
    let mut count = 0.0;
    loop {
        for _ in 0..16 {
            operation();
        }
        count += 16.0;
        let took = clock(epoch).saturating_sub(began);
        if took >= ROUND {
            return count / took.as_secs_f64();
        }
    }
}

/// Time this thread has spent on a processor, or else time that has passed.
fn clock(epoch: Instant) -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| epoch.elapsed(), Duration::from_nanos)
}
