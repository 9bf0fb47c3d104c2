//! Chains rule by rule: for each a chain that keeps it and one that breaks it, made here, with the rule and the certificate named.

use surguch_crypto::ocsp::{CertificateLabel, LabelHash, OcspResponse};
use surguch_crypto::{
    Certificate, ChainRefusal, Crl, Demands, Error, Extension, KeyUsage, KeyUsageSet, Name, Policies, PrivateKey,
    Revocation, RevocationEvidence, RevokedEntry, Rule, Signer, Subtree, TbsCertificate, TbsCrl, assemble, build_chain,
    find_chain,
};

use crate::support::{DAY, NOW, Plan, key, name, rng, root};

/// Root, two authorities and a leaf, of four algorithms, and one field to bend in each.
pub(crate) struct Family {
    pub(crate) keys: [PrivateKey; 4],
    /// Root first, leaf last.
    pub(crate) plans: [TbsCertificate; 4],
}

pub(crate) const ROOT: usize = 0;
pub(crate) const UPPER: usize = 1;
pub(crate) const LOWER: usize = 2;
pub(crate) const LEAF: usize = 3;

impl Family {
    pub(crate) fn new() -> Self {
        Self::of(["gost-512-c", "ecdsa-p384", "gost-256-b", "gost-256-a"])
    }

    /// The same of algorithms that every openssl knows.
    pub(crate) fn plain() -> Self {
        Self::of(["ecdsa-p256"; 4])
    }

    fn of(words: [&str; 4]) -> Self {
        let mut seed = 0;
        let keys = words.map(|word| {
            seed += 1;
            key(word, seed)
        });
        let titles = ["Root", "Upper", "Lower", "Rogov"];
        let plan = |at: usize| {
            let above = at.saturating_sub(1);
            match at {
                LEAF => Plan::leaf(titles[at], &keys[at], &name(titles[above]), &keys[above]).tbs,
                _ => Plan::authority(titles[at], &keys[at], &name(titles[above]), &keys[above], None).tbs,
            }
        };
        let mut plans = [plan(ROOT), plan(UPPER), plan(LOWER), plan(LEAF)];
        for (at, plan) in (1..).zip(&mut plans) {
            plan.serial = vec![at];
        }
        Self { keys, plans }
    }

    /// With another extension in one of them; an extension of the same identifier gives way.
    pub(crate) fn with(mut self, at: usize, extension: Extension) -> Self {
        self.plans[at].extensions.retain(|other| other.oid != extension.oid);
        self.plans[at].extensions.push(extension);
        self
    }

    pub(crate) fn bent(mut self, at: usize, bend: impl FnOnce(&mut TbsCertificate)) -> Self {
        bend(&mut self.plans[at]);
        self
    }

    pub(crate) fn certificates(&self) -> [Certificate; 4] {
        [ROOT, UPPER, LOWER, LEAF].map(|at| Plan { tbs: self.plans[at].clone() }.sign(&self.keys[at.saturating_sub(1)]))
    }

    fn find(&self, demands: &Demands<'_>, evidence: &[RevocationEvidence<'_>]) -> Result<Policies, ChainRefusal> {
        let [root, upper, lower, leaf] = self.certificates();
        let pool = [lower.clone(), upper.clone()];
        let chain = find_chain(&leaf, &pool, std::slice::from_ref(&root), evidence, demands)?;
        assert_eq!(chain.certificates(), [leaf, lower, upper, root]);
        Ok(chain.policies().clone())
    }

    fn holds(&self, demands: &Demands<'_>) -> Policies {
        self.find(demands, &[]).unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// The rule, and whether the certificate that broke it is the one at this place.
    fn breaks(&self, demands: &Demands<'_>, rule: &Rule, at: usize) {
        let refusal = self.find(demands, &[]).unwrap_err();
        assert_eq!(&refusal.rule, rule);
        assert_eq!(refusal.position, LEAF - at, "{refusal}");
        assert_eq!(refusal.certificate().serial(), self.plans[at].serial);
    }
}

impl Family {
    /// [`Family::breaks`] where the way ends before the anchor, so that the place counts from the leaf all the same.
    fn breaks_on_the_way(&self, rule: &Rule, at: usize) {
        let refusal = self.find(&Demands::at(NOW), &[]).unwrap_err();
        assert_eq!((&refusal.rule, refusal.certificate().serial()), (rule, self.plans[at].serial.as_slice()));
    }
}

fn at() -> Demands<'static> {
    Demands::at(NOW)
}

fn usage(usages: &[KeyUsage]) -> Extension {
    Extension::key_usage(KeyUsageSet::of(usages.iter().copied()))
}

#[test]
fn a_chain_of_four_algorithms_holds_and_names_its_parts() {
    let family = Family::new();
    assert_eq!(family.holds(&at()), Policies::These(vec![]));
    let [root, upper, lower, leaf] = family.certificates();
    let chain = find_chain(&leaf, &[upper.clone(), lower.clone()], std::slice::from_ref(&root), &[], &at()).unwrap();
    assert_eq!((chain.leaf(), chain.anchor()), (&leaf, &root));
    assert_eq!(chain.into_certificates(), [leaf.clone(), lower.clone(), upper.clone(), root.clone()]);
    // Any authority on the way may be the anchor, and so may the leaf.
    let shorter = find_chain(&leaf, std::slice::from_ref(&lower), std::slice::from_ref(&upper), &[], &at()).unwrap();
    assert_eq!(shorter.certificates().len(), 3);
    let alone = find_chain(&leaf, &[], std::slice::from_ref(&leaf), &[], &at()).unwrap();
    assert_eq!(alone.certificates(), std::slice::from_ref(&leaf));
    assert_eq!((alone.leaf(), alone.anchor()), (&leaf, &leaf));

    let refusal = find_chain(&leaf, std::slice::from_ref(&lower), &[root], &[], &at()).unwrap_err();
    assert_eq!((&refusal.rule, refusal.certificate()), (&Rule::IssuerUnknown, &lower));
    assert_eq!(refusal.path, [leaf, lower]);
    assert_eq!(Error::from(refusal), Error::Invalid { what: "issuer-unknown" });
}

