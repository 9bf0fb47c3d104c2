//! The Debian packages a stage leans on: installed as root or through sudo after saying so, or named in one line for the
//! person to run. On a system without dpkg nothing is installed and the stages say themselves what they miss. And the one
//! Python package, in a place of its own under target/, where it touches nothing of the machine.

use std::process::{Command, Stdio};

use anyhow::bail;

use crate::machine::{is_root, succeed, target_directory};
use crate::postgres;

/// What `cargo xtask test` needs beside Rust and a C compiler.
pub(crate) const FOR_TESTS: &[&str] = &[
    "postgresql",
    "libengine-gost-openssl",
    "openssl",
    "curl",
    "python3-venv",
    "valgrind",
    "opensc",
    "softhsm2",
    "gcc",
    "g++",
    "libssl-dev",
    "poppler-utils",
    "qpdf",
    "zbar-tools",
    "xvfb",
    "openbox",
    "xdotool",
    "imagemagick",
    "libgl1-mesa-dri",
    "libegl1",
    "libgl1",
    "libxkbcommon-x11-0",
    "libxcursor1",
    "libxi6",
    "libx11-xcb1",
    "dbus",
    "at-spi2-core",
];

/// A real browser and what drives it.
pub(crate) const FOR_BROWSER: &[&str] = &["chromium", "nodejs", "npm", "default-jre-headless"];

/// The driver of the browser, and what looks at pages: the checker of accessibility and that of HTML, which wants Java. Tests look
/// for them in [`BROWSER_DRIVER_PLACE`] beside the builds.
const BROWSER_DRIVER: [&str; 3] = ["playwright-core@1.65.1", "axe-core@4.14.1", "vnu-jar@26.9.27"];
const BROWSER_DRIVER_PLACE: &str = "browser";

/// What `cargo xtask bench crypto` compares with.
pub(crate) const FOR_BENCH_CRYPTO: &[&str] =
    &["gcc", "libc6-dev", "libssl-dev", "libgcrypt20-dev", "libengine-gost-openssl"];

/// The mail server that tests of the SMTP transport talk to. They look for it in [`MAIL_SERVER_PLACE`].
const MAIL_SERVER: &str = "aiosmtpd==1.4.6";
const MAIL_SERVER_PLACE: &str = "mail-server";

/// What `cargo xtask bench token` runs against.
pub(crate) const FOR_BENCH_TOKEN: &[&str] = &["softhsm2"];

/// Afterwards the packages are there, or the error carries the line that brings them.
/// What it has to say goes to standard error: a bench's standard output is its figures.
pub(crate) fn ensure(packages: &[&str]) -> anyhow::Result<()> {
    if dpkg_status("dpkg").is_none() {
        eprintln!("no dpkg here: going on with what is installed ({} are wanted)", packages.join(", "));
        return Ok(());
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_there(package)).collect();
    if missing.is_empty() {
        eprintln!("all there: {}", packages.join(", "));
        return Ok(());
    }
    let by_hand = format!("apt-get update && apt-get install -y --no-install-recommends {}", missing.join(" "));
    let Some(prefix) = power()? else {
        bail!(
            "missing Debian packages, and neither root nor passwordless sudo to install them. Run as root:\n{by_hand}"
        );
    };
    eprintln!("installing Debian packages: {}", missing.join(" "));
    let install = |packages: &[&str]| {
        let mut arguments = vec!["install", "-y", "--no-install-recommends"];
        arguments.extend(packages);
        apt_get(prefix, &arguments)
    };
    // The list of packages may be absent or too old for the mirror; only then is it worth fetching.
    if succeed(&mut install(&missing)).is_err() {
        succeed(&mut apt_get(prefix, &["update"]))?;
        succeed(&mut install(&missing))?;
    }
    Ok(())
}

/// Afterwards there is a Python beside the builds that has the mail server.
pub(crate) fn ensure_mail_server() -> anyhow::Result<()> {
    let place = target_directory()?.join(MAIL_SERVER_PLACE);
    let python = place.join("bin/python");
    let has_it = Command::new(&python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    if has_it.is_ok_and(|ended| ended.success()) {
        println!("all there: {MAIL_SERVER}");
        return Ok(());
    }
    println!("installing {MAIL_SERVER} into {}", place.display());
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
    succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", MAIL_SERVER]))
}

/// Afterwards there is what drives browsers and looks at pages beside the builds; the browser itself is Debian's.
pub(crate) fn ensure_browser_driver() -> anyhow::Result<()> {
    let place = target_directory()?.join(BROWSER_DRIVER_PLACE);
    let is_there = |module: &str| {
        let (name, version) = module.split_once('@').expect("each has its version");
        let about = std::fs::read_to_string(place.join("node_modules").join(name).join("package.json"));
        about.is_ok_and(|about| about.contains(&format!("\"{version}\"")))
    };
    if BROWSER_DRIVER.into_iter().all(is_there) {
        println!("all there: {}", BROWSER_DRIVER.join(", "));
        return Ok(());
    }
    println!("installing {} into {}", BROWSER_DRIVER.join(", "), place.display());
    std::fs::create_dir_all(&place)?;
    let quiet = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
    succeed(Command::new("npm").args(quiet).arg(&place).args(BROWSER_DRIVER))
}

fn answers(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|ended| ended.success())
}

fn is_there(package: &str) -> bool {
    match package {
        // Any new enough PostgreSQL will do, whoever packaged it.
        "postgresql" => postgres::programs().is_ok(),
        // Whoever packaged Node: its own package brings npm along.
        "nodejs" => answers("node"),
        "npm" => answers("npm"),
        // Whichever Java it is.
        "default-jre-headless" => answers("java"),
        _ => dpkg_status(package).is_some_and(|status| status == "installed"),
    }
}

/// Of an installed package.
pub(crate) fn version(package: &str) -> Option<String> {
    dpkg_answer("${Version}", package)
}

fn dpkg_status(package: &str) -> Option<String> {
    dpkg_answer("${db:Status-Status}", package)
}

fn dpkg_answer(format: &str, package: &str) -> Option<String> {
    let output = Command::new("dpkg-query").args(["-W", "-f", format, package]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The words that make a command privileged; `None` if there is no way.
fn power() -> anyhow::Result<Option<&'static [&'static str]>> {
    if is_root()? {
        return Ok(Some(&[]));
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    Ok(sudo.is_ok_and(|ended| ended.success()).then_some(&["sudo", "-n"]))
}

fn apt_get(prefix: &[&str], arguments: &[&str]) -> Command {
    let mut words = prefix.to_vec();
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    words.extend(arguments);
    let (program, rest) = words.split_first().expect("apt-get itself is in the list");
    let mut command = Command::new(program);
    command.args(rest).stdout(Stdio::from(std::io::stderr()));
    command
}
