//! Time stamps (RFC 3161, RFC 5816): asking for one, reading the answer, verifying what it proves. The authority that gives them is not here yet.
//! A stamp proves that some octets were there at a time; who says so is the authority's certificate, whose chain is the caller's to build.

use core::fmt;

use crate::asn1::{self, AlgorithmIdentifier, Element, Input, MAX_OBJECT_OCTETS, tag};
use crate::{Certificate, DigestAlgorithm, Error, SignedData, Verified, oid};

/// Longest serial number and nonce of a stamp, octets (RFC 3161, 2.4.2, asks for 20).
const MAX_NUMBER_OCTETS: usize = 32;

const WHAT: &str = "time stamp";

/// A question for a time-stamping authority.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimeStampQuery {
    /// Hashes the octets.
    pub digest_algorithm: DigestAlgorithm,
    /// Their digest.
    pub imprint: Vec<u8>,
    /// Dotted identifier of the policy wanted, if any.
    pub policy: Option<String>,
    /// A number the answer must repeat, big-endian without leading zeros.
    pub nonce: Option<Vec<u8>>,
    /// Whether the answer is to carry the authority's certificate.
    pub wants_certificate: bool,
}

impl TimeStampQuery {
    /// A question about `data`; `nonce` is at least eight fresh random octets.
    ///
    /// ```
    /// use surguch_crypto::{DigestAlgorithm, tsp::TimeStampQuery};
    ///
    /// let query = TimeStampQuery::about(b"text", DigestAlgorithm::Streebog256, &[1, 2, 3, 4, 5, 6, 7, 8]);
    /// assert_eq!(TimeStampQuery::from_der(&query.to_der()?)?, query);
    /// # Ok::<(), surguch_crypto::Error>(())
    /// ```
    pub fn about(data: &[u8], digest_algorithm: DigestAlgorithm, nonce: &[u8]) -> Self {
        let leading_zeros = nonce.iter().take_while(|&&octet| octet == 0).count();
        Self {
            digest_algorithm,
            imprint: digest_algorithm.digest(data),
            policy: None,
            nonce: Some(nonce[leading_zeros..].to_vec()),
            wants_certificate: true,
        }
    }

    /// ```text
    /// TimeStampReq ::= SEQUENCE { version INTEGER { v1(1) }, messageImprint MessageImprint, reqPolicy OBJECT IDENTIFIER OPTIONAL,
    ///   nonce INTEGER OPTIONAL, certReq BOOLEAN DEFAULT FALSE, extensions [0] IMPLICIT Extensions OPTIONAL }
    /// ```
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        let imprint = asn1::sequence(&[&self.digest_algorithm.identifier_der(), &asn1::octet_string(&self.imprint)]);
        let policy = self.policy.as_deref().map(|policy| asn1::dotted(WHAT, policy)).transpose()?.unwrap_or_default();
        let nonce = self.nonce.as_deref().map(asn1::unsigned).unwrap_or_default();
        let wants_certificate = if self.wants_certificate { asn1::boolean(true) } else { Vec::new() };
        Ok(asn1::sequence(&[&asn1::small(1), &imprint, &policy, &nonce, &wants_certificate]))
    }

    /// Reads a question; extensions, of which none is known, are `Unsupported`.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut query = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        if query.any()?.small()? != 1 {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        let (digest_algorithm, imprint) = read_imprint(query.expect(tag::SEQUENCE)?)?;
        let policy = query.optional(tag::OID)?.map(|policy| policy.oid()).transpose()?;
        let nonce = query.optional(tag::INTEGER)?.map(|nonce| number(&nonce)).transpose()?;
        let wants_certificate = query.optional(tag::BOOLEAN)?.map_or(Ok(false), |wants| wants.boolean())?;
        if query.optional(tag::context(0))?.is_some() {
            return Err(Error::unsupported("time stamp query", "extensions"));
        }
        query.end()?;
        Ok(Self {
            digest_algorithm,
            imprint,
            policy: policy.map(|policy| policy.to_string()),
            nonce,
            wants_certificate,
        })
    }
}

