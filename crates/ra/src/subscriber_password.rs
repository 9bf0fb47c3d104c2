//! Subscribers' passwords, where their agent offers them: handed out by the desk, set by whoever is signed in, with or without a second
//! device. Such a sign-in makes an [`Actor::Reader`], and what that may not do is refused in [`Ra::attempt`].

use domain::actor::{Actor, Role};
use domain::agent::SubscriberPassword;
use domain::ids::{AgentId, OwnerId, SubscriberId};
use domain::journal::{Entry, Event};
use domain::{Refusal, Timestamp};
use store::sessions::SessionRow;
use store::subscriber_secrets::{self as secrets, SubscriberSecretsRow};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::keyring::Password;
use crate::password::{
    Kept, SECRET_OCTETS, Try, base32, hashed, is_login, is_the_one, judged, lock, matching_step, settable,
};
use crate::setup::{Moment, Ra};

/// A sign-in by password that held.
pub struct PasswordSignedIn {
    /// The token of the cookie: 64 hexadecimal digits, stored hashed.
    pub token: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What a right login and password came to.
pub enum PasswordEntered {
    /// The person is in.
    SignedIn(PasswordSignedIn),
    /// First a password of one's own must be set, and where the agent wants it the device with this secret (base32).
    OwnWanted(Option<String>),
}

/// How a person's password stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnPassword {
    /// What the agent offers.
    pub offered: SubscriberPassword,
    /// The login; none: no password is set.
    pub login: Option<String>,
    /// The desk handed the password out: until when it can be exchanged.
    pub one_time_until: Option<Timestamp>,
    /// Whether the code of a device is asked for.
    pub has_device: bool,
    /// Secret (base32) of a device that has not shown its first code yet.
    pub offered_device: Option<String>,
    /// Until when sign-in by password is closed after wrong tries.
    pub locked_until: Option<Timestamp>,
    /// When the password was set or handed out.
    pub set_at: Option<Timestamp>,
}

/// A password that the desk handed out; it is shown once.
pub struct HandedOut {
    /// What the person types as their name.
    pub login: String,
    /// Sixteen letters and digits in groups of four.
    pub password: String,
    /// Until when it can be exchanged.
    pub until: Timestamp,
}

/// How long a handed-out password waits for its person: over a weekend.
const ONE_TIME_MS: i64 = 3 * 86_400_000;
/// 80 random bits, in sixteen letters: five tries in a quarter of an hour for three days find none.
pub(crate) const ONE_TIME_OCTETS: usize = 10;
const GROUP: usize = 4;
/// The verb of a sign-in by password.
const TRY: &str = "password-sign-in";

// At the door.
impl Ra {
    /// Takes a login, a password and, where a device is set up, its code. What was wrong is not told, and nobody learns whether a login
    /// exists: every try costs one password hash and two writes.
    ///
    /// # Errors
    /// Refused as `sign-in-wrong`, also while the login is locked; as not found where the agent offers no passwords.
    pub fn password_sign_in(
        &self,
        agent_id: AgentId,
        login: &str,
        password: &Password,
        code: &str,
        at: &mut Moment<'_>,
    ) -> Result<PasswordEntered, Failure> {
        let wants_code = self.door_of(agent_id)? == SubscriberPassword::PasswordAndCode;
        let row = self.tried(agent_id, login, password, code, at)?;
        let lacks_device = wants_code && row.device_salt.is_none();
        // guard: one-time-password-opens-nothing
        if row.one_time_until.is_some() || lacks_device {
            let device = if lacks_device { Some(self.offered_device(&row, at)?) } else { None };
            return Ok(PasswordEntered::OwnWanted(device));
        }
        self.let_in(&row, at, |_| Ok(())).map(PasswordEntered::SignedIn)
    }

