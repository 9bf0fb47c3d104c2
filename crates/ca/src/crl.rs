//! Lists of revoked certificates (RFC 5280 section 5): built whole, signed, read back and verified before anybody sees them.
//! The guard compares a list with its predecessor, because the worst list is a well-signed one from which somebody has vanished.

use std::collections::BTreeMap;
use std::fmt;

use crypto::{Crl, Extension, RevokedEntry, TbsCrl};

use crate::authority::Authority;
use crate::error::Error;

/// CRLReason unspecified: written by leaving the extension out (RFC 5280 section 5.3.1).
const UNSPECIFIED: u8 = 0;
/// CRLReason certificateHold.
const CERTIFICATE_HOLD: u8 = 6;
/// CRLReason removeFromCRL, which stands in delta lists only; 7 has no meaning.
const NOT_IN_FULL_LISTS: [u8; 2] = [7, 8];
/// The last CRLReason of RFC 5280, aACompromise.
const LAST_REASON: u8 = 10;

/// Builds and signs the authority's full CRL: version 2, authorityKeyIdentifier, CRL number; entries in the order of their serial numbers.
///
/// Times are epoch seconds. Refused: a serial number that is zero or stands twice, a reason that has no place in a full list, dates that
/// do not follow one another or lie outside the authority's life. The list is read back and verified before it is returned.
pub fn build_crl(
    authority: &Authority,
    number: u64,
    revoked: Vec<RevokedEntry>,
    this_update: i64,
    next_update: i64,
    rng: &mut crypto::Rng,
) -> Result<Vec<u8>, Error> {
    let unfit = |detail: &str| Error::unfit("CRL", format!("{}: {detail}", authority.name));
    if next_update <= this_update {
        return Err(unfit("nextUpdate is not later than thisUpdate"));
    }
    let facts = authority.issuer_facts();
    if this_update < facts.not_before || this_update > facts.not_after {
        return Err(unfit("thisUpdate is outside the authority's life"));
    }
    let mut entries: BTreeMap<(usize, Vec<u8>), RevokedEntry> = BTreeMap::new();
    for mut entry in revoked {
        entry.serial = significant(&entry.serial).to_vec();
        if entry.serial.is_empty() {
            return Err(unfit("a serial number is zero"));
        }
        if entry.revoked_at > this_update {
            return Err(unfit("an entry was revoked after thisUpdate"));
        }
        if entry.reason.is_some_and(|reason| NOT_IN_FULL_LISTS.contains(&reason) || reason > LAST_REASON) {
            return Err(unfit("a reason that has no place in a full list"));
        }
        entry.reason = entry.reason.filter(|reason| *reason != UNSPECIFIED);
        // Shorter numbers are smaller ones, leading zeros being gone.
        if entries.insert((entry.serial.len(), entry.serial.clone()), entry).is_some() {
            return Err(unfit("a serial number stands twice"));
        }
    }
    let entries: Vec<RevokedEntry> = entries.into_values().collect();
    let tbs_der = TbsCrl {
        signature_algorithm: facts.signature_algorithm,
        issuer_der: facts.subject_der.to_vec(),
        this_update,
        next_update,
        revoked: entries.clone(),
        extensions: vec![Extension::authority_key_id(facts.subject_key_id), Extension::crl_number(number)],
    }
    .to_der()?;
    let signature = authority.signer().sign(&tbs_der, rng)?;
    let der = crypto::assemble(&tbs_der, facts.signature_algorithm, &signature);
    read_back(authority, &der, number, &entries, this_update, next_update)?;
    Ok(der)
}

fn read_back(
    authority: &Authority,
    der: &[u8],
    number: u64,
    entries: &[RevokedEntry],
    this_update: i64,
    next_update: i64,
) -> Result<(), Error> {
    let crl = Crl::from_der(der)?;
    crl.verify_issued_by(&authority.certificate)
        .map_err(|_| Error::Contradiction("the authority's certificate does not verify the new CRL"))?;
    let is_same_entry = |(have, wanted): (&RevokedEntry, &RevokedEntry)| {
        significant(&have.serial) == wanted.serial
            && have.revoked_at == wanted.revoked_at
            && have.reason == wanted.reason
    };
    let revoked = crl.revoked();
    let is_same = revoked.len() == entries.len()
        && revoked.iter().zip(entries).all(is_same_entry)
        && crl.this_update() == this_update
        && crl.next_update() == next_update
        && crl.number().is_some_and(|octets| significant(&octets) == significant(&number.to_be_bytes()));
    if is_same { Ok(()) } else { Err(Error::Contradiction("the CRL reads back as another list")) }
}

/// The list that is published now.
#[derive(Clone, Copy, Debug)]
pub struct PreviousCrl<'a> {
    /// Its entries.
    pub entries: &'a [RevokedEntry],
    /// Its thisUpdate, epoch seconds.
    pub this_update: i64,
}

/// Why a new list must not take the place of the old one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CrlObjection {
    /// The new list is older than the published one.
    WentBack,
    /// An entry is gone although its certificate had not expired before the published list was made, and nobody released it.
    Vanished {
        /// Serial number without leading zeros.
        serial: Vec<u8>,
    },
    /// A final revocation has become a hold, or its date has moved.
    Changed {
        /// Serial number without leading zeros.
        serial: Vec<u8>,
    },
}

impl fmt::Display for CrlObjection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WentBack => out.write_str("the new CRL is older than the published one"),
            Self::Vanished { serial } => write!(out, "the entry {} vanished before its time", hex::encode(serial)),
            Self::Changed { serial } => write!(out, "the entry {} was rewritten", hex::encode(serial)),
        }
    }
}

/// Compares a new list with the published one; any objection means: keep the old one and raise the alarm (requirement R16).
///
/// An entry may go when it has stood in one list made after its certificate's end (RFC 5280 section 3.3), or when it was a hold that
/// `released` knows to be lifted. `not_after` tells a certificate's last second by its serial number without leading zeros; a certificate
/// it does not know keeps its entry, so an unreadable source empties nothing. `now` is the new list's thisUpdate, epoch seconds.
pub fn crl_guard(
    previous: PreviousCrl<'_>,
    entries: &[RevokedEntry],
    now: i64,
    not_after: impl Fn(&[u8]) -> Option<i64>,
    released: impl Fn(&[u8]) -> bool,
) -> Result<(), Vec<CrlObjection>> {
    let new: BTreeMap<&[u8], &RevokedEntry> = entries.iter().map(|it| (significant(&it.serial), it)).collect();
    let mut objections = Vec::new();
    if now < previous.this_update {
        objections.push(CrlObjection::WentBack);
    }
    for old in previous.entries {
        let serial = significant(&old.serial);
        let was_hold = old.reason == Some(CERTIFICATE_HOLD);
        match new.get(serial) {
            None => {
                let has_served_out = not_after(serial).is_some_and(|end| previous.this_update > end);
                let is_released = was_hold && released(serial);
                if !(has_served_out || is_released) {
                    objections.push(CrlObjection::Vanished { serial: serial.to_vec() });
                }
            }
            // A hold may become final, and takes the date of that decision; a final entry stays what it was.
            Some(entry) => {
                let is_hold = entry.reason == Some(CERTIFICATE_HOLD);
                if !was_hold && (is_hold || entry.revoked_at != old.revoked_at) {
                    objections.push(CrlObjection::Changed { serial: serial.to_vec() });
                }
            }
        }
    }
    if objections.is_empty() { Ok(()) } else { Err(objections) }
}

/// A big-endian number without leading zero octets.
fn significant(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    &octets[zeros..]
}
