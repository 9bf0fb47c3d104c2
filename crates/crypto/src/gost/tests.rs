//! What needs the inside: given nonces, the test curves of the standard, and every layer of the arithmetic against num-bigint.
//! The public face is tested in `tests/it/gost.rs`.
#![expect(clippy::unwrap_used, reason = "tests")]

use num_bigint::BigUint;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use super::comb::{Comb, sparse_digits};
use super::curve::{self, Affine, Curve};
use super::field::{Field, Residue};
use super::jacobian::Jacobian;
use super::limbs::{self, Limbs, append_be, limbs_from_be};
use super::*;
use super::{edwards, inversion};

use crate::vector_files;

fn vectors(name: &str) -> Value {
    serde_json::from_slice(&vector_files::open(name)).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

fn octets(value: &Value, key: &str) -> Vec<u8> {
    hex::decode(text(value, key)).unwrap()
}

fn reversed(mut octets: Vec<u8>) -> Vec<u8> {
    octets.reverse();
    octets
}

fn big<const N: usize>(limbs: &Limbs<N>) -> BigUint {
    let mut octets = Vec::new();
    append_be(limbs, &mut octets);
    BigUint::from_bytes_be(&octets)
}

fn limbs<const N: usize>(number: &BigUint) -> Limbs<N> {
    let mut octets = number.to_bytes_le();
    assert!(octets.len() <= 8 * N);
    octets.resize(8 * N, 0);
    limbs_from_be(&reversed(octets))
}

/// Runs a generic check on the curve of a name in the vectors, test curves included.
macro_rules! on_curve {
    ($name:expr, $check:ident $(, $argument:expr)*) => {
        match $name {
            "id-GostR3410-2001-CryptoPro-A-ParamSet" => $check(&curve::CRYPTO_PRO_A $(, $argument)*),
            "id-GostR3410-2001-CryptoPro-B-ParamSet" => $check(&curve::CRYPTO_PRO_B $(, $argument)*),
            "id-GostR3410-2001-CryptoPro-C-ParamSet" => $check(&curve::CRYPTO_PRO_C $(, $argument)*),
            "id-GostR3410-2001-TestParamSet" => $check(&curve::TEST_256 $(, $argument)*),
            "id-tc26-gost-3410-2012-256-paramSetA" => $check(&curve::TC26_256_A $(, $argument)*),
            "id-tc26-gost-3410-12-512-paramSetA" => $check(&curve::TC26_512_A $(, $argument)*),
            "id-tc26-gost-3410-12-512-paramSetB" => $check(&curve::TC26_512_B $(, $argument)*),
            "id-tc26-gost-3410-2012-512-paramSetC" => $check(&curve::TC26_512_C $(, $argument)*),
            "id-tc26-gost-3410-2012-512-paramSetTest" => $check(&curve::TEST_512 $(, $argument)*),
            name => panic!("the vectors name an unknown curve {name}"),
        }
    };
}

const CURVES: [&str; 9] = [
    "id-GostR3410-2001-CryptoPro-A-ParamSet",
    "id-GostR3410-2001-CryptoPro-B-ParamSet",
    "id-GostR3410-2001-CryptoPro-C-ParamSet",
    "id-GostR3410-2001-TestParamSet",
    "id-tc26-gost-3410-2012-256-paramSetA",
    "id-tc26-gost-3410-12-512-paramSetA",
    "id-tc26-gost-3410-12-512-paramSetB",
    "id-tc26-gost-3410-2012-512-paramSetC",
    "id-tc26-gost-3410-2012-512-paramSetTest",
];

// ---- the reference: schoolbook affine arithmetic on big integers, from the outside list of curves ----

type Point = Option<(BigUint, BigUint)>;

struct Reference {
    p: BigUint,
    a: BigUint,
    b: BigUint,
    q: BigUint,
    m: BigUint,
    cofactor: u64,
    g: Point,
}

impl Reference {
    fn of(name: &str) -> Self {
        let list = vectors("curves.json");
        let entry = list["curves"].as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap();
        let number = |key| BigUint::parse_bytes(text(entry, key).as_bytes(), 16).unwrap();
        Self {
            p: number("p"),
            a: number("a"),
            b: number("b"),
            q: number("q"),
            m: number("m"),
            cofactor: entry["cofactor"].as_u64().unwrap(),
            g: Some((number("gx"), number("gy"))),
        }
    }

    fn is_on_curve(&self, point: &Point) -> bool {
        let Some((x, y)) = point else { return true };
        y * y % &self.p == (x * x * x + &self.a * x + &self.b) % &self.p
    }

    fn minus(&self, x: &BigUint, y: &BigUint) -> BigUint {
        (x + &self.p - y) % &self.p
    }

    fn neg(&self, point: &Point) -> Point {
        point.as_ref().map(|(x, y)| (x.clone(), (&self.p - y) % &self.p))
    }

    fn add(&self, first: &Point, second: &Point) -> Point {
        let (Some((x1, y1)), Some((x2, y2))) = (first, second) else {
            return first.clone().or_else(|| second.clone());
        };
        if x1 == x2 && (y1 + y2) % &self.p == BigUint::ZERO {
            return None;
        }
        let (above, below) =
            if x1 == x2 { (3u8 * x1 * x1 + &self.a, 2u8 * y1) } else { (self.minus(y2, y1), self.minus(x2, x1)) };
        let slope = above * below.modinv(&self.p).unwrap() % &self.p;
        let x3 = self.minus(&self.minus(&(&slope * &slope % &self.p), x1), x2);
        let y3 = self.minus(&(slope * self.minus(x1, &x3) % &self.p), y1);
        Some((x3, y3))
    }

    fn multiply(&self, scalar: &BigUint, point: &Point) -> Point {
        let mut sum = None;
        for i in (0..scalar.bits()).rev() {
            sum = self.add(&sum, &sum);
            if scalar.bit(i) {
                sum = self.add(&sum, point);
            }
        }
        sum
    }
}

fn big_point<F: Field<N>, const N: usize>(curve: &Curve<F, N>, point: &Affine<N>) -> Point {
    Some((big(&curve.field.integer(&point.x)), big(&curve.field.integer(&point.y))))
}

fn big_jacobian<F: Field<N>, const N: usize>(curve: &Curve<F, N>, point: &Jacobian<N>) -> Point {
    if point.is_zero(curve) {
        return None;
    }
    big_point(curve, &Jacobian::all_to_affine(curve, &[*point])[0])
}

/// v·G by nothing but doublings and additions.
fn multiple_of_base<F: Field<N>, const N: usize>(curve: &Curve<F, N>, v: &BigUint) -> Jacobian<N> {
    let base = Jacobian::from_affine(curve, &curve.affine(&curve.base));
    (0..v.bits()).rev().fold(Jacobian::zero(curve), |sum, bit| {
        let twice = sum.double(curve);
        if v.bit(bit) { twice.add(curve, &base) } else { twice }
    })
}

fn affine<F: Field<N>, const N: usize>(curve: &Curve<F, N>, point: &Point) -> Affine<N> {
    let (x, y) = point.as_ref().unwrap();
    Affine { x: curve.field.residue(&limbs(x)), y: curve.field.residue(&limbs(y)) }
}

// ---- constants ----

#[test]
fn the_constants_are_those_of_the_documents() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, name: &str) {
        let reference = Reference::of(name);
        assert_eq!(curve.name, name);
        assert_eq!(big(curve.field.value()), reference.p);
        assert_eq!(big(curve.order.value()), reference.q);
        assert_eq!(Some((big(&curve.base.x), big(&curve.base.y))), reference.g);
        assert_eq!(u64::from(curve.cofactor()), reference.cofactor);
        assert_eq!(&reference.q * reference.cofactor, reference.m);
        let [a, b, triple_b] = curve.coefficients().map(|number| big(&curve.field.integer(number)));
        assert_eq!((&a, &b), (&reference.a, &reference.b));
        assert_eq!(triple_b, b * 3u8 % &reference.p);
        assert_eq!(curve.has_a_minus_3(), a + 3u8 == reference.p);
        assert!(curve.is_on_curve(&curve.affine(&curve.base)));
        assert!(reference.is_on_curve(&reference.g));
        assert_eq!(reference.multiply(&reference.q, &reference.g), None);
        assert_ne!(reference.multiply(&(&reference.q - 1u8), &reference.g), None);
        let beyond = limbs(&((&reference.p + 1u8) % &reference.p));
        assert_eq!(curve.field.integer(&curve.field.one()), beyond);
    }
    for name in CURVES {
        on_curve!(name, check, name);
    }
}

