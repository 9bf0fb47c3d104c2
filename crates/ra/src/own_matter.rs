//! Nobody at the desk decides what is their own: a member of staff may be a client of the bank too, and whoever entered what a request says does
//! not approve it where two people are wanted (domain notes 1.8).

use domain::Refusal;
use domain::actor::Actor;
use domain::ids::SubscriberId;
use domain::procedure::Review;

use crate::change::Loaded;
use crate::failure::Failure;
use crate::setup::Ra;

/// What enters data into a request at the desk, in the journal's words.
const ENTERED: [&str; 3] = ["application-registered", "applicant-admitted", "applicant-bound"];

impl Ra {
    /// Refused for a member of staff who is this very person.
    pub(crate) fn must_not_be_own(&self, actor: &Actor, person: SubscriberId) -> Result<(), Failure> {
        if self.own_records(actor)?.contains(&person) { Err(Refusal::OwnMatter.into()) } else { Ok(()) }
    }

    /// Everybody whom a member of staff is on record as: the holder of the certificate that opens the desk for them, also under the other
    /// organisations that they act for. Nobody where no certificate does.
    pub(crate) fn own_records(&self, actor: &Actor) -> Result<Vec<SubscriberId>, Failure> {
        let Actor::Staff { id, .. } = *actor else { return Ok(Vec::new()) };
        Ok(self.0.store.read(move |tx| -> Result<_, store::Error> {
            let Some(bound) = store::staff_sign_in::certificate_of(tx, id)? else { return Ok(Vec::new()) };
            let Some(certificate) = store::certificates::by_id(tx, bound.certificate_id)? else {
                return Ok(Vec::new());
            };
            let mut records = store::same_person::all_of(tx, certificate.subscriber_id)?;
            records.push(certificate.subscriber_id);
            Ok(records)
        })?)
    }

    /// Whether two people are wanted and this one registered the application, or took the applicant into the record.
    pub(crate) fn has_entered(&self, actor: &Actor, loaded: &Loaded) -> Result<bool, Failure> {
        if !matches!(loaded.offered.procedure.review, Review::By { second_person: true, .. }) {
            return Ok(false);
        }
        let (object, who) = (format!("request:{}", loaded.request.id), actor.to_string());
        let rows = self.0.store.read(move |tx| store::journal::of_object(tx, &object))?;
        // After a correction the data are others, and are entered anew.
        let mut since = rows.iter().rev().take_while(|row| row.kind != "request-corrected");
        Ok(since.any(|row| row.actor == who && ENTERED.contains(&row.kind.as_str())))
    }
}
