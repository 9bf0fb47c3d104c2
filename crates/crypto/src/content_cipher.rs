//! How the contents of messages and key files are enciphered: the ciphers by their identifiers, parameters and all.
//! The key comes from elsewhere: a password (`pbes2`) or a recipient (`cms`).

use core::fmt;

use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::Pkcs7};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::asn1::{self, AlgorithmIdentifier, tag};
use crate::cipher::{BlockCipher, Gost28147, Key, SBox};
use crate::kdf::kdf_tree_256;
use crate::signer::Rng;
use crate::{Error, oid};

type Encryptor = cbc::Encryptor<aes::Aes256>;
type Decryptor = cbc::Decryptor<aes::Aes256>;

/// A cipher of contents. Every one takes a key of 32 octets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ContentCipher {
    /// AES-256-CBC (RFC 3565): for keys that are not GOST's.
    Aes256Cbc,
    /// Kuznyechik in CTR-ACPKM, without an authentication code.
    KuznyechikCtrAcpkm,
    /// Kuznyechik in CTR-ACPKM, with one (OMAC): what to write unless the reader asks for something else.
    KuznyechikCtrAcpkmOmac,
    /// Magma in CTR-ACPKM, without an authentication code.
    MagmaCtrAcpkm,
    /// Magma in CTR-ACPKM, with one (OMAC).
    MagmaCtrAcpkmOmac,
    /// GOST 28147-89 in CFB with this substitution: for readers of before 2019.
    Gost28147Cfb(SBox),
}

/// The identifiers of GOST R 34.12-2015 (R 1323565.1.025, 7.1.1; RFC 9337, 7.3).
const CIPHERS_2015: [(ContentCipher, &str, &str); 4] = [
    (ContentCipher::MagmaCtrAcpkm, oid::MAGMA_CTR_ACPKM, "magma-ctr-acpkm"),
    (ContentCipher::MagmaCtrAcpkmOmac, oid::MAGMA_CTR_ACPKM_OMAC, "magma-ctr-acpkm-omac"),
    (ContentCipher::KuznyechikCtrAcpkm, oid::KUZNYECHIK_CTR_ACPKM, "kuznyechik-ctr-acpkm"),
    (ContentCipher::KuznyechikCtrAcpkmOmac, oid::KUZNYECHIK_CTR_ACPKM_OMAC, "kuznyechik-ctr-acpkm-omac"),
];

impl ContentCipher {
    /// Every cipher; GOST 28147-89 with param-Z only.
    pub const ALL: [Self; 6] = [
        Self::KuznyechikCtrAcpkmOmac,
        Self::KuznyechikCtrAcpkm,
        Self::MagmaCtrAcpkmOmac,
        Self::MagmaCtrAcpkm,
        Self::Gost28147Cfb(SBox::Tc26Z),
        Self::Aes256Cbc,
    ];

    /// Whether a changed content is noticed by the cipher itself.
    pub fn is_authenticated(self) -> bool {
        matches!(self, Self::KuznyechikCtrAcpkmOmac | Self::MagmaCtrAcpkmOmac)
    }

    /// Whether it is a cipher of the GOST family.
    pub fn is_gost(self) -> bool {
        self != Self::Aes256Cbc
    }

    /// Octets of the authentication code at the end of the enciphered text; 0 for none.
    pub(crate) fn mac_octets(self) -> usize {
        match self {
            Self::KuznyechikCtrAcpkmOmac => BlockCipher::Kuznyechik.block_octets(),
            Self::MagmaCtrAcpkmOmac => BlockCipher::Magma.block_octets(),
            Self::Aes256Cbc | Self::KuznyechikCtrAcpkm | Self::MagmaCtrAcpkm | Self::Gost28147Cfb(_) => 0,
        }
    }

    /// Octets of the initialisation vector, or of the UKM in its place: half a block and the seed of eight.
    fn vector_octets(self) -> usize {
        match self {
            Self::Aes256Cbc | Self::KuznyechikCtrAcpkm | Self::KuznyechikCtrAcpkmOmac => 16,
            Self::MagmaCtrAcpkm | Self::MagmaCtrAcpkmOmac => 12,
            Self::Gost28147Cfb(_) => 8,
        }
    }
}

