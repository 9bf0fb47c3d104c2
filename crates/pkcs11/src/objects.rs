//! What lies on a token: pairs of keys and certificates, told by the keys themselves. Labels are not read; CKA_ID only ties halves that say nothing else.

use crypto::{Certificate, KeyAlgorithm, PublicKey};
use cryptoki_sys as s;

use crate::der;
use crate::numbers as n;
use crate::raw::{Attribute, Raw, Rv, number_of};
use crate::token::belongs;

/// A key on a medium, by the SHA-256 of its canonical SubjectPublicKeyInfo ([`PublicKey::spki_sha256`]).
pub type KeyHash = [u8; 32];

/// Keys and certificates.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Keys, in the order the medium lists them.
    pub keys: Vec<KeyEntry>,
    /// Certificates that could be read, those of keys included.
    pub certificates: Vec<Certificate>,
    /// Certificates that could not be read.
    pub unreadable_certificates: usize,
}

/// A key of a medium.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    /// The key; `None` where the medium shows too little of it or it is of a kind we do not know ([`KeyEntry::kind`] says which).
    pub public_key: Option<PublicKey>,
    /// In words of configuration files where the kind is known: "gost-256-a", "gost-2001-cp-a", "rsa-2048".
    pub kind: String,
    /// What ties its halves and its certificate together on a token (CKA_ID).
    pub id: Vec<u8>,
    /// The private half is there. Before a login it cannot be seen on a token.
    pub has_private: bool,
    /// The public half is there.
    pub has_public: bool,
    /// Its certificates: those of this very public key, the one that ends last first.
    pub certificates: Vec<Certificate>,
    pub(crate) private: Vec<s::CK_OBJECT_HANDLE>,
    pub(crate) public: Vec<s::CK_OBJECT_HANDLE>,
}

impl KeyEntry {
    /// By which it is found again.
    #[must_use]
    pub fn hash(&self) -> Option<KeyHash> {
        self.public_key.as_ref().map(PublicKey::spki_sha256)
    }

    /// A key nobody has a certificate for: an operation was interrupted, or a request still waits for its answer.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.certificates.is_empty()
    }
}

impl Contents {
    /// The key with this hash.
    #[must_use]
    pub fn key(&self, hash: &KeyHash) -> Option<&KeyEntry> {
        self.keys.iter().find(|key| key.hash().as_ref() == Some(hash))
    }

    /// Keys without a certificate.
    pub fn orphans(&self) -> impl Iterator<Item = &KeyEntry> {
        self.keys.iter().filter(|key| key.is_orphan())
    }
}

/// A half of a pair as it lies there.
struct Half {
    handle: s::CK_OBJECT_HANDLE,
    id: Vec<u8>,
    key_type: Option<s::CK_KEY_TYPE>,
    key: Option<PublicKey>,
    kind: String,
}

/// Reads everything that the session may see.
pub(crate) fn read(raw: &Raw, session: s::CK_SESSION_HANDLE) -> Result<Contents, Rv> {
    let mut contents = Contents::default();
    let mut with_ids: Vec<(Vec<u8>, Certificate)> = Vec::new();
    for handle in raw.find(session, &class(s::CKO_CERTIFICATE))? {
        let [id, value] = values(raw.attributes(session, handle, &[s::CKA_ID, s::CKA_VALUE])?);
        match value.as_deref().map(Certificate::from_der) {
            Some(Ok(certificate)) => with_ids.push((id.unwrap_or_default(), certificate)),
            Some(Err(_)) | None => contents.unreadable_certificates += 1,
        }
    }
    let public = halves(raw, session, s::CKO_PUBLIC_KEY)?;
    let private = halves(raw, session, s::CKO_PRIVATE_KEY)?;

    for half in public {
        // The same key twice is one key.
        let known = half
            .key
            .as_ref()
            .and_then(|key| contents.keys.iter_mut().find(|entry| entry.hash() == Some(key.spki_sha256())));
        match known {
            Some(entry) => entry.public.push(half.handle),
            None => contents.keys.push(KeyEntry {
                kind: half.kind,
                public_key: half.key,
                id: half.id,
                has_private: false,
                has_public: true,
                certificates: Vec::new(),
                private: Vec::new(),
                public: vec![half.handle],
            }),
        }
    }
    for half in private {
        place(half, &mut contents.keys, &with_ids);
    }
    contents.certificates = with_ids.into_iter().map(|(_, certificate)| certificate).collect();
    for entry in &mut contents.keys {
        let Some(key) = &entry.public_key else { continue };
        entry.certificates = contents.certificates.iter().filter(|one| belongs(one, key)).cloned().collect();
        entry.certificates.sort_by_key(|certificate| std::cmp::Reverse(certificate.not_after()));
    }
    Ok(contents)
}