    /// Exchanges a handed-out password for one's own, and signs in; with the first code of the device where the agent wants one.
    ///
    /// # Errors
    /// As [`Ra::password_sign_in`]; for a password that is too short or the handed-out one again, and for a wrong first code.
    pub fn exchange_password(
        &self,
        agent_id: AgentId,
        login: &str,
        handed_out: &Password,
        own: &Password,
        code: &str,
        at: &mut Moment<'_>,
    ) -> Result<PasswordSignedIn, Failure> {
        let wants_code = self.door_of(agent_id)? == SubscriberPassword::PasswordAndCode;
        let row = self.tried(agent_id, login, handed_out, "", at)?;
        settable(login, own)?;
        // guard: one-time-password-is-exchanged
        if is_the_one(&typed_as_kept(&row, own), Some(&row.password))? {
            return Err(Refusal::TextUnacceptable.into());
        }
        let mut new = SubscriberSecretsRow {
            password: hashed(own.octets(), &at.octets())?,
            one_time_until: None,
            failures: 0,
            locked_until: None,
            set_at: at.now,
            ..row
        };
        let mut events = vec![Event::SubscriberPasswordSet];
        // What was offered under the password of before does not outlive it.
        let offered_salt = new.offered_salt.take();
        if wants_code {
            let salt = offered_salt.ok_or(Refusal::SignInWrong)?;
            let secret = self.device(new.subscriber_id, &salt);
            // guard: device-shows-its-code-first
            let step = matching_step(&secret, code, at.now).ok_or(Refusal::DeviceCodeWrong)?;
            (new.device_salt, new.last_step) = (Some(salt), step);
            events.push(Event::SubscriberDeviceSet);
        }
        let entries = entries(&reader(&new), new.subscriber_id, events, at);
        let kept = new.clone();
        self.let_in(&new, at, move |tx| {
            secrets::set(tx, &kept)?;
            store::sessions::remove_by_password(tx, kept.subscriber_id)?;
            entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
        })
    }

    /// One try at a login, written down before anything follows from it. Answers the secrets as they were.
    fn tried(
        &self,
        agent_id: AgentId,
        login: &str,
        password: &Password,
        code: &str,
        at: &mut Moment<'_>,
    ) -> Result<SubscriberSecretsRow, Failure> {
        let asked = login.to_owned();
        // What cannot be a login is nobody's, and takes as long as anybody's.
        let found = match is_login(login) {
            true => self.0.store.read(|tx| secrets::by_login(tx, agent_id, &asked))?,
            false => None,
        };
        let is_right = match &found {
            Some(row) => is_the_one(&typed_as_kept(row, password), Some(&row.password))?,
            None => is_the_one(password, None)?,
        };
        let nobody = SubscriberId::new(at.now, at.octets());
        let (actor, object) = match &found {
            Some(row) => (reader(row), object(row.subscriber_id)),
            None => (Actor::System, format!("agent:{agent_id}")),
        };
        let verdict = match &found {
            Some(row) => {
                // guard: one-time-password-expires
                let is_right = is_right && row.one_time_until.is_none_or(|until| at.now < until);
                self.judge(row, is_right, code, at)
            }
            None => Try::Closed,
        };
        match (verdict, found) {
            (Try::Right(step), Some(row)) => self.journaled(&actor, &object, TRY, at, |ra, at| {
                ra.right(row.subscriber_id, step, at)?;
                Ok(row)
            }),
            (verdict, found) => {
                // One commit with the count: of nobody nothing is counted, and a commit that changed nothing would wait for no disk and answer sooner.
                let is_counted = matches!(verdict, Try::Wrong);
                let counted = found.filter(|_| is_counted).map_or(nobody, |row| row.subscriber_id);
                let event = Event::refused(TRY, Refusal::SignInWrong);
                let refused = Entry { at: at.now, actor: actor.clone(), object, event };
                self.wrong(counted, &actor, Some(refused), at)
            }
        }
    }

    fn judge(&self, row: &SubscriberSecretsRow, is_right: bool, code: &str, at: &Moment<'_>) -> Try {
        let secret = row.device_salt.map(|salt| self.device(row.subscriber_id, &salt));
        let device = secret.as_ref().map(|secret| (secret.as_slice(), row.last_step));
        judged(&Kept { device, locked_until: row.locked_until }, is_right, code, at.now)
    }

    fn right(&self, id: SubscriberId, step: Option<i64>, at: &Moment<'_>) -> Result<(), Failure> {
        let now = at.now;
        match self.0.store.write(move |tx| secrets::right_try(tx, id, step, now)) {
            // The same code, by somebody who was faster; or wrong tries that closed the login meanwhile.
            Err(store::Error::Conflict { .. }) => Err(Refusal::SignInWrong.into()),
            written => Ok(written?),
        }
    }

