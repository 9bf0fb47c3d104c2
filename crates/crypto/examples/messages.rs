//! Messages: signed by one and by several, countersigned, enveloped for the holder of a key; keys and certificates in one file.
//! `cargo run -p surguch-crypto --example messages`
#![expect(clippy::print_stdout, reason = "an example for a terminal")]

use std::error::Error;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use surguch_crypto::cipher::{BlockCipher, Key, SBox};
use surguch_crypto::pkcs12::{Pfx, PfxCertificate, PfxKey, PfxProtection};
use surguch_crypto::{
    Certificate, CertificateReference, CmsSigner, ContentCipher, ContentInfo, Delivery, DigestAlgorithm, DigestedData,
    EncryptedData, EnvelopedData, GostKeyForm, Kind, Name, PrivateKey, Recipient, RecipientLabel, SignedData,
    Signer as _, SignerInfo, SigningCertificate, TbsCertificate, VerifiedSigner, assemble, encrypt_cms, sign_cms,
    sign_cms_by_all,
};

const NOW: i64 = 1_798_761_600;

#[cfg_attr(test, expect(dead_code, reason = "the tests of the crate run the parts"))]
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    own()?;
    // Files of DigestedData, or of EncryptedData under a key of sevens.
    for path in std::env::args().skip(1) {
        let der = std::fs::read(&path)?;
        match Kind::of_der(&der)? {
            Kind::DigestedData => println!("{path}: {} octets", digested(&der)?.len()),
            Kind::EncryptedData => println!("{path}: {} octets", encrypted(&der, &[7; 32])?.len()),
            other => println!("{path}: {other:?}"),
        }
    }
    Ok(())
}

pub(crate) fn own() -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let rogov = Person::new("Rogov", "gost-256-a", &mut rng)?;
    let ivanov = Person::new("Ivanov", "gost-512-c", &mut rng)?;
    signed(&rogov, &ivanov, &mut rng)?;
    enveloped(&rogov, &ivanov, &mut rng)?;
    file(rogov, &ivanov, &mut rng)
}

struct Person {
    key: PrivateKey,
    certificate: Certificate,
}

impl Person {
    fn new(common_name: &str, algorithm: &str, rng: &mut ChaCha20Rng) -> Result<Self, Box<dyn Error>> {
        let key = PrivateKey::generate(algorithm.parse()?, rng)?;
        let name = Name::from_pairs([("2.5.4.3", common_name)])?;
        let tbs = TbsCertificate {
            serial: vec![1],
            signature_algorithm: key.signature_algorithm(),
            issuer_der: name.to_der(),
            not_before: NOW,
            not_after: NOW + 1,
            subject: name,
            spki_der: key.public_key().to_spki_der(),
            extensions: Vec::new(),
        };
        let tbs = tbs.to_der()?;
        let signature = key.sign(&tbs, rng)?;
        let certificate = Certificate::from_der(&assemble(&tbs, key.signature_algorithm(), &signature))?;
        Ok(Self { key, certificate })
    }

    fn signer(&self) -> CmsSigner<'_> {
        CmsSigner { signer: &self.key, certificate: &self.certificate }
    }
}

fn signed(rogov: &Person, ivanov: &Person, rng: &mut ChaCha20Rng) -> Result<(), Box<dyn Error>> {
    // One signer, the content beside the message.
    let detached = sign_cms(b"text", true, &rogov.key, &rogov.certificate, &[], NOW, rng)?;
    let message: SignedData = SignedData::from_der(&detached)?;
    assert_eq!((message.content(), message.content_type()), (None, "1.2.840.113549.1.7.1".to_owned()));
    let by: Vec<VerifiedSigner> = message.verify(Some(b"text"), &[])?;
    assert_eq!((&by[0].certificate, by[0].signing_time), (&rogov.certificate, Some(NOW)));

    // Two who signed the same text, each by themselves, in one message beside it.
    let other = SignedData::from_der(&sign_cms(b"text", false, &ivanov.key, &ivanov.certificate, &[], NOW, rng)?)?;
    let joined = SignedData::from_der(&SignedData::joined(&[message, other])?.to_der()?)?;
    assert_eq!(joined.content(), None);
    assert_eq!(joined.verify(Some(b"text"), &[])?.len(), 2);
    let else_ = SignedData::from_der(&sign_cms(b"else", false, &ivanov.key, &ivanov.certificate, &[], NOW, rng)?)?;
    let attached = SignedData::from_der(&sign_cms(b"text", false, &rogov.key, &rogov.certificate, &[], NOW, rng)?)?;
    assert!(SignedData::joined(&[attached, else_]).is_err() && SignedData::joined(&[]).is_err());

    // Two of them, and a third signature over the first. DER sorts the signers: who is which is asked, not remembered.
    let both = sign_cms_by_all(b"text", false, &[rogov.signer(), ivanov.signer()], &[], NOW, rng)?;
    let message = SignedData::from_der(&both)?;
    let by_rogov = |signer: &SignerInfo| signer.is_named(&rogov.certificate);
    let first = message.signers().iter().position(by_rogov).ok_or("Rogov has signed")?;
    let message = message.with_countersignature(first, &ivanov.signer(), NOW + 1, rng)?;
    let message = SignedData::from_der(&message.to_der()?)?;
    assert_eq!((message.signers().len(), message.certificates().len()), (2, 2));
    assert_eq!(message.verify_with(None, &[], SigningCertificate::Required)?.len(), 2);
    assert!(message.verify_each(None, &[], SigningCertificate::Optional)?.iter().all(Result::is_ok));
    let first = message.signers().iter().position(by_rogov).ok_or("Rogov has signed")?;
    let above = message.verify_countersignatures(first, &[], SigningCertificate::Required)?;
    assert_eq!(above[0].certificate, ivanov.certificate);
    let first: &SignerInfo = &message.signers()[first];
    assert!(words(first.reference()).contains("Rogov"));
    assert_eq!((first.signing_time(), first.signature().len()), (Some(NOW), 64));
    assert_eq!(first.signature_algorithm(), rogov.key.signature_algorithm());
    assert_eq!(first.digest_algorithm(), DigestAlgorithm::Streebog256);
    assert_eq!((first.countersignatures()?.len(), first.time_stamps()?.len()), (1, 0));
    Ok(())
}