#[test]
fn every_certificate_must_be_valid_at_the_moment() {
    for place in [ROOT, UPPER, LOWER, LEAF] {
        Family::new().bent(place, |tbs| tbs.not_after = NOW).holds(&at());
        Family::new().bent(place, |tbs| tbs.not_after = NOW - 1).breaks(&at(), &Rule::Expired, place);
        Family::new().bent(place, |tbs| tbs.not_before = NOW).holds(&at());
        Family::new().bent(place, |tbs| tbs.not_before = NOW + 1).breaks(&at(), &Rule::NotYetValid, place);
    }
    // The same certificates at another moment.
    let family = Family::new().bent(UPPER, |tbs| tbs.not_after = NOW - 1);
    family.holds(&Demands::at(NOW - 1));
}

#[test]
fn an_issuer_is_an_authority_and_may_sign_certificates() {
    for place in [UPPER, LOWER] {
        let not_ca = Family::new().with(place, Extension::basic_constraints(false, None));
        not_ca.breaks(&at(), &Rule::NotAuthority, place);
        let silent = Family::new().bent(place, |tbs| tbs.extensions.retain(|extension| extension.oid != "2.5.29.19"));
        silent.breaks(&at(), &Rule::NotAuthority, place);
        Family::new().with(place, usage(&[KeyUsage::CrlSign])).breaks(&at(), &Rule::NotAuthority, place);
        Family::new().bent(place, |tbs| tbs.extensions.retain(|extension| extension.oid != "2.5.29.15")).holds(&at());
    }
    // An anchor may be silent about itself, and may not say the contrary.
    Family::new().bent(ROOT, |tbs| tbs.extensions.retain(|extension| extension.oid != "2.5.29.19")).holds(&at());
    Family::new().with(ROOT, Extension::basic_constraints(false, None)).breaks(&at(), &Rule::NotAuthority, ROOT);
}

#[test]
fn path_lengths_are_kept_and_self_issued_authorities_are_not_counted() {
    Family::new().with(UPPER, Extension::basic_constraints(true, Some(1))).holds(&at());
    Family::new().with(UPPER, Extension::basic_constraints(true, Some(0))).breaks(&at(), &Rule::PathLength, UPPER);
    Family::new().with(ROOT, Extension::basic_constraints(true, Some(2))).holds(&at());
    Family::new().with(ROOT, Extension::basic_constraints(true, Some(1))).breaks(&at(), &Rule::PathLength, ROOT);
    // The lower authority is the upper one with a new key: it does not count.
    let renamed = Family::new()
        .with(UPPER, Extension::basic_constraints(true, Some(0)))
        .bent(LOWER, |tbs| tbs.subject = name("Upper"))
        .bent(LEAF, |tbs| tbs.issuer_der = name("Upper").to_der());
    renamed.holds(&at());
}

#[test]
fn an_unknown_critical_extension_is_refused_anywhere() {
    let unknown = |critical| Extension { oid: "1.2.3.4".to_owned(), critical, value: vec![5, 0] };
    for place in [ROOT, UPPER, LOWER, LEAF] {
        Family::new().with(place, unknown(false)).holds(&at());
        Family::new().with(place, unknown(true)).breaks(&at(), &Rule::CriticalExtension("1.2.3.4".to_owned()), place);
    }
    // issuingDistributionPoint and deltaCRLIndicator belong to lists; freshestCRL is not obeyed.
    let freshest = Extension { oid: "2.5.29.46".to_owned(), critical: true, value: vec![0x30, 0] };
    Family::new().with(LEAF, freshest).breaks(&at(), &Rule::CriticalExtension("2.5.29.46".to_owned()), LEAF);
}

#[test]
fn key_usage_and_purpose_are_what_the_caller_demands() {
    let signing =
        Demands { key_usage: KeyUsageSet::of([KeyUsage::DigitalSignature, KeyUsage::NonRepudiation]), ..at() };
    Family::new().holds(&signing);
    Family::new().with(LEAF, usage(&[KeyUsage::DigitalSignature])).breaks(&signing, &Rule::KeyUsage, LEAF);
    Family::new().bent(LEAF, |tbs| tbs.extensions.retain(|extension| extension.oid != "2.5.29.15")).holds(&signing);

    const MAIL: &str = "1.3.6.1.5.5.7.3.4";
    const CLIENT: &str = "1.3.6.1.5.5.7.3.2";
    let purposes = |purposes: &[&str]| Extension::extended_key_usage(purposes.iter().copied()).unwrap();
    let mail = Demands { purpose: Some(MAIL), ..at() };
    Family::new().holds(&mail);
    for place in [ROOT, UPPER, LOWER, LEAF] {
        Family::new().with(place, purposes(&[CLIENT])).holds(&at());
        Family::new().with(place, purposes(&[CLIENT])).breaks(&mail, &Rule::Purpose, place);
        Family::new().with(place, purposes(&[CLIENT, MAIL])).holds(&mail);
        Family::new().with(place, purposes(&["2.5.29.37.0"])).holds(&mail);
    }
}

