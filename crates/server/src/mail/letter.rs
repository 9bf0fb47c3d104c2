//! One letter: words chosen, variables filled in, a message that no variable can add a header to. It says the same twice, as text and as
//! HTML (RFC 2046 section 5.1.4): no pictures, no scripts, nothing from outside, one link at most.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::calendar::Calendar;
use domain::certificate::RevocationReason;
use lettre::Message;
use lettre::message::{MultiPart, SinglePart};
use ra::Letter;

use super::MailError;
use crate::words::{Language, ProcedureWords, Speech, local_date, local_time};

/// A finished message.
pub(crate) struct Envelope {
    /// The same for every try of this letter.
    pub(crate) id: String,
    /// RFC 5322.
    pub(crate) message: Message,
}

/// Whose letter it is, as far as the letter itself does not say.
pub(crate) struct Sender<'a> {
    /// In place of the agent's address.
    pub(crate) from: Option<&'a str>,
    /// Names us in the message id.
    pub(crate) host: &'a str,
    /// The agent's, for dates as its clients read them.
    pub(crate) calendar: &'a Calendar,
}

/// Between the Russian and the English half. Not "-- ", which mail programs take for the beginning of a signature and fold away.
const SEPARATOR: &str = "\n\n* * *\n\n";

/// Renders a letter.
pub(crate) fn render(letter: &Letter, words: &ProcedureWords, sender: &Sender<'_>) -> Result<Envelope, MailError> {
    let text = |language, part: &str| {
        let id = format!("mail-{}-{part}", letter.notice.name());
        match words.text(language, &id, &arguments(letter, language, sender.calendar)) {
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err(permanent(format!("{}: no words {id}", letter.procedure))),
            Err(error) => Err(permanent(error.to_string())),
        }
    };
    let (ru, en) = (text(Language::Ru, "subject")?, text(Language::En, "subject")?);
    let subject = one_line(&if ru == en { ru } else { format!("{ru} / {en}") });
    let body = |language| -> Result<String, MailError> {
        let text = text(language, "body")?;
        // Whoever is told where to call is told when.
        let hours = letter.support.hours.as_ref().filter(|_| text.contains(language.of(&letter.support.phone)));
        let hours = hours.map(|hours| Speech::new(language).say1("support-hours", "hours", language.of(hours)));
        Ok(paragraphs(&text).chain(hours.as_deref()).collect::<Vec<_>>().join("\n\n"))
    };
    let (in_russian, in_english) = (body(Language::Ru)?, body(Language::En)?);
    let html = HtmlLetter {
        subject: &subject,
        agent: &letter.agent_name,
        halves: [
            Half::new(Language::Ru, &in_russian, letter.link.as_deref()),
            Half::new(Language::En, &in_english, letter.link.as_deref()),
        ],
    };
    let html = askama::Template::render(&html).map_err(|error| permanent(error.to_string()))?;
    let plain = |text: &str| plain(&around(text, letter.link.as_deref()));
    let body = format!("{}{SEPARATOR}{}\n", plain(&in_russian), plain(&in_english));

    let mailbox =
        |what: &str, address: &str| address.parse().map_err(|_| permanent(format!("{what} is not a mail address")));
    let id = one_line(&letter.message_id);
    let seconds = u64::try_from(letter.at.seconds()).unwrap_or(0);
    let date: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds);
    // A retry is the same letter to the octet: it has the date of the first try, and the border between its parts is no random one.
    let border = hex::encode(&crypto::sha256(format!("surguch letter {id}").as_bytes())[..BORDER_OCTETS]);
    let parts = MultiPart::alternative()
        .boundary(border)
        .singlepart(SinglePart::plain(body))
        .singlepart(SinglePart::html(html));
    let message = Message::builder()
        .from(mailbox("the sender", sender.from.unwrap_or(&letter.from))?)
        .to(mailbox("the recipient", letter.to.as_str())?)
        .subject(subject)
        .date(date)
        .message_id(Some(format!("<{}@{}>", token(&id), sender.host)))
        .multipart(parts)
        .map_err(|error| permanent(error.to_string()))?;
    Ok(Envelope { id, message })
}

