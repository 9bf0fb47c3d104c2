//! Curves of GOST R 34.10-2012. Provisional: the arithmetic follows in the next commit.
use rand_core::CryptoRng;
use zeroize::Zeroizing;
use super::KeyError;
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Affine<const N: usize>(pub [u64; N]);
pub(super) struct Curve<const N: usize>;
impl<const N: usize> Curve<N> {
    pub(super) fn checked_point(&self, _x: &[u8], _y: &[u8]) -> Result<Affine<N>, KeyError> { Err(KeyError::NotOnCurve) }
    pub(super) fn point_to_le_bytes(&self, _p: &Affine<N>) -> Vec<u8> { vec![0; 16 * N] }
    pub(super) fn verify(&self, _p: &Affine<N>, _d: &[u8], _s: &[u8]) -> bool { false }
    pub(super) fn random_scalar(&self, rng: &mut dyn CryptoRng) -> Zeroizing<Vec<u8>> { let mut v = Zeroizing::new(vec![0; 8 * N]); rng.fill_bytes(&mut v); v }
    pub(super) fn public_point(&self, _s: &[u8]) -> Result<Affine<N>, KeyError> { Ok(Affine([0; N])) }
    pub(super) fn sign(&self, _d: &[u8], _e: &[u8], _rng: &mut dyn CryptoRng) -> Vec<u8> { vec![0; 16 * N] }
}
pub(super) static TC26_256_A: Curve<4> = Curve;
pub(super) static CRYPTO_PRO_A: Curve<4> = Curve;
pub(super) static CRYPTO_PRO_B: Curve<4> = Curve;
pub(super) static CRYPTO_PRO_C: Curve<4> = Curve;
pub(super) static TC26_512_A: Curve<8> = Curve;
pub(super) static TC26_512_B: Curve<8> = Curve;
pub(super) static TC26_512_C: Curve<8> = Curve;
