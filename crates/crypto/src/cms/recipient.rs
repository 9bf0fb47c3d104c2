//! How the key of a content reaches a recipient: agreed on (KeyAgreeRecipientInfo) or sent (KeyTransRecipientInfo), by R 1323565.1.025, 7.1.2 and 7.1.3,
//! with KExp15; or sent in the older layout with GOST 28147-89 (RFC 4490, 4.2). Either way the two keys meet in VKO, see `agreement`.

use zeroize::Zeroizing;

use super::WHAT;
use super::reference::{CertificateReference, issuer_and_serial};
use crate::agreement::{keg, vko_256};
use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::cipher::{BlockCipher, Gost28147, Key, SBox};
use crate::content_cipher::read_substitution;
use crate::signer::Rng;
use crate::{Certificate, Error, KeyAlgorithm, PrivateKey, PublicKey, Signer as _, gost, oid, public_key};

/// Most keys read in one KeyAgreeRecipientInfo.
const MAX_AGREED_KEYS: usize = 64;

/// Whom a message is for, and how the key gets there.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The recipient's certificate, of a GOST key. Its chain and its keyUsage are the caller's to judge.
    pub certificate: &'a Certificate,
    /// The way of the key.
    pub delivery: Delivery<'a>,
}

/// The way of a content key to a recipient.
#[derive(Clone, Copy)]
pub enum Delivery<'a> {
    /// KeyAgreeRecipientInfo: agreed on with a key made for this message alone, exported with this cipher. What to write unless asked for something else.
    Agreement(BlockCipher),
    /// KeyAgreeRecipientInfo: agreed on with the sender's own key, which must be on the recipient's curve; only the sender could have written it.
    StaticAgreement {
        /// Exports the content key.
        cipher: BlockCipher,
        /// The sender's key.
        key: &'a PrivateKey,
        /// The sender's certificate, by which the recipient finds the public half.
        certificate: &'a Certificate,
    },
    /// KeyTransRecipientInfo: the same with an ephemeral key, in the layout of a sent key.
    Transport(BlockCipher),
    /// KeyTransRecipientInfo in the layout of RFC 4490, with GOST 28147-89: for readers of before 2019.
    Transport28147(SBox),
}

