//! Extensions of certificates, CRLs and requests (RFC 5280, 4.2 and 5.2): the list as it was read, the few the crate itself
//! obeys, and constructors for those an authority writes.

use der::asn1::ObjectIdentifier;

use crate::Error;
use crate::asn1::{self, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::chain::Subtree;
use crate::oid;

/// Most extensions in one object; real ones have about ten.
pub(crate) const MAX_EXTENSIONS: usize = 64;
/// Most policies and most policy mappings in one certificate; real ones have a handful.
const MAX_POLICIES: usize = 128;

/// `Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Extension {
    /// Dotted identifier.
    pub oid: String,
    /// Whether a reader that does not know the extension must refuse the object.
    pub critical: bool,
    /// The DER inside the OCTET STRING.
    pub value: Vec<u8>,
}

impl Extension {
    fn new(oid: &ObjectIdentifier, critical: bool, value: Vec<u8>) -> Self {
        Self { oid: oid.to_string(), critical, value }
    }

    /// basicConstraints, critical; `path_len` counts the authorities that may follow and is written for authorities only.
    pub fn basic_constraints(is_ca: bool, path_len: Option<u8>) -> Self {
        let value = match (is_ca, path_len) {
            (false, _) => asn1::sequence(&[]),
            (true, None) => asn1::sequence(&[&asn1::boolean(true)]),
            (true, Some(length)) => asn1::sequence(&[&asn1::boolean(true), &asn1::small(length.into())]),
        };
        Self::new(&oid::BASIC_CONSTRAINTS, true, value)
    }

    /// keyUsage, critical.
    pub fn key_usage(usages: KeyUsageSet) -> Self {
        Self::new(&oid::KEY_USAGE, true, usages.to_der())
    }

    /// subjectKeyIdentifier.
    pub fn subject_key_id(identifier: &[u8]) -> Self {
        Self::new(&oid::SUBJECT_KEY_ID, false, asn1::octet_string(identifier))
    }

    /// authorityKeyIdentifier with the identifier of the key alone.
    pub fn authority_key_id(identifier: &[u8]) -> Self {
        let identifier = asn1::tlv(tag::context_primitive(0), &[identifier]);
        Self::new(&oid::AUTHORITY_KEY_ID, false, asn1::sequence(&[&identifier]))
    }

