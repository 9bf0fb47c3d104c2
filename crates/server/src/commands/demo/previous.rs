//! What the sample bank had before: an authority of its own making, its clients' certificates near their end, and the import folder
//! in which a bank hands all that over.

use std::path::Path;

use anyhow::Context as _;
use ca::{Authority, AuthorityPlan, Profile};
use crypto::{Certificate, PrivateKey};

use super::samples::{SampleClient, Samples};
use crate::clock::Clock;
use crate::commands::walkthrough::{HeldKey, Identity, make_private_folder, write};

const PLAN: &str = include_str!("../../../../../demo/previous-authority.toml");
const CLIENT_PROFILE: &str = include_str!("../../../../../demo/previous-client.toml");
const DAY_SECONDS: i64 = 86_400;

/// Makes authority, clients and import folder; writes each client's identity below `identities`. Returns the authority's name.
pub(super) fn make(samples: &Samples, identities: &Path, import: &Path, clock: &Clock) -> anyhow::Result<String> {
    let now = clock.now().seconds();
    let made = authorities(samples, now, clock)?;
    let profile = Profile::parse("previous-client", CLIENT_PROFILE)?;
    let authority = made
        .iter()
        .find(|authority| authority.name == profile.authority())
        .context("the plan lacks the profile's authority")?;

    for folder in ["certificates", "authorities", "crls"] {
        make_private_folder(&import.join(folder))?;
    }
    for authority in &made {
        write(&import.join(format!("authorities/{}.der", authority.name)), authority.certificate.as_der())?;
    }
    let next_update = now + samples.previous.crl_days * DAY_SECONDS;
    let crl = clock.at(|at| ca::build_crl(authority, 1, Vec::new(), now, next_update, at.rng))?;
    write(&import.join(format!("crls/{}.crl", authority.name)), &crl)?;

    let mut organisations = String::from("inn,name,city\n");
    let mut signatories = String::from(
        "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone\n",
    );
    for client in &samples.clients {
        let issued_at = now + samples.previous.clients_end_in_days * DAY_SECONDS - profile.validity_seconds();
        let identity = identity(client, authority, &profile, &samples.previous.base_url, issued_at, clock)?;
        identity.write(&identities.join(&client.folder))?;
        write(&import.join(format!("certificates/{}.der", client.folder)), identity.certificate.as_der())?;
        let organisation = &client.organisation;
        organisations.push_str(&line(&[&organisation.inn, &organisation.name, &organisation.city]));
        signatories.push_str(&line(&[
            &organisation.inn,
            &format!("{}.der", client.folder),
            &client.name.nominative,
            &client.name.genitive,
            &client.name.instrumental,
            &client.gender,
            &client.position,
            &client.basis,
            &client.email,
            &client.phone,
        ]));
    }
    write(&import.join("organisations.csv"), organisations.as_bytes())?;
    write(&import.join("signatories.csv"), signatories.as_bytes())?;
    Ok(authority.certificate.subject().to_string())
}

fn authorities(samples: &Samples, now: i64, clock: &Clock) -> anyhow::Result<Vec<Authority>> {
    let born = now - samples.previous.authority_age_days * DAY_SECONDS;
    let mut made: Vec<Authority> = Vec::new();
    for spec in AuthorityPlan::parse_file("demo/previous-authority.toml", PLAN)?.authorities() {
        let issuer = made.iter().find(|authority| Some(&authority.name) == spec.issuer.as_ref());
        let authority = clock.at(|at| -> anyhow::Result<_> {
            let key = PrivateKey::generate(spec.algorithm, at.rng)?;
            Ok(ca::create_authority(spec, issuer, key, born, &samples.previous.base_url, at.rng)?)
        })?;
        made.push(authority);
    }
    Ok(made)
}

/// A client with a key and a certificate that began at `issued_at`.
fn identity(
    client: &SampleClient,
    authority: &Authority,
    profile: &Profile,
    base_url: &str,
    issued_at: i64,
    clock: &Clock,
) -> anyhow::Result<Identity> {
    let (key, certificate) = clock.at(|at| -> anyhow::Result<(PrivateKey, Certificate)> {
        let key = PrivateKey::generate(client.algorithm()?, at.rng)?;
        let public_key = crypto::Signer::public_key(&key);
        let prepared = ca::prepare(authority, profile, client.subject()?, public_key, issued_at, base_url, at.rng)?;
        let certificate = ca::sign(authority, prepared, at.rng)?;
        Ok((key, certificate))
    })?;
    let chain = std::iter::once(&authority.certificate).chain(&authority.chain).cloned().collect();
    Ok(Identity { key: HeldKey::File(key), certificate, chain })
}

/// One line of a CSV file, every field in quotes (RFC 4180).
fn line(fields: &[&str]) -> String {
    let quoted: Vec<_> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
    format!("{}\n", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_a_field_are_doubled() {
        assert_eq!(line(&["a", "ООО \"ооо\"", "b,c"]), "\"a\",\"ООО \"\"ооо\"\"\",\"b,c\"\n");
    }
}