/// A stamp as it was read; nothing in it has been verified.
#[derive(Clone, PartialEq, Eq)]
pub struct TimeStampToken {
    der: Vec<u8>,
    signed: SignedData,
    policy: String,
    digest_algorithm: DigestAlgorithm,
    imprint: Vec<u8>,
    serial: Vec<u8>,
    time: i64,
    nonce: Option<Vec<u8>>,
}

/// What a good stamp proves.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct TimeStamp {
    /// Seconds since 1970; fractions are cut off.
    pub time: i64,
    /// The certificate the stamp was verified with. Its chain has not been looked at.
    pub authority: Certificate,
}

impl TimeStampToken {
    /// Reads the answer of an authority:
    /// ```text
    /// TimeStampResp ::= SEQUENCE { status SEQUENCE { status INTEGER, statusString SEQUENCE OPTIONAL, failInfo BIT STRING OPTIONAL }, timeStampToken ContentInfo OPTIONAL }
    /// ```
    /// An answer without a stamp is `Unsupported` with the number of its status; so is one with another status than granted (0, or 1: with changes).
    pub fn from_response_der(der: &[u8]) -> Result<Self, Error> {
        let mut response = Input::door(WHAT, der, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        let status = response.expect(tag::SEQUENCE)?.open().any()?.small()?;
        let token = response.optional(tag::SEQUENCE)?;
        response.end()?;
        match (status, token) {
            (0 | 1, Some(token)) => Self::from_der(token.whole).map_err(|error| error.within(token.at)),
            _ => Err(Error::unsupported("time stamp answer", format!("status {status}"))),
        }
    }

    /// Reads a stamp, a CMS message around
    /// ```text
    /// TSTInfo ::= SEQUENCE { version INTEGER { v1(1) }, policy OBJECT IDENTIFIER, messageImprint MessageImprint, serialNumber INTEGER, genTime GeneralizedTime,
    ///   accuracy SEQUENCE OPTIONAL, ordering BOOLEAN DEFAULT FALSE, nonce INTEGER OPTIONAL, tsa [0] GeneralName OPTIONAL, extensions [1] IMPLICIT Extensions OPTIONAL }
    /// ```
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let signed = SignedData::from_der(der)?;
        if signed.content_type() != oid::TIME_STAMP_INFO.to_string() {
            return Err(Error::unsupported("time stamp", signed.content_type()));
        }
        let content = signed.content().ok_or_else(|| Error::malformed(WHAT, "no content"))?.to_vec();
        let mut info = Input::whole_object(WHAT, &content, tag::SEQUENCE, MAX_OBJECT_OCTETS)?.open();
        if info.any()?.small()? != 1 {
            return Err(Error::malformed(WHAT, "unknown version"));
        }
        let policy = info.any()?.oid()?.to_string();
        let (digest_algorithm, imprint) = read_imprint(info.expect(tag::SEQUENCE)?)?;
        let serial = number(&info.expect(tag::INTEGER)?)?;
        let time = read_time(&info.expect(tag::GENERALIZED_TIME)?)?;
        info.optional(tag::SEQUENCE)?;
        info.optional(tag::BOOLEAN)?;
        let nonce = info.optional(tag::INTEGER)?.map(|nonce| number(&nonce)).transpose()?;
        info.optional(tag::context(0))?;
        info.optional(tag::context(1))?;
        info.end()?;
        Ok(Self { der: der.to_vec(), signed, policy, digest_algorithm, imprint, serial, time, nonce })
    }

    /// The stamp as it was read: what is attached to a signature.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The time it names, seconds since 1970; proved by nothing before [`TimeStampToken::verify`].
    pub fn time(&self) -> i64 {
        self.time
    }