const ONE: &str = "1.2.643.100.113.1";
const TWO: &str = "1.2.643.100.113.2";
const ANY: &str = "2.5.29.32.0";

fn policies(policies: &[&str]) -> Extension {
    Extension::certificate_policies(policies.iter().copied()).unwrap()
}

/// A family with these policies in upper, lower and leaf; none leaves the extension out.
fn under(upper: &[&str], lower: &[&str], leaf: &[&str]) -> Family {
    let mut family = Family::plain();
    for (place, list) in [(UPPER, upper), (LOWER, lower), (LEAF, leaf)] {
        if !list.is_empty() {
            family = family.with(place, policies(list));
        }
    }
    family
}

fn these(policies: &[&str]) -> Policies {
    Policies::These(policies.iter().map(|policy| (*policy).to_owned()).collect())
}

#[test]
fn policies_are_what_all_certificates_share() {
    let explicit = Demands { require_explicit_policy: true, ..at() };
    assert_eq!(under(&[ONE], &[ONE, TWO], &[ONE]).holds(&explicit), these(&[ONE]));
    assert_eq!(under(&[ONE, TWO], &[TWO, ONE], &[ONE, TWO]).holds(&explicit), these(&[ONE, TWO]));
    assert_eq!(under(&[ANY], &[ANY], &[ANY]).holds(&explicit), Policies::Any);
    assert_eq!(under(&[ANY], &[ANY], &[TWO]).holds(&explicit), these(&[TWO]));
    assert_eq!(under(&[ONE], &[ANY], &[ANY]).holds(&explicit), these(&[ONE]));
    assert_eq!(under(&[ANY], &[ONE, ANY], &[TWO]).holds(&explicit), these(&[TWO]));
    // Without the demand a path without policies is a good path, and says so.
    assert_eq!(under(&[ONE], &[TWO], &[ONE]).holds(&at()), these(&[]));
    under(&[ONE], &[TWO], &[ONE]).breaks(&explicit, &Rule::Policy, LOWER);
    under(&[ONE], &[], &[ONE]).breaks(&explicit, &Rule::Policy, LOWER);
    under(&[ONE], &[ONE], &[]).breaks(&explicit, &Rule::Policy, LEAF);
    under(&[ONE], &[ONE], &[TWO]).breaks(&explicit, &Rule::Policy, LEAF);

    // Of those only some are acceptable.
    let only_two = Demands { acceptable_policies: &[TWO], require_explicit_policy: true, ..at() };
    assert_eq!(under(&[ONE, TWO], &[TWO, ONE], &[ONE, TWO]).holds(&only_two), these(&[TWO]));
    assert_eq!(under(&[ANY], &[ANY], &[ANY]).holds(&only_two), these(&[TWO]));
    under(&[ONE], &[ONE], &[ONE]).breaks(&only_two, &Rule::Policy, LEAF);
    let willing = Demands { require_explicit_policy: false, ..only_two };
    assert_eq!(under(&[ONE], &[ONE], &[ONE]).holds(&willing), these(&[]));
}

#[test]
fn any_policy_can_be_inhibited() {
    let explicit = Demands { require_explicit_policy: true, ..at() };
    let inhibited = Demands { inhibit_any_policy: true, ..explicit };
    under(&[ANY], &[ANY], &[ONE]).breaks(&inhibited, &Rule::Policy, UPPER);
    assert_eq!(under(&[ONE], &[ONE], &[ONE]).holds(&inhibited), these(&[ONE]));
    // By an authority, for what is below it, after so many certificates.
    let inhibit = |skip| under(&[ONE], &[ANY], &[ANY]).with(UPPER, Extension::inhibit_any_policy(skip));
    inhibit(0).breaks(&explicit, &Rule::Policy, LOWER);
    inhibit(1).breaks(&explicit, &Rule::Policy, LEAF);
    assert_eq!(inhibit(2).holds(&explicit), these(&[ONE]));
    assert_eq!(inhibit(0).holds(&at()), these(&[]));
    // By the anchor about itself.
    let anchored = under(&[ANY], &[ANY], &[ANY]).with(ROOT, Extension::inhibit_any_policy(0));
    anchored.breaks(&explicit, &Rule::Policy, UPPER);
    // A self-issued authority may still say anyPolicy.
    let renewed = under(&[ONE], &[ANY], &[ONE])
        .with(UPPER, Extension::inhibit_any_policy(0))
        .bent(LOWER, |tbs| tbs.subject = name("Upper"))
        .bent(LEAF, |tbs| tbs.issuer_der = name("Upper").to_der());
    assert_eq!(renewed.holds(&explicit), these(&[ONE]));
}

