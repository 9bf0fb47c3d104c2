//! Bringing in what a bank already has: organisations, signatories, their current certificates, the previous authority's chain and CRLs.
//!
//! The folder: `organisations.csv` (inn,name,city), `signatories.csv` (organisation_inn,certificate,name_nominative,name_genitive,
//! name_instrumental,gender,position,basis,email,phone), `certificates/*.der`, `authorities/*.der`, `crls/*.crl`. Everything is
//! checked first; any refused row refuses the whole import and all refused rows are reported; what is taken is taken in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use crypto::{Crl, Name};
use domain::Refusal;
use domain::Timestamp;
use domain::actor::{Actor, Role};
use domain::certificate::{Certificate, Progress, Revocation, RevocationReason};
use domain::ids::{AgentId, CertificateId, ImportId, OrganisationId, OwnerId, SubscriberId};
use domain::journal::{Entry, Event};
use domain::latin::mixed_words;
use domain::subject::{AttributeType, Subject};
use domain::subscriber::{CaseForms, Contact, Email, Gender, Inn, Organisation, Subscriber, phone_is_acceptable};
use domain::text::is_line;
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
    /// Rows that are of record already, word for word.
    pub unchanged: usize,
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
    pub fault: ImportFault,
    /// Why, with the values, in English.
    pub reason: String,
}

/// Why a row or a file cannot be taken. Each has words in every language.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ImportFault {
    /// The first line does not name the columns that are wanted.
    Header,
    /// The row does not have these columns.
    Row,
    /// The file is no text: a spreadsheet, an archive, a picture.
    NotText,
    /// The text is in another encoding than UTF-8.
    NotUtf8,
    /// More rows than a file may have.
    TooManyRows,
    /// ИНН with wrong check digits or length.
    Inn,
    /// A text is empty, too long, or holds characters that no line has.
    Text,
    /// A text begins as a formula of a spreadsheet does.
    Formula,
    /// A word of a name mixes letters of two alphabets.
    MixedAlphabets,
    /// It stands twice in the files.
    Twice,
    /// It is of record with other data.
    Differs,
    /// The organisation is neither in the files nor of record.
    OrganisationUnknown,
    /// Neither `male` nor `female`.
    Gender,
    /// No e-mail address.
    Email,
    /// No phone number.
    Phone,
    /// The file with the certificate is not there.
    CertificateMissing,
    /// The certificate cannot be read, or is none of a client.
    Certificate,
    /// The certificate chains to no authority that is trusted.
    Chain,
    /// The key is in another certificate or request.
    KeyKnown,
    /// The person is of record with another certificate.
    PersonKnown,
    /// The certificate is of record at another agent.
    OtherAgent,
    /// A CRL revokes what is in force here.
    Revoked,
    /// No row names this certificate.
    Orphan,
    /// The certificate of an authority cannot be read, is none, or has no issuer.
    Authority,
    /// The CRL cannot be read, or is of no authority of the files.
    Crl,
    /// The database did not answer.
    Database,
}

impl ImportFault {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::Header,
        Self::Row,
        Self::NotText,
        Self::NotUtf8,
        Self::TooManyRows,
        Self::Inn,
        Self::Text,
        Self::Formula,
        Self::MixedAlphabets,
        Self::Twice,
        Self::Differs,
        Self::OrganisationUnknown,
        Self::Gender,
        Self::Email,
        Self::Phone,
        Self::CertificateMissing,
        Self::Certificate,
        Self::Chain,
        Self::KeyKnown,
        Self::PersonKnown,
        Self::OtherAgent,
        Self::Revoked,
        Self::Orphan,
        Self::Authority,
        Self::Crl,
        Self::Database,
    ];

    /// Its stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Row => "row",
            Self::NotText => "not-text",
            Self::NotUtf8 => "not-utf8",
            Self::TooManyRows => "too-many-rows",
            Self::Inn => "inn",
            Self::Text => "text",
            Self::Formula => "formula",
            Self::MixedAlphabets => "mixed-alphabets",
            Self::Twice => "twice",
            Self::Differs => "differs",
            Self::OrganisationUnknown => "organisation-unknown",
            Self::Gender => "gender",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::CertificateMissing => "certificate-missing",
            Self::Certificate => "certificate",
            Self::Chain => "chain",
            Self::KeyKnown => "key-known",
            Self::PersonKnown => "person-known",
            Self::OtherAgent => "other-agent",
            Self::Revoked => "revoked",
            Self::Orphan => "orphan",
            Self::Authority => "authority",
            Self::Crl => "crl",
            Self::Database => "database",
        }
    }
}

