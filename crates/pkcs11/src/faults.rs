//! Steps of writing a file at which a test may kill the process or let the disk be full. Only debug builds look at the variables, as in the rest of the house:
//! `SURGUCH_TEST_KILL=NAME[:PASS]` dies by SIGKILL at that pass of the step, `SURGUCH_TEST_FULL=NAME[:PASS]` finds no space there.

use std::io;

/// The steps, in the order a write meets them.
pub const STEPS: &[&str] = &[
    "file.create",
    "file.write",
    "file.half-written",
    "file.sync",
    "file.rename",
    "file.renamed",
    "file.remove",
    "file.removed",
];

/// Dies or fails here when the environment says so.
#[cfg(debug_assertions)]
pub(crate) fn step(name: &'static str) -> io::Result<()> {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Wish {
        step: String,
        pass: u64,
        passes: AtomicU64,
    }

    impl Wish {
        fn of(variable: &str) -> Option<Self> {
            let text = std::env::var(variable).ok()?;
            let (step, pass) = match text.rsplit_once(':') {
                Some((step, pass)) => (step.to_owned(), pass.parse().ok()?),
                None => (text, 1),
            };
            Some(Self { step, pass, passes: AtomicU64::new(0) })
        }

        fn comes_true(&self, name: &str) -> bool {
            self.step == name && self.passes.fetch_add(1, Ordering::SeqCst) + 1 == self.pass
        }
    }

    static KILL: OnceLock<Option<Wish>> = OnceLock::new();
    static FULL: OnceLock<Option<Wish>> = OnceLock::new();

    if KILL.get_or_init(|| Wish::of("SURGUCH_TEST_KILL")).as_ref().is_some_and(|wish| wish.comes_true(name)) {
        let id = std::process::id().to_string();
        // No signal can be sent without foreign code; the system's own program does it.
        let _ = std::process::Command::new("/bin/kill").args(["-9", &id]).status();
        loop {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    }
    if FULL.get_or_init(|| Wish::of("SURGUCH_TEST_FULL")).as_ref().is_some_and(|wish| wish.comes_true(name)) {
        return Err(io::Error::from(io::ErrorKind::StorageFull));
    }
    Ok(())
}

/// Empty: a release build knows no such switches.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) fn step(_name: &'static str) -> io::Result<()> {
    Ok(())
}
