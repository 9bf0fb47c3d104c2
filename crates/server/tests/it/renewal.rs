//! One renewal through the doors, from sign-in to service, with what each door refuses on the way.

use crypto::{Certificate, Csr, Name};
use serde_json::json;

use crate::bank::{Bank, Client, key, proven, rng, sign, stderr, stdout, surguch};

/// A code that no link has.
const NO_CODE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[test]
fn a_renewal_goes_through_the_doors_and_nothing_else_does() {
    let mut bank = Bank::open("");
    let token = bank.sign_in(&bank.rogov);
    let body = json!({ "procedure": bank.procedure }).to_string();

    // Begin: a retry with the same key is the same request.
    let create = || bank.call("POST", "/api/v1/requests", &token, body.as_bytes(), &[("idempotency-key", "wish-1")]);
    let card = create().json();
    let id = card["id"].as_str().unwrap().to_owned();
    assert_eq!(create().json()["id"], card["id"]);
    assert_eq!(bank.get("/api/v1/requests", &token).json()["requests"][0]["id"], card["id"]);
    bank.post("/api/v1/requests", &token, &body).refused(409, "request-open-already");
    let request = format!("/api/v1/requests/{id}");
    let desk = format!("/api/v1/desk/requests/{id}");

    // Offer a key.
    bank.call("PUT", &format!("{request}/key"), &token, b"hello", &[]).refused(400, "csr-malformed");
    let pairs: Vec<_> = card["subject"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair["oid"].as_str().unwrap(), pair["value"].as_str().unwrap()))
        .collect();
    let subject = Name::from_pairs(pairs).unwrap();
    let new_key = key("gost-256-a");
    let csr = Csr::create(&subject, &new_key, &mut rng()).unwrap();
    let pem = crypto::pem_encode("CERTIFICATE REQUEST", &csr);
    bank.get(&format!("{request}/text"), &token).refused(409, "stage-does-not-allow");
    let offered = bank.call("PUT", &format!("{request}/key"), &token, pem.as_bytes(), &[]).json();
    let text = bank.get(&format!("{request}/text"), &token);
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(text.text(), offered["text"].as_str().unwrap());

    // Sign and hand in. Over other bytes it is refused; twice it is the same.
    let submission = format!("{request}/submission");
    bank.post(&submission, &token, bank.rogov.sign(b"something else")).refused(400, "cms-content-differs");
    let cms = bank.rogov.sign(&text.octets);
    let accepted = bank.post(&submission, &token, &cms).json();
    assert!(accepted["unz"].is_string(), "{accepted}");
    assert!(accepted["status"]["ru"].is_string() && accepted["status"]["en"].is_string(), "{accepted}");
    assert_eq!(bank.post(&submission, &token, &cms).json()["unz"], accepted["unz"]);

    // Review.
    let queue = bank.get("/api/v1/desk/requests?limit=1", &bank.operator).json();
    assert_eq!(queue["requests"][0]["id"], id.as_str());
    let version = json!({ "version": bank.get(&desk, &bank.operator).json()["version"] }).to_string();
    bank.post(&format!("{desk}/approve"), &bank.support, &version).refused(403, "role-missing");
    bank.post(&format!("{desk}/return"), &bank.operator, "{\"version\":1}").refused(400, "body-malformed");
    bank.post(&format!("{desk}/approve"), &token, &version).refused(401, "sign-in-required");
    let stale = json!({ "version": 0, "reason": "x" }).to_string();
    bank.post(&format!("{desk}/refuse"), &bank.operator, stale).refused(409, "changed-meanwhile");
    bank.post(&format!("{desk}/approve"), &bank.operator, &version).json();

    // The letter, and the link: looking changes nothing.
    let letter = bank.letter("/ca/certificate?agentId=");
    assert!(letter.contains("To: rogov@example.org") && letter.contains("* * *"), "{letter}");
    let code: String = letter.split("code=").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(code.len(), 64);
    let delivery = format!("/api/v1/delivery/{}/{code}", bank.agent);
    for _ in 0..3 {
        let page = bank.call(
            "GET",
            &format!("/ca/certificate?agentId={}&code={code}", bank.agent),
            "",
            b"",
            &[("accept-language", "en")],
        );
        assert!(page.text().contains("Request number") && page.text().contains("/act"), "{}", page.text());
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_eq!(bank.call("HEAD", &delivery, "", b"", &[]).status, 200);
    }
    bank.get(&format!("/api/v1/delivery/{}/{NO_CODE}", bank.agent), "").refused(404, "link-unknown");
    bank.get(&format!("/api/v1/delivery/{}/{code}", bank.agent + 1), "").refused(404, "link-of-other-agent");
    bank.get(&format!("/api/v1/delivery/x/{code}"), "").refused(404, "link-unknown");

    // The act before the certificate.
    let certificate = format!("{delivery}/certificate");
    bank.post(&certificate, "", "").refused(409, "act-not-signed");
    bank.post(&format!("{delivery}/decline"), "", "{\"confirmed\":false}").refused(400, "confirmation-required");
    let act = bank.get(&format!("{delivery}/act"), "");
    assert_eq!(bank.get(&delivery, "").json()["act_text"].as_str().unwrap(), act.text());
    let signed = bank.post(&format!("{delivery}/act"), "", bank.rogov.sign(&act.octets)).json();
    assert_eq!(signed["act_signed"], true);

    // The certificate, as JSON and as DER.
    bank.get(&format!("{delivery}/challenge"), "").refused(409, "not-delivered");
    let delivered = bank.post(&certificate, "", "").json();
    let der = crypto::der_or_pem(delivered["certificate"].as_str().unwrap().as_bytes(), "CERTIFICATE").unwrap();
    let bare = bank.call("POST", &certificate, "", b"", &[("accept", "application/pkix-cert")]);
    assert_eq!((bare.header("content-type"), &bare.octets), ("application/pkix-cert", &der));
    let chain = crypto::pem_decode(delivered["chain"].as_str().unwrap()).unwrap();
    assert_eq!(chain.len(), 2, "issuing and root");
    let new = Certificate::from_der(&der).unwrap();
    let authority = bank.get("/authorities/root.pem", "");
    assert_eq!(crypto::der_or_pem(&authority.octets, "CERTIFICATE").unwrap(), chain[1].1);

    // The proof takes it into service, and ends the link.
    let challenge = bank.get(&format!("{delivery}/challenge"), "");
    assert_eq!(challenge.text(), delivered["challenge"].as_str().unwrap());
    let proof = proven(&new_key, &new, &challenge.octets, &act.octets);
    bank.post(&format!("{delivery}/proof"), "", sign(&new_key, &new, &challenge.octets))
        .refused(400, "act-by-new-key-missing");
    bank.post(&format!("{delivery}/proof"), "", bank.rogov.sign(&challenge.octets)).refused(400, "signer-other-key");
    let by_old = json!({ "proof": sign(&new_key, &new, &challenge.octets), "act": bank.rogov.sign(&act.octets) });
    bank.post(&format!("{delivery}/proof"), "", by_old.to_string()).refused(400, "signer-other-key");
    assert_eq!(bank.post(&format!("{delivery}/proof"), "", &proof).json()["stage"], "in-service");
    bank.get(&delivery, "").refused(410, "link-spent");
    assert_eq!(bank.get(&request, &token).json()["stage"], "in-service");
    bank.sign_in(&Client { key: new_key, certificate: new });

    // The list of revoked certificates, before and after a revocation.
    let crl = bank.get("/crl/issuing.crl", "");
    assert_eq!(crl.header("content-type"), "application/pkix-crl");
    let etag = crl.header("etag").to_owned();
    assert_eq!(bank.call("GET", "/crl/issuing.crl", "", b"", &[("if-none-match", &etag)]).status, 304);
    let certificate_id = bank.get(&desk, &bank.operator).json()["certificate"]["id"].as_str().unwrap().to_owned();
    let revoke = format!("/api/v1/desk/certificates/{certificate_id}/revoke");
    for short in ["{}", "{\"reason\":\"keyCompromise\"}", "{\"version\":1,\"reason\":\"keyCompromise\"}"] {
        bank.post(&revoke, &bank.operator, short).refused(400, "body-malformed");
    }
    let said = |version: i64, words: &str| json!({ "version": version, "words": words, "reason": "keyCompromise" });
    let version = bank.get(&revoke.replace("/revoke", ""), &bank.operator).json()["version"].as_i64().unwrap();
    bank.post(&revoke, &bank.operator, said(version, " ").to_string()).refused(400, "reason-required");
    bank.post(&revoke, &bank.operator, said(version - 1, "x").to_string()).refused(409, "changed-meanwhile");
    let stepped = bank.step_on(&certificate_id, "revoke", &json!({ "reason": "keyCompromise" }));
    assert_eq!((&stepped["standing"], &stepped["waits"]), (&json!("revoked"), &json!(false)));
    let serial = bank.get(&desk, &bank.operator).json()["certificate"]["serial_hex"].as_str().unwrap().to_owned();
    let serial = hex::decode(if serial.len() % 2 == 1 { format!("0{serial}") } else { serial }).unwrap();
    let began = std::time::Instant::now();
    loop {
        let crl = crypto::Crl::from_der(&bank.get("/crl/issuing.crl", "").octets).unwrap();
        if crl.contains(&serial).is_some() {
            break;
        }
        assert!(began.elapsed() < crate::bank::PATIENCE, "not in the CRL");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    // In order to the end, and nothing in the log that must not be there.
    assert!(bank.stop().success());
    let log = bank.log();
    assert!(log.contains("\"route\":\"/api/v1/delivery/{agent}/{code}/proof\""), "{log}");
    assert!(log.contains("\"duration_ms\":") && log.contains("\"request_id\":"), "{log}");
    for secret in [code.as_str(), &token, &bank.operator, "rogov", "Rogov", "Рогов", "example.org", "BEGIN CMS"] {
        assert!(!log.contains(secret), "the log has {secret}");
    }
    let verified = surguch(&bank.config, &["journal", "verify"]);
    assert!(verified.status.success(), "{}{}", stdout(&verified), stderr(&verified));
    let exported = stdout(&surguch(&bank.config, &["journal", "export"]));
    assert!(exported.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    assert!(exported.contains("possession-proven") && !exported.contains("Рогов"));
}