/// Of the digest of a letter's id.
const BORDER_OCTETS: usize = 16;

/// The letter as HTML.
#[derive(askama::Template)]
#[template(path = "letter.html")]
struct HtmlLetter<'a> {
    subject: &'a str,
    agent: &'a str,
    halves: [Half<'a>; 2],
}

/// The letter in one language.
struct Half<'a> {
    language: &'static str,
    paragraphs: Vec<Vec<Piece<'a>>>,
}

/// A piece of a paragraph.
struct Piece<'a> {
    text: &'a str,
    /// Where it leads.
    link: Option<&'a str>,
}

/// As they stand in the letter without HTML. Mail programs take a full stop for the end of the address that it touches: there it stands in
/// angle brackets (RFC 3986, appendix C).
fn plain(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    for (place, piece) in pieces.iter().enumerate() {
        let Some(link) = piece.link else {
            text.push_str(piece.text);
            continue;
        };
        if link != piece.text {
            text.push_str(piece.text);
            text.push_str(": ");
        }
        let touches = pieces.get(place + 1).is_some_and(|next| !next.text.starts_with(char::is_whitespace));
        if touches { text.push_str(&format!("<{link}>")) } else { text.push_str(link) }
    }
    text
}

/// Parted by empty lines. One that a variable left empty is none.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
}

impl<'a> Half<'a> {
    /// Only the link that the letter is about becomes one: what people typed stays text.
    fn new(language: Language, text: &'a str, link: Option<&'a str>) -> Self {
        Self { language: language.name(), paragraphs: paragraphs(text).map(|text| around(text, link)).collect() }
    }
}

/// The link wherever it stands, and what is between. Words may name it: `[here]({ $link })`.
fn around<'a>(text: &'a str, link: Option<&'a str>) -> Vec<Piece<'a>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    let Some(link) = link.filter(|link| !link.is_empty()) else { return vec![Piece { text, link: None }] };
    while let Some((before, after)) = rest.split_once(link) {
        let named = before.strip_suffix("](").and_then(|before| before.rsplit_once('[')).zip(after.strip_prefix(')'));
        let ((before, words), after) = named.unwrap_or(((before, link), after));
        pieces.push(Piece { text: before, link: None });
        pieces.push(Piece { text: words, link: Some(link) });
        rest = after;
    }
    pieces.push(Piece { text: rest, link: None });
    pieces
}

/// Every variable that the words of a letter may use. All of them are always set, so that a word file cannot break a letter
/// that lacks one. Texts that are absent are empty; times that are absent are [`ABSENT`], which a selector can ask for.
fn arguments(letter: &Letter, language: Language, calendar: &Calendar) -> Vec<(&'static str, String)> {
    let (hex, decimal) = letter.serial.clone().unwrap_or_default();
    let or_absent = |text: Option<String>| text.unwrap_or_else(|| ABSENT.to_owned());
    vec![
        ("agent", one_line(&letter.agent_name)),
        ("support", without_controls(language.of(&letter.support.phone))),
        ("unz", one_line(&letter.unz)),
        ("serial-hex", one_line(&hex)),
        ("serial", one_line(&decimal)),
        ("class", one_line(letter.class.as_deref().unwrap_or_default())),
        ("link", one_line(letter.link.as_deref().unwrap_or_default())),
        ("reason", listed(letter.reason.as_deref().unwrap_or_default())),
        ("at", local_time(letter.at, language, calendar)),
        ("why", or_absent(why(letter, language).map(|text| without_controls(&text)))),
        ("until", or_absent(letter.until.map(|at| local_time(at, language, calendar)))),
        ("predecessor-until", or_absent(letter.predecessor_until.map(|at| local_date(at, language, calendar)))),
        ("not-after", or_absent(letter.not_after.map(|at| local_date(at, language, calendar)))),
        ("act-until", or_absent(letter.act_until.map(|at| local_date(at, language, calendar)))),
    ]
}

