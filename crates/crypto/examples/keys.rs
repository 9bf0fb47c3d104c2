//! Keys: made, told apart, written and read in every form, used to sign.
//! `cargo run -p surguch-crypto --example keys`
#![expect(clippy::print_stdout, reason = "an example for a terminal")]

use std::error::Error;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use surguch_crypto::gost::{KeyError, ParameterSet};
use surguch_crypto::{
    ContentCipher, DigestAlgorithm, GostKeyForm, KeyAlgorithm, Kind, MAX_OBJECT_OCTETS, PBKDF2_ITERATIONS, PreparedKey,
    PrivateKey, PublicKey, RSA_BLOCK_OVERHEAD_OCTETS, STREEBOG_ITERATIONS_MAX, SignatureAlgorithm, Signer, check_der,
    der_or_pem, gost, pem_decode, pem_encode, sha1_thumbprint, sha256, streebog256,
};

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    // A program takes the seed from the system; a repeated one makes the example repeatable.
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    words()?;
    for algorithm in KeyAlgorithm::all().filter(|algorithm| !matches!(algorithm, KeyAlgorithm::Rsa { bits: 3072.. })) {
        let key = PrivateKey::generate(algorithm, &mut rng)?;
        forms(&key, &mut rng)?;
        signatures(&key, &mut rng)?;
    }
    ready_octets(&mut rng)?;
    bare_numbers(&mut rng)?;
    Ok(())
}

/// Algorithms by their words and identifiers.
fn words() -> Result<(), Box<dyn Error>> {
    let algorithm: KeyAlgorithm = "gost-256-a".parse()?;
    assert_eq!(algorithm, KeyAlgorithm::Gost(ParameterSet::Tc26_256A));
    assert_eq!(algorithm.oid(), "1.2.643.7.1.1.1.1");
    let signs = algorithm.signature_algorithm();
    assert!(SignatureAlgorithm::ALL.contains(&signs));
    assert_eq!((signs.oid(), signs.digest()), ("1.2.643.7.1.1.3.2", DigestAlgorithm::Streebog256));
    // SEQUENCE { OBJECT IDENTIFIER }: GOST has no parameters here (RFC 9215, 2).
    assert_eq!(signs.identifier_der()[..4], [0x30, 10, 6, 8]);
    for digest in DigestAlgorithm::ALL {
        println!("{:<14} {:<22} {} octets", digest.name(), digest.oid(), digest.digest(b"").len());
    }
    assert_eq!(DigestAlgorithm::Sha256.digest(b"x"), sha256(b"x"));
    assert_eq!(DigestAlgorithm::Streebog256.digest(b"x"), streebog256(b"x"));
    assert_eq!(sha1_thumbprint(b"x").len(), 20);

    for &set in ParameterSet::ALL {
        assert_eq!(ParameterSet::from_oid(set.oid()), Some(set));
        assert_eq!(set.octets(), if set.is_512() { 64 } else { 32 });
        println!(
            "{:<46} tables {:>3} KiB, same curve as {}",
            set.name(),
            set.table_octets() / 1024,
            set.canonical().name()
        );
    }
    Ok(())
}