#[test]
fn every_identifier_leads_to_its_curve_and_the_test_sets_to_none() {
    let mut known = 0;
    for entry in vectors("curves.json")["curves"].as_array().unwrap() {
        for oid in entry["oids"].as_array().unwrap() {
            let oid = oid.as_str().unwrap();
            let set = ParameterSet::from_oid(oid);
            if text(entry, "name").contains("Test") {
                assert_eq!(set, None, "{oid}");
                continue;
            }
            let name = match set.unwrap().curve() {
                AnyCurve::Narrow(curve) => curve.name(),
                AnyCurve::Wide(curve) => curve.name(),
            };
            assert_eq!(name, text(entry, "name"), "{oid}");
            known += 1;
        }
    }
    assert_eq!(known, ParameterSet::ALL.len());
}

#[test]
fn the_edwards_shapes_are_those_of_the_documents() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, name: &str) {
        let reference = Reference::of(name);
        let p = &reference.p;
        let list = vectors("curves.json");
        let entry = list["curves"].as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap();
        let number = |key| BigUint::parse_bytes(text(&entry["edwards"], key).as_bytes(), 16).unwrap();
        let shape = curve.edwards.as_ref().unwrap();
        let [d, s, t] = [&shape.d, &shape.s, &shape.t].map(|residue| big(&curve.field.integer(residue)));
        let one = BigUint::from(1u8);
        assert_eq!((number("e"), number("d")), (one.clone(), d.clone()));
        assert_eq!(&s * 4u8 % p, (&one + p - &d) % p);
        assert_eq!(&t * 6u8 % p, (&one + &d) % p);
        // No square: then the addition law has no exceptions.
        assert_eq!(d.modpow(&((p - 1u8) >> 1), p), p - 1u8);

        let points: Vec<_> = (1u32..20).map(|k| reference.multiply(&BigUint::from(k), &reference.g)).collect();
        let affine: Vec<_> = points.iter().map(|point| affine(curve, point)).collect();
        let entries = shape.entries(curve, &affine);
        let integers = |entry: &[Residue<N>; 3]| entry.map(|residue| big(&curve.field.integer(&residue)));
        assert_eq!(integers(&entries[0])[..2], [number("u"), number("v")]);
        for (entry, point) in entries.iter().zip(&points) {
            let [u, v, duv] = integers(entry);
            assert_eq!((&u * &u + &v * &v) % p, (&one + &d * &u * &u % p * &v * &v) % p);
            assert_eq!(duv, &d * &u * &v % p);
            let sum = edwards::Extended::zero(&curve.field).add_entry(&curve.field, entry).to_extended(&curve.field);
            assert_eq!(big_point(curve, &shape.to_weierstrass(&curve.field, &sum)), *point);
        }
    }
    check(&curve::TC26_256_A, "id-tc26-gost-3410-2012-256-paramSetA");
    check(&curve::TC26_512_C, "id-tc26-gost-3410-2012-512-paramSetC");
}

