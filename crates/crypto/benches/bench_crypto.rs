//! Our side of `cargo xtask bench crypto`: a program that does one operation for a round of processor time whenever it is asked to.
//! It is asked on standard input and answers on standard output, so that rounds of several programs can take turns; it knows no other program.
//!
//! `bench_crypto FOLDER` leaves in FOLDER what the others work on too, then answers each line:
//! - `list`: a line `ours<TAB>ROW` for each row, then an empty one;
//! - `ours<TAB>ROW`: `OPERATIONS<TAB>NANOSECONDS` of one round, or `figure<TAB>VALUE` where the row is no speed.
#![expect(clippy::print_stdout, reason = "the protocol")]

use std::hint::black_box;
use std::io::BufRead as _;
use std::path::Path;
use std::time::Duration;

use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use rustix::time::{ClockId, clock_gettime};
use surguch_crypto::gost::{self, ParameterSet};
use surguch_crypto::{
    Certificate, Extension, KeyAlgorithm, KeyUsage, KeyUsageSet, Name, PrivateKey, SignedData, Signer, TbsCertificate,
    assemble, sha1_thumbprint, sign_cms, streebog256,
};

/// The curves in the order of the table, under the names it has for them. 256-B is CryptoPro-A.
const SETS: [(&str, ParameterSet); 7] = [
    ("256-A", ParameterSet::Tc26_256A),
    ("CryptoPro-A", ParameterSet::CryptoProA),
    ("256-C", ParameterSet::Tc26_256C),
    ("256-D", ParameterSet::Tc26_256D),
    ("512-A", ParameterSet::Tc26_512A),
    ("512-B", ParameterSet::Tc26_512B),
    ("512-C", ParameterSet::Tc26_512C),
];

/// One round; long enough for a clock of processor time, short enough to take turns.
const ROUND: Duration = Duration::from_millis(50);
/// How often the clock is asked inside a round.
const LOOK: Duration = Duration::from_millis(1);

fn main() {
    let folder = std::env::args_os().nth(1).filter(|argument| !argument.to_string_lossy().starts_with('-'));
    // `cargo bench` without the driver: nothing to take turns with.
    let Some(folder) = folder else { return println!("this program is driven by `cargo xtask bench crypto`") };
    let build_milliseconds = slowest_table_build();
    let mut rows = rows(Path::new(&folder));
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the driver writes lines");
        match line.as_str() {
            "list" => {
                for row in rows.iter().map(|row| row.name.as_str()).chain(["tables build ms"]) {
                    println!("ours\t{row}");
                }
                if tables_kibibytes().is_some() {
                    println!("ours\ttables KiB");
                }
                println!();
            }
            "ours\ttables build ms" => println!("figure\t{build_milliseconds}"),
            "ours\ttables KiB" => println!("figure\t{}", tables_kibibytes().unwrap_or(f64::NAN)),
            asked => {
                let row = rows.iter_mut().find(|row| asked.strip_prefix("ours\t") == Some(&row.name));
                let (operations, spent) = row.expect("the driver asks for listed rows").round();
                println!("{operations}\t{}", spent.as_nanos());
            }
        }
    }
}

struct Row {
    name: String,
    operation: Box<dyn FnMut()>,
    /// Operations between two looks at the clock; found in the first round.
    batch: u64,
}

impl Row {
    fn new(name: impl Into<String>, operation: impl FnMut() + 'static) -> Self {
        Self { name: name.into(), operation: Box::new(operation), batch: 1 }
    }

    fn round(&mut self) -> (u64, Duration) {
        let began = processor_time();
        let (mut operations, mut looked) = (0, Duration::ZERO);
        loop {
            for _ in 0..self.batch {
                (self.operation)();
            }
            operations += self.batch;
            let spent = processor_time() - began;
            if spent >= ROUND {
                return (operations, spent);
            }
            if spent - looked < LOOK / 2 {
                self.batch *= 2;
            }
            looked = spent;
        }
    }
}

/// What this process has worked so far; waiting for others does not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).expect("a process works for a positive time"),
        u32::try_from(time.tv_nsec).expect("nanoseconds are below a thousand million"),
    )
}

fn rows(folder: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, set) in SETS {
        let mut digest = vec![0; set.octets()];
        rng().fill_bytes(&mut digest);
        let key = gost::PrivateKey::generate(set, &mut rng());
        let public = key.public_key().clone();
        let signature = key.sign_digest(&digest, &mut rng()).expect("a digest as long as the key");
        rows.extend(prepared(name, &public, &digest, &signature));
        rows.push(Row::new(format!("verify {name}"), {
            let digest = digest.clone();
            move || assert!(public.verify_digest(black_box(&digest), &signature))
        }));
        rows.push(Row::new(format!("sign {name}"), move || {
            let _ = black_box(key.sign_digest(black_box(&digest), &mut rng()));
        }));
    }
    for (name, set) in [SETS[0], SETS[4]] {
        rows.push(Row::new(format!("keygen {name}"), move || {
            black_box(gost::PrivateKey::generate(set, &mut rng()));
        }));
    }
    let mebibyte = vec![0x5a; 1 << 20];
    rows.push(Row::new("streebog-256 1MiB", move || {
        black_box(streebog256(black_box(&mebibyte)));
    }));
    rows.push(cms(folder));
    for (name, algorithm) in [("ecdsa-p256", KeyAlgorithm::EcdsaP256), ("rsa-2048", KeyAlgorithm::Rsa { bits: 2048 })] {
        rows.extend(with_hash(name, algorithm));
    }
    rows
}

