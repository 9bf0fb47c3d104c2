//! What a signature is worth: somebody brings the file of a signature, and the text it is over, and is told in words what holds and what does
//! not. Nobody has to sign in, nothing is kept, and nothing of the files is shown but what the house itself has read in them.

use axum::extract::{Request, State};
use axum::response::Response;
use domain::Refusal;
use ra::{ActSigner, Checked, CheckedSignature, Countersigned, OnRecord, SignatureVerdict};

use super::root::spaced;
use crate::api::{CMS, Door, Problem, der};
use crate::pages::{Frame, Page, Tone, Upload, Visit, show, show_as};
use crate::words::Speech;

#[derive(askama::Template)]
#[template(path = "portal/check.html")]
struct CheckPage<'a> {
    frame: Frame<'a>,
    found: Option<Found>,
}

/// What is told of the files.
struct Found {
    tone: Tone,
    /// Id of the sentence that says it all.
    says: &'static str,
    /// What the text is, if the bank knows it.
    document: String,
    /// What is to be said of the agent's signature, where this is an act that the agent signs.
    agent: Option<(Tone, String)>,
    /// The hash that papers print.
    streebog256: String,
    sha256: String,
    signatures: Vec<Signature>,
}

struct Signature {
    heading: String,
    tone: Tone,
    badge: &'static str,
    verdict: String,
    /// What the bank's record says of it.
    on_record: Option<(Tone, String)>,
    signer: Option<ra::CheckedSigner>,
    claimed_at: Option<String>,
}

impl Page for CheckPage<'_> {
    fn frame(&self) -> &Frame<'_> {
        &self.frame
    }
}

pub(crate) async fn ask(visit: Visit) -> Response {
    show(&CheckPage { frame: frame(&visit), found: None })
}

pub(crate) async fn check(State(door): State<Door>, visit: Visit, request: Request) -> Result<Response, Problem> {
    let mut upload = Upload::within(door.limits().body_bytes, request, &door).await?;
    let text = upload.take("text");
    let brought = upload.take("signature").unwrap_or_default();
    let answer = match der(brought, &CMS) {
        Ok(cms) => door.ask(move |ra, at| ra.check_signatures(text.as_deref(), &cms, at)).await,
        Err(problem) => Err(problem),
    };
    let nobody = Problem::from(Refusal::CmsSignerCount);
    let answer = answer.and_then(|checked| if checked.signatures.is_empty() { Err(nobody) } else { Ok(checked) });
    match answer {
        Ok(checked) => {
            let frame = frame(&visit);
            let found = found(&frame.speech, &checked);
            Ok(show(&CheckPage { frame, found: Some(found) }))
        }
        Err(problem @ Problem::Refused { .. }) => {
            let mut frame = frame(&visit);
            if let Problem::Refused { refused, .. } = &problem {
                // The house's words on it ask the signer to sign again; here somebody else is reading.
                let says = format!("check-{}", refused.refusal.code());
                let says = match refused.refusal {
                    Refusal::CmsMalformed | Refusal::CmsContentDiffers | Refusal::CmsSignerCount => frame.say(&says),
                    other => frame.speech.refusal(other),
                };
                frame = frame.noted(Tone::Bad, says);
                if let Some(note) = frame.notes.last_mut() {
                    note.code = Some(refused.refusal.code().to_owned());
                }
            }
            Ok(show_as(problem.status(), &CheckPage { frame, found: None }))
        }
        Err(problem) => Err(problem),
    }
}

fn frame(visit: &Visit) -> Frame<'static> {
    let speech = Speech::new(visit.language);
    let title = speech.say("check-title");
    Frame::new(visit, speech, title)
}