    /// extendedKeyUsage of dotted identifiers.
    pub fn extended_key_usage<'a>(purposes: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        Ok(Self::new(&oid::EXTENDED_KEY_USAGE, false, identifiers("extendedKeyUsage", purposes, false)?))
    }

    /// certificatePolicies of dotted identifiers, without qualifiers.
    pub fn certificate_policies<'a>(policies: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        Ok(Self::new(&oid::CERTIFICATE_POLICIES, false, identifiers("certificatePolicies", policies, true)?))
    }

    /// cRLDistributionPoints: one point a URL.
    pub fn crl_distribution_points<'a>(urls: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut points = Vec::new();
        for url in urls {
            if !url.is_ascii() {
                return Err(Error::malformed("cRLDistributionPoints", "a URL that is not ASCII"));
            }
            let uri = asn1::tlv(tag::context_primitive(6), &[url.as_bytes()]);
            let full_name = asn1::tlv(tag::context(0), &[&uri]);
            points.push(asn1::sequence(&[&asn1::tlv(tag::context(0), &[&full_name])]));
        }
        let points: Vec<&[u8]> = points.iter().map(Vec::as_slice).collect();
        Ok(Self::new(&oid::CRL_DISTRIBUTION_POINTS, false, asn1::sequence(&points)))
    }

    /// nameConstraints, critical. `Malformed` when both lists are empty.
    pub fn name_constraints(permitted: &[Subtree], excluded: &[Subtree]) -> Result<Self, Error> {
        if permitted.is_empty() && excluded.is_empty() {
            return Err(Error::malformed("nameConstraints", "empty"));
        }
        let subtrees = |number: u8, bases: &[Subtree]| {
            if bases.is_empty() {
                return Vec::new();
            }
            let bases: Vec<Vec<u8>> = bases.iter().map(|base| asn1::sequence(&[&base.to_der()])).collect();
            asn1::tlv(tag::context(number), &bases.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        let value = asn1::sequence(&[&subtrees(0, permitted), &subtrees(1, excluded)]);
        Ok(Self::new(&oid::NAME_CONSTRAINTS, true, value))
    }

    /// policyConstraints, critical: after how many more certificates an explicit policy is required, and mapping inhibited.
    pub fn policy_constraints(require_explicit: Option<u32>, inhibit_mapping: Option<u32>) -> Result<Self, Error> {
        if require_explicit.is_none() && inhibit_mapping.is_none() {
            return Err(Error::malformed("policyConstraints", "empty"));
        }
        let field = |number: u8, skip: Option<u32>| {
            skip.map_or_else(Vec::new, |skip| {
                let mut der = asn1::small(skip);
                der[0] = tag::context_primitive(number);
                der
            })
        };
        let value = asn1::sequence(&[&field(0, require_explicit), &field(1, inhibit_mapping)]);
        Ok(Self::new(&oid::POLICY_CONSTRAINTS, true, value))
    }

    /// inhibitAnyPolicy, critical: after how many more certificates anyPolicy stands for nothing.
    pub fn inhibit_any_policy(skip_certificates: u32) -> Self {
        Self::new(&oid::INHIBIT_ANY_POLICY, true, asn1::small(skip_certificates))
    }

    /// policyMappings, critical, of pairs (policy of the issuer's domain, policy of the subject's domain), dotted.
    pub fn policy_mappings<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        let mut members = Vec::new();
        for (issuer, subject) in pairs {
            let [issuer, subject] = [issuer, subject].map(|policy| asn1::dotted("policyMappings", policy));
            members.push(asn1::sequence(&[&issuer?, &subject?]));
        }
        if members.is_empty() {
            return Err(Error::malformed("policyMappings", "empty"));
        }
        let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
        Ok(Self::new(&oid::POLICY_MAPPINGS, true, asn1::sequence(&members)))
    }

    /// cRLNumber.
    pub fn crl_number(number: u64) -> Self {
        Self::new(&oid::CRL_NUMBER, false, asn1::unsigned(&number.to_be_bytes()))
    }

    pub(crate) fn to_der(&self) -> Result<Vec<u8>, Error> {
        let identifier = asn1::dotted("extension", &self.oid)?;
        let value = asn1::octet_string(&self.value);
        // DEFAULT FALSE is left out in DER.
        let critical = if self.critical { asn1::boolean(true) } else { Vec::new() };
        Ok(asn1::sequence(&[&identifier, &critical, &value]))
    }
}

fn identifiers<'a>(
    what: &'static str,
    dotted: impl IntoIterator<Item = &'a str>,
    wrapped: bool,
) -> Result<Vec<u8>, Error> {
    let mut members = Vec::new();
    for identifier in dotted {
        let identifier = asn1::dotted(what, identifier)?;
        members.push(if wrapped { asn1::sequence(&[&identifier]) } else { identifier });
    }
    if members.is_empty() {
        return Err(Error::malformed(what, "empty"));
    }
    let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    Ok(asn1::sequence(&members))
}

/// SEQUENCE OF Extension; the same identifier twice is refused (RFC 5280, 4.2).
pub(crate) fn read_extensions(element: Element<'_>, what: &'static str) -> Result<Vec<Extension>, Error> {
    Ok(read_extensions_and_places(element, what)?.into_iter().map(|(extension, _)| extension).collect())
}