    /// Counts a wrong try, and journals beside it what is given.
    fn wrong<T>(&self, id: SubscriberId, actor: &Actor, beside: Option<Entry>, at: &Moment<'_>) -> Result<T, Failure> {
        let lock = lock(at.now);
        let locked = entries(actor, id, vec![Event::SubscriberPasswordLocked], at);
        self.0.store.write(move |tx| -> Result<(), store::Error> {
            let locks = secrets::wrong_try(tx, id, lock)?;
            let locked = locked.iter().filter(|_| locks);
            locked.chain(&beside).try_for_each(|entry| store::journal::append(tx, entry))
        })?;
        Err(Refusal::SignInWrong.into())
    }

    /// Opens a sign-in together with what `save` writes.
    fn let_in(
        &self,
        row: &SubscriberSecretsRow,
        at: &mut Moment<'_>,
        save: impl Fn(&mut store::Tx<'_>) -> Result<(), store::Error> + Send + 'static,
    ) -> Result<PasswordSignedIn, Failure> {
        let actor = reader(row);
        self.journaled(&actor, &object(row.subscriber_id), TRY, at, |ra, at| {
            // guard: password-sign-in-not-barred
            if ra.subscriber_of(row.subscriber_id)?.barred {
                return Err(Refusal::SubscriberBarred.into());
            }
            let token = hex::encode(at.octets::<32>());
            let session = SessionRow {
                token_sha256: crypto::sha256(token.as_bytes()),
                subscriber_id: row.subscriber_id,
                certificate_id: None,
                password_of: Some(row.subscriber_id),
                agent_id: row.agent_id,
                created_at: at.now,
                expires_at: at.now.plus_ms(ra.0.limits.sign_in_ms),
            };
            let expires_at = session.expires_at;
            let entries = entries(&actor, row.subscriber_id, vec![Event::SubscriberSignedInByPassword], at);
            ra.0.store.write(move |tx| -> Result<(), store::Error> {
                save(tx)?;
                store::sessions::insert(tx, &session)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            })?;
            Ok(PasswordSignedIn { token, expires_at })
        })
    }

    fn door_of(&self, agent_id: AgentId) -> Result<SubscriberPassword, Refusal> {
        match self.known_agent(agent_id)?.subscriber_password {
            SubscriberPassword::None => Err(Refusal::NotFound),
            offered => Ok(offered),
        }
    }

    fn device(&self, id: SubscriberId, salt: &[u8; 16]) -> Zeroizing<Vec<u8>> {
        self.0.keyring.link.device_secret(&object(id), salt, SECRET_OCTETS)
    }

    /// The secret of the device that waits for its first code; another one only when there is none: at the door there is no sign-in yet, and a page
    /// that comes back after a wrong code shows the device that was set up by the one before.
    fn offered_device(&self, row: &SubscriberSecretsRow, at: &mut Moment<'_>) -> Result<String, Failure> {
        let id = row.subscriber_id;
        let salt = match row.offered_salt {
            Some(salt) => salt,
            None => self.new_device(id, at)?,
        };
        Ok(base32(&self.device(id, &salt)))
    }

    fn new_device(&self, id: SubscriberId, at: &mut Moment<'_>) -> Result<[u8; 16], Failure> {
        let salt: [u8; 16] = at.octets();
        self.0.store.write(move |tx| secrets::offer_device(tx, id, &salt))?;
        Ok(salt)
    }
}

// One's own.
impl Ra {
    /// How the password of whoever is signed in stands.
    ///
    /// # Errors
    /// Refused for anyone who is not a subscriber.
    pub fn own_password(&self, actor: &Actor) -> Result<OwnPassword, Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        self.password_of(id, actor.agent_id())
    }

