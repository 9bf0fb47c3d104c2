//! Looking: media, certificates, what is wrong; and the deletion of a key that nobody needs any more.

use crypto::Certificate;
use pkcs11::{Attempts, Contents, KeyHash, Medium, PasswordRules};
use statement::bounded::{Base64, Hex, Many, Text};
use statement::message::{
    Certificates, Code, Finding, Findings, HeldCertificate, LoneKey, OnMedium, Outcome, Refused, Severity, Token,
    Tokens,
};
use statement::ticket::DeleteKey;

use super::media::{self, Files, known, medium_fault};
use super::{Desk, Farewell, fits, now_ms, unanswered, unz};
use crate::admission::{Admitted, refused};
use crate::doctor::{self, Question, examine};
use crate::prompt::{
    CertificateLine, CertificateView, Done, Language, Operation, OrphanKey, Success, WantedCard, Work,
};

pub(super) fn list_tokens(desk: &mut Desk<'_>) -> Result<Outcome, Refused> {
    let mut tokens = Vec::new();
    for token in media::tokens(desk.policy)?.into_iter().take(MEDIA) {
        let info = match token.info() {
            Ok(info) => info,
            Err(error) if error.is_gone() => continue,
            Err(error) => return Err(medium_fault(&error)),
        };
        let pin_tries_left = match info.pin.attempts {
            Attempts::Exactly { left, .. } => Some(left),
            Attempts::Final => Some(1),
            Attempts::Locked => Some(0),
            Attempts::Low | Attempts::Unknown => None,
        };
        tokens.push(Token {
            label: Text::clipped(&info.label),
            manufacturer: Text::clipped(&info.maker),
            model: Text::clipped(&info.model),
            serial: Text::clipped(&info.serial),
            pin_tries_left,
            pin_is_factory: known(info.pin.factory),
        });
    }
    Ok(Outcome::ListTokens(Tokens { tokens: fits(Many::new(tokens))? }))
}

/// What the doctor sees, without a PIN; the bank's clock is the ticket's.
pub(super) fn doctor(admitted: &Admitted, desk: &mut Desk<'_>) -> Result<Outcome, Refused> {
    desk.prompt.working(Work::Looking);
    let registry = pkcs11::registry_folder().filter(|folder| folder.is_dir());
    let picture = examine(&Question {
        modules: media::module_paths(desk.policy),
        folders: registry.map(|folder| Medium::registry(folder, PasswordRules::default())).into_iter().collect(),
        signatory: None,
        now: now_ms() / 1_000,
        bank_now: Some(admitted.ticket.issued_ms / 1_000),
    });
    let model =
        |medium: u64| picture.media.get(usize::try_from(medium).ok()?).and_then(|seen| Text::clipped(&seen.model));
    let mut findings = Vec::new();
    for finding in picture.findings.iter().take(FINDINGS) {
        findings.push(Finding {
            code: fits(Text::new(finding.code.word()))?,
            severity: match finding.code.severity() {
                doctor::Severity::Fine => Severity::Fine,
                doctor::Severity::Warns => Severity::Warning,
                doctor::Severity::Stops => Severity::Obstacle,
            },
            medium: finding.medium.and_then(model),
            detail: None,
        });
    }
    let support_code = Text::new(doctor::encode(&picture)).ok();
    Ok(Outcome::Doctor(Findings { findings: fits(Many::new(findings))?, support_code }))
}

pub(super) fn list_certificates(desk: &mut Desk<'_>) -> Result<Outcome, Refused> {
    let media = media::seen(desk, Files::WithKeys)?;
    let seen = media::choose(desk, media, Files::WithKeys)?;
    let unlocked = media::unlock(desk, &seen, Operation::ViewCertificates)?;
    let contents = unlocked.contents().map_err(|error| medium_fault(&error))?;
    let certificates: Vec<&Certificate> = contents.certificates.iter().take(HELD).collect();
    let language = desk.prompt.language();
    let view = CertificateView {
        medium: seen.shown.clone(),
        certificates: certificates.iter().map(|certificate| line(certificate, &contents, language)).collect(),
    };
    let mut held = Vec::new();
    for certificate in certificates {
        held.push(HeldCertificate {
            certificate: fits(Base64::new(certificate.as_der()))?,
            has_key: has_key(certificate, &contents),
        });
    }
    let lone_keys = contents.orphans().filter(|key| key.has_private).filter_map(|key| {
        let key_id = Hex::new(hex::encode(key.hash()?)).ok()?;
        Some(LoneKey { key_id, algorithm: Text::clipped(&key.kind)? })
    });
    let answer = Certificates {
        serial: Text::clipped(&seen.medium.identity()),
        certificates: fits(Many::new(held))?,
        lone_keys: fits(Many::new(lone_keys.take(HELD).collect()))?,
    };
    desk.prompt.show_certificates(view).map_err(|why| unanswered(&why))?;
    Ok(Outcome::ListCertificates(answer))
}