#[test]
fn the_tables_of_all_curves_take_less_than_two_mebibytes() {
    fn octets<F: Field<N>, const N: usize>(curve: &Curve<F, N>) -> usize {
        curve.signing_table().octets() + Jacobian::verifying_table(curve).octets()
    }
    let each = [
        octets(&curve::TC26_256_A),
        octets(&curve::CRYPTO_PRO_A),
        octets(&curve::CRYPTO_PRO_B),
        octets(&curve::CRYPTO_PRO_C),
        octets(&curve::TC26_512_A),
        octets(&curve::TC26_512_B),
        octets(&curve::TC26_512_C),
    ];
    assert_eq!(each.map(|octets| octets.div_ceil(1024)), [102, 102, 102, 102, 376, 376, 357]);
    assert!(each.iter().sum::<usize>() <= 2 << 20, "{each:?}");
}

// ---- published and foreign signatures ----

/// One signature with everything given; big-endian numbers, the digest in stream order.
struct Known {
    d: Vec<u8>,
    k: Vec<u8>,
    digest: Vec<u8>,
    key: Option<(Vec<u8>, Vec<u8>)>,
    signature: Vec<u8>,
}

fn check_known<F: Field<N>, const N: usize>(curve: &Curve<F, N>, known: &Known) {
    let (d, k) = (limbs_from_be(&known.d), limbs_from_be(&known.k));
    let key = curve.public_point(&reversed(known.d.clone())).unwrap();
    if let Some((x, y)) = &known.key {
        let given = curve.checked_point(&reversed(x.clone()), &reversed(y.clone())).unwrap();
        assert!(given == key);
    }
    let signature = curve.sign_with_k(&d, &known.digest, &k).unwrap();
    assert_eq!(hex::encode(&signature), hex::encode(&known.signature));
    assert!(curve.verify(&key, &known.digest, &signature));
}

#[test]
fn signatures_with_given_nonces_come_out_as_elsewhere() {
    let file = vectors("gost3410-kat.json");
    let list = file["vectors"].as_array().unwrap();
    assert_eq!(list.len(), 53);
    for entry in list {
        let known = Known {
            d: octets(entry, "d"),
            k: octets(entry, "k"),
            digest: octets(entry, "digest"),
            key: Some((octets(entry, "qx"), octets(entry, "qy"))),
            signature: octets(entry, "signature"),
        };
        on_curve!(text(entry, "curve"), check_known, &known);
    }
}

#[test]
fn the_examples_of_the_standard_come_out() {
    for entry in vectors("gost3410-examples.json").as_array().unwrap() {
        let signature = [octets(entry, "s"), octets(entry, "r")].concat();
        let known = Known {
            d: octets(entry, "d"),
            k: octets(entry, "k"),
            // The examples give the number e; the digest is its octets, least significant first.
            digest: reversed(octets(entry, "e")),
            key: entry.get("qx").map(|_| (octets(entry, "qx"), octets(entry, "qy"))),
            signature,
        };
        on_curve!(text(entry, "curve").split(' ').next().unwrap(), check_known, &known);
    }
}

#[test]
fn the_example_keys_of_rfc_9215_belong_together() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, entry: &Value) {
        let key = curve.public_point(&reversed(octets(entry, "d"))).unwrap();
        let given = curve.checked_point(&reversed(octets(entry, "x")), &reversed(octets(entry, "y"))).unwrap();
        assert!(key == given);
    }
    let keys = vectors("rfc9215/keys.json");
    check(&curve::TEST_256, &keys["d1-256-test"]);
    check(&curve::TC26_256_A, &keys["d2-tc26-256-a"]);
    check(&curve::TEST_512, &keys["d3-512-test"]);
}

#[test]
fn false_signatures_and_keys_are_refused_on_every_curve() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, entry: &Value) -> bool {
        let (x, y) = (reversed(octets(entry, "qx")), reversed(octets(entry, "qy")));
        curve
            .checked_point(&x, &y)
            .is_ok_and(|key| curve.verify(&key, &octets(entry, "digest"), &octets(entry, "signature")))
    }
    let file = vectors("gost3410-negative.json");
    let list = file["vectors"].as_array().unwrap();
    assert_eq!(list.len(), 80);
    for entry in list {
        let valid = on_curve!(text(entry, "curve"), check, entry);
        assert_eq!(valid, text(entry, "expect") == "valid", "{} {}", text(entry, "curve"), text(entry, "tag"));
    }
}

#[test]
fn agreed_points_hash_to_what_others_agreed_on() {
    let file = vectors("vko.json");
    for entry in file["vectors"].as_array().unwrap() {
        let set = ParameterSet::from_oid(text(entry, "oid")).unwrap();
        let read = |name| PrivateKey::from_le_bytes(set, &octets(entry, name)).unwrap();
        let (a, b) = (read("a"), read("b"));
        assert_eq!(b.public_key().to_le_bytes(), octets(entry, "B"));
        for (own, other) in [(&a, &b), (&b, &a)] {
            let point = own.agree(other.public_key(), &octets(entry, "ukm")).unwrap();
            let hash = <streebog::Streebog256 as digest::Digest>::digest(&point);
            assert_eq!(hash.as_slice(), octets(entry, "vko256"));
            assert!(own.agree(other.public_key(), &[0; 8]).is_none());
        }
    }
}

