//! How staff sign in with a certificate instead of password and code: which one is whose, and the sign-in itself by the component's
//! challenge. Only a certificate of record counts, one of the member's own agent: its standing is known here at every moment, which
//! that of a foreign one is not. A block, a revocation or the end of the certificate ends its sign-ins at once.

use crypto::SignedData;
use domain::Refusal;
use domain::actor::{Actor, Role};
use domain::certificate::Certificate;
use domain::ids::{CertificateId, StaffId, SubscriberId};
use domain::journal::{Entry, Event};
use statement::sign_in::{Entrance, SignInText};
use statement::ticket::Operation;
use store::staff::StaffRow;
use store::staff_sign_in::{StaffCertificateRow, StaffSessionRow};

use crate::cards::{CertificateCard, certificate_card};
use crate::component::Asked;
use crate::failure::{Error, Failure};
use crate::password::lock;
use crate::setup::{Moment, Ra};
use crate::sign_in::StaffMember;
use crate::signatures::signer_over;
use crate::staff_sign_in::{OpenSignIn, SESSION_MS, StaffSignedIn, open_sign_in};

/// A member of staff as the administrator sees them.
#[derive(Clone, Debug)]
pub struct DeskMember {
    /// Who.
    pub member: StaffMember,
    /// The certificate that opens the desk for them.
    pub certificate: Option<DeskMemberCertificate>,
    /// Open sign-ins, newest first.
    pub open: Vec<OpenSignIn>,
    /// Whether this administrator may give or take the certificate: nobody does it to themselves, and nobody to who is disabled.
    pub may_set: bool,
}

/// A certificate that opens, or could open, the desk.
#[derive(Clone, Debug)]
pub struct DeskMemberCertificate {
    /// What is in it and how it stands.
    pub card: CertificateCard,
    /// Whose it is by record.
    pub subscriber_id: SubscriberId,
    /// Their name.
    pub subscriber_name: String,
}

/// Most certificates with one serial number that are shown: two authorities may give the same.
const SAME_SERIAL: i64 = 5;

impl Ra {
    /// A member of the administrator's agent with certificate and open sign-ins; `token` is the sign-in that asks.
    ///
    /// # Errors
    /// Refused for anyone but a CA administrator, and for a member of another agent.
    pub fn desk_member(
        &self,
        actor: &Actor,
        id: StaffId,
        token: &str,
        at: &mut Moment<'_>,
    ) -> Result<DeskMember, Failure> {
        let member = self.member_of_agent(actor, id)?;
        let now = at.now;
        let (bound, rows) = self.0.store.read(move |tx| -> Result<_, store::Error> {
            Ok((store::staff_sign_in::certificate_of(tx, id)?, store::staff_sign_in::sessions_of(tx, id, now)?))
        })?;
        let certificate = match bound {
            Some(bound) => Some(self.member_certificate(&self.certificate_of(bound.certificate_id)?, at)?),
            None => None,
        };
        let this = crypto::sha256(token.as_bytes());
        Ok(DeskMember {
            certificate,
            open: rows.into_iter().map(|row| open_sign_in(row, &this)).collect(),
            may_set: member.disabled_at.is_none() && !is_self(actor, id),
            member: StaffMember::of(member),
        })
    }

    /// Certificates of the member's agent with this serial number (octets in hexadecimal), to choose from.
    ///
    /// # Errors
    /// Refused as [`Ra::desk_member`]; the command line may ask too.
    pub fn certificates_for_member(
        &self,
        actor: &Actor,
        id: StaffId,
        serial_hex: &str,
        at: &mut Moment<'_>,
    ) -> Result<Vec<DeskMemberCertificate>, Failure> {
        let agent = self.member_of_agent(actor, id)?.agent_id;
        let rows =
            self.0.store.read(|tx| store::certificates::of_agent_by_serial(tx, agent, serial_hex, SAME_SERIAL))?;
        rows.iter().map(|row| self.member_certificate(row, at)).collect()
    }