/// Beside the public half it belongs to: by its own numbers if it shows them, else by CKA_ID. Where several public keys share one CKA_ID, each gets the handle,
/// and the signature that is verified tells whose it is.
fn place(half: Half, keys: &mut Vec<KeyEntry>, certificates: &[(Vec<u8>, Certificate)]) {
    let fits = |entry: &KeyEntry| match (&half.key, &entry.public_key) {
        (Some(ours), Some(theirs)) => ours.spki_sha256() == theirs.spki_sha256(),
        _ => entry.id == half.id && entry.has_public,
    };
    let mut found = false;
    for entry in keys.iter_mut().filter(|entry| fits(entry)) {
        entry.has_private = true;
        entry.private.push(half.handle);
        found = true;
    }
    if found {
        return;
    }
    // Only the private half is left; a certificate with its CKA_ID says what it is.
    let by_certificate = || {
        let mut same = certificates.iter().filter(|(id, _)| !id.is_empty() && *id == half.id);
        same.find(|(_, certificate)| fits_type(certificate.public_key(), half.key_type))
            .map(|(_, certificate)| certificate.public_key().clone())
    };
    let public_key = half.key.or_else(by_certificate);
    keys.push(KeyEntry {
        kind: public_key.as_ref().map_or(half.kind, |key| key.algorithm().to_string()),
        public_key,
        id: half.id,
        has_private: true,
        has_public: false,
        certificates: Vec::new(),
        private: vec![half.handle],
        public: Vec::new(),
    });
}

fn fits_type(key: &PublicKey, key_type: Option<s::CK_KEY_TYPE>) -> bool {
    key_type == Some(type_of(key.algorithm()))
}

fn halves(raw: &Raw, session: s::CK_SESSION_HANDLE, of: s::CK_OBJECT_CLASS) -> Result<Vec<Half>, Rv> {
    let mut halves = Vec::new();
    for handle in raw.find(session, &class(of))? {
        let [id, key_type] = values(raw.attributes(session, handle, &[s::CKA_ID, s::CKA_KEY_TYPE])?);
        let key_type = key_type.as_deref().and_then(number_of);
        let is_public = of == s::CKO_PUBLIC_KEY;
        let key = match key_type {
            Some(kind) if is_public || kind == s::CKK_RSA => public_key(raw, session, handle, kind)?,
            _ => None,
        };
        let kind = match (&key, key_type) {
            (Some(key), _) => key.algorithm().to_string(),
            (None, Some(n::CKK_GOSTR3410)) => "gost-256".to_owned(),
            (None, Some(n::CKK_GOSTR3410_512)) => "gost-512".to_owned(),
            (None, Some(s::CKK_EC)) => "ec".to_owned(),
            (None, Some(s::CKK_RSA)) => "rsa".to_owned(),
            (None, Some(other)) => format!("key type {other:#x}"),
            (None, None) => "key without a type".to_owned(),
        };
        halves.push(Half { handle, id: id.unwrap_or_default(), key_type, key, kind });
    }
    Ok(halves)
}

/// The key of a public object (or of an RSA private one, which shows its modulus); `None` for kinds that are not known here or do not read.
pub(crate) fn public_key(
    raw: &Raw,
    session: s::CK_SESSION_HANDLE,
    handle: s::CK_OBJECT_HANDLE,
    key_type: s::CK_KEY_TYPE,
) -> Result<Option<PublicKey>, Rv> {
    let spki = match key_type {
        n::CKK_GOSTR3410 | n::CKK_GOSTR3410_512 => {
            let wanted = [n::CKA_GOSTR3410_PARAMS, n::CKA_GOSTR3411_PARAMS, s::CKA_VALUE];
            let [curve, hash, value] = values(raw.attributes(session, handle, &wanted)?);
            let (Some(curve), Some(value)) = (curve, value) else { return Ok(None) };
            gost_spki(key_type, &curve, hash.as_deref(), &value)
        }
        s::CKK_EC => {
            let [curve, point] = values(raw.attributes(session, handle, &[s::CKA_EC_PARAMS, s::CKA_EC_POINT])?);
            let (Some(curve), Some(point)) = (curve, point) else { return Ok(None) };
            // The standard wraps the point in an OCTET STRING; some modules do not.
            let point = der::opened(0x04, &point).unwrap_or(&point);
            der::sequence(&[&der::sequence(&[&der::oid(EC_KEY), &curve]), &der::bit_string(point)])
        }
        s::CKK_RSA => {
            let wanted = [s::CKA_MODULUS, s::CKA_PUBLIC_EXPONENT];
            let [modulus, exponent] = values(raw.attributes(session, handle, &wanted)?);
            let (Some(modulus), Some(exponent)) = (modulus, exponent) else { return Ok(None) };
            let key = der::sequence(&[&der::integer(&modulus), &der::integer(&exponent)]);
            der::sequence(&[&der::sequence(&[&der::oid(RSA_KEY), &[0x05, 0]]), &der::bit_string(&key)])
        }
        _ => return Ok(None),
    };
    Ok(PublicKey::from_spki_der(&spki).ok())
}

