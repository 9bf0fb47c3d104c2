//! What a test of a module stands on: a folder with fresh tokens, and a process of its own, because modules find their tokens by the environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use pkcs11::{Deadlines, Family, Keep, LastTry, Module, Pin, Session, Token, TokenId};

const CHILD: &str = "SURGUCH_TEST_CHILD";
const FOLDER: &str = "SURGUCH_TEST_FOLDER";
const VICTIM: &str = "SURGUCH_TEST_VICTIM";
const SERIAL: &str = "SURGUCH_TEST_SERIAL";

/// The modules there are to test with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Debian's softhsm2: RSA and ECDSA, no counters.
    Softhsm,
    /// Our own software token: GOST, RSA, ECDSA, exact counters, and it can be pulled.
    Softtoken,
    /// The same with a card that holds three keys or so.
    SmallCard,
}

/// Octets of the small card.
const SMALL: u32 = 4096;

pub(crate) const USER_PIN: &str = "4417-test";
pub(crate) const SO_PIN: &str = "87651234";

/// Inside the child: a module and a fresh token.
pub(crate) struct Rig {
    pub(crate) kind: Kind,
    pub(crate) module: Module,
    pub(crate) token: Token,
}

impl Rig {
    pub(crate) fn log_in(&self) -> Session {
        let session = self.token.session().unwrap();
        session.login(&pin(USER_PIN), Keep::No, LastTry::Stop).unwrap();
        session
    }

    /// A new card has PINs that everybody knows.
    fn leave_the_factory(&self) {
        let factory = |octets: &[u8]| pin(std::str::from_utf8(octets).unwrap());
        let session = self.token.session().unwrap();
        let user = factory(surguch_softtoken::pin::FACTORY_USER_PIN);
        session.change_pin(&user, &pin(USER_PIN), LastTry::Stop).unwrap();
        self.token.change_so_pin(&factory(surguch_softtoken::pin::FACTORY_SO_PIN), &pin(SO_PIN)).unwrap();
    }

    /// Only a software token has a hand on its plug.
    pub(crate) fn plug(&self, is_in: bool) {
        plug(is_in);
    }

    pub(crate) fn offers(&self, family: Family) -> bool {
        self.token.info().unwrap().families.contains(&family)
    }
}

/// Of the one card of this process's folder.
pub(crate) fn plug(is_in: bool) {
    let cards = surguch_softtoken::folder::Folder::named().unwrap().cards().unwrap();
    assert!(surguch_softtoken::folder::plug(&cards[0], is_in).unwrap());
}

pub(crate) fn pin(text: &str) -> Pin {
    Pin::new(text.to_owned())
}

/// Different each time, for keys that must not be the same.
pub(crate) fn system_rng() -> impl rand_core::CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

pub(crate) fn rng() -> impl rand_core::CryptoRng {
    use rand_core::SeedableRng as _;
    rand_chacha::ChaCha20Rng::from_seed([7; 32])
}

/// Runs the body of the calling test in a process of its own with a fresh token of this module; its output is this test's.
pub(crate) fn with_token(kind: Kind, body: impl FnOnce(Rig)) {
    with_token_within(kind, Deadlines::default(), body);
}

