//! Keys and certificates in one file behind one password: PKCS#12 (RFC 7292; GOST by RFC 9548 and R 50.1.112).
//! Integrity and privacy by password only; files sealed for a public key are refused by name. Nothing is shown before the code over the whole file fits.

use hmac::{Hmac, Mac as _};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::pbes2::{self, MAX_SALT_OCTETS, PBKDF2_ITERATIONS, Pbes2};
use crate::signer::Rng;
use crate::{Certificate, ContentCipher, Error, GostKeyForm, PrivateKey, Signer as _, kdf, oid, pkcs8};

/// Most bags read from one file: a key, its chain, and room for a few more.
const MAX_BAGS: usize = 64;
/// Most parts (ContentInfo) read from one file.
const MAX_PARTS: usize = 16;
/// What all passwords of one file together may cost, in iterations of HMAC-SHA-256: as much as one key file.
/// Without a sum, a file of sixty bags would hold a thread for sixty times that.
const MAX_COST: u64 = *PBKDF2_ITERATIONS.end() as u64;
/// PBKDF2 makes 96 octets for the MAC in two blocks of Streebog-512, each at full price, four times that of SHA-256.
const GOST_MAC_WEIGHT: u64 = 2 * 4;
/// Octets of MAC salt written.
const SALT_OCTETS: usize = 16;

const WHAT: &str = "PKCS#12";

/// The contents of a file.
pub struct Pfx {
    /// The keys, in their order.
    pub keys: Vec<PfxKey>,
    /// The certificates, in their order: one of a key, usually, and its chain.
    pub certificates: Vec<PfxCertificate>,
}

/// A private key and what the file says of it.
pub struct PfxKey {
    /// The key.
    pub key: PrivateKey,
    /// The name shown to people (`friendlyName`).
    pub name: Option<String>,
    /// What ties a key to its certificate (`localKeyId`).
    pub local_key_id: Option<Vec<u8>>,
}

/// A certificate and what the file says of it.
pub struct PfxCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// The name shown to people (`friendlyName`).
    pub name: Option<String>,
    /// What ties a certificate to its key (`localKeyId`).
    pub local_key_id: Option<Vec<u8>>,
}

/// How a file is locked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PfxProtection {
    /// Enciphers the keys, and decides on the MAC: Streebog-512 beside the GOST ciphers, SHA-256 beside AES.
    pub cipher: ContentCipher,
    /// Whether the certificates are enciphered too; they are public, but say whose the file is.
    pub encrypt_certificates: bool,
    /// Iterations of every derivation: 1,000 and more; see [`crate::PBKDF2_ITERATIONS`].
    pub iterations: u32,
    /// The shape of GOST keys inside.
    pub key_form: GostKeyForm,
}

