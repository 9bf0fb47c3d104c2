//! Pictures of the component's windows for a person to look at: each sample window, language, theme and scale on a virtual screen. Whether a text is
//! cut is the tests' business; whether it is ugly is not theirs.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::machine::{answer, root, succeed, target_directory};
use crate::packages;

/// Of all windows, or of those whose names begin with one of the words.
pub(crate) fn run(wanted: &[String]) -> anyhow::Result<()> {
    packages::ensure(packages::FOR_TESTS)?;
    let build = ["build", "--package", "surguch-component", "--example", "gallery"];
    succeed(Command::new("cargo").args(build).current_dir(root()))?;
    let gallery = target_directory()?.join("debug/examples/gallery");
    let pictures = target_directory()?.join("windows");
    std::fs::create_dir_all(&pictures)?;
    let names = answer(Command::new(&gallery).arg("list"))?;
    let is_wanted = |name: &&str| wanted.is_empty() || wanted.iter().any(|word| name.starts_with(word.as_str()));
    let screen = Screen::start()?;
    let mut count = 0;
    for name in names.lines().filter(is_wanted) {
        for language in ["ru", "en"] {
            for theme in ["light", "dark"] {
                for scale in ["1", "1.5", "2"] {
                    let picture = pictures.join(format!("{name}-{language}-{theme}-{scale}.png"));
                    screen.picture(&gallery, [name, language, theme], scale, &picture)?;
                    count += 1;
                }
            }
        }
        println!("{name}");
    }
    println!("{count} pictures in {}", pictures.display());
    Ok(())
}

/// A virtual screen of the commonest size, with a window manager; ended with the value.
pub(crate) struct Screen {
    display: String,
    runtime: tempfile::TempDir,
    children: Vec<Child>,
}

impl Screen {
    pub(crate) fn start() -> anyhow::Result<Self> {
        // A server that resets when its last client leaves turns away whoever is just coming.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting Xvfb")?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().context("Xvfb has an output")?).read_line(&mut number)?;
        let display = format!(":{}", number.trim());
        let mut screen = Self { display, runtime: tempfile::tempdir()?, children: vec![server] };
        let manager = screen
            .command("openbox")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting openbox")?;
        screen.children.push(manager);
        Ok(screen)
    }

    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display).env("XDG_RUNTIME_DIR", self.runtime.path());
        command.env_remove("WAYLAND_DISPLAY");
        command
    }

    fn picture(&self, gallery: &Path, sample: [&str; 3], scale: &str, picture: &Path) -> anyhow::Result<()> {
        let mut command = self.command(gallery);
        command.arg("show").args(sample).env("WINIT_X11_SCALE_FACTOR", scale).stdout(Stdio::null());
        let mut child = command.spawn()?;
        let taken = self.take(&mut child, picture);
        child.kill().ok();
        child.wait()?;
        taken.with_context(|| format!("{sample:?} at {scale}"))
    }

    fn take(&self, child: &mut Child, picture: &Path) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_secs(60);
        let window = loop {
            let pid = child.id().to_string();
            let found = self.command("xdotool").args(["search", "--onlyvisible", "--pid", &pid]).output()?;
            if let Some(window) = String::from_utf8(found.stdout)?.lines().next() {
                break window.to_owned();
            }
            if child.try_wait()?.is_some() || Instant::now() > until {
                bail!("no window came");
            }
            sleep(Duration::from_millis(50));
        };
        // Past the half second in which its buttons are off.
        sleep(Duration::from_millis(1500));
        let picture: PathBuf = picture.into();
        succeed(self.command("import").args(["-window", &window]).arg(picture))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
