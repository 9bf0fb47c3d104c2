//! `surguch serve`: runs until SIGTERM or SIGINT, then finishes what is under way.

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Settings;
use crate::server::{Running, bind, start_log};
use crate::terminal::tell_word;

pub(super) fn run(settings: Settings) -> anyhow::Result<()> {
    start_log(settings.log);
    let listener = bind(settings.listen)?;
    let origin = settings.origin.clone();
    // Listened for before anything is opened: a signal during the start is answered right after it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    let running = Running::start(settings, listener)?;
    tell_word("listening", &[("address", running.address().to_string()), ("url", origin)]);
    runtime.block_on(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
    tell_word("stopping", &[]);
    running.stop()?;
    tell_word("stopped", &[]);
    Ok(())
}
