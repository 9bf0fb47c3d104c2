//! Signatures and key agreements whose instructions are counted: `cargo xtask test` runs this one test under valgrind and compares the counts of
//! all keys and nonces of a curve (`xtask/src/callgrind.rs`). Without valgrind it is a test that they come out.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and one that tells its caller what to expect")]

use core::hint::black_box;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::curve::{self, Curve, Point};
use super::field::Field;
use super::limbs::{Limbs, limbs_from_le};
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
    let mut draw = || limbs_from_le(&curve.draw_scalar(&mut rng));
    let mut pairs: Vec<_> = (0..RANDOM).map(|_| (draw(), draw())).collect();
    pairs.extend(special_scalars(curve).map(|k| (draw(), k)));
    pairs.extend(special_scalars(curve).map(|d| (d, draw())));
    // At the first use the table of the curve is built and the loader finds the functions of the C library, which must not be counted.
    curve.sign_with_k(&draw(), &digest, &draw()).unwrap();
    println!("counted {} {}", curve.name, pairs.len());
    for (d, k) in pairs {
        let signature = counted_signature(curve, &d, &digest, &k).unwrap();
        let key = curve.public_point(&octets_of(&d)).unwrap();
        assert!(curve.verify(&key, &digest, &signature));
    }

    let scalars: Vec<_> = (0..RANDOM).map(|_| draw()).chain(special_scalars(curve)).collect();
    let peer = curve.public_point(&octets_of(&draw())).unwrap();
    let ukm = vec![0x21; 8 * N];
    println!("counted vko-{} {}", curve.name, scalars.len());
    for d in scalars {
        let octets = octets_of(&d);
        let agreed = counted_agreement(curve, &octets, &peer, &ukm).unwrap();
        assert!(curve.checked_point(&agreed[..8 * N], &agreed[8 * N..]).is_ok());
    }
}

fn octets_of<const N: usize>(scalar: &Limbs<N>) -> Vec<u8> {
    scalar.iter().flat_map(|limb| limb.to_le_bytes()).collect()
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

/// The same for key agreement.
#[inline(never)]
fn counted_agreement<F: Field<N>, const N: usize>(
    curve: &Curve<F, N>,
    scalar: &[u8],
    peer: &Point<N>,
    ukm: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    curve.agree(black_box(scalar), peer, ukm)
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
