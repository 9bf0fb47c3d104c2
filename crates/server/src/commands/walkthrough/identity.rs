//! A client's key and certificate in a folder: `key.pem` (plain PKCS#8), `certificate.pem`, and `chain.pem` with its issuers where they are known.
//! The real client's key never leaves its token; this is for samples, tests and machines.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use crypto::{Certificate, PrivateKey, Signer as _};
use zeroize::Zeroizing;

use super::card::HeldKey;

/// Who a client is.
pub(crate) struct Identity {
    pub(crate) key: HeldKey,
    pub(crate) certificate: Certificate,
    /// Issuers of the certificate, as far as the folder has them.
    pub(crate) chain: Vec<Certificate>,
}

pub(crate) const KEY: &str = "key.pem";
pub(crate) const CERTIFICATE: &str = "certificate.pem";
pub(crate) const CHAIN: &str = "chain.pem";

impl Identity {
    /// Reads a folder.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let key = HeldKey::File(read_key(&folder.join(KEY))?);
        let mut certificates = read_certificates(&folder.join(CERTIFICATE))?;
        let certificate = certificates.remove(0);
        let chain_file = folder.join(CHAIN);
        let chain = if chain_file.exists() { read_certificates(&chain_file)? } else { certificates };
        if certificate.public_key().spki_sha256() != key.public_key().spki_sha256() {
            anyhow::bail!("{}: {KEY} is not the key of {CERTIFICATE}", folder.display());
        }
        Ok(Self { key, certificate, chain })
    }

    /// Writes a folder, for its owner alone.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        make_private_folder(folder)?;
        if let HeldKey::File(key) = &self.key {
            write_key(&folder.join(KEY), key)?;
        }
        write(&folder.join(CERTIFICATE), pem(std::slice::from_ref(&self.certificate)).as_bytes())?;
        write(&folder.join(CHAIN), pem(&self.chain).as_bytes())
    }

    /// The key where it lies in a file.
    pub(crate) fn file_key(&self) -> Option<&PrivateKey> {
        match &self.key {
            HeldKey::File(key) => Some(key),
            HeldKey::Card(_) => None,
        }
    }

    /// The name on its certificate, for a reader.
    pub(crate) fn name(&self) -> String {
        let subject = self.certificate.subject();
        subject.value_of(COMMON_NAME).map_or_else(|| subject.to_string(), str::to_owned)
    }
}

const COMMON_NAME: &str = "2.5.4.3";

/// Certificates as one PEM text.
pub(crate) fn pem(certificates: &[Certificate]) -> String {
    certificates.iter().map(|certificate| crypto::pem_encode("CERTIFICATE", certificate.as_der())).collect()
}

/// The certificates of a PEM text, at least one.
pub(crate) fn certificates(text: &str) -> anyhow::Result<Vec<Certificate>> {
    Ok(crypto::pem_decode(text)?.iter().map(|(_, der)| Certificate::from_der(der)).collect::<Result<_, _>>()?)
}

/// Reads a plain PKCS#8 key, PEM or DER.
pub(crate) fn read_key(path: &Path) -> anyhow::Result<PrivateKey> {
    let shown = || path.display().to_string();
    let octets = Zeroizing::new(fs::read(path).with_context(shown)?);
    let der = crypto::der_or_pem(&octets, "PRIVATE KEY").map(Zeroizing::new).with_context(shown)?;
    PrivateKey::from_pkcs8_der(&der).with_context(shown)
}

/// Writes a plain PKCS#8 key, for its owner alone.
pub(crate) fn write_key(path: &Path, key: &PrivateKey) -> anyhow::Result<()> {
    let text = Zeroizing::new(crypto::pem_encode("PRIVATE KEY", &key.to_pkcs8_der()));
    write_private(path, text.as_bytes())
}

/// Writes a file that only its owner reads, in place of what was there.
pub(crate) fn write_private(path: &Path, octets: &[u8]) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let shown = || path.display().to_string();
    // The mode counts only when the file is made; an older one may be open to everybody.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).with_context(shown),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(shown)?;
    file.write_all(octets).with_context(shown)
}

/// Writes a file.
pub(crate) fn write(path: &Path, octets: &[u8]) -> anyhow::Result<()> {
    fs::write(path, octets).with_context(|| path.display().to_string())
}

/// Makes a folder and those above it, for their owner alone.
pub(crate) fn make_private_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(|| folder.display().to_string())
}

fn read_certificates(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let shown = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(shown)?;
    certificates(&text).with_context(shown)
}
