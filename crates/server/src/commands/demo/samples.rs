//! `demo/demo.toml`: the bank, the people and the manual's step numbers of the sample run. Every name of it stands there and none here.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crypto::{KeyAlgorithm, Name};
use domain::actor::Role;
use domain::subject::AttributeType;
use domain::subscriber::CaseForms;

/// The sample bank.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Samples {
    /// Folder name of the procedure that is walked.
    pub(crate) procedure: String,
    /// The agent whose clients the sample people are.
    pub(crate) agent: u32,
    pub(super) staff: Vec<Staff>,
    pub(super) previous: Previous,
    #[serde(rename = "client")]
    pub(super) clients: Vec<SampleClient>,
    /// Whoever asks for a first certificate.
    pub(super) applicant: SampleApplicant,
    /// The manual's number of a step, by the step's name.
    pub(crate) steps: BTreeMap<String, String>,
}

/// A member of staff.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Staff {
    pub(super) file: String,
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
}

/// How old the certificates of the clients are, and the authority that gave them.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Previous {
    pub(super) authority_age_days: i64,
    pub(super) clients_end_in_days: i64,
    pub(super) base_url: String,
    pub(super) crl_days: i64,
}

/// A client of the bank.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleClient {
    pub(super) folder: String,
    pub(super) walk: HowFar,
    algorithm: String,
    subject: Vec<(AttributeType, String)>,
    pub(super) gender: String,
    pub(super) position: String,
    pub(super) basis: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) name: CaseForms,
    pub(super) organisation: SampleOrganisation,
}

/// Somebody whom the bank does not know yet.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleApplicant {
    pub(super) procedure: String,
    /// Fields of the public form and what is typed into them.
    pub(super) typed: BTreeMap<String, String>,
}

/// How far the demo walks with a client.
#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HowFar {
    /// To a certificate in service.
    Whole,
    /// Until the bank has accepted the request.
    UntilAccepted,
}

/// The organisation that a client acts for.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleOrganisation {
    pub(super) inn: String,
    pub(super) name: String,
    pub(super) city: String,
}

impl Samples {
    /// The samples of this binary.
    pub(crate) fn get() -> &'static Self {
        static SAMPLES: OnceLock<Samples> = OnceLock::new();
        SAMPLES.get_or_init(|| {
            toml::from_str(include_str!("../../../../../demo/demo.toml"))
                .expect("the compiled-in samples are parsed by a test")
        })
    }
}

impl SampleClient {
    /// Algorithm of the key that the client has now.
    pub(super) fn algorithm(&self) -> anyhow::Result<KeyAlgorithm> {
        Ok(self.algorithm.parse()?)
    }

    /// The name on the certificate that the client has now.
    pub(super) fn subject(&self) -> anyhow::Result<Name> {
        Ok(Name::from_pairs(self.subject.iter().map(|(kind, value)| (kind.oid(), value.as_str())))?)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::commands::walkthrough::Step;

    #[test]
    fn the_samples_are_complete() {
        let samples = Samples::get();
        assert!(samples.clients.iter().any(|client| client.walk == HowFar::Whole));
        assert!(samples.clients.iter().any(|client| client.walk == HowFar::UntilAccepted));
        assert_eq!(samples.staff.len(), 2);
        for client in &samples.clients {
            client.algorithm().unwrap();
            client.subject().unwrap();
            assert!(domain::subscriber::Inn::parse(&client.organisation.inn).is_some(), "{}", client.organisation.inn);
        }
        for name in samples.steps.keys() {
            assert!(Step::ALL.iter().any(|step| step.name() == name), "{name} is no step of a walk");
        }
    }
}
