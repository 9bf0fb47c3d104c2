//! One letter of each kind, with the words of every procedure that an agent offers. `SURGUCH_WRITE_GOLDEN=1` writes them anew, to be read
//! before they are kept.

#![expect(clippy::unwrap_used, reason = "tests")]

use domain::Timestamp;
use domain::agent::Agent;
use domain::certificate::RevocationReason;
use domain::request::decide::Notice;
use domain::subscriber::Email;
use domain::time::DAY_MS;
use ra::Letter;

use super::{Read, Sender, render};
use crate::folders::Folders;
use crate::words::Language;

/// A letter as it arrives.
pub(crate) struct Arrived {
    /// Of which procedure, and which letter.
    pub(crate) procedure: String,
    pub(crate) name: String,
    pub(crate) read: Read,
}

/// 2018-08-23T14:53:00Z.
const AT: Timestamp = Timestamp(1_535_035_980_000);

/// All of them.
pub(crate) fn arrived() -> Vec<Arrived> {
    let folders = Folders::read(&crate::config::Folders::default()).unwrap();
    let words = folders.words().unwrap();
    let mut arrived = Vec::new();
    for file in &folders.agents {
        let agent = Agent::parse(&file.path, &file.text).unwrap();
        let sender = Sender { from: None, host: "bank.example", calendar: &agent.calendar };
        for procedure in &agent.procedures {
            let words = &words[procedure];
            for (name, letter) in letters(&agent, procedure) {
                let asks = words.text(Language::Ru, "mail-confirm-email-subject", &[]).unwrap().is_some();
                if letter.notice == Notice::ConfirmEmail && !asks {
                    continue;
                }
                let octets = render(&letter, words, &sender).unwrap().message.formatted();
                arrived.push(Arrived { procedure: procedure.clone(), name, read: Read::parse(&octets) });
            }
        }
    }
    arrived
}

/// Each kind, and each of its ways to read.
fn letters(agent: &Agent, procedure: &str) -> Vec<(String, Letter)> {
    let day = |days: i64| Some(AT.plus_ms(days * DAY_MS));
    let text = |words: &str| Some(words.to_owned());
    let link = text("https://bank.example/ca/certificate?agentId=1&code=0a1b");
    let mut letters = Vec::new();
    for notice in Notice::ALL {
        let plain = Letter {
            notice,
            to: Email::parse("rogov@example.org").unwrap(),
            from: agent.mail_from.clone(),
            agent_name: agent.name.clone(),
            support: agent.support.clone(),
            procedure: procedure.to_owned(),
            unz: "1196837e3c03f2".to_owned(),
            serial: Some(("38b00b8".to_owned(), "59441336".to_owned())),
            class: text("Класс 2"),
            link: None,
            until: None,
            predecessor_until: None,
            not_after: day(729),
            act_until: None,
            reason: None,
            cause: None,
            by_holder: false,
            at: AT,
            message_id: "letter-1".to_owned(),
        };
        let mut add = |how: &str, letter: Letter| letters.push((format!("{}{how}", notice.name()), letter));
        match notice {
            Notice::Ready => {
                add("", Letter { link: link.clone(), until: day(7), ..plain.clone() });
                add(", no end", Letter { link: link.clone(), ..plain });
            }
            Notice::ConfirmEmail => add("", Letter { link: link.clone(), ..plain }),
            Notice::Returned | Notice::Refused => {
                add("", Letter { reason: text("Телефон.\n\nИ <b>город</b> & улица"), ..plain });
            }
            Notice::Activated => {
                add("", Letter { predecessor_until: day(20), ..plain.clone() });
                add(", no predecessor", plain);
            }
            Notice::Act | Notice::Overdue => add("", Letter { act_until: day(7), ..plain }),
            Notice::Blocked => {
                add(", late act", Letter { act_until: day(-1), ..plain.clone() });
                add(
                    ", by hand",
                    Letter {
                        reason: text("Клиент сообщил об утрате ключа"), ..plain.clone()
                    },
                );
                add(", no words", plain);
            }
            Notice::Held => {
                add(", by holder", Letter { by_holder: true, ..plain.clone() });
                add("", Letter { reason: text("Клиент сообщил об утрате ключа"), ..plain });
            }
            Notice::Revoked => {
                let cause = Some(RevocationReason::KeyCompromise);
                add(", by holder", Letter { by_holder: true, cause, ..plain.clone() });
                add("", Letter { cause, reason: text("Клиент сообщил об утрате ключа"), ..plain });
            }
            Notice::Unblocked | Notice::Released => {
                add("", Letter { reason: text("Ключ найден"), ..plain.clone() });
                add(", no words", plain);
            }
            Notice::Accepted | Notice::Lapsed | Notice::Expiry | Notice::Answered => add("", plain),
        }
    }
    letters
}

#[test]
fn every_letter_reads_as_it_is_on_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/letters");
    let arrived = arrived();
    for of_one in arrived.chunk_by(|one, other| one.procedure == other.procedure) {
        let (mut texts, mut pages) = (String::new(), String::new());
        for Arrived { name, read, .. } in of_one {
            texts.push_str(&format!("=== {name}\nSubject: {}\n\n{}\n", read.subject, read.text));
            pages.push_str(&format!("=== {name}\n{}\n", read.html.as_ref().unwrap()));
            let address = "https://bank.example/ca/certificate?agentId=1&code=0a1b";
            for after in read.text.split(address).skip(1) {
                assert!(after.starts_with([' ', '\n', '>']), "{name}: {after}");
            }
        }
        for (kind, said) in [("txt", texts), ("html.txt", pages)] {
            let file = folder.join(format!("{}.{kind}", of_one[0].procedure));
            if std::env::var_os("SURGUCH_WRITE_GOLDEN").is_some() {
                std::fs::write(&file, &said).unwrap();
            }
            let wanted = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!(said, wanted, "{}", file.display());
        }
    }
}
