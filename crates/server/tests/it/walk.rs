//! The steps of a renewal, each in one call, for tests that are about something else.

use std::time::{Duration, Instant};

use crypto::{Certificate, Csr, Name, PrivateKey};
use serde_json::{Value, json};

use crate::bank::{Bank, Client, PATIENCE, key, proven, rng};

impl Bank {
    /// A new request of Rogov's; its card.
    pub(crate) fn begin(&self, token: &str) -> Value {
        self.post("/api/v1/requests", token, json!({ "procedure": self.procedure }).to_string()).json()
    }

    /// Offers a new key and hands the request in; the key.
    pub(crate) fn hand_in(&self, token: &str, card: &Value) -> PrivateKey {
        self.hand_in_by(&self.rogov, token, card)
    }

    /// The same for somebody else.
    pub(crate) fn hand_in_by(&self, client: &Client, token: &str, card: &Value) -> PrivateKey {
        let request = format!("/api/v1/requests/{}", id(card));
        let pairs = card["subject"].as_array().unwrap().iter();
        let pairs = pairs.map(|pair| (pair["oid"].as_str().unwrap(), pair["value"].as_str().unwrap()));
        let new_key = key("gost-256-a");
        let csr = Csr::create(&Name::from_pairs(pairs).unwrap(), &new_key, &mut rng()).unwrap();
        self.call("PUT", &format!("{request}/key"), token, &csr, &[]).json();
        let text = self.get(&format!("{request}/text"), token);
        self.post(&format!("{request}/submission"), token, client.sign(&text.octets)).json();
        new_key
    }

    /// The operator's yes.
    pub(crate) fn approve(&self, card: &Value) {
        let version = json!({ "version": self.desk(card)["version"] }).to_string();
        self.post(&format!("/api/v1/desk/requests/{}/approve", id(card)), &self.operator, version).json();
    }

    /// The operator's step on a certificate as it is now, and how it stands afterwards. A revocation names its reason in `more`.
    pub(crate) fn step_on(&self, certificate: &str, step: &str, more: &Value) -> Value {
        let door = format!("/api/v1/desk/certificates/{certificate}");
        let mut body =
            json!({ "version": self.get(&door, &self.operator).json()["version"], "words": "Звонил клиент" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post(&format!("{door}/{step}"), &self.operator, body.to_string()).json()
    }

    /// The card as the operator sees it now.
    pub(crate) fn desk(&self, card: &Value) -> Value {
        self.get(&format!("/api/v1/desk/requests/{}", id(card)), &self.operator).json()
    }

    /// Waits until the server has come so far.
    pub(crate) fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE, "{what}: not so\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The code of the link in the letter, once it is there.
    pub(crate) fn code(&self) -> String {
        code_in(&self.letter("code=")).unwrap()
    }

    /// What stands behind the link, from the act to the proof; the new certificate, in service.
    pub(crate) fn receive(&self, code: &str, new_key: &PrivateKey) -> Certificate {
        let delivery = format!("/api/v1/delivery/{}/{code}", self.agent);
        let act = self.get(&format!("{delivery}/act"), "");
        self.post(&format!("{delivery}/act"), "", self.rogov.sign(&act.octets)).json();
        let delivered = self.post(&format!("{delivery}/certificate"), "", "").json();
        let pem = delivered["certificate"].as_str().unwrap();
        let der = crypto::der_or_pem(pem.as_bytes(), "CERTIFICATE").unwrap();
        let certificate = Certificate::from_der(&der).unwrap();
        let challenge = delivered["challenge"].as_str().unwrap().as_bytes();
        let proof = proven(new_key, &certificate, challenge, &act.octets);
        assert_eq!(self.post(&format!("{delivery}/proof"), "", proof).json()["stage"], "in-service");
        certificate
    }
}

/// The id of a card.
pub(crate) fn id(card: &Value) -> &str {
    card["id"].as_str().unwrap()
}

/// The code of the link in a letter.
pub(crate) fn code_in(letter: &str) -> Option<String> {
    let (_, code) = letter.split_once("code=")?;
    Some(code.chars().take_while(char::is_ascii_hexdigit).collect())
}
