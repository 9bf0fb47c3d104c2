//! How staff sign in on pages: login, password, and the code of a second device.

use domain::actor::{Actor, Role};
use domain::ids::StaffId;
use domain::journal::{Entry, Event};
use domain::{Refusal, Timestamp};
use store::staff_sign_in::{SecretsRow, StaffSessionRow};
use zeroize::Zeroizing;

use crate::failure::{Failure, Refused};
use crate::keyring::Password;
use crate::password::{Kept, SECRET_OCTETS, Try, base32, hashed, is_login, is_the_one, judged, lock, settable};
use crate::setup::{Moment, Ra};
use crate::subscriber_password::{ONE_TIME_OCTETS, grouped};

/// How long a staff sign-in lasts: a working day with its breaks.
pub(crate) const SESSION_MS: i64 = 10 * 3_600_000;

/// A staff sign-in that held.
pub struct StaffSignedIn {
    /// The token of the cookie: 64 hexadecimal digits, stored hashed.
    pub token: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// An open sign-in, for the list of them.
#[derive(Clone, Debug)]
pub struct OpenSignIn {
    /// Names it when it is to be ended: the hash of its token, in hexadecimal.
    pub id: String,
    /// Whether it was made by certificate; otherwise by password and code.
    pub by_certificate: bool,
    /// When.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_this_one: bool,
}

/// A new member of staff and what opens the desk for them; it is shown once.
pub struct NewStaff {
    /// Who.
    pub id: StaffId,
    /// What they type as their name.
    pub login: String,
    /// Sixteen letters and digits in groups of four: nobody chose it.
    pub password: String,
    /// The secret of the second device, base32.
    pub secret: String,
}

impl Ra {
    /// Adds a member to the staff of the administrator's own agent, with a login, a password and a second device.
    ///
    /// # Errors
    /// Refused for anyone but a CA administrator, without a role, and for a name or a login that is none or somebody's.
    pub fn take_on_staff(
        &self,
        actor: &Actor,
        name: &str,
        roles: &[Role],
        login: &str,
        at: &mut Moment<'_>,
    ) -> Result<NewStaff, Failure> {
        let Actor::Staff { agent_id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        self.attempt(actor, &format!("agent:{agent_id}"), "take-on-staff", at, |ra, at| {
            let (row, _, added) = ra.new_member(actor, agent_id, name, roles, at)?;
            let id = row.id;
            let password = grouped(&base32(&at.octets::<ONE_TIME_OCTETS>()));
            let typed = Password::new(password.clone().into_bytes());
            let of_login = |_| Refused::because(Refusal::TextUnacceptable, "login");
            settable(login, &typed).map_err(of_login)?;
            let (secrets, set) = new_secrets(actor, id, login, &typed, at)?;
            let secret = base32(&ra.device_secret(id, &secrets.salt));
            let saved = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                store::staff::insert(tx, &row)?;
                store::staff_sign_in::set_secrets(tx, &secrets)?;
                store::journal::append(tx, &added)?;
                store::journal::append(tx, &set)
            });
            match saved {
                Err(store::Error::AlreadyThere { .. }) => Err(of_login(Refusal::TextUnacceptable).into()),
                Err(error) => Err(error.into()),
                Ok(()) => Ok(NewStaff { id, login: login.to_owned(), password, secret }),
            }
        })
    }

    /// Gives a member of staff a login and a password; returns the secret of the second device (base32), shown once. Open sign-ins
    /// of the person end.
    ///
    /// # Errors
    /// Refused for anyone but the command line or a CA administrator of the member's agent, for an unknown or disabled member, for a
    /// login that somebody has, and for a password that is too short.
    pub fn set_staff_password(
        &self,
        actor: &Actor,
        id: StaffId,
        login: &str,
        password: &Password,
        at: &mut Moment<'_>,
    ) -> Result<String, Failure> {
        // guard: password-set-by-role
        let member = self.member_of_agent(actor, id)?;
        if member.disabled_at.is_some() {
            return Err(Refusal::NotFound.into());
        }
        settable(login, password)?;
        let (row, entry) = new_secrets(actor, id, login, password, at)?;
        let salt = row.salt;
        let saved = self.0.store.write(move |tx| -> Result<(), store::Error> {
            store::staff_sign_in::set_secrets(tx, &row)?;
            store::staff_sign_in::end_sessions_of(tx, id)?;
            store::journal::append(tx, &entry)
        });
        match saved {
            Err(store::Error::AlreadyThere { .. }) => Err(Refusal::TextUnacceptable.into()),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(base32(&self.device_secret(id, &salt))),
        }
    }

