//! `cargo xtask walk component`: a renewal from end to end as a client sees it, in a real Chromium with the extension and again over
//! loopback, the component's own program on a software card, a server of this tree. Brings what it needs and builds it first.

use anyhow::bail;

use crate::machine::{cargo, succeed};
use crate::packages;

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    match arguments {
        [what] if what == "component" => component(),
        _ => bail!("`cargo xtask walk` knows `component`"),
    }
}

fn component() -> anyhow::Result<()> {
    packages::ensure(packages::FOR_BROWSER)?;
    packages::ensure_browser_driver()?;
    succeed(&mut cargo(&["build", "--locked", "-p", "surguch-component"]))?;
    let tests = ["test", "--locked", "-p", "surguch-server", "--test", "it", "--", "component_in_chromium::"];
    // The walk is about the client's side: one database is enough for it.
    succeed(cargo(&tests).env("SURGUCH_TEST_SQLITE_ONLY", "1"))
}