// ---- keys that are no keys ----

#[test]
fn points_outside_the_prime_order_group_are_told_apart() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, name: &str) {
        let reference = Reference::of(name);
        // Take points by their x until one has the whole order 4q; its multiples then have all the others.
        let whole = (2u32..)
            .find_map(|x| {
                let x = BigUint::from(x);
                let cubic = (&x * &x * &x + &reference.a * &x + &reference.b) % &reference.p;
                let y = root(&cubic, &reference.p)?;
                let point = Some((x, y));
                assert!(reference.is_on_curve(&point));
                reference.multiply(&(&reference.q * 2u8), &point).is_some().then_some(point)
            })
            .unwrap();
        assert_eq!(reference.multiply(&reference.m, &whole), None);
        let refusal = |point: &Point| {
            let octets = curve.point(&affine(curve, point)).to_le_bytes();
            curve.checked_point(&octets[..8 * N], &octets[8 * N..]).err()
        };
        let quarter = reference.multiply(&reference.q, &whole);
        let half = reference.add(&quarter, &quarter);
        let inside = reference.multiply(&BigUint::from(4u8), &whole);
        assert_eq!(refusal(&whole), Some(KeyError::OutsideSubgroup));
        assert_eq!(refusal(&reference.add(&whole, &whole)), Some(KeyError::OutsideSubgroup));
        assert_eq!(refusal(&reference.add(&inside, &half)), Some(KeyError::OutsideSubgroup));
        assert_eq!(refusal(&reference.add(&inside, &quarter)), Some(KeyError::OutsideSubgroup));
        assert_eq!(refusal(&quarter), Some(KeyError::SmallOrder));
        assert_eq!(refusal(&half), Some(KeyError::SmallOrder));
        assert_eq!(refusal(&inside), None);
        let mut point = whole.clone();
        for k in 1..40 {
            assert_eq!(refusal(&point).is_none(), k % 4 == 0, "{k}");
            point = reference.add(&point, &whole);
        }
    }
    check(&curve::TC26_256_A, "id-tc26-gost-3410-2012-256-paramSetA");
    check(&curve::TC26_512_C, "id-tc26-gost-3410-2012-512-paramSetC");
}

/// A square root modulo a prime that is 3 mod 4, or 5 mod 8, if there is one.
fn root(square: &BigUint, p: &BigUint) -> Option<BigUint> {
    let root = if p.bit(1) {
        square.modpow(&((p + 1u8) >> 2), p)
    } else {
        assert!(p.bit(2), "the primes of the cofactor-4 curves are 7 mod 8");
        let candidate = square.modpow(&((p + 3u8) >> 3), p);
        if &candidate * &candidate % p == *square {
            candidate
        } else {
            candidate * BigUint::from(2u8).modpow(&((p - 1u8) >> 2), p) % p
        }
    };
    (&root * &root % p == *square).then_some(root)
}

#[test]
fn coordinates_beyond_the_prime_are_refused_even_where_they_fit() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>) {
        let p = big(curve.field.value());
        let octets = curve.base.to_le_bytes();
        let (x, y) = octets.split_at(8 * N);
        let beyond = BigUint::from_bytes_le(x) + p;
        let mut beyond = beyond.to_bytes_le();
        if beyond.len() <= 8 * N {
            beyond.resize(8 * N, 0);
            assert_eq!(curve.checked_point(&beyond, y).err(), Some(KeyError::CoordinateRange));
        }
        assert_eq!(curve.checked_point(x, &vec![0xff; 8 * N]).err(), Some(KeyError::CoordinateRange));
        assert_eq!(curve.checked_point(y, x).err(), Some(KeyError::NotOnCurve));
        assert_eq!(curve.checked_point(&vec![0; 8 * N], &vec![0; 8 * N]).err(), Some(KeyError::NotOnCurve));
        assert!(curve.checked_point(x, y).is_ok());
    }
    for name in CURVES {
        on_curve!(name, check);
    }
}

// ---- nonces ----

#[test]
fn a_nonce_that_gives_zero_is_drawn_again() {
    let one = limbs::<4>(&BigUint::from(1u8));
    let last = limbs::<4>(&(big(curve::CRYPTO_PRO_C.order.value()) - 1u8));
    // The base point of CryptoPro-C has x = 0, so r = 0 for k = 1 and k = q - 1.
    assert!(curve::CRYPTO_PRO_C.sign_with_k(&one, &[7; 32], &one).is_none());
    assert!(curve::CRYPTO_PRO_C.sign_with_k(&one, &[7; 32], &last).is_none());
    // s = r d + k e = 0 for e = -r d / k.
    let curve = &curve::CRYPTO_PRO_A;
    let q = big(curve.order.value());
    let minus_r = limbs::<4>(&(&q - 1u8)); // k = d = 1: x of the base point is 1, so r = 1 and e = q - 1
    let mut digest = Vec::new();
    append_be(&minus_r, &mut digest);
    assert!(curve.sign_with_k(&one, &reversed(digest), &one).is_none());
}