/// What a message says of one of its recipients.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RecipientLabel<'a> {
    /// The key was agreed on with this one.
    Agreement(&'a CertificateReference),
    /// The key was sent to this one.
    Transport(&'a CertificateReference),
    /// The key goes another way, or by an algorithm unknown here: its name.
    Foreign(&'a str),
}

/// One RecipientInfo, as it was read.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum RecipientInfo {
    Agreement {
        originator: Originator,
        ukm: [u8; 32],
        cipher: BlockCipher,
        keys: Vec<(CertificateReference, Vec<u8>)>,
    },
    Transport {
        recipient: CertificateReference,
        sent: SentKey,
    },
    /// A kind or an algorithm not known here: it is not ours to read, and others of the same message may be. Its name is told when nothing else fits.
    Foreign(String),
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Originator {
    Certificate(CertificateReference),
    /// X ‖ Y of an ephemeral key; the curve is the recipient's unless it is said.
    Ephemeral {
        set: Option<gost::ParameterSet>,
        octets: Vec<u8>,
    },
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum SentKey {
    Exported { cipher: BlockCipher, exported: Vec<u8>, ephemeral: PublicKey, ukm: [u8; 32] },
    Wrapped28147 { set: SBox, wrapped: Key, mac: [u8; 4], ephemeral: PublicKey, ukm: [u8; 8] },
}

impl RecipientInfo {
    pub(super) fn labels(&self) -> Vec<RecipientLabel<'_>> {
        match self {
            Self::Agreement { keys, .. } => {
                keys.iter().map(|(reference, _)| RecipientLabel::Agreement(reference)).collect()
            }
            Self::Transport { recipient, .. } => vec![RecipientLabel::Transport(recipient)],
            Self::Foreign(name) => vec![RecipientLabel::Foreign(name)],
        }
    }

    /// `RecipientInfo ::= CHOICE { ktri KeyTransRecipientInfo, kari [1] KeyAgreeRecipientInfo, kekri [2], pwri [3], ori [4] }`
    pub(super) fn read(element: Element<'_>) -> Result<Self, Error> {
        let read = match element.tag {
            tag::SEQUENCE => Self::read_transport(element),
            0xa1 => Self::read_agreement(element),
            0xa2 => Ok(Self::Foreign("key encryption key".to_owned())),
            0xa3 => Ok(Self::Foreign("password".to_owned())),
            0xa4 => Ok(Self::Foreign("other recipient".to_owned())),
            _ => Err(Error::malformed(WHAT, "no kind of recipient")),
        };
        match read {
            Err(Error::Unsupported { name, .. }) => Ok(Self::Foreign(name)),
            other => other,
        }
    }

    /// ```text
    /// KeyTransRecipientInfo ::= SEQUENCE { version INTEGER, rid CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] },
    ///   keyEncryptionAlgorithm AlgorithmIdentifier, encryptedKey OCTET STRING }
    /// ```
    fn read_transport(element: Element<'_>) -> Result<Self, Error> {
        let mut info = element.open_as(WHAT);
        if !matches!(info.any()?.small()?, 0 | 2) {
            return Err(Error::malformed(WHAT, "unknown recipient version"));
        }
        let recipient = CertificateReference::read(&mut info)?;
        let algorithm = AlgorithmIdentifier::read(info.any()?)?;
        let key = info.expect(tag::OCTET_STRING)?.body;
        info.end()?;
        let sent = if algorithm.oid == oid::GOST_KEY_256 || algorithm.oid == oid::GOST_KEY_512 {
            SentKey::read_28147(key)?
        } else {
            SentKey::read_exported(export_cipher(&algorithm)?, key)?
        };
        Ok(Self::Transport { recipient, sent })
    }

    /// ```text
    /// KeyAgreeRecipientInfo ::= [1] IMPLICIT SEQUENCE { version INTEGER, originator [0] EXPLICIT OriginatorIdentifierOrKey, ukm [1] EXPLICIT OCTET STRING,
    ///   keyEncryptionAlgorithm AlgorithmIdentifier, recipientEncryptedKeys SEQUENCE OF SEQUENCE { rid KeyAgreeRecipientIdentifier, encryptedKey OCTET STRING } }
    /// ```
    fn read_agreement(element: Element<'_>) -> Result<Self, Error> {
        let mut info = element.open_as(WHAT);
        if info.any()?.small()? != 3 {
            return Err(Error::malformed(WHAT, "unknown recipient version"));
        }
        let mut wrapper = info.expect(tag::context(0))?.open();
        let originator = Originator::read(&mut wrapper)?;
        wrapper.end()?;
        let ukm = match info.optional(tag::context(1))? {
            None => &[],
            Some(wrapper) => {
                let mut wrapper = wrapper.open();
                let ukm = wrapper.expect(tag::OCTET_STRING)?.body;
                wrapper.end()?;
                ukm
            }
        };
        let cipher = export_cipher(&AlgorithmIdentifier::read(info.any()?)?)?;
        let mut entries = info.expect(tag::SEQUENCE)?.open();
        info.end()?;
        let mut keys = Vec::new();
        while !entries.is_empty() {
            if keys.len() == MAX_AGREED_KEYS {
                return Err(Error::malformed(WHAT, "too many recipients"));
            }
            let mut entry = entries.expect(tag::SEQUENCE)?.open();
            let recipient = match entry.optional(tag::context(0))? {
                // RecipientKeyIdentifier ::= SEQUENCE { subjectKeyIdentifier OCTET STRING, date …, other … }
                Some(identifier) => {
                    CertificateReference::SubjectKeyId(identifier.open().expect(tag::OCTET_STRING)?.body.to_vec())
                }
                None => CertificateReference::read_issuer_and_serial(entry.expect(tag::SEQUENCE)?)?,
            };
            keys.push((recipient, entry.expect(tag::OCTET_STRING)?.body.to_vec()));
            entry.end()?;
        }
        Ok(Self::Agreement { originator, ukm: long_ukm(ukm)?, cipher, keys })
    }

    /// The content key, when this one is for the holder of the certificate; `None` when it is for others.
    pub(super) fn open(
        &self,
        key: &PrivateKey,
        certificate: &Certificate,
        senders: &[&Certificate],
    ) -> Option<Result<Zeroizing<Key>, Error>> {
        match self {
            Self::Agreement { originator, ukm, cipher, keys } => {
                let (_, exported) = keys.iter().find(|(recipient, _)| recipient.names(certificate))?;
                Some(open_agreed(key, originator, ukm, *cipher, exported, senders))
            }
            Self::Transport { recipient, sent } => recipient.names(certificate).then(|| sent.open(key)),
            Self::Foreign(_) => None,
        }
    }
}

fn open_agreed(
    key: &PrivateKey,
    originator: &Originator,
    ukm: &[u8; 32],
    cipher: BlockCipher,
    exported: &[u8],
    senders: &[&Certificate],
) -> Result<Zeroizing<Key>, Error> {
    let own = key.gost()?;
    match originator {
        Originator::Ephemeral { set, octets } => {
            // The curve, when it is not said, is the recipient's; when it is said and another, the keys will not agree.
            let set = set.unwrap_or(own.public_key().parameter_set());
            let peer = PublicKey::from_gost_octets(set, octets)?;
            import(own, peer.gost()?, ukm, cipher, exported)
        }
        Originator::Certificate(reference) => {
            let mut refusal = Error::Invalid { what: "originator-certificate" };
            for sender in senders.iter().filter(|sender| reference.names(sender)) {
                match sender.public_key().gost().and_then(|peer| import(own, peer, ukm, cipher, exported)) {
                    Ok(key) => return Ok(key),
                    Err(error) => refusal = error,
                }
            }
            Err(refusal)
        }
    }
}

impl Originator {
    /// ```text
    /// OriginatorIdentifierOrKey ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0], originatorKey [1] IMPLICIT SEQUENCE { AlgorithmIdentifier, BIT STRING } }
    /// ```
    fn read(input: &mut Input<'_>) -> Result<Self, Error> {
        let Some(key) = input.optional(tag::context(1))? else {
            return CertificateReference::read(input).map(Self::Certificate);
        };
        let mut key = key.open();
        let algorithm = AlgorithmIdentifier::read(key.any()?)?;
        let bits = key.expect(tag::BIT_STRING)?.bit_octets()?;
        key.end()?;
        let octets = Input::whole_object(WHAT, bits, tag::OCTET_STRING, MAX_OBJECT_OCTETS)?.body.to_vec();
        // RFC 5753, 3.1.1 lets the parameters out: they are the recipient's.
        let is_gost = algorithm.oid == oid::GOST_KEY_256 || algorithm.oid == oid::GOST_KEY_512;
        let set = if is_gost && algorithm.has_no_parameters() {
            None
        } else {
            match public_key::GostOrOther::of(&algorithm)? {
                public_key::GostOrOther::Gost(set) => Some(set),
                _ => return Err(Error::unsupported("key agreement", oid::refusal_name(&algorithm.oid))),
            }
        };
        Ok(Self::Ephemeral { set, octets })
    }
}

impl SentKey {
    /// `GostR3410-KeyTransport ::= SEQUENCE { encryptedKey OCTET STRING, ephemeralPublicKey SubjectPublicKeyInfo, ukm OCTET STRING }` (R 1323565.1.025, 7.1.3)
    fn read_exported(cipher: BlockCipher, der: &[u8]) -> Result<Self, Error> {
        let mut sent = Input::whole_object(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let exported = sent.expect(tag::OCTET_STRING)?.body.to_vec();
        let ephemeral =
            PublicKey::from_spki_der(sent.expect(tag::SEQUENCE)?.whole).map_err(|error| error.within(None))?;
        let ukm = long_ukm(sent.expect(tag::OCTET_STRING)?.body)?;
        sent.end()?;
        Ok(Self::Exported { cipher, exported, ephemeral, ukm })
    }

    /// ```text
    /// GostR3410-KeyTransport ::= SEQUENCE { sessionEncryptedKey SEQUENCE { encryptedKey OCTET STRING (SIZE (32)), maskKey [0] IMPLICIT OPTIONAL, macKey OCTET STRING (SIZE (4)) },
    ///   transportParameters [0] IMPLICIT SEQUENCE { encryptionParamSet OBJECT IDENTIFIER, ephemeralPublicKey [0] IMPLICIT SubjectPublicKeyInfo, ukm OCTET STRING (SIZE (8)) } }
    /// ```
    /// (RFC 4490, 4.2.1; without masks, and with an ephemeral key.)
    fn read_28147(der: &[u8]) -> Result<Self, Error> {
        let length = |_| Error::malformed(WHAT, "a part of a wrapped key has a wrong length");
        let mut sent = Input::whole_object(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let mut session = sent.expect(tag::SEQUENCE)?.open();
        let wrapped = session.expect(tag::OCTET_STRING)?.body.try_into().map_err(length)?;
        let mac = session.expect(tag::OCTET_STRING)?.body.try_into().map_err(length)?;
        session.end()?;
        let mut parameters = sent.expect(tag::context(0))?.open();
        sent.end()?;
        let set = read_substitution(&parameters.any()?.oid()?)?;
        let ephemeral = asn1::tlv(tag::SEQUENCE, &[parameters.expect(tag::context(0))?.body]);
        let ephemeral = PublicKey::from_spki_der(&ephemeral).map_err(|error| error.within(None))?;
        let ukm = parameters.expect(tag::OCTET_STRING)?.body.try_into().map_err(length)?;
        parameters.end()?;
        Ok(Self::Wrapped28147 { set, wrapped, mac, ephemeral, ukm })
    }

    fn open(&self, key: &PrivateKey) -> Result<Zeroizing<Key>, Error> {
        match self {
            Self::Exported { cipher, exported, ephemeral, ukm } => {
                import(key.gost()?, ephemeral.gost()?, ukm, *cipher, exported)
            }
            Self::Wrapped28147 { set, wrapped, mac, ephemeral, ukm } => {
                let agreed = vko_256(key.gost()?, ephemeral.gost()?, ukm)?;
                Gost28147::diversified(*set, &agreed, ukm).unwrap_key(ukm, wrapped, mac)
            }
        }
    }
}

impl Recipient<'_> {
    /// The RecipientInfo that brings this key there, and whether its version is above 0.
    pub(super) fn write(&self, content_key: &Key, rng: &mut Rng) -> Result<(Vec<u8>, bool), Error> {
        let peer = self.certificate.public_key();
        let set = peer.gost()?.parameter_set();
        let mut ukm = [0; 32];
        rng.fill_bytes(&mut ukm);
        match self.delivery {
            Delivery::Agreement(cipher) => {
                let ephemeral = gost::PrivateKey::generate(set, rng);
                let own = PublicKey::from_gost(ephemeral.public_key().clone());
                let originator = asn1::tlv(
                    tag::context(1),
                    &[&public_key::algorithm_der(KeyAlgorithm::Gost(set)), &asn1::bit_string(&own.raw_bits())],
                );
                self.write_agreement(content_key, &ephemeral, &originator, &ukm, cipher)
            }
            Delivery::StaticAgreement { cipher, key, certificate } => {
                if key.public_key().spki_sha256() != certificate.public_key().spki_sha256() {
                    return Err(Error::Invalid { what: "originator-certificate" });
                }
                self.write_agreement(content_key, key.gost()?, &issuer_and_serial(certificate), &ukm, cipher)
            }
            Delivery::Transport(cipher) => {
                let ephemeral = gost::PrivateKey::generate(set, rng);
                let exported = export(&ephemeral, peer.gost()?, &ukm, cipher, content_key)?;
                let own = PublicKey::from_gost(ephemeral.public_key().clone());
                let sent =
                    asn1::sequence(&[&asn1::octet_string(&exported), &own.to_spki_der(), &asn1::octet_string(&ukm)]);
                Ok((self.write_transport(&export_identifier(cipher, set), &sent), false))
            }
            Delivery::Transport28147(substitution) => {
                let ephemeral = gost::PrivateKey::generate(set, rng);
                let ukm: [u8; 8] = core::array::from_fn(|i| ukm[i]);
                let agreed = vko_256(&ephemeral, peer.gost()?, &ukm)?;
                let (wrapped, mac) = Gost28147::diversified(substitution, &agreed, &ukm).wrap_key(&ukm, content_key);
                let mut own = PublicKey::from_gost(ephemeral.public_key().clone()).to_spki_der();
                // [0] IMPLICIT: the tag of the SEQUENCE gives way.
                own[0] = tag::context(0);
                let sent = asn1::sequence(&[
                    &asn1::sequence(&[&asn1::octet_string(&wrapped), &asn1::octet_string(&mac)]),
                    &asn1::tlv(tag::context(0), &[&asn1::known(substitution.oid()), &own, &asn1::octet_string(&ukm)]),
                ]);
                Ok((self.write_transport(&public_key::algorithm_der(KeyAlgorithm::Gost(set)), &sent), false))
            }
        }
    }

    fn write_transport(&self, algorithm: &[u8], sent: &[u8]) -> Vec<u8> {
        asn1::sequence(&[&asn1::small(0), &issuer_and_serial(self.certificate), algorithm, &asn1::octet_string(sent)])
    }

    fn write_agreement(
        &self,
        content_key: &Key,
        own: &gost::PrivateKey,
        originator: &[u8],
        ukm: &[u8; 32],
        cipher: BlockCipher,
    ) -> Result<(Vec<u8>, bool), Error> {
        let peer = self.certificate.public_key().gost()?;
        let exported = export(own, peer, ukm, cipher, content_key)?;
        let entry = asn1::sequence(&[&issuer_and_serial(self.certificate), &asn1::octet_string(&exported)]);
        let info = asn1::tlv(
            tag::context(1),
            &[
                &asn1::small(3),
                &asn1::tlv(tag::context(0), &[originator]),
                &asn1::tlv(tag::context(1), &[&asn1::octet_string(ukm)]),
                &export_identifier(cipher, peer.parameter_set()),
                &asn1::sequence(&[&entry]),
            ],
        );
        Ok((info, true))
    }
}

/// The keys that export are KEG's; the vector is the part of the UKM that KEG leaves (R 1323565.1.025, 7.1.2.2).
fn export(
    own: &gost::PrivateKey,
    peer: &gost::PublicKey,
    ukm: &[u8; 32],
    cipher: BlockCipher,
    content_key: &Key,
) -> Result<Vec<u8>, Error> {
    let (mac_key, cipher_key) = keg(own, peer, ukm)?;
    cipher.export_key(content_key, &mac_key, &cipher_key, export_vector(ukm, cipher))
}

fn import(
    own: &gost::PrivateKey,
    peer: &gost::PublicKey,
    ukm: &[u8; 32],
    cipher: BlockCipher,
    exported: &[u8],
) -> Result<Zeroizing<Key>, Error> {
    let (mac_key, cipher_key) = keg(own, peer, ukm)?;
    cipher.import_key(exported, &mac_key, &cipher_key, export_vector(ukm, cipher))
}

fn export_vector(ukm: &[u8; 32], cipher: BlockCipher) -> &[u8] {
    &ukm[24..24 + cipher.block_octets() / 2]
}

fn long_ukm(octets: &[u8]) -> Result<[u8; 32], Error> {
    octets.try_into().map_err(|_| Error::malformed(WHAT, "UKM of a wrong length"))
}

/// `SEQUENCE { id-tc26-wrap-gostr3412-2015-…-kexp15, SEQUENCE { id-tc26-agreement-gost-3410-12-… } }`. The length of the keys is the keys' to say.
fn export_cipher(algorithm: &AlgorithmIdentifier<'_>) -> Result<BlockCipher, Error> {
    match algorithm.oid {
        oid::MAGMA_KEXP15 => Ok(BlockCipher::Magma),
        oid::KUZNYECHIK_KEXP15 => Ok(BlockCipher::Kuznyechik),
        other => Err(Error::unsupported("key wrapping", oid::refusal_name(&other))),
    }
}

fn export_identifier(cipher: BlockCipher, set: gost::ParameterSet) -> Vec<u8> {
    let wrap = match cipher {
        BlockCipher::Magma => oid::MAGMA_KEXP15,
        BlockCipher::Kuznyechik => oid::KUZNYECHIK_KEXP15,
    };
    let agreement = if set.is_512() { oid::AGREEMENT_512 } else { oid::AGREEMENT_256 };
    asn1::sequence(&[&asn1::object_identifier(&wrap), &asn1::sequence(&[&asn1::object_identifier(&agreement)])])
}
