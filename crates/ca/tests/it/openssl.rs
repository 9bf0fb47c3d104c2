//! Debian's OpenSSL with its GOST engine as the judge of what we issue: chains, strictly, with and without CRLs.

use std::path::PathBuf;
use std::process::Command;

use ca::{Authority, build_crl, prepare, sign};
use crypto::{Certificate, RevokedEntry, Signer as _, pem_encode};

use crate::bank::{self, BASE, NOW, rogov};

/// The engine as Debian's package libengine-gost-openssl installs it.
fn engine() -> PathBuf {
    let libraries = std::fs::read_dir("/usr/lib").expect("/usr/lib");
    libraries
        .filter_map(|entry| Some(entry.ok()?.path().join("engines-3/gost.so")))
        .find(|path| path.exists())
        .expect("package libengine-gost-openssl is not installed")
}

/// Runs openssl with the GOST engine in a folder of these files; its output if it is content, its complaint if not.
fn openssl(files: &[(&str, String)], arguments: &[&str]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!(
        "openssl_conf = o\n[o]\nengines = e\n[e]\ngost = g\n[g]\nengine_id = gost\ndynamic_path = {}\ndefault_algorithms = ALL\n",
        engine().display()
    );
    std::fs::write(folder.path().join("openssl.cnf"), configuration).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder.path())
        .env("OPENSSL_CONF", folder.path().join("openssl.cnf"))
        .output()
        .expect("openssl is not installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(text + &complaint) } else { Err(text + &complaint) }
}

fn pem(certificate: &Certificate) -> String {
    pem_encode("CERTIFICATE", certificate.as_der())
}

/// Verifies a client's certificate at a time, root first in `authorities`; with CRLs (DER) the whole chain is checked against them.
pub(crate) fn verify(
    authorities: &[Authority],
    client: &Certificate,
    at: i64,
    crls: &[Vec<u8>],
) -> Result<String, String> {
    let lists: String = crls.iter().map(|der| pem_encode("X509 CRL", der)).collect();
    let files = [
        ("root.pem", pem(&authorities[0].certificate)),
        ("issuing.pem", pem(&authorities[1].certificate)),
        ("client.pem", pem(client)),
        ("crls.pem", lists),
    ];
    let at = at.to_string();
    let mut arguments =
        vec!["verify", "-x509_strict", "-attime", &at, "-CAfile", "root.pem", "-untrusted", "issuing.pem"];
    if !crls.is_empty() {
        arguments.extend(["-crl_check_all", "-CRLfile", "crls.pem"]);
    }
    arguments.push("client.pem");
    openssl(&files, &arguments)
}

/// Verifies a CRL (DER) with its authority's certificate and prints it.
pub(crate) fn check_crl(authority: &Authority, der: &[u8]) -> Result<String, String> {
    let issuer = std::iter::once(&authority.certificate).chain(&authority.chain).map(pem).collect();
    let files = [("issuer.pem", issuer), ("list.pem", pem_encode("X509 CRL", der))];
    openssl(&files, &["crl", "-in", "list.pem", "-CAfile", "issuer.pem", "-text", "-noout"])
}

fn issue(authority: &Authority, profile: &str, algorithm: &str, seed: u64) -> Certificate {
    let key = bank::key(algorithm, seed);
    let rng = &mut bank::rng(seed + 500);
    let prepared = prepare(authority, &bank::profile(profile), rogov(), key.public_key(), NOW, BASE, rng).unwrap();
    sign(authority, prepared, rng).unwrap()
}

/// Chain, CRLs of both authorities, and the same chain with the client revoked.
fn check_bank(authorities: &[Authority], profile: &str, algorithm: &str) {
    let client = issue(&authorities[1], profile, algorithm, 40);
    verify(authorities, &client, NOW, &[]).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    // OpenSSL takes notAfter itself for expired, RFC 5280 section 4.1.2.5 does not: the last second is left out here.
    let (first, last) = (client.not_before(), client.not_after());
    for (at, good) in [(first - 1, false), (first, true), (last - 1, true), (last + 1, false)] {
        assert_eq!(verify(authorities, &client, at, &[]).is_ok(), good, "{algorithm}, {first} to {last}, at {at}");
    }
    let list = |authority: &Authority, revoked: Vec<RevokedEntry>| {
        build_crl(authority, 3, revoked, NOW, NOW + 86_400, &mut bank::rng(41)).unwrap()
    };
    let (root_list, empty) = (list(&authorities[0], Vec::new()), list(&authorities[1], Vec::new()));
    verify(authorities, &client, NOW + 60, &[root_list.clone(), empty])
        .unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    let revoked = RevokedEntry { serial: client.serial().to_vec(), revoked_at: NOW, reason: Some(1) };
    let full = list(&authorities[1], vec![revoked]);
    let complaint = verify(authorities, &client, NOW + 60, &[root_list, full.clone()]).unwrap_err();
    assert!(complaint.contains("certificate revoked"), "{algorithm}: {complaint}");
    let text = check_crl(&authorities[1], &full).unwrap();
    for part in ["verify OK", "CRL Number", "Key Compromise", "X509v3 Authority Key Identifier"] {
        assert!(text.contains(part), "{algorithm}: {part} is missing in {text}");
    }
}

#[test]
fn openssl_verifies_gost_clients_under_gost_authorities() {
    for algorithm in ["gost-256-a", "gost-256-b", "gost-512-a"] {
        check_bank(bank::demo(), "client-gost-2012", algorithm);
    }
}

#[test]
fn openssl_verifies_every_other_curve_of_the_profile() {
    for algorithm in ["gost-256-c", "gost-256-d", "gost-256-cp-a", "gost-256-xch-b", "gost-512-b", "gost-512-c"] {
        let client = issue(bank::issuing(), "client-gost-2012", algorithm, 42);
        verify(bank::demo(), &client, NOW, &[]).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
    }
}

#[test]
fn openssl_verifies_a_gost_client_under_rsa_authorities() {
    for algorithm in ["gost-256-a", "gost-512-a"] {
        check_bank(bank::rsa(), "client-under-rsa", algorithm);
    }
}

#[test]
fn openssl_reads_in_the_certificate_what_the_profile_says() {
    let client = issue(bank::issuing(), "client-gost-2012", "gost-256-a", 43);
    let text = openssl(
        &[("client.pem", pem(&client))],
        &["x509", "-in", "client.pem", "-noout", "-text", "-nameopt", "utf8,sep_comma_plus"],
    )
    .unwrap();
    for part in [
        "Version: 3",
        "Digital Signature, Non Repudiation",
        "X509v3 Key Usage: critical",
        "TLS Web Client Authentication, E-mail Protection",
        "Policy: Class of Signing Tool KC1",
        "URI:http://ca.bank.example/crl/issuing.crl",
        "Not Before: Jan  2 00:00:00 2026 GMT",
        "Not After : Dec 31 23:59:59 2027 GMT",
        "Рогов Иван Петрович",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("Basic Constraints"));
}

#[test]
fn openssl_refuses_a_chain_with_a_wrong_authority() {
    let client = issue(bank::issuing(), "client-gost-2012", "gost-256-a", 44);
    assert!(verify(bank::rsa(), &client, NOW, &[]).is_err());
}