#[test]
fn a_signature_depends_on_key_digest_and_fresh_randomness() {
    let set = ParameterSet::CryptoProC;
    let key = PrivateKey::generate(set, &mut ChaCha20Rng::seed_from_u64(1));
    let other = PrivateKey::generate(set, &mut ChaCha20Rng::seed_from_u64(2));
    let sign = |key: &PrivateKey, digest: u8, seed| {
        let signature = key.sign_digest(&[digest; 32], &mut ChaCha20Rng::seed_from_u64(seed)).unwrap();
        signature[32..].to_vec() // r, which names the nonce
    };
    let first = sign(&key, 5, 7);
    assert_eq!(first, sign(&key, 5, 7));
    assert_ne!(first, sign(&key, 6, 7), "a dead source must not repeat a nonce over two digests");
    assert_ne!(first, sign(&other, 5, 7), "a nonce known for one key must not be known for another");
    assert_ne!(first, sign(&key, 5, 8));
}

#[test]
fn a_key_drawn_is_even_over_the_whole_range() {
    // The order of 256-paramSetA has 255 bits: cutting and refusing must leave the quarters of the range equally likely.
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let q = big(curve::TC26_256_A.order.value());
    let mut quarters = [0u32; 4];
    for _ in 0..4000 {
        let scalar = BigUint::from_bytes_le(&curve::TC26_256_A.random_scalar(&mut rng));
        assert!(scalar > BigUint::ZERO && scalar < q);
        let quarter = u32::try_from(scalar * 4u8 / &q).unwrap();
        quarters[quarter as usize] += 1;
    }
    assert!(quarters.iter().all(|&count| count.abs_diff(1000) < 150), "{quarters:?}");
}

/// A source that gives one octet for ever.
struct Stuck(u8);