#[test]
fn an_authority_can_require_an_explicit_policy() {
    let require = |family: Family, skip| family.with(UPPER, Extension::policy_constraints(Some(skip), None).unwrap());
    assert_eq!(require(under(&[ONE], &[ONE], &[ONE]), 0).holds(&at()), these(&[ONE]));
    require(under(&[ONE], &[ONE], &[TWO]), 0).breaks(&at(), &Rule::Policy, LEAF);
    require(under(&[ONE], &[], &[ONE]), 0).breaks(&at(), &Rule::Policy, LOWER);
    require(under(&[ONE], &[ONE], &[TWO]), 1).breaks(&at(), &Rule::Policy, LEAF);
    assert_eq!(require(under(&[ONE], &[ONE], &[TWO]), 3).holds(&at()), these(&[]));
    // The leaf of itself.
    let by_leaf = under(&[ONE], &[ONE], &[TWO]).with(LEAF, Extension::policy_constraints(Some(0), None).unwrap());
    by_leaf.breaks(&at(), &Rule::Policy, LEAF);
    // The anchor, of all.
    let by_root = |family: Family| family.with(ROOT, Extension::policy_constraints(Some(0), None).unwrap());
    by_root(under(&[], &[], &[])).breaks(&at(), &Rule::Policy, UPPER);
    by_root(under(&[ONE], &[ONE], &[ONE])).holds(&at());
}

#[test]
fn policies_of_one_domain_map_to_those_of_another() {
    let explicit = Demands { require_explicit_policy: true, ..at() };
    let mapped = |family: Family, at: usize| family.with(at, Extension::policy_mappings([(ONE, TWO)]).unwrap());
    assert_eq!(mapped(under(&[ONE], &[TWO], &[TWO]), UPPER).holds(&explicit), these(&[ONE]));
    assert_eq!(mapped(under(&[ANY], &[TWO], &[TWO]), UPPER).holds(&explicit), these(&[ONE]));
    mapped(under(&[ONE], &[ONE], &[ONE]), UPPER).breaks(&explicit, &Rule::Policy, LOWER);
    let inhibited = Demands { inhibit_policy_mapping: true, ..explicit };
    mapped(under(&[ONE], &[TWO], &[TWO]), UPPER).breaks(&inhibited, &Rule::Policy, LOWER);
    let by_authority = mapped(under(&[ONE], &[ONE], &[TWO]), LOWER);
    assert_eq!(by_authority.holds(&explicit), these(&[ONE]));
    let by_authority = by_authority.with(UPPER, Extension::policy_constraints(None, Some(0)).unwrap());
    by_authority.breaks(&explicit, &Rule::Policy, LEAF);

    let broken =
        Family::plain().with(UPPER, policies(&[ANY])).with(UPPER, Extension::policy_mappings([(ANY, TWO)]).unwrap());
    assert!(matches!(broken.find(&at(), &[]).unwrap_err().rule, Rule::Extension(Error::Malformed { .. })));
}