/// The same, each with the offset of its value, so that what is wrong inside can be told at its place.
pub(crate) fn read_extensions_and_places(
    element: Element<'_>,
    what: &'static str,
) -> Result<Vec<(Extension, Option<usize>)>, Error> {
    let mut list = element.open_as(what);
    let mut extensions: Vec<(Extension, Option<usize>)> = Vec::new();
    while !list.is_empty() {
        let at = list.at();
        let mut extension = list.expect(tag::SEQUENCE)?.open();
        let oid = extension.any()?.oid()?.to_string();
        // An explicit FALSE is not DER, but it is written and means nothing else.
        let critical = extension.optional(tag::BOOLEAN)?.map_or(Ok(false), |critical| critical.boolean())?;
        let value = extension.expect(tag::OCTET_STRING)?;
        extension.end()?;
        if extensions.iter().any(|(known, _)| known.oid == oid) {
            return Err(Error::malformed(what, format!("extension {oid} twice")).at(at));
        }
        if extensions.len() == MAX_EXTENSIONS {
            return Err(Error::malformed(what, "too many extensions").at(at));
        }
        extensions.push((Extension { oid, critical, value: value.body.to_vec() }, value.body_at()));
    }
    Ok(extensions)
}

/// SEQUENCE OF Extension.
pub(crate) fn write_extensions(extensions: &[Extension]) -> Result<Vec<u8>, Error> {
    let members = extensions.iter().map(Extension::to_der).collect::<Result<Vec<_>, _>>()?;
    let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    Ok(asn1::sequence(&members))
}

/// One bit of keyUsage (RFC 5280, 4.2.1.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyUsage {
    /// Signatures other than on certificates and CRLs.
    DigitalSignature,
    /// nonRepudiation, also called contentCommitment.
    NonRepudiation,
    /// Encryption of keys.
    KeyEncipherment,
    /// Encryption of data itself.
    DataEncipherment,
    /// Key agreement.
    KeyAgreement,
    /// Signatures on certificates.
    KeyCertSign,
    /// Signatures on CRLs.
    CrlSign,
    /// With key agreement: only to encrypt.
    EncipherOnly,
    /// With key agreement: only to decrypt.
    DecipherOnly,
}

impl KeyUsage {
    /// Every usage, in the order of the bits.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// The name RFC 5280 gives the bit: `digitalSignature`, `nonRepudiation` … `decipherOnly`.
    pub fn name(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        }
    }

    /// The usage of a name as [`KeyUsage::name`] gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.name() == name)
    }
}

/// A set of key usages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct KeyUsageSet(u16);

impl KeyUsageSet {
    /// The set of these.
    pub fn of(usages: impl IntoIterator<Item = KeyUsage>) -> Self {
        Self(usages.into_iter().fold(0, |bits, usage| bits | 1 << usage as u16))
    }

    /// Whether the usage is in the set.
    pub fn contains(self, usage: KeyUsage) -> bool {
        self.0 & 1 << usage as u16 != 0
    }

    /// The usages in the order of the bits.
    pub fn iter(self) -> impl Iterator<Item = KeyUsage> {
        KeyUsage::ALL.into_iter().filter(move |usage| self.contains(*usage))
    }

    /// Whether no usage is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// A named-bit BIT STRING: trailing zero bits are left out (X.690, 11.2.2).
    fn to_der(self) -> Vec<u8> {
        // Bit 0 of the standard is the highest bit of the first octet.
        let bits = self.0.reverse_bits().to_be_bytes();
        let octets = bits.iter().rposition(|&octet| octet != 0).map_or(0, |last| last + 1);
        let unused = if octets == 0 { 0 } else { bits[octets - 1].trailing_zeros() as u8 };
        asn1::tlv(tag::BIT_STRING, &[&[unused], &bits[..octets]])
    }

