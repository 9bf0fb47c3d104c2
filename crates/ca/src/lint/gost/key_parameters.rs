//! A GOST key names a parameter set of its length, and digestParamSet exactly where the rules want it.

use crate::lint::{Candidate, Lint, view};

pub(super) const LINT: Lint = Lint { name: "gost_key_parameters", citation: "RFC 9215 section 4.2", check };

/// Sets that demand digestParamSet = Streebog-256: CryptoPro A, B, C, XchA, XchB.
const WITH_DIGEST: [&str; 5] =
    ["1.2.643.2.2.35.1", "1.2.643.2.2.35.2", "1.2.643.2.2.35.3", "1.2.643.2.2.36.0", "1.2.643.2.2.36.1"];
/// 256-bit sets of TC 26; digestParamSet must (B, C, D) or should (A) be absent.
const OF_256: [&str; 4] = ["1.2.643.7.1.2.1.1.1", "1.2.643.7.1.2.1.1.2", "1.2.643.7.1.2.1.1.3", "1.2.643.7.1.2.1.1.4"];
/// 512-bit sets; digestParamSet should be absent. The test set is none of them.
const OF_512: [&str; 3] = ["1.2.643.7.1.2.1.2.1", "1.2.643.7.1.2.1.2.2", "1.2.643.7.1.2.1.2.3"];

fn check(candidate: &Candidate<'_>) -> Result<(), String> {
    let (algorithm, _) = candidate.certificate.public_key()?;
    let is_512 = match algorithm.oid.as_str() {
        "1.2.643.7.1.1.1.1" => false,
        "1.2.643.7.1.1.1.2" => true,
        _ => return Ok(()),
    };
    let what = "key parameters";
    let parameters = algorithm.parameters.ok_or("key parameters are absent")?;
    let mut fields = view::Reader::new(view::only(parameters.whole, 0x30, what)?.contents);
    let set = view::dotted(fields.element(what)?, what)?;
    let digest = if fields.is_empty() { None } else { Some(view::dotted(fields.element(what)?, what)?) };
    fields.end(what)?;
    let set = set.as_str();
    match (is_512, digest.as_deref()) {
        (true, None) if OF_512.contains(&set) => Ok(()),
        (false, None) if OF_256.contains(&set) => Ok(()),
        (false, Some("1.2.643.7.1.1.2.2")) if WITH_DIGEST.contains(&set) => Ok(()),
        _ => Err(format!("{set} with digestParamSet {}", digest.as_deref().unwrap_or("absent"))),
    }
}
