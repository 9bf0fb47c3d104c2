//! A small authority: its certificate, a request, the certificate made for it, a list of revoked ones, and the judgement over the chain.
//! `cargo run -p surguch-crypto --example certificates`
#![expect(clippy::print_stdout, reason = "an example for a terminal")]

use std::error::Error;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use surguch_crypto::{
    Certificate, Chain, ChainRefusal, Crl, Csr, Demands, Extension, ExtensionValue, GeneralName, KeyUsage, KeyUsageSet,
    MAX_CHAIN_CERTIFICATES, MAX_CRL_OCTETS, Name, Policies, PrivateKey, Revocation, RevocationEvidence, RevokedEntry,
    Rule, Signer as _, Subtree, TbsCertificate, TbsCrl, Verified, assemble, build_chain, find_chain, sha1_thumbprint,
};

/// 2027-01-01, and a day later.
const NOW: i64 = 1_798_761_600;
const TOMORROW: i64 = NOW + 86_400;
const POLICY: &str = "1.2.643.100.113.1";

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let authority_key = PrivateKey::generate("gost-256-a".parse()?, &mut rng)?;
    let authority = authority(&authority_key, &mut rng)?;
    let key = PrivateKey::generate("gost-256-a".parse()?, &mut rng)?;
    let request = request(&key, &mut rng)?;
    let leaf = certificate(&request, &authority, &authority_key, &mut rng)?;
    let list = list(&leaf, &authority, &authority_key, &mut rng)?;
    judge(&leaf, &authority, &list)
}

fn identifier(key: &PrivateKey) -> [u8; 20] {
    sha1_thumbprint(&key.public_key().raw_bits())
}

fn sign(tbs: &TbsCertificate, by: &PrivateKey, rng: &mut ChaCha20Rng) -> Result<Certificate, Box<dyn Error>> {
    let tbs = tbs.to_der()?;
    let signature = by.sign(&tbs, rng)?;
    Ok(Certificate::from_der(&assemble(&tbs, by.signature_algorithm(), &signature))?)
}

fn name(common_name: &str) -> Result<Name, Box<dyn Error>> {
    let name = Name::from_pairs([("2.5.4.6", "RU"), ("2.5.4.10", "Шестой банк"), ("2.5.4.3", common_name)])?;
    assert_eq!(Name::from_der(&name.to_der())?, name);
    assert_eq!((name.value_of("2.5.4.3"), name.pairs().len(), name.is_empty()), (Some(common_name), 3, false));
    assert_eq!(name.to_openssl_subject(), format!("/C=RU/O=Шестой банк/CN={common_name}"));
    assert_eq!((Name::attribute_oid("CN"), Name::attribute_short_name("2.5.4.3")), (Some("2.5.4.3"), Some("CN")));
    Ok(name)
}

/// Self-signed, and with a word on everything below it.
fn authority(key: &PrivateKey, rng: &mut ChaCha20Rng) -> Result<Certificate, Box<dyn Error>> {
    let subject = name("Root")?;
    let tbs = TbsCertificate {
        serial: vec![1],
        signature_algorithm: key.signature_algorithm(),
        issuer_der: subject.to_der(),
        not_before: NOW - 1,
        not_after: TOMORROW,
        subject,
        spki_der: key.public_key().to_spki_der(),
        extensions: vec![
            Extension::basic_constraints(true, Some(0)),
            Extension::key_usage(KeyUsageSet::of([KeyUsage::KeyCertSign, KeyUsage::CrlSign])),
            Extension::subject_key_id(&identifier(key)),
            Extension::certificate_policies([POLICY])?,
            Extension::policy_constraints(Some(0), None)?,
            Extension::policy_mappings([(POLICY, "1.2.643.100.113.2")])?,
            Extension::inhibit_any_policy(0),
            Extension::name_constraints(
                &[Subtree::Directory(Name::from_pairs([("2.5.4.6", "RU"), ("2.5.4.10", "Шестой банк")])?)],
                &[],
            )?,
        ],
    };
    let authority = sign(&tbs, key, rng)?;
    assert!(authority.is_ca() && authority.has_basic_constraints() && authority.is_self_issued());
    assert_eq!(authority.path_len(), Some(0));
    assert_eq!(authority.subject_key_id(), Some(&identifier(key)[..]));
    assert_eq!(authority.certificate_policies()?, [POLICY]);
    authority.verify_issued_by(&authority)?;
    Ok(authority)
}