/// The same with other deadlines.
pub(crate) fn with_token_within(kind: Kind, deadlines: Deadlines, body: impl FnOnce(Rig)) {
    let name = test_name();
    if std::env::var(CHILD).is_ok_and(|child| child == format!("{name} {kind:?}")) {
        let module = Module::load_with(&library(kind), deadlines).unwrap();
        let token = match std::env::var(SERIAL) {
            Ok(serial) => module.token(&TokenId::new(serial)).unwrap(),
            Err(_) => module.tokens().unwrap().pop().unwrap(),
        };
        let rig = Rig { kind, module, token };
        if kind != Kind::Softhsm && victims_order().is_none() {
            rig.leave_the_factory();
        }
        body(rig);
        return;
    }
    if std::env::var(CHILD).is_ok() {
        return; // the child of another module's turn in the same test
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([name.as_str(), "--exact", "--nocapture", "--test-threads=1"]);
    child.env(CHILD, format!("{name} {kind:?}")).env("RUST_BACKTRACE", "0");
    match kind {
        Kind::Softhsm => {
            let configuration = softhsm_configuration(folder.path());
            child.env("SOFTHSM2_CONF", &configuration);
            child.env(SERIAL, softhsm_token(&configuration, "test"));
        }
        Kind::Softtoken => {
            child.env("SURGUCH_SOFTTOKEN_DIR", folder.path());
        }
        Kind::SmallCard => {
            let wish = surguch_softtoken::folder::NewCard { memory_octets: SMALL, ..Default::default() };
            surguch_softtoken::folder::Folder::at(folder.path()).unwrap().make(wish).unwrap();
            child.env("SURGUCH_SOFTTOKEN_DIR", folder.path());
        }
    }
    let output = child.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{kind:?}:\n{text}");
    println!("{text}");
}

/// Runs the body of the calling test in a process of its own, in this folder.
pub(crate) fn in_folder(body: impl FnOnce(&Path)) {
    if let Ok(folder) = std::env::var(FOLDER) {
        return body(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([test_name().as_str(), "--exact", "--nocapture", "--test-threads=1"]);
    child.env(CHILD, format!("{} folder", test_name())).env(FOLDER, folder.path()).env("RUST_BACKTRACE", "0");
    let output = child.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Inside a child: what this process is to do and be struck down at, if it is a victim.
pub(crate) fn victims_order() -> Option<String> {
    std::env::var(VICTIM).ok()
}

/// Inside a child: the same test once more in a process that does `order` and may not survive it. `None`: it was killed.
pub(crate) fn victim(order: &str, environment: &[(&str, &str)]) -> Option<String> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([test_name().as_str(), "--exact", "--nocapture", "--test-threads=1"]);
    child.env(VICTIM, order).envs(environment.iter().copied());
    let output = child.output().unwrap();
    // A signal leaves no code.
    output.status.code()?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{order} {environment:?}:\n{text}");
    Some(text)
}

/// SIGKILL, as the system's own program sends it.
pub(crate) fn die() -> ! {
    let _ = Command::new("/bin/kill").args(["-9", &std::process::id().to_string()]).status();
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// The harness names threads by tests; with one thread, the name is in the environment instead.
fn test_name() -> String {
    if let Ok(child) = std::env::var(CHILD) {
        return child.rsplit_once(' ').unwrap().0.to_owned();
    }
    std::thread::current().name().filter(|name| *name != "main").expect("tests run in threads").to_owned()
}

pub(crate) fn library(kind: Kind) -> PathBuf {
    match kind {
        Kind::Softhsm => {
            let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
            let found = places.iter().map(Path::new).find(|path| path.exists());
            found.expect("Debian's softhsm2 is installed").to_owned()
        }
        // Built for these tests as a dependency of theirs, so it lies beside them.
        Kind::Softtoken | Kind::SmallCard => {
            let beside = std::env::current_exe().unwrap().with_file_name("libsurguch_softtoken.so");
            assert!(beside.exists(), "{} is built with the tests", beside.display());
            beside
        }
    }
}

fn softhsm_configuration(folder: &Path) -> PathBuf {
    let tokens = folder.join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let file = folder.join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nslots.removable = true\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// Its serial number.
fn softhsm_token(configuration: &Path, label: &str) -> String {
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", USER_PIN])
        .env("SOFTHSM2_CONF", configuration)
        .output()
        .expect("Debian's softhsm2 is installed");
    assert!(made.status.success(), "{made:?}");
    let shown = Command::new("softhsm2-util").arg("--show-slots").env("SOFTHSM2_CONF", configuration).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let serial = shown.lines().filter_map(|line| line.trim().strip_prefix("Serial number:")).map(str::trim);
    serial.into_iter().find(|serial| !serial.is_empty()).unwrap().to_owned()
}
