//! Plans of authorities: the reviewed files of the product are good, wrong ones are refused with their line.

use ca::AuthorityPlan;

use crate::bank;

const GOOD: &str = r#"[[authority]]
name = "issuing"
issuer = "root"
algorithm = "gost-256-a"
subject = [["C", "RU"], ["CN", "Issuing"]]
validity = "3650d"
path_len = 0
crl_life = "24h"
[[authority]]
name = "root"
algorithm = "gost-512-a"
subject = [["C", "RU"], ["CN", "Root"]]
validity = "7300d"
path_len = 1
crl_life = "30d"
"#;

#[test]
fn the_plan_of_the_demonstration_reads_as_reviewed() {
    let plan = AuthorityPlan::parse(&bank::file("demo/ca.toml")).unwrap();
    let line = |name: &str| {
        let spec = plan.find(name).unwrap();
        let issuer = spec.issuer.as_deref().unwrap_or("itself");
        let path = spec.path_len.map_or("any".to_owned(), |length| length.to_string());
        let subject = spec.distinguished_name().unwrap();
        format!(
            "{name} by {issuer}: {}, {subject}, {} d, path {path}, CRL {} h",
            spec.algorithm, spec.validity_days, spec.crl_life_hours
        )
    };
    assert_eq!(
        line("root"),
        "root by itself: gost-512-a, CN=Surguch demo root, O=Surguch demo, C=RU, 7300 d, path 1, CRL 720 h"
    );
    assert_eq!(
        line("issuing"),
        "issuing by root: gost-256-a, CN=Surguch demo issuing, O=Surguch demo, C=RU, 3650 d, path 0, CRL 24 h"
    );
    assert_eq!(plan.authorities().len(), 2);
    assert_eq!(AuthorityPlan::parse(&bank::file("docs/examples/ca-rsa.toml")).unwrap().authorities().len(), 2);
}

#[test]
fn issuers_come_before_those_they_sign_wherever_they_stand() {
    let plan = AuthorityPlan::parse(GOOD).unwrap();
    let names: Vec<&str> = plan.authorities().iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["root", "issuing"]);
}

#[test]
fn a_wrong_plan_is_refused_with_line_and_reason() {
    let check = |from: &str, to: &str, line: usize, reason: &str| {
        assert!(GOOD.contains(from), "{from}");
        let error = AuthorityPlan::parse_file("ca.toml", &GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("ca.toml", Some(line)), "{to}: {error}");
        assert!(error.reason.contains(reason), "{to}: {error}");
    };
    check("path_len = 0", "digest = \"sha1\"", 7, "unknown field `digest`");
    check("\"gost-256-a\"", "\"sha1WithRSAEncryption\"", 4, "not a key algorithm");
    check("\"gost-256-a\"", "\"gost-512-test\"", 4, "not a key algorithm");
    check("name = \"issuing\"", "name = \"root\"", 10, "a second authority");
    check("name = \"issuing\"", "name = \"Issuing CA\"", 2, "the name of an authority");
    check("issuer = \"root\"", "issuer = \"roof\"", 3, "no authority of this name");
    check("name = \"root\"\n", "name = \"root\"\nissuer = \"issuing\"\n", 3, "circle");
    check("path_len = 0", "path_len = 1", 7, "less than");
    check("path_len = 0\n", "", 2, "path_len is required");
    check("path_len = 1", "path_len = 9", 14, "at most");
    check("\"3650d\"", "\"7301d\"", 6, "longer than the life of its issuer");
    check("\"3650d\"", "\"36h\"", 6, "whole days");
    check("\"24h\"", "\"4000d\"", 8, "outlive");
    check("\"Issuing\"", "\"Root\"", 5, "the same subject");
    check("[\"CN\", \"Issuing\"]", "[\"CN\", \"\"]", 5, "no value");
    check("[\"CN\", \"Issuing\"]", "[\"O\", \"Issuing\"]", 5, "CN is missing");
    check("[\"CN\", \"Issuing\"]", "[\"CN\", \"Issuing\"], [\"CN\", \"Issuing\"]", 5, "twice");
    check("[\"CN\", \"Issuing\"]", "[\"commonName\", \"Issuing\"]", 5, "not an attribute type");
    assert!(AuthorityPlan::parse("").unwrap_err().reason.contains("no [[authority]]"));
}