    /// Dotted identifier of the policy it was given under.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Its number at its authority, big-endian, without a sign octet.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The digest it is over.
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest_algorithm
    }

    /// The message that carries the stamp.
    pub fn signed_data(&self) -> &SignedData {
        &self.signed
    }

    /// The digest of what was stamped.
    pub fn imprint(&self) -> &[u8] {
        &self.imprint
    }

    /// The certificates that came with it.
    pub fn certificates(&self) -> &[Certificate] {
        self.signed.certificates()
    }

    /// Whether it answers this question: the same imprint and the same nonce, and the policy where one was asked for. `Invalid` of "time-stamp-imprint",
    /// "time-stamp-nonce" or "time-stamp-policy" otherwise.
    pub fn check_answers(&self, query: &TimeStampQuery) -> Result<(), Error> {
        if self.digest_algorithm != query.digest_algorithm || self.imprint != query.imprint {
            return Err(Error::Invalid { what: "time-stamp-imprint" });
        }
        if self.nonce != query.nonce {
            return Err(Error::Invalid { what: "time-stamp-nonce" });
        }
        if query.policy.as_ref().is_some_and(|policy| *policy != self.policy) {
            return Err(Error::Invalid { what: "time-stamp-policy" });
        }
        Ok(())
    }

    /// `Invalid` of "time-stamp-imprint" when it is not over `data`.
    pub(crate) fn check_imprint(&self, data: &[u8]) -> Result<(), Error> {
        if self.digest_algorithm.digest(data) == self.imprint {
            Ok(())
        } else {
            Err(Error::Invalid { what: "time-stamp-imprint" })
        }
    }

    /// Verifies that this is a stamp over `data` by an authority whose certificate came with it or is among the `candidates`:
    /// one signature, signing-certificate in it (version 2, or 1 as old authorities write it), a certificate for time stamping and nothing else
    /// (RFC 3161, 2.3), valid at the time of the stamp.
    ///
    /// `Invalid` of "time-stamp-imprint", "time-stamp-authority", and what [`SignedData::verify`] says.
    pub fn verify(&self, data: &[u8], candidates: &[Certificate]) -> Result<Verified<TimeStamp>, Error> {
        self.check_imprint(data)?;
        let authority = self.signed.verify_time_stamp(candidates)?.certificate;
        let is_for_stamps = authority
            .extensions()
            .iter()
            .any(|extension| extension.critical && extension.oid == oid::EXTENDED_KEY_USAGE.to_string())
            && authority.extended_key_usage().is_some_and(|purposes| purposes == [oid::TIME_STAMPING]);
        if !is_for_stamps || !(authority.not_before()..=authority.not_after()).contains(&self.time) {
            return Err(Error::Invalid { what: "time-stamp-authority" });
        }
        Ok(Verified::by_check(TimeStamp { time: self.time, authority }))
    }
}

impl fmt::Debug for TimeStampToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TimeStampToken({}, {})", self.time, self.digest_algorithm.name())
    }
}

/// `MessageImprint ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashedMessage OCTET STRING }`
fn read_imprint(element: Element<'_>) -> Result<(DigestAlgorithm, Vec<u8>), Error> {
    let mut imprint = element.open();
    let algorithm = DigestAlgorithm::from_identifier(&AlgorithmIdentifier::read(imprint.any()?)?)?;
    let digest = imprint.expect(tag::OCTET_STRING)?.body.to_vec();
    imprint.end()?;
    if digest.len() != algorithm.digest(&[]).len() {
        return Err(Error::malformed(WHAT, "imprint of a wrong length"));
    }
    Ok((algorithm, digest))
}

fn number(element: &Element<'_>) -> Result<Vec<u8>, Error> {
    let octets = element.unsigned()?;
    if octets.len() > MAX_NUMBER_OCTETS {
        return Err(Error::malformed(WHAT, "number too long"));
    }
    Ok(octets.to_vec())
}

/// `YYYYMMDDhhmmss[.s…]Z` (RFC 3161, 2.4.2): whole seconds; DER has no zero at the end of a fraction.
fn read_time(element: &Element<'_>) -> Result<i64, Error> {
    let bad = || Error::malformed(WHAT, "bad time");
    let text = element.body;
    let whole = match text.iter().position(|&octet| octet == b'.') {
        None => text.to_vec(),
        Some(point) => {
            let fraction = text[point + 1..].strip_suffix(b"Z").ok_or_else(bad)?;
            if !fraction.iter().all(u8::is_ascii_digit) || matches!(fraction.last(), None | Some(b'0')) {
                return Err(bad());
            }
            [&text[..point], b"Z"].concat()
        }
    };
    let whole = asn1::tlv(tag::GENERALIZED_TIME, &[&whole]);
    Input::new(WHAT, &whole).any()?.time()
}
