//! RustCrypto's side of `cargo xtask bench crypto`, by the protocol of crates/crypto/benches/bench_crypto.rs: ECDSA, RSA and the hash.
//! Built on its own while the bench runs, so that nobody else waits for its dependencies; its manifest is rustcrypto.toml.

use std::hint::black_box;
use std::io::BufRead;
use std::time::Duration;

use p256::ecdsa;
use rsa::pkcs1v15;
use rsa::signature::{Keypair, RandomizedSigner, SignatureEncoding, Signer, Verifier};
use rustix::time::{ClockId, clock_gettime};
use sha2::Sha256;
use streebog::{Digest, Streebog256};

const MESSAGE: [u8; 32] = [0x5a; 32];
const ROUND: Duration = Duration::from_millis(50);
const LOOK: Duration = Duration::from_millis(1);

fn main() {
    let mut rng = getrandom::rand_core::UnwrapErr(getrandom::SysRng);

    let ec_key = <ecdsa::SigningKey as p256::elliptic_curve::Generate>::generate_from_rng(&mut rng);
    let ec_public = *ec_key.verifying_key();
    let ec_signature: ecdsa::Signature = ec_key.sign(&MESSAGE);
    let rsa_key = pkcs1v15::SigningKey::<Sha256>::random(&mut rng, 2048).expect("RSA key generation");
    let rsa_public = rsa_key.verifying_key();
    let rsa_signature = rsa_key.sign_with_rng(&mut rng, &MESSAGE);
    let mebibyte = vec![0x5a; 1 << 20];

    // DER and octets are written out, as ours and OpenSSL do.
    let mut rows: [(&str, Box<dyn FnMut()>, u64); 5] = [
        (
            "ecdsa-p256 sign",
            Box::new(move || {
                let signature: ecdsa::Signature = ec_key.sign(black_box(&MESSAGE));
                black_box(signature.to_der());
            }),
            1,
        ),
        ("ecdsa-p256 verify", Box::new(move || ec_public.verify(black_box(&MESSAGE), &ec_signature).expect("good")), 1),
        (
            "rsa-2048 sign",
            Box::new(move || {
                black_box(rsa_key.sign_with_rng(&mut rng, black_box(&MESSAGE)).to_bytes());
            }),
            1,
        ),
        ("rsa-2048 verify", Box::new(move || rsa_public.verify(black_box(&MESSAGE), &rsa_signature).expect("good")), 1),
        (
            "streebog-256 1MiB",
            Box::new(move || {
                black_box(Streebog256::digest(black_box(&mebibyte)));
            }),
            1,
        ),
    ];

    for line in std::io::stdin().lock().lines() {
        let line = line.expect("the driver writes lines");
        if line == "list" {
            rows.iter().for_each(|(name, _, _)| println!("RustCrypto\t{name}"));
            println!();
            continue;
        }
        let row = rows.iter_mut().find(|(name, _, _)| line.strip_prefix("RustCrypto\t") == Some(name));
        let (_, operation, batch) = row.expect("the driver asks for listed rows");
        let began = processor_time();
        let (mut operations, mut looked) = (0, Duration::ZERO);
        let spent = loop {
            (0..*batch).for_each(|_| operation());
            operations += *batch;
            let spent = processor_time() - began;
            if spent >= ROUND {
                break spent;
            }
            if spent - looked < LOOK / 2 {
                *batch *= 2;
            }
            looked = spent;
        };
        println!("{operations}\t{}", spent.as_nanos());
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
