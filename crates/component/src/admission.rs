//! Whether a ticket is good here and now. Pure: policy, memory and clock are arguments; nothing is shown to anybody yet.

use statement::bounded::{Hex, Text};
use statement::message::{Code, Refused, Run, Site};
use statement::ticket::{CLOCK_TOLERANCE_MS, Sealed, Ticket, TicketError};

use crate::memory::Remembered;
use crate::origin::Origin;
use crate::policy::{Policy, Rule};

/// A ticket that holds, and what the person must still be asked about the site.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    /// The ticket.
    pub ticket: Ticket,
    /// The page.
    pub origin: Origin,
    /// SHA-256 of the bank's key, to be shown and remembered.
    pub bank_key_sha256: [u8; 32],
    /// Whether the site is let in already, or the person must say so first.
    pub first_use: bool,
}

/// Judges a ticket.
///
/// # Errors
/// The first thing that does not hold; a page that may not come in learns nothing about its ticket.
pub fn admit(
    origin: &Origin,
    run: &Run,
    policy: &Policy,
    remembered: &Remembered,
    now_ms: i64,
) -> Result<Admitted, Refused> {
    // guard: site-let-in
    if site(origin, policy, remembered) == Site::Refused {
        return Err(refused(Code::OriginRefused));
    }
    let key = crypto::PublicKey::from_spki_der(run.bank_key.octets())
        .map_err(|error| because(Code::TicketMalformed, &format!("the bank's key: {error}")))?;
    let bank_key_sha256 = key.spki_sha256();
    let pinned = match (policy.rule(origin), remembered.consent(origin)) {
        (Some(Rule::Allowed { bank_key_sha256 }), _) => Some(hex::encode(bank_key_sha256)),
        (_, Some(consent)) => Some(consent.bank_key_sha256.clone()),
        (_, None) => None,
    };
    // guard: key-of-the-bank
    if pinned.as_ref().is_some_and(|pinned| *pinned != hex::encode(bank_key_sha256)) {
        return Err(refused(Code::BankKeyChanged));
    }

    let sealed = Sealed::parse(run.ticket.as_str()).map_err(|error| ticket_fault(&error))?;
    // guard: ticket-signed-by-the-bank
    key.verify(key.algorithm().signature_algorithm(), &sealed.signed_octets(), &sealed.signature)
        .map_err(|_| refused(Code::TicketForged))?;
    let ticket = sealed.open().map_err(|error| ticket_fault(&error))?;
    let nonce = ticket.nonce.clone();
    let refuse = |code| Err(Refused { nonce: Some(nonce.clone()), ..refused(code) });
    // guard: ticket-of-this-site
    if ticket.origin.as_str() != origin.as_str() {
        return refuse(Code::TicketOfOtherOrigin);
    }
    // guard: ticket-of-this-page
    if !is_preimage(&run.session, ticket.session_sha256.as_str()) {
        return refuse(Code::TicketOfOtherSession);
    }
    // guard: ticket-of-this-hour
    if now_ms.abs_diff(ticket.issued_ms) > CLOCK_TOLERANCE_MS.unsigned_abs() {
        return refuse(Code::ClockWrong);
    }
    // guard: ticket-not-used
    if remembered.was_used(ticket.nonce.as_str()) {
        return refuse(Code::TicketReplayed);
    }
    // guard: operations-a-minute
    if remembered.begun_since(now_ms.saturating_sub(60_000)) >= OPERATIONS_PER_MINUTE {
        return refuse(Code::RateLimited);
    }
    Ok(Admitted { ticket, origin: origin.clone(), bank_key_sha256, first_use: pinned.is_none() })
}

/// How a site stands.
#[must_use]
pub fn site(origin: &Origin, policy: &Policy, remembered: &Remembered) -> Site {
    match policy.rule(origin) {
        Some(Rule::Allowed { .. }) => Site::Allowed,
        Some(Rule::Refused) => Site::Refused,
        // guard: no-first-use-where-it-is-forbidden
        None if !policy.first_use_consent => Site::Refused,
        None if remembered.consent(origin).is_some() => Site::Allowed,
        None => Site::Unknown,
    }
}

/// The secret is named by the digest of its octets.
fn is_preimage(session: &Hex<32, 32>, sha256: &str) -> bool {
    hex::decode(session.as_str()).is_ok_and(|octets| hex::encode(crypto::sha256(&octets)) == sha256)
}