fn found(speech: &Speech<'_>, checked: &Checked) -> Found {
    let all_hold = !checked.signatures.is_empty() && checked.signatures.iter().all(|one| one.verdict.holds());
    let is_doubtful = checked.signatures.iter().any(CheckedSignature::is_doubtful);
    let (tone, says) = match (all_hold, &checked.document) {
        (true, _) if is_doubtful => (Tone::Warn, "check-all-hold-doubtful"),
        (true, Some(_)) => (Tone::Good, "check-all-hold"),
        // A good signature under a text that nobody here ever saw: good, but not the bank's document.
        (true, None) => (Tone::Warn, "check-all-hold"),
        (false, _) => (Tone::Bad, "check-not-all"),
    };
    let document = match &checked.document {
        Some(known) if known.is_act => speech.say1("check-is-act", "unz", known.unz),
        Some(known) => speech.say1("check-is-request", "unz", known.unz),
        None => speech.say("check-is-unknown"),
    };
    let agent = agents(checked).map(|(tone, says)| (tone, speech.say(says)));
    let mut numbers = 0..;
    let signatures = checked.signatures.iter().map(|one| {
        let number = if one.is_counter { None } else { numbers.next() };
        signature(speech, one, number)
    });
    let signatures = signatures.collect();
    Found {
        tone,
        says,
        document,
        agent,
        streebog256: spaced(&checked.text_streebog256),
        sha256: spaced(&checked.text_sha256),
        signatures,
    }
}

/// Of the agent's signature: it is here and holds, is here and does not, is still to come, is not in this file.
fn agents(checked: &Checked) -> Option<(Tone, &'static str)> {
    let known = checked.document.as_ref().filter(|known| known.is_act)?;
    let theirs = checked.signatures.iter().find(|one| one.act_signer == Some(ActSigner::Agent));
    match (theirs, known.countersigned) {
        (Some(one), _) if one.verdict.holds() && !one.is_doubtful() => Some((Tone::Good, "check-agent-holds")),
        (Some(_), _) => Some((Tone::Bad, "check-agent-not")),
        (None, Countersigned::Yes) => Some((Tone::Warn, "check-agent-missing")),
        (None, Countersigned::Awaited) => Some((Tone::Warn, "check-agent-awaited")),
        (None, Countersigned::No) => None,
    }
}

fn signature(speech: &Speech<'_>, one: &CheckedSignature, number: Option<usize>) -> Signature {
    let is_accepted = matches!(one.on_record, Some(OnRecord::Accepted(_)));
    let verdict = match one.verdict {
        SignatureVerdict::Holds => speech.say("check-holds"),
        SignatureVerdict::HoldsEndedSince(since) => {
            let says = if is_accepted { "check-accepted-ended" } else { "check-holds-ended" };
            speech.say1(says, "from", speech.time(&since))
        }
        SignatureVerdict::HoldsExpired => speech.say("check-holds-expired"),
        SignatureVerdict::ClaimedAhead => speech.say("check-claimed-ahead"),
        SignatureVerdict::TextDiffers => speech.say("check-text-differs"),
        SignatureVerdict::Wrong => speech.say("check-wrong"),
        SignatureVerdict::SignerAbsent => speech.say("check-signer-absent"),
        SignatureVerdict::SigningCertificate => speech.say("check-signing-certificate"),
        SignatureVerdict::ChainUnknown => speech.say("check-chain-unknown"),
        SignatureVerdict::Revoked(since) => speech.say1("check-revoked", "from", speech.time(&since)),
    };
    let (tone, badge) = match (one.verdict.holds(), one.is_doubtful()) {
        (true, false) => (Tone::Good, "check-badge-good"),
        (true, true) => (Tone::Warn, "check-badge-doubtful"),
        (false, _) => (Tone::Bad, "check-badge-bad"),
    };
    let on_record = one.on_record.map(|on_record| match on_record {
        OnRecord::Accepted(at) => (Tone::Good, speech.say1("check-accepted", "from", speech.time(&at))),
        OnRecord::Absent => (Tone::Warn, speech.say("check-accepted-absent")),
    });
    Signature {
        heading: match number {
            Some(number) => heading(speech, number + 1, one.act_signer),
            None => speech.say("check-countersignature"),
        },
        tone,
        badge,
        verdict,
        on_record,
        signer: one.signer.clone(),
        claimed_at: one.claimed_at.map(|at| speech.time(&at)),
    }
}

