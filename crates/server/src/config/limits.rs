//! `[limits]`: every number that stands between the server and too much of something, with its reason.

use super::ConfigError;

/// As written.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsConfig {
    /// Largest body of a request, octets. A CMS with a long chain of RSA certificates is under 20 KiB.
    body_bytes: usize,
    /// Largest form with files that staff send, octets: a scan, or the files of an import.
    upload_bytes: usize,
    /// Requests a minute from one address to the doors that can be guessed at: mailed links and sign-in.
    guesses_per_minute: u32,
    /// Applications a minute for one organisation at the public door, from whatever addresses.
    applications_per_minute: u32,
    /// Addresses whose tries are remembered, and organisations; those beyond share one count. About 100 octets each.
    addresses: usize,
    /// Seconds for the head of a request; also how long an idle connection waits for its next one, and how long what is left of a refused body is
    /// read.
    head_seconds: u64,
    /// Seconds after which a request is given up.
    request_seconds: u64,
    /// Requests worked on at once; those beyond get 503 at once instead of waiting in memory.
    concurrent_requests: usize,
    /// Calls into the registration authority at once: they block a thread each.
    blocking_calls: usize,
    /// Requests of one page of the desk's queue.
    page: usize,
    /// Seconds that a stop waits for requests under way.
    stop_seconds: u64,
    /// Seconds that claimed work belongs to one worker; after a crash it lies still for as long.
    lease_seconds: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            upload_bytes: 16 * 1024 * 1024,
            guesses_per_minute: 60,
            applications_per_minute: 10,
            addresses: 10_000,
            head_seconds: 15,
            request_seconds: 30,
            concurrent_requests: 1_024,
            blocking_calls: 16,
            page: 100,
            stop_seconds: 20,
            lease_seconds: 30,
        }
    }
}

/// Validated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) body_bytes: usize,
    pub(crate) upload_bytes: usize,
    pub(crate) guesses_per_minute: u32,
    pub(crate) applications_per_minute: u32,
    pub(crate) addresses: usize,
    pub(crate) head_seconds: u64,
    pub(crate) request_seconds: u64,
    pub(crate) concurrent_requests: usize,
    pub(crate) blocking_calls: usize,
    pub(crate) page: usize,
    pub(crate) stop_seconds: u64,
    pub(crate) lease_seconds: u64,
}

impl LimitsConfig {
    pub(crate) fn validate(self) -> Result<Limits, ConfigError> {
        let within = |key: &str, value: u64, least: u64, most: u64| {
            if (least..=most).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::at(&format!("limits.{key}"), format!("must be {least} to {most}")))
            }
        };
        let wide = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        within("body_bytes", wide(self.body_bytes), 16 * 1024, 16 * 1024 * 1024)?;
        within("upload_bytes", wide(self.upload_bytes), 16 * 1024, 256 * 1024 * 1024)?;
        within("guesses_per_minute", u64::from(self.guesses_per_minute), 1, 1_000_000)?;
        within("applications_per_minute", u64::from(self.applications_per_minute), 1, 1_000_000)?;
        within("addresses", wide(self.addresses), 16, 10_000_000)?;
        within("head_seconds", self.head_seconds, 1, 600)?;
        within("request_seconds", self.request_seconds, 1, 600)?;
        within("concurrent_requests", wide(self.concurrent_requests), 1, 65_536)?;
        within("blocking_calls", wide(self.blocking_calls), 1, 256)?;
        within("page", wide(self.page), 1, 1_000)?;
        within("stop_seconds", self.stop_seconds, 1, 600)?;
        within("lease_seconds", self.lease_seconds, 1, 3_600)?;
        Ok(Limits {
            body_bytes: self.body_bytes,
            upload_bytes: self.upload_bytes,
            guesses_per_minute: self.guesses_per_minute,
            applications_per_minute: self.applications_per_minute,
            addresses: self.addresses,
            head_seconds: self.head_seconds,
            request_seconds: self.request_seconds,
            concurrent_requests: self.concurrent_requests,
            blocking_calls: self.blocking_calls,
            page: self.page,
            stop_seconds: self.stop_seconds,
            lease_seconds: self.lease_seconds,
        })
    }
}
