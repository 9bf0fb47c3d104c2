//! Profiles: the product's files are good, and every slip of the pen is refused with its file, line and reason.

use std::path::PathBuf;

use ca::Profile;
use crypto::{KeyUsage, KeyUsageSet};

use crate::bank;

const GOOD: &str = r#"authority = "issuing"
class = "Класс 2"
validity = "729d"
key_algorithms = ["gost-256-a", "gost-512-a"]
subject = ["C", "L", "O", "CN"]
subject_required = ["C", "CN"]
key_usage = ["digitalSignature", "nonRepudiation"]
extended_key_usage = ["clientAuth", "1.3.6.1.5.5.7.3.4"]
certificate_policies = ["1.2.643.100.113.1"]
crl = "{base}/crl/{authority}.crl"
private_key_usage_period = "457d"
"#;

#[test]
fn every_profile_of_the_product_is_good() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../profiles");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        Profile::parse(&name, &std::fs::read_to_string(&path).unwrap()).unwrap();
        names.push(name);
    }
    names.sort();
    assert_eq!(names, ["client-any", "client-gost-2012", "client-under-rsa"]);
}

#[test]
fn a_good_profile_says_what_its_file_says() {
    let profile = Profile::parse("client", GOOD).unwrap();
    assert_eq!((profile.name(), profile.authority(), profile.class()), ("client", "issuing", "Класс 2"));
    assert_eq!((profile.validity_seconds(), profile.validity_days()), (729 * 86_400, 729));
    assert_eq!(profile.key_usage(), KeyUsageSet::of([KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]));
    assert_eq!(profile.extended_key_usage(), ["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"]);
    assert_eq!(profile.private_key_usage_seconds(), Some(457 * 86_400));
    assert_eq!(profile.crl_url("https://ca.bank.example/"), "https://ca.bank.example/crl/issuing.crl");
}

#[test]
fn a_slip_is_refused_with_file_line_and_reason() {
    let check = |from: &str, to: &str, line: usize, reason: &str| {
        assert!(GOOD.contains(from), "{from}");
        let error = Profile::parse("client", &GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("client.toml", Some(line)), "{to}: {error}");
        assert!(error.reason.contains(reason), "{to}: {error}");
    };
    check("class =", "klass =", 2, "unknown field `klass`");
    check("validity =", "signature = \"sha1WithRSAEncryption\"\nvalidity =", 3, "unknown field `signature`");
    check("validity =", "digest = \"sha1\"\nvalidity =", 3, "unknown field `digest`");
    check("\"gost-512-a\"", "\"rsa-sha1\"", 4, "not a key algorithm");
    check("\"gost-512-a\"", "\"sha1WithRSAEncryption\"", 4, "not a key algorithm");
    check("\"gost-512-a\"", "\"rsa-1024\"", 4, "not a key algorithm");
    check("\"gost-512-a\"", "\"gost-256-a\"", 4, "stands twice");
    check("[\"gost-256-a\", \"gost-512-a\"]", "[]", 4, "empty");
    check("\"issuing\"", "\"../root\"", 1, "the name of an authority");
    check("\"Класс 2\"", "\" \"", 2, "no words");
    check("\"729d\"", "\"two years\"", 3, "not a length of time");
    check("\"729d\"", "\"0d\"", 3, "not a length of time");
    check("\"729d\"", "\"9999d\"", 3, "longer than");
    check("\"457d\"", "\"730d\"", 11, "outlive");
    check("\"L\"", "\"LOCALITY\"", 5, "not an attribute type");
    check("[\"C\", \"CN\"]", "[\"C\", \"SNILS\"]", 6, "does not stand in `subject`");
    check("\"nonRepudiation\"", "\"keyCertSign\"", 7, "authorities only");
    check("\"nonRepudiation\"", "\"cRLSign\"", 7, "authorities only");
    check("\"nonRepudiation\"", "\"everything\"", 7, "not a key usage");
    check("\"clientAuth\"", "\"everything\"", 8, "not a dotted identifier");
    check("\"1.2.643.100.113.1\"", "\"1.2.643.\"", 9, "not a dotted identifier");
    check("{authority}.crl", "{name}.crl", 10, "only {base} and {authority}");
    check("{authority}.crl", "list.crl", 10, "would share one address");
    check("{base}/crl", "ldap://crl", 10, "starts with");
}

#[test]
fn a_missing_key_and_a_broken_file_are_refused() {
    let error = Profile::parse("client", &GOOD.replacen("class = \"Класс 2\"\n", "", 1)).unwrap_err();
    assert!(error.reason.contains("missing field `class`"), "{error}");
    let error = Profile::parse("client", "authority = ").unwrap_err();
    assert_eq!(error.line, Some(1));
    assert!(Profile::parse("../client", GOOD).is_err());
}

#[test]
fn a_subject_is_held_to_the_profile() {
    let profile = Profile::parse("client", GOOD).unwrap();
    let check = |pairs: &[(&str, &str)]| {
        profile
            .check_subject(&crypto::Name::from_pairs(pairs.iter().copied()).unwrap())
            .map_err(|reason| reason.to_string())
    };
    assert_eq!(check(&[("2.5.4.6", "RU"), ("2.5.4.3", "Rogov")]), Ok(()));
    let refused = |pairs: &[(&str, &str)], reason: &str| assert!(check(pairs).unwrap_err().contains(reason));
    refused(&[("2.5.4.6", "RU")], "CN is missing");
    refused(&[("2.5.4.3", "Rogov"), ("2.5.4.6", "RU")], "out of the profile's order");
    refused(&[("2.5.4.6", "RU"), ("2.5.4.3", "Rogov"), ("2.5.4.3", "Ivanov")], "twice");
    refused(&[("2.5.4.6", "RU"), ("1.2.643.100.3", "12345678901"), ("2.5.4.3", "Rogov")], "has no attribute SNILS");
    refused(&[("2.5.4.6", "RU"), ("2.5.4.17", "630000"), ("2.5.4.3", "Rogov")], "unknown");
    assert_eq!(bank::profile("client-gost-2012").check_subject(&bank::rogov()), Ok(()));
}