fn ticket_fault(error: &TicketError) -> Refused {
    match error {
        TicketError::OperationUnknown => refused(Code::OperationUnknown),
        TicketError::TooLong | TicketError::Form | TicketError::Payload(_) => {
            because(Code::TicketMalformed, &error.to_string())
        }
    }
}

pub(crate) fn refused(code: Code) -> Refused {
    Refused { nonce: None, code, detail: None }
}

pub(crate) fn because(code: Code, detail: &str) -> Refused {
    Refused { nonce: None, code, detail: Text::clipped(detail) }
}

/// A person who works fast begins one operation in ten seconds or so; a page that pesters is cut off.
pub const OPERATIONS_PER_MINUTE: usize = 12;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use crypto::{KeyAlgorithm, PrivateKey, Signer as _};
    use statement::bounded::Base64;
    use statement::ticket::{Nothing, Operation, VERSION, seal, signed_octets};

    use super::*;
    use crate::memory::Consent;

    const NOW: i64 = 1_800_000_000_000;

    fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
        rand_core::UnwrapErr(getrandom::SysRng)
    }

    struct Bank(PrivateKey);

    impl Bank {
        fn new() -> Self {
            Self(PrivateKey::generate(KeyAlgorithm::Gost(crypto::gost::ParameterSet::Tc26_256A), &mut rng()).unwrap())
        }

        fn key_sha256(&self) -> String {
            hex::encode(self.0.public_key().spki_sha256())
        }

        fn run(&self, payload: &[u8]) -> Run {
            let signature = self.0.sign(&signed_octets(payload), &mut rng()).unwrap();
            Run {
                ticket: Text::new(seal(payload, &signature)).unwrap(),
                bank_key: Base64::new(self.0.public_key().to_spki_der()).unwrap(),
                session: Hex::new("ab".repeat(32)).unwrap(),
                language: None,
            }
        }
    }

    fn ticket() -> Ticket {
        Ticket {
            version: VERSION,
            bank: Text::new("«Шестой банк»").unwrap(),
            origin: Text::new("https://bank.example").unwrap(),
            unz: None,
            nonce: Hex::new("01".repeat(16)).unwrap(),
            issued_ms: NOW,
            session_sha256: Hex::new(hex::encode(crypto::sha256(&[0xab; 32]))).unwrap(),
            operation: Operation::Doctor(Nothing {}),
        }
    }

    fn at(origin: &str, run: &Run, policy: &Policy, remembered: &Remembered) -> Result<Admitted, Code> {
        admit(&Origin::parse(origin).unwrap(), run, policy, remembered, NOW).map_err(|refused| refused.code)
    }

    fn plain(run: &Run) -> Result<Admitted, Code> {
        at("https://bank.example", run, &Policy::default(), &Remembered::default())
    }

    fn let_in(key: &str) -> Remembered {
        let mut remembered = Remembered::default();
        let consent = Consent {
            origin: "https://bank.example".into(),
            bank_key_sha256: key.to_owned(),
            bank: "«Шестой банк»".into(),
            at_ms: 0,
        };
        remembered.let_in(consent);
        remembered
    }

    #[test]
    fn a_good_ticket_is_admitted_and_a_new_site_must_be_asked_about() {
        let bank = Bank::new();
        let run = bank.run(&ticket().to_payload());
        let admitted = plain(&run).unwrap();
        assert!(admitted.first_use);
        assert_eq!(admitted.ticket, ticket());
        let known = at("https://bank.example", &run, &Policy::default(), &let_in(&bank.key_sha256())).unwrap();
        assert!(!known.first_use);
        let policy =
            format!("[[site]]\norigin = \"https://bank.example\"\nbank_key_sha256 = \"{}\"", bank.key_sha256());
        let by_policy = Policy::parse(&policy).unwrap();
        assert!(!at("https://bank.example", &run, &by_policy, &Remembered::default()).unwrap().first_use);
    }

    #[test]
    fn a_foreign_origin_is_refused() {
        let bank = Bank::new();
        let run = bank.run(&ticket().to_payload());
        let nobody = Remembered::default();
        for origin in ["https://evil.example", "https://bank.example:8443", "http://localhost"] {
            assert_eq!(at(origin, &run, &Policy::default(), &nobody), Err(Code::TicketOfOtherOrigin), "{origin}");
        }
        let strict = Policy::parse("first_use_consent = false").unwrap();
        assert_eq!(at("https://bank.example", &run, &strict, &nobody), Err(Code::OriginRefused));
        // What a person once allowed does not stand against the policy.
        assert_eq!(at("https://bank.example", &run, &strict, &let_in(&bank.key_sha256())), Err(Code::OriginRefused));
        let named = Policy::parse("[[site]]\norigin = \"https://bank.example\"\nrefused = true").unwrap();
        assert_eq!(at("https://bank.example", &run, &named, &nobody), Err(Code::OriginRefused));
    }

    #[test]
    fn a_forged_ticket_is_refused() {
        let (bank, other) = (Bank::new(), Bank::new());
        let run = bank.run(&ticket().to_payload());
        // Another payload under this signature: an operation changed, a later time.
        let sealed = Sealed::parse(run.ticket.as_str()).unwrap();
        for change in [
            Ticket { operation: Operation::ChangePins(Nothing {}), ..ticket() },
            Ticket { issued_ms: NOW + 1, ..ticket() },
            Ticket { bank: Text::new("Другой банк").unwrap(), ..ticket() },
        ] {
            let forged = seal(&change.to_payload(), &sealed.signature);
            assert_eq!(plain(&Run { ticket: Text::new(forged).unwrap(), ..run.clone() }), Err(Code::TicketForged));
        }
        // Signed by a key that is not the one named, and by one that was never let in.
        let foreign = Run { bank_key: other.run(b"{}").bank_key, ..run.clone() };
        assert_eq!(plain(&foreign), Err(Code::TicketForged));
        let theirs = other.run(&ticket().to_payload());
        let remembered = let_in(&bank.key_sha256());
        let known = at("https://bank.example", &theirs, &Policy::default(), &remembered);
        assert_eq!(known, Err(Code::BankKeyChanged));
        // A signature over something else of the bank's.
        let bare = bank.0.sign(&ticket().to_payload(), &mut rng()).unwrap();
        let bare = Text::new(seal(&ticket().to_payload(), &bare)).unwrap();
        assert_eq!(plain(&Run { ticket: bare, ..run }), Err(Code::TicketForged));
    }

    #[test]
    fn a_replayed_ticket_is_refused() {
        let bank = Bank::new();
        let mut remembered = Remembered::default();
        remembered.use_up(ticket().nonce.as_str(), NOW - 1);
        let run = bank.run(&ticket().to_payload());
        assert_eq!(at("https://bank.example", &run, &Policy::default(), &remembered), Err(Code::TicketReplayed));
    }

    #[test]
    fn a_ticket_far_from_this_clock_says_that_the_clock_is_wrong() {
        let bank = Bank::new();
        for (off_ms, wanted) in [(0, None), (299_999, None), (300_001, Some(Code::ClockWrong))] {
            for issued_ms in [NOW - off_ms, NOW + off_ms] {
                let run = bank.run(&Ticket { issued_ms, ..ticket() }.to_payload());
                assert_eq!(plain(&run).err(), wanted, "{}", issued_ms - NOW);
            }
        }
        for issued_ms in [i64::MIN, i64::MAX] {
            let run = bank.run(&Ticket { issued_ms, ..ticket() }.to_payload());
            assert_eq!(plain(&run).err(), Some(Code::ClockWrong));
        }
    }

    #[test]
    fn a_ticket_of_another_page_session_is_refused() {
        let bank = Bank::new();
        let run = Run { session: Hex::new("ac".repeat(32)).unwrap(), ..bank.run(&ticket().to_payload()) };
        assert_eq!(plain(&run), Err(Code::TicketOfOtherSession));
    }

    #[test]
    fn a_ticket_to_sign_a_digest_is_no_operation_even_when_the_bank_signed_it() {
        let bank = Bank::new();
        let mut payload: serde_json::Value = serde_json::from_slice(&ticket().to_payload()).unwrap();
        for kind in ["sign-hash", "sign-text", "sign", "decrypt"] {
            payload["operation"] = serde_json::json!({ "kind": kind, "hash": "00" });
            let run = bank.run(&serde_json::to_vec(&payload).unwrap());
            assert_eq!(plain(&run), Err(Code::OperationUnknown));
        }
    }

    #[test]
    fn a_page_that_pesters_is_cut_off() {
        let bank = Bank::new();
        let mut remembered = Remembered::default();
        for number in 0..OPERATIONS_PER_MINUTE {
            remembered.use_up(&number.to_string(), NOW - 1_000);
        }
        let run = bank.run(&ticket().to_payload());
        assert_eq!(at("https://bank.example", &run, &Policy::default(), &remembered), Err(Code::RateLimited));
        let later =
            admit(&Origin::parse("https://bank.example").unwrap(), &run, &Policy::default(), &remembered, NOW + 60_000);
        assert!(later.is_ok());
    }
}
