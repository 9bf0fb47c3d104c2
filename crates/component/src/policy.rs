//! What this machine allows: sites with their banks' keys, whether a person may let in others, modules, the loopback listener.
//!
//! A file of the whole machine stands in place of the user's, never beside it: what an administrator wrote cannot be widened.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::origin::Origin;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default = "yes")]
    first_use_consent: bool,
    #[serde(default)]
    modules: Vec<PathBuf>,
    #[serde(default)]
    extension_ids: Vec<String>,
    #[serde(default)]
    site: Vec<RawSite>,
    #[serde(default)]
    loopback: RawLoopback,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSite {
    origin: String,
    #[serde(default)]
    bank_key_sha256: Option<String>,
    #[serde(default)]
    refused: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawLoopback {
    #[serde(default)]
    enabled: bool,
    #[serde(default)]
    port: Option<u16>,
}

fn yes() -> bool {
    true
}

/// What is allowed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Whether the person may let in a site that the file does not name.
    pub first_use_consent: bool,
    /// PKCS#11 modules to use instead of those that are looked for.
    pub modules: Vec<PathBuf>,
    /// Ids that a shop of extensions gave to copies of ours, beside the one that follows from its key.
    pub extension_ids: Vec<String>,
    /// The loopback listener's port, where it is on.
    pub loopback_port: Option<u16>,
    sites: Vec<(Origin, Rule)>,
}

/// What the file says about a site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Let in with this key: SHA-256 of its SubjectPublicKeyInfo.
    Allowed {
        /// The digest.
        bank_key_sha256: [u8; 32],
    },
    /// Never.
    Refused,
}

/// Why the file cannot be followed. Nothing works until it is mended: a policy that is half read is none.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It says what cannot be.
    #[error("{path}: {reason}")]
    Wrong {
        /// Which file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

impl Policy {
    /// Reads the machine's file, or the user's where there is none; without both, a person decides about each site.
    ///
    /// # Errors
    /// A file that is there and does not hold.
    pub fn load(machine: &Path, user: &Path) -> Result<Self, PolicyError> {
        for path in [machine, user] {
            match std::fs::read_to_string(path) {
                Ok(text) => {
                    return Self::parse(&text)
                        .map_err(|reason| PolicyError::Wrong { path: path.display().to_string(), reason });
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(PolicyError::Unreadable { path: path.display().to_string(), source }),
            }
        }
        Ok(Self::default())
    }

    /// Reads the text of a policy.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let raw: Raw = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut sites: Vec<(Origin, Rule)> = Vec::new();
        for site in &raw.site {
            let origin = Origin::parse(&site.origin).ok_or_else(|| format!("{:?} is no origin", site.origin))?;
            let rule = match (site.refused, &site.bank_key_sha256) {
                (true, None) => Rule::Refused,
                (false, Some(digits)) => Rule::Allowed { bank_key_sha256: digest(digits)? },
                (true, Some(_)) => return Err(format!("{origin}: refused, and yet with a key")),
                (false, None) => return Err(format!("{origin}: bank_key_sha256 is missing")),
            };
            if sites.iter().any(|(known, _)| *known == origin) {
                return Err(format!("{origin} stands there twice"));
            }
            sites.push((origin, rule));
        }
        let loopback_port = match raw.loopback {
            RawLoopback { enabled: false, .. } => None,
            RawLoopback { enabled: true, port: Some(0) } => return Err("loopback: port 0 is nobody's".to_owned()),
            RawLoopback { enabled: true, port } => Some(port.unwrap_or(LOOPBACK_PORT)),
        };
        if let Some(module) = raw.modules.iter().find(|module| !module.is_absolute()) {
            return Err(format!("modules: {} is not absolute", module.display()));
        }
        let is_id = |id: &String| id.len() == 32 && id.bytes().all(|letter| (b'a'..=b'p').contains(&letter));
        if let Some(id) = raw.extension_ids.iter().find(|id| !is_id(id)) {
            return Err(format!("extension_ids: {id:?} is no id of an extension"));
        }
        let Raw { first_use_consent, modules, extension_ids, .. } = raw;
        Ok(Self { first_use_consent, modules, extension_ids, loopback_port, sites })
    }

    /// What the file says about a site, if it names it.
    #[must_use]
    pub fn rule(&self, origin: &Origin) -> Option<Rule> {
        self.sites.iter().find(|(known, _)| known == origin).map(|(_, rule)| *rule)
    }

    /// The sites that the file lets in.
    pub fn allowed_sites(&self) -> impl Iterator<Item = &Origin> {
        self.sites.iter().filter(|(_, rule)| matches!(rule, Rule::Allowed { .. })).map(|(origin, _)| origin)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            first_use_consent: true,
            modules: Vec::new(),
            extension_ids: Vec::new(),
            loopback_port: None,
            sites: Vec::new(),
        }
    }
}

