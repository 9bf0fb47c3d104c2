//! What an extension says, for tools that show it to a person. Whoever decides by an extension asks the certificate, whose reader obeys it.

use crate::asn1::{self, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::extension::{self, KeyUsageSet};
use crate::{Error, Extension, Name, oid};

/// An extension, read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ExtensionValue {
    /// basicConstraints.
    BasicConstraints {
        /// Whether it is an authority's.
        is_ca: bool,
        /// How many authorities may follow.
        path_len: Option<u8>,
    },
    /// keyUsage.
    KeyUsage(KeyUsageSet),
    /// extendedKeyUsage, dotted.
    Purposes(Vec<String>),
    /// subjectKeyIdentifier.
    SubjectKeyId(Vec<u8>),
    /// authorityKeyIdentifier: each of its parts may be missing.
    AuthorityKeyId {
        /// The identifier of the issuer's key.
        key_id: Option<Vec<u8>>,
        /// Who issued the issuer's certificate.
        issuer: Vec<GeneralName>,
        /// The serial number of the issuer's certificate, big-endian.
        serial: Option<Vec<u8>>,
    },
    /// subjectAltName or issuerAltName.
    Names(Vec<GeneralName>),
    /// certificatePolicies, dotted.
    Policies(Vec<String>),
    /// cRLDistributionPoints: the addresses.
    DistributionPoints(Vec<String>),
    /// authorityInfoAccess or subjectInfoAccess: (method, dotted; where).
    InformationAccess(Vec<(String, GeneralName)>),
    /// cRLNumber, big-endian.
    Number(Vec<u8>),
    /// inhibitAnyPolicy: certificates to come before it works.
    InhibitAnyPolicy(u32),
    /// policyConstraints.
    PolicyConstraints {
        /// requireExplicitPolicy.
        require_explicit: Option<u32>,
        /// inhibitPolicyMapping.
        inhibit_mapping: Option<u32>,
    },
    /// policyMappings: pairs (of the issuer, of the subject), dotted.
    PolicyMappings(Vec<(String, String)>),
    /// nameConstraints.
    NameConstraints {
        /// Names below must lie in these.
        permitted: Vec<GeneralName>,
        /// And in none of these.
        excluded: Vec<GeneralName>,
    },
    /// privateKeyUsagePeriod: seconds since 1970.
    PrivateKeyUsagePeriod {
        /// The key signs from this second on.
        not_before: Option<i64>,
        /// And not after this one.
        not_after: Option<i64>,
    },
    /// subjectSignTool (1.2.643.100.111): the means the owner signs with.
    SubjectSignTool(String),
    /// issuerSignTool (1.2.643.100.112): the means of signing and of the authority, and the papers that conform them.
    IssuerSignTool([String; 4]),
    /// identificationKind (1.2.643.100.114): how the owner was identified, by number.
    IdentificationKind(u32),
    /// One without a reader here.
    Unread,
}

/// A GeneralName (RFC 5280, 4.2.1.6), read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GeneralName {
    /// rfc822Name.
    Mail(String),
    /// dNSName.
    Host(String),
    /// uniformResourceIdentifier.
    Uri(String),
    /// directoryName.
    Directory(Name),
    /// iPAddress: 4 or 16 octets, twice as many with a mask.
    Address(Vec<u8>),
    /// registeredID, dotted.
    Registered(String),
    /// A form that is not read here: the DER.
    Other(Vec<u8>),
}

