//! What the words in the search field may mean: each meaning that fits is tried. The code of a paper says also which text the paper bears.

use documents::qr::{CodedPaper, PaperCode};
use domain::Refusal;
use domain::actor::Actor;
use domain::ids::RequestId;
use store::views::desk::Wanted;

use crate::api::{Door, Problem};

/// Longest text that is looked at: a name, or the text of a code on paper.
const LONGEST: usize = 300;
/// Contents octets of the longest serial number (RFC 5280 section 4.1.2.2), in decimal digits.
const SERIAL_DECIMAL_DIGITS: usize = 49;
const SERIAL_HEX_DIGITS: usize = 40;
/// SHA-256 of a certificate.
const THUMBPRINT_HEX_DIGITS: usize = 64;
/// Shorter beginnings of names find everybody.
const SHORTEST_NAME: usize = 2;

/// Reads what was typed, or scanned: the code of a paper, in whatever keyboard layout, or an address with the number in it.
pub(super) fn meanings(typed: &str) -> Wanted {
    // No control character is part of a name or a number, and one of the databases refuses texts with a zero in them.
    let text: String = typed.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let text = match code(&text) {
        Some(code) => code.unz.to_string(),
        None => number_in_address(&text).unwrap_or(text),
    };
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let is_hex = !dense.is_empty() && dense.bytes().all(|octet| octet.is_ascii_hexdigit());
    let is_decimal = !dense.is_empty() && dense.bytes().all(|octet| octet.is_ascii_digit());
    let mut serials = Vec::new();
    if is_hex && dense.len() <= SERIAL_HEX_DIGITS {
        serials.push(even(&dense));
    }
    if is_decimal && dense.len() <= SERIAL_DECIMAL_DIGITS {
        serials.push(hex_of_decimal(&dense));
    }
    serials.dedup();
    let is_name = text.chars().count() >= SHORTEST_NAME && text.chars().any(|c| c.is_alphabetic());
    let thumbprint = hex::decode(&dense).ok().filter(|_| dense.len() == THUMBPRINT_HEX_DIGITS);
    Wanted {
        unz: dense.parse().ok(),
        inn: (is_decimal && matches!(dense.len(), 10 | 12)).then(|| dense.clone()),
        serials,
        thumbprint_sha256: thumbprint.and_then(|octets| octets.try_into().ok()),
        uid: dense.parse().ok(),
        owner_id: (is_hex && dense.len() == 13).then(|| dense.clone()),
        names: if is_name { in_both_orders(&text) } else { Vec::new() },
        organisation: is_name.then_some(text),
    }
}

/// The code of a paper, where it was one that was typed or scanned.
pub(super) fn code(typed: &str) -> Option<PaperCode> {
    typed.trim().parse().ok()
}

/// Whether a paper with this code bears the text that its request has now. A paper outlives the text: a corrected request has another one.
pub(super) async fn is_current(
    door: &Door,
    actor: Actor,
    request: RequestId,
    code: &PaperCode,
) -> Result<bool, Problem> {
    let hash = match code.paper {
        CodedPaper::Act => {
            let act = door.ask(move |ra, at| ra.act_file(&actor, request, at)).await;
            act.map(|act| crypto::streebog256(act.text.as_bytes()).to_vec())
        }
        CodedPaper::Application => match door.ask(move |ra, _| ra.application(&actor, request)).await {
            Ok(file) => crate::papers::application_hash(door, file).await,
            Err(problem) => Err(problem),
        },
    };
    match hash {
        Ok(hash) => Ok(hash == code.hash),
        // There is no such paper of this request.
        Err(Problem::Refused { refused, .. })
            if matches!(refused.refusal, Refusal::ActAbsent | Refusal::NotFound | Refusal::StageDoesNotAllow) =>
        {
            Ok(false)
        }
        Err(problem) => Err(problem),
    }
}

/// The record writes the surname first, and people say it last: «Иван Рогов» is looked for as «Рогов Иван» too.
fn in_both_orders(name: &str) -> Vec<String> {
    let mut orders = vec![name.to_owned()];
    if let Some((rest, last)) = name.trim().rsplit_once(char::is_whitespace) {
        orders.push(format!("{last} {}", rest.trim()));
    }
    orders
}

/// `…/status?unz=1196837e3c03f2` and the like.
fn number_in_address(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("unz=").or_else(|| text.split_once("UNZ="))?;
    Some(rest.chars().take_while(char::is_ascii_hexdigit).collect())
}

/// As serial numbers are kept: whole octets, none of them leading zeros.
fn even(hex: &str) -> String {
    let hex = hex.trim_start_matches('0');
    if hex.len() % 2 == 1 { format!("0{hex}") } else { hex.to_owned() }
}

fn hex_of_decimal(decimal: &str) -> String {
    let mut octets: Vec<u8> = Vec::new();
    for digit in decimal.bytes() {
        let mut carry = u32::from(digit - b'0');
        for octet in octets.iter_mut().rev() {
            let value = u32::from(*octet) * 10 + carry;
            *octet = value.to_le_bytes()[0];
            carry = value >> 8;
        }
        if carry > 0 {
            octets.insert(0, carry.to_le_bytes()[0]);
        }
    }
    hex::encode(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_of_a_serial_number_mean_the_same() {
        let both = |text: &str| meanings(text).serials;
        assert!(both("59441336").contains(&"038b00b8".to_owned()), "{:?}", both("59441336"));
        assert_eq!(both("38b00b8"), ["038b00b8"]);
        assert_eq!(both("038B 00B8"), ["038b00b8"]);
        assert_eq!(hex_of_decimal("0"), "");
        assert_eq!(hex_of_decimal("340282366920938463463374607431768211455"), "f".repeat(32));
        assert!(both(&"9".repeat(60)).is_empty());
    }

    #[test]
    fn a_text_is_tried_in_every_meaning_that_fits() {
        let unz = meanings("1196837e3c03f2");
        assert!(unz.unz.is_some() && unz.inn.is_none());
        assert_eq!(meanings("http://127.0.0.1/status?unz=1196837e3c03f2&x=1").unz, unz.unz);
        let code = format!("SURGUCH1:1196837E3C03F2:ACT:{}", "0A".repeat(32));
        assert_eq!(meanings(&code), unz);
        assert_eq!(meanings("5400000004").inn.as_deref(), Some("5400000004"));
        assert_eq!(meanings("146b79e7de8a0").owner_id.as_deref(), Some("146b79e7de8a0"));
        let uid = meanings("34b73a09 000000000007").uid.map(|uid| uid.to_string());
        assert_eq!(uid.as_deref(), Some("34B73A09000000000007"));
        assert!(meanings("34B73A0900000000000").uid.is_none());
        let name = meanings(" \u{440}\u{43e}\u{433}\u{43e}\u{432} ");
        assert_eq!(name.names, ["\u{440}\u{43e}\u{433}\u{43e}\u{432}"]);
        assert_eq!(meanings("Ro\u{0}gov\n").names, ["Rogov"]);
        assert_eq!(meanings("Ivan  Petrovich Rogov").names, ["Ivan  Petrovich Rogov", "Rogov Ivan  Petrovich"]);
        let thumbprint = "0A".repeat(32);
        assert_eq!(meanings(&thumbprint).thumbprint_sha256, Some([10; 32]));
        assert_eq!(meanings(&thumbprint[2..]).thumbprint_sha256, None);
        assert_eq!(meanings(""), Wanted::default());
        assert_eq!(meanings("x"), Wanted::default());
    }
}