impl Pfx {
    /// Reads a file:
    /// ```text
    /// PFX ::= SEQUENCE { version INTEGER {v3(3)}, authSafe ContentInfo, macData MacData OPTIONAL }
    /// MacData ::= SEQUENCE { mac DigestInfo, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 }
    /// AuthenticatedSafe ::= SEQUENCE OF ContentInfo      -- Data or EncryptedData
    /// SafeBag ::= SEQUENCE { bagId OBJECT IDENTIFIER, bagValue [0] EXPLICIT ANY, bagAttributes SET OF Attribute OPTIONAL }
    /// ```
    /// MAC by HMAC-Streebog-512 (the key being the last 32 of 96 octets of PBKDF2, RFC 9548, 3) or by HMAC-SHA-256 with the derivation of PKCS#12, as OpenSSL 3 writes it.
    ///
    /// `WrongPassword` when the MAC does not fit, which a changed file looks like too. CRLs and other secrets are passed over.
    /// `Unsupported` by name: other algorithms, no MAC, a file sealed for a public key. A file whose derivations would cost more than ten million
    /// iterations of HMAC-SHA-256 altogether is `Malformed`.
    pub fn from_der(der: &[u8], password: &str) -> Result<Self, Error> {
        let mut pfx = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        if pfx.expect(tag::INTEGER)?.small()? != 3 {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        let (kind, content) = content_info(pfx.expect(tag::SEQUENCE)?)?;
        if kind != oid::DATA {
            return Err(Error::unsupported("PKCS#12 integrity", oid::refusal_name(&kind)));
        }
        let safe = octets_of(content)?;
        if pfx.is_empty() {
            return Err(Error::unsupported("PKCS#12 integrity", "none"));
        }
        let mac = Mac::read(pfx.expect(tag::SEQUENCE)?)?;
        pfx.end()?;

        let mut reader = Reader { password, cost_left: MAX_COST, bags: 0, pfx: Self::empty() };
        reader.spend(mac.cost())?;
        mac.verify(safe, password)?;
        // What lies inside may have been enciphered: its offsets are no places in the file.
        reader.safe(safe).map_err(|error| error.within(None))?;
        Ok(reader.pfx)
    }

    /// No keys and no certificates.
    pub fn empty() -> Self {
        Self { keys: Vec::new(), certificates: Vec::new() }
    }

    /// A key, its certificate and the chain above it, tied together by the SHA-1 thumbprint of the certificate as OpenSSL does it.
    /// `Invalid` of "private-key" when the certificate is of another key.
    pub fn of(key: PrivateKey, certificate: Certificate, chain: Vec<Certificate>) -> Result<Self, Error> {
        if key.public_key().spki_sha256() != certificate.public_key().spki_sha256() {
            return Err(Error::Invalid { what: "private-key" });
        }
        let local_key_id = Some(certificate.thumbprint_sha1().to_vec());
        let mut certificates = vec![PfxCertificate { certificate, name: None, local_key_id: local_key_id.clone() }];
        certificates.extend(chain.into_iter().map(|certificate| PfxCertificate {
            certificate,
            name: None,
            local_key_id: None,
        }));
        Ok(Self { keys: vec![PfxKey { key, name: None, local_key_id }], certificates })
    }

    /// The certificate of a key of this file.
    pub fn certificate_of(&self, key: &PrivateKey) -> Option<&Certificate> {
        let wanted = key.public_key().spki_sha256();
        let mut all = self.certificates.iter().map(|entry| &entry.certificate);
        all.find(|certificate| certificate.public_key().spki_sha256() == wanted)
    }

    /// Writes a file: certificates first, then the keys, each in a part of its own. What [`Pfx::from_der`] would refuse for its price is not written.
    pub fn to_der(&self, password: &str, protection: &PfxProtection, rng: &mut Rng) -> Result<Vec<u8>, Error> {
        let digest = if protection.cipher.is_gost() { MacDigest::Streebog512 } else { MacDigest::Sha256 };
        let locks = self.keys.len() as u64 + u64::from(protection.encrypt_certificates);
        let price = digest.weight() + locks * u64::from(pbes2::Prf::beside(protection.cipher).weight());
        if protection.iterations < *PBKDF2_ITERATIONS.start() || u64::from(protection.iterations) * price > MAX_COST {
            return Err(Error::malformed(WHAT, "iterations out of bounds"));
        }
        let mut certificates = Vec::new();
        for entry in &self.certificates {
            let value = asn1::sequence(&[
                &asn1::object_identifier(&oid::X509_CERTIFICATE),
                &asn1::tlv(tag::context(0), &[&asn1::octet_string(entry.certificate.as_der())]),
            ]);
            certificates.extend(bag(
                &oid::CERTIFICATE_BAG,
                &value,
                entry.name.as_deref(),
                entry.local_key_id.as_deref(),
            ));
        }
        let mut keys = Vec::new();
        for entry in &self.keys {
            let plain = entry.key.to_pkcs8_der_in(protection.key_form, rng)?;
            let value = pkcs8::encrypt(&plain, protection.cipher, password.as_bytes(), protection.iterations, rng)?;
            keys.extend(bag(&oid::SHROUDED_KEY_BAG, &value, entry.name.as_deref(), entry.local_key_id.as_deref()));
        }
        let certificates = asn1::sequence(&[&certificates]);
        let certificates = if protection.encrypt_certificates {
            let (scheme, data) =
                pbes2::seal(&certificates, protection.cipher, password.as_bytes(), protection.iterations, rng)?;
            let content = asn1::sequence(&[
                &asn1::object_identifier(&oid::DATA),
                &scheme,
                &asn1::tlv(tag::context_primitive(0), &[&data]),
            ]);
            write_content_info(&oid::ENCRYPTED_DATA, &asn1::sequence(&[&asn1::small(0), &content]))
        } else {
            write_content_info(&oid::DATA, &asn1::octet_string(&certificates))
        };
        let keys = write_content_info(&oid::DATA, &asn1::octet_string(&asn1::sequence(&[&keys])));
        let safe = asn1::sequence(&[&certificates, &keys]);

        let mut salt = vec![0; SALT_OCTETS];
        rng.fill_bytes(&mut salt);
        let mac = Mac { digest, expected: &[], salt: &salt, iterations: protection.iterations };
        let code = mac.code(&safe, password);
        let algorithm = match digest {
            MacDigest::Streebog512 => asn1::sequence(&[&asn1::known(oid::STREEBOG_512)]),
            MacDigest::Sha256 => asn1::sequence(&[&asn1::known(oid::SHA256), &[tag::NULL, 0]]),
        };
        let mac_data = asn1::sequence(&[
            &asn1::sequence(&[&algorithm, &asn1::octet_string(&code)]),
            &asn1::octet_string(&salt),
            &asn1::small(protection.iterations),
        ]);
        let safe = write_content_info(&oid::DATA, &asn1::octet_string(&safe));
        let der = asn1::sequence(&[&asn1::small(3), &safe, &mac_data]);
        if der.len() > MAX_OBJECT_OCTETS {
            return Err(Error::malformed(WHAT, format!("longer than {MAX_OBJECT_OCTETS} octets")));
        }
        Ok(der)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum MacDigest {
    Streebog512,
    Sha256,
}

impl MacDigest {
    /// The price of one iteration in those of HMAC-SHA-256.
    fn weight(self) -> u64 {
        match self {
            Self::Streebog512 => GOST_MAC_WEIGHT,
            Self::Sha256 => 1,
        }
    }
}

struct Mac<'a> {
    digest: MacDigest,
    expected: &'a [u8],
    salt: &'a [u8],
    iterations: u32,
}

impl<'a> Mac<'a> {
    fn read(element: Element<'a>) -> Result<Self, Error> {
        let mut data = element.open_as(WHAT);
        let mut info = data.expect(tag::SEQUENCE)?.open();
        let algorithm = AlgorithmIdentifier::read(info.any()?)?;
        let expected = info.expect(tag::OCTET_STRING)?.body;
        info.end()?;
        let salt = data.expect(tag::OCTET_STRING)?.body;
        let iterations = if data.is_empty() { 1 } else { data.any()?.small()? };
        data.end()?;
        let digest = match algorithm.oid.to_string().as_str() {
            oid::STREEBOG_512 => MacDigest::Streebog512,
            oid::SHA256 => MacDigest::Sha256,
            _ => return Err(Error::unsupported("PKCS#12 MAC", oid::refusal_name(&algorithm.oid))),
        };
        if salt.is_empty() || salt.len() > MAX_SALT_OCTETS || iterations == 0 {
            return Err(Error::malformed(WHAT, "MAC parameters out of bounds"));
        }
        Ok(Self { digest, expected, salt, iterations })
    }

    fn cost(&self) -> u64 {
        u64::from(self.iterations) * self.digest.weight()
    }

    fn code(&self, safe: &[u8], password: &str) -> Vec<u8> {
        match self.digest {
            MacDigest::Streebog512 => {
                let mut derived = Zeroizing::new([0; 96]);
                kdf::pbkdf2_streebog512(password.as_bytes(), self.salt, self.iterations, &mut *derived);
                kdf::hmac_streebog512(&derived[64..], &[safe]).to_vec()
            }
            MacDigest::Sha256 => {
                let key = kdf::pkcs12_mac_key_sha256(password, self.salt, self.iterations);
                let mut mac = <Hmac<sha2::Sha256> as digest::KeyInit>::new_from_slice(&*key)
                    .expect("HMAC takes keys of any length");
                mac.update(safe);
                mac.finalize().into_bytes().to_vec()
            }
        }
    }

    fn verify(&self, safe: &[u8], password: &str) -> Result<(), Error> {
        if self.code(safe, password).ct_eq(self.expected).into() { Ok(()) } else { Err(Error::WrongPassword) }
    }
}

struct Reader<'a> {
    password: &'a str,
    cost_left: u64,
    bags: usize,
    pfx: Pfx,
}

impl Reader<'_> {
    fn spend(&mut self, cost: u64) -> Result<(), Error> {
        self.cost_left = self
            .cost_left
            .checked_sub(cost)
            .ok_or_else(|| Error::malformed(WHAT, "more iterations than any file needs"))?;
        Ok(())
    }