/// A fault and its sentence.
type Fault = (ImportFault, String);

/// The rows of a file with their lines.
type Rows<T> = Vec<(Option<u64>, Result<T, Fault>)>;

/// Organisations that are looked up by one statement.
const AT_ONCE: usize = 1_000;
/// Most octets of one file of an import.
const FILE_OCTETS: u64 = 64 * 1024 * 1024;
/// Most octets of one certificate file.
const CERTIFICATE_OCTETS: u64 = 64 * 1024;
/// Most characters of a text field.
const TEXT_CHARACTERS: usize = 400;
/// Most rows of one file: what the largest bank brings, and what a preview may hold in memory.
const ROWS: usize = 200_000;
/// The authority name under which certificates of a previous authority are kept.
const IMPORTED: &str = "imported";

/// The files of an import by their names within the folder: `organisations.csv`, `certificates/0.der` and so on.
#[derive(Clone, Debug, Default)]
pub(crate) struct ImportFiles(pub(crate) BTreeMap<String, Vec<u8>>);

impl ImportFiles {
    fn of_folder(folder: &Path) -> Result<Self, Error> {
        let mut all = BTreeMap::new();
        for name in ["organisations.csv", "signatories.csv"] {
            let path = folder.join(name);
            if path.exists() {
                all.insert(name.to_owned(), read_bounded(&path, FILE_OCTETS)?);
            }
        }
        for (sub, extension, most) in [
            ("authorities", "der", CERTIFICATE_OCTETS),
            ("crls", "crl", FILE_OCTETS),
            ("certificates", "der", CERTIFICATE_OCTETS),
        ] {
            let path = folder.join(sub);
            let entries = match std::fs::read_dir(&path) {
                Ok(entries) => entries,
                // A missing sub-folder is an empty one.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => return Err(Error::io(&path, source)),
            };
            for entry in entries {
                let file = entry.map_err(|source| Error::io(&path, source))?.path();
                if file.extension().is_none_or(|have| have != extension) {
                    continue;
                }
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                all.insert(format!("{sub}/{name}"), read_bounded(&file, most)?);
            }
        }
        Ok(Self(all))
    }

    /// Those of a sub-folder, sorted by name.
    fn under(&self, sub: &'static str) -> impl Iterator<Item = (&str, &[u8])> {
        let inside = move |name: &str| name.strip_prefix(sub).is_some_and(|rest| rest.starts_with('/'));
        self.0.iter().filter(move |(name, _)| inside(name)).map(|(name, octets)| (name.as_str(), octets.as_slice()))
    }
}

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
pub(crate) struct Taken {
    organisations: Vec<Organisation>,
    subscribers: Vec<Subscriber>,
    certificates: Vec<Certificate>,
    authorities: Vec<AuthorityRow>,
}

