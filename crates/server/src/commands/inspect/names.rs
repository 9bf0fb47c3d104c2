//! Names that are the same in every language: of identifiers, and numbers in the notation of people.

/// The name of an identifier in the standard that has it.
pub(super) fn of(oid: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)
}

/// The word id of a CRLReason code (RFC 5280, 5.3.1).
pub(super) fn revocation_reason(code: u8) -> &'static str {
    match code {
        0 => "reason-unspecified",
        1 => "reason-key-compromise",
        2 => "reason-ca-compromise",
        3 => "reason-affiliation-changed",
        4 => "reason-superseded",
        5 => "reason-cessation-of-operation",
        6 => "reason-certificate-hold",
        8 => "reason-remove-from-crl",
        9 => "reason-privilege-withdrawn",
        10 => "reason-aa-compromise",
        _ => "reason-unknown",
    }
}

const NAMES: &[(&str, &str)] = &[
    // Contents of messages.
    ("1.2.840.113549.1.7.1", "data"),
    ("1.2.840.113549.1.7.2", "signedData"),
    ("1.2.840.113549.1.7.3", "envelopedData"),
    ("1.2.840.113549.1.7.5", "digestedData"),
    ("1.2.840.113549.1.7.6", "encryptedData"),
    ("1.2.840.113549.1.9.16.1.4", "id-ct-TSTInfo"),
    // Extensions.
    ("2.5.29.9", "subjectDirectoryAttributes"),
    ("2.5.29.14", "subjectKeyIdentifier"),
    ("2.5.29.15", "keyUsage"),
    ("2.5.29.16", "privateKeyUsagePeriod"),
    ("2.5.29.17", "subjectAltName"),
    ("2.5.29.18", "issuerAltName"),
    ("2.5.29.19", "basicConstraints"),
    ("2.5.29.20", "cRLNumber"),
    ("2.5.29.21", "cRLReason"),
    ("2.5.29.27", "deltaCRLIndicator"),
    ("2.5.29.28", "issuingDistributionPoint"),
    ("2.5.29.30", "nameConstraints"),
    ("2.5.29.31", "cRLDistributionPoints"),
    ("2.5.29.32", "certificatePolicies"),
    ("2.5.29.33", "policyMappings"),
    ("2.5.29.35", "authorityKeyIdentifier"),
    ("2.5.29.36", "policyConstraints"),
    ("2.5.29.37", "extKeyUsage"),
    ("2.5.29.46", "freshestCRL"),
    ("2.5.29.54", "inhibitAnyPolicy"),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess"),
    ("1.3.6.1.5.5.7.1.3", "qcStatements"),
    ("1.3.6.1.5.5.7.1.11", "subjectInfoAccess"),
    ("1.3.6.1.5.5.7.48.1.5", "id-pkix-ocsp-nocheck"),
    ("1.2.643.100.111", "subjectSignTool"),
    ("1.2.643.100.112", "issuerSignTool"),
    ("1.2.643.100.114", "identificationKind"),
    ("1.3.6.1.4.1.311.20.2", "certificateTemplateName"),
    ("1.3.6.1.4.1.311.21.1", "caVersion"),
    ("1.3.6.1.4.1.311.21.7", "certificateTemplate"),
    // Purposes.
    ("2.5.29.37.0", "anyExtendedKeyUsage"),
    ("1.3.6.1.5.5.7.3.1", "serverAuth"),
    ("1.3.6.1.5.5.7.3.2", "clientAuth"),
    ("1.3.6.1.5.5.7.3.3", "codeSigning"),
    ("1.3.6.1.5.5.7.3.4", "emailProtection"),
    ("1.3.6.1.5.5.7.3.8", "timeStamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSPSigning"),
    ("1.3.6.1.4.1.311.20.2.2", "smartcardLogon"),
    // Policies: classes of means (order 795 of the FSB).
    ("2.5.29.32.0", "anyPolicy"),
    ("1.2.643.100.113.1", "KC1"),
    ("1.2.643.100.113.2", "KC2"),
    ("1.2.643.100.113.3", "KC3"),
    ("1.2.643.100.113.4", "KB1"),
    ("1.2.643.100.113.5", "KB2"),
    ("1.2.643.100.113.6", "KA1"),
    // Access.
    ("1.3.6.1.5.5.7.48.1", "OCSP"),
    ("1.3.6.1.5.5.7.48.2", "caIssuers"),
    // Attributes of requests.
    ("1.2.840.113549.1.9.7", "challengePassword"),
    ("1.2.840.113549.1.9.14", "extensionRequest"),
    ("1.3.6.1.4.1.311.2.1.14", "extensionRequest"),
    ("1.3.6.1.4.1.311.13.2.3", "osVersion"),
    ("1.3.6.1.4.1.311.21.20", "requestClientInfo"),
    ("1.3.6.1.4.1.311.13.2.2", "enrolmentCSP"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_one_name() {
        let mut oids: Vec<_> = NAMES.iter().map(|(oid, _)| oid).collect();
        oids.sort();
        oids.dedup();
        assert_eq!(oids.len(), NAMES.len());
    }
}
