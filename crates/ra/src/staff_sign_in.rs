//! How staff sign in on pages: login, password, and the code of a second device (RFC 6238). The password is kept as Argon2id; the
//! device's secret is kept nowhere, it is derived from a salt in the database and a key outside it.

use argon2::{Algorithm, Argon2, Params, Version};
use domain::actor::{Actor, Role};
use domain::ids::StaffId;
use domain::journal::{Entry, Event};
use domain::{Refusal, Timestamp};
use hmac::{KeyInit, Mac};
use store::staff_sign_in::{SecretsRow, StaffSessionRow};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::failure::{Error, Failure};
use crate::keyring::Password;
use crate::setup::{Moment, Ra};

/// Argon2id with 19 MiB in two passes: the smallest setting OWASP names; the second device carries the rest.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const HASH_OCTETS: usize = 32;
/// A password is no PIN: the device's code does not excuse a short one.
const SHORTEST_PASSWORD: usize = 10;
/// Longer ones are no passwords but a way to keep us busy.
const LONGEST_PASSWORD: usize = 200;
const LONGEST_LOGIN: usize = 64;
/// RFC 6238 section 4: the default step.
const STEP_MS: i64 = 30_000;
/// RFC 6238 section 5.2: one step of delay is allowed, to both sides because clocks stand on both.
const STEPS_AROUND: i64 = 1;
/// RFC 4226 section 4 R6: 160 bits are recommended.
const SECRET_OCTETS: usize = 20;
const CODE_DIGITS: usize = 6;
/// Wrong tries in a row before the login is locked.
pub(crate) const TRIES: i64 = 5;
/// How long it is locked after that many, and after each further one.
pub(crate) const LOCK_MS: i64 = 15 * 60_000;
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

impl Ra {
    /// Gives a member of staff a login and a password; returns the secret of the second device (base32), shown once. Open sign-ins
    /// of the person end.
    ///
    /// # Errors
    /// Refused for anyone but the command line or a CA administrator, for an unknown or disabled member, for a login that somebody
    /// has, and for a password that is too short.
    pub fn set_staff_password(
        &self,
        actor: &Actor,
        id: StaffId,
        login: &str,
        password: &Password,
        at: &mut Moment<'_>,
    ) -> Result<String, Failure> {
        // guard: password-set-by-role
        if !(matches!(actor, Actor::CommandLine { .. }) || actor.has(Role::CaAdministrator)) {
            return Err(Refusal::RoleMissing.into());
        }
        let member = self.0.store.read(move |tx| store::staff::by_id(tx, id))?;
        if member.is_none_or(|member| member.disabled_at.is_some()) {
            return Err(Refusal::NotFound.into());
        }
        let length = std::str::from_utf8(password.octets()).map_or(0, |text| text.chars().count());
        if !is_login(login) || !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&length) {
            return Err(Refusal::TextUnacceptable.into());
        }
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
        let entry =
            Entry { at: at.now, actor: actor.clone(), object: format!("staff:{id}"), event: Event::StaffPasswordSet };
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
    /// one password hash.
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
        // What cannot be a login is nobody's, and takes as long as anybody's.
        let found = match is_login(login) {
            true => self.0.store.read(|tx| store::staff_sign_in::by_login(tx, &asked))?,
            false => None,
        };
        let held = password.octets().len() <= LONGEST_PASSWORD * 4;
        let hash = found.as_ref().map_or(NOBODY, |row| row.password.as_str());
        let password_is_right = held && is_right(password.octets(), hash)?;
        let Some(row) = found else { return Err(Refusal::SignInWrong.into()) };
        let id = row.staff_id;
        let member = self.0.store.read(move |tx| store::staff::by_id(tx, id))?;
        let member = member.filter(|member| member.disabled_at.is_none()).ok_or(Refusal::SignInWrong)?;
        let actor = Actor::Staff { id, agent_id: member.agent_id, roles: member.roles };
        let object = format!("staff:{id}");
        self.attempt(&actor, &object, "staff-sign-in", at, |ra, at| {
            // guard: staff-lock
            if row.locked_until.is_some_and(|until| at.now < until) {
                return Err(Refusal::SignInWrong.into());
            }
            let secret = ra.device_secret(id, &row.salt);
            let step = matching_step(&secret, code, at.now).filter(|step| *step > row.last_step);
            // guard: staff-password
            let (true, Some(step)) = (password_is_right, step) else {
                // guard: staff-lock-after-tries
                let locked = (row.failures + 1 >= TRIES).then(|| at.now.plus_ms(LOCK_MS));
                ra.0.store.write(move |tx| store::staff_sign_in::wrong_try(tx, id, locked))?;
                return Err(Refusal::SignInWrong.into());
            };
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
            let saved = ra.0.store.write(move |tx| -> Result<(), store::Error> {
                store::staff_sign_in::right_try(tx, id, step)?;
                store::staff_sign_in::insert_session(tx, &session)?;
                store::journal::append(tx, &entry)
            });
            match saved {
                // The same code, by somebody who was faster.
                Err(store::Error::Conflict { .. }) => Err(Refusal::SignInWrong.into()),
                Err(error) => Err(error.into()),
                Ok(()) => Ok(StaffSignedIn { token, expires_at }),
            }
        })
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

pub(crate) fn open_sign_in(row: StaffSessionRow, this: &[u8; 32]) -> OpenSignIn {
    OpenSignIn {
        id: hex::encode(row.token_sha256),
        by_certificate: row.certificate_id.is_some(),
        created_at: row.created_at,
        expires_at: row.expires_at,
        is_this_one: row.token_sha256 == *this,
    }
}

/// What people type as their name: letters, digits and signs of ASCII.
fn is_login(login: &str) -> bool {
    (1..=LONGEST_LOGIN).contains(&login.len()) && login.bytes().all(|octet| octet.is_ascii_graphic())
}

/// A hash that no password has: what a try for an unknown login is compared with.
const NOBODY: &str = "argon2id:19456:2:00000000000000000000000000000000:0000000000000000000000000000000000000000000000000000000000000000";

fn hashed(password: &[u8], salt: &[u8; 16]) -> Result<String, Error> {
    let hash = argon2id(password, salt, MEMORY_KIB, PASSES)?;
    Ok(format!("argon2id:{MEMORY_KIB}:{PASSES}:{}:{}", hex::encode(salt), hex::encode(hash)))
}

fn is_right(password: &[u8], kept: &str) -> Result<bool, Error> {
    let broken = || Error::Contradiction("a password hash of another form".to_owned());
    let mut parts = kept.split(':');
    let mut next = || parts.next().ok_or_else(broken);
    let (name, memory, passes, salt, hash) = (next()?, next()?, next()?, next()?, next()?);
    let number = |text: &str| text.parse::<u32>().map_err(|_| broken());
    let octets = |text: &str| hex::decode(text).map_err(|_| broken());
    if name != "argon2id" {
        return Err(broken());
    }
    let salt: [u8; 16] = octets(salt)?.try_into().map_err(|_| broken())?;
    let found = argon2id(password, &salt, number(memory)?, number(passes)?)?;
    Ok(bool::from(found.as_slice().ct_eq(&octets(hash)?)))
}

fn argon2id(password: &[u8], salt: &[u8; 16], memory_kib: u32, passes: u32) -> Result<[u8; HASH_OCTETS], Error> {
    let broken = |error: argon2::Error| Error::Contradiction(format!("password hash: {error}"));
    let params = Params::new(memory_kib, passes, 1, Some(HASH_OCTETS)).map_err(broken)?;
    let mut hash = [0; HASH_OCTETS];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, salt, &mut hash)
        .map_err(broken)?;
    Ok(hash)
}

