//! `surguch inspect`: what a file holds, in words, and whether the signatures in it are good. Reads files and nothing else: no configuration,
//! no data folder, no network. This file takes the objects out of the files and decides on the exit code; what is said of each is next door.

// What is said, before it is text or JSON.
mod report;
// Saying it.
mod certificates;
mod extensions;
mod keys;
mod messages;
mod signatures;
// How it looks.
mod json;
mod names;
mod text;
mod words;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crypto::{Certificate, Kind, MAX_CRL_OCTETS};
use zeroize::Zeroizing;

use self::report::{Fault, Form, Report};
use crate::clock::Clock;
use crate::terminal::say;
use crate::words::Language;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print JSON: an array, one element an object.
    #[arg(long)]
    json: bool,
    /// A certificate, or several in PEM, to check signatures with.
    #[arg(long, value_name = "CERT")]
    issuer: Vec<PathBuf>,
    /// What a detached signature or a time stamp is over.
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// The password of encrypted keys and PKCS#12: the first line of this file.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// What to look at, PEM or DER.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What the objects are looked at with.
struct Means {
    /// Certificates of `--issuer`, then those of the same file.
    certificates: Vec<Certificate>,
    content: Option<Vec<u8>>,
    password: Option<Zeroizing<String>>,
    /// Seconds since 1970.
    now: i64,
}

/// Prints what the files hold, and answers the exit code: 0 read and nothing wrong, 1 a signature is wrong, 2 something could not be read.
pub(super) fn run(arguments: &Arguments) -> u8 {
    let mut reports = Vec::new();
    match means(arguments) {
        Ok(mut means) => {
            let given = means.certificates.len();
            for file in &arguments.files {
                means.certificates.truncate(given);
                inspect(file, &mut means, &mut reports);
            }
        }
        Err(unreadable) => reports.push(*unreadable),
    }
    if arguments.json {
        say(json::write(&reports));
    } else {
        let language = Language::from_environment();
        for (position, report) in reports.iter().enumerate() {
            if position > 0 {
                say("");
            }
            say(text::write(report, language).trim_end());
        }
    }
    reports.iter().map(Report::exit).max().unwrap_or(0)
}

/// Reads what the arguments name beside the files.
fn means(arguments: &Arguments) -> Result<Means, Box<Report>> {
    let read = |file: &Path| read(file).map_err(|fault| Box::new(Report::unreadable(file, fault)));
    let mut certificates = Vec::new();
    for file in &arguments.issuer {
        let unreadable = |fault| Box::new(Report::unreadable(file, fault));
        let octets = read(file)?;
        let (_, objects) = objects(&octets).map_err(unreadable)?;
        for object in objects {
            let certificate = Certificate::from_der(&object.der);
            certificates.push(certificate.map_err(|error| unreadable(Fault::of(error, &object.der)))?);
        }
    }
    let password = match &arguments.password_file {
        None => None,
        Some(file) => {
            let octets = Zeroizing::new(read(file)?);
            let text = std::str::from_utf8(&octets);
            let text = text.map_err(|_| Box::new(Report::unreadable(file, Fault::word("password-not-utf8"))))?;
            Some(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
        }
    };
    Ok(Means {
        certificates,
        content: arguments.content.as_deref().map(read).transpose()?,
        password,
        now: Clock::from_environment().now().seconds(),
    })
}

/// Says what one file holds.
fn inspect(file: &Path, means: &mut Means, reports: &mut Vec<Report>) {
    let octets = match read(file) {
        Ok(octets) => Zeroizing::new(octets),
        Err(fault) => return reports.push(Report::unreadable(file, fault)),
    };
    let (form, objects) = match objects(&octets) {
        Ok(read) => read,
        Err(fault) => return reports.push(Report::unreadable(file, fault)),
    };
    // A chain in one file is checked against itself.
    means.certificates.extend(objects.iter().filter_map(|object| Certificate::from_der(&object.der).ok()));
    let count = objects.len();
    for (position, object) in objects.into_iter().enumerate() {
        let mut report = Report::new(file, form, (position + 1, count), object.label);
        match Kind::of_der(&object.der) {
            Err(error) => report.fault = Some(Fault::of(error, &object.der)),
            Ok(kind) => {
                report.kind = Some(kind);
                match describe(kind, &object.der, means) {
                    Ok(fields) => report.fields = fields,
                    Err(fault) => report.fault = Some(fault),
                }
            }
        }
        reports.push(report);
    }
}

fn describe(kind: Kind, der: &[u8], means: &Means) -> Result<report::Fields, Fault> {
    let read = match kind {
        Kind::Certificate => certificates::certificate(der, means),
        Kind::Csr => certificates::request(der),
        Kind::Crl => certificates::list(der, means),
        Kind::PublicKey => keys::public(der),
        Kind::PrivateKey => keys::private(der),
        Kind::EncryptedPrivateKey => return keys::encrypted(der, means),
        Kind::BareKey => return Err(Fault::word("bare-key")),
        Kind::Pkcs12 => return keys::pkcs12(der, means),
        Kind::SignedData => messages::signed(der, means),
        Kind::EnvelopedData => messages::enveloped(der, means),
        Kind::DigestedData => messages::digested(der, means),
        Kind::EncryptedData => messages::encrypted(der),
        // The reader refuses it, and says its name.
        Kind::OtherCms => crypto::ContentInfo::from_der(der).map(|_| report::Fields::default()),
        Kind::OcspRequest => messages::ocsp_request(der),
        Kind::OcspResponse => messages::ocsp_response(der, means),
        Kind::TimeStampRequest => messages::time_stamp_request(der, means),
        Kind::TimeStampResponse => messages::time_stamp_response(der, means),
    };
    read.map_err(|error| Fault::of(error, der))
}

/// One object of a file.
struct Object {
    /// What the PEM says it is; what it is says its shape.
    label: Option<String>,
    der: Zeroizing<Vec<u8>>,
}

/// The objects of a file, DER or PEM.
fn objects(octets: &[u8]) -> Result<(Form, Vec<Object>), Fault> {
    // Every object read here is a SEQUENCE, and PEM does not begin with "0" (30).
    if octets.first() == Some(&0x30) {
        return Ok((Form::Der, vec![Object { label: None, der: Zeroizing::new(octets.to_vec()) }]));
    }
    if !octets.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Err(Fault::word("neither-pem-nor-der").at(0));
    }
    // The words between the blocks may be of any code page, and a mark may stand before them. They are skipped, but offsets stay.
    let text: Zeroizing<String> =
        Zeroizing::new(octets.iter().map(|&octet| if octet.is_ascii() { char::from(octet) } else { ' ' }).collect());
    let blocks = crypto::pem_decode(&text).map_err(Fault::of_text)?;
    let object = |(label, der)| Object { label: Some(label), der: Zeroizing::new(der) };
    Ok((Form::Pem, blocks.into_iter().map(object).collect()))
}

/// The octets of a file, none longer than the longest object that is read.
fn read(file: &Path) -> Result<Vec<u8>, Fault> {
    let mut octets = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| Fault::machine(&error))?;
    opened.take(MAX_FILE_OCTETS + 1).read_to_end(&mut octets).map_err(|error| Fault::machine(&error))?;
    if octets.len() as u64 > MAX_FILE_OCTETS {
        return Err(Fault::word("file-too-long").at(MAX_CRL_OCTETS));
    }
    Ok(octets)
}

const BEGIN: &[u8] = b"-----BEGIN ";
/// The longest object is a list of revoked certificates.
const MAX_FILE_OCTETS: u64 = MAX_CRL_OCTETS as u64;
