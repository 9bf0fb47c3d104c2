//! Signatures whose instructions are counted: `cargo xtask test` runs this one test under valgrind and compares the counts of
//! all keys and nonces of a curve (`xtask/src/callgrind.rs`). Without valgrind it is a test that they verify.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and one that tells its caller what to expect")]

use core::hint::black_box;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::curve::{self, Curve};
use super::field::Field;
use super::limbs::Limbs;
use super::signature::Group;
use super::{inversion, nonce};

/// Random keys and nonces of every curve; as many more nonces are chosen for their many zeros or ones.
const RANDOM: usize = 20;

#[test]
fn signatures_to_be_counted() {
    count_on(&curve::TC26_256_A);
    count_on(&curve::CRYPTO_PRO_A);
    count_on(&curve::CRYPTO_PRO_B);
    count_on(&curve::CRYPTO_PRO_C);
    count_on(&curve::TC26_512_A);
    count_on(&curve::TC26_512_B);
    count_on(&curve::TC26_512_C);
    count_what_differs();
}

fn count_on<F: Field<N>, const N: usize>(curve: &Curve<F, N>) {
    let mut rng = ChaCha20Rng::seed_from_u64(34_10);
    let digest = vec![0x5a; 8 * N];
    let mut draw = || *scalar(curve, &mut rng);
    let mut pairs: Vec<_> = (0..RANDOM).map(|_| (draw(), draw())).collect();
    pairs.extend(special_scalars(curve).map(|k| (draw(), k)));
    pairs.extend(special_scalars(curve).map(|d| (d, draw())));
    // At the first use the table of the curve is built and the loader finds the functions of the C library, which must not be counted.
    curve.sign_with_k(&draw(), &digest, &draw()).unwrap();
    println!("counted {} {}", curve.name, pairs.len());
    for (d, k) in pairs {
        let signature = counted_signature(curve, &d, &digest, &k).unwrap();
        let octets: Vec<u8> = d.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        let key = curve.public_point(&octets).unwrap();
        assert!(curve.verify(&key, &digest, &signature));
    }
}

fn scalar<F: Field<N>, const N: usize>(curve: &Curve<F, N>, rng: &mut ChaCha20Rng) -> Box<Limbs<N>> {
    let octets = curve.draw_scalar(rng);
    Box::new(super::limbs::limbs_from_le(&octets))
}

/// 2, a power of two, a few ones, all ones of the lower half, q − 2.
fn special_scalars<F: Field<N>, const N: usize>(curve: &Curve<F, N>) -> impl Iterator<Item = Limbs<N>> {
    let mut two = [0; N];
    two[0] = 2;
    let mut power = [0; N];
    power[N - 1] = 1;
    let mut sparse = [1; N];
    sparse[N - 1] = 0;
    let mut half = [u64::MAX; N];
    half[N / 2..].fill(0);
    let mut last = *curve.order.value();
    last[0] -= 2;
    [two, power, sparse, half, last].into_iter().inspect(|scalar| assert!(nonce::is_set(curve.is_scalar(scalar))))
}

/// The name valgrind is told. Everything that touches the private key and the nonce happens in here.
#[inline(never)]
fn counted_signature<F: Field<N>, const N: usize>(
    curve: &Curve<F, N>,
    d: &Limbs<N>,
    digest: &[u8],
    k: &Limbs<N>,
) -> Option<Vec<u8>> {
    curve.sign_with_k(black_box(d), digest, black_box(k))
}

/// Inversions that may take their time: if these counts did not differ, the counting would be at fault.
fn count_what_differs() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    println!("differing {RANDOM}");
    for _ in 0..RANDOM {
        let mut x = [0; 4];
        x.fill_with(|| rng.next_u64());
        x[3] >>= 1;
        counted_control(&x);
    }
}

#[inline(never)]
fn counted_control(x: &Limbs<4>) {
    black_box(inversion::invert_vartime(black_box(x), curve::CRYPTO_PRO_A.order.value()));
}
