//! What every door has in common: refusals, limits, headers, who may knock.

use crate::bank::Bank;

#[test]
fn the_doors_without_a_request() {
    let bank = Bank::open("[limits]\nbody_bytes = 16384\n");
    let token = bank.sign_in(&bank.rogov);
    let some_id = "01890000-0000-7000-8000-000000000000";

    // Where there is no door.
    bank.get("/api/v1/nothing", "").refused(404, "not-found");
    bank.call("DELETE", "/api/v1/requests", "", b"", &[]).refused(405, "method-not-allowed");
    bank.get("/crl/nobody.crl", "").refused(404, "not-found");
    bank.get("/crl/issuing", "").refused(404, "not-found");
    bank.get("/authorities/..%2Fkeys.pem", "").refused(404, "not-found");

    // An id that is none, and one that nobody has; whose each door is stands in `matrix_of_api`.
    bank.get(&format!("/api/v1/requests/{some_id}"), &token).refused(404, "not-found");
    bank.get("/api/v1/requests/1", &token).refused(404, "not-found");
    for object in ["requests", "certificates"] {
        bank.get(&format!("/api/v1/desk/{object}/{some_id}"), &bank.operator).refused(404, "not-found");
    }

    // Bodies.
    for body in ["", "{", "[]", "{\"agent\":\"1\"}", "{\"agent\":1,\"more\":2}", "{\"agent\":-1}", "null"] {
        bank.post("/api/v1/challenge", "", body).refused(400, "body-malformed");
    }
    bank.post("/api/v1/challenge", "", "{\"agent\":4000000000}").refused(404, "not-found");
    bank.post("/api/v1/challenge", "", vec![b' '; 16 * 1024 + 1]).refused(413, "body-too-large");
    bank.get("/api/v1/desk/requests?after=x", &bank.operator).refused(400, "body-malformed");
    bank.get("/api/v1/desk/requests?more=x", &bank.operator).refused(400, "body-malformed");
    bank.post("/api/v1/sign-in", "", "{\"challenge\":\"x\",\"cms\":\"\"}").refused(401, "challenge-unknown");
    let unknown = format!("{{\"challenge\":\"{some_id}\",\"cms\":\"?\"}}");
    bank.post("/api/v1/sign-in", "", unknown).refused(400, "cms-malformed");

    // The title follows the reader, both languages are always there.
    let ask = |language: &str| bank.call("GET", "/nowhere", "", b"", &[("accept-language", language)]);
    let ru = ask("ru").refused(404, "not-found");
    let en = ask("en-GB,en;q=0.8").refused(404, "not-found");
    assert_eq!(ru["title"], ru["titles"]["ru"]);
    assert_eq!(en["title"], en["titles"]["en"]);
    assert_eq!(ask("en").header("content-language"), "en");

    // Headers of every answer.
    for answer in [bank.get("/health/live", ""), ask("ru")] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
        assert_eq!(answer.header("x-request-id").len(), 16);
    }
    assert_eq!(bank.get("/health/ready", "").status, 200);
}

#[test]
fn guessing_is_slowed_down_and_nothing_else_is() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 2\n");
    let answers: Vec<_> = (0..8).map(|_| bank.post("/api/v1/challenge", "", "{}")).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!((4..=6).contains(&refused.len()), "{}", refused.len());
    refused[0].refused(429, "too-many-tries");
    assert!((1..=30).contains(&refused[0].header("retry-after").parse::<u64>().unwrap()));
    // The doors of one kind share the count; a door with a token of its own has none.
    bank.get(&format!("/api/v1/delivery/{}/{}", bank.agent, "0".repeat(64)), "").refused(429, "too-many-tries");
    bank.get("/api/v1/requests", "").refused(401, "sign-in-required");
}

#[test]
fn whoever_does_not_finish_the_head_of_a_request_loses_the_connection() {
    use std::io::{Read as _, Write as _};
    let bank = Bank::open("[limits]\nhead_seconds = 1\n");
    let mut slow = std::net::TcpStream::connect(("127.0.0.1", bank.port)).unwrap();
    slow.set_read_timeout(Some(crate::bank::PATIENCE)).unwrap();
    slow.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).unwrap();
    assert!(!rest.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&rest));
    assert_eq!(bank.get("/health/live", "").status, 200);
}

#[test]
fn a_form_that_is_too_large_is_refused_in_words_after_everything_was_sent() {
    use std::io::Write as _;
    let bank = Bank::open("[limits]\nbody_bytes = 16384\nhead_seconds = 2\n");
    let post = "POST /ca/new-certificate/draft HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nAccept-Language: ru\r\nConnection: close\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n";
    let refused = |answer: &str| {
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("<h1>") && answer.contains("Отправлено слишком много данных"), "{answer}");
        assert!(answer.contains("body-too-large"), "{answer}");
    };

    // As a browser does: not a look at the answer before all is sent, whether its length is announced or not.
    let body = format!("text={}", "x".repeat(5_000_000));
    refused(&all_of(&bank, &format!("{post}Content-Length: {}\r\n\r\n{body}", body.len())).unwrap());
    let pieces: String =
        body.as_bytes().chunks(50_000).map(|_| format!("c350\r\n{}\r\n", "x".repeat(50_000))).collect();
    refused(&all_of(&bank, &format!("{post}Transfer-Encoding: chunked\r\n\r\n{pieces}0\r\n\r\n")).unwrap());

    // Who asks first is answered before anything is sent; who announces and never sends it, after the time for a head.
    let announced = |length: usize, more: &str| format!("{post}{more}Content-Length: {length}\r\n\r\n");
    refused(&all_of(&bank, &announced(5_000_000, "Expect: 100-continue\r\n")).unwrap());
    refused(&all_of(&bank, &announced(5_000_000, "")).unwrap());
    refused(&all_of(&bank, &format!("{post}Transfer-Encoding: chunked\r\n\r\n{}", &pieces[..100_000])).unwrap());
    // What is announced beyond any bound is not read at all.
    refused(&all_of(&bank, &announced(1 << 40, "")).unwrap());

    // Nobody is read without an end: the connection breaks, whatever is still to be sent.
    let mut endless = std::net::TcpStream::connect(("127.0.0.1", bank.port)).unwrap();
    endless.set_write_timeout(Some(crate::bank::PATIENCE)).unwrap();
    endless.write_all(format!("{post}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).unwrap();
    let taken = (0..200).take_while(|_| endless.write_all(pieces.as_bytes()).is_ok()).count();
    assert!((3..200).contains(&taken), "{taken} times {} octets", pieces.len());
    assert_eq!(bank.get("/health/live", "").status, 200);
}

/// Sends octets to the last one, and only then reads the answer to its end.
fn all_of(bank: &Bank, octets: &str) -> std::io::Result<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", bank.port))?;
    stream.set_read_timeout(Some(crate::bank::PATIENCE))?;
    stream.set_write_timeout(Some(crate::bank::PATIENCE))?;
    stream.write_all(octets.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