impl fmt::Display for ContentCipher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aes256Cbc => formatter.write_str("aes256-CBC"),
            Self::Gost28147Cfb(set) => write!(formatter, "gost28147-89 ({})", set.name()),
            other => {
                let name = CIPHERS_2015.iter().find(|(cipher, ..)| cipher == other).map(|(.., name)| *name);
                formatter.write_str(name.unwrap_or("GOST R 34.12-2015"))
            }
        }
    }
}

/// A cipher with its parameters: an AlgorithmIdentifier that was read or is about to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sealing {
    pub(crate) cipher: ContentCipher,
    vector: Vec<u8>,
}

impl Sealing {
    /// New parameters. A vector is never used twice with one key: it is drawn for every text.
    pub(crate) fn draw(cipher: ContentCipher, rng: &mut Rng) -> Self {
        let mut vector = vec![0; cipher.vector_octets()];
        rng.fill_bytes(&mut vector);
        Self { cipher, vector }
    }

    /// ```text
    /// Gost3412-15-Encryption-Parameters ::= SEQUENCE { ukm OCTET STRING }
    /// Gost28147-89-Parameters ::= SEQUENCE { iv OCTET STRING (SIZE (8)), encryptionParamSet OBJECT IDENTIFIER }
    /// AES-IV ::= OCTET STRING (SIZE (16))
    /// ```
    pub(crate) fn read(identifier: &AlgorithmIdentifier<'_>) -> Result<Self, Error> {
        let no_parameters = || Error::malformed(WHAT, "bad parameters");
        let parameters = identifier.parameters.ok_or_else(no_parameters);
        let dotted = identifier.oid.to_string();
        let (cipher, vector) = if identifier.oid == oid::AES_256_CBC {
            let vector = parameters?;
            if vector.tag != tag::OCTET_STRING {
                return Err(no_parameters());
            }
            (ContentCipher::Aes256Cbc, vector.body)
        } else {
            let named = CIPHERS_2015.iter().find(|(_, known, _)| *known == dotted).map(|(cipher, ..)| *cipher);
            if named.is_none() && identifier.oid != oid::GOST_28147_89 {
                return Err(Error::unsupported("content encryption", oid::refusal_name(&identifier.oid)));
            }
            let parameters = parameters?;
            if parameters.tag != tag::SEQUENCE {
                return Err(no_parameters());
            }
            let mut parameters = parameters.open_as(WHAT);
            let vector = parameters.expect(tag::OCTET_STRING)?.body;
            let cipher = match named {
                Some(cipher) => cipher,
                None => ContentCipher::Gost28147Cfb(read_substitution(&parameters.any()?.oid()?)?),
            };
            parameters.end()?;
            (cipher, vector)
        };
        if vector.len() != cipher.vector_octets() {
            return Err(Error::malformed(WHAT, "initialisation vector of a wrong length"));
        }
        Ok(Self { cipher, vector: vector.to_vec() })
    }

    pub(crate) fn identifier_der(&self) -> Vec<u8> {
        let vector = asn1::octet_string(&self.vector);
        match self.cipher {
            ContentCipher::Aes256Cbc => asn1::sequence(&[&asn1::object_identifier(&oid::AES_256_CBC), &vector]),
            ContentCipher::Gost28147Cfb(set) => asn1::sequence(&[
                &asn1::object_identifier(&oid::GOST_28147_89),
                &asn1::sequence(&[&vector, &asn1::known(set.oid())]),
            ]),
            other => {
                let (_, known, _) = CIPHERS_2015
                    .iter()
                    .find(|(cipher, ..)| *cipher == other)
                    .expect("the four others are all in the table");
                asn1::sequence(&[&asn1::known(known), &asn1::sequence(&[&vector])])
            }
        }
    }

    /// Enciphers; the authentication code, where there is one, is enciphered behind the text.
    pub(crate) fn seal(&self, key: &Key, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut data = Zeroizing::new(Vec::with_capacity(plain.len() + 16));
        data.extend_from_slice(plain);
        match self.cipher {
            ContentCipher::Aes256Cbc => {
                data.resize(plain.len() + 16, 0);
                let sealed = Encryptor::new(key.into(), &self.block_vector()?.into())
                    .encrypt_padded::<Pkcs7>(&mut data, plain.len())
                    .map_err(|_| Error::Internal("the buffer holds one more block"))?;
                return Ok(sealed.to_vec());
            }
            ContentCipher::Gost28147Cfb(set) => {
                Gost28147::new(set, key).encrypt_cfb(&self.short_vector()?, &mut data);
            }
            ContentCipher::KuznyechikCtrAcpkm | ContentCipher::KuznyechikCtrAcpkmOmac => {
                self.seal_2015(BlockCipher::Kuznyechik, key, &mut data)?;
            }
            ContentCipher::MagmaCtrAcpkm | ContentCipher::MagmaCtrAcpkmOmac => {
                self.seal_2015(BlockCipher::Magma, key, &mut data)?;
            }
        }
        Ok(core::mem::take(&mut *data))
    }