/// The time step whose code this is, if it is one of those around now.
fn matching_step(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = now.0.div_euclid(STEP_MS);
    let mut found = None;
    // All of them are looked at, so that the time does not tell which one it was.
    for step in now - STEPS_AROUND..=now + STEPS_AROUND {
        if bool::from(code_of(secret, step).as_bytes().ct_eq(code.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// RFC 6238 with HMAC-SHA-1, which every authenticator knows; the truncation of RFC 4226 section 5.3.
fn code_of(secret: &[u8], step: i64) -> String {
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(secret).expect("HMAC takes a key of any length (RFC 2104)");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 0x0f);
    let chosen = [digest[offset] & 0x7f, digest[offset + 1], digest[offset + 2], digest[offset + 3]];
    let number = u32::from_be_bytes(chosen) % 10_u32.pow(CODE_DIGITS as u32);
    format!("{number:0width$}", width = CODE_DIGITS)
}

/// What a second device with this secret (base32) shows at a moment, and for how many seconds more; none for a text that is no secret.
/// It is for demonstrations, where a page stands in for the phone.
#[must_use]
pub fn shown_by_device(secret: &str, now: Timestamp) -> Option<(String, i64)> {
    let step = now.0.div_euclid(STEP_MS);
    let left_ms = (step + 1) * STEP_MS - now.0;
    Some((code_of(&from_base32(secret)?, step), (left_ms + 999) / 1_000))
}

/// RFC 4648 section 6 without padding; bits that fill no octet are dropped.
fn from_base32(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut octets = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        held = held << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            octets.push((held >> bits & 0xff) as u8);
        }
    }
    Some(octets)
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// RFC 4648 section 6 without padding, as authenticators take it.
fn base32(octets: &[u8]) -> String {
    let bits = octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    bits.chunks(5)
        .map(|chunk| {
            let value = chunk.iter().fold(0, |value, bit| value << 1 | bit) << (5 - chunk.len());
            char::from(ALPHABET[usize::from(value)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238_appendix_b() {
        // The appendix prints eight digits; ours are the last six.
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(code_of(secret, seconds / 30), code);
            let now = Timestamp::from_seconds(seconds);
            assert_eq!(matching_step(secret, &format!("{} {}", &code[..3], &code[3..]), now), Some(seconds / 30));
            assert_eq!(matching_step(secret, code, now.plus_ms(30_000)), Some(seconds / 30), "one step late");
            assert_eq!(matching_step(secret, code, now.plus_ms(90_000)), None, "three steps late");
        }
        assert_eq!(matching_step(secret, "", Timestamp(0)), None);
    }

    #[test]
    fn base32_is_that_of_rfc_4648_section_10() {
        for (octets, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(octets.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap().as_slice(), octets.as_bytes());
        }
        assert!(from_base32("MZXW1").is_none(), "1 is no digit of it");
    }

    #[test]
    fn a_device_shows_the_code_that_is_asked_for() {
        let secret = b"12345678901234567890";
        let (code, left) = shown_by_device(&base32(secret), Timestamp(59_000)).unwrap();
        assert_eq!((code.as_str(), left), ("287082", 1));
        assert_eq!(matching_step(secret, &code, Timestamp(59_000)), Some(1));
    }

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let kept = hashed("вертикаль-42".as_bytes(), &[7; 16]).unwrap();
        assert!(is_right("вертикаль-42".as_bytes(), &kept).unwrap());
        assert!(!is_right(b"something", &kept).unwrap());
        assert!(!is_right(b"", NOBODY).unwrap());
        assert!(is_right(b"", "argon2id:x").is_err());
    }
}