#[test]
fn a_hostile_growth_of_policies_ends_quickly() {
    // Every policy mapped to every other at every level: the tree of RFC 5280 would have 12^6 leaves.
    let many: Vec<String> = (0..12).map(|number| format!("1.2.643.100.113.{number}")).collect();
    let list: Vec<&str> = many.iter().map(String::as_str).collect();
    let pairs: Vec<(&str, &str)> = list.iter().flat_map(|from| list.iter().map(|to| (*from, *to))).take(128).collect();
    let keys: Vec<PrivateKey> = (0..8).map(|seed| key("ecdsa-p256", seed)).collect();
    let title = |level: usize| format!("Level {level}");
    let certificates: Vec<Certificate> = (0..8)
        .map(|level| {
            let above = level.max(1) - 1;
            let mut plan = Plan::authority(&title(level), &keys[level], &name(&title(above)), &keys[above], None);
            plan.tbs.extensions.push(Extension::certificate_policies(list.iter().copied()).unwrap());
            plan.tbs.extensions.push(Extension::policy_mappings(pairs.iter().copied()).unwrap());
            plan.sign(&keys[above])
        })
        .collect();
    let demands = Demands { require_explicit_policy: true, ..at() };
    let began = std::time::Instant::now();
    find_chain(&certificates[7], &certificates, &certificates[..1], &[], &demands).unwrap();
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[test]
fn crooked_policy_extensions_are_refused() {
    let raw = |oid: &str, value: &[u8]| Extension { oid: oid.to_owned(), critical: false, value: value.to_vec() };
    for (oid, value) in [
        ("2.5.29.32", &[0x30, 0][..]),
        ("2.5.29.32", &[0x30, 10, 0x30, 3, 6, 1, 42, 0x30, 3, 6, 1, 42]),
        ("2.5.29.33", &[0x30, 0]),
        ("2.5.29.36", &[0x30, 0]),
        ("2.5.29.54", &[2, 1, 0xff]),
        ("2.5.29.30", &[0x30, 0]),
    ] {
        let refusal = Family::plain().with(UPPER, raw(oid, value)).find(&at(), &[]).unwrap_err();
        assert!(matches!(refusal.rule, Rule::Extension(Error::Malformed { .. })), "{oid} {refusal}");
        assert_eq!(refusal.position, 2);
    }
    // A qualifier that nobody knows: nothing to a reader who may ignore the extension.
    let value = [0x30, 13, 0x30, 11, 6, 2, 42, 3, 0x30, 5, 0x30, 3, 6, 1, 42];
    Family::plain().with(LEAF, raw("2.5.29.32", &value)).holds(&at());
    let critical = Extension { critical: true, ..raw("2.5.29.32", &value) };
    let rule = Rule::Extension(Error::Unsupported { what: "policy qualifier", name: "1.2".to_owned() });
    Family::plain().with(LEAF, critical).breaks(&at(), &rule, LEAF);
}

fn directory(pairs: &[(&str, &str)]) -> Subtree {
    Subtree::Directory(Name::from_pairs(pairs.iter().copied()).unwrap())
}

const COUNTRY: (&str, &str) = ("2.5.4.6", "RU");
const BANK: (&str, &str) = ("2.5.4.10", "Шестой банк");

#[test]
fn distinguished_names_stay_inside_the_permitted_and_outside_the_excluded() {
    let constrained = |at: usize, permitted: &[Subtree], excluded: &[Subtree]| {
        Family::plain().with(at, Extension::name_constraints(permitted, excluded).unwrap())
    };
    let own = directory(&[COUNTRY, BANK]);
    let other = directory(&[COUNTRY, ("2.5.4.10", "Седьмой банк")]);
    let rogov = directory(&[COUNTRY, BANK, ("2.5.4.3", "ROGOV")]);
    for place in [ROOT, UPPER, LOWER] {
        constrained(place, std::slice::from_ref(&own), &[]).holds(&at());
        constrained(place, &[other.clone(), own.clone()], &[]).holds(&at());
        constrained(place, std::slice::from_ref(&other), &[]).breaks(&at(), &Rule::NameConstraints, place + 1);
        constrained(place, &[], std::slice::from_ref(&other)).holds(&at());
        constrained(place, &[], std::slice::from_ref(&own)).breaks(&at(), &Rule::NameConstraints, place + 1);
        // Excluded whatever the case it is written in.
        constrained(place, &[], std::slice::from_ref(&rogov)).breaks(&at(), &Rule::NameConstraints, LEAF);
    }
    // Only names of the same form are compared.
    constrained(UPPER, &[Subtree::Mail("b.test".to_owned())], &[]).holds(&at());
    // Constraints of several authorities add up.
    let twice = constrained(ROOT, std::slice::from_ref(&own), &[])
        .with(LOWER, Extension::name_constraints(&[], std::slice::from_ref(&rogov)).unwrap());
    twice.breaks(&at(), &Rule::NameConstraints, LEAF);
    // A leaf constrains nobody.
    constrained(LEAF, std::slice::from_ref(&other), &[]).holds(&at());
    // An authority that changes its key is exempt; a leaf of its own name is not.
    let renewed = constrained(UPPER, &[], std::slice::from_ref(&directory(&[COUNTRY, BANK, ("2.5.4.3", "Upper")])))
        .bent(LOWER, |tbs| tbs.subject = name("Upper"))
        .bent(LEAF, |tbs| tbs.issuer_der = name("Upper").to_der());
    renewed.holds(&at());
    renewed.bent(LEAF, |tbs| tbs.subject = name("Upper")).breaks(&at(), &Rule::NameConstraints, LEAF);
}

fn alternative_names(names: &[(u8, &[u8])]) -> Extension {
    let mut members = Vec::new();
    for (tag, octets) in names {
        members.extend([*tag, u8::try_from(octets.len()).unwrap()]);
        members.extend(*octets);
    }
    let mut value = vec![0x30, u8::try_from(members.len()).unwrap()];
    value.extend(members);
    Extension { oid: "2.5.29.17".to_owned(), critical: false, value }
}

#[test]
fn other_names_are_constrained_in_their_own_forms() {
    let mail = |address: &str| {
        let pairs = [COUNTRY, BANK, ("1.2.840.113549.1.9.1", address), ("2.5.4.3", "Rogov")];
        let subject = Name::from_pairs(pairs).unwrap();
        let permitted = [Subtree::Mail("ro.test".to_owned())];
        Family::plain()
            .with(UPPER, Extension::name_constraints(&permitted, &[Subtree::Mail("boss@ro.test".to_owned())]).unwrap())
            .bent(LEAF, |tbs| tbs.subject = subject)
    };
    mail("rogov@RO.test").holds(&at());
    mail("rogov@other.test").breaks(&at(), &Rule::NameConstraints, LEAF);
    mail("Boss@ro.test").breaks(&at(), &Rule::NameConstraints, LEAF);

    let constraints = Extension::name_constraints(
        &[Subtree::Host("bank.test".to_owned()), Subtree::Address(vec![10, 0, 0, 0, 255, 0, 0, 0])],
        &[Subtree::Host("private.bank.test".to_owned())],
    )
    .unwrap();
    let family =
        |names: &[(u8, &[u8])]| Family::plain().with(LOWER, constraints.clone()).with(LEAF, alternative_names(names));
    family(&[(0x82, b"www.bank.test"), (0x87, &[10, 1, 1, 1]), (0x81, b"any@where.test")]).holds(&at());
    family(&[(0x82, b"www.bank.test"), (0x82, b"evil.test")]).breaks(&at(), &Rule::NameConstraints, LEAF);
    family(&[(0x87, &[11, 1, 1, 1])]).breaks(&at(), &Rule::NameConstraints, LEAF);
    family(&[(0x82, b"a.PRIVATE.bank.test")]).breaks(&at(), &Rule::NameConstraints, LEAF);
    family(&[(0x82, b"*.bank.test")]).breaks(&at(), &Rule::NameConstraints, LEAF);
    // Nobody constrains addresses of the web here.
    family(&[(0x86, b"http://evil.test")]).holds(&at());
}

#[test]
fn constraints_of_a_form_that_is_not_compared_are_refused_where_critical() {
    // permittedSubtrees { URI ".test" }
    let value = vec![0x30, 11, 0xa0, 9, 0x30, 7, 0x86, 5, b'.', b't', b'e', b's', b't'];
    let extension = |critical| Extension { oid: "2.5.29.30".to_owned(), critical, value: value.clone() };
    Family::plain().with(LOWER, extension(false)).holds(&at());
    let rule = Rule::Extension(Error::Unsupported { what: "name constraint", name: "URI".to_owned() });
    Family::plain().with(LOWER, extension(true)).breaks(&at(), &rule, LOWER);
    // minimum 1: RFC 5280 wants none.
    let minimum = vec![0x30, 14, 0xa0, 12, 0x30, 10, 0x82, 5, b'.', b't', b'e', b's', b't', 0x80, 1, 1];
    let minimum = Extension { oid: "2.5.29.30".to_owned(), critical: true, value: minimum };
    let refusal = Family::plain().with(LOWER, minimum).find(&at(), &[]).unwrap_err();
    assert!(matches!(refusal.rule, Rule::Extension(Error::Malformed { .. })), "{refusal}");
}

/// Four lists and more: of each issuer, with these serials revoked, made at these times.
fn list(family: &Family, issuer: usize, revoked: &[(u8, i64, u8)], this_update: i64, next_update: i64) -> Crl {
    let key = &family.keys[issuer];
    let tbs = TbsCrl {
        signature_algorithm: key.signature_algorithm(),
        issuer_der: family.plans[issuer].subject.to_der(),
        this_update,
        next_update,
        revoked: revoked
            .iter()
            .map(|&(serial, revoked_at, reason)| RevokedEntry {
                serial: vec![serial],
                revoked_at,
                reason: Some(reason),
            })
            .collect(),
        extensions: vec![],
    };
    let der = tbs.to_der().unwrap();
    let signature = key.sign(&der, &mut rng(1)).unwrap();
    Crl::from_der(&assemble(&der, key.signature_algorithm(), &signature)).unwrap()
}

/// Serials are 1 for the root to 4 for the leaf.
fn judged(family: &Family, lists: &[Crl], demands: &Demands<'_>) -> Result<Policies, ChainRefusal> {
    let evidence: Vec<RevocationEvidence<'_>> = lists.iter().map(RevocationEvidence::Crl).collect();
    family.find(demands, &evidence)
}

fn broken(result: Result<Policies, ChainRefusal>) -> (Rule, usize) {
    let refusal = result.unwrap_err();
    (refusal.rule, refusal.position)
}

#[test]
fn revocation_is_judged_at_the_moment() {
    let family = Family::new();
    let clean = |issuer| list(&family, issuer, &[(99, NOW - DAY, 1)], NOW - 10, NOW + 10);
    let all = [clean(ROOT), clean(UPPER), clean(LOWER)];
    let demanded = Demands { revocation: Revocation::Demanded, ..at() };
    judged(&family, &all, &demanded).unwrap();
    // One list is missing.
    assert_eq!(broken(judged(&family, &all[..2], &demanded)), (Rule::StatusUnknown, 0));
    assert_eq!(broken(judged(&family, &all[1..], &demanded)), (Rule::StatusUnknown, 2));
    judged(&family, &all[..2], &at()).unwrap();
    judged(&family, &[], &at()).unwrap();

    // Each in turn is revoked.
    for (issuer, serial, position) in [(ROOT, 2, 2), (UPPER, 3, 1), (LOWER, 4, 0)] {
        let revoked = list(&family, issuer, &[(serial, NOW - 1, 1)], NOW - 10, NOW + 10);
        let lists = [all[ROOT].clone(), all[UPPER].clone(), all[LOWER].clone()];
        let lists: Vec<Crl> =
            lists.into_iter().enumerate().map(|(at, list)| if at == issuer { revoked.clone() } else { list }).collect();
        assert_eq!(
            broken(judged(&family, &lists, &at())),
            (Rule::Revoked { since: NOW - 1, reason: Some(1) }, position)
        );
        // A second before it was not revoked yet.
        judged(&family, &lists, &Demands { at: NOW - 2, ..demanded }).unwrap();
    }
}

#[test]
fn only_a_list_of_the_issuer_and_of_the_moment_tells_something() {
    let family = Family::new();
    let demanded = Demands { revocation: Revocation::Demanded, ..at() };
    let clean = |issuer| list(&family, issuer, &[], NOW - 10, NOW + 10);
    let with = |leaf_list: Crl| vec![clean(ROOT), clean(UPPER), leaf_list];
    let unknown = (Rule::StatusUnknown, 0);
    // Ended, not yet begun, of a stranger with the issuer's name.
    assert_eq!(broken(judged(&family, &with(list(&family, LOWER, &[], NOW - 10, NOW - 1)), &demanded)), unknown);
    assert_eq!(broken(judged(&family, &with(list(&family, LOWER, &[], NOW + 1, NOW + 10)), &demanded)), unknown);
    let mut stranger = Family::new();
    stranger.keys[LOWER] = key("gost-256-b", 99);
    let forged = list(&stranger, LOWER, &[(4, NOW - 5, 1)], NOW - 10, NOW + 10);
    assert_eq!(broken(judged(&family, &with(forged), &demanded)), unknown);
    // A list made later proves nothing good, and something bad.
    let later = list(&family, LOWER, &[(4, NOW - 5, 1)], NOW + 1, NOW + 10);
    assert_eq!(broken(judged(&family, &with(later), &at())), (Rule::Revoked { since: NOW - 5, reason: Some(1) }, 0));
    let later = list(&family, LOWER, &[(4, NOW + 1, 1)], NOW + 1, NOW + 10);
    judged(&family, &with(later), &at()).unwrap();

    // Of two lists the newer one speaks: a hold has ended, or begun.
    let held = list(&family, LOWER, &[(4, NOW - 9, 6)], NOW - 9, NOW + 10);
    let released = list(&family, LOWER, &[], NOW - 3, NOW + 10);
    let mut lists = with(held.clone());
    assert_eq!(broken(judged(&family, &lists, &demanded)), (Rule::Revoked { since: NOW - 9, reason: Some(6) }, 0));
    lists.push(released.clone());
    judged(&family, &lists, &demanded).unwrap();
    lists.swap(2, 3);
    judged(&family, &lists, &demanded).unwrap();
    let on_hold = Demands { at: NOW - 5, ..demanded };
    assert_eq!(broken(judged(&family, &lists, &on_hold)), (Rule::Revoked { since: NOW - 9, reason: Some(6) }, 0));
    // Revoked from a moment to come.
    judged(&family, &with(list(&family, LOWER, &[(4, NOW + 1, 1)], NOW - 3, NOW + 10)), &demanded).unwrap();

    // An issuer that may not sign lists.
    let mute = Family::new().with(LOWER, usage(&[KeyUsage::KeyCertSign]));
    let lists = [ROOT, UPPER, LOWER].map(|issuer| list(&mute, issuer, &[], NOW - 10, NOW + 10));
    assert_eq!(broken(judged(&mute, &lists, &demanded)), unknown);
}

#[test]
fn answers_about_single_certificates_stand_beside_lists() {
    let family = Family::new();
    let [_, upper, lower, _] = family.certificates();
    let demanded = Demands { revocation: Revocation::Demanded, ..at() };
    let lists = [ROOT, UPPER].map(|issuer| list(&family, issuer, &[], NOW - 10, NOW + 10));
    // By the authority itself, from the moment NOW for a day.
    let answer = |issuer: &Certificate, issuer_at: usize, about: usize, status: &[u8]| {
        let label = CertificateLabel::of(LabelHash::Sha1, issuer, &family.plans[about].serial);
        OcspResponse::from_der(&crate::stamps::answer(&label, status, &family.keys[issuer_at], issuer)).unwrap()
    };
    let with = |answers: &[OcspResponse], demands: &Demands<'_>| {
        let mut evidence: Vec<RevocationEvidence<'_>> = lists.iter().map(RevocationEvidence::Crl).collect();
        evidence.extend(answers.iter().map(RevocationEvidence::Ocsp));
        family.find(demands, &evidence)
    };
    let good = answer(&lower, LOWER, LEAF, &[0x80, 0]);
    with(std::slice::from_ref(&good), &demanded).unwrap();
    let unknown = (Rule::StatusUnknown, 0);
    assert_eq!(broken(with(&[], &demanded)), unknown);
    assert_eq!(broken(with(&[answer(&lower, LOWER, LEAF, &[0x82, 0])], &demanded)), unknown);
    assert_eq!(broken(with(&[answer(&lower, LOWER, LOWER, &[0x80, 0])], &demanded)), unknown);
    assert_eq!(broken(with(&[answer(&upper, UPPER, LEAF, &[0x80, 0])], &demanded)), unknown);
    // Signed by another key than the responder's name stands for.
    assert_eq!(broken(with(&[answer(&lower, UPPER, LEAF, &[0x80, 0])], &demanded)), unknown);
    // Ten minutes earlier the answer was not made yet.
    let earlier = Demands { at: NOW - 600, ..demanded };
    assert_eq!(broken(with(std::slice::from_ref(&good), &earlier)), unknown);
    // [1] { GeneralizedTime 2026-12-31 23:59:59 }: a second before NOW. What is bad prevails over what is good.
    let revoked = [&[0xa1, 17, 0x18, 15][..], b"20261231235959Z"].concat();
    let answers = [good, answer(&lower, LOWER, LEAF, &revoked)];
    assert_eq!(broken(with(&answers, &at())), (Rule::Revoked { since: NOW - 1, reason: None }, 0));
    assert_eq!(
        broken(with(&[answer(&upper, UPPER, LOWER, &revoked)], &at())),
        (Rule::Revoked { since: NOW - 1, reason: None }, 1)
    );
}

