//! Bringing in what a bank already has: organisations, signatories, their current certificates, the previous authority's chain and CRLs.
//!
//! The folder: `organisations.csv` (inn,name,city), `signatories.csv` (organisation_inn,certificate,name_nominative,name_genitive,
//! name_instrumental,gender,position,basis,email,phone), `certificates/*.der`, `authorities/*.der`, `crls/*.crl`. Everything is
//! checked first; any refused row refuses the whole import and all refused rows are reported; what is taken is taken in one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crypto::{Crl, Name};
use domain::Refusal;
use domain::Timestamp;
use domain::actor::{Actor, Role};
use domain::certificate::{Certificate, Progress, Revocation, RevocationReason};
use domain::ids::{AgentId, CertificateId, OrganisationId, OwnerId, SubscriberId};
use domain::journal::{Entry, Event};
use domain::subject::{AttributeType, Subject};
use domain::subscriber::{CaseForms, Contact, Email, Gender, Inn, Organisation, Subscriber, phone_is_acceptable};
use store::authorities::{AuthorityKind, AuthorityRow};

use crate::failure::{Error, Failure};
use crate::setup::{Moment, Ra};

/// What to do with the folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportMode {
    /// Check and count; change nothing.
    Preview,
    /// Take everything, or nothing if any row is refused.
    Apply,
    /// Take what is right and report the rest.
    ApplySkippingRefused,
}

/// What an import found and did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImportReport {
    /// Organisations to take.
    pub organisations: usize,
    /// Signatories to take.
    pub subscribers: usize,
    /// Certificates to take.
    pub certificates: usize,
    /// Certificates of authorities to take.
    pub authorities: usize,
    /// CRLs that were read.
    pub crls: usize,
    /// Every row and file that cannot be taken.
    pub refused: Vec<RefusedRow>,
    /// Whether anything was changed.
    pub applied: bool,
}

/// A row or file that cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedRow {
    /// The file, relative to the folder.
    pub file: String,
    /// The line of a CSV file, counted from 1.
    pub line: Option<u64>,
    /// Why.
    pub reason: String,
}

/// Most octets of one file of an import.
const FILE_OCTETS: u64 = 64 * 1024 * 1024;
/// Most octets of one certificate file.
const CERTIFICATE_OCTETS: u64 = 64 * 1024;
/// Most characters of a text field.
const TEXT_CHARACTERS: usize = 400;
/// The authority name under which certificates of a previous authority are kept.
const IMPORTED: &str = "imported";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationLine {
    inn: String,
    name: String,
    city: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatoryLine {
    organisation_inn: String,
    certificate: String,
    name_nominative: String,
    name_genitive: String,
    name_instrumental: String,
    gender: String,
    position: String,
    basis: String,
    email: String,
    phone: String,
}

/// Everything that will be written.
#[derive(Clone, Default)]
struct Taken {
    organisations: Vec<Organisation>,
    subscribers: Vec<Subscriber>,
    certificates: Vec<Certificate>,
    authorities: Vec<AuthorityRow>,
}

/// One reading of a folder, collecting what is right and what is not.
struct Reading<'a> {
    agent: AgentId,
    folder: &'a Path,
    now: Timestamp,
    taken: Taken,
    refused: Vec<RefusedRow>,
    issuers: Vec<crypto::Certificate>,
    crls: Vec<Crl>,
    known_organisations: BTreeMap<String, OrganisationId>,
}

impl Ra {
    /// Imports a folder for an agent.
    ///
    /// # Errors
    /// Refused for anyone but the command line or a CA administrator; broken when a file cannot be read at all. Refused rows are in the report.
    pub fn import(
        &self,
        actor: &Actor,
        agent: AgentId,
        folder: &Path,
        mode: ImportMode,
        at: &mut Moment<'_>,
    ) -> Result<ImportReport, Failure> {
        self.known_agent(agent)?;
        // guard: import-by-role
        if !(matches!(actor, Actor::CommandLine { .. }) || actor.has(Role::CaAdministrator)) {
            return Err(Refusal::RoleMissing.into());
        }
        let mut reading = Reading {
            agent,
            folder,
            now: at.now,
            taken: Taken::default(),
            refused: Vec::new(),
            issuers: self.0.keyring.authorities().iter().map(|authority| authority.certificate.clone()).collect(),
            crls: Vec::new(),
            known_organisations: BTreeMap::new(),
        };
        reading.authorities(self)?;
        reading.crls()?;
        reading.organisations(self, at)?;
        reading.signatories(self, at)?;

        let mut report = ImportReport {
            organisations: reading.taken.organisations.len(),
            subscribers: reading.taken.subscribers.len(),
            certificates: reading.taken.certificates.len(),
            authorities: reading.taken.authorities.len(),
            crls: reading.crls.len(),
            refused: reading.refused,
            applied: false,
        };
        let apply = match mode {
            ImportMode::Preview => false,
            ImportMode::Apply => report.refused.is_empty(),
            ImportMode::ApplySkippingRefused => true,
        };
        if apply {
            self.take(actor, agent, reading.taken, report.refused.len(), at)?;
            report.applied = true;
        }
        Ok(report)
    }