impl Extension {
    /// Reads the value; `Malformed` when it is not what its identifier promises, [`ExtensionValue::Unread`] when nobody here knows the identifier.
    ///
    /// ```
    /// use surguch_crypto::{Extension, ExtensionValue};
    /// let constraints = Extension::basic_constraints(true, Some(0));
    /// assert_eq!(constraints.read()?, ExtensionValue::BasicConstraints { is_ca: true, path_len: Some(0) });
    /// # Ok::<(), surguch_crypto::Error>(())
    /// ```
    pub fn read(&self) -> Result<ExtensionValue, Error> {
        let value = self.value.as_slice();
        let known = der::asn1::ObjectIdentifier::new(&self.oid);
        Ok(match known {
            Ok(oid::BASIC_CONSTRAINTS) => {
                let (is_ca, path_len) = extension::read_basic_constraints(value)?;
                ExtensionValue::BasicConstraints { is_ca, path_len }
            }
            Ok(oid::KEY_USAGE) => ExtensionValue::KeyUsage(KeyUsageSet::from_der(value)?),
            Ok(oid::EXTENDED_KEY_USAGE) => ExtensionValue::Purposes(extension::read_identifiers(value)?),
            Ok(oid::SUBJECT_KEY_ID) => ExtensionValue::SubjectKeyId(
                Input::door(WHAT, value, tag::OCTET_STRING, MAX_OBJECT_OCTETS)?.body.to_vec(),
            ),
            Ok(oid::AUTHORITY_KEY_ID) => read_authority_key_id(value)?,
            Ok(oid::SUBJECT_ALT_NAME) => ExtensionValue::Names(names(sequence(value)?)?),
            Ok(oid::CERTIFICATE_POLICIES) => ExtensionValue::Policies(
                extension::read_certificate_policies(self)?.iter().map(ToString::to_string).collect(),
            ),
            Ok(oid::CRL_DISTRIBUTION_POINTS) => {
                ExtensionValue::DistributionPoints(extension::read_distribution_points(value)?)
            }
            Ok(oid::CRL_NUMBER) => {
                ExtensionValue::Number(Input::door(WHAT, value, tag::INTEGER, MAX_OBJECT_OCTETS)?.unsigned()?.to_vec())
            }
            Ok(oid::INHIBIT_ANY_POLICY) => ExtensionValue::InhibitAnyPolicy(extension::read_inhibit_any_policy(value)?),
            Ok(oid::POLICY_CONSTRAINTS) => {
                let (require_explicit, inhibit_mapping) = extension::read_policy_constraints(value)?;
                ExtensionValue::PolicyConstraints { require_explicit, inhibit_mapping }
            }
            Ok(oid::POLICY_MAPPINGS) => ExtensionValue::PolicyMappings(
                extension::read_policy_mappings(value)?
                    .iter()
                    .map(|(issuer, subject)| (issuer.to_string(), subject.to_string()))
                    .collect(),
            ),
            Ok(oid::NAME_CONSTRAINTS) => read_name_constraints(value)?,
            _ => match self.oid.as_str() {
                "2.5.29.18" => ExtensionValue::Names(names(sequence(value)?)?),
                "1.3.6.1.5.5.7.1.1" | "1.3.6.1.5.5.7.1.11" => read_information_access(value)?,
                "2.5.29.16" => read_usage_period(value)?,
                "1.2.643.100.111" => ExtensionValue::SubjectSignTool(text(Input::door(
                    WHAT,
                    value,
                    tag::UTF8_STRING,
                    MAX_OBJECT_OCTETS,
                )?)?),
                "1.2.643.100.112" => read_issuer_sign_tool(value)?,
                "1.2.643.100.114" => ExtensionValue::IdentificationKind(
                    Input::door(WHAT, value, tag::INTEGER, MAX_OBJECT_OCTETS)?.small()?,
                ),
                _ => ExtensionValue::Unread,
            },
        })
    }
}

fn sequence(value: &[u8]) -> Result<Input<'_>, Error> {
    Ok(Input::door(WHAT, value, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open())
}

/// `AuthorityKeyIdentifier ::= SEQUENCE { keyIdentifier [0] OPTIONAL, authorityCertIssuer [1] GeneralNames OPTIONAL, authorityCertSerialNumber [2] OPTIONAL }`
fn read_authority_key_id(value: &[u8]) -> Result<ExtensionValue, Error> {
    let mut input = sequence(value)?;
    let key_id = input.optional(tag::context_primitive(0))?.map(|id| id.body.to_vec());
    let issuer = input.optional(tag::context(1))?.map_or(Ok(Vec::new()), |issuer| names(issuer.open()))?;
    let serial = input.optional(tag::context_primitive(2))?;
    input.end()?;
    let serial = serial.map(|serial| serial.retagged(tag::INTEGER).unsigned().map(<[u8]>::to_vec)).transpose()?;
    Ok(ExtensionValue::AuthorityKeyId { key_id, issuer, serial })
}

