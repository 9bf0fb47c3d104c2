//! Ready digests and RSA blocks, as a token is asked for them: they fit what signs and verifies whole messages, in both directions.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use surguch_crypto::{
    DigestAlgorithm, Error, KeyAlgorithm, PrivateKey, RSA_BLOCK_OVERHEAD_OCTETS, SignatureAlgorithm, Signer as _,
};

const MESSAGE: &[u8] = b"what is signed";

fn key(word: &str) -> PrivateKey {
    PrivateKey::generate(word.parse().unwrap(), &mut ChaCha20Rng::seed_from_u64(7)).unwrap()
}

#[test]
fn a_digest_made_elsewhere_is_signed_as_the_message_would_be() {
    for algorithm in KeyAlgorithm::all().filter(|algorithm| !matches!(algorithm, KeyAlgorithm::Rsa { .. })) {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let key = PrivateKey::generate(algorithm, &mut rng).unwrap();
        let signature_algorithm = key.signature_algorithm();
        let digest = signature_algorithm.digest().digest(MESSAGE);
        let signature = key.sign_ready_digest(&digest, &mut rng).unwrap();
        key.public_key().verify_ready_digest(&digest, &signature).unwrap();
        let mut wrong = digest.clone();
        wrong[0] ^= 1;
        let refused = key.public_key().verify_ready_digest(&wrong, &signature);
        assert_eq!(refused, Err(Error::Invalid { what: "signature" }), "{algorithm}");
        if let KeyAlgorithm::Gost(_) = algorithm {
            // The same octets as everywhere; of ECDSA the order is another than in certificates.
            key.public_key().verify(signature_algorithm, MESSAGE, &signature).unwrap();
            assert!(key.sign_ready_digest(&digest[1..], &mut rng).is_err());
        } else {
            let der = der_of(&signature);
            key.public_key().verify(signature_algorithm, MESSAGE, &der).unwrap();
        }
    }
}

/// r ‖ s as SEQUENCE { r, s }.
fn der_of(signature: &[u8]) -> Vec<u8> {
    let number = |octets: &[u8]| {
        let start = octets.iter().take_while(|octet| **octet == 0).count();
        let sign: &[u8] = if octets[start] & 0x80 != 0 { &[0] } else { &[] };
        let body = [sign, &octets[start..]].concat();
        [&[2, body.len() as u8], &body[..]].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let body = [number(r), number(s)].concat();
    [&[0x30, body.len() as u8], &body[..]].concat()
}

#[test]
fn ecdsa_takes_the_leftmost_octets_of_a_long_digest_and_all_of_a_short_one() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let key = key("ecdsa-p256");
    let long = [[5; 32], [9; 32]].concat();
    let signature = key.sign_ready_digest(&long, &mut rng).unwrap();
    key.public_key().verify_ready_digest(&long[..32], &signature).unwrap();
    let short = key.sign_ready_digest(&[1; 20], &mut rng).unwrap();
    let padded = [&[0; 12][..], &[1; 20]].concat();
    key.public_key().verify_ready_digest(&padded, &short).unwrap();
}

/// `DigestInfo` of SHA-2 goes to the library, everything else through plain arithmetic: both ways end in signatures that the other side knows.
#[test]
fn rsa_blocks_are_those_of_pkcs1_whichever_way_they_are_made() {
    let key = key("rsa-2048");
    let public = key.public_key();
    for (arc, algorithm) in
        [(1, SignatureAlgorithm::RsaSha256), (2, SignatureAlgorithm::RsaSha384), (3, SignatureAlgorithm::RsaSha512)]
    {
        let digest = algorithm.digest().digest(MESSAGE);
        let octets = digest.len() as u8;
        let mut info = vec![0x30, 17 + octets, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
        info.extend_from_slice(&[arc, 0x05, 0x00, 0x04, octets]);
        info.extend_from_slice(&digest);
        let signature = key.sign_ready_rsa_block(&info).unwrap();
        public.verify(algorithm, MESSAGE, &signature).unwrap();
        public.verify_ready_rsa_block(&info, &signature).unwrap();
        let other = public.verify_ready_rsa_block(&info[1..], &signature);
        assert_eq!(other, Err(Error::Invalid { what: "signature" }));
    }
    let most = 256 - RSA_BLOCK_OVERHEAD_OCTETS;
    for contents in [&b""[..], b"no DigestInfo at all", &vec![0xff; most]] {
        let signature = key.sign_ready_rsa_block(contents).unwrap();
        public.verify_ready_rsa_block(contents, &signature).unwrap();
        let mut wrong = signature;
        wrong[255] ^= 1;
        assert!(public.verify_ready_rsa_block(contents, &wrong).is_err());
    }
    assert!(key.sign_ready_rsa_block(&vec![1; most + 1]).is_err());
    assert!(public.verify_ready_rsa_block(b"x", &[0xff; 256]).is_err(), "a number above the modulus");
    assert!(public.verify_ready_rsa_block(b"x", &[1; 255]).is_err());
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (rsa, gost) = (key("rsa-2048"), key("gost-256-a"));
    let digest = DigestAlgorithm::Sha256.digest(MESSAGE);
    assert!(matches!(rsa.sign_ready_digest(&digest, &mut rng), Err(Error::Unsupported { .. })));
    assert!(matches!(gost.sign_ready_rsa_block(&digest), Err(Error::Unsupported { .. })));
    assert!(matches!(rsa.public_key().verify_ready_digest(&digest, &digest), Err(Error::Unsupported { .. })));
    assert!(matches!(gost.public_key().verify_ready_rsa_block(&digest, &digest), Err(Error::Unsupported { .. })));
}