    pub(crate) fn from_der(der: &[u8]) -> Result<Self, Error> {
        const WHAT: &str = "keyUsage";
        let element = Input::door(WHAT, der, tag::BIT_STRING, MAX_OBJECT_OCTETS)?;
        // The unused bits of the last octet are zero in DER and belong to no usage, so their count adds nothing.
        let (&unused, octets) = element.body.split_first().ok_or_else(|| Error::malformed(WHAT, "empty"))?;
        if unused > 7 || octets.len() > 2 || (octets.is_empty() && unused != 0) {
            return Err(Error::malformed(WHAT, "bad BIT STRING"));
        }
        let first = octets.first().copied().unwrap_or(0);
        let second = octets.get(1).copied().unwrap_or(0);
        Ok(Self(u16::from_be_bytes([first, second]).reverse_bits() & 0x1ff))
    }
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`
pub(crate) fn read_basic_constraints(der: &[u8]) -> Result<(bool, Option<u8>), Error> {
    const WHAT: &str = "basicConstraints";
    let mut input = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let is_ca = input.optional(tag::BOOLEAN)?.map_or(Ok(false), |is_ca| is_ca.boolean())?;
    let path_len = input.optional(tag::INTEGER)?.map(|length| length.small()).transpose()?;
    input.end()?;
    let path_len =
        path_len.map(u8::try_from).transpose().map_err(|_| Error::malformed(WHAT, "path length over 255"))?;
    Ok((is_ca, path_len))
}

/// The key identifier of `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] IMPLICIT OCTET STRING OPTIONAL, … }`.
pub(crate) fn read_authority_key_id(der: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let mut input = Input::door("authorityKeyIdentifier", der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    Ok(input.optional(tag::context_primitive(0))?.map(|identifier| identifier.body.to_vec()))
}

/// `CertificatePolicies ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER, policyQualifiers SEQUENCE OPTIONAL }`.
/// One policy twice is refused (RFC 5280, 4.2.1.4), and so is a qualifier nobody knows in a critical extension; the two known ones
/// (the address of a statement and a notice to the user) restrict nothing.
pub(crate) fn read_certificate_policies(extension: &Extension) -> Result<Vec<ObjectIdentifier>, Error> {
    const WHAT: &str = "certificatePolicies";
    let mut list = Input::door(WHAT, &extension.value, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let mut policies = Vec::new();
    while !list.is_empty() {
        let at = list.at();
        let mut information = list.expect(tag::SEQUENCE)?.open();
        let policy = information.any()?.oid()?;
        if let Some(qualifiers) = information.optional(tag::SEQUENCE)? {
            let mut qualifiers = qualifiers.open();
            while !qualifiers.is_empty() {
                let identifier = qualifiers.expect(tag::SEQUENCE)?.open().any()?.oid()?;
                if extension.critical && ![oid::QUALIFIER_CPS, oid::QUALIFIER_USER_NOTICE].contains(&identifier) {
                    return Err(Error::unsupported("policy qualifier", identifier.to_string()));
                }
            }
        }
        information.end()?;
        if policies.contains(&policy) {
            return Err(Error::malformed(WHAT, format!("policy {policy} twice")).at(at));
        }
        if policies.len() == MAX_POLICIES {
            return Err(Error::malformed(WHAT, "too many policies").at(at));
        }
        policies.push(policy);
    }
    if policies.is_empty() {
        return Err(Error::malformed(WHAT, "empty"));
    }
    Ok(policies)
}

/// `PolicyMappings ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { issuerDomainPolicy OBJECT IDENTIFIER, subjectDomainPolicy OBJECT IDENTIFIER }`;
/// anyPolicy may stand on neither side (RFC 5280, 6.1.4 (a)).
pub(crate) fn read_policy_mappings(der: &[u8]) -> Result<Vec<(ObjectIdentifier, ObjectIdentifier)>, Error> {
    const WHAT: &str = "policyMappings";
    let mut list = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let at = list.at();
        let mut mapping = list.expect(tag::SEQUENCE)?.open();
        let pair = (mapping.any()?.oid()?, mapping.any()?.oid()?);
        mapping.end()?;
        if pair.0 == oid::ANY_POLICY || pair.1 == oid::ANY_POLICY {
            return Err(Error::malformed(WHAT, "anyPolicy is mapped").at(at));
        }
        if mappings.len() == MAX_POLICIES {
            return Err(Error::malformed(WHAT, "too many mappings").at(at));
        }
        mappings.push(pair);
    }
    if mappings.is_empty() {
        return Err(Error::malformed(WHAT, "empty"));
    }
    Ok(mappings)
}

/// `PolicyConstraints ::= SEQUENCE { requireExplicitPolicy [0] SkipCerts OPTIONAL, inhibitPolicyMapping [1] SkipCerts OPTIONAL }`, not empty.
pub(crate) fn read_policy_constraints(der: &[u8]) -> Result<(Option<u32>, Option<u32>), Error> {
    const WHAT: &str = "policyConstraints";
    let mut input = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let require_explicit =
        input.optional(tag::context_primitive(0))?.map(|skip| skip.small_under_any_tag()).transpose()?;
    let inhibit_mapping =
        input.optional(tag::context_primitive(1))?.map(|skip| skip.small_under_any_tag()).transpose()?;
    input.end()?;
    if require_explicit.is_none() && inhibit_mapping.is_none() {
        return Err(Error::malformed(WHAT, "empty"));
    }
    Ok((require_explicit, inhibit_mapping))
}

/// `InhibitAnyPolicy ::= SkipCerts`
pub(crate) fn read_inhibit_any_policy(der: &[u8]) -> Result<u32, Error> {
    Input::door("inhibitAnyPolicy", der, tag::INTEGER, MAX_OBJECT_OCTETS)?.small()
}

/// The URLs among `CRLDistributionPoints ::= SEQUENCE OF SEQUENCE { distributionPoint [0] { fullName [0] GeneralNames … } OPTIONAL, … }`.
pub(crate) fn read_distribution_points(der: &[u8]) -> Result<Vec<String>, Error> {
    const WHAT: &str = "cRLDistributionPoints";
    let mut points = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let mut urls = Vec::new();
    while !points.is_empty() {
        let mut point = points.expect(tag::SEQUENCE)?.open();
        let Some(name) = point.optional(tag::context(0))? else { continue };
        let mut name = name.open();
        let Some(full_name) = name.optional(tag::context(0))? else { continue };
        let mut names = full_name.open();
        while !names.is_empty() {
            let name = names.any()?;
            if name.tag == tag::context_primitive(6) {
                urls.push(asn1::ascii(name)?.to_owned());
            }
        }
    }
    Ok(urls)
}

/// SEQUENCE OF OBJECT IDENTIFIER, dotted.
pub(crate) fn read_identifiers(der: &[u8]) -> Result<Vec<String>, Error> {
    let mut input = Input::door("extendedKeyUsage", der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
    let mut identifiers = Vec::new();
    while !input.is_empty() {
        identifiers.push(input.any()?.oid()?.to_string());
    }
    Ok(identifiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usage_bits_stand_where_the_standard_puts_them() {
        let usual = KeyUsageSet::of([KeyUsage::DigitalSignature, KeyUsage::NonRepudiation, KeyUsage::KeyEncipherment]);
        assert_eq!(usual.to_der(), [3, 2, 5, 0xe0]);
        assert_eq!(KeyUsageSet::of([KeyUsage::KeyCertSign, KeyUsage::CrlSign]).to_der(), [3, 2, 1, 6]);
        assert_eq!(KeyUsageSet::of([KeyUsage::DecipherOnly]).to_der(), [3, 3, 7, 0, 0x80]);
        assert_eq!(KeyUsageSet::default().to_der(), [3, 1, 0]);
        for bits in 0..0x200 {
            assert_eq!(KeyUsageSet::from_der(&KeyUsageSet(bits).to_der()), Ok(KeyUsageSet(bits)));
        }
        for usage in KeyUsage::ALL {
            assert_eq!(KeyUsage::from_name(usage.name()), Some(usage));
        }
    }
}