    fn take(
        &self,
        actor: &Actor,
        agent: AgentId,
        taken: Taken,
        skipped: usize,
        at: &Moment<'_>,
    ) -> Result<(), Failure> {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let entry = Entry {
            at: at.now,
            actor: actor.clone(),
            object: format!("agent:{agent}"),
            event: Event::Imported {
                organisations: count(taken.organisations.len()),
                subscribers: count(taken.subscribers.len()),
                certificates: count(taken.certificates.len()),
                authorities: count(taken.authorities.len()),
                skipped: count(skipped),
            },
        };
        let now = at.now;
        self.0.store.write(move |tx| {
            for row in &taken.authorities {
                store::authorities::insert(tx, row)?;
            }
            for organisation in &taken.organisations {
                store::organisations::insert(tx, organisation)?;
            }
            for subscriber in &taken.subscribers {
                store::subscribers::insert(tx, subscriber)?;
            }
            for certificate in &taken.certificates {
                store::certificates::insert(tx, certificate)?;
                store::keys::insert_imported(tx, &certificate.spki_sha256, certificate.id, now)?;
            }
            store::journal::append(tx, &entry)
        })?;
        Ok(())
    }
}

impl Reading<'_> {
    fn refuse(&mut self, file: &str, line: Option<u64>, reason: impl Into<String>) {
        self.refused.push(RefusedRow { file: file.to_owned(), line, reason: reason.into() });
    }

    /// The chain of the previous authority: each certificate is a self-signed root or issued by another one of the folder (or of ours).
    fn authorities(&mut self, ra: &Ra) -> Result<(), Failure> {
        let mut read = Vec::new();
        for (file, octets) in files(self.folder, "authorities", "der", CERTIFICATE_OCTETS)? {
            match crypto::Certificate::from_der(&octets) {
                Ok(certificate) if certificate.is_ca() => read.push((file, certificate)),
                Ok(_) => self.refuse(&file, None, "not the certificate of an authority"),
                Err(error) => self.refuse(&file, None, error.to_string()),
            }
        }
        let known: BTreeSet<Vec<u8>> =
            ra.0.store.read(store::authorities::all)?.into_iter().map(|row| row.der).collect();
        let pool: Vec<_> =
            read.iter().map(|(_, certificate)| certificate.clone()).chain(self.issuers.clone()).collect();
        for (file, certificate) in read {
            let issued = pool.iter().any(|issuer| certificate.verify_issued_by(issuer).is_ok());
            if !issued {
                self.refuse(&file, None, format!("its issuer {} is not in the folder", certificate.issuer()));
                continue;
            }
            if !known.contains(certificate.as_der()) {
                self.taken.authorities.push(AuthorityRow {
                    name: certificate.subject().to_string(),
                    kind: AuthorityKind::Imported,
                    der: certificate.as_der().to_vec(),
                    chain_position: None,
                    imported_at: self.now,
                });
            }
            self.issuers.push(certificate);
        }
        Ok(())
    }

    fn crls(&mut self) -> Result<(), Failure> {
        for (file, octets) in files(self.folder, "crls", "crl", FILE_OCTETS)? {
            match Crl::from_der(&octets) {
                Ok(crl) if self.issuers.iter().any(|issuer| crl.verify_issued_by(issuer).is_ok()) => {
                    self.crls.push(crl)
                }
                Ok(_) => self.refuse(&file, None, "signed by no authority of the folder"),
                Err(error) => self.refuse(&file, None, error.to_string()),
            }
        }
        Ok(())
    }

    fn organisations(&mut self, ra: &Ra, at: &mut Moment<'_>) -> Result<(), Failure> {
        let file = "organisations.csv";
        let Some(text) = optional_text(self.folder, file)? else { return Ok(()) };
        for (line, row) in lines::<OrganisationLine>(&text) {
            let row = match row {
                Ok(row) => row,
                Err(reason) => {
                    self.refuse(file, line, reason);
                    continue;
                }
            };
            let Some(inn) = Inn::parse(row.inn.trim()) else {
                self.refuse(file, line, format!("ИНН {} has wrong check digits or length", row.inn));
                continue;
            };
            if let Some(reason) = unacceptable(&[("name", &row.name), ("city", &row.city)]) {
                self.refuse(file, line, reason);
                continue;
            }
            let (agent, digits) = (self.agent, inn.as_str().to_owned());
            let known = ra.0.store.read(move |tx| store::organisations::by_inn(tx, agent, &digits))?;
            if let Some(known) = known {
                self.known_organisations.insert(inn.as_str().to_owned(), known.id);
                continue;
            }
            if self.known_organisations.contains_key(inn.as_str()) {
                self.refuse(file, line, format!("ИНН {} stands twice in the file", inn.as_str()));
                continue;
            }
            let id = OrganisationId::new(at.now, at.octets());
            self.known_organisations.insert(inn.as_str().to_owned(), id);
            self.taken.organisations.push(Organisation {
                id,
                agent_id: self.agent,
                version: 1,
                name: row.name.trim().to_owned(),
                inn,
                city: row.city.trim().to_owned(),
            });
        }
        Ok(())
    }

    fn signatories(&mut self, ra: &Ra, at: &mut Moment<'_>) -> Result<(), Failure> {
        let file = "signatories.csv";
        let Some(text) = optional_text(self.folder, file)? else { return Ok(()) };
        let ders: BTreeMap<String, Vec<u8>> =
            files(self.folder, "certificates", "der", CERTIFICATE_OCTETS)?.into_iter().collect();
        let mut named = BTreeSet::new();
        for (line, row) in lines::<SignatoryLine>(&text) {
            match row.and_then(|row| self.signatory(ra, &row, &ders, &mut named, at)) {
                Ok(Some((subscriber, certificate))) => {
                    self.taken.subscribers.push(subscriber);
                    self.taken.certificates.push(certificate);
                }
                // Imported before, word for word.
                Ok(None) => {}
                Err(reason) => self.refuse(file, line, reason),
            }
        }
        for orphan in ders.keys().filter(|name| !named.contains(*name)).cloned().collect::<Vec<_>>() {
            self.refuse(&orphan, None, "no row of signatories.csv names this certificate");
        }
        Ok(())
    }

    fn signatory(
        &self,
        ra: &Ra,
        row: &SignatoryLine,
        ders: &BTreeMap<String, Vec<u8>>,
        named: &mut BTreeSet<String>,
        at: &mut Moment<'_>,
    ) -> Result<Option<(Subscriber, Certificate)>, String> {
        let path = format!("certificates/{}", row.certificate.trim());
        let der = ders.get(&path).ok_or_else(|| format!("there is no file {path}"))?;
        if !named.insert(path.clone()) {
            return Err(format!("{path} is named by another row too"));
        }
        if let Some(reason) = unacceptable(&[
            ("name_nominative", &row.name_nominative),
            ("name_genitive", &row.name_genitive),
            ("name_instrumental", &row.name_instrumental),
            ("position", &row.position),
            ("basis", &row.basis),
        ]) {
            return Err(reason);
        }
        let organisation_id = match row.organisation_inn.trim() {
            "" => None,
            inn => {
                Some(*self.known_organisations.get(inn).ok_or_else(|| format!("organisations.csv has no ИНН {inn}"))?)
            }
        };
        let gender = match row.gender.trim() {
            "male" => Gender::Male,
            "female" => Gender::Female,
            other => return Err(format!("gender is male or female, not {other:?}")),
        };
        let email =
            Email::parse(row.email.trim()).ok_or_else(|| format!("{:?} is not an e-mail address", row.email))?;
        if !phone_is_acceptable(row.phone.trim()) {
            return Err(format!("{:?} is not a phone number", row.phone));
        }
        let certificate = crypto::Certificate::from_der(der).map_err(|error| format!("{path}: {error}"))?;
        if certificate.is_ca() {
            return Err(format!("{path}: the certificate of an authority cannot be a client's"));
        }
        let subject = subject_of_record(certificate.subject())?;
        let thumbprint = certificate.thumbprint_sha256();
        let known =
            ra.0.store
                .read(move |tx| store::certificates::by_thumbprint(tx, &thumbprint))
                .map_err(|error| error.to_string())?;
        if let Some(known) = known {
            return self.known_again(ra, &known, &certificate, row, &email).map(|()| None);
        }
        let (agent, named) = (self.agent, subject.clone());
        let of_record =
            ra.0.store
                .read(move |tx| store::subscribers::by_subject(tx, agent, &named))
                .map_err(|error| error.to_string())?;
        if of_record.is_some() || self.taken.subscribers.iter().any(|taken| taken.subject == subject) {
            return Err(format!("{path}: a person with this subject is of record already, with another certificate"));
        }
        let subscriber = Subscriber {
            id: SubscriberId::new(at.now, at.octets()),
            agent_id: self.agent,
            version: 1,
            organisation_id,
            owner_id: OwnerId::new(at.octets()),
            name: CaseForms {
                nominative: row.name_nominative.trim().to_owned(),
                genitive: row.name_genitive.trim().to_owned(),
                instrumental: row.name_instrumental.trim().to_owned(),
            },
            gender,
            position: row.position.trim().to_owned(),
            basis: row.basis.trim().to_owned(),
            subject,
            contact: Contact { phone: row.phone.trim().to_owned(), email },
            barred: false,
            admitted: true,
        };
        let certificate = self.certificate(ra, &certificate, subscriber.id, &path, at)?;
        Ok(Some((subscriber, certificate)))
    }

    /// A certificate that came in before: the row must say what is of record, and a revocation that is not of record yet refuses it too,
    /// because an import adds and never changes.
    fn known_again(
        &self,
        ra: &Ra,
        known: &Certificate,
        certificate: &crypto::Certificate,
        row: &SignatoryLine,
        email: &Email,
    ) -> Result<(), String> {
        if known.agent_id != self.agent {
            return Err("this certificate is of record at another agent".to_owned());
        }
        let id = known.subscriber_id;
        let person =
            ra.0.store
                .read(move |tx| store::subscribers::by_id(tx, id))
                .map_err(|error| error.to_string())?
                .ok_or("its person is not of record")?;
        let same = person.name.nominative == row.name_nominative.trim()
            && person.name.genitive == row.name_genitive.trim()
            && person.name.instrumental == row.name_instrumental.trim()
            && person.position == row.position.trim()
            && person.basis == row.basis.trim()
            && person.contact.email == *email
            && person.contact.phone == row.phone.trim();
        if !same {
            return Err("it is of record with other data; an import adds and never changes".to_owned());
        }
        if self.revocation_of(certificate).is_some() && known.revocation.is_none() {
            return Err(format!(
                "a CRL of the folder revokes it, but it is in force here: revoke {} at the desk",
                known.id
            ));
        }
        Ok(())
    }

    /// What the CRLs of the folder say of a certificate.
    fn revocation_of(&self, certificate: &crypto::Certificate) -> Option<Revocation> {
        let issuer = self.issuers.iter().find(|issuer| certificate.verify_issued_by(issuer).is_ok())?;
        self.crls
            .iter()
            .filter(|crl| crl.verify_issued_by(issuer).is_ok())
            .find_map(|crl| crl.contains(certificate.serial()))
            .map(|entry| Revocation {
                at: Timestamp::from_seconds(entry.revoked_at),
                reason: entry.reason.and_then(RevocationReason::from_code).unwrap_or(RevocationReason::Unspecified),
            })
    }

    fn certificate(
        &self,
        ra: &Ra,
        certificate: &crypto::Certificate,
        subscriber_id: SubscriberId,
        path: &str,
        at: &mut Moment<'_>,
    ) -> Result<Certificate, String> {
        // An ended certificate is history worth keeping: its chain is judged at its own last moment.
        let judged_at = self.now.seconds().clamp(certificate.not_before(), certificate.not_after());
        let anchors: Vec<_> =
            self.issuers.iter().filter(|issuer| issuer.issuer_der() == issuer.subject_der()).cloned().collect();
        crypto::build_chain(certificate, &self.issuers, &anchors, judged_at)
            .map_err(|error| format!("{path}: does not chain to an authority of the folder: {error}"))?;
        let spki_sha256 = certificate.public_key().spki_sha256();
        let taken_here = self.taken.certificates.iter().any(|taken| taken.spki_sha256 == spki_sha256);
        let seen = ra.0.store.read(move |tx| store::keys::seen(tx, &spki_sha256)).map_err(|error| error.to_string())?;
        if taken_here || seen.is_some() {
            return Err(format!("{path}: its key is in another certificate or request"));
        }
        let revocation = self.revocation_of(certificate);
        Ok(Certificate {
            id: CertificateId::new(at.now, at.octets()),
            version: 1,
            agent_id: self.agent,
            subscriber_id,
            request_id: None,
            authority: IMPORTED.to_owned(),
            serial_hex: hex::encode(certificate.serial()),
            der: certificate.as_der().to_vec(),
            spki_sha256,
            thumbprint_sha256: certificate.thumbprint_sha256(),
            not_before: Timestamp::from_seconds(certificate.not_before()),
            not_after: Timestamp(Timestamp::from_seconds(certificate.not_after()).0.saturating_add(999)),
            progress: Progress::Active,
            blocked_since: None,
            revocation,
            superseded_from: None,
        })
    }
}