impl rand_core::TryRng for Stuck {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        dst.fill(self.0);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Stuck {}

#[test]
#[should_panic(expected = "the source of randomness is broken")]
fn a_stuck_source_makes_no_key() {
    PrivateKey::generate(ParameterSet::CryptoProA, &mut Stuck(0));
}

#[test]
fn a_stuck_source_still_signs_without_giving_the_key_away() {
    let key = PrivateKey::generate(ParameterSet::Tc26_512C, &mut ChaCha20Rng::seed_from_u64(1));
    let first = key.sign_digest(&[1; 64], &mut Stuck(0)).unwrap();
    let second = key.sign_digest(&[2; 64], &mut Stuck(0)).unwrap();
    assert_ne!(first[64..], second[64..]);
    assert!(key.public_key().verify_digest(&[1; 64], &first));
    assert!(key.public_key().verify_digest(&[2; 64], &second));
}

// ---- arithmetic against the reference ----

/// Numbers where carries and reductions go wrong first, as an index into [`edge`], or any octets.
fn number() -> impl Strategy<Value = (u8, Vec<u8>)> {
    (0u8..32, proptest::collection::vec(any::<u8>(), 64))
}

/// A number of N limbs: an edge of the modulus for the low indices, the octets otherwise.
fn edge<const N: usize>(m: &BigUint, (index, octets): &(u8, Vec<u8>)) -> BigUint {
    let all = (BigUint::from(1u8) << (64 * N)) - 1u8;
    match index {
        0 => BigUint::ZERO,
        1 => BigUint::from(1u8),
        2 => BigUint::from(2u8),
        3 => m - 1u8,
        4 => m - 2u8,
        5 => m.clone(),
        6 => m + 1u8,
        7 => all.clone(),
        8 => m >> 1,
        9 => (m >> 1) + 1u8,
        10 => &all - m,
        11 => BigUint::from(u64::MAX),
        12 => BigUint::from(1u8) << (64 * N - 1),
        13 => BigUint::from(1u8) << (32 * N),
        14 => &all - u64::MAX,
        15 => &all % m + 1u8,
        _ => BigUint::from_bytes_be(&octets[..8 * N]),
    }
    .min(all)
}

fn check_modulus<const N: usize>(modulus: &impl Field<N>, x: &(u8, Vec<u8>), y: &(u8, Vec<u8>)) {
    let m = big(modulus.value());
    let (x, y) = (edge::<N>(&m, x), edge::<N>(&m, y));
    assert_eq!(bool::from(modulus.contains(&limbs(&x))), x < m);
    let (a, b) = (modulus.residue(&limbs(&x)), modulus.residue(&limbs(&y)));
    let out = |value: &Residue<N>| big(&modulus.integer(value));
    assert_eq!(out(&a), &x % &m);
    assert_eq!(out(&modulus.add(&a, &b)), (&x + &y) % &m);
    assert_eq!(out(&modulus.sub(&a, &b)), (&x + &m * 4u8 + &m - &y % &m) % &m);
    assert_eq!(out(&modulus.neg(&a)), (&m - &x % &m) % &m);
    assert_eq!(out(&modulus.double(&a)), (&x * 2u8) % &m);
    assert_eq!(out(&modulus.triple(&a)), (&x * 3u8) % &m);
    assert_eq!(out(&modulus.mul(&a, &b)), (&x * &y) % &m);
    assert_eq!(out(&modulus.square(&a)), (&x * &x) % &m);
    let inverse = (&x % &m).modinv(&m).unwrap_or(BigUint::ZERO);
    assert_eq!(out(&modulus.invert(&a)), inverse);
    assert_eq!(out(&modulus.invert_vartime(&a)), inverse);
    assert_eq!(bool::from(modulus.is_zero(&a)), &x % &m == BigUint::ZERO);
}

fn check_both<F: Field<N>, const N: usize>(curve: &Curve<F, N>, x: &(u8, Vec<u8>), y: &(u8, Vec<u8>)) {
    check_modulus(&curve.field, x, y);
    check_modulus(&curve.order, x, y);
    let m = big(curve.order.value());
    let x = edge::<N>(&m, x);
    assert_eq!(bool::from(curve.order.contains_nonzero(&limbs(&x))), x < m && x != BigUint::ZERO);
    assert_eq!(big(&curve.order.reduce(&limbs(&x))), &x % &m);
}

#[test]
fn the_edges_of_every_modulus_agree_with_big_integers() {
    for name in CURVES {
        for x in 0..16 {
            for y in 0..16 {
                on_curve!(name, check_both, &(x, Vec::new()), &(y, Vec::new()));
            }
        }
    }
}

/// u·G + v·Q as verification makes it.
fn sum_by_doublings<F: Field<N>, const N: usize>(
    curve: &Curve<F, N>,
    u: &BigUint,
    v: &BigUint,
    q: &Affine<N>,
) -> Point {
    match &curve.edwards {
        None => big_jacobian(curve, &Jacobian::double_multiple(curve, &limbs(u), &limbs(v), q)),
        Some(edwards) => {
            let sum = edwards::Projective::double_multiple(curve, edwards, &limbs(u), &limbs(v), q);
            sum.to_weierstrass(curve, edwards).and_then(|sum| big_point(curve, &sum))
        }
    }
}

/// The same as it is made under a prepared key.
fn sum_by_tables<F: Field<N>, const N: usize>(curve: &Curve<F, N>, u: &BigUint, v: &BigUint, q: &Affine<N>) -> Point {
    let (u, v) = (limbs(u), limbs(v));
    let multiples = Comb::of_all_places(curve, q, 4);
    let multiples = [(curve.signing_table(), &u), (&multiples, &v)];
    match &curve.edwards {
        None => big_jacobian(curve, &Jacobian::sum_of_multiples(curve, &multiples)),
        Some(edwards) => {
            let sum = edwards::Projective::sum_of_multiples(curve, &multiples);
            sum.to_weierstrass(curve, edwards).and_then(|sum| big_point(curve, &sum))
        }
    }
}

/// A point by the same index: an edge multiple of the base point.
fn check_points<F: Field<N>, const N: usize>(curve: &Curve<F, N>, reference: &Reference, u: &BigUint, v: &BigUint) {
    let q = &reference.q;
    if u % q != BigUint::ZERO {
        let k = u % q;
        let expected = reference.multiply(&k, &reference.g);
        assert_eq!(big_point(curve, &curve.multiply_base(&limbs(&k))), expected, "{k:x}");
        // u·G + v·(k·G) also meets equal and opposite points on the way.
        let key = affine(curve, &expected);
        let expected = reference.multiply(&((u + v * &k) % q), &reference.g);
        assert_eq!(sum_by_doublings(curve, u, v, &key), expected, "{u:x} {v:x}");
        assert_eq!(sum_by_tables(curve, &(u % q), &(v % q), &key), expected, "{u:x} {v:x}");
    }
    assert_eq!(big_jacobian(curve, &multiple_of_base(curve, v)), reference.multiply(&(v % q), &reference.g));
}

#[test]
fn edge_multiples_of_the_base_point_agree_with_big_integers() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, name: &str) {
        let reference = Reference::of(name);
        let edges: Vec<_> = (0..16).map(|index| edge::<N>(&reference.q, &(index, Vec::new()))).collect();
        for (i, u) in edges.iter().enumerate() {
            check_points(curve, &reference, u, &edges[(i + 3) % edges.len()]);
        }
        // Every digit of the windows once: 1..66, and the largest ones and their neighbours in all windows at once.
        for k in 1u32..66 {
            check_points(curve, &reference, &BigUint::from(k), &BigUint::from(65 - k));
        }
        for digit in [15u32, 16, 17, 31, 32, 33, 63] {
            let all = (0..64 * N / 6).fold(BigUint::ZERO, |all, _| (all << 6) + digit);
            check_points(curve, &reference, &all, &(&reference.q - 1u8));
        }
    }
    for name in CURVES {
        on_curve!(name, check, name);
    }
}

#[test]
fn jacobian_additions_agree_in_every_special_case() {
    fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, name: &str) {
        let reference = Reference::of(name);
        let five = reference.multiply(&BigUint::from(5u8), &reference.g);
        let points = [None, reference.g.clone(), reference.neg(&reference.g), five.clone(), reference.neg(&five)];
        let one_of = |point: &Point| match point {
            None => multiple_of_base(curve, &reference.q),
            // Z is not one: the point comes out of other additions.
            Some(_) => {
                let point = Jacobian::from_affine(curve, &affine(curve, point));
                let twice = point.double(curve);
                twice.add(curve, &point).add(curve, &twice.negated(curve))
            }
        };
        for first in &points {
            for second in &points {
                let sum = one_of(first).add(curve, &one_of(second));
                assert_eq!(big_jacobian(curve, &sum), reference.add(first, second));
            }
            assert_eq!(big_jacobian(curve, &one_of(first).double(curve)), reference.add(first, first));
        }
    }
    for name in CURVES {
        on_curve!(name, check, name);
    }
}

