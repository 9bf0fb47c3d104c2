//! Ten thousand hostile submissions at the public door: each from its own address behind a trusted proxy, then from one.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::bank::Bank;
use crate::browser::{Browser, encoded};
use crate::first_issue::ivanov;

const SUBMISSIONS: u32 = 10_000;
/// How many of them come from one address, too: the sixty of a minute pass, and what is filled up meanwhile.
const FROM_ONE: u32 = 1_000;
const THREADS: u32 = 4;

const DOORS: [&str; 4] = ["", "/ticket", "/send", "/draft"];
const FIELDS: [&str; 20] = [
    "surname",
    "given_name",
    "patronymic",
    "no_patronymic",
    "natural_person",
    "organisation",
    "inn",
    "country",
    "city",
    "address",
    "phone",
    "email",
    "latin_person",
    "latin_organisation",
    "latin_city",
    "session",
    "nonce",
    "pkcs10",
    "medium",
    "serial",
];

/// As a form sends them: percent-encoded, and some as no browser would.
const VALUES: [&str; 20] = [
    "%D0%98%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2",
    "",
    "%00",
    "%FF%FE",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "%22%3E%3Cb%3E",
    "%27%3B+DROP+TABLE+requests%3B--",
    "%D0%98van%D0%BE%D0%B2",
    "5009046312",
    "5009046313",
    "yes",
    "RU",
    "%F0%9F%94%92",
    "%0D%0ABcc%3A+ivanov%40bank-client.test",
    "%E2%80%AE%D0%B2",
    "ivanov%40bank-client.test",
    "%25s%25n",
    "..%2F..%2Fetc%2Fpasswd",
    "%2B7+383+000-00-00",
    "%",
];

/// One body that nobody honest sends: there is always something wrong with the surname.
fn submission(rng: &mut ChaCha8Rng, agent: u32, token: &str) -> String {
    let mut body = format!("form={token}&agentId={agent}&surname=%3Cb%3E");
    for _ in 0..rng.next_u32() % 24 {
        let field = FIELDS[rng.next_u32() as usize % FIELDS.len()];
        let value = VALUES[rng.next_u32() as usize % VALUES.len()];
        let times = if rng.next_u32().is_multiple_of(50) { 400 } else { 1 };
        body.push_str(&format!("&{field}={}", value.repeat(times)));
    }
    body
}

/// Right forms for one organisation, each from its own address: most are put off, and whether the bank knows the organisation is not told.
fn many_for_one_organisation(bank: &Bank, token: &str, jar: &str) {
    let put_off = |inn: &str, network: u8| {
        let mut fields: BTreeMap<_, _> =
            ivanov().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let more = [("inn", inn), ("form", token), ("agentId", &bank.agent.to_string())];
        fields.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let body = encoded(&fields);
        let answers: Vec<(u16, String)> = (0..40)
            .map(|number| {
                let request = ureq::http::Request::builder()
                    .method("POST")
                    .uri(bank.url("/ca/new-certificate"))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("accept", "text/html")
                    .header("origin", bank.url(""))
                    .header("cookie", jar)
                    .header("x-forwarded-for", format!("198.51.{network}.{number}"));
                let mut answer = bank.http().run(request.body(body.as_bytes()).unwrap()).unwrap();
                (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
            })
            .collect();
        assert_eq!(answers[0].0, 200, "{}", answers[0].1);
        let refused: Vec<_> = answers.into_iter().filter(|(status, _)| *status == 429).map(|(_, page)| page).collect();
        assert!(refused.len() >= 20, "{} of 40 were put off", refused.len());
        // What was typed is given back.
        refused[0].replace(inn, "")
    };
    let (known, unknown) = (put_off("5400000004", 1), put_off("5009046312", 2));
    assert_eq!(known, unknown, "whether the bank knows the organisation is not told");
}

#[test]
fn ten_thousand_hostile_submissions_leave_no_row_and_send_no_letter() {
    let bank = Bank::open("trusted_proxies = [\"127.0.0.1\"]\n");
    let browser = Browser::new(&bank, "ru");
    let page = browser.get(&format!("/ca/new-certificate?agentId={}", bank.agent));
    let (_, fields) = page.form("/ca/new-certificate");
    let (token, jar) = (fields["form"].clone(), browser.jar());
    let send = |thread: u32, count: u32, address: &dyn Fn(u32) -> String| {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(thread));
        let (agent, origin) = (bank.http(), bank.url(""));
        let mut refused = 0;
        for number in 0..count {
            let door = DOORS[rng.next_u32() as usize % DOORS.len()];
            let body = submission(&mut rng, bank.agent, &token);
            let request = ureq::http::Request::builder()
                .method("POST")
                .uri(bank.url(&format!("/ca/new-certificate{door}")))
                .header("content-type", "application/x-www-form-urlencoded")
                .header("accept", "text/html")
                .header("origin", &origin)
                .header("cookie", &jar)
                .header("x-forwarded-for", address(number));
            let mut answer = agent.run(request.body(body.as_bytes()).unwrap()).unwrap();
            let status = answer.status().as_u16();
            assert!(status < 500, "{status} for {body} at {door}");
            let page = answer.body_mut().read_to_string().unwrap();
            assert!(!page.contains("<script>alert") && !page.contains("\"><b>"), "something typed is HTML: {body}");
            refused += u32::from(status == 429);
        }
        refused
    };
    let spread = std::thread::scope(|scope| {
        let send = &send;
        let sent: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    send(thread, SUBMISSIONS / THREADS, &|number| {
                        let address = thread * SUBMISSIONS + number;
                        format!("10.{}.{}.{}", address >> 16 & 255, address >> 8 & 255, address & 255)
                    })
                })
            })
            .collect();
        sent.into_iter().map(|thread| thread.join().unwrap()).sum::<u32>()
    });
    assert_eq!(spread, 0, "whoever comes once is not slowed down");
    let from_one = send(THREADS, FROM_ONE, &|_| "203.0.113.7".to_owned());
    assert!(from_one > FROM_ONE / 2, "{from_one} of {FROM_ONE} were refused");
    many_for_one_organisation(&bank, &token, &jar);
    let rows = bank.rows();
    assert!(rows.requests.is_empty() && rows.outbox_pending == 0, "{rows:?}");
    assert!(bank.letters().is_empty(), "nobody was written to");
}