    /// Takes a login, a password and a code. What was wrong is not told, and nobody learns whether a login exists: every try costs
    /// one password hash, and every wrong one the same write.
    ///
    /// # Errors
    /// Refused as `sign-in-wrong`, also while the login is locked.
    pub fn staff_sign_in(
        &self,
        login: &str,
        password: &Password,
        code: &str,
        at: &mut Moment<'_>,
    ) -> Result<StaffSignedIn, Failure> {
        let asked = login.to_owned();
        let nobody = StaffId::new(at.now, at.octets());
        // What cannot be a login is nobody's, and takes as long as anybody's.
        let found = match is_login(login) {
            true => self.0.store.read(|tx| -> Result<_, store::Error> {
                let row = store::staff_sign_in::by_login(tx, &asked)?;
                // Whose it is is asked of nobody's as well.
                let member = store::staff::by_id(tx, row.as_ref().map_or(nobody, |row| row.staff_id))?;
                Ok(row.zip(member))
            })?,
            false => None,
        };
        let password_is_right = is_the_one(password, found.as_ref().map(|(row, _)| row.password.as_str()))?;
        let working = found.filter(|(_, member)| member.disabled_at.is_none());
        let Some((row, member)) = working else { return self.wrong_at_desk(nobody, &Actor::System, "server", at) };
        let id = row.staff_id;
        let actor = Actor::Staff { id, agent_id: member.agent_id, roles: member.roles };
        let object = format!("staff:{id}");
        let secret = self.device_secret(id, &row.salt);
        let kept = Kept { device: Some((&secret, row.last_step)), locked_until: row.locked_until };
        let step = match judged(&kept, password_is_right, code, at.now) {
            Try::Right(Some(step)) => step,
            Try::Wrong => return self.wrong_at_desk(id, &actor, &object, at),
            // Nothing is counted, in the same time.
            Try::Right(None) | Try::Closed => return self.wrong_at_desk(nobody, &actor, &object, at),
        };
        self.attempt(&actor, &object, "staff-sign-in", at, |ra, at| {
            let token = hex::encode(at.octets::<32>());
            let session = StaffSessionRow {
                token_sha256: crypto::sha256(token.as_bytes()),
                staff_id: id,
                created_at: at.now,
                expires_at: at.now.plus_ms(SESSION_MS),
                certificate_id: None,
            };
            let expires_at = session.expires_at;
            let entry = Entry { at: at.now, actor: actor.clone(), object: object.clone(), event: Event::StaffSignedIn };
            let now = at.now;
            let saved = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                store::staff_sign_in::right_try(tx, id, step, now)?;
                store::staff_sign_in::insert_session(tx, &session)?;
                store::journal::append(tx, &entry)
            });
            match saved {
                // The same code, by somebody who was faster; or wrong tries that closed the login meanwhile.
                Err(store::Error::Conflict { .. }) => Err(Refusal::SignInWrong.into()),
                Err(error) => Err(error.into()),
                Ok(()) => Ok(StaffSignedIn { token, expires_at }),
            }
        })
    }

    /// Counts a wrong try and journals its refusal. Both are one commit: of nobody nothing is counted, and a commit that changed nothing would
    /// wait for no disk and answer sooner.
    fn wrong_at_desk<T>(&self, id: StaffId, actor: &Actor, object: &str, at: &Moment<'_>) -> Result<T, Failure> {
        let lock = lock(at.now);
        let event = Event::refused("staff-sign-in", Refusal::SignInWrong);
        let entry = Entry { at: at.now, actor: actor.clone(), object: object.to_owned(), event };
        self.0.store.write(move |tx| -> Result<(), store::Error> {
            store::staff_sign_in::wrong_try(tx, id, lock)?;
            store::journal::append(tx, &entry)
        })?;
        Err(Refusal::SignInWrong.into())
    }

    /// The member of staff behind a page's sign-in, and the name on record. Disabling the member ends every sign-in at once, and so does
    /// whatever happens to the certificate of one that was made by it.
    ///
    /// # Errors
    /// Refused when the token is unknown or too old, or the member is disabled.
    pub fn staff_of_session(&self, token: &str, at: &mut Moment<'_>) -> Result<(Actor, String), Failure> {
        let token_sha256 = crypto::sha256(token.as_bytes());
        let (session, member) = self.0.store.read(|tx| -> Result<_, store::Error> {
            let session = store::staff_sign_in::session(tx, &token_sha256)?;
            let member = match &session {
                Some(session) => store::staff::by_id(tx, session.staff_id)?,
                None => None,
            };
            Ok((session, member))
        })?;
        let session = session.ok_or(Refusal::SignInRequired)?;
        // guard: staff-session-ends
        if session.expires_at <= at.now {
            return Err(Refusal::SignInExpired.into());
        }
        // guard: staff-session-of-working-staff
        let member = member.filter(|member| member.disabled_at.is_none()).ok_or(Refusal::SignInRequired)?;
        if let Some(certificate) = session.certificate_id
            && !self.still_opens(certificate, member.id, at)?
        {
            return Err(Refusal::SignInRequired.into());
        }
        Ok((Actor::Staff { id: member.id, agent_id: member.agent_id, roles: member.roles }, member.name))
    }

    /// The member's open sign-ins, newest first; `token` is the one that asks.
    ///
    /// # Errors
    /// Refused for anyone but staff.
    pub fn open_sign_ins(&self, actor: &Actor, token: &str, at: &mut Moment<'_>) -> Result<Vec<OpenSignIn>, Failure> {
        let Actor::Staff { id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        let (this, now) = (crypto::sha256(token.as_bytes()), at.now);
        let rows = self.0.store.read(move |tx| store::staff_sign_in::sessions_of(tx, id, now))?;
        Ok(rows.into_iter().map(|row| open_sign_in(row, &this)).collect())
    }

    /// Ends one sign-in of staff.
    ///
    /// # Errors
    /// When the database fails.
    pub fn staff_sign_out(&self, token: &str) -> Result<(), Failure> {
        let token_sha256 = crypto::sha256(token.as_bytes());
        Ok(self.0.store.write(move |tx| store::staff_sign_in::end_session(tx, &token_sha256))?)
    }

    /// Ends every open sign-in of the member, this one too.
    ///
    /// # Errors
    /// Refused for anyone but staff.
    pub fn staff_sign_out_everywhere(&self, actor: &Actor) -> Result<(), Failure> {
        let Actor::Staff { id, .. } = *actor else { return Err(Refusal::RoleMissing.into()) };
        self.0.store.write(move |tx| store::staff_sign_in::end_sessions_of(tx, id))?;
        Ok(())
    }

    fn device_secret(&self, id: StaffId, salt: &[u8; 16]) -> Zeroizing<Vec<u8>> {
        self.0.keyring.link.device_secret(&id.to_string(), salt, SECRET_OCTETS)
    }
}

fn new_secrets(
    actor: &Actor,
    id: StaffId,
    login: &str,
    password: &Password,
    at: &mut Moment<'_>,
) -> Result<(SecretsRow, Entry), Failure> {
    let salt: [u8; 16] = at.octets();
    let row = SecretsRow {
        staff_id: id,
        login: login.to_owned(),
        password: hashed(password.octets(), &at.octets())?,
        salt,
        last_step: 0,
        failures: 0,
        locked_until: None,
        set_at: at.now,
    };
    let object = format!("staff:{id}");
    Ok((row, Entry { at: at.now, actor: actor.clone(), object, event: Event::StaffPasswordSet }))
}

pub(crate) fn open_sign_in(row: StaffSessionRow, this: &[u8; 32]) -> OpenSignIn {
    OpenSignIn {
        id: hex::encode(row.token_sha256),
        by_certificate: row.certificate_id.is_some(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        is_this_one: row.token_sha256 == *this,
    }
}