    /// Lets a certificate of record open the desk for a member; an earlier one opens it no more, and its sign-ins end.
    ///
    /// # Errors
    /// Refused for anyone but the command line or another CA administrator of the agent, for a disabled member, for a certificate of
    /// another agent, one that is not good now, and one that is another member's.
    pub fn set_staff_certificate(
        &self,
        actor: &Actor,
        id: StaffId,
        certificate: CertificateId,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.attempt(actor, &format!("staff:{id}"), "set-staff-certificate", at, |ra, at| {
            let member = ra.member_to_change(actor, id)?;
            let found = ra.0.store.read(move |tx| store::certificates::by_id(tx, certificate))?;
            // guard: member-certificate-of-the-agent
            let found = found.filter(|found| found.agent_id == member.agent_id).ok_or(Refusal::NotFound)?;
            ra.must_be_good_for_staff(&found, at)?;
            let row = StaffCertificateRow {
                staff_id: id,
                certificate_id: certificate,
                failures: 0,
                locked_until: None,
                set_at: at.now,
            };
            let entry = Entry {
                at: at.now,
                actor: actor.clone(),
                object: format!("staff:{id}"),
                event: Event::StaffCertificateSet { thumbprint_sha256: hex::encode(found.thumbprint_sha256) },
            };
            let saved = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                store::staff_sign_in::set_certificate(tx, &row)?;
                store::staff_sign_in::end_certificate_sessions_of(tx, id)?;
                store::journal::append(tx, &entry)
            });
            match saved {
                Err(store::Error::AlreadyThere { .. }) => Err(Refusal::StaffCertificateTaken.into()),
                other => Ok(other?),
            }
        })
    }

    /// The member's certificate opens the desk no more, and its sign-ins end; said twice is fine.
    ///
    /// # Errors
    /// Refused as [`Ra::set_staff_certificate`].
    pub fn remove_staff_certificate(&self, actor: &Actor, id: StaffId, at: &mut Moment<'_>) -> Result<(), Failure> {
        self.attempt(actor, &format!("staff:{id}"), "remove-staff-certificate", at, |ra, at| {
            ra.member_to_change(actor, id)?;
            let entry = Entry {
                at: at.now,
                actor: actor.clone(),
                object: format!("staff:{id}"),
                event: Event::StaffCertificateRemoved,
            };
            ra.0.store.write(move |tx| -> Result<(), store::Error> {
                if store::staff_sign_in::certificate_of(tx, id)?.is_none() {
                    return Ok(());
                }
                store::staff_sign_in::forget_certificate(tx, id)?;
                store::staff_sign_in::end_certificate_sessions_of(tx, id)?;
                store::journal::append(tx, &entry)
            })?;
            Ok(())
        })
    }

    /// Ends one open sign-in: one's own, or that of a member of the administrator's agent.
    ///
    /// # Errors
    /// Refused for anybody else's, and when it is not open any more.
    pub fn end_staff_sign_in(
        &self,
        actor: &Actor,
        id: StaffId,
        sign_in: &str,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        // guard: own-sign-in-or-administered
        if !is_self(actor, id) {
            self.member_of_agent(actor, id)?;
        }
        let hash: [u8; 32] =
            hex::decode(sign_in).ok().and_then(|octets| octets.try_into().ok()).ok_or(Refusal::NotFound)?;
        let entry =
            Entry { at: at.now, actor: actor.clone(), object: format!("staff:{id}"), event: Event::StaffSignInEnded };
        let was_open = self.0.store.write(move |tx| -> Result<bool, store::Error> {
            let was_open = store::staff_sign_in::end_session_of(tx, id, &hash)?;
            if was_open {
                store::journal::append(tx, &entry)?;
            }
            Ok(was_open)
        })?;
        if was_open { Ok(()) } else { Err(Refusal::NotFound.into()) }
    }

    /// Takes a challenge of the desk that a member's certificate signed. The ticket is used up whatever comes of it; a wrong try counts
    /// against the certificate it came with, as a wrong password does against its login.
    ///
    /// # Errors
    /// Refused as the ticket is; as `staff-certificate-unknown` when the certificate is nobody's of the staff, or closed; and with the
    /// reason for a signature that does not hold and for a certificate that is not good now.
    pub fn staff_sign_in_by_certificate(
        &self,
        nonce: &str,
        cms: &[u8],
        at: &mut Moment<'_>,
    ) -> Result<StaffSignedIn, Failure> {
        let (row, ticket) = self.take_ticket(nonce, Asked::AtDesk, false, at)?;
        let Operation::StaffSignIn(wish) = &ticket.operation else {
            return Err(Error::Contradiction(format!("ticket {nonce} is of another operation")).into());
        };
        let text = SignInText {
            entrance: Entrance::Desk,
            agent_id: wish.agent_id.as_str(),
            origin: ticket.origin.as_str(),
            nonce: wish.nonce.as_str(),
            time: wish.time.as_str(),
        };
        let text = text.render().map_err(|error| Error::Contradiction(format!("ticket {nonce}: {error}")))?;
        let Some((bound, certificate)) = self.of_staff(cms)? else {
            signer_over(cms, &text, &[])?;
            return Err(Refusal::StaffCertificateUnknown.into());
        };
        let id = bound.staff_id;
        let member = self.0.store.read(move |tx| store::staff::by_id(tx, id))?;
        let member = member.filter(|member| member.disabled_at.is_none()).ok_or(Refusal::StaffCertificateUnknown)?;
        let actor = Actor::Staff { id, agent_id: member.agent_id, roles: member.roles };
        self.attempt(&actor, &format!("staff:{id}"), "staff-sign-in", at, |ra, at| {
            // guard: desk-of-ones-own-agent
            if bound.locked_until.is_some_and(|until| at.now < until) || member.agent_id != row.agent_id {
                return Err(Refusal::StaffCertificateUnknown.into());
            }
            let signed = ra.must_have_signed(cms, &text, &certificate, at);
            if matches!(signed, Err(Failure::Refused(_))) {
                let lock = lock(at.now);
                ra.0.store.write(move |tx| store::staff_sign_in::wrong_certificate_try(tx, certificate.id, lock))?;
            }
            signed?;
            let token = hex::encode(at.octets::<32>());
            let session = StaffSessionRow {
                token_sha256: crypto::sha256(token.as_bytes()),
                staff_id: id,
                created_at: at.now,
                expires_at: at.now.plus_ms(SESSION_MS),
                certificate_id: Some(certificate.id),
            };
            let expires_at = session.expires_at;
            let entry = Entry {
                at: at.now,
                actor: actor.clone(),
                object: format!("staff:{id}"),
                event: Event::StaffSignedInByCertificate { certificate_id: certificate.id.to_string() },
            };
            let now = at.now;
            let saved = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                store::staff_sign_in::right_certificate_try(tx, certificate.id, now)?;
                store::staff_sign_in::insert_session(tx, &session)?;
                store::journal::append(tx, &entry)
            });
            match saved {
                // Taken away or closed while the person signed.
                Err(store::Error::Conflict { .. }) => Err(Refusal::StaffCertificateUnknown.into()),
                Err(error) => Err(error.into()),
                Ok(()) => Ok(StaffSignedIn { token, expires_at }),
            }
        })
    }

    /// Whether a sign-in by certificate is still worth anything: the certificate is this member's, and good.
    pub(crate) fn still_opens(
        &self,
        certificate: CertificateId,
        id: StaffId,
        at: &Moment<'_>,
    ) -> Result<bool, Failure> {
        let bound = self.0.store.read(move |tx| store::staff_sign_in::by_certificate(tx, certificate))?;
        if bound.is_none_or(|bound| bound.staff_id != id) {
            return Ok(false);
        }
        let certificate = self.certificate_of(certificate)?;
        let is_good = crate::signatures::standing_refusal(certificate.standing(at.now)).is_none();
        Ok(is_good && !self.subscriber_of(certificate.subscriber_id)?.barred)
    }

    /// The first certificate of the message that is a member's. Nothing is verified yet: a signature that does not hold is this
    /// member's wrong try.
    fn of_staff(&self, cms: &[u8]) -> Result<Option<(StaffCertificateRow, Certificate)>, Failure> {
        let Ok(message) = SignedData::from_der(cms) else { return Ok(None) };
        let thumbprints: Vec<_> = message.certificates().iter().map(crypto::Certificate::thumbprint_sha256).collect();
        Ok(self.0.store.read(|tx| -> Result<_, store::Error> {
            for thumbprint in &thumbprints {
                if let Some(certificate) = store::certificates::by_thumbprint(tx, thumbprint)?
                    && let Some(bound) = store::staff_sign_in::by_certificate(tx, certificate.id)?
                {
                    return Ok(Some((bound, certificate)));
                }
            }
            Ok(None)
        })?)
    }

    fn must_have_signed(
        &self,
        cms: &[u8],
        text: &str,
        certificate: &Certificate,
        at: &Moment<'_>,
    ) -> Result<(), Failure> {
        let signer = signer_over(cms, text, &[])?;
        if signer.certificate.thumbprint_sha256() != certificate.thumbprint_sha256 {
            return Err(Refusal::StaffCertificateUnknown.into());
        }
        self.must_be_good_for_staff(certificate, at)
    }

    fn must_be_good_for_staff(&self, certificate: &Certificate, at: &Moment<'_>) -> Result<(), Failure> {
        self.must_be_good(certificate, at.now)?;
        if self.subscriber_of(certificate.subscriber_id)?.barred {
            return Err(Refusal::SubscriberBarred.into());
        }
        Ok(())
    }

    /// A member whom the actor administers.
    pub(crate) fn member_of_agent(&self, actor: &Actor, id: StaffId) -> Result<StaffRow, Failure> {
        // guard: member-by-role
        if !(matches!(actor, Actor::CommandLine { .. }) || actor.has(Role::CaAdministrator)) {
            return Err(Refusal::RoleMissing.into());
        }
        let member = self.0.store.read(move |tx| store::staff::by_id(tx, id))?;
        // guard: member-of-the-agent
        let of_agent = |member: &StaffRow| actor.agent_id().is_none_or(|agent| agent == member.agent_id);
        Ok(member.filter(of_agent).ok_or(Refusal::NotFound)?)
    }

    /// A way in is given by somebody else than the one who comes in.
    fn member_to_change(&self, actor: &Actor, id: StaffId) -> Result<StaffRow, Failure> {
        let member = self.member_of_agent(actor, id)?;
        // guard: certificate-never-to-oneself
        if is_self(actor, id) {
            return Err(Refusal::SecondPersonRequired.into());
        }
        if member.disabled_at.is_some() {
            return Err(Refusal::NotFound.into());
        }
        Ok(member)
    }

    fn member_certificate(&self, row: &Certificate, at: &Moment<'_>) -> Result<DeskMemberCertificate, Failure> {
        Ok(DeskMemberCertificate {
            card: certificate_card(row, at.now)?,
            subscriber_id: row.subscriber_id,
            subscriber_name: self.subscriber_of(row.subscriber_id)?.name.nominative,
        })
    }
}

fn is_self(actor: &Actor, staff: StaffId) -> bool {
    matches!(actor, Actor::Staff { id, .. } if *id == staff)
}