    fn open(&mut self, lock: &Pbes2<'_>, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.spend(lock.cost())?;
        lock.open(data, self.password.as_bytes())
    }

    fn safe(&mut self, safe: &[u8]) -> Result<(), Error> {
        let mut parts = Input::whole_object(WHAT, safe, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        for _ in 0..MAX_PARTS {
            if parts.is_empty() {
                return Ok(());
            }
            let (kind, content) = content_info(parts.expect(tag::SEQUENCE)?)?;
            match kind {
                oid::DATA => self.contents(octets_of(content)?)?,
                oid::ENCRYPTED_DATA => {
                    let plain = self.encrypted(content)?;
                    self.contents(&plain)?;
                }
                other => return Err(Error::unsupported("PKCS#12 privacy", oid::refusal_name(&other))),
            }
        }
        parts.end()
    }

    /// `EncryptedData ::= SEQUENCE { version INTEGER, encryptedContentInfo SEQUENCE { contentType, AlgorithmIdentifier, [0] IMPLICIT OCTET STRING } }`
    fn encrypted(&mut self, content: Input<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut content = content;
        let mut data = content.expect(tag::SEQUENCE)?.open();
        content.end()?;
        data.expect(tag::INTEGER)?.small()?;
        let mut info = data.expect(tag::SEQUENCE)?.open();
        data.end()?;
        if info.any()?.oid()? != oid::DATA {
            return Err(Error::malformed(WHAT, "encrypted content is not data"));
        }
        let lock = Pbes2::read(&AlgorithmIdentifier::read(info.any()?)?)?;
        let octets = info.expect(tag::context_primitive(0))?.body;
        info.end()?;
        self.open(&lock, octets)
    }

    /// `SafeContents ::= SEQUENCE OF SafeBag`
    fn contents(&mut self, contents: &[u8]) -> Result<(), Error> {
        let mut bags = Input::whole_object(WHAT, contents, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        while !bags.is_empty() {
            self.bags += 1;
            if self.bags > MAX_BAGS {
                return Err(Error::malformed(WHAT, "too many bags"));
            }
            let mut bag = bags.expect(tag::SEQUENCE)?.open();
            let kind = bag.any()?.oid()?;
            let mut wrapper = bag.expect(tag::context(0))?.open();
            let value = wrapper.any()?;
            wrapper.end()?;
            let (name, local_key_id) = bag.optional(tag::SET)?.map_or(Ok((None, None)), read_attributes)?;
            bag.end()?;
            match kind {
                oid::KEY_BAG => {
                    let key = PrivateKey::from_pkcs8_der(value.whole)?;
                    self.pfx.keys.push(PfxKey { key, name, local_key_id });
                }
                oid::SHROUDED_KEY_BAG => {
                    let (lock, data) = pkcs8::read_encrypted(value.whole)?;
                    let plain = self.open(&lock, data)?;
                    let key = PrivateKey::from_pkcs8_der(&plain)?;
                    self.pfx.keys.push(PfxKey { key, name, local_key_id });
                }
                oid::CERTIFICATE_BAG => {
                    let mut value = value.open_as(WHAT);
                    let kind = value.any()?.oid()?;
                    if kind != oid::X509_CERTIFICATE {
                        return Err(Error::unsupported("certificate in PKCS#12", oid::refusal_name(&kind)));
                    }
                    let mut wrapper = value.expect(tag::context(0))?.open();
                    value.end()?;
                    let certificate = Certificate::from_der(wrapper.expect(tag::OCTET_STRING)?.body)?;
                    wrapper.end()?;
                    self.pfx.certificates.push(PfxCertificate { certificate, name, local_key_id });
                }
                oid::CRL_BAG | oid::SECRET_BAG => {}
                other => return Err(Error::unsupported("PKCS#12 bag", oid::refusal_name(&other))),
            }
        }
        Ok(())
    }
}

/// `ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY }`
fn content_info(element: Element<'_>) -> Result<(der::asn1::ObjectIdentifier, Input<'_>), Error> {
    let mut info = element.open_as(WHAT);
    let kind = info.any()?.oid()?;
    let content = info.expect(tag::context(0))?.open();
    info.end()?;
    Ok((kind, content))
}

fn octets_of(content: Input<'_>) -> Result<&[u8], Error> {
    let mut content = content;
    let octets = content.expect(tag::OCTET_STRING)?.body;
    content.end()?;
    Ok(octets)
}

type Attributes = (Option<String>, Option<Vec<u8>>);

/// friendlyName and localKeyId; others are passed over.
fn read_attributes(element: Element<'_>) -> Result<Attributes, Error> {
    let (mut name, mut local_key_id) = (None, None);
    let mut attributes = element.open_as(WHAT);
    while !attributes.is_empty() {
        let mut attribute = attributes.expect(tag::SEQUENCE)?.open();
        let kind = attribute.any()?.oid()?;
        let mut values = attribute.expect(tag::SET)?.open();
        attribute.end()?;
        if kind == oid::FRIENDLY_NAME && name.is_none() {
            let (units, rest) = values.expect(tag::BMP_STRING)?.body.as_chunks();
            if !rest.is_empty() {
                return Err(Error::malformed(WHAT, "half a character in a name"));
            }
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            name = Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect());
        } else if kind == oid::LOCAL_KEY_ID && local_key_id.is_none() {
            local_key_id = Some(values.expect(tag::OCTET_STRING)?.body.to_vec());
        }
    }
    Ok((name, local_key_id))
}

fn write_content_info(kind: &der::asn1::ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    asn1::sequence(&[&asn1::object_identifier(kind), &asn1::tlv(tag::context(0), &[content])])
}

fn bag(kind: &der::asn1::ObjectIdentifier, value: &[u8], name: Option<&str>, local_key_id: Option<&[u8]>) -> Vec<u8> {
    let attribute =
        |kind, value: Vec<u8>| asn1::sequence(&[&asn1::object_identifier(kind), &asn1::tlv(tag::SET, &[&value])]);
    let mut attributes = Vec::new();
    if let Some(name) = name {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        attributes.push(attribute(&oid::FRIENDLY_NAME, asn1::tlv(tag::BMP_STRING, &[&units])));
    }
    if let Some(identifier) = local_key_id {
        attributes.push(attribute(&oid::LOCAL_KEY_ID, asn1::octet_string(identifier)));
    }
    let attributes = if attributes.is_empty() { Vec::new() } else { asn1::set_of(tag::SET, attributes) };
    asn1::sequence(&[&asn1::object_identifier(kind), &asn1::tlv(tag::context(0), &[value]), &attributes])
}
