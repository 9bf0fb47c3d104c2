//! Points at which a test may kill the process, to show that a crash anywhere loses nothing and doubles nothing.
//!
//! Only debug builds look at the variable: `SURGUCH_TEST_KILL=NAME` dies at the first pass of that point, `NAME:3` at the third.
//! The signal is SIGKILL, so that no destructor, flush or handler runs. In release builds [`point`] is empty.

/// The points inside this crate. Rooms above call [`point`] with names of their own.
pub const POINTS: &[&str] = &[
    "write.before-begin",
    "write.after-begin",
    "write.before-commit",
    "write.after-commit",
    "journal.append.before",
    "journal.append.after",
    "requests.insert.before",
    "requests.insert.after",
    "requests.save.before",
    "requests.save.after",
    "request-files.put.before",
    "request-files.put.after",
    "request-files.countersign.before",
    "request-files.countersign.after",
    "keys.claim.before",
    "keys.claim.after",
    "intents.insert.before",
    "intents.insert.after",
    "intents.complete.before",
    "intents.complete.after",
    "certificates.insert.before",
    "certificates.insert.after",
    "certificates.save.before",
    "certificates.save.after",
    "links.insert.before",
    "links.insert.after",
    "links.save.before",
    "links.save.after",
    "outbox.enqueue.before",
    "outbox.enqueue.after",
    "outbox.claim.after",
    "outbox.done.before",
    "outbox.done.after",
    "crls.insert.before",
    "crls.insert.after",
];

/// Dies here when the environment says so.
#[cfg(debug_assertions)]
pub fn point(name: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static WANTED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSES: AtomicU64 = AtomicU64::new(0);

    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("SURGUCH_TEST_KILL").ok()?;
        match text.rsplit_once(':') {
            Some((point, pass)) => Some((point.to_owned(), pass.parse().ok()?)),
            None => Some((text, 1)),
        }
    });
    if let Some((wanted, pass)) = wanted
        && wanted == name
        && PASSES.fetch_add(1, Ordering::SeqCst) + 1 == *pass
    {
        die();
    }
}

/// Empty: a release build knows no kill points.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn point(_name: &'static str) {}

#[cfg(debug_assertions)]
fn die() -> ! {
    let id = std::process::id().to_string();
    // No signal can be sent without foreign code; the system's own program does it.
    let _ = std::process::Command::new("/bin/kill").args(["-9", &id]).status();
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
