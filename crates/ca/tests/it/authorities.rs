//! Making authorities and loading them: what belongs together is taken, what does not is refused.

use ca::lint::view::CertificateView;
use ca::{Authority, AuthorityPlan, Error, create_authority};
use crypto::{KeyUsage, Signer};

use crate::bank::{self, BASE, MADE};

#[test]
fn the_demonstration_gets_a_root_and_an_issuing_authority_that_chain() {
    let (root, issuing) = (bank::root(), bank::issuing());
    assert_eq!(root.certificate.public_key().algorithm().to_string(), "gost-512-a");
    assert_eq!(issuing.certificate.public_key().algorithm().to_string(), "gost-256-a");
    assert_eq!(root.certificate.subject().to_string(), "CN=Surguch demo root, O=Surguch demo, C=RU");
    assert!(root.chain.is_empty());
    assert_eq!(issuing.chain, std::slice::from_ref(&root.certificate));
    for (authority, path_len, days) in [(root, 1, 7_300), (issuing, 0, 3_650)] {
        let certificate = &authority.certificate;
        assert!(certificate.is_ca());
        assert_eq!(certificate.path_len(), Some(path_len));
        let usage = certificate.key_usage().unwrap();
        assert_eq!(usage.iter().collect::<Vec<_>>(), [KeyUsage::KeyCertSign, KeyUsage::CrlSign]);
        let view = CertificateView::parse(certificate.as_der()).unwrap();
        for oid in ["2.5.29.19", "2.5.29.15"] {
            assert!(view.extension(oid).unwrap().is_critical());
        }
        assert_eq!(certificate.authority_key_id(), root.certificate.subject_key_id());
        assert_eq!((certificate.not_before(), certificate.not_after()), (MADE, MADE + days * 86_400 - 1));
        assert_eq!(view.serial.len(), 20);
    }
    let crl =
        CertificateView::parse(issuing.certificate.as_der()).unwrap().extension("2.5.29.31").unwrap().value.to_vec();
    assert!(crl.ends_with(format!("{BASE}/crl/root.crl").as_bytes()));
    assert_eq!(issuing.certificate.issuer_der(), root.certificate.subject_der());
    crypto::build_chain(&issuing.certificate, &[], std::slice::from_ref(&root.certificate), MADE).unwrap();
}

#[test]
fn an_authority_made_otherwise_than_planned_is_refused() {
    let plan = AuthorityPlan::parse(&bank::file("demo/ca.toml")).unwrap();
    let (root, issuing) = (plan.find("root").unwrap(), plan.find("issuing").unwrap());
    let refused = |result: Result<Authority, Error>, reason: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    };
    let rng = &mut bank::rng(5);
    let key = || bank::key("gost-256-a", 6);
    refused(create_authority(issuing, None, key(), MADE, BASE, rng), "the issuer is not the one of the plan");
    refused(
        create_authority(issuing, Some(bank::issuing()), key(), MADE, BASE, rng),
        "the issuer is not the one of the plan",
    );
    refused(create_authority(root, None, key(), MADE, BASE, rng), "not of the plan's algorithm");
    let late = MADE + 3_651 * 86_400;
    refused(create_authority(issuing, Some(bank::root()), key(), late, BASE, rng), "outlive");
    refused(create_authority(issuing, Some(bank::root()), key(), MADE - 1, BASE, rng), "begins before its issuer");
    refused(
        create_authority(issuing, Some(bank::root()), key(), MADE, "ftp://ca", rng),
        "not an http or https address",
    );
}

#[test]
fn a_key_of_another_certificate_a_client_and_a_broken_chain_are_refused() {
    let (root, issuing) = (bank::root(), bank::issuing());
    let refused = |certificate, chain: &[crypto::Certificate], key: crypto::PrivateKey, reason: &str| {
        let error = Authority::load("issuing", certificate, chain.to_vec(), Box::new(key)).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    };
    let root_chain = std::slice::from_ref(&root.certificate);
    refused(issuing.certificate.clone(), root_chain, bank::key("gost-256-a", 99), "the key is not the certificate's");
    let issuing_key = || bank::key("gost-256-a", 1);
    assert_eq!(issuing_key().public_key(), issuing.certificate.public_key(), "the seed of the fixture");
    refused(issuing.certificate.clone(), &[], issuing_key(), "does not end at a root");
    refused(
        issuing.certificate.clone(),
        &[bank::rsa()[0].certificate.clone()],
        issuing_key(),
        "the chain does not hold",
    );
    let (client, client_key) = crate::issuing::client("gost-256-b", 7);
    refused(client, &[], client_key, "no authority's");
    Authority::load("issuing", issuing.certificate.clone(), root_chain.to_vec(), Box::new(issuing_key())).unwrap();
}

#[test]
fn debug_output_holds_no_key() {
    let text = format!("{:?}", bank::issuing());
    assert!(text.contains("issuing") && text.len() < 80, "{text}");
}
