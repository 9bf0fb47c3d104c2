//! The same chains judged by `openssl verify`: where it knows a rule, it must agree with us.

use surguch_crypto::{Demands, Extension, Name, RevocationEvidence, Subtree, find_chain, pem_encode};

use crate::chain::{Family, LEAF, LOWER, ROOT, UPPER};
use crate::openssl::OpenSsl;
use crate::support::{DAY, NOW, name};

const ONE: &str = "1.2.643.100.113.1";
const TWO: &str = "1.2.643.100.113.2";
const ANY: &str = "2.5.29.32.0";

/// Asks both; the answers must be equal, and be the one expected.
fn check(openssl: &OpenSsl, what: &str, family: &Family, demands: &Demands<'_>, options: &[&str], expected: bool) {
    let [root, upper, lower, leaf] = family.certificates();
    let pem = |certificate: &surguch_crypto::Certificate| pem_encode("CERTIFICATE", certificate.as_der());
    openssl.write("root.crt", pem(&root));
    openssl.write("pool.crt", pem(&upper) + &pem(&lower));
    openssl.write("leaf.crt", pem(&leaf));
    let moment = demands.at.to_string();
    let verify = [
        "verify",
        "-x509_strict",
        "-attime",
        &moment,
        "-CAfile",
        "root.crt",
        "-untrusted",
        "pool.crt",
        "-policy_check",
    ];
    let theirs = openssl.run(&[&verify[..], options, &["leaf.crt"]].concat());
    let evidence: [RevocationEvidence<'_>; 0] = [];
    let ours = find_chain(&leaf, &[upper, lower], &[root], &evidence, demands);
    let text = String::from_utf8_lossy(&theirs.stderr);
    assert_eq!(ours.is_ok(), expected, "{what}: ours {ours:?}");
    assert_eq!(theirs.status.success(), expected, "{what}: openssl {text}");
}

fn policies(family: Family, lists: [&[&str]; 3]) -> Family {
    [UPPER, LOWER, LEAF]
        .into_iter()
        .zip(lists)
        .filter(|(_, list)| !list.is_empty())
        .fold(family, |family, (at, list)| {
            family.with(at, Extension::certificate_policies(list.iter().copied()).unwrap())
        })
}

#[test]
fn openssl_agrees_about_dates_authorities_and_path_lengths() {
    let openssl = OpenSsl::new();
    let at = Demands::at(NOW);
    let agree = |what: &str, family: &Family, expected| check(&openssl, what, family, &at, &[], expected);
    agree("a plain chain", &Family::plain(), true);
    agree("a chain of GOST and ECDSA", &Family::new(), true);
    agree("expired", &Family::plain().bent(LOWER, |tbs| tbs.not_after = NOW - 1), false);
    agree("not yet valid", &Family::plain().bent(LEAF, |tbs| tbs.not_before = NOW + DAY), false);
    let path_len = |at, length| Family::plain().with(at, Extension::basic_constraints(true, Some(length)));
    agree("path length 1 of 1", &path_len(UPPER, 1), true);
    agree("path length 1 of 0", &path_len(UPPER, 0), false);
    agree("path length 2 of 2", &path_len(ROOT, 2), true);
    agree("path length 2 of 1", &path_len(ROOT, 1), false);
    let renewed = path_len(UPPER, 0)
        .bent(LOWER, |tbs| tbs.subject = name("Upper"))
        .bent(LEAF, |tbs| tbs.issuer_der = name("Upper").to_der());
    agree("a self-issued authority", &renewed, true);
    agree("not an authority", &Family::plain().with(LOWER, Extension::basic_constraints(false, None)), false);
    let unknown = Extension { oid: "1.2.3.4".to_owned(), critical: true, value: vec![5, 0] };
    agree("a critical extension", &Family::plain().with(LOWER, unknown), false);
}

#[test]
fn openssl_agrees_about_policies() {
    let openssl = OpenSsl::new();
    let at = Demands::at(NOW);
    let explicit = Demands { require_explicit_policy: true, ..at };
    let one = Demands { acceptable_policies: &[ONE], ..explicit };
    // Without a policy named, openssl takes none where one is required; RFC 5280 takes any.
    let any_policy = ["-policy", ANY];
    let must = ["-explicit_policy", "-policy", ANY];
    let must_one = ["-explicit_policy", "-policy", ONE];
    for (what, lists, open, any, only_one) in [
        ("all one", [&[ONE][..], &[ONE], &[ONE]], true, true, true),
        ("all two", [&[TWO], &[TWO], &[TWO]], true, true, false),
        ("both above, two below", [&[ONE, TWO], &[TWO, ONE], &[TWO]], true, true, false),
        ("any above", [&[ANY], &[ANY], &[ONE]], true, true, true),
        ("any all the way", [&[ANY], &[ANY], &[ANY]], true, true, true),
        ("any in between", [&[ONE], &[ANY], &[ONE]], true, true, true),
        ("any below", [&[TWO], &[TWO], &[ANY]], true, true, false),
        ("broken in between", [&[ONE], &[TWO], &[ONE]], true, false, false),
        ("missing in between", [&[ONE], &[], &[ONE]], true, false, false),
        ("missing below", [&[ONE], &[ONE], &[]], true, false, false),
    ] {
        let family = policies(Family::plain(), lists);
        check(&openssl, what, &family, &at, &[], open);
        check(&openssl, what, &family, &explicit, &must, any);
        check(&openssl, what, &family, &one, &must_one, only_one);
    }

    let constrained = |lists, extension| policies(Family::plain(), lists).with(UPPER, extension);
    let require = |skip| Extension::policy_constraints(Some(skip), None).unwrap();
    check(&openssl, "required", &constrained([&[ONE][..], &[ONE], &[ONE]], require(0)), &at, &any_policy, true);
    check(
        &openssl,
        "required, broken",
        &constrained([&[ONE][..], &[ONE], &[TWO]], require(0)),
        &at,
        &any_policy,
        false,
    );
    check(&openssl, "required later", &constrained([&[ONE][..], &[ONE], &[TWO]], require(3)), &at, &any_policy, true);
    for (skip, expected) in [(0, false), (1, false), (2, true)] {
        let family = constrained([&[ONE][..], &[ANY], &[ANY]], Extension::inhibit_any_policy(skip));
        check(&openssl, "any inhibited above", &family, &explicit, &must, expected);
    }
    let inhibited = Demands { inhibit_any_policy: true, ..explicit };
    let family = policies(Family::plain(), [&[ANY], &[ANY], &[ONE]]);
    check(&openssl, "any inhibited", &family, &inhibited, &["-explicit_policy", "-policy", ANY, "-inhibit_any"], false);

    let mapping = || Extension::policy_mappings([(ONE, TWO)]).unwrap();
    let no_mapping = Demands { inhibit_policy_mapping: true, ..explicit };
    let mapped = constrained([&[ONE][..], &[TWO], &[TWO]], mapping());
    check(&openssl, "mapped", &mapped, &explicit, &must, true);
    check(&openssl, "mapped to one", &mapped, &one, &must_one, true);
    check(
        &openssl,
        "mapping inhibited",
        &mapped,
        &no_mapping,
        &["-explicit_policy", "-policy", ANY, "-inhibit_map"],
        false,
    );
    let unmapped = constrained([&[ONE][..], &[ONE], &[ONE]], mapping());
    check(&openssl, "mapped away", &unmapped, &explicit, &must, false);
    let constrained_mapping = policies(Family::plain(), [&[ONE], &[ONE], &[TWO]]).with(LOWER, mapping());
    check(&openssl, "mapped below", &constrained_mapping, &explicit, &must, true);
    let inhibit = Extension::policy_constraints(None, Some(0)).unwrap();
    check(&openssl, "mapping inhibited above", &constrained_mapping.with(UPPER, inhibit), &explicit, &must, false);
}

#[test]
fn openssl_agrees_about_name_constraints() {
    let openssl = OpenSsl::new();
    let at = Demands::at(NOW);
    let directory = |pairs: &[(&str, &str)]| Subtree::Directory(Name::from_pairs(pairs.iter().copied()).unwrap());
    let own = directory(&[("2.5.4.6", "RU"), ("2.5.4.10", "Шестой банк")]);
    let other = directory(&[("2.5.4.6", "RU"), ("2.5.4.10", "Седьмой банк")]);
    let rogov = directory(&[("2.5.4.6", "RU"), ("2.5.4.10", "Шестой банк"), ("2.5.4.3", "rogov")]);
    let list = std::slice::from_ref;
    for (what, permitted, excluded, expected) in [
        ("permitted", list(&own), &[][..], true),
        ("permitted elsewhere", list(&other), &[], false),
        ("excluded elsewhere", &[], list(&other), true),
        ("excluded", &[], list(&own), false),
        ("excluded in another case", list(&own), list(&rogov), false),
    ] {
        let extension = Extension::name_constraints(permitted, excluded).unwrap();
        for place in [UPPER, LOWER] {
            check(&openssl, what, &Family::plain().with(place, extension.clone()), &at, &[], expected);
        }
    }
    for (address, expected) in [("rogov@ro.test", true), ("rogov@other.test", false)] {
        let pairs = [("2.5.4.6", "RU"), ("1.2.840.113549.1.9.1", address), ("2.5.4.3", "Rogov")];
        let subject = Name::from_pairs(pairs).unwrap();
        let constraints = Extension::name_constraints(&[Subtree::Mail("ro.test".to_owned())], &[]).unwrap();
        let family = Family::plain().with(LOWER, constraints).bent(LEAF, |tbs| tbs.subject = subject);
        check(&openssl, address, &family, &at, &[], expected);
    }
}

#[test]
fn openssl_agrees_about_purposes() {
    let openssl = OpenSsl::new();
    let mail = Demands { purpose: Some("1.3.6.1.5.5.7.3.4"), ..Demands::at(NOW) };
    let purposes = |list: &[&str]| Extension::extended_key_usage(list.iter().copied()).unwrap();
    let both = purposes(&["1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"]);
    let client = purposes(&["1.3.6.1.5.5.7.3.2"]);
    for (what, family, expected) in [
        ("no purposes", Family::plain(), true),
        ("named by the leaf", Family::plain().with(LEAF, both.clone()), true),
        ("named all the way", Family::plain().with(LOWER, both.clone()).with(LEAF, both), true),
        ("not named by the leaf", Family::plain().with(LEAF, client.clone()), false),
        ("not named above", Family::plain().with(LOWER, client), false),
    ] {
        check(&openssl, what, &family, &mail, &["-purpose", "smimesign"], expected);
    }
}