#[test]
fn cross_signed_roots_give_another_way_when_the_first_is_closed() {
    // Old root O and new root N; N is also signed by O. The authority below hangs under N.
    let (old_key, new_key, middle_key, leaf_key) =
        (key("rsa-2048", 1), key("gost-512-a", 2), key("ecdsa-p256", 3), key("gost-256-a", 4));
    let old = root("Old", &old_key);
    let new = root("New", &new_key);
    let cross = Plan::authority("New", &new_key, &name("Old"), &old_key, None);
    let middle = Plan::authority("Middle", &middle_key, &name("New"), &new_key, None).sign(&new_key);
    let leaf = Plan::leaf("Rogov", &leaf_key, &name("Middle"), &middle_key).sign(&middle_key);
    let signed_cross = cross.sign(&old_key);

    let pool = [middle.clone(), signed_cross.clone(), new.clone()];
    let through = |anchors: &[Certificate], demands: &Demands<'_>| {
        find_chain(&leaf, &pool, anchors, &[], demands).map(|chain| chain.into_certificates())
    };
    let by_old = [leaf.clone(), middle.clone(), signed_cross.clone(), old.clone()];
    let by_new = [leaf.clone(), middle.clone(), new.clone()];
    assert_eq!(through(std::slice::from_ref(&old), &at()).unwrap(), by_old);
    assert_eq!(through(std::slice::from_ref(&new), &at()).unwrap(), by_new);
    assert_eq!(through(&[old.clone(), new.clone()], &at()).unwrap(), by_new);

    // The direct way is closed by a rule that only a whole path shows; the other is found.
    let mut narrow = Plan::authority("New", &new_key, &name("New"), &new_key, None);
    narrow
        .tbs
        .extensions
        .push(Extension::name_constraints(&[], &[directory(&[COUNTRY, BANK, ("2.5.4.3", "Rogov")])]).unwrap());
    let narrow = narrow.sign(&new_key);
    let pool = [middle.clone(), signed_cross.clone()];
    let found = find_chain(&leaf, &pool, &[narrow.clone(), old.clone()], &[], &at()).unwrap();
    assert_eq!(found.certificates(), by_old);
    let refusal = find_chain(&leaf, &pool, &[narrow], &[], &at()).unwrap_err();
    assert_eq!((&refusal.rule, refusal.certificate()), (&Rule::NameConstraints, &leaf));

    // The cross-certificate is revoked: what hangs under the old root alone is lost.
    let tbs = TbsCrl {
        signature_algorithm: old_key.signature_algorithm(),
        issuer_der: old.subject_der().to_vec(),
        this_update: NOW - 10,
        next_update: NOW + 10,
        revoked: vec![RevokedEntry { serial: signed_cross.serial().to_vec(), revoked_at: NOW - 5, reason: Some(2) }],
        extensions: vec![],
    };
    let der = tbs.to_der().unwrap();
    let signature = old_key.sign(&der, &mut rng(1)).unwrap();
    let crl = Crl::from_der(&assemble(&der, old_key.signature_algorithm(), &signature)).unwrap();
    let evidence = [RevocationEvidence::Crl(&crl)];
    let refusal = find_chain(&leaf, &pool, std::slice::from_ref(&old), &evidence, &at()).unwrap_err();
    assert_eq!(refusal.rule, Rule::Revoked { since: NOW - 5, reason: Some(2) });
    assert_eq!(refusal.certificate(), &signed_cross);
    let by_both = find_chain(&leaf, &pool, &[old, new], &evidence, &at()).unwrap();
    assert_eq!(by_both.certificates(), by_new);
}