fn digest(digits: &str) -> Result<[u8; 32], String> {
    let octets = hex::decode(digits.replace([':', ' '], "")).ok().and_then(|octets| octets.try_into().ok());
    octets.ok_or_else(|| format!("{digits:?} is not SHA-256 in hexadecimal"))
}

/// Where the listener is, unless the policy says otherwise. Nobody's at IANA.
pub const LOOPBACK_PORT: u16 = 27_817;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn a_policy_says_what_it_says() {
        let policy = Policy::parse(&format!(
            "first_use_consent = false\nmodules = [\"/usr/lib/librtpkcs11ecp.so\"]\n\
             [[site]]\norigin = \"https://bank.example\"\nbank_key_sha256 = \"{KEY}\"\n\
             [[site]]\norigin = \"https://other.example\"\nrefused = true\n\
             [loopback]\nenabled = true\n"
        ))
        .unwrap();
        let rule = |text: &str| policy.rule(&Origin::parse(text).unwrap());
        assert!(matches!(rule("https://bank.example"), Some(Rule::Allowed { bank_key_sha256: [0, 0x11, ..] })));
        assert_eq!(rule("https://other.example"), Some(Rule::Refused));
        assert_eq!(rule("https://bank.example:8443"), None);
        assert_eq!((policy.first_use_consent, policy.loopback_port), (false, Some(LOOPBACK_PORT)));
        let empty = Policy::parse("").unwrap();
        assert_eq!(empty, Policy::default());
        assert_eq!(empty.loopback_port, None, "the listener is off unless it is configured");
    }

    #[test]
    fn a_policy_that_does_not_hold_is_refused_whole() {
        let site = |lines: &str| format!("[[site]]\n{lines}\n");
        let twice = site(&format!("origin = \"https://a.example\"\nbank_key_sha256 = \"{KEY}\"")).repeat(2);
        for text in [
            "first_use_consent = \"no\"".to_owned(),
            "origins = []".to_owned(),
            "modules = [\"librtpkcs11ecp.so\"]".to_owned(),
            "[loopback]\nenabled = true\nport = 0".to_owned(),
            "[loopback]\nenabled = true\naddress = \"0.0.0.0\"".to_owned(),
            site("origin = \"https://*.example\"\nrefused = true"),
            site("origin = \"http://bank.example\"\nrefused = true"),
            site("origin = \"https://bank.example\""),
            site("origin = \"https://bank.example\"\nbank_key_sha256 = \"00\""),
            site(&format!("origin = \"https://bank.example\"\nbank_key_sha256 = \"{KEY}\"\nrefused = true")),
            twice,
        ] {
            assert!(Policy::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_machines_file_stands_in_place_of_the_users() {
        let folder = tempfile::tempdir().unwrap();
        let (machine, user) = (folder.path().join("machine.toml"), folder.path().join("user.toml"));
        assert_eq!(Policy::load(&machine, &user).unwrap(), Policy::default());
        std::fs::write(&user, "[loopback]\nenabled = true\n").unwrap();
        assert!(Policy::load(&machine, &user).unwrap().loopback_port.is_some());
        std::fs::write(&machine, "first_use_consent = false\n").unwrap();
        let policy = Policy::load(&machine, &user).unwrap();
        assert_eq!((policy.first_use_consent, policy.loopback_port), (false, None));
        std::fs::write(&machine, "nonsense").unwrap();
        assert!(matches!(Policy::load(&machine, &user), Err(PolicyError::Wrong { .. })));
    }
}