/// What was typed as several lines is a list.
fn listed(reason: &str) -> String {
    let reason = without_controls(reason);
    let items: Vec<_> = reason.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if items.len() < 2 { reason } else { items.iter().map(|item| format!("\n– {item}")).collect() }
}

/// Why something was done to a certificate: by the list, in the house's words, and as it was typed.
fn why(letter: &Letter, language: Language) -> Option<String> {
    let speech = Speech::new(language);
    let cause = letter.cause.filter(|cause| *cause != RevocationReason::Unspecified);
    let cause = cause.map(|cause| speech.say(&format!("revocation-{}", cause.name())));
    let own = (letter.by_holder && cause.is_none()).then(|| speech.say("letter-own-decision"));
    let said: Vec<_> = [cause, own, letter.reason.clone()].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(". "))
}

/// What a time or a reason is that a letter does not have: `{ $until -> [none] {""} *[other] … }`.
const ABSENT: &str = "none";

/// The names of the variables; those that may be absent in the second list.
const TEXTS: [&str; 9] = ["agent", "support", "unz", "serial-hex", "serial", "class", "link", "reason", "at"];
const ABSENTEES: [&str; 5] = ["until", "predecessor-until", "not-after", "act-until", "why"];

/// The variables with sample values, for checking that words render: with all of them and without those that may be absent.
pub(crate) fn sample_arguments() -> [Vec<(&'static str, String)>; 2] {
    let shown = |name: &'static str| (name, format!("<{name}>"));
    let texts = || TEXTS.into_iter().map(shown);
    [
        texts().chain(ABSENTEES.into_iter().map(shown)).collect(),
        texts().chain(ABSENTEES.into_iter().map(|name| (name, ABSENT.to_owned()))).collect(),
    ]
}

fn permanent(reason: String) -> MailError {
    MailError { reason, permanent: true }
}

/// Control characters become spaces: nothing that was typed can end a header line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_line_end(c) { ' ' } else { c }).collect()
}

