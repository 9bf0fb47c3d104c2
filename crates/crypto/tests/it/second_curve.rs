//! GOST R 34.10-2012 on CryptoPro-A a second time, over the generic curve of `primeorder`: the complete formulas of others on the Montgomery fields of
//! others, with the algorithm written down once more. Ours must take what it signs, and it must take what ours signs.

use primefield::bigint::{Odd, U256};
use primefield::{ByteOrder, consts::U32};
use primeorder::array::Array;
use primeorder::elliptic_curve::ops::{BatchInvert, MulByGeneratorVartime as _, Reduce as _};
use primeorder::elliptic_curve::point::AffineCoordinates as _;
use primeorder::elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
use primeorder::elliptic_curve::subtle::{Choice, ConstantTimeEq, ConstantTimeGreater as _, CtOption};
use primeorder::elliptic_curve::{Curve, CurveArithmetic, scalar_impls};
use primeorder::mul_backend::VariableOnly;
use primeorder::point_arithmetic::EquationAIsMinusThree;
use primeorder::{AffinePoint, FieldArithmetic, PrimeCurve, PrimeCurveParams, PrimeField as _, ProjectivePoint};
use proptest::prelude::*;
use surguch_crypto::gost::{ParameterSet, PrivateKey, PublicKey};

use crate::support::rng;

const P: &str = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd97";
const Q: &str = "ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893";

#[expect(deprecated, reason = "in the macro's words")]
mod coordinate {
    use super::*;
    primefield::monty_field_params!(
        name: ModuloP, modulus: P, uint: U256, byte_order: ByteOrder::BigEndian, multiplicative_generator: 7, doc: "p"
    );
    primefield::monty_field_element!(name: Coordinate, params: ModuloP, uint: U256, doc: "a number modulo p");
    primefield::monty_field_arithmetic!(name: Coordinate, params: ModuloP, uint: U256);
    impl BatchInvert for Coordinate {}
}
use coordinate::Coordinate;

#[expect(deprecated, reason = "in the macro's words")]
mod scalar {
    use super::*;
    primefield::monty_field_params!(
        name: ModuloQ, modulus: Q, uint: U256, byte_order: ByteOrder::BigEndian, multiplicative_generator: 2, doc: "q"
    );
    primefield::monty_field_element!(name: Number, params: ModuloQ, uint: U256, doc: "a number modulo q");
    primefield::monty_field_arithmetic!(name: Number, params: ModuloQ, uint: U256);
    primefield::monty_field_reduce!(name: Number, params: ModuloQ, uint: U256,);
    scalar_impls!(CryptoProA, Number);
    primeorder::wnaf::impl_wnaf_size_for_scalar!(Number);

    impl AsRef<Self> for Number {
        fn as_ref(&self) -> &Self {
            self
        }
    }
    impl FromUintUnchecked for Number {
        type Uint = U256;
        fn from_uint_unchecked(number: U256) -> Self {
            Self::from_uint_unchecked(number)
        }
    }
    impl IsHigh for Number {
        fn is_high(&self) -> Choice {
            self.to_canonical().ct_gt(&(<CryptoProA as Curve>::ORDER.get() >> 1))
        }
    }
}
use scalar::Number;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CryptoProA;

impl Curve for CryptoProA {
    type FieldBytesSize = U32;
    type Uint = U256;
    const ORDER: Odd<U256> = Odd::<U256>::from_be_hex(Q);
}
impl PrimeCurve for CryptoProA {}
impl CurveArithmetic for CryptoProA {
    type AffinePoint = AffinePoint<Self>;
    type ProjectivePoint = ProjectivePoint<Self>;
    type Scalar = Number;
}
impl FieldArithmetic for CryptoProA {
    type FieldElement = Coordinate;
}
impl PrimeCurveParams for CryptoProA {
    type PointArithmetic = EquationAIsMinusThree;
    type Backend = VariableOnly;
    /// RFC 4357, 11.4: a = p - 3, b = 166, x = 1.
    const EQUATION_A: Coordinate = Coordinate::from_u64(3).neg();
    const EQUATION_B: Coordinate = Coordinate::from_u64(166);
    const GENERATOR: (Coordinate, Coordinate) = (
        Coordinate::from_u64(1),
        Coordinate::from_hex_vartime("8d91e471e0989cda27df505a453f2b7635294f2ddf23e3b122acc99c9e9f1e14"),
    );
}

fn number(octets: &[u8], is_little_endian: bool) -> Number {
    let read = if is_little_endian { U256::from_le_slice } else { U256::from_be_slice };
    Number::reduce(&read(octets))
}

