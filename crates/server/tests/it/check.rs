//! The page on which anybody learns what a signature is worth.

use crate::bank::{Bank, key, now, rng, sign};
use crate::browser::{Browser, Loaded};

fn bring(browser: &Browser<'_>, signature: &[u8], text: Option<&[u8]>) -> Loaded {
    let page = browser.get("/check");
    let mut files = vec![("signature", "act.p7s", signature)];
    files.extend(text.map(|text| ("text", "act.txt", text)));
    browser.upload(&page, "/check", &[], &files)
}

fn says(page: &Loaded, status: u16, words: &[&str]) {
    assert_eq!(page.status, status, "{}", page.text());
    for words in words {
        assert!(page.text().contains(words), "{words} is not in {}", page.text());
    }
}

#[test]
fn anybody_learns_in_words_what_a_signature_is_worth() {
    let bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let code = bank.code();
    let act = bank.get(&format!("/api/v1/delivery/{}/{code}/act", bank.agent), "").octets;
    let card = bank.desk(&card);
    let (rogov, unz) = (&bank.rogov, card["unz"].as_str().unwrap());
    let browser = Browser::new(&bank, "ru");

    // Text and signature in one file, and apart.
    let whole = rogov.sign(&act);
    let attached = bring(&browser, whole.as_bytes(), None);
    let known = format!("Это акт приема-передачи по запросу {unz}");
    let subject = rogov.certificate.subject().to_string();
    says(
        &attached,
        200,
        &["Подписи сходятся с текстом", &known, &subject, "действовал во время подписи", "Серийный номер 2"],
    );
    let detached =
        |text: &[u8]| crypto::sign_cms(text, true, &rogov.key, &rogov.certificate, &[], now(), &mut rng()).unwrap();
    says(&bring(&browser, &detached(&act), Some(&act)), 200, &["Подписи сходятся с текстом", &known]);
    says(&bring(&browser, whole.as_bytes(), Some(&act)), 200, &["Подписи сходятся с текстом", &known]);

    // What openssl signs is judged alike; a countersignature has a line of its own.
    let message = crypto::SignedData::from_der(&detached(&act)).unwrap();
    let bank_person = crypto::CmsSigner { signer: &rogov.key, certificate: &rogov.certificate };
    let counter = message.with_countersignature(0, &bank_person, now(), &mut rng()).unwrap().to_der().unwrap();
    says(&bring(&browser, &counter, Some(&act)), 200, &["Подписи сходятся с текстом", "Заверяющая подпись"]);

    // One character changed; the signature damaged; somebody whom no authority vouches for.
    let mut other = act.clone();
    other.extend_from_slice(b" ");
    let not_all = "Верны не все подписи";
    says(&bring(&browser, &detached(&act), Some(&other)), 200, &[not_all, "Подписан другой текст", "банка нет"]);
    let mut damaged = detached(&act);
    *damaged.last_mut().unwrap() ^= 1;
    says(&bring(&browser, &damaged, Some(&act)), 200, &[not_all, "не сходится с сертификатом", &known]);
    let stranger = key("gost-256-a");
    let alone = self_made(&stranger);
    let foreign = sign(&stranger, &alone, &act);
    says(&bring(&browser, foreign.as_bytes(), None), 200, &[not_all, "не тем центром", "Stranger"]);

    // A text the bank never saw is said to be one, whoever signed it.
    let unknown = bring(&browser, rogov.sign(b"<script>alert(1)</script>").as_bytes(), None);
    says(&unknown, 200, &["Все подписи верны", "Такого текста среди документов банка нет"]);
    assert!(!unknown.html.contains("<script>alert"), "{}", unknown.html);

    // Files that are none, in words and without anything of them on the page.
    says(&bring(&browser, b"", None), 400, &["не файл подписи"]);
    says(&bring(&browser, b"<b>hello</b>", Some(&act)), 400, &["не файл подписи"]);
    says(&bring(&browser, &detached(&act), None), 400, &["Приложите файл с текстом"]);
    says(&bring(&browser, whole.as_bytes(), Some(b"another")), 400, &["лежит другой документ"]);
    let huge = bring(&browser, &vec![0x30; 400_000], None);
    says(&huge, 413, &["body-too-large"]);
    assert_eq!(Browser::new(&bank, "ru").post("/check", &[("signature", "x")]).status, 409, "a form of another site");
}