/// `AuthorityInfoAccessSyntax ::= SEQUENCE OF SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
fn read_information_access(value: &[u8]) -> Result<ExtensionValue, Error> {
    let mut list = sequence(value)?;
    let mut places = Vec::new();
    while !list.is_empty() {
        let mut place = list.expect(tag::SEQUENCE)?.open();
        places.push((place.any()?.oid()?.to_string(), general_name(place.any()?)?));
        place.end()?;
    }
    Ok(ExtensionValue::InformationAccess(places))
}

/// `NameConstraints ::= SEQUENCE { permittedSubtrees [0] OPTIONAL, excludedSubtrees [1] OPTIONAL }`, each a SEQUENCE OF SEQUENCE { base GeneralName, … }.
fn read_name_constraints(value: &[u8]) -> Result<ExtensionValue, Error> {
    let mut input = sequence(value)?;
    let mut lists = [Vec::new(), Vec::new()];
    for (number, list) in (0..).zip(&mut lists) {
        let Some(subtrees) = input.optional(tag::context(number))? else { continue };
        let mut subtrees = subtrees.open();
        while !subtrees.is_empty() {
            list.push(general_name(subtrees.expect(tag::SEQUENCE)?.open().any()?)?);
        }
    }
    input.end()?;
    let [permitted, excluded] = lists;
    Ok(ExtensionValue::NameConstraints { permitted, excluded })
}

/// `PrivateKeyUsagePeriod ::= SEQUENCE { notBefore [0] GeneralizedTime OPTIONAL, notAfter [1] GeneralizedTime OPTIONAL }`
fn read_usage_period(value: &[u8]) -> Result<ExtensionValue, Error> {
    let mut input = sequence(value)?;
    let mut time = |number| {
        let element = input.optional(tag::context_primitive(number))?;
        element.map(|element| element.retagged(tag::GENERALIZED_TIME).time()).transpose()
    };
    let (not_before, not_after) = (time(0)?, time(1)?);
    input.end()?;
    Ok(ExtensionValue::PrivateKeyUsagePeriod { not_before, not_after })
}

/// `IssuerSignTool ::= SEQUENCE { signTool UTF8String, cATool UTF8String, signToolCert UTF8String, cAToolCert UTF8String }` (order 795 of the FSB).
fn read_issuer_sign_tool(value: &[u8]) -> Result<ExtensionValue, Error> {
    let mut input = sequence(value)?;
    let mut next = || text(input.expect(tag::UTF8_STRING)?);
    let tools = [next()?, next()?, next()?, next()?];
    input.end()?;
    Ok(ExtensionValue::IssuerSignTool(tools))
}

fn names(mut list: Input<'_>) -> Result<Vec<GeneralName>, Error> {
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(general_name(list.any()?)?);
    }
    Ok(names)
}

fn general_name(name: Element<'_>) -> Result<GeneralName, Error> {
    Ok(match name.tag {
        0x81 => GeneralName::Mail(asn1::ascii(name)?.to_owned()),
        0x82 => GeneralName::Host(asn1::ascii(name)?.to_owned()),
        0x86 => GeneralName::Uri(asn1::ascii(name)?.to_owned()),
        0xa4 => {
            let mut wrapper = name.open();
            let directory = Name::read(wrapper.expect(tag::SEQUENCE)?)?;
            wrapper.end()?;
            GeneralName::Directory(directory)
        }
        0x87 => GeneralName::Address(name.body.to_vec()),
        0x88 => GeneralName::Registered(name.retagged(tag::OID).oid()?.to_string()),
        _ => GeneralName::Other(name.whole.to_vec()),
    })
}

fn text(element: Element<'_>) -> Result<String, Error> {
    let text = core::str::from_utf8(element.body);
    text.map(str::to_owned).map_err(|_| Error::malformed(WHAT, "characters that are not UTF-8").at(element.at))
}

const WHAT: &str = "extension";
