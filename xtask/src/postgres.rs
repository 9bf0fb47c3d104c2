//! A throw-away PostgreSQL for one test run: own folder, free port, no durability, gone afterwards. It uses the system's
//! programs and never touches a cluster that was there before.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::afterwards::Afterwards;
use crate::machine::{answer, free_port, is_root, succeed};

/// Where tests look for the server.
pub(crate) const URL_VARIABLE: &str = "SURGUCH_TEST_POSTGRES_URL";

/// Runs until dropped, and is stopped and wiped also when we are killed.
pub(crate) struct Server {
    port: u16,
    version: u32,
    _stop: Afterwards,
}

impl Server {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let (version, programs) = programs()?;
        let owner = Owner::choose()?;
        let folder = tempfile::Builder::new().prefix("surguch-postgres-").tempdir()?.keep();
        let stop = promise_to_stop(&owner, &programs, &folder)?;
        owner.take(&folder)?;

        let data = folder.join("data");
        let log = folder.join("log");
        let mut initdb = owner.command(&programs.join("initdb"), &folder);
        initdb.arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]);
        answer(&mut initdb)?;

        let port = free_port()?;
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections={MAX_CONNECTIONS} \
             -c fsync=off -c full_page_writes=off -c synchronous_commit=off",
            folder.display()
        );
        let mut start = owner.command(&programs.join("pg_ctl"), &folder);
        start.arg("-D").arg(&data).arg("-l").arg(&log).args(["-w", "-o", &options, "start"]);
        // No pipe here: the server would inherit it and we would wait for its end.
        if !start.stdout(Stdio::null()).status()?.success() {
            bail!("PostgreSQL did not start:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
        }
        Ok(Self { port, version, _stop: stop })
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }
}

/// The newest installed PostgreSQL: major version and folder of its programs.
pub(crate) fn programs() -> anyhow::Result<(u32, PathBuf)> {
    let mut folders = Vec::new();
    if let Ok(named) = answer(Command::new("pg_config").arg("--bindir")) {
        folders.push(PathBuf::from(named.trim()));
    }
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders
        .into_iter()
        .filter_map(|folder| {
            let said = answer(Command::new(folder.join("initdb")).arg("--version")).ok()?;
            Some((major_version(&said)?, folder))
        })
        .filter(|(version, _)| *version >= OLDEST)
        .max()
        .with_context(|| format!("no PostgreSQL {OLDEST} or newer is installed"))
}

/// `initdb (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)` is 15.
fn major_version(said: &str) -> Option<u32> {
    let number = said.split_whitespace().nth(2)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Who runs the server: PostgreSQL refuses root, so root hands over to the package's own user.
enum Owner {
    Ourselves,
    PostgresUser,
}

impl Owner {
    fn choose() -> anyhow::Result<Self> {
        Ok(if is_root()? { Self::PostgresUser } else { Self::Ourselves })
    }

    fn prefix(&self) -> &'static [&'static str] {
        match self {
            Self::Ourselves => &[],
            Self::PostgresUser => &["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"],
        }
    }

    fn take(&self, folder: &Path) -> anyhow::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::PostgresUser => succeed(Command::new("chown").arg("postgres:postgres").arg(folder)),
        }
    }

    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = match self.prefix() {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.current_dir(folder);
        command
    }
}

fn promise_to_stop(owner: &Owner, programs: &Path, folder: &Path) -> anyhow::Result<Afterwards> {
    let mut arguments: Vec<OsString> = vec![folder.into()];
    arguments.extend(owner.prefix().iter().map(OsString::from));
    arguments.extend([programs.join("pg_ctl").into(), "-D".into(), folder.join("data").into()]);
    arguments.extend(["-m", "immediate", "stop"].map(OsString::from));
    Afterwards::promise("folder=$1; shift; \"$@\" >/dev/null 2>&1; rm -rf \"$folder\"", &arguments)
}

const OLDEST: u32 = 15;
/// One database per test, several connections each, and as many tests at once as there are processors.
const MAX_CONNECTIONS: u32 = 300;

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn the_version_is_read_as_each_packager_writes_it() {
        assert_eq!(major_version("initdb (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("initdb (PostgreSQL) 17beta1"), Some(17));
        assert_eq!(major_version("initdb"), None);
    }
}
