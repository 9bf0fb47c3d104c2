//! The examples of `examples/` hold what they say. Where one is about files of other makers, the vectors are its files.

use surguch_crypto::tsp::TimeStampQuery;
use surguch_crypto::{SignedData, sign_cms};

use crate::support::{base64, certificate, pem, private_key, rng, vector};

#[path = "../../examples/certificates.rs"]
mod certificates;
#[path = "../../examples/ciphers.rs"]
mod ciphers;
#[path = "../../examples/keys.rs"]
mod keys;
#[path = "../../examples/messages.rs"]
mod messages;
#[path = "../../examples/statuses.rs"]
mod statuses;

#[test]
fn the_example_of_keys_holds() {
    keys::main().unwrap();
}

#[test]
fn the_example_of_certificates_holds() {
    certificates::main().unwrap();
}

#[test]
fn the_example_of_messages_holds() {
    messages::own().unwrap();
}

#[test]
fn the_example_of_ciphers_holds() {
    ciphers::main().unwrap();
}

#[test]
fn the_example_of_other_messages_holds_for_those_of_tc26() {
    let read = |file: &str| pem(&format!("cms-r1323565.1.025-2019/{file}.pem"), "CMS");
    assert!(!messages::digested(&read("digested512")).unwrap().is_empty());
    let meta: serde_json::Value = serde_json::from_slice(&vector("cms-r1323565.1.025-2019/meta.json")).unwrap();
    let key = hex::decode(meta["psk_bytes"].as_str().unwrap()).unwrap().try_into().unwrap();
    assert!(!messages::encrypted(&read("encrypted-magma"), &key).unwrap().is_empty());
    assert!(messages::encrypted(&read("encrypted-magma"), &[7; 32]).is_err());
}

#[test]
fn the_example_of_statuses_holds_for_those_of_openssl() {
    let (leaf, issuer) = (certificate("openssl-gost/leaf-g256-TCA.pem"), certificate("openssl-gost/g256-TCA-ca.pem"));
    statuses::status(&base64("openssl-gost/ocsp-response.b64"), &leaf, &issuer).unwrap();
    let query = TimeStampQuery::from_der(&base64("openssl-gost/tsp-query.b64")).unwrap();
    let (answer, text) = (base64("openssl-gost/tsp-reply.b64"), vector("openssl-gost/msg.txt"));
    let token = statuses::stamp(&answer, &text, query.nonce.as_deref()).unwrap();
    assert!(statuses::stamp(&answer, b"other", None).is_err());

    // The stamp is about other data than this signature.
    let signer = private_key("openssl-gost/leaf-g256-TCA-key.pem");
    let message = sign_cms(b"text", false, &signer, &leaf, &[], token.time(), &mut rng(1)).unwrap();
    let message = SignedData::from_der(&message).unwrap();
    assert!(statuses::stamped(message, &token, &[issuer], token.time()).is_err());
    // The command itself wants arguments, which a test has none of.
    assert!(statuses::main().is_err());
}