fn heading(speech: &Speech<'_>, number: usize, part: Option<ActSigner>) -> String {
    let says = match part {
        None => "check-signature",
        Some(ActSigner::CurrentKey) => "check-signature-current-key",
        Some(ActSigner::NewKey) => "check-signature-new-key",
        Some(ActSigner::Agent) => "check-signature-agent",
    };
    speech.say1(says, "number", number)
}

#[cfg(test)]
pub(crate) fn samples<'a>(frame: impl Fn(&str) -> Frame<'a>) -> Vec<Box<dyn crate::pages::samples::Sample + 'a>> {
    let day = domain::Timestamp(1_535_021_580_000);
    let verdicts = [
        SignatureVerdict::Holds,
        SignatureVerdict::HoldsEndedSince(day),
        SignatureVerdict::TextDiffers,
        SignatureVerdict::Wrong,
        SignatureVerdict::SignerAbsent,
        SignatureVerdict::SigningCertificate,
        SignatureVerdict::ChainUnknown,
        SignatureVerdict::Revoked(day),
        SignatureVerdict::HoldsExpired,
        SignatureVerdict::ClaimedAhead,
    ];
    let signer = ra::CheckedSigner {
        subject: "CN=<b>Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU".to_owned(),
        issuer: "CN=Class 2 CA".to_owned(),
        serial_hex: "38b00b8".to_owned(),
        serial_decimal: "59441336".to_owned(),
    };
    let unz = "1196837e3c03f2".parse().expect("a sample");
    let one = |verdict: SignatureVerdict, is_counter| CheckedSignature {
        is_counter,
        act_signer: None,
        signer: verdict.holds().then(|| signer.clone()),
        claimed_at: verdict.holds().then_some(day),
        on_record: None,
        verdict,
    };
    let kept = |on_record, one: CheckedSignature| CheckedSignature { on_record: Some(on_record), ..one };
    let page = |frame: Frame<'a>, document, signatures| {
        let checked = Checked { document, text_streebog256: [0xcd; 32], text_sha256: [0xab; 32], signatures };
        let found = found(&frame.speech, &checked);
        Box::new(CheckPage { frame, found: Some(found) }) as Box<dyn crate::pages::samples::Sample + 'a>
    };
    let all = || verdicts.into_iter().map(|verdict| one(verdict, false)).collect::<Vec<_>>();
    let by = |part, verdict| CheckedSignature { act_signer: Some(part), ..one(verdict, false) };
    let known = |is_act, countersigned| Some(ra::KnownText { unz, is_act, countersigned });
    let act = |countersigned, signatures| page(frame("check-title"), known(true, countersigned), signatures);
    let client = || vec![by(ActSigner::CurrentKey, verdicts[0]), by(ActSigner::NewKey, verdicts[0])];
    let and_agent = |verdict| [client(), vec![by(ActSigner::Agent, verdict)]].concat();
    let refused = |code: &str| {
        let frame = frame("check-title");
        let text = frame.say(&format!("check-{code}"));
        Box::new(CheckPage { frame: frame.noted(Tone::Bad, text), found: None })
            as Box<dyn crate::pages::samples::Sample + 'a>
    };
    vec![
        Box::new(CheckPage { frame: frame("check-title"), found: None }),
        refused("cms-malformed"),
        refused("cms-content-differs"),
        act(Countersigned::No, vec![one(verdicts[0], false), one(verdicts[1], true)]),
        act(Countersigned::No, vec![kept(OnRecord::Accepted(day), one(verdicts[1], false))]),
        act(Countersigned::No, vec![kept(OnRecord::Absent, one(verdicts[0], false))]),
        act(Countersigned::Yes, and_agent(verdicts[0])),
        act(Countersigned::Yes, and_agent(verdicts[3])),
        act(Countersigned::Yes, client()),
        act(Countersigned::Awaited, client()),
        page(frame("check-title"), known(false, Countersigned::No), all()),
        page(frame("check-title"), None, vec![one(verdicts[0], false)]),
    ]
}