/// A request, and what only its signature turns it into.
fn request(key: &PrivateKey, rng: &mut ChaCha20Rng) -> Result<Verified<Csr>, Box<dyn Error>> {
    let wanted = [Extension::key_usage(KeyUsageSet::of([KeyUsage::DigitalSignature]))];
    let plain = Csr::create(&name("Rogov")?, key, rng)?;
    assert!(Csr::from_der(&plain)?.requested_extensions().is_empty());
    let der = Csr::create_with_extensions(&name("Rogov")?, &wanted, key, rng)?;
    let csr: Csr = Csr::from_der(&der)?;
    assert_eq!((csr.as_der(), csr.subject()), (der.as_slice(), &name("Rogov")?));
    assert_eq!(csr.attribute_oids(), ["1.2.840.113549.1.9.14"]);
    assert_eq!((csr.requested_extensions(), csr.spki_der()), (&wanted[..], &key.public_key().to_spki_der()[..]));
    assert!(csr.info_der().len() < der.len());
    assert_eq!((csr.public_key(), csr.signature_algorithm()), (key.public_key(), key.signature_algorithm()));
    let verified: Verified<Csr> = csr.verify()?;
    let again: Csr = verified.into_inner();
    Ok(again.verify()?)
}

fn certificate(
    request: &Verified<Csr>,
    authority: &Certificate,
    authority_key: &PrivateKey,
    rng: &mut ChaCha20Rng,
) -> Result<Certificate, Box<dyn Error>> {
    let usages = KeyUsageSet::of([KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]);
    let tbs = TbsCertificate {
        serial: vec![0x5a; 20],
        signature_algorithm: authority_key.signature_algorithm(),
        issuer_der: authority.subject_der().to_vec(),
        not_before: NOW,
        not_after: TOMORROW,
        subject: request.subject().clone(),
        spki_der: request.spki_der().to_vec(),
        extensions: vec![
            Extension::basic_constraints(false, None),
            Extension::key_usage(usages),
            Extension::extended_key_usage(["1.3.6.1.5.5.7.3.4"])?,
            Extension::authority_key_id(authority.subject_key_id().unwrap_or_default()),
            Extension::certificate_policies([POLICY])?,
            Extension::crl_distribution_points(["http://ca.test/root.crl"])?,
        ],
    };
    let leaf = sign(&tbs, authority_key, rng)?;
    leaf.verify_issued_by(authority)?;

    // All that can be read of it.
    assert_eq!((leaf.serial(), leaf.tbs_der()), (&[0x5a; 20][..], &tbs.to_der()?[..]));
    assert_eq!(
        (leaf.subject(), leaf.issuer(), leaf.issuer_der()),
        (&name("Rogov")?, &name("Root")?, authority.subject_der())
    );
    assert_eq!((leaf.not_before(), leaf.not_after()), (NOW, TOMORROW));
    assert_eq!((leaf.public_key(), leaf.spki_der()), (request.public_key(), request.spki_der()));
    assert_eq!((leaf.signature_algorithm()?, leaf.signature().len()), (authority_key.signature_algorithm(), 64));
    assert_eq!(leaf.extended_key_usage(), Some(&["1.3.6.1.5.5.7.3.4".to_owned()][..]));
    assert_eq!(leaf.authority_key_id(), authority.subject_key_id());
    assert_eq!(leaf.crl_distribution_points()?, ["http://ca.test/root.crl"]);
    assert!(leaf.unknown_critical_extensions().next().is_none());
    for extension in leaf.extensions() {
        match extension.read()? {
            ExtensionValue::Names(names) if names.contains(&GeneralName::Mail("rogov@ro.test".to_owned())) => {}
            value => println!("{} {} {value:?}", extension.oid, if extension.critical { "critical" } else { "" }),
        }
    }
    println!("{leaf:?} {:02x?} {:02x?}", leaf.thumbprint_sha1(), leaf.thumbprint_sha256());
    let found = leaf.key_usage().unwrap_or_default();
    assert!(found == usages && found.contains(KeyUsage::NonRepudiation) && !found.is_empty());
    for usage in found.iter() {
        assert!(KeyUsage::ALL.contains(&usage) && KeyUsage::from_name(usage.name()) == Some(usage));
    }
    assert!(leaf.as_der().len() < 2048);
    Ok(leaf)
}