/// One reading of a folder, collecting what is right and what is not.
struct Reading<'a> {
    agent: AgentId,
    files: &'a ImportFiles,
    now: Timestamp,
    taken: Taken,
    unchanged: usize,
    refused: Vec<RefusedRow>,
    issuers: Vec<crypto::Certificate>,
    /// Each with the places of its issuers above: a signature over a long list is looked at once, and not for every certificate.
    crls: Vec<(Vec<usize>, Crl)>,
    known_organisations: BTreeMap<String, OrganisationId>,
    /// Of the people and certificates that are taken.
    subjects: HashSet<Subject>,
    keys: HashSet<[u8; 32]>,
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
        self.may_import(actor, agent)?;
        let files = ImportFiles::of_folder(folder)?;
        let (mut report, taken) = self.read_import(agent, &files, at)?;
        let apply = match mode {
            ImportMode::Preview => false,
            ImportMode::Apply => report.refused.is_empty(),
            ImportMode::ApplySkippingRefused => true,
        };
        if apply {
            self.take(actor, agent, taken, report.refused.len(), None, at)?;
            report.applied = true;
        }
        Ok(report)
    }

    /// Who brings in the records approves nothing on them: the CA administrator is the one role that decides no request.
    pub(crate) fn may_import(&self, actor: &Actor, agent: AgentId) -> Result<(), Failure> {
        self.known_agent(agent)?;
        // guard: import-by-role
        if !(matches!(actor, Actor::CommandLine { .. }) || actor.has(Role::CaAdministrator)) {
            return Err(Refusal::RoleMissing.into());
        }
        Ok(())
    }

    /// What the files hold, and what would be written; changes nothing.
    pub(crate) fn read_import(
        &self,
        agent: AgentId,
        files: &ImportFiles,
        at: &mut Moment<'_>,
    ) -> Result<(ImportReport, Taken), Failure> {
        let mut issuers: Vec<_> =
            self.0.keyring.authorities().iter().map(|authority| authority.certificate.clone()).collect();
        // A chain that came in earlier is trusted still.
        for row in self.0.store.read(store::authorities::all)? {
            if row.kind == AuthorityKind::Imported {
                issuers.push(crypto::Certificate::from_der(&row.der)?);
            }
        }
        let mut reading = Reading {
            agent,
            files,
            now: at.now,
            taken: Taken::default(),
            unchanged: 0,
            refused: Vec::new(),
            issuers,
            crls: Vec::new(),
            known_organisations: BTreeMap::new(),
            subjects: HashSet::new(),
            keys: HashSet::new(),
        };
        reading.authorities(self)?;
        reading.crls();
        reading.organisations(self, at)?;
        reading.signatories(self, at)?;
        let report = ImportReport {
            organisations: reading.taken.organisations.len(),
            subscribers: reading.taken.subscribers.len(),
            certificates: reading.taken.certificates.len(),
            authorities: reading.taken.authorities.len(),
            crls: reading.crls.len(),
            unchanged: reading.unchanged,
            refused: reading.refused,
            applied: false,
        };
        Ok((report, reading.taken))
    }

    /// `staged`: the import of the desk that this is, and the words in which it is kept what came of it.
    pub(crate) fn take(
        &self,
        actor: &Actor,
        agent: AgentId,
        taken: Taken,
        skipped: usize,
        staged: Option<(ImportId, String)>,
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
        self.0.store.write(move |tx| -> Result<(), store::Error> {
            if let Some((id, outcome)) = &staged {
                store::imports::finish(tx, *id, outcome)?;
            }
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
    fn refuse(&mut self, file: &str, line: Option<u64>, fault: ImportFault, reason: impl Into<String>) {
        self.refused.push(RefusedRow { file: file.to_owned(), line, fault, reason: reason.into() });
    }

    /// The chain of the previous authority: each certificate is a self-signed root or issued by another one of the folder (or of ours).
    fn authorities(&mut self, ra: &Ra) -> Result<(), Failure> {
        let mut read = Vec::new();
        for (file, octets) in self.files.under("authorities") {
            match crypto::Certificate::from_der(octets) {
                Ok(certificate) if certificate.is_ca() => read.push((file.to_owned(), certificate)),
                Ok(_) => self.refuse(file, None, ImportFault::Authority, "not the certificate of an authority"),
                Err(error) => self.refuse(file, None, ImportFault::Authority, error.to_string()),
            }
        }
        let known: BTreeSet<Vec<u8>> =
            ra.0.store.read(store::authorities::all)?.into_iter().map(|row| row.der).collect();
        let pool: Vec<_> =
            read.iter().map(|(_, certificate)| certificate.clone()).chain(self.issuers.clone()).collect();
        for (file, certificate) in read {
            let issued = pool.iter().any(|issuer| certificate.verify_issued_by(issuer).is_ok());
            if !issued {
                self.refuse(
                    &file,
                    None,
                    ImportFault::Authority,
                    format!("its issuer {} is not in the folder", certificate.issuer()),
                );
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

    fn crls(&mut self) {
        for (file, octets) in self.files.under("crls") {
            match Crl::from_der(octets) {
                Ok(crl) => {
                    let numbered = self.issuers.iter().enumerate();
                    let by = numbered.filter(|(_, issuer)| crl.verify_issued_by(issuer).is_ok());
                    let by: Vec<usize> = by.map(|(place, _)| place).collect();
                    if by.is_empty() {
                        self.refuse(file, None, ImportFault::Crl, "signed by no authority of the folder");
                    } else {
                        self.crls.push((by, crl));
                    }
                }
                Err(error) => self.refuse(file, None, ImportFault::Crl, error.to_string()),
            }
        }
    }

    fn organisations(&mut self, ra: &Ra, at: &mut Moment<'_>) -> Result<(), Failure> {
        let file = "organisations.csv";
        let Some(rows) = self.rows::<OrganisationLine>(file) else { return Ok(()) };
        let named = rows.iter().filter_map(|(_, row)| Inn::parse(row.as_ref().ok()?.inn.trim()));
        let mut of_record = of_record(ra, self.agent, named.map(|inn| inn.as_str().to_owned()).collect())?;
        let mut seen = BTreeSet::new();
        for (line, row) in rows {
            let row = match row {
                Ok(row) => row,
                Err((fault, reason)) => {
                    self.refuse(file, line, fault, reason);
                    continue;
                }
            };
            let Some(inn) = Inn::parse(row.inn.trim()) else {
                let reason = format!("ИНН {} has wrong check digits or length", row.inn);
                self.refuse(file, line, ImportFault::Inn, reason);
                continue;
            };
            if let Some((fault, reason)) = unacceptable(&[("name", &row.name), ("city", &row.city)]) {
                self.refuse(file, line, fault, reason);
                continue;
            }
            if !seen.insert(inn.as_str().to_owned()) {
                let reason = format!("ИНН {} stands twice in the file", inn.as_str());
                self.refuse(file, line, ImportFault::Twice, reason);
                continue;
            }
            if let Some(known) = of_record.remove(inn.as_str()) {
                self.known_organisations.insert(inn.as_str().to_owned(), known.id);
                if known.name == row.name.trim() && known.city == row.city.trim() {
                    self.unchanged += 1;
                } else {
                    let reason = "it is of record with other data; an import adds and never changes";
                    self.refuse(file, line, ImportFault::Differs, reason);
                }
                continue;
            }
            if let Some((fault, reason)) = mixed(&[("name", &row.name)]) {
                self.refuse(file, line, fault, reason);
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
        let files = self.files;
        let ders: BTreeMap<&str, &[u8]> = files.under("certificates").collect();
        let mut named = BTreeSet::new();
        if let Some(rows) = self.rows::<SignatoryLine>(file) {
            for (line, row) in rows {
                match row.and_then(|row| self.signatory(ra, &row, &ders, &mut named, at)) {
                    Ok(Some((subscriber, certificate))) => {
                        self.subjects.insert(subscriber.subject.clone());
                        self.keys.insert(certificate.spki_sha256);
                        self.taken.subscribers.push(subscriber);
                        self.taken.certificates.push(certificate);
                    }
                    // Imported before, word for word.
                    Ok(None) => self.unchanged += 1,
                    Err((fault, reason)) => self.refuse(file, line, fault, reason),
                }
            }
        }
        for orphan in ders.keys().filter(|name| !named.contains(**name)) {
            self.refuse(orphan, None, ImportFault::Orphan, "no row of signatories.csv names this certificate");
        }
        Ok(())
    }

    /// The rows of a text file with their lines; none when there is no such file.
    fn rows<T: serde::de::DeserializeOwned>(&mut self, file: &str) -> Option<Rows<T>> {
        let octets = self.files.0.get(file)?;
        match text_of(octets) {
            Ok(text) => Some(lines(text)),
            Err((fault, reason)) => {
                self.refuse(file, None, fault, reason);
                Some(Vec::new())
            }
        }
    }

    fn organisation(&self, ra: &Ra, inn: &str) -> Result<OrganisationId, Fault> {
        if let Some(id) = self.known_organisations.get(inn) {
            return Ok(*id);
        }
        let (agent, digits) = (self.agent, inn.to_owned());
        let known = ra.0.store.read(move |tx| store::organisations::by_inn(tx, agent, &digits)).map_err(database)?;
        let unknown = || (ImportFault::OrganisationUnknown, format!("organisations.csv has no ИНН {inn}"));
        known.map(|known| known.id).ok_or_else(unknown)
    }

    fn signatory(
        &self,
        ra: &Ra,
        row: &SignatoryLine,
        ders: &BTreeMap<&str, &[u8]>,
        named: &mut BTreeSet<String>,
        at: &mut Moment<'_>,
    ) -> Result<Option<(Subscriber, Certificate)>, Fault> {
        let path = format!("certificates/{}", row.certificate.trim());
        let der = ders
            .get(path.as_str())
            .ok_or_else(|| (ImportFault::CertificateMissing, format!("there is no file {path}")))?;
        if !named.insert(path.clone()) {
            return Err((ImportFault::Twice, format!("{path} is named by another row too")));
        }
        if let Some(fault) = unacceptable(&[
            ("name_nominative", &row.name_nominative),
            ("name_genitive", &row.name_genitive),
            ("name_instrumental", &row.name_instrumental),
            ("position", &row.position),
            ("basis", &row.basis),
        ]) {
            return Err(fault);
        }
        let organisation_id = match row.organisation_inn.trim() {
            "" => None,
            inn => Some(self.organisation(ra, inn)?),
        };
        let gender = match row.gender.trim() {
            "male" => Gender::Male,
            "female" => Gender::Female,
            other => return Err((ImportFault::Gender, format!("gender is male or female, not {other:?}"))),
        };
        let email = Email::parse(row.email.trim())
            .ok_or_else(|| (ImportFault::Email, format!("{:?} is not an e-mail address", row.email)))?;
        if !phone_is_acceptable(row.phone.trim()) {
            return Err((ImportFault::Phone, format!("{:?} is not a phone number", row.phone)));
        }
        let certificate = crypto::Certificate::from_der(der)
            .map_err(|error| (ImportFault::Certificate, format!("{path}: {error}")))?;
        if certificate.is_ca() {
            return Err((
                ImportFault::Certificate,
                format!("{path}: the certificate of an authority cannot be a client's"),
            ));
        }
        let subject = subject_of_record(certificate.subject()).map_err(|why| (ImportFault::Certificate, why))?;
        let thumbprint = certificate.thumbprint_sha256();
        let known = ra.0.store.read(move |tx| store::certificates::by_thumbprint(tx, &thumbprint)).map_err(database)?;
        if let Some(known) = known {
            return self.known_again(ra, &known, &certificate, row, &email).map(|()| None);
        }
        let names = [
            ("name_nominative", row.name_nominative.as_str()),
            ("name_genitive", &row.name_genitive),
            ("name_instrumental", &row.name_instrumental),
        ];
        if let Some(fault) = mixed(&names) {
            return Err(fault);
        }
        let (agent, named) = (self.agent, subject.clone());
        let of_record =
            ra.0.store.read(move |tx| store::subscribers::by_subject(tx, agent, &named)).map_err(database)?;
        if of_record.is_some() || self.subjects.contains(&subject) {
            return Err((
                ImportFault::PersonKnown,
                format!("{path}: a person with this subject is of record already, with another certificate"),
            ));
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
    ) -> Result<(), Fault> {
        if known.agent_id != self.agent {
            return Err((ImportFault::OtherAgent, "this certificate is of record at another agent".to_owned()));
        }
        let id = known.subscriber_id;
        let person =
            ra.0.store
                .read(move |tx| store::subscribers::by_id(tx, id))
                .map_err(database)?
                .ok_or_else(|| (ImportFault::Differs, "its person is not of record".to_owned()))?;
        let same = person.name.nominative == row.name_nominative.trim()
            && person.name.genitive == row.name_genitive.trim()
            && person.name.instrumental == row.name_instrumental.trim()
            && person.position == row.position.trim()
            && person.basis == row.basis.trim()
            && person.contact.email == *email
            && person.contact.phone == row.phone.trim();
        if !same {
            return Err((
                ImportFault::Differs,
                "it is of record with other data; an import adds and never changes".to_owned(),
            ));
        }
        if self.revocation_of(certificate).is_some() && known.revocation.is_none() {
            let id = known.id;
            let reason = format!("a CRL of the folder revokes it, but it is in force here: revoke {id} at the desk");
            return Err((ImportFault::Revoked, reason));
        }
        Ok(())
    }

    /// What the CRLs of the folder say of a certificate.
    fn revocation_of(&self, certificate: &crypto::Certificate) -> Option<Revocation> {
        let issuer = self.issuers.iter().position(|issuer| certificate.verify_issued_by(issuer).is_ok())?;
        self.crls
            .iter()
            .filter(|(by, _)| by.contains(&issuer))
            .find_map(|(_, crl)| crl.contains(certificate.serial()))
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
    ) -> Result<Certificate, Fault> {
        // An ended certificate is history worth keeping: its chain is judged at its own last moment.
        let judged_at = self.now.seconds().clamp(certificate.not_before(), certificate.not_after());
        let anchors: Vec<_> =
            self.issuers.iter().filter(|issuer| issuer.issuer_der() == issuer.subject_der()).cloned().collect();
        crypto::build_chain(certificate, &self.issuers, &anchors, judged_at).map_err(|error| {
            (ImportFault::Chain, format!("{path}: does not chain to an authority of the folder: {error}"))
        })?;
        let spki_sha256 = certificate.public_key().spki_sha256();
        let seen = ra.0.store.read(move |tx| store::keys::seen(tx, &spki_sha256)).map_err(database)?;
        if self.keys.contains(&spki_sha256) || seen.is_some() {
            return Err((ImportFault::KeyKnown, format!("{path}: its key is in another certificate or request")));
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

/// What papers will print. Of a certificate that is in use already nobody can correct the name: it comes in, and gets no successor.
fn mixed(names: &[(&str, &str)]) -> Option<Fault> {
    names.iter().find_map(|(column, text)| {
        let word = mixed_words(text).first().copied()?;
        Some((ImportFault::MixedAlphabets, format!("{column}: {word:?} mixes letters of two alphabets")))
    })
}

/// Those of these organisations that are of record, by ИНН. A list may have two hundred thousand rows, and a look a row would be a minute on PostgreSQL.
fn of_record(ra: &Ra, agent: AgentId, inns: Vec<String>) -> Result<BTreeMap<String, Organisation>, store::Error> {
    ra.0.store.read(move |tx| {
        let mut found = BTreeMap::new();
        for some in inns.chunks(AT_ONCE) {
            let rows = store::organisations::by_inns(tx, agent, some)?;
            found.extend(rows.into_iter().map(|row| (row.inn.as_str().to_owned(), row)));
        }
        Ok(found)
    })
}

fn database(error: store::Error) -> Fault {
    (ImportFault::Database, error.to_string())
}

fn unacceptable(fields: &[(&str, &str)]) -> Option<Fault> {
    fields.iter().find_map(|(name, value)| {
        let value = value.trim();
        if value.is_empty() || !is_line(value, TEXT_CHARACTERS) {
            let reason = format!("{name} is empty, longer than {TEXT_CHARACTERS} characters, or not printable");
            return Some((ImportFault::Text, reason));
        }
        // What a spreadsheet would run when somebody opens a list of ours; a dash alone stands for nothing.
        let is_formula = value.starts_with(['=', '+', '-', '@']) && value.chars().count() > 1;
        is_formula.then(|| (ImportFault::Formula, format!("{name} begins as a formula does")))
    })
}

fn read_bounded(file: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let length = std::fs::metadata(file).map_err(|source| Error::io(file, source))?.len();
    if length > most {
        return Err(Error::Setup(format!("{}: {length} octets, at most {most} are read", file.display())));
    }
    std::fs::read(file).map_err(|source| Error::io(file, source))
}

/// The text of a file, without a mark of the byte order.
fn text_of(octets: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(octets).map_err(|_| {
        // Archives and spreadsheets are full of zeros; a text in an old encoding has none.
        if octets.contains(&0) {
            (ImportFault::NotText, "not a text".to_owned())
        } else {
            (ImportFault::NotUtf8, "not UTF-8".to_owned())
        }
    })?;
    if text.contains('\0') {
        return Err((ImportFault::NotText, "not a text".to_owned()));
    }
    Ok(text.trim_start_matches('\u{feff}'))
}

/// Each row with its line number. Spreadsheets of a country with decimal commas put semicolons between the fields.
fn lines<T: serde::de::DeserializeOwned>(text: &str) -> Rows<T> {
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') && !head.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return vec![(Some(1), Err((ImportFault::Header, error.to_string())))],
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        if rows.len() == ROWS {
            // First, so that it is among the faults that are shown.
            rows.insert(0, (None, Err((ImportFault::TooManyRows, format!("more than {ROWS} rows")))));
            break;
        }
        rows.push(match record {
            Ok(record) => {
                let line = record.position().map(csv::Position::line);
                let row = record.deserialize(Some(&headers));
                (line, row.map_err(|error| (fault_of(&error), error.to_string())))
            }
            Err(error) => (error.position().map(csv::Position::line), Err((ImportFault::Row, error.to_string()))),
        });
        // Other columns than the wanted ones are wrong in every row: said once.
        if let Some((_, Err((ImportFault::Header, reason)))) = rows.last() {
            return vec![(Some(1), Err((ImportFault::Header, reason.clone())))];
        }
    }
    if rows.is_empty() {
        // Nothing is in it; its first line is looked at all the same.
        let empty = csv::StringRecord::from(vec![""; headers.len()]);
        if let Err(error) = empty.deserialize::<T>(Some(&headers)) {
            rows.push((Some(1), Err((ImportFault::Header, error.to_string()))));
        }
    }
    rows
}

/// A column that is missing or unknown is the first line's fault.
fn fault_of(error: &csv::Error) -> ImportFault {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => match err.kind() {
            csv::DeserializeErrorKind::Message(_) => ImportFault::Header,
            _ => ImportFault::Row,
        },
        _ => ImportFault::Row,
    }
}