/// Every form a key is kept in.
fn forms(key: &PrivateKey, rng: &mut ChaCha20Rng) -> Result<(), Box<dyn Error>> {
    let same = |other: PrivateKey| assert_eq!(other.public_key(), key.public_key());

    // In the clear: what is written wipes itself.
    let der = key.to_pkcs8_der();
    assert!(der.len() < MAX_OBJECT_OCTETS);
    check_der(&der)?;
    assert_eq!(Kind::of_der(&der)?, Kind::PrivateKey);
    assert!(Kind::ALL.contains(&Kind::PrivateKey));
    same(PrivateKey::from_pkcs8_der(&der)?);
    if matches!(key.public_key().algorithm(), KeyAlgorithm::Gost(_)) {
        for form in [GostKeyForm::Plain, GostKeyForm::WithPublicKey, GostKeyForm::Masked] {
            same(PrivateKey::from_pkcs8_der(&key.to_pkcs8_der_in(form, rng)?)?);
        }
    }

    // Behind a password: AES for keys of RSA and ECDSA, a cipher of GOST for keys of GOST.
    let iterations = 2000;
    assert!(PBKDF2_ITERATIONS.contains(&iterations) && iterations <= STREEBOG_ITERATIONS_MAX);
    same(PrivateKey::from_encrypted_pkcs8_der(&key.to_encrypted_pkcs8_der(b"secret", iterations, rng)?, b"secret")?);
    let cipher = ContentCipher::KuznyechikCtrAcpkmOmac;
    assert!(cipher.is_authenticated() && cipher.is_gost() && ContentCipher::ALL.contains(&cipher));
    let locked = key.to_encrypted_pkcs8_der_with(cipher, b"secret", iterations, rng)?;
    let refused = PrivateKey::from_encrypted_pkcs8_der(&locked, b"guess").err();
    assert_eq!(refused, Some(surguch_crypto::Error::WrongPassword));

    // Armoured, among other things.
    let text = pem_encode("ENCRYPTED PRIVATE KEY", &locked);
    assert_eq!(pem_decode(&text)?, [("ENCRYPTED PRIVATE KEY".to_owned(), locked.clone())]);
    assert_eq!(der_or_pem(text.as_bytes(), "ENCRYPTED PRIVATE KEY")?, locked);

    // The public half.
    let public = key.public_key();
    assert_eq!(&PublicKey::from_spki_der(&public.to_spki_der())?, public);
    assert!(public.to_spki_der().ends_with(&public.raw_bits()));
    assert_eq!(public.spki_sha256().len(), 32);
    Ok(())
}

fn signatures(key: &PrivateKey, rng: &mut ChaCha20Rng) -> Result<(), Box<dyn Error>> {
    // Whatever signs is a `Signer`: this key, a token, another machine.
    let signer: &dyn Signer = key;
    let signature = signer.sign(b"message", rng)?;
    signer.public_key().verify(signer.signature_algorithm(), b"message", &signature)?;
    // Who verifies under one key again and again prepares it once.
    let prepared: PreparedKey = key.public_key().prepare();
    prepared.verify(key.signature_algorithm(), b"message", &signature)?;
    assert!(prepared.verify(key.signature_algorithm(), b"another", &signature).is_err());
    assert_eq!(prepared.public_key(), key.public_key());
    Ok(())
}

/// What a token signs: digests and blocks that its caller made.
fn ready_octets(rng: &mut ChaCha20Rng) -> Result<(), Box<dyn Error>> {
    let key = PrivateKey::generate("ecdsa-p256".parse()?, rng)?;
    let digest = sha256(b"message");
    let signature = key.sign_ready_digest(&digest, rng)?;
    key.public_key().verify_ready_digest(&digest, &signature)?;

    let key = PrivateKey::generate("rsa-2048".parse()?, rng)?;
    let block = [7; 256 - RSA_BLOCK_OVERHEAD_OCTETS];
    let signature = key.sign_ready_rsa_block(&block)?;
    key.public_key().verify_ready_rsa_block(&block, &signature)?;
    Ok(())
}

/// GOST without any container.
fn bare_numbers(rng: &mut ChaCha20Rng) -> Result<(), Box<dyn Error>> {
    let set = ParameterSet::Tc26_512C;
    let key = gost::PrivateKey::generate(set, rng);
    let again = gost::PrivateKey::from_le_bytes(set, &key.to_le_bytes())?;
    let public = gost::PublicKey::from_le_bytes(set, &key.public_key().to_le_bytes())?;
    assert_eq!((&public, public.parameter_set()), (again.public_key(), set));
    assert_eq!(gost::PublicKey::from_le_bytes(set, &[0xff; 128]), Err(KeyError::CoordinateRange));
    let signature = key.sign_digest(&[5; 64], rng)?;
    assert!(public.verify_digest(&[5; 64], &signature));
    let prepared: gost::PreparedPublicKey = public.prepare();
    assert!(prepared.verify_digest(&[5; 64], &signature) && prepared.public_key() == &public);
    // What key agreement hashes, the same for both sides.
    let other = gost::PrivateKey::generate(set, rng);
    assert_eq!(key.agree(other.public_key(), &[1]).as_deref(), other.agree(key.public_key(), &[1]).as_deref());
    Ok(())
}