    /// Deciphers; `None` when the padding or the authentication code is wrong, which means another key or another text.
    pub(crate) fn open(&self, key: &Key, sealed: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let mut data = Zeroizing::new(sealed.to_vec());
        match self.cipher {
            ContentCipher::Aes256Cbc => {
                if data.is_empty() || !data.len().is_multiple_of(16) {
                    return Err(Error::malformed(WHAT, "not whole blocks"));
                }
                let decryptor = Decryptor::new(key.into(), &self.block_vector()?.into());
                let Ok(plain) = decryptor.decrypt_padded::<Pkcs7>(&mut data).map(<[u8]>::len) else { return Ok(None) };
                data.truncate(plain);
                Ok(Some(data))
            }
            ContentCipher::Gost28147Cfb(set) => {
                Gost28147::new(set, key).decrypt_cfb(&self.short_vector()?, &mut data);
                Ok(Some(data))
            }
            ContentCipher::KuznyechikCtrAcpkm | ContentCipher::KuznyechikCtrAcpkmOmac => {
                self.open_2015(BlockCipher::Kuznyechik, key, data)
            }
            ContentCipher::MagmaCtrAcpkm | ContentCipher::MagmaCtrAcpkmOmac => {
                self.open_2015(BlockCipher::Magma, key, data)
            }
        }
    }

    fn seal_2015(&self, cipher: BlockCipher, key: &Key, data: &mut Vec<u8>) -> Result<(), Error> {
        let (vector, seed) = self.vector.split_at(cipher.block_octets() / 2);
        if self.cipher.is_authenticated() {
            let (cipher_key, mac_key) = kdf_tree_256(key, LABEL, seed);
            let mac = cipher.omac(&mac_key, &[data]);
            data.extend_from_slice(&mac);
            cipher.ctr_acpkm(&cipher_key, vector, cipher.section_octets(), data)
        } else {
            cipher.ctr_acpkm(key, vector, cipher.section_octets(), data)
        }
    }

    fn open_2015(
        &self,
        cipher: BlockCipher,
        key: &Key,
        mut data: Zeroizing<Vec<u8>>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let (vector, seed) = self.vector.split_at(cipher.block_octets() / 2);
        if !self.cipher.is_authenticated() {
            cipher.ctr_acpkm(key, vector, cipher.section_octets(), &mut data)?;
            return Ok(Some(data));
        }
        let (cipher_key, mac_key) = kdf_tree_256(key, LABEL, seed);
        cipher.ctr_acpkm(&cipher_key, vector, cipher.section_octets(), &mut data)?;
        let plain_octets = data
            .len()
            .checked_sub(cipher.block_octets())
            .ok_or_else(|| Error::malformed(WHAT, "shorter than its authentication code"))?;
        let (plain, mac) = data.split_at(plain_octets);
        if bool::from(cipher.omac(&mac_key, &[plain]).ct_eq(mac)) {
            data.truncate(plain_octets);
            Ok(Some(data))
        } else {
            Ok(None)
        }
    }

    fn block_vector(&self) -> Result<[u8; 16], Error> {
        self.vector.as_slice().try_into().map_err(|_| Error::Internal("the vector was measured when it was read"))
    }

    fn short_vector(&self) -> Result<[u8; 8], Error> {
        self.vector.as_slice().try_into().map_err(|_| Error::Internal("the vector was measured when it was read"))
    }
}

/// The substitution a parameter set names.
pub(crate) fn read_substitution(set: &der::asn1::ObjectIdentifier) -> Result<SBox, Error> {
    SBox::from_oid(&set.to_string()).ok_or_else(|| Error::unsupported("28147-89 parameter set", oid::refusal_name(set)))
}

/// The label of the two keys made of one (R 1323565.1.025, 7.1.1; RFC 9337, 7.3).
const LABEL: &[u8] = b"kdf tree";

const WHAT: &str = "content encryption";