#[test]
fn both_hashes_of_the_text_are_named_the_one_that_papers_print_and_the_other() {
    let bank = Bank::open("");
    let text = b"any text";
    let spaced = |hash: [u8; 32]| hash.chunks(4).map(hex::encode).collect::<Vec<_>>().join(" ");
    let (streebog, sha) = (spaced(crypto::streebog256(text)), spaced(crypto::sha256(text)));
    let english = ("en", "GOST R 34.11-2012, 256 bit (as on paper and in its QR code)", "SHA-256 of the text");
    for (language, gost, other) in
        [("ru", "ГОСТ Р 34.11-2012, 256 бит (как на бумаге и в её QR-коде)", "SHA-256 текста"), english]
    {
        let page = bring(&Browser::new(&bank, language), bank.rogov.sign(text).as_bytes(), None);
        says(&page, 200, &[&format!("{gost} {streebog}"), &format!("{other} {sha}")]);
    }
}

#[test]
fn what_the_bank_accepted_and_what_a_signer_only_says_are_told_apart() {
    let bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    let card = bank.begin(&token);
    bank.hand_in(&token, &card);
    bank.approve(&card);
    let delivery = format!("/api/v1/delivery/{}/{}", bank.agent, bank.code());
    let act = bank.get(&format!("{delivery}/act"), "").octets;
    let (rogov, browser) = (&bank.rogov, Browser::new(&bank, "ru"));
    let by = |key: &crypto::PrivateKey, certificate: &crypto::Certificate, claimed: i64| {
        crypto::sign_cms(&act, true, key, certificate, &[], claimed, &mut rng()).unwrap()
    };

    let handed_in = by(&rogov.key, &rogov.certificate, now());
    let not_everything = "не всё подтверждено";
    let absent = "Банк такой подписи под этим документом не принимал";
    says(&bring(&browser, &handed_in, Some(&act)), 200, &[not_everything, absent, "Верна со слов подписавшего"]);
    bank.post(&format!("{delivery}/act"), "", &handed_in).json();
    let accepted = bring(&browser, &handed_in, Some(&act));
    says(&accepted, 200, &["Все подписи верны", "Банк принял эту подпись"]);
    assert!(!accepted.text().contains("Верна со слов"), "{}", accepted.text());
    // The same person, the same text, once more.
    says(&bring(&browser, &by(&rogov.key, &rogov.certificate, now() - 1), Some(&act)), 200, &[not_everything, absent]);
    let tomorrow = by(&rogov.key, &rogov.certificate, now() + 86_400);
    says(&bring(&browser, &tomorrow, Some(&act)), 200, &["Верны не все подписи", "ещё не наступило"]);

    // Whoever keeps the key of a certificate that ended yesterday can sign today and say that it was the day before.
    let kept = key("gost-256-a");
    let ended = bank.signatory("Ivanov 9", crypto::Signer::public_key(&kept).to_spki_der(), -1);
    let backdated = bring(&browser, &by(&kept, &ended, now() - 36 * 3_600), Some(&act));
    says(&backdated, 200, &[not_everything, "Теперь его срок истёк", "названо самим подписавшим"]);
    assert!(!backdated.text().contains("Все подписи верны"), "{}", backdated.text());
    let english = bring(&Browser::new(&bank, "en"), &by(&kept, &ended, now() - 36 * 3_600), Some(&act));
    says(
        &english,
        200,
        &["not everything is confirmed", "by the signer's own word", "The bank accepted no such signature"],
    );
}

/// A certificate that nobody else has signed.
pub(crate) fn self_made(key: &crypto::PrivateKey) -> crypto::Certificate {
    use crypto::Signer as _;
    let name = crypto::Name::from_pairs([("2.5.4.3", "<b>Stranger")]).unwrap();
    let tbs = crypto::TbsCertificate {
        serial: vec![9],
        signature_algorithm: key.signature_algorithm(),
        issuer_der: name.to_der(),
        not_before: now() - 60,
        not_after: now() + 600,
        subject: name,
        spki_der: key.public_key().to_spki_der(),
        extensions: Vec::new(),
    };
    let tbs = tbs.to_der().unwrap();
    let signature = key.sign(&tbs, &mut rng()).unwrap();
    crypto::Certificate::from_der(&crypto::assemble(&tbs, key.signature_algorithm(), &signature)).unwrap()
}