/// A key that has a certificate is not deleted here, whatever the ticket says.
pub(super) fn delete_key(
    admitted: &Admitted,
    wish: &DeleteKey,
    desk: &mut Desk<'_>,
    farewell: &mut Option<Farewell>,
) -> Result<Outcome, Refused> {
    let hash: KeyHash = hex::decode(wish.key_id.as_str())
        .ok()
        .and_then(|octets| octets.try_into().ok())
        .ok_or_else(|| refused(Code::KeyMissing))?;
    let seen = media::holding(desk, &hash, || WantedCard::Any)?;
    let unlocked = media::unlock(desk, &seen, Operation::DeleteOrphan)?;
    let contents = unlocked.contents().map_err(|error| medium_fault(&error))?;
    let entry = contents.key(&hash).ok_or_else(|| refused(Code::KeyMissing))?;
    if !entry.is_orphan() {
        return Err(refused(Code::KeyInUse));
    }
    let question = OrphanKey {
        medium: seen.shown.clone(),
        key_id: wish.key_id.as_str().to_owned(),
        algorithm: entry.kind.clone(),
        unz: desk.remembered.unz_of_key(wish.key_id.as_str()).map(str::to_owned),
    };
    desk.prompt.confirm_deletion(question).map_err(|why| unanswered(&why))?;
    desk.prompt.working(Work::Deleting);
    unlocked.delete_key(&hash).map_err(|error| medium_fault(&error))?;
    desk.remembered.key_is_used(wish.key_id.as_str());
    desk.write_memory()?;
    let serial = Text::clipped(&seen.medium.identity());
    let done = Success { done: Done::OrphanDeleted, medium: Some(seen.shown), unz: unz(admitted) };
    *farewell = Some(Farewell::Success(done));
    Ok(Outcome::DeleteKey(OnMedium { serial }))
}

fn has_key(certificate: &Certificate, contents: &Contents) -> bool {
    contents.key(&certificate.public_key().spki_sha256()).is_some_and(|key| key.has_private)
}

fn line(certificate: &Certificate, contents: &Contents, language: Language) -> CertificateLine {
    CertificateLine {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        serial_hex: hex::encode(certificate.serial()),
        serial_decimal: decimal(certificate.serial()),
        not_before: day(certificate.not_before(), language),
        not_after: day(certificate.not_after(), language),
        algorithm: certificate.public_key().algorithm().to_string(),
        thumbprint: super::spaced(&hex::encode(certificate.thumbprint_sha256())),
        has_key: has_key(certificate, contents),
    }
}

/// As people write it: `30.08.2018`, in English `2018-08-30`.
fn day(seconds: i64, language: Language) -> String {
    let Ok(at) = time::OffsetDateTime::from_unix_timestamp(seconds) else { return seconds.to_string() };
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    match language {
        Language::Ru => format!("{day:02}.{month:02}.{year:04}"),
        Language::En => format!("{year:04}-{month:02}-{day:02}"),
    }
}

/// A number of big-endian octets in decimal digits.
fn decimal(octets: &[u8]) -> String {
    let mut digits = vec![0_u8];
    for octet in octets {
        let mut carry = u32::from(*octet);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = u8::try_from(carry % 10).unwrap_or_default();
            carry /= 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

/// Most media and most certificates that one answer names.
const MEDIA: usize = 32;
const HELD: usize = 24;
/// As many as an answer has room for, what is worst first.
const FINDINGS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_in_the_windows_language() {
        assert_eq!(day(1_535_587_200, Language::Ru), "30.08.2018");
        assert_eq!(day(1_535_587_200, Language::En), "2018-08-30");
    }

    #[test]
    fn serial_numbers_are_the_same_number_in_decimal() {
        for (octets, digits) in [
            (&[0x03, 0x8b, 0x00, 0xb8][..], "59441336"),
            (&[0][..], "0"),
            (&[0xff; 20][..], "1461501637330902918203684832716283019655932542975"),
        ] {
            assert_eq!(decimal(octets), digits);
        }
    }
}
