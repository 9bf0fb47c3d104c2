//! CRLs: built from the rows, signed, guarded, published by a strictly rising number. Renewed at half life, never served past their end.

use std::collections::BTreeSet;

use ca::{PreviousCrl, crl_guard};
use crypto::{Crl, RevokedEntry};
use domain::Timestamp;
use domain::actor::Actor;
use domain::journal::{Entry, Event};
use store::crls::CrlRow;

use crate::failure::{Error, Failure};
use crate::setup::{Moment, Ra};

impl Ra {
    /// The CRL of an authority, DER; none when there is no such authority.
    ///
    /// # Errors
    /// When the database is gone, or the newest CRL has ended and a new one could not be built.
    pub fn crl(&self, authority: &str, at: &mut Moment<'_>) -> Result<Option<CrlRow>, Error> {
        if self.0.keyring.authority(authority).is_none() {
            return Ok(None);
        }
        match self.latest_crl(authority)? {
            Some(row) if row.next_update > at.now => Ok(Some(row)),
            _ => {
                match self.publish_crl(authority, at) {
                    // Another reader or node was faster.
                    Ok(()) | Err(Failure::Broken(Error::Conflict(_))) => {}
                    Err(failure) => return Err(broken(failure)),
                }
                Ok(self.latest_crl(authority)?.filter(|row| row.next_update > at.now))
            }
        }
    }

    /// The certificate of an authority, PEM.
    #[must_use]
    pub fn authority_pem(&self, name: &str) -> Option<String> {
        self.0
            .keyring
            .authority(name)
            .map(|authority| crypto::pem_encode("CERTIFICATE", authority.certificate.as_der()))
    }

    /// Names of the authorities, root first.
    #[must_use]
    pub fn authority_names(&self) -> Vec<String> {
        self.0.keyring.authorities().iter().map(|authority| authority.name.clone()).collect()
    }

    /// Renews every CRL that has reached half of its life, and makes the first ones. One authority that cannot does not stop the others.
    pub(crate) fn renew_crls(&self, at: &mut Moment<'_>) -> Result<(), Error> {
        let mut first_failure = None;
        for name in self.authority_names() {
            match self.renew_crl(&name, at) {
                // Another node was faster.
                Ok(()) | Err(Error::Conflict(_)) => {}
                Err(error) => {
                    tracing::error!(authority = name, %error, "the CRL could not be renewed");
                    first_failure.get_or_insert(error);
                }
            }
        }
        first_failure.map_or(Ok(()), Err)
    }

    fn renew_crl(&self, name: &str, at: &mut Moment<'_>) -> Result<(), Error> {
        let due = match self.latest_crl(name)? {
            Some(row) => at.now.0 >= row.this_update.0 + (row.next_update.0 - row.this_update.0) / 2,
            None => true,
        };
        if due { self.publish_crl(name, at).map_err(broken) } else { Ok(()) }
    }

    /// Publishes unless the newest CRL already says exactly what the rows say: many decisions at once cost one CRL. Rows are compared,
    /// never times: a clock that is behind, or a decision that was committed late, must not be lost.
    pub(crate) fn publish_crl_if_untrue(&self, authority: &str, at: &mut Moment<'_>) -> Result<(), Failure> {
        let (latest, rows) = self.0.store.read(|tx| -> Result<_, store::Error> {
            Ok((store::crls::latest(tx, authority)?, store::certificates::revoked_of(tx, authority)?))
        })?;
        if let Some(latest) = latest {
            let said: BTreeSet<(String, i64, u8)> = Crl::from_der(&latest.der)?
                .revoked()
                .iter()
                .map(|entry| (significant(&hex::encode(&entry.serial)), entry.revoked_at, entry.reason.unwrap_or(0)))
                .collect();
            let so: BTreeSet<(String, i64, u8)> = rows
                .iter()
                .map(|row| (significant(&row.serial_hex), row.revoked_at.seconds(), row.reason.code()))
                .collect();
            if said == so {
                return Ok(());
            }
        }
        self.publish_crl(authority, at)
    }