/// Verification under a key that was made ready for many signatures.
fn prepared(name: &str, public: &gost::PublicKey, digest: &[u8], signature: &[u8]) -> Option<Row> {
    let (key, digest, signature) = (public.prepare(), digest.to_vec(), signature.to_vec());
    let operation = move || assert!(key.verify_digest(black_box(&digest), &signature));
    Some(Row::new(format!("verify prepared {name}"), operation))
}

/// All tables of all curves that a long-running process ends up with.
fn tables_kibibytes() -> Option<f64> {
    let octets: usize = SETS.iter().map(|(_, set)| set.table_octets()).sum();
    Some(octets as f64 / 1024.0)
}

/// How much longer the first use of a curve takes than the second, milliseconds, for the slowest: making a key fills the table of the base
/// point, verifying the other one. Asked before anything else has used a curve.
fn slowest_table_build() -> f64 {
    let timed = |operation: &mut dyn FnMut()| {
        let began = processor_time();
        operation();
        (processor_time() - began).as_secs_f64() * 1e3
    };
    let mut slowest = 0.0_f64;
    for (_, set) in SETS {
        let mut key = None;
        let mut generate = || key = Some(gost::PrivateKey::generate(set, &mut rng()));
        slowest = slowest.max(timed(&mut generate) - timed(&mut generate));
        let key = key.expect("it was made twice");
        let digest = vec![1; set.octets()];
        let signature = key.sign_digest(&digest, &mut rng()).expect("a digest as long as the key");
        let mut verify = || assert!(key.public_key().verify_digest(&digest, &signature));
        slowest = slowest.max(timed(&mut verify) - timed(&mut verify));
    }
    slowest
}

/// A message of 4 KiB, one signer on 256-A, its certificate inside: read and verified from its octets, as the other side does.
fn cms(folder: &Path) -> Row {
    const NOW: i64 = 1_798_761_600; // 2027-01-01
    const YEAR: i64 = 365 * 86_400;
    const ACCEPTED: &str = "what the bench signs for itself is well formed";
    let key = PrivateKey::generate(KeyAlgorithm::Gost(ParameterSet::Tc26_256A), &mut rng()).expect(ACCEPTED);
    let name = Name::from_pairs([("2.5.4.6", "RU"), ("2.5.4.3", "Bench")]).expect(ACCEPTED);
    let identifier = sha1_thumbprint(&key.public_key().raw_bits());
    let tbs = TbsCertificate {
        serial: vec![1],
        signature_algorithm: key.signature_algorithm(),
        issuer_der: name.to_der(),
        not_before: NOW - YEAR,
        not_after: NOW + YEAR,
        subject: name,
        spki_der: key.public_key().to_spki_der(),
        extensions: vec![
            Extension::key_usage(KeyUsageSet::of([KeyUsage::DigitalSignature])),
            Extension::subject_key_id(&identifier),
        ],
    };
    let tbs = tbs.to_der().expect(ACCEPTED);
    let signature = key.sign(&tbs, &mut rng()).expect(ACCEPTED);
    let certificate = assemble(&tbs, key.signature_algorithm(), &signature);
    let certificate = Certificate::from_der(&certificate).expect(ACCEPTED);
    let message = sign_cms(&[0x5a; 4096], false, &key, &certificate, &[], NOW, &mut rng()).expect(ACCEPTED);
    std::fs::write(folder.join("message.cms"), &message).expect("the driver's folder can be written to");
    Row::new("cms verify 4KiB", move || {
        let read = SignedData::from_der(black_box(&message)).expect(ACCEPTED);
        assert_eq!(read.verify(None, &[]).expect(ACCEPTED).len(), 1);
    })
}

/// ECDSA and RSA sign a message: the library under us takes no digests.
fn with_hash(name: &str, algorithm: KeyAlgorithm) -> [Row; 2] {
    const MESSAGE: [u8; 32] = [0x5a; 32];
    const WORKS: &str = "a key of ours signs, and its signature verifies";
    let key = PrivateKey::generate(algorithm, &mut rng()).expect(WORKS);
    let public = key.public_key().clone();
    let signature = key.sign(&MESSAGE, &mut rng()).expect(WORKS);
    [
        Row::new(format!("{name} sign"), move || {
            black_box(key.sign(black_box(&MESSAGE), &mut rng()).expect(WORKS));
        }),
        Row::new(format!("{name} verify"), move || {
            public.verify(algorithm.signature_algorithm(), black_box(&MESSAGE), &signature).expect(WORKS);
        }),
    ]
}

/// The operating system's, as the program itself uses it.
fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