#[test]
fn two_authorities_that_certify_each_other_do_not_hold_a_search_up() {
    let keys: Vec<PrivateKey> = (0..3).map(|seed| key("ecdsa-p256", seed)).collect();
    let one = Plan::authority("One", &keys[0], &name("Two"), &keys[1], None).sign(&keys[1]);
    let two = Plan::authority("Two", &keys[1], &name("One"), &keys[0], None).sign(&keys[0]);
    let leaf = Plan::leaf("Rogov", &keys[2], &name("One"), &keys[0]).sign(&keys[0]);
    let refusal = find_chain(&leaf, &[one.clone(), two.clone()], &[], &[], &at()).unwrap_err();
    assert_eq!(refusal.path, [leaf.clone(), one, two]);
    assert_eq!(build_chain(&leaf, &[], &[], NOW), Err(Error::Invalid { what: "issuer-unknown" }));
}

#[test]
fn wrong_signatures_are_told_of_the_certificate_that_carries_them() {
    let mut family = Family::new();
    let right = family.certificates();
    family.keys[UPPER] = key("ecdsa-p384", 50);
    let wrong = Plan { tbs: family.plans[LOWER].clone() }.sign(&family.keys[UPPER]);
    let pool = [right[UPPER].clone(), wrong.clone()];
    let refusal = find_chain(&right[LEAF], &pool, &right[..1], &[], &at()).unwrap_err();
    assert_eq!(refusal.rule, Rule::Signature(Error::Invalid { what: "signature" }));
    assert_eq!(refusal.certificate(), &wrong);
    assert_eq!(refusal.to_string(), format!("invalid signature at {wrong:?}"));
}

