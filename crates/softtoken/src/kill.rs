//! Points at which a test may kill the process, or pull the card, to show that neither a power cut nor a hand loses a key or gives an attempt back.
//!
//! Only debug builds look at the variables. `SURGUCH_TEST_KILL=NAME[:PASS]` dies by SIGKILL at that pass of the point, as in the rest of the house;
//! `SURGUCH_TEST_PULL=NAME[:PASS]` unplugs the card that the point is about, as `surguch-softtoken card unplug` would. In release builds [`point`] is empty.

use std::path::Path;

/// The points, in the order a write meets them; the last two stand around the comparison of a PIN.
pub const POINTS: &[&str] = &[
    "card.write.before",
    "card.write.created",
    "card.write.written",
    "card.write.synced",
    "card.write.renamed",
    "card.write.after",
    "pin.counted",
    "pin.compared",
];

/// Dies here, or loses the card here, when the environment says so.
#[cfg(debug_assertions)]
pub fn point(name: &'static str, card: &Path) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Wish {
        point: String,
        pass: u64,
        passes: AtomicU64,
    }

    fn wish(variable: &str) -> Option<Wish> {
        let text = std::env::var(variable).ok()?;
        let (point, pass) = match text.rsplit_once(':') {
            Some((point, pass)) => (point.to_owned(), pass.parse().ok()?),
            None => (text, 1),
        };
        Some(Wish { point, pass, passes: AtomicU64::new(0) })
    }

    static KILL: OnceLock<Option<Wish>> = OnceLock::new();
    static PULL: OnceLock<Option<Wish>> = OnceLock::new();
    let is_now = |wish: &Option<Wish>| {
        wish.as_ref()
            .is_some_and(|wish| wish.point == name && wish.passes.fetch_add(1, Ordering::SeqCst) + 1 == wish.pass)
    };
    if is_now(KILL.get_or_init(|| wish("SURGUCH_TEST_KILL"))) {
        die();
    }
    if is_now(PULL.get_or_init(|| wish("SURGUCH_TEST_PULL"))) {
        crate::folder::pull(card);
    }
}

/// Empty: a release build knows no kill points.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn point(_name: &'static str, _card: &Path) {}

#[cfg(debug_assertions)]
fn die() -> ! {
    let id = std::process::id().to_string();
    // No signal can be sent without foreign code; the system's own program does it.
    let _ = std::process::Command::new("/bin/kill").args(["-9", &id]).status();
    loop {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}
