//! The act as a file that can be kept: its text, one detached CMS with every signature over it, and what a paper says of both.
//!
//! The signatures are stored as they came, one message each. Here they are verified again and put into one message (RFC 5652 section 5.1: several
//! signers over one content), which any program for CMS checks.

use crypto::{Certificate, SignedData};
use domain::actor::Actor;
use domain::ids::{AgentId, RequestId, Unz};
use domain::{Refusal, Timestamp};
use statement::act::ActFields;

use crate::change::Loaded;
use crate::countersignature::Countersigned;
use crate::failure::{Error, Failure, Refused};
use crate::setup::{Moment, Ra};
use crate::signatures::signer_over;

/// The act of one request.
#[derive(Clone, Debug)]
pub struct ActFile {
    /// The agent it was made with.
    pub agent_id: AgentId,
    /// Name of the procedure.
    pub procedure: String,
    /// The request.
    pub unz: Unz,
    /// The text, octet for octet as it is signed.
    pub text: String,
    /// When it was drawn.
    pub drawn_at: Timestamp,
    /// The client's party, as the text names it.
    pub client: String,
    /// Whether the client is an organisation; a natural person has no seal.
    pub is_organisation: bool,
    /// Who signs for the client, nominative, as on the day the act was drawn.
    pub person: String,
    /// How many copies a paper has, where the procedure wants some.
    pub copies: u8,
    /// Every signature there is: the client's current key first, the agent last. All of them hold.
    pub signatures: Vec<ActSignature>,
    /// One detached CMS (DER) with all of them.
    pub cms: Option<Vec<u8>>,
    /// Whether the agent's is there or awaited.
    pub countersigned: Countersigned,
}

/// A signature over an act that was verified.
#[derive(Clone, Debug)]
pub struct ActSignature {
    /// In which part.
    pub signer: ActSigner,
    /// Who: the person whom the act names for the client; for the agent the holder of the certificate.
    pub name: String,
    /// Serial number of its certificate, lower-case hexadecimal without leading zeros.
    pub serial_hex: String,
    /// First moment of that certificate.
    pub valid_from: Timestamp,
    /// Last moment of it.
    pub valid_to: Timestamp,
    /// When the signature was accepted.
    pub signed_at: Timestamp,
}

/// In which part somebody signed an act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActSigner {
    /// The client, by the key that was current before.
    CurrentKey,
    /// The client, by the key that the act hands over.
    NewKey,
    /// The agent.
    Agent,
}

impl Ra {
    /// The act, for the subscriber whose request it is and for the staff of the agent; for anyone else there is no such request.
    ///
    /// # Errors
    /// Refused as [`Ra::request`], and where the act is not drawn.
    pub fn act_file(&self, actor: &Actor, id: RequestId, at: &mut Moment<'_>) -> Result<ActFile, Failure> {
        self.request(actor, id, at)?;
        self.act_file_of(&self.load(id)?)
    }

    /// The act behind a link that opens or has served its purpose.
    ///
    /// # Errors
    /// Refused as [`Ra::look_back`], and where the act is not drawn.
    pub fn act_file_behind_link(&self, agent: AgentId, code: &str, at: &mut Moment<'_>) -> Result<ActFile, Failure> {
        let id = self.look_back(agent, code, at)?.card.id;
        self.act_file_of(&self.load(id)?)
    }

    fn act_file_of(&self, loaded: &Loaded) -> Result<ActFile, Failure> {
        let request = &loaded.request;
        let files = &loaded.files;
        let (Some(text), Some(fields)) = (&files.act_text, &files.act_fields) else {
            return Err(Refused::of(Refusal::ActAbsent, &request.procedure).into());
        };
        let fields: ActFields = serde_json::from_str(fields)
            .map_err(|error| Error::Contradiction(format!("act of request {}: {error}", request.id)))?;
        let object = format!("request:{}", request.id);
        let rows = self.0.store.read(move |tx| store::journal::of_object(tx, &object))?;
        let happened = |kind: &str| rows.iter().find(|row| row.kind == kind).map(|row| row.at);

        let mut messages = Vec::new();
        let mut signatures = Vec::new();
        let signed = [
            (files.act_cms.as_ref(), loaded.predecessor.as_ref(), ActSigner::CurrentKey, happened("act-signed")),
            // It comes with the proof, in the same moment.
            (
                files.act_cms_new_key.as_ref(),
                loaded.certificate.as_ref(),
                ActSigner::NewKey,
                happened("possession-proven"),
            ),
        ];
        for (cms, certificate, signer, accepted_at) in signed {
            // Until the proof is saved the act by the new key is a draft.
            let (Some(cms), Some(certificate), Some(signed_at)) = (cms, certificate, accepted_at) else { continue };
            let known = Certificate::from_der(&certificate.der)?;
            if signer_over(cms, text, std::slice::from_ref(&known))?.certificate != known {
                return Err(Error::Contradiction(format!("act of request {}: another signer", request.id)).into());
            }
            messages.push(SignedData::from_der(cms)?);
            signatures.push(ActSignature {
                signer,
                name: fields.person_nominative.clone(),
                serial_hex: crate::cards::both_notations(&certificate.serial_hex)?.0,
                valid_from: certificate.not_before,
                valid_to: certificate.not_after,
                signed_at,
            });
        }
        if let (Some(cms), Some(signed_at)) = (&files.act_cms_agent, happened("act-countersigned")) {
            let certificate = signer_over(cms, text, &[])?.certificate;
            messages.push(SignedData::from_der(cms)?);
            signatures.push(ActSignature {
                signer: ActSigner::Agent,
                name: holder(&certificate),
                serial_hex: crate::cards::both_notations(&hex::encode(certificate.serial()))?.0,
                valid_from: Timestamp::from_seconds(certificate.not_before()),
                valid_to: Timestamp::from_seconds(certificate.not_after()),
                signed_at,
            });
        }
        let cms = match messages.as_slice() {
            [] => None,
            some => Some(SignedData::joined(some)?.to_der()?),
        };
        let drawn_at = happened("act-drawn")
            .ok_or_else(|| Error::Contradiction(format!("act of request {} was never drawn", request.id)))?;
        Ok(ActFile {
            agent_id: request.agent_id,
            procedure: request.procedure.clone(),
            unz: request.unz,
            text: text.clone(),
            drawn_at,
            client: fields.client,
            is_organisation: loaded.organisation.is_some(),
            person: fields.person_nominative,
            copies: loaded.offered.procedure.act.as_ref().map_or(0, |act| act.copies),
            signatures,
            cms,
            countersigned: self.countersigned(loaded)?,
        })
    }
}

/// The holder of a certificate as people call them: the common name, where it has one.
pub(crate) fn holder(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    subject.value_of(COMMON_NAME).map_or_else(|| subject.to_string(), str::to_owned)
}

/// commonName.
const COMMON_NAME: &str = "2.5.4.3";