#[test]
fn names_chain_by_what_they_say_and_break_where_they_say_another() {
    for place in [UPPER, LOWER, LEAF] {
        let stranger = Family::new().bent(place, |tbs| tbs.issuer_der = name("Stranger").to_der());
        stranger.breaks_on_the_way(&Rule::IssuerUnknown, place);
    }
    // The right name over another key: the identifiers tell, and where there is none, the signature.
    let other = Family::new().with(LEAF, Extension::authority_key_id(&[1; 20]));
    other.breaks_on_the_way(&Rule::IssuerUnknown, LEAF);
    Family::new().bent(LEAF, |tbs| tbs.extensions.retain(|extension| extension.oid != "2.5.29.35")).holds(&at());
}

#[test]
fn an_algorithm_that_is_not_of_the_issuers_key_breaks_a_mixed_chain() {
    let family = Family::new();
    family.holds(&at());
    let [root, upper, lower, leaf] = family.certificates();
    // Signed by an authority of the right name, of another algorithm.
    let impostor = key("ecdsa-p256", 77);
    let mut plan = Plan { tbs: family.plans[LEAF].clone() };
    plan.tbs.signature_algorithm = impostor.signature_algorithm();
    let forged = plan.sign(&impostor);
    let refusal =
        find_chain(&forged, &[lower.clone(), upper.clone()], std::slice::from_ref(&root), &[], &at()).unwrap_err();
    assert_eq!(refusal.rule, Rule::Signature(Error::Invalid { what: "signature-algorithm" }));
    assert_eq!(refusal.certificate(), &forged);
    assert_eq!(find_chain(&leaf, &[lower, upper], &[root], &[], &at()).unwrap().certificates().len(), 4);
}