/// RFC 7091, section 6: the digest is a little-endian number, and 1 in place of 0.
fn digest_number(digest: &[u8]) -> Number {
    let e = number(digest, true);
    if bool::from(e.is_zero()) { Number::ONE } else { e }
}

/// X of a point, as a number modulo q.
fn abscissa(point: ProjectivePoint<CryptoProA>) -> Number {
    number(&point.to_affine().x(), false)
}

/// X ‖ Y, little-endian.
fn public_key(d: &Number) -> Vec<u8> {
    let point = ProjectivePoint::<CryptoProA>::mul_by_generator_vartime(d).to_affine();
    point.x().into_iter().rev().chain(point.y().into_iter().rev()).collect()
}

/// s ‖ r, where neither is zero.
fn sign(d: &Number, digest: &[u8], k: &Number) -> Option<Vec<u8>> {
    let r = abscissa(ProjectivePoint::<CryptoProA>::mul_by_generator_vartime(k));
    let s = r * *d + *k * digest_number(digest);
    (!bool::from(r.is_zero() | s.is_zero())).then(|| [s.to_bytes(), r.to_bytes()].concat())
}

fn verify(key: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let big_endian = |octets: &[u8]| Array::from_iter(octets.iter().rev().copied());
    let point = AffinePoint::<CryptoProA>::from_coordinates(&big_endian(&key[..32]), &big_endian(&key[32..]));
    let in_range = |octets: &[u8]| Number::from_slice(octets).filter(|number| !bool::from(number.is_zero()));
    let (Some(point), Some(s), Some(r)) = (point.into_option(), in_range(&signature[..32]), in_range(&signature[32..]))
    else {
        return false;
    };
    let v = digest_number(digest).invert().expect("it is not zero");
    let sum = ProjectivePoint::GENERATOR * (s * v) - ProjectivePoint::from(point) * (r * v);
    // Zero has the abscissa 0 here, and r is not 0.
    abscissa(sum) == r
}

/// Little-endian octets of a number that may be a private key or a nonce.
fn scalars() -> impl Strategy<Value = [u8; 32]> {
    let edges = prop::sample::select(vec![1_u64, 2, 3, u64::MAX]).prop_map(|small| {
        let mut octets = [0; 32];
        octets[..8].copy_from_slice(&small.to_le_bytes());
        octets
    });
    // The order minus one is the greatest.
    let greatest = Just((-Number::ONE).to_bytes().0).prop_map(|mut octets| {
        octets.reverse();
        octets
    });
    let any = any::<[u8; 32]>().prop_filter("zero or not below q", |octets| {
        let big_endian: Vec<u8> = octets.iter().rev().copied().collect();
        Number::from_slice(&big_endian).is_some_and(|number| !bool::from(number.is_zero()))
    });
    prop_oneof![8 => any, 1 => edges, 1 => greatest]
}

fn digests() -> impl Strategy<Value = [u8; 32]> {
    // q itself is zero modulo q, and stands for 1.
    let order = Just([0; 32]).prop_map(|mut octets: [u8; 32]| {
        octets.copy_from_slice(&hex::decode(Q).unwrap());
        octets.reverse();
        octets
    });
    prop_oneof![8 => any::<[u8; 32]>(), 1 => Just([0; 32]), 1 => Just([0xff; 32]), 1 => order]
}

proptest! {
    #[test]
    fn a_second_implementation_takes_what_ours_signs_and_signs_what_ours_takes(
        d in scalars(), k in scalars(), digest in digests(), seed: u64, bent in 0_usize..512,
    ) {
        let ours = PrivateKey::from_le_bytes(ParameterSet::CryptoProA, &d).unwrap();
        let (d, k) = (number(&d, true), number(&k, true));
        let key = public_key(&d);
        prop_assert_eq!(&ours.public_key().to_le_bytes(), &key);
        let read = PublicKey::from_le_bytes(ParameterSet::Tc26_256B, &key).unwrap();
        let prepared = read.prepare();

        let by_ours = ours.sign_digest(&digest, &mut rng(seed)).unwrap();
        prop_assert!(verify(&key, &digest, &by_ours));
        let by_theirs = sign(&d, &digest, &k);
        for mut signature in std::iter::once(by_ours).chain(by_theirs) {
            prop_assert!(read.verify_digest(&digest, &signature) && prepared.verify_digest(&digest, &signature));
            // A bent signature has the same verdict on both sides: no.
            signature[bent / 8] ^= 1 << (bent % 8);
            prop_assert!(!verify(&key, &digest, &signature));
            prop_assert!(!read.verify_digest(&digest, &signature) && !prepared.verify_digest(&digest, &signature));
        }
    }
}