fn list(
    leaf: &Certificate,
    authority: &Certificate,
    authority_key: &PrivateKey,
    rng: &mut ChaCha20Rng,
) -> Result<Crl, Box<dyn Error>> {
    let tbs = TbsCrl {
        signature_algorithm: authority_key.signature_algorithm(),
        issuer_der: authority.subject_der().to_vec(),
        this_update: NOW,
        next_update: TOMORROW,
        revoked: vec![RevokedEntry { serial: leaf.serial().to_vec(), revoked_at: NOW + 60, reason: Some(4) }],
        extensions: vec![Extension::crl_number(7)],
    };
    let tbs = tbs.to_der()?;
    let signature = authority_key.sign(&tbs, rng)?;
    let crl = Crl::from_der(&assemble(&tbs, authority_key.signature_algorithm(), &signature))?;
    assert!(crl.as_der().len() < MAX_CRL_OCTETS && crl.tbs_der() == tbs);
    crl.verify_issued_by(authority)?;
    crl.check_time(NOW)?;
    assert_eq!((crl.issuer(), crl.issuer_der()), (authority.subject(), authority.subject_der()));
    assert_eq!((crl.this_update(), crl.next_update(), crl.number()), (NOW, TOMORROW, Some(vec![7])));
    assert_eq!((crl.revoked().len(), crl.extensions().len()), (1, 1));
    assert_eq!(crl.signature_algorithm(), authority_key.signature_algorithm());
    assert_eq!(crl.contains(leaf.serial()).and_then(|entry| entry.reason), Some(4));
    Ok(crl)
}

/// Good at noon, revoked from the first minute on where somebody looks at the list.
fn judge(leaf: &Certificate, authority: &Certificate, list: &Crl) -> Result<(), Box<dyn Error>> {
    let anchors = std::slice::from_ref(authority);
    let path = build_chain(leaf, &[], anchors, NOW)?;
    assert!(path.len() <= MAX_CHAIN_CERTIFICATES);

    let demands =
        Demands { purpose: Some("1.3.6.1.5.5.7.3.4"), revocation: Revocation::WhereKnown, ..Demands::at(NOW) };
    let chain: Chain = find_chain(leaf, &[], anchors, &[], &demands)?;
    assert_eq!((chain.leaf(), chain.anchor(), chain.certificates()), (leaf, authority, &path[..]));
    match chain.policies() {
        Policies::Any => println!("any policy"),
        Policies::These(policies) => println!("policies {policies:?}"),
    }
    assert_eq!(chain.into_certificates(), path);

    let evidence = [RevocationEvidence::Crl(list)];
    let later = Demands { revocation: Revocation::Demanded, ..Demands::at(NOW + 61) };
    let refusal: ChainRefusal = match find_chain(leaf, &[], anchors, &evidence, &later) {
        Ok(_) => return Err("a revoked certificate was taken".into()),
        Err(refusal) => refusal,
    };
    assert_eq!((refusal.certificate(), &refusal.rule), (leaf, &Rule::Revoked { since: NOW + 60, reason: Some(4) }));
    println!("{} {refusal}", refusal.rule.code());
    Ok(())
}