/// The name of record is the name in the certificate the bank has: attribute types we do not know cannot be carried on.
fn subject_of_record(name: &Name) -> Result<Subject, String> {
    let attributes = name
        .pairs()
        .into_iter()
        .map(|(oid, value)| {
            AttributeType::from_oid(&oid)
                .map(|kind| (kind, value))
                .ok_or_else(|| format!("its subject has an attribute of unknown type {oid}"))
        })
        .collect::<Result<Vec<_>, String>>()?;
    if attributes.is_empty() { Err("its subject is empty".to_owned()) } else { Ok(Subject { attributes }) }
}

fn unacceptable(fields: &[(&str, &str)]) -> Option<String> {
    fields.iter().find_map(|(name, value)| {
        let value = value.trim();
        let wrong = value.is_empty() || value.chars().count() > TEXT_CHARACTERS || value.chars().any(char::is_control);
        wrong.then(|| format!("{name} is empty, longer than {TEXT_CHARACTERS} characters, or holds control characters"))
    })
}

/// (path relative to the folder, octets), sorted by name. A missing sub-folder is an empty one.
fn files(folder: &Path, sub: &str, extension: &str, most: u64) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let path = folder.join(sub);
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::io(&path, source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let file = entry.map_err(|source| Error::io(&path, source))?.path();
        if file.extension().is_none_or(|have| have != extension) {
            continue;
        }
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        found.push((format!("{sub}/{name}"), read_bounded(&file, most)?));
    }
    found.sort();
    Ok(found)
}

