//! Tells browsers where this program is, takes that back, says how it stands. What is to be written is a plan, the same code for every
//! system; carrying it out is the second half.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::host::{CHROMIUM_EXTENSION, FIREFOX_EXTENSION, HOST_NAME};
use crate::places::System;

/// One browser of the user, as this program needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// Its name for people.
    pub browser: &'static str,
    /// Whether the browser has been started by this user: there is a folder of its settings.
    pub marker: PathBuf,
    /// The manifest's file.
    pub manifest: PathBuf,
    /// The key of the registry that names the file, on Windows.
    pub registry_key: Option<String>,
    /// The manifest's text.
    pub text: String,
}

/// Whose extension a manifest lets in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Chromium,
    Firefox,
}

/// What every browser known here would need.
#[must_use]
pub fn plan(system: System, home: &Path, program: &Path, also_allowed: &[String]) -> Vec<Registration> {
    let browsers: &[(&str, Family, &str)] = match system {
        System::Linux => LINUX,
        System::MacOs => MAC_OS,
        System::Windows => WINDOWS,
    };
    browsers
        .iter()
        .map(|(browser, family, place)| {
            let text = manifest(*family, program, also_allowed);
            let file = format!("{HOST_NAME}.json");
            match system {
                System::Windows => {
                    let kind = if *family == Family::Firefox { "firefox" } else { "chromium" };
                    Registration {
                        browser,
                        // The registry has no marker that needs no reading of it: every browser is told.
                        marker: home.to_owned(),
                        manifest: home.join("AppData\\Local\\Surguch\\component").join(format!("{kind}-{file}")),
                        registry_key: Some(format!("HKCU\\Software\\{place}\\NativeMessagingHosts\\{HOST_NAME}")),
                        text,
                    }
                }
                System::Linux | System::MacOs => {
                    let settings = home.join(place);
                    let folder = match (family, system) {
                        (Family::Firefox, System::Linux) => settings.join("native-messaging-hosts"),
                        _ => settings.join("NativeMessagingHosts"),
                    };
                    Registration { browser, marker: settings, manifest: folder.join(file), registry_key: None, text }
                }
            }
        })
        .collect()
}

/// The manifest for a browser whose settings are in a folder of the caller's choice.
#[must_use]
pub fn plan_into(settings: &Path, program: &Path, also_allowed: &[String]) -> Registration {
    Registration {
        browser: "Chromium",
        marker: settings.to_owned(),
        manifest: settings.join("NativeMessagingHosts").join(format!("{HOST_NAME}.json")),
        registry_key: None,
        text: manifest(Family::Chromium, program, also_allowed),
    }
}

fn manifest(family: Family, program: &Path, also_allowed: &[String]) -> String {
    let mut manifest = serde_json::json!({
        "name": HOST_NAME,
        "description": "Сургуч: компонент безопасности",
        "path": program,
        "type": "stdio",
    });
    match family {
        Family::Chromium => {
            let ids = std::iter::once(CHROMIUM_EXTENSION).chain(also_allowed.iter().map(String::as_str));
            manifest["allowed_origins"] = ids.map(|id| format!("chrome-extension://{id}/")).collect();
        }
        Family::Firefox => manifest["allowed_extensions"] = serde_json::json!([FIREFOX_EXTENSION]),
    }
    format!("{manifest:#}\n")
}

/// How a registration stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The browser is not there for this user.
    NoBrowser,
    /// Nothing is registered.
    Absent,
    /// Registered as planned.
    Registered,
    /// Something else is registered: an older place of the program, or a foreign file.
    Different,
}

impl Registration {
    /// How it stands now.
    ///
    /// # Errors
    /// The manifest is there and cannot be read.
    pub fn standing(&self) -> io::Result<Standing> {
        let found = match fs::read_to_string(&self.manifest) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let named = match &self.registry_key {
            Some(key) => registry(&["query", key, "/ve"])?,
            None => true,
        };
        Ok(match found {
            Some(text) if text == self.text && named => Standing::Registered,
            Some(_) => Standing::Different,
            None if self.marker.is_dir() => Standing::Absent,
            None => Standing::NoBrowser,
        })
    }