/// For two readers at once, by different ways of delivering the key.
fn enveloped(rogov: &Person, ivanov: &Person, rng: &mut ChaCha20Rng) -> Result<(), Box<dyn Error>> {
    let recipients = [
        Recipient { certificate: &rogov.certificate, delivery: Delivery::Agreement(BlockCipher::Kuznyechik) },
        Recipient { certificate: &ivanov.certificate, delivery: Delivery::Transport(BlockCipher::Magma) },
    ];
    let der = encrypt_cms(b"secret", ContentCipher::MagmaCtrAcpkmOmac, &recipients, rng)?;
    assert_eq!(Kind::of_der(&der)?, Kind::EnvelopedData);
    let message: EnvelopedData = EnvelopedData::from_der(&der)?;
    assert_eq!((message.cipher(), message.recipient_count()), (ContentCipher::MagmaCtrAcpkmOmac, 2));
    assert_eq!((message.content_type().as_str(), message.certificates().len()), ("1.2.840.113549.1.7.1", 0));
    for label in message.recipients() {
        match label {
            RecipientLabel::Agreement(to) => println!("agreed with {}", words(to)),
            RecipientLabel::Transport(to) => println!("sent to {}", words(to)),
            RecipientLabel::Foreign(way) => println!("by {way}"),
        }
    }
    for reader in [rogov, ivanov] {
        assert_eq!(message.decrypt(&reader.key, &reader.certificate, &[])?.as_slice(), b"secret");
    }

    // Whatever comes is read by its kind.
    match ContentInfo::from_der(&der)? {
        ContentInfo::Signed(message) => println!("{message:?}"),
        ContentInfo::Enveloped(message) => println!("{message:?}"),
        ContentInfo::Digested(message) => println!("{message:?}"),
        ContentInfo::Encrypted(message) => println!("{message:?}"),
    }
    Ok(())
}

/// How a message names somebody's certificate.
fn words(reference: &CertificateReference) -> String {
    match reference {
        CertificateReference::IssuerAndSerial { issuer, serial } => format!("{serial:02x?} of {issuer}"),
        CertificateReference::SubjectKeyId(identifier) => format!("{identifier:02x?}"),
    }
}

/// A message with nothing but a digest.
pub(crate) fn digested(der: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let message = DigestedData::from_der(der)?;
    println!("{} by {}", message.content_type(), message.digest_algorithm().name());
    Ok(message.verify(None)?.to_vec())
}

/// A message under a key both sides have.
pub(crate) fn encrypted(der: &[u8], key: &Key) -> Result<Vec<u8>, Box<dyn Error>> {
    let message = EncryptedData::from_der(der)?;
    println!("{} by {}", message.content_type(), message.cipher());
    Ok(message.decrypt(key)?.to_vec())
}

/// One file with a key, its certificate and somebody else's.
fn file(rogov: Person, ivanov: &Person, rng: &mut ChaCha20Rng) -> Result<(), Box<dyn Error>> {
    let protection = PfxProtection {
        cipher: ContentCipher::Gost28147Cfb(SBox::Tc26Z),
        encrypt_certificates: true,
        iterations: 2000,
        key_form: GostKeyForm::Masked,
    };
    let pfx = Pfx::of(rogov.key, rogov.certificate.clone(), vec![ivanov.certificate.clone()])?;
    let der = pfx.to_der("пароль", &protection, rng)?;
    let read = Pfx::from_der(&der, "пароль")?;
    let [PfxKey { key, name, local_key_id }] = &read.keys[..] else { return Err("one key was written".into()) };
    assert_eq!((read.certificate_of(key), name), (Some(&rogov.certificate), &None));
    let with_key = |entry: &&PfxCertificate| entry.local_key_id == *local_key_id;
    assert_eq!(read.certificates.iter().filter(with_key).count(), 1);
    assert!(Pfx::empty().keys.is_empty());
    Ok(())
}