fn read_bounded(file: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let length = std::fs::metadata(file).map_err(|source| Error::io(file, source))?.len();
    if length > most {
        return Err(Error::Setup(format!("{}: {length} octets, at most {most} are read", file.display())));
    }
    std::fs::read(file).map_err(|source| Error::io(file, source))
}

fn optional_text(folder: &Path, file: &str) -> Result<Option<String>, Error> {
    let path = folder.join(file);
    if !path.exists() {
        return Ok(None);
    }
    let octets = read_bounded(&path, FILE_OCTETS)?;
    let text = String::from_utf8(octets).map_err(|_| Error::Setup(format!("{}: not UTF-8", path.display())))?;
    Ok(Some(text.trim_start_matches('\u{feff}').to_owned()))
}

/// Each row with its line number.
fn lines<T: serde::de::DeserializeOwned>(text: &str) -> Vec<(Option<u64>, Result<T, String>)> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return vec![(Some(1), Err(error.to_string()))],
    };
    reader
        .records()
        .map(|record| match record {
            Ok(record) => {
                let line = record.position().map(csv::Position::line);
                (line, record.deserialize(Some(&headers)).map_err(|error| error.to_string()))
            }
            Err(error) => (error.position().map(csv::Position::line), Err(error.to_string())),
        })
        .collect()
}
