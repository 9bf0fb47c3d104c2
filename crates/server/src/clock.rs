//! The one place where time and randomness enter. Everything below gets them as arguments.

#[cfg(debug_assertions)]
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub(crate) enum Clock {
    /// The machine.
    System,
    /// A file that holds milliseconds since the epoch, read at every look: tests move time with it.
    #[cfg(debug_assertions)]
    File(PathBuf),
}

/// Names the file of [`Clock::File`]. A release build does not even know the name.
#[cfg(debug_assertions)]
const TEST_CLOCK: &str = "SURGUCH_TEST_CLOCK";

impl Clock {
    /// The clock of this process.
    pub(crate) fn from_environment() -> Self {
        #[cfg(debug_assertions)]
        if let Some(path) = std::env::var_os(TEST_CLOCK) {
            return Self::File(PathBuf::from(path));
        }
        Self::System
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        let machine = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
        };
        match self {
            Self::System => machine(),
            #[cfg(debug_assertions)]
            // A test that is just rewriting the file gets the machine's time only if it leaves no number at all for 100 ms.
            Self::File(path) => (0..20)
                .find_map(|attempt| {
                    if attempt > 0 {
                        std::thread::sleep(std::time::Duration::from_millis(5));
                    }
                    std::fs::read_to_string(path).ok()?.trim().parse().ok().map(Timestamp)
                })
                .unwrap_or_else(machine),
        }
    }

    /// Whether time may jump, so that sleeping for a computed span is wrong.
    pub(crate) fn may_jump(&self) -> bool {
        match self {
            Self::System => false,
            #[cfg(debug_assertions)]
            Self::File(_) => true,
        }
    }

    /// Runs `call` with the moment it is made at.
    pub(crate) fn at<T>(&self, call: impl FnOnce(&mut ra::Moment<'_>) -> T) -> T {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        call(&mut ra::Moment { now: self.now(), rng: &mut rng })
    }
}

/// Random octets from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut octets = [0; N];
    rand_core::Rng::fill_bytes(&mut rand_core::UnwrapErr(getrandom::SysRng), &mut octets);
    octets
}