/// A limb where carries are made and lost.
fn limb() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(u64::MAX - 1), Just(1 << 63), any::<u64>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn products_and_squares_agree_with_big_integers(x in [limb(), limb(), limb(), limb(), limb(), limb(), limb(), limb()], y in [limb(), limb(), limb(), limb(), limb(), limb(), limb(), limb()]) {
        fn check<const N: usize>(x: &Limbs<N>, y: &Limbs<N>) {
            assert_eq!(big(&limbs::product(x, y)), big(x) * big(y));
            assert_eq!(big(&limbs::square(x)), big(x) * big(x));
        }
        check(&x, &y);
        check::<4>(x[..4].try_into().unwrap(), y[4..].try_into().unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn inverses_agree_with_big_integers(which in 0usize..9, x in number()) {
        fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, x: &(u8, Vec<u8>)) {
            for m in [curve.field.value(), curve.order.value()] {
                let x = edge::<N>(&big(m), x) % big(m);
                let expected = x.modinv(&big(m)).unwrap_or(BigUint::ZERO);
                assert_eq!(big(&inversion::invert(&limbs(&x), m)), expected);
                assert_eq!(big(&inversion::invert_vartime(&limbs(&x), m)), expected);
            }
        }
        on_curve!(CURVES[which], check, &x);
    }

    #[test]
    fn fields_agree_with_big_integers(which in 0usize..9, x in number(), y in number()) {
        on_curve!(CURVES[which], check_both, &x, &y);
    }

    #[test]
    fn sparse_digits_add_up_to_the_number(octets in proptest::collection::vec(any::<u8>(), 64), width in 2u32..=10) {
        fn check<const N: usize>(octets: &[u8], width: u32) {
            let number = BigUint::from_bytes_be(octets);
            let digits = sparse_digits::<N>(&limbs(&number), width);
            let (mut plus, mut minus) = (BigUint::ZERO, BigUint::ZERO);
            for (place, &digit) in digits.iter().enumerate() {
                assert!(digit == 0 || digit & 1 == 1 && u32::from(digit.unsigned_abs()) < 1 << (width - 1));
                let magnitude = BigUint::from(digit.unsigned_abs()) << place;
                if digit > 0 { plus += magnitude } else { minus += magnitude }
            }
            assert_eq!(plus - minus, number);
        }
        check::<4>(&octets[..32], width);
        check::<8>(&octets, width);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn multiples_agree_with_big_integers(which in 0usize..9, u in number(), v in number()) {
        fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, name: &str, u: &(u8, Vec<u8>), v: &(u8, Vec<u8>)) {
            let reference = Reference::of(name);
            check_points(curve, &reference, &edge::<N>(&reference.q, u), &edge::<N>(&reference.q, v));
        }
        on_curve!(CURVES[which], check, CURVES[which], &u, &v);
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does(which in 0usize..9, d in number(), k in number(), digest in number(), flip in 0usize..128 * 8) {
        fn check<F: Field<N>, const N: usize>(curve: &Curve<F, N>, d: &BigUint, k: &BigUint, digest: &[u8], flip: usize) {
            let q = big(curve.order.value());
            let (d, k) = (d % (&q - 1u8) + 1u8, k % (&q - 1u8) + 1u8);
            let Some(mut signature) = curve.sign_with_k(&limbs(&d), digest, &limbs(&k)) else { return };
            let mut scalar = d.to_bytes_le();
            scalar.resize(8 * N, 0);
            let key = curve.public_point(&scalar).unwrap();
            assert!(curve.verify(&key, digest, &signature));
            let prepared = curve.prepare(&key);
            assert!(curve.verify_prepared(&prepared, digest, &signature));
            // The point of the nonce q − k has the same x: who knows k knows one more s, and with k and e of a few bits it is a flip away.
            let e = BigUint::from_bytes_le(digest) % &q;
            let e = if e == BigUint::ZERO { BigUint::from(1u8) } else { e };
            let r = BigUint::from_bytes_be(&signature[8 * N..]);
            let twin = (&r * &d + (&q - &k) * e) % &q;
            let mut by_the_twin = signature.clone();
            let octets = twin.to_bytes_be();
            by_the_twin[..8 * N].fill(0);
            by_the_twin[8 * N - octets.len()..8 * N].copy_from_slice(&octets);
            assert_eq!(curve.verify(&key, digest, &by_the_twin), twin != BigUint::ZERO);
            let flip = flip % (16 * N * 8);
            signature[flip / 8] ^= 1 << (flip % 8);
            let is_twin = twin != BigUint::ZERO && signature == by_the_twin;
            assert_eq!(curve.verify(&key, digest, &signature), is_twin);
            assert_eq!(curve.verify_prepared(&prepared, digest, &signature), is_twin);
        }
        fn run<F: Field<N>, const N: usize>(curve: &Curve<F, N>, d: &(u8, Vec<u8>), k: &(u8, Vec<u8>), digest: &(u8, Vec<u8>), flip: usize) {
            let q = big(curve.order.value());
            let mut octets = edge::<N>(&q, digest).to_bytes_le();
            octets.resize(8 * N, 0);
            check(curve, &edge::<N>(&q, d), &edge::<N>(&q, k), &octets, flip);
        }
        on_curve!(CURVES[which], run, &d, &k, &digest, flip);
    }
}

// ---- the whole of signing, verifying and agreeing, as the standard words it, on big integers ----

impl Reference {
    /// Steps 2 to 6 of GOST R 34.10-2012, 6.1: s ‖ r, or nothing where the nonce has to be drawn again.
    fn sign(&self, d: &BigUint, k: &BigUint, digest: &[u8]) -> Option<(BigUint, BigUint)> {
        let r = self.multiply(k, &self.g)?.0 % &self.q;
        let s = (&r * d + k * self.e(digest)) % &self.q;
        (r != BigUint::ZERO && s != BigUint::ZERO).then_some((s, r))
    }

    /// Steps 1 to 7 of 6.2.
    fn verifies(&self, key: &Point, digest: &[u8], s: &BigUint, r: &BigUint) -> bool {
        let q = &self.q;
        let in_range = |number: &BigUint| *number != BigUint::ZERO && number < q;
        if !in_range(s) || !in_range(r) {
            return false;
        }
        let v = self.e(digest).modinv(q).unwrap();
        let (z1, z2) = (s * &v % q, (q - r) * &v % q);
        let sum = self.add(&self.multiply(&z1, &self.g), &self.multiply(&z2, key));
        sum.is_some_and(|(x, _)| x % q == *r)
    }

    fn e(&self, digest: &[u8]) -> BigUint {
        let e = BigUint::from_bytes_le(digest) % &self.q;
        if e == BigUint::ZERO { BigUint::from(1u8) } else { e }
    }

    /// RFC 7836, 4.3, before the hash.
    fn agree(&self, d: &BigUint, peer: &Point, ukm: &BigUint) -> Point {
        self.multiply(&(&self.m / &self.q * ukm % &self.q * d % &self.q), peer)
    }
}

type Number = (u8, Vec<u8>);

/// Signing, verifying what is signed and bent, and agreeing say what the reference says; `numbers` are d, k, digest, the other key and UKM for [`edge`].
fn check_whole<F: Field<N>, const N: usize>(curve: &Curve<F, N>, name: &str, numbers: [&Number; 5], bend: usize) {
    let reference = Reference::of(name);
    let q = &reference.q;
    let scalar = |number: &Number| edge::<N>(q, number) % (q - 1u8) + 1u8;
    let [d, k, other] = [numbers[0], numbers[1], numbers[3]].map(scalar);
    let padded = |number: &BigUint| {
        let mut octets = number.to_bytes_le();
        octets.resize(8 * N, 0);
        octets
    };
    let digest = padded(&edge::<N>(q, numbers[2]));
    let public = reference.multiply(&d, &reference.g);
    let key = curve.public_point(&padded(&d)).unwrap();
    assert_eq!(big_point(curve, &curve.affine(&key)), public);

    let ours = curve.sign_with_k(&limbs(&d), &digest, &limbs(&k));
    let theirs = reference.sign(&d, &k, &digest);
    assert_eq!(ours.is_some(), theirs.is_some());
    if let (Some(ours), Some((s, r))) = (ours, theirs) {
        let halves = ours.split_at(8 * N);
        assert_eq!((BigUint::from_bytes_be(halves.0), BigUint::from_bytes_be(halves.1)), (s.clone(), r.clone()));
        // As it is, and bent in one of its parts: both say the same, whatever that is.
        let signed = reference.e(&digest);
        let (mut s, mut r, mut digest) = (s, r, digest);
        match bend {
            0 => {}
            1 => s = (s + 1u8) % q,
            2 => r = q - r,
            _ => digest[0] ^= 1,
        }
        let signature = reversed([padded(&r), padded(&s)].concat());
        let expected = reference.verifies(&public, &digest, &s, &r);
        assert_eq!(curve.verify(&key, &digest, &signature), expected);
        assert_eq!(curve.verify_prepared(&curve.prepare(&key), &digest, &signature), expected);
        // What the check computes is C = kP as it was, or −C, whose abscissa is that of C, also of some bent signatures:
        // - a digest that is 0 modulo q stands for 1, and what signs e signs −e too; the bent bit may turn such digests into
        //   each other: 0 and 1, q − 1 and q, the two numbers beside q/2;
        // - s + 1 adds P/e, and C + P/e is −C where 2ke = −1, as of e = −1 with k = 1/2.
        let bent = reference.e(&digest);
        let stands = match bend {
            0 => true,
            1 => s != BigUint::ZERO && (BigUint::from(2u8) * &k * &signed + 1u8) % q == BigUint::ZERO,
            2 => false,
            _ => bent == signed || bent == q - &signed,
        };
        assert_eq!(expected, stands);
    }

    let ukm = edge::<N>(q, numbers[4]);
    let peer = curve.public_point(&padded(&other)).unwrap();
    let agreed = curve.agree(&padded(&d), &peer, &padded(&ukm));
    let expected = reference.agree(&d, &reference.multiply(&other, &reference.g), &ukm);
    let expected = expected.map(|(x, y)| [padded(&x), padded(&y)].concat());
    assert_eq!(agreed.map(|octets| octets.to_vec()), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn signatures_and_agreed_points_are_those_of_the_reference(which in 0usize..9, d in number(), k in number(), digest in number(), other in number(), ukm in number(), bend in 0usize..4) {
        on_curve!(CURVES[which], check_whole, CURVES[which], [&d, &k, &digest, &other, &ukm], bend);
    }
}

#[test]
fn an_s_that_is_one_further_stands_where_it_turns_the_point_round() {
    let edge = |index: u8| (index, Vec::new());
    for name in CURVES {
        // d = 3; k = 1/2 with e = −1, and k = 1 with e = −1/2: bent signatures that stand for another reason than their digest.
        on_curve!(name, check_whole, name, [&edge(2), &edge(8), &edge(3), &edge(1), &edge(1)], 1);
        on_curve!(name, check_whole, name, [&edge(2), &edge(0), &edge(8), &edge(1), &edge(1)], 1);
    }
}