fn gost_spki(key_type: s::CK_KEY_TYPE, curve: &[u8], hash: Option<&[u8]>, value: &[u8]) -> Vec<u8> {
    let wide = key_type == n::CKK_GOSTR3410_512;
    let is_2001 = !wide && hash == Some(der::oid(HASH_94).as_slice());
    let algorithm = match (wide, is_2001) {
        (true, _) => GOST_512,
        (false, true) => GOST_2001,
        (false, false) => GOST_256,
    };
    let parameters = match hash.filter(|_| is_2001) {
        Some(hash) => der::sequence(&[curve, hash]),
        None => der::sequence(&[curve]),
    };
    let octets = if wide { 128 } else { 64 };
    let point = if value.len() == octets { value } else { der::opened(0x04, value).unwrap_or(value) };
    der::sequence(&[&der::sequence(&[&der::oid(algorithm), &parameters]), &der::bit_string(&der::octet_string(point))])
}

/// The type of a key's objects.
pub(crate) fn type_of(algorithm: KeyAlgorithm) -> s::CK_KEY_TYPE {
    match algorithm {
        KeyAlgorithm::Gost(set) if set.is_512() => n::CKK_GOSTR3410_512,
        KeyAlgorithm::Gost(_) | KeyAlgorithm::Gost2001(_) => n::CKK_GOSTR3410,
        KeyAlgorithm::EcdsaP256 | KeyAlgorithm::EcdsaP384 => s::CKK_EC,
        KeyAlgorithm::Rsa { .. } => s::CKK_RSA,
    }
}

/// How a pair is made: the mechanism and what is particular to the public and to the private half.
pub(crate) struct Recipe {
    pub(crate) mechanism: s::CK_MECHANISM_TYPE,
    pub(crate) public: Vec<Attribute>,
    pub(crate) private: Vec<Attribute>,
}

/// `None`: keys of GOST R 34.10-2001 are not made.
pub(crate) fn recipe(algorithm: KeyAlgorithm) -> Option<Recipe> {
    let curve = |dotted: &str| vec![Attribute::octets(s::CKA_EC_PARAMS, &der::oid(dotted))];
    Some(match algorithm {
        KeyAlgorithm::Gost(set) => {
            let wide = set.is_512();
            let parameters = vec![
                Attribute::octets(n::CKA_GOSTR3410_PARAMS, &der::oid(set.oid())),
                Attribute::octets(n::CKA_GOSTR3411_PARAMS, &der::oid(if wide { HASH_512 } else { HASH_256 })),
            ];
            Recipe {
                mechanism: if wide { n::CKM_GOSTR3410_512_KEY_PAIR_GEN } else { n::CKM_GOSTR3410_KEY_PAIR_GEN },
                public: parameters.clone(),
                private: parameters,
            }
        }
        KeyAlgorithm::Gost2001(_) => return None,
        KeyAlgorithm::EcdsaP256 => {
            Recipe { mechanism: s::CKM_EC_KEY_PAIR_GEN, public: curve(P256), private: Vec::new() }
        }
        KeyAlgorithm::EcdsaP384 => {
            Recipe { mechanism: s::CKM_EC_KEY_PAIR_GEN, public: curve(P384), private: Vec::new() }
        }
        KeyAlgorithm::Rsa { bits } => Recipe {
            mechanism: s::CKM_RSA_PKCS_KEY_PAIR_GEN,
            public: vec![
                Attribute::number(s::CKA_MODULUS_BITS, s::CK_ULONG::from(bits)),
                Attribute::octets(s::CKA_PUBLIC_EXPONENT, &[1, 0, 1]),
            ],
            private: Vec::new(),
        },
    })
}

pub(crate) fn class(of: s::CK_OBJECT_CLASS) -> [Attribute; 1] {
    [Attribute::number(s::CKA_CLASS, of)]
}

/// As many as were asked for.
pub(crate) fn values<const N: usize>(values: Vec<Option<Vec<u8>>>) -> [Option<Vec<u8>>; N] {
    values.try_into().unwrap_or_else(|_| std::array::from_fn(|_| None))
}

const GOST_2001: &str = "1.2.643.2.2.19";
const GOST_256: &str = "1.2.643.7.1.1.1.1";
const GOST_512: &str = "1.2.643.7.1.1.1.2";
const HASH_94: &str = "1.2.643.2.2.30.1";
const HASH_256: &str = "1.2.643.7.1.1.2.2";
const HASH_512: &str = "1.2.643.7.1.1.2.3";
const EC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const RSA_KEY: &str = "1.2.840.113549.1.1.1";
