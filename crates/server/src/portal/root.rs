//! The certificates of the authorities: what they are, their thumbprints, where to get them and how to install them.

use axum::extract::State;
use axum::response::Response;
use domain::Timestamp;

use crate::api::{Door, Problem};
use crate::pages::{Frame, Page, Visit, show};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "portal/root.html")]
struct RootPage<'a> {
    frame: Frame<'a>,
    authorities: Vec<Authority>,
}

struct Authority {
    name: String,
    is_root: bool,
    subject: String,
    until: String,
    sha256: String,
    streebog256: String,
}

impl Page for RootPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn root(State(door): State<Door>, visit: Visit) -> Result<Response, Problem> {
    let found = door
        .ask(|ra, _| {
            let pems = ra.authority_names().into_iter().map(|name| {
                let pem = ra.authority_pem(&name).unwrap_or_default();
                (name, pem)
            });
            Ok(pems.collect::<Vec<_>>())
        })
        .await?;
    let speech = Speech::new(visit.language);
    let authorities = found.into_iter().map(|(name, pem)| authority(&speech, name, &pem));
    let authorities =
        authorities.collect::<Result<_, _>>().map_err(|error| Problem::incident(false, &error.to_string()))?;
    let title = speech.say("root-title");
    Ok(show(&RootPage { frame: Frame::new(&visit, speech, title), authorities }))
}

fn authority(speech: &Speech<'_>, name: String, pem: &str) -> Result<Authority, crypto::Error> {
    let der = crypto::der_or_pem(pem.as_bytes(), "CERTIFICATE")?;
    let certificate = crypto::Certificate::from_der(&der)?;
    Ok(Authority {
        name,
        is_root: certificate.subject() == certificate.issuer(),
        subject: certificate.subject().to_string(),
        until: speech.date(&Timestamp::from_seconds(certificate.not_after())),
        sha256: spaced(&crypto::sha256(&der)),
        streebog256: spaced(&crypto::streebog256(&der)),
    })
}

/// Octets in groups that an eye can compare.
pub(super) fn spaced(octets: &[u8]) -> String {
    octets.chunks(4).map(hex::encode).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let authority = |name: &str, is_root| Authority {
        name: name.to_owned(),
        is_root,
        subject: format!("CN=<{name}>"),
        until: "2040-01-01".to_owned(),
        sha256: spaced(&[0xab; 32]),
        streebog256: spaced(&[0xcd; 32]),
    };
    let authorities = vec![authority("root", true), authority("issuing", false)];
    vec![Box::new(RootPage { frame: frame("root-title"), authorities })]
}
