//! Where the component keeps what is its own on each system, and what the environment says of it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::memory::Memory;
use crate::policy::{Policy, PolicyError};

/// A family of systems.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum System {
    /// Linux and its like.
    Linux,
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
}

impl System {
    /// The one this program was built for.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Linux
    };

    /// Its word in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Windows => "windows",
            Self::MacOs => "macos",
        }
    }
}

/// The files and folders of one user on one machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Places {
    /// The policy of the whole machine.
    pub machine_policy: PathBuf,
    /// The user's own policy.
    pub user_policy: PathBuf,
    /// The folder of what is remembered.
    pub state: PathBuf,
}

impl Places {
    /// Of this user on this machine; none for a user without a home.
    #[must_use]
    pub fn here() -> Option<Self> {
        Self::on(System::HERE, |name| std::env::var_os(name))
    }

    /// By the variables of an environment.
    #[must_use]
    pub fn on(system: System, variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        // A relative path in one of them must be ignored (XDG Base Directory Specification).
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| is_absolute(system, path));
        Some(match system {
            System::Linux => {
                let home = absolute("HOME");
                let of = |name, under: &str| absolute(name).or_else(|| Some(home.clone()?.join(under)));
                Self {
                    machine_policy: PathBuf::from("/etc/surguch/component.toml"),
                    user_policy: of("XDG_CONFIG_HOME", ".config")?.join("surguch/component.toml"),
                    state: of("XDG_STATE_HOME", ".local/state")?.join("surguch-component"),
                }
            }
            System::Windows => Self {
                machine_policy: absolute("PROGRAMDATA")?.join("Surguch").join("component.toml"),
                user_policy: absolute("APPDATA")?.join("Surguch").join("component.toml"),
                state: absolute("LOCALAPPDATA")?.join("Surguch").join("component"),
            },
            System::MacOs => {
                let own = absolute("HOME")?.join("Library/Application Support/Surguch");
                Self {
                    machine_policy: PathBuf::from("/Library/Application Support/Surguch/component.toml"),
                    user_policy: own.join("component.toml"),
                    state: own.join("component"),
                }
            }
        })
    }

    /// The policy in force.
    ///
    /// # Errors
    /// A file that is there and does not hold.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        Policy::load(&self.machine_policy, &self.user_policy)
    }

    /// What is remembered.
    #[must_use]
    pub fn memory(&self) -> Memory {
        Memory::in_folder(self.state.clone())
    }
}

/// As that system sees it, so that the paths of all can be looked at on one.
pub(crate) fn is_absolute(system: System, path: &std::path::Path) -> bool {
    match system {
        System::Linux | System::MacOs => path.to_string_lossy().starts_with('/'),
        System::Windows => {
            let text = path.to_string_lossy();
            text.starts_with("\\\\") || text.as_bytes().get(1..3).is_some_and(|rest| rest == b":\\")
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn on(system: System, variables: &[(&str, &str)]) -> Option<Places> {
        Places::on(system, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn each_system_has_its_places() {
        let linux = on(System::Linux, &[("HOME", "/people/rogov")]).unwrap();
        assert_eq!(linux.user_policy, PathBuf::from("/people/rogov/.config/surguch/component.toml"));
        assert_eq!(linux.state, PathBuf::from("/people/rogov/.local/state/surguch-component"));
        let xdg = [("HOME", "/people/rogov"), ("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "relative")];
        let moved = on(System::Linux, &xdg).unwrap();
        assert_eq!(moved.user_policy, PathBuf::from("/c/surguch/component.toml"));
        assert_eq!(moved.state, linux.state, "a relative path is no path of the environment");
        let mac = on(System::MacOs, &[("HOME", "/people/rogov")]).unwrap();
        assert!(mac.state.starts_with("/people/rogov/Library/Application Support/Surguch"));
        let windows = [("PROGRAMDATA", "C:\\ProgramData"), ("APPDATA", "C:\\A"), ("LOCALAPPDATA", "C:\\L")];
        assert!(on(System::Windows, &windows).unwrap().state.to_string_lossy().starts_with("C:\\L"));
        assert_eq!(on(System::Linux, &[]), None);
        assert_eq!(on(System::Windows, &[("APPDATA", "C:\\A")]), None);
    }
}