    fn publish_crl(&self, name: &str, at: &mut Moment<'_>) -> Result<(), Failure> {
        store::kill::point("ra.crl.begun");
        let authority = self.0.keyring.authority(name).ok_or_else(|| Error::Setup(format!("no authority {name}")))?;
        let (wanted, also) = (name.to_owned(), name.to_owned());
        let (previous, rows) = self.0.store.read(move |tx| -> Result<_, store::Error> {
            Ok((store::crls::latest(tx, &wanted)?, store::certificates::revoked_of(tx, &also)?))
        })?;
        let this_update = at.now.seconds();
        let next_update = this_update + self.0.keyring.crl_life_seconds(name);
        let revoked = rows
            .iter()
            .map(|row| {
                let serial = hex::decode(&row.serial_hex).map_err(|_| {
                    Error::Contradiction(format!("serial number {} of authority {name}", row.serial_hex))
                })?;
                Ok(RevokedEntry { serial, revoked_at: row.revoked_at.seconds(), reason: Some(row.reason.code()) })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        if let Some(previous) = &previous {
            let before = Crl::from_der(&previous.der)?;
            self.guard(name, &before, &revoked, this_update)?;
        }
        let number = previous.as_ref().map_or(1, |row| row.number + 1);
        let unsigned = u64::try_from(number).map_err(|_| Error::Contradiction(format!("CRL number {number}")))?;
        let entries = i64::try_from(revoked.len()).unwrap_or(i64::MAX);
        let der =
            ca::build_crl(authority, unsigned, revoked, this_update, next_update, at.rng).map_err(engine_failed)?;
        let row = CrlRow {
            authority: name.to_owned(),
            number,
            der,
            this_update: Timestamp::from_seconds(this_update),
            next_update: Timestamp::from_seconds(next_update),
            entries,
        };
        let entry = Entry {
            at: at.now,
            actor: Actor::System,
            object: format!("authority:{name}"),
            event: Event::CrlPublished {
                authority: name.to_owned(),
                number: unsigned,
                entries: entries.unsigned_abs(),
                this_update: row.this_update.to_string(),
                next_update: row.next_update.to_string(),
            },
        };
        store::kill::point("ra.crl.signed");
        let published = self.0.store.write(move |tx| {
            store::crls::insert(tx, &row)?;
            store::journal::append(tx, &entry)
        });
        match published {
            // Another node published this number first: its CRL was built from the same rows or newer ones, ours is not needed.
            Err(store::Error::AlreadyThere { .. }) => Err(Error::Conflict("crl number").into()),
            Err(error) => Err(error.into()),
            Ok(()) => {
                store::kill::point("ra.crl.published");
                Ok(())
            }
        }
    }

    /// The worst CRL is a well-signed one from which somebody has vanished (R14, R16): then the old one stays and the desk hears of it.
    fn guard(&self, name: &str, before: &Crl, after: &[RevokedEntry], this_update: i64) -> Result<(), Failure> {
        let previous = PreviousCrl { entries: before.revoked(), this_update: before.this_update() };
        let row = |serial: &[u8]| {
            let (authority, serial) = (name.to_owned(), hex::encode(serial));
            self.0.store.read(move |tx| store::certificates::by_serial(tx, &authority, &serial)).ok().flatten()
        };
        crl_guard(
            previous,
            after,
            this_update,
            |serial| row(serial).map(|row| row.not_after.seconds()),
            |serial| row(serial).is_some_and(|row| row.revocation.is_none()),
        )
        .map_err(|objections| {
            let first = objections.first().map(ToString::to_string).unwrap_or_default();
            Error::Contradiction(format!("the CRL of {name} is not published: {first}")).into()
        })
    }

    fn latest_crl(&self, authority: &str) -> Result<Option<CrlRow>, Error> {
        let authority = authority.to_owned();
        Ok(self.0.store.read(move |tx| store::crls::latest(tx, &authority))?)
    }
}

/// A serial number without leading zeros: the CRL writes the shortest form.
fn significant(hex: &str) -> String {
    hex.trim_start_matches("00").to_owned()
}

fn engine_failed(error: ca::Error) -> Error {
    match error {
        ca::Error::Crypto(error) => Error::Crypto(error),
        other => Error::Setup(other.to_string()),
    }
}

fn broken(failure: Failure) -> Error {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(refused) => Error::Setup(refused.to_string()),
    }
}