/// For the body: line feeds stay, tabs become spaces, other control characters go.
fn without_controls(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\t', " ");
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

/// Line and paragraph separators of Unicode.
fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that a message id and a file name may both have.
pub(super) fn token(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

#[cfg(test)]
pub(super) mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::Read;
    use super::*;
    use domain::Timestamp;
    use domain::agent::{InBoth, Support};
    use domain::request::decide::Notice;
    use domain::subscriber::Email;

    fn in_both(ru: &str, en: &str) -> InBoth {
        InBoth { ru: ru.to_owned(), en: en.to_owned() }
    }

    pub(in crate::mail) fn sample(reason: &str) -> Letter {
        Letter {
            notice: Notice::Returned,
            to: Email::parse("rogov@example.org").unwrap(),
            from: "noreply@bank.example".to_owned(),
            agent_name: "Шестой банк".to_owned(),
            support: Support { phone: in_both("8 800 000 00 00", "8 800 000 00 01"), hours: None },
            procedure: "sample".to_owned(),
            unz: "1196837e3c03f2".to_owned(),
            serial: Some(("38b00b8".to_owned(), "59441336".to_owned())),
            class: Some("Класс 2".to_owned()),
            link: Some("http://127.0.0.1:8787/ca/certificate?agentId=1&code=00".to_owned()),
            reason: Some(reason.to_owned()),
            until: None,
            predecessor_until: None,
            not_after: None,
            act_until: None,
            cause: None,
            by_holder: false,
            at: Timestamp(0),
            message_id: "letter-1".to_owned(),
        }
    }

    pub(in crate::mail) fn words() -> ProcedureWords {
        let ru = "mail-returned-subject = Запрос { $unz } возвращён: { $reason }\nmail-returned-body = Причина: { $reason }\n";
        let en = "mail-returned-subject = Request { $unz } returned: { $reason }\nmail-returned-body = Reason: { $reason }\n";
        ProcedureWords::parse("sample", ru, en).unwrap()
    }

    fn sent(letter: &Letter, words: &ProcedureWords) -> Result<Envelope, MailError> {
        let calendar = Calendar { offset_minutes: 7 * 60, ..Calendar::default() };
        render(letter, words, &Sender { from: None, host: "bank.example", calendar: &calendar })
    }

    /// A sample in its envelope.
    pub(in crate::mail) fn envelope() -> Envelope {
        sent(&sample("x"), &words()).unwrap()
    }

    pub(in crate::mail) fn raw(reason: &str) -> String {
        let envelope = sent(&Letter { at: Timestamp(1_535_035_980_000), ..sample(reason) }, &words()).unwrap();
        String::from_utf8(envelope.message.formatted()).unwrap()
    }

    #[test]
    fn several_points_are_a_list_and_one_is_a_sentence() {
        assert_eq!(listed("Телефон\r\n\n Должность "), "\n– Телефон\n– Должность");
        assert_eq!(listed("Телефон"), "Телефон");
    }

    #[test]
    fn no_variable_can_add_a_header() {
        for evil in [
            "x\r\nBcc: all@example.org",
            "x\nBcc: all@example.org",
            "x\rBcc: a@b.c",
            "x\u{2028}Bcc: a@b.c",
            "\u{0}\u{b}x",
        ] {
            let text = raw(evil);
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.lines().all(|line| !line.to_lowercase().starts_with("bcc")), "{head}");
            assert_eq!(head.matches("\r\nTo:").count(), 1, "{head}");
        }
        // The sender and the recipient are parsed as addresses, so nothing else fits into them.
        let mut letter = sample("x");
        letter.from = "noreply@bank.example\r\nBcc: all@example.org".to_owned();
        assert!(sent(&letter, &words()).is_err());
    }

    #[test]
    fn a_retry_is_the_same_letter() {
        assert_eq!(raw("x"), raw("x"));
        assert!(raw("x").contains("Message-ID: <letter-1@bank.example>"));
        assert!(raw("x").contains("Date: Thu, 23 Aug 2018 14:53:00 +0000"));
    }

    #[test]
    fn both_languages_stand_in_the_letter() {
        let envelope = sent(&sample("x"), &words()).unwrap();
        let text = String::from_utf8(envelope.message.formatted()).unwrap();
        assert!(text.contains("charset=utf-8"), "{text}");
        let read = Read::parse(text.as_bytes());
        assert_eq!(read.text, "Причина: x\n\n* * *\n\nReason: x\n");
        let html = read.html.unwrap();
        for (language, words) in [("ru", "Причина: x"), ("en", "Reason: x")] {
            let (_, half) = html.split_once(&format!("<div lang=\"{language}\"")).unwrap();
            assert!(half.contains(words), "{html}");
        }
        assert!(
            envelope
                .message
                .headers()
                .get_raw("Subject")
                .unwrap()
                .contains("Запрос 1196837e3c03f2 возвращён: x / Request")
        );
    }

    #[test]
    fn whoever_is_told_where_to_call_is_told_when_in_the_same_language() {
        let one = "mail-returned-subject = x\nmail-returned-body = Call { $support }!\n";
        let call = ProcedureWords::parse("sample", one, one).unwrap();
        let text = |letter: &Letter, words: &ProcedureWords| {
            Read::parse(&sent(letter, words).unwrap().message.formatted()).text
        };
        let mut letter = sample("x");
        assert_eq!(text(&letter, &call), "Call 8 800 000 00 00!\n\n* * *\n\nCall 8 800 000 00 01!\n");
        letter.support.hours = Some(in_both("с 9 до 18", "from 9 to 18"));
        assert_eq!(
            text(&letter, &call),
            "Call 8 800 000 00 00!\n\nЧасы работы службы поддержки: с 9 до 18.\n\n* * *\n\n\
             Call 8 800 000 00 01!\n\nSupport hours: from 9 to 18.\n"
        );
        // A letter that sends nobody to support has no hours of it.
        assert_eq!(text(&letter, &words()), text(&sample("x"), &words()));
    }

    #[test]
    fn the_html_links_to_the_letters_own_link_alone_and_loads_nothing() {
        let one = "mail-ready-subject = Ready\nmail-ready-body =\n    Save it: { $link }\n\n    Not { $reason }.\n";
        let words = ProcedureWords::parse("sample", one, one).unwrap();
        let mut letter = sample("http://evil.example/?x=<img src=//evil.example/y onerror=1> \"'&");
        letter.notice = Notice::Ready;
        let link = letter.link.clone().unwrap();
        let html = Read::parse(&sent(&letter, &words).unwrap().message.formatted()).html.unwrap();
        let links: Vec<&str> = html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let escaped = link.replace('&', "&#38;");
        assert_eq!(links, [escaped.as_str(); 2], "{html}");
        for forbidden in ["<img", "<script", "<link", "<table", "src=", "url(", "@import", "<form"] {
            assert!(!html.replace("&#60;img src=", "").contains(forbidden), "{forbidden}: {html}");
        }
        assert!(html.contains("color-scheme"), "readable in the dark");
        assert!(!html.contains("color:") && !html.contains("background"), "no colour that a dark reader would drown");
    }

    #[test]
    fn a_link_bears_the_words_that_name_it_and_stands_behind_them_where_there_is_no_html() {
        let one = "mail-ready-subject = Ready\nmail-ready-body = Save it [here]({ $link }).\n";
        let words = ProcedureWords::parse("sample", one, one).unwrap();
        let mut letter = sample("x");
        letter.notice = Notice::Ready;
        let link = letter.link.clone().unwrap();
        let read = Read::parse(&sent(&letter, &words).unwrap().message.formatted());
        assert_eq!(read.text, format!("Save it here: <{link}>.\n\n* * *\n\nSave it here: <{link}>.\n"));
        let html = read.html.unwrap();
        let wanted = format!("Save it <a href=\"{}\">here</a>.", link.replace('&', "&#38;"));
        assert_eq!(html.matches(&wanted).count(), 2, "{html}");
    }

    #[test]
    fn missing_words_are_a_permanent_failure() {
        let mut letter = sample("x");
        letter.notice = Notice::Ready;
        assert!(sent(&letter, &words()).err().unwrap().permanent);
    }

    #[test]
    fn times_are_the_agents_and_an_absent_one_leaves_its_sentence_out() {
        let one = "mail-ready-subject = Ready\nmail-ready-body = Ready.{ $until ->\n    [none] {\"\"}\n   *[other] {\" \"}Until { $until }, the old one until { $predecessor-until }.\n }\n";
        let words = ProcedureWords::parse("sample", one, one).unwrap();
        let check = |until: Option<i64>, ru: &str, en: &str| {
            let mut letter = sample("x");
            letter.notice = Notice::Ready;
            letter.until = until.map(Timestamp);
            letter.predecessor_until = until.map(Timestamp);
            let envelope = sent(&letter, &words).unwrap();
            let text = String::from_utf8(envelope.message.formatted()).unwrap();
            assert_eq!(Read::parse(text.as_bytes()).text, format!("{ru}\n\n* * *\n\n{en}\n"));
        };
        check(None, "Ready.", "Ready.");
        // 2018-08-23T19:05:00Z is the next day in Novosibirsk.
        check(
            Some(1_535_051_100_000),
            "Ready. Until 24.08.2018 02:05 (UTC+07:00), the old one until 24.08.2018.",
            "Ready. Until 2018-08-24 02:05 (UTC+07:00), the old one until 2018-08-24.",
        );
    }
}