    /// Sets login and password. By certificate: a first one, or a forgotten one anew. By password: the old one is asked for, and the
    /// login stays. Every other sign-in of the person ends, and a device that was offered is offered no more; `token` is the one that asks.
    ///
    /// # Errors
    /// Refused where the agent offers none, for a wrong old password, for a password that is too short and a login that is none or
    /// somebody else's.
    pub fn set_own_password(
        &self,
        actor: &Actor,
        token: &str,
        login: &str,
        (old, own): (&Password, &Password),
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        let kept_sha256 = crypto::sha256(token.as_bytes());
        self.with_own(actor, "set-password", at, |ra, id, agent_id, at| {
            let there = ra.asked_again(actor, id, old, at)?;
            let login = match (&there, actor) {
                (Some(row), Actor::Reader { .. }) => row.login.clone(),
                _ => login.to_owned(),
            };
            settable(&login, own)?;
            // The desk hands out passwords under these: nobody takes another person's.
            let owner_id = ra.subscriber_of(id)?.owner_id;
            // guard: login-of-nobody-else
            if login.parse::<OwnerId>().is_ok_and(|named| named != owner_id) {
                return Err(Refusal::TextUnacceptable.into());
            }
            let row = SubscriberSecretsRow {
                subscriber_id: id,
                agent_id,
                login,
                password: hashed(own.octets(), &at.octets())?,
                one_time_until: None,
                device_salt: there.as_ref().and_then(|row| row.device_salt),
                // Whoever knew the old password knows the secret of what was offered under it.
                // guard: offered-device-ends-with-the-password
                offered_salt: None,
                last_step: there.as_ref().map_or(0, |row| row.last_step),
                failures: 0,
                locked_until: None,
                set_at: at.now,
            };
            let entries = entries(actor, id, vec![Event::SubscriberPasswordSet], at);
            let saved = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                secrets::set(tx, &row)?;
                // guard: other-sign-ins-end
                store::sessions::remove_others(tx, id, &kept_sha256)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            });
            match saved {
                Err(store::Error::AlreadyThere { .. }) => Err(Refusal::TextUnacceptable.into()),
                saved => Ok(saved?),
            }
        })
    }

    /// Offers a second device; nothing is asked for before it has shown its first code. Each time it is another one: who asked the last time, in
    /// another sign-in, knows the secret of that one. The offer ends with the next sign-in.
    ///
    /// # Errors
    /// Refused where the agent offers no passwords, and before one is set.
    pub fn offer_own_device(&self, actor: &Actor, at: &mut Moment<'_>) -> Result<(), Failure> {
        self.with_own(actor, "offer-device", at, |ra, id, _, at| {
            let row =
                ra.secrets_of(id)?.filter(|row| row.one_time_until.is_none()).ok_or(Refusal::StageDoesNotAllow)?;
            // guard: offered-device-is-a-new-one
            ra.new_device(row.subscriber_id, at).map(drop)
        })
    }

    /// Takes the offered device into use by its first code.
    ///
    /// # Errors
    /// Refused for a wrong code, for a wrong password of who came by one, and when no device was offered.
    pub fn set_own_device(
        &self,
        actor: &Actor,
        password: &Password,
        code: &str,
        at: &mut Moment<'_>,
    ) -> Result<(), Failure> {
        self.with_own(actor, "set-device", at, |ra, id, _, at| {
            let row = ra.asked_again(actor, id, password, at)?.ok_or(Refusal::StageDoesNotAllow)?;
            let salt = row.offered_salt.ok_or(Refusal::StageDoesNotAllow)?;
            let secret = ra.device(id, &salt);
            // guard: own-device-shows-its-code-first
            let step = matching_step(&secret, code, at.now).ok_or(Refusal::DeviceCodeWrong)?;
            let entries = entries(actor, id, vec![Event::SubscriberDeviceSet], at);
            ra.changed(move |tx| {
                secrets::take_device(tx, id, &salt, step)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            })
        })
    }

    /// The sign-in asks for no code any more.
    ///
    /// # Errors
    /// Refused where the agent wants a code, and for a wrong password of who came by one.
    pub fn remove_own_device(&self, actor: &Actor, password: &Password, at: &mut Moment<'_>) -> Result<(), Failure> {
        self.with_own(actor, "remove-device", at, |ra, id, agent_id, at| {
            // guard: device-where-the-agent-wants-one
            if ra.known_agent(agent_id)?.subscriber_password == SubscriberPassword::PasswordAndCode {
                return Err(Refusal::OwnStepNotOffered.into());
            }
            ra.asked_again(actor, id, password, at)?;
            let entries = entries(actor, id, vec![Event::SubscriberDeviceRemoved], at);
            ra.changed(move |tx| {
                secrets::remove_device(tx, id)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            })
        })
    }

    /// Takes the password out of use, with every sign-in that was made by it. The certificate stays the way in.
    ///
    /// # Errors
    /// Refused for anyone who did not come by certificate.
    pub fn remove_own_password(&self, actor: &Actor, at: &mut Moment<'_>) -> Result<(), Failure> {
        let id = actor.subscriber_id().ok_or(Refusal::SignInRequired)?;
        self.attempt(actor, &object(id), "remove-password", at, |ra, at| {
            let entries = entries(actor, id, vec![Event::SubscriberPasswordRemoved], at);
            ra.changed(move |tx| {
                secrets::forget(tx, id)?;
                store::sessions::remove_by_password(tx, id)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            })
        })
    }

    fn with_own(
        &self,
        actor: &Actor,
        verb: &'static str,
        at: &mut Moment<'_>,
        run: impl FnOnce(&Self, SubscriberId, AgentId, &mut Moment<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (Some(id), Some(agent_id)) = (actor.subscriber_id(), actor.agent_id()) else {
            return Err(Refusal::SignInRequired.into());
        };
        // A password is its person's own: a sign-in by it may change it, and asks for it once more.
        self.journaled(actor, &object(id), verb, at, |ra, at| {
            if ra.known_agent(agent_id)?.subscriber_password == SubscriberPassword::None {
                return Err(Refusal::OwnStepNotOffered.into());
            }
            run(ra, id, agent_id, at)
        })
    }

    /// The secrets of whoever is signed in. Who came by password says it again, and wrong ones count as at the door.
    fn asked_again(
        &self,
        actor: &Actor,
        id: SubscriberId,
        password: &Password,
        at: &mut Moment<'_>,
    ) -> Result<Option<SubscriberSecretsRow>, Failure> {
        let found = self.secrets_of(id)?;
        let Actor::Reader { .. } = actor else { return Ok(found) };
        let row = found.ok_or(Refusal::SignInWrong)?;
        let is_right = is_the_one(password, Some(&row.password))?;
        let kept = Kept { device: None, locked_until: row.locked_until };
        // guard: old-password-asked
        match judged(&kept, is_right, "", at.now) {
            Try::Right(_) => self.right(id, None, at)?,
            Try::Wrong => return self.wrong(id, actor, None, at),
            Try::Closed => return Err(Refusal::SignInWrong.into()),
        }
        Ok(Some(row))
    }

    fn secrets_of(&self, id: SubscriberId) -> Result<Option<SubscriberSecretsRow>, Failure> {
        Ok(self.0.store.read(move |tx| secrets::of(tx, id))?)
    }

    pub(crate) fn password_of(&self, id: SubscriberId, agent_id: Option<AgentId>) -> Result<OwnPassword, Failure> {
        let agent = agent_id.map(|agent_id| self.known_agent(agent_id)).transpose()?;
        let row = self.secrets_of(id)?;
        let offered_salt = row.as_ref().and_then(|row| row.offered_salt);
        Ok(OwnPassword {
            offered: agent.map_or(SubscriberPassword::None, |agent| agent.subscriber_password),
            one_time_until: row.as_ref().and_then(|row| row.one_time_until),
            has_device: row.as_ref().is_some_and(|row| row.device_salt.is_some()),
            offered_device: offered_salt.map(|salt| base32(&self.device(id, &salt))),
            locked_until: row.as_ref().and_then(|row| row.locked_until),
            set_at: row.as_ref().map(|row| row.set_at),
            login: row.map(|row| row.login),
        })
    }

    /// Writes; another change of the same secrets meanwhile is told as such.
    fn changed(
        &self,
        save: impl Fn(&mut store::Tx<'_>) -> Result<(), store::Error> + Send + 'static,
    ) -> Result<(), Failure> {
        match self.0.store.write(save) {
            Err(store::Error::Conflict { .. }) => Err(Refusal::ChangedMeanwhile.into()),
            saved => Ok(saved?),
        }
    }
}

// At the desk.
impl Ra {
    /// Hands out a password that is good once, for whoever has none or has lost it; the device is set up anew, and sign-ins by the
    /// old password end. `seen` is [`OwnPassword::set_at`] as the clerk saw it.
    ///
    /// # Errors
    /// Refused without the role, where the agent offers no passwords, for a person who is barred or not of record, and when a password was set or
    /// handed out since `seen`: the paper of a colleague stays good.
    pub fn hand_out_password(
        &self,
        actor: &Actor,
        id: SubscriberId,
        seen: Option<Timestamp>,
        at: &mut Moment<'_>,
    ) -> Result<HandedOut, Failure> {
        self.attempt(actor, &object(id), "hand-out-password", at, |ra, at| {
            let person = ra.subscriber_of_agent(actor, id)?;
            // guard: password-handed-out-by-role
            may_hand_out(actor)?;
            if ra.known_agent(person.agent_id)?.subscriber_password == SubscriberPassword::None || !person.admitted {
                return Err(Refusal::StageDoesNotAllow.into());
            }
            if person.barred {
                return Err(Refusal::SubscriberBarred.into());
            }
            let there = ra.secrets_of(id)?;
            let letters = base32(&at.octets::<ONE_TIME_OCTETS>());
            let until = at.now.plus_ms(ONE_TIME_MS);
            let row = SubscriberSecretsRow {
                subscriber_id: id,
                agent_id: person.agent_id,
                login: there.map_or_else(|| person.owner_id.as_str().to_owned(), |row| row.login),
                password: hashed(letters.as_bytes(), &at.octets())?,
                one_time_until: Some(until),
                device_salt: None,
                offered_salt: None,
                last_step: 0,
                failures: 0,
                locked_until: None,
                set_at: at.now,
            };
            let login = row.login.clone();
            let events = vec![Event::OneTimePasswordHandedOut { until: until.to_string() }];
            let entries = entries(actor, id, events, at);
            let saved = ra.0.store.write(move |tx| {
                // guard: password-as-it-was-seen
                secrets::replace(tx, &row, seen)?;
                store::sessions::remove_by_password(tx, id)?;
                entries.iter().try_for_each(|entry| store::journal::append(tx, entry))
            });
            match saved {
                // Two at once: the other one's is there now.
                Err(store::Error::Conflict { .. } | store::Error::AlreadyThere { .. }) => {
                    Err(Refusal::ChangedMeanwhile.into())
                }
                Err(error) => Err(error.into()),
                Ok(()) => Ok(HandedOut { login, password: grouped(&letters), until }),
            }
        })
    }
}

/// Whoever has the person in front of them, and whoever answers for the clients' access (domain notes 1.8); support has neither.
pub(crate) fn may_hand_out(actor: &Actor) -> Result<(), Refusal> {
    let may = [Role::BranchClerk, Role::SecurityOfficer].into_iter().any(|role| actor.has(role));
    if may { Ok(()) } else { Err(Refusal::RoleMissing) }
}

/// Letters as they are read from paper.
pub(crate) fn grouped(letters: &str) -> String {
    letters.as_bytes().chunks(GROUP).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

/// A handed-out password is read from paper: neither case nor what separates its groups counts.
fn typed_as_kept(row: &SubscriberSecretsRow, typed: &Password) -> Password {
    let separates = |octet: &u8| !(octet.is_ascii_whitespace() || *octet == b'-');
    match row.one_time_until {
        Some(_) => Password::new(typed.octets().to_ascii_uppercase().into_iter().filter(separates).collect()),
        None => Password::new(typed.octets().to_vec()),
    }
}

fn reader(row: &SubscriberSecretsRow) -> Actor {
    Actor::Reader { id: row.subscriber_id, agent_id: row.agent_id }
}

fn object(id: SubscriberId) -> String {
    format!("subscriber:{id}")
}

fn entries(actor: &Actor, id: SubscriberId, events: Vec<Event>, at: &Moment<'_>) -> Vec<Entry> {
    let entry = |event| Entry { at: at.now, actor: actor.clone(), object: object(id), event };
    events.into_iter().map(entry).collect()
}