    /// Registers, replacing an older registration.
    ///
    /// # Errors
    /// The disk or the registry refused.
    pub fn write(&self) -> io::Result<()> {
        if let Some(folder) = self.manifest.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.manifest.with_extension("json.new");
        fs::write(&beside, &self.text)?;
        fs::rename(&beside, &self.manifest)?;
        match &self.registry_key {
            Some(key) => {
                let file = self.manifest.display().to_string();
                let written = registry(&["add", key, "/ve", "/t", "REG_SZ", "/d", &file, "/f"])?;
                if written { Ok(()) } else { Err(io::Error::other(format!("the registry refused {key}"))) }
            }
            None => Ok(()),
        }
    }

    /// Takes it back; whether there was one.
    ///
    /// # Errors
    /// The disk or the registry refused.
    pub fn remove(&self) -> io::Result<bool> {
        if let Some(key) = &self.registry_key
            && registry(&["query", key])?
            && !registry(&["delete", key, "/f"])?
        {
            return Err(io::Error::other(format!("the registry refused to delete {key}")));
        }
        match fs::remove_file(&self.manifest) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Windows' own tool: the registry of the current user needs no rights and no library.
fn registry(arguments: &[&str]) -> io::Result<bool> {
    Ok(Command::new("reg").args(arguments).output()?.status.success())
}

const LINUX: &[(&str, Family, &str)] = &[
    ("Chromium", Family::Chromium, ".config/chromium"),
    ("Google Chrome", Family::Chromium, ".config/google-chrome"),
    ("Яндекс Браузер", Family::Chromium, ".config/yandex-browser"),
    ("Chromium-Gost", Family::Chromium, ".config/chromium-gost"),
    ("Microsoft Edge", Family::Chromium, ".config/microsoft-edge"),
    ("Opera", Family::Chromium, ".config/opera"),
    ("Vivaldi", Family::Chromium, ".config/vivaldi"),
    ("Firefox", Family::Firefox, ".mozilla"),
];

const MAC_OS: &[(&str, Family, &str)] = &[
    ("Chromium", Family::Chromium, "Library/Application Support/Chromium"),
    ("Google Chrome", Family::Chromium, "Library/Application Support/Google/Chrome"),
    ("Яндекс Браузер", Family::Chromium, "Library/Application Support/Yandex/YandexBrowser"),
    ("Microsoft Edge", Family::Chromium, "Library/Application Support/Microsoft Edge"),
    ("Opera", Family::Chromium, "Library/Application Support/com.operasoftware.Opera"),
    ("Vivaldi", Family::Chromium, "Library/Application Support/Vivaldi"),
    ("Firefox", Family::Firefox, "Library/Application Support/Mozilla"),
];

const WINDOWS: &[(&str, Family, &str)] = &[
    ("Chromium", Family::Chromium, "Chromium"),
    ("Google Chrome", Family::Chromium, "Google\\Chrome"),
    ("Яндекс Браузер", Family::Chromium, "Yandex\\YandexBrowser"),
    ("Microsoft Edge", Family::Chromium, "Microsoft\\Edge"),
    ("Vivaldi", Family::Chromium, "Vivaldi"),
    ("Firefox", Family::Firefox, "Mozilla"),
];

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn find<'p>(plan: &'p [Registration], browser: &str) -> &'p Registration {
        plan.iter().find(|one| one.browser == browser).unwrap()
    }

    #[test]
    fn each_system_registers_where_its_browsers_look() {
        let linux = plan(System::Linux, Path::new("/people/rogov"), Path::new("/opt/surguch-component"), &[]);
        let at = |plan: &[Registration], browser: &str| find(plan, browser).manifest.display().to_string();
        assert_eq!(
            at(&linux, "Chromium"),
            "/people/rogov/.config/chromium/NativeMessagingHosts/surguch.component.json"
        );
        assert_eq!(at(&linux, "Firefox"), "/people/rogov/.mozilla/native-messaging-hosts/surguch.component.json");
        let mac = plan(System::MacOs, Path::new("/people/rogov"), Path::new("/opt/surguch-component"), &[]);
        assert_eq!(
            at(&mac, "Google Chrome"),
            "/people/rogov/Library/Application Support/Google/Chrome/NativeMessagingHosts/surguch.component.json"
        );
        assert_eq!(
            at(&mac, "Firefox"),
            "/people/rogov/Library/Application Support/Mozilla/NativeMessagingHosts/surguch.component.json"
        );
        let windows = plan(System::Windows, Path::new("C:\\P\\rogov"), Path::new("C:\\S\\c.exe"), &[]);
        let key = |browser: &str| find(&windows, browser).registry_key.clone().unwrap();
        assert_eq!(key("Google Chrome"), r"HKCU\Software\Google\Chrome\NativeMessagingHosts\surguch.component");
        assert_eq!(key("Firefox"), r"HKCU\Software\Mozilla\NativeMessagingHosts\surguch.component");
        assert_ne!(find(&windows, "Firefox").manifest, find(&windows, "Google Chrome").manifest);
    }

    #[test]
    fn a_manifest_lets_in_our_extension_and_those_that_were_named() {
        let named = ["p".repeat(32)];
        let plan = plan(System::Linux, Path::new("/people/rogov"), Path::new("/opt/surguch-component"), &named);
        let json: serde_json::Value = serde_json::from_str(&find(&plan, "Chromium").text).unwrap();
        let ours = format!("chrome-extension://{CHROMIUM_EXTENSION}/");
        assert_eq!(json["allowed_origins"], serde_json::json!([ours, format!("chrome-extension://{}/", named[0])]));
        assert_eq!((&json["path"], &json["type"]), (&"/opt/surguch-component".into(), &"stdio".into()));
        let json: serde_json::Value = serde_json::from_str(&find(&plan, "Firefox").text).unwrap();
        assert_eq!(json["allowed_extensions"], serde_json::json!([FIREFOX_EXTENSION]));
        assert_eq!(json.get("allowed_origins"), None);
    }

    #[test]
    fn the_extensions_id_follows_from_its_key() {
        let manifest: serde_json::Value = serde_json::from_str(include_str!("../extension/manifest.json")).unwrap();
        use base64::Engine as _;
        let key = base64::engine::general_purpose::STANDARD.decode(manifest["key"].as_str().unwrap()).unwrap();
        let digits = hex::encode(&crypto::sha256(&key)[..16]);
        let id: String =
            digits.chars().map(|digit| char::from(b'a' + u8::try_from(digit.to_digit(16).unwrap()).unwrap())).collect();
        assert_eq!(id, CHROMIUM_EXTENSION);
        assert_eq!(manifest["browser_specific_settings"]["gecko"]["id"], FIREFOX_EXTENSION);
    }

    #[test]
    fn installed_seen_and_taken_back() {
        let home = tempfile::tempdir().unwrap();
        let program = Path::new("/opt/surguch-component");
        fs::create_dir_all(home.path().join(".config/chromium")).unwrap();
        let plan = plan(System::Linux, home.path(), program, &[]);
        let (chromium, firefox) = (find(&plan, "Chromium"), find(&plan, "Firefox"));
        assert_eq!(chromium.standing().unwrap(), Standing::Absent);
        assert_eq!(firefox.standing().unwrap(), Standing::NoBrowser);
        chromium.write().unwrap();
        assert_eq!(chromium.standing().unwrap(), Standing::Registered);
        fs::write(&chromium.manifest, "{}").unwrap();
        assert_eq!(chromium.standing().unwrap(), Standing::Different);
        chromium.write().unwrap();
        assert!(chromium.remove().unwrap() && !chromium.remove().unwrap());
        assert_eq!(chromium.standing().unwrap(), Standing::Absent);
        assert_eq!(fs::read_dir(chromium.manifest.parent().unwrap()).unwrap().count(), 0);
    }
}
