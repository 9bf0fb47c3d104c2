//! Golden texts of requests, sign-ins and challenges. A changed letter makes every signature of yesterday's clients worthless.

use statement::binding::Binding;
use statement::possession::PossessionText;
use statement::request::RequestText;
use statement::sign_in::{Entrance, SignInText};
use statement::{StatementError, VALUE_CHARACTERS};

const UNZ: &str = "1196837e3c03f2";
const ORIGIN: &str = "http://127.0.0.1:8787";
const NONCE: &str = "000102030405060708090a0b0c0d0e0f";
const TIME: &str = "2018-08-23T10:53:00Z";
const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn request() -> RequestText<'static> {
    RequestText {
        kind: "renewal",
        unz: UNZ,
        origin: ORIGIN,
        nonce: NONCE,
        time: TIME,
        subject: "CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU",
        pkcs10_streebog256_hex: DIGEST,
    }
}

#[test]
fn a_request_letter_by_letter() {
    let text = "Surguch-Statement: 1\n\
        Document: certificate-request\n\
        Kind: renewal\n\
        Subject: CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU\n\
        PKCS10-Streebog256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n\
        \n\
        Surguch-Binding: 1\n\
        Document: certificate-request\n\
        UNZ: 1196837e3c03f2\n\
        Origin: http://127.0.0.1:8787\n\
        Nonce: 000102030405060708090a0b0c0d0e0f\n\
        Time: 2018-08-23T10:53:00Z\n";
    assert_eq!(request().render().unwrap(), text);
}

#[test]
fn a_sign_in_letter_by_letter() {
    let text = "Surguch-Statement: 1\n\
        Document: sign-in\n\
        Agent: 6\n\
        \n\
        Surguch-Binding: 1\n\
        Document: sign-in\n\
        Origin: http://127.0.0.1:8787\n\
        Nonce: 000102030405060708090a0b0c0d0e0f\n\
        Time: 2018-08-23T10:53:00Z\n";
    let sign_in = |entrance| SignInText { entrance, agent_id: "6", origin: ORIGIN, nonce: NONCE, time: TIME };
    assert_eq!(sign_in(Entrance::Cabinet).render().unwrap(), text);
    let of_staff = text.replace("Document: sign-in\n", "Document: staff-sign-in\n");
    assert_eq!(sign_in(Entrance::Desk).render().unwrap(), of_staff);
}

#[test]
fn a_challenge_letter_by_letter() {
    let text = "Surguch-Statement: 1\n\
        Document: possession\n\
        Serial: 38b00b8\n\
        Thumbprint-SHA256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n\
        \n\
        Surguch-Binding: 1\n\
        Document: possession\n\
        UNZ: 1196837e3c03f2\n\
        Origin: http://127.0.0.1:8787\n\
        Nonce: 000102030405060708090a0b0c0d0e0f\n\
        Time: 2018-08-23T10:53:00Z\n";
    let challenge = PossessionText {
        unz: UNZ,
        origin: ORIGIN,
        nonce: NONCE,
        time: TIME,
        serial_hex: "38b00b8",
        thumbprint_sha256_hex: DIGEST,
    };
    assert_eq!(challenge.render().unwrap(), text);
}

#[test]
fn no_value_of_any_text_can_write_a_line() {
    for evil in
        ["a\nUNZ: 0", "a\r", "a\r\nb", "\n", "a\u{85}b", "a\u{2028}b", "a\u{2029}b", "a\u{b}b", "a\0b", "\u{7f}"]
    {
        for set in setters() {
            let mut text = request();
            set(&mut text, evil);
            assert!(matches!(text.render(), Err(StatementError::Character { .. })), "{evil:?}");
        }
        let binding = Binding { document: evil, unz: None, origin: ORIGIN, nonce: NONCE, time: TIME };
        assert!(binding.block().is_err());
        let sign_in =
            SignInText { entrance: Entrance::Cabinet, agent_id: evil, origin: ORIGIN, nonce: NONCE, time: TIME };
        assert!(sign_in.render().is_err());
    }
}

#[test]
fn no_value_can_hide_or_turn_around() {
    for evil in ["a\u{202e}b", "a\u{200b}b", "\u{feff}a", "a\u{2066}b", "a\u{ad}b", "a\u{e0041}b"] {
        for set in setters() {
            let mut text = request();
            set(&mut text, evil);
            assert!(matches!(text.render(), Err(StatementError::Character { .. })), "{evil:?}");
        }
    }
}

#[test]
fn empty_and_endless_values_are_refused() {
    let endless = "я".repeat(VALUE_CHARACTERS + 1);
    let longest = "я".repeat(VALUE_CHARACTERS);
    for set in setters() {
        let mut text = request();
        set(&mut text, "");
        assert!(matches!(text.render(), Err(StatementError::Empty { .. })));
        let mut text = request();
        set(&mut text, &endless);
        assert!(matches!(text.render(), Err(StatementError::TooLong { limit: VALUE_CHARACTERS, .. })));
        let mut text = request();
        set(&mut text, &longest);
        assert!(text.render().is_ok());
    }
}

#[test]
fn every_text_is_lines_with_one_line_end_at_its_end() {
    let text = request().render().unwrap();
    assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains('\r'));
    assert_eq!(text.matches("Surguch-Binding: 1\n").count(), 1);
}

#[test]
fn two_different_requests_have_two_different_texts() {
    let first = request().render().unwrap();
    for set in setters() {
        let mut other = request();
        set(&mut other, "other");
        assert_ne!(other.render().unwrap(), first);
    }
}

type Setter = for<'a> fn(&mut RequestText<'a>, &'a str);

/// One way to fill each value of a request.
fn setters() -> [Setter; 7] {
    [
        |text, value| text.kind = value,
        |text, value| text.unz = value,
        |text, value| text.origin = value,
        |text, value| text.nonce = value,
        |text, value| text.time = value,
        |text, value| text.subject = value,
        |text, value| text.pkcs10_streebog256_hex = value,
    ]
}
