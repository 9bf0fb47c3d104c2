//! The windows on a real screen (Xvfb with a window manager): keys pressed by xdotool, names and roles read over AT-SPI.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use eframe::egui::Role;

use crate::window_samples as samples;
use crate::windows::heard_in;

/// A screen of its own, with a window manager and a session bus; ended with the value.
struct Screen {
    number: String,
    runtime: tempfile::TempDir,
    bus: String,
    children: Vec<Child>,
}

impl Screen {
    /// Without auto-repeat: on a busy machine a key that is not let go of in time would be typed twice.
    fn start() -> Self {
        Self::start_with(&["-r"])
    }

    fn start_with(more: &[&str]) -> Self {
        let mut server = Command::new("Xvfb");
        // A server that resets when its last client leaves turns away whoever is just coming.
        server.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]).args(more);
        let mut server =
            server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Debian's xvfb is installed");
        let number = format!(":{}", first_line(&mut server));
        let runtime = tempfile::tempdir().unwrap();
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"])
            .env("DISPLAY", &number)
            .env("XDG_RUNTIME_DIR", runtime.path());
        let mut bus = bus.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Debian's dbus is installed");
        let address = first_line(&mut bus);
        let mut screen = Self { number, runtime, bus: address, children: vec![server, bus] };
        let manager = screen
            .command("openbox")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Debian's openbox is installed");
        screen.children.push(manager);
        screen.wait_for_manager();
        screen
    }

    /// A window that is there before the manager is mapped anew by it and loses the keyboard.
    fn wait_for_manager(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            // Only a manager says how many desktops there are.
            let mut asked = self.command("xdotool");
            asked.arg("get_num_desktops").stdout(Stdio::null()).stderr(Stdio::null());
            if asked.status().expect("Debian's xdotool is installed").success() {
                return;
            }
            assert!(Instant::now() < until, "openbox manages nothing");
            sleep(Duration::from_millis(20));
        }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.number).env("XDG_RUNTIME_DIR", self.runtime.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus).env_remove("WAYLAND_DISPLAY");
        command
    }

    fn show(&self, sample: &str) -> Shown<'_> {
        self.start_gallery(&["show", sample, "ru", "light"])
    }

    fn start_gallery(&self, arguments: &[&str]) -> Shown<'_> {
        let mut command = self.command(gallery());
        let child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut shown = Shown { screen: self, child, window: String::new() };
        shown.window = shown.wait_for_window();
        shown
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

/// One window of the component, in a process of its own.
struct Shown<'a> {
    screen: &'a Screen,
    child: Child,
    window: String,
}

impl Shown<'_> {
    fn wait_for_window(&mut self) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let pid = self.child.id().to_string();
            let found = self.screen.command("xdotool").args(["search", "--onlyvisible", "--pid", &pid]).output();
            let found = String::from_utf8(found.expect("Debian's xdotool is installed").stdout).unwrap();
            if let Some(window) = found.lines().next() {
                return window.to_owned();
            }
            assert!(self.child.try_wait().unwrap().is_none(), "the program ended without a window");
            assert!(Instant::now() < until, "no window came");
            sleep(Duration::from_millis(50));
        }
    }

    fn xdotool(&self, arguments: &[&str]) {
        let ended = self.screen.command("xdotool").args(arguments).status().unwrap();
        assert!(ended.success(), "xdotool {arguments:?}");
    }

    fn front(&self) {
        self.xdotool(&["windowfocus", "--sync", &self.window]);
    }

    /// Longer than the half second in which the window is deaf, on a busy machine too.
    fn settle(&self) {
        sleep(Duration::from_millis(1500));
    }

    fn answer(mut self) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "the window was not answered");
            sleep(Duration::from_millis(50));
        }
        let mut said = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        said.trim().to_owned()
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// The program that shows one sample window; the example of this crate. A run of all tests has built it beside them; where
/// only this binary was asked for, or the crate is newer than it, it is built here.
pub(crate) fn gallery() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let here = std::env::current_exe().unwrap();
            let built = here.ancestors().nth(2).unwrap();
            let gallery = built.join("examples/gallery");
            let sources = ["src", "locales", "examples"].map(|part| Path::new(env!("CARGO_MANIFEST_DIR")).join(part));
            if last_changed(&gallery) <= sources.iter().map(|folder| last_changed(folder)).max().unwrap() {
                let mut build = Command::new(env!("CARGO"));
                build.args(["build", "--quiet", "--example", "gallery"]).current_dir(env!("CARGO_MANIFEST_DIR"));
                assert!(build.status().unwrap().success());
            }
            gallery
        })
        .clone()
}

/// Of a file, or of the newest in a folder; `None`, which is before all times, where there is none.
fn last_changed(place: &Path) -> Option<SystemTime> {
    match std::fs::read_dir(place) {
        Ok(folder) => folder.map(|entry| last_changed(&entry.unwrap().path())).max().flatten(),
        Err(_) => place.metadata().and_then(|about| about.modified()).ok(),
    }
}

#[test]
fn real_keys_on_a_real_screen_answer_the_windows() {
    let screen = Screen::start();

    let pin = screen.show("05-pin");
    pin.front();
    pin.settle();
    pin.xdotool(&["type", "--delay", "40", "12345679"]);
    pin.xdotool(&["key", "--delay", "40", "BackSpace", "8", "Return"]);
    assert_eq!(pin.answer(), "pin of 8 characters, last attempt confirmed: false");

    let refused = screen.show("01-consent");
    refused.front();
    refused.settle();
    refused.xdotool(&["key", "--delay", "40", "Tab", "Return"]);
    assert_eq!(refused.answer(), "Declined");

    let signed = screen.show("11-signing-long");
    signed.front();
    signed.settle();
    // Not before the last page: then «Подписать» has the keyboard.
    signed.xdotool(&["key", "--delay", "40", "Return", "space", "Return"]);
    for _ in 0..12 {
        signed.xdotool(&["key", "Next"]);
        sleep(Duration::from_millis(120));
    }
    signed.xdotool(&["key", "Return"]);
    assert_eq!(signed.answer(), "agreed");

    let closed = screen.show("03-medium");
    closed.front();
    closed.settle();
    closed.xdotool(&["key", "alt+F4"]);
    assert_eq!(closed.answer(), "Declined", "a closed window is a refusal");
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_took_or_lost_a_pin_has_none_in_its_memory() {
    let screen = Screen::start();
    // Escape, and the answer taken and wiped by the operation.
    for (key, told) in [("Escape", "Declined"), ("Return", "pin of 10 characters, last attempt confirmed: false")] {
        let mut pin = screen.start_gallery(&["hold", "05-pin"]);
        pin.front();
        pin.settle();
        let secret = "7301559046";
        pin.xdotool(&["type", "--delay", "40", secret]);
        pin.settle();
        assert!(places_in_memory(pin.child.id(), secret) > 0, "otherwise this would prove nothing");
        pin.xdotool(&["key", key]);
        assert_eq!(first_line(&mut pin.child), told);
        sleep(Duration::from_millis(300));
        assert_eq!(places_in_memory(pin.child.id(), secret), 0, "{key}");
        drop(pin.child.stdin.take());
        assert_eq!(pin.answer(), "");
    }
}

/// How often the text stands in the writable memory of a process. grep looks: an unoptimised test would take half a minute.
#[cfg(target_os = "linux")]
fn places_in_memory(process: u32, text: &str) -> usize {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mut memory = std::fs::File::open(format!("/proc/{process}/mem")).unwrap();
    let mut all = tempfile::NamedTempFile::new().unwrap();
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw"))) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        let mut octets = vec![0; (to - from) as usize];
        memory.seek(SeekFrom::Start(from)).unwrap();
        // Memory of the graphics driver that cannot be read this way holds none of our strings.
        if memory.read_exact(&mut octets).is_ok() {
            all.write_all(&octets).unwrap();
        }
    }
    let mut grep = Command::new("grep");
    let found = grep.args(["--text", "--only-matching", "--fixed-strings", text]).arg(all.path()).output().unwrap();
    String::from_utf8(found.stdout).unwrap().lines().count()
}

#[test]
fn a_key_held_while_the_window_appears_answers_nothing() {
    let screen = Screen::start_with(&[]);
    assert!(screen.command("xdotool").args(["keydown", "Return"]).status().unwrap().success());
    let mut consent = screen.show("01-consent");
    consent.front();
    consent.settle();
    assert!(consent.child.try_wait().unwrap().is_none(), "it is still open");
    consent.xdotool(&["keyup", "Return"]);
    consent.xdotool(&["key", "Return"]);
    assert_eq!(consent.answer(), "agreed", "pressed anew it counts");
}

#[test]
fn a_screen_reader_gets_every_control_over_at_spi() {
    let screen = Screen::start();
    let session = bus(&screen.bus);
    for property in ["IsEnabled", "ScreenReaderEnabled"] {
        let value = zbus::zvariant::Value::from(true);
        let set = ("org.a11y.Status", property, value);
        session.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", PROPERTIES, "Set", &set).unwrap();
    }
    let answer = session.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", Some("org.a11y.Bus"), "GetAddress", &());
    let reader = bus(&answer.unwrap().body().deserialize::<String>().unwrap());

    let mut controls = 0;
    for (name, question) in samples::all() {
        let mut wanted = Vec::new();
        for (role, spoken) in heard_in(question) {
            match role {
                Role::Label => wanted.push((LABEL, spoken)),
                Role::PasswordInput => wanted.push((PASSWORD, spoken)),
                Role::Button => wanted.push((BUTTON, spoken)),
                Role::RadioButton => wanted.push((RADIO, spoken)),
                _ => {}
            }
        }
        let shown = screen.show(name);
        let until = Instant::now() + Duration::from_secs(30);
        let mut heard = Vec::new();
        while Instant::now() < until {
            heard.clear();
            hear(&reader, "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root", &mut heard);
            heard.retain(|(role, _)| [LABEL, PASSWORD, BUTTON, RADIO].contains(role));
            if heard == wanted {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        assert_eq!(heard, wanted, "{name}");
        controls += heard.iter().filter(|(role, _)| *role != LABEL).count();
        drop(shown);
    }
    assert!(controls > 30, "{controls}");
}

fn bus(address: &str) -> zbus::blocking::Connection {
    zbus::blocking::connection::Builder::address(address).unwrap().build().unwrap()
}

/// Role and name of everything below, depth first. What vanishes while it is read is left out; the caller compares with what has to be there.
fn hear(reader: &zbus::blocking::Connection, owner: &str, path: &str, heard: &mut Vec<(u32, String)>) {
    let ask = |interface: &str, method: &str| reader.call_method(Some(owner), path, Some(interface), method, &());
    let Ok(role) = ask(ACCESSIBLE, "GetRole") else { return };
    let name = reader.call_method(Some(owner), path, PROPERTIES, "Get", &(ACCESSIBLE, "Name"));
    let Ok(name) = name else { return };
    let name: String = name.body().deserialize::<zbus::zvariant::OwnedValue>().unwrap().try_into().unwrap();
    heard.push((role.body().deserialize().unwrap(), name));
    let Ok(children) = ask(ACCESSIBLE, "GetChildren") else { return };
    let children: Vec<(String, zbus::zvariant::OwnedObjectPath)> = children.body().deserialize().unwrap();
    for (owner, path) in children {
        hear(reader, &owner, path.as_str(), heard);
    }
}

const PROPERTIES: Option<&str> = Some("org.freedesktop.DBus.Properties");
/// `AtspiRole`, frozen numbers.
const LABEL: u32 = 29;
const PASSWORD: u32 = 40;
const BUTTON: u32 = 43;
const RADIO: u32 = 44;
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";

#[test]
fn of_two_windows_at_once_the_second_is_not_shown() {
    let screen = Screen::start();
    let first = screen.show("01-consent");
    let mut second = screen.command(gallery());
    let second = second.args(["show", "05-pin", "ru", "light"]).output().unwrap();
    let said = String::from_utf8(second.stdout).unwrap();
    assert_eq!(said.trim(), "Unavailable(\"another window of the component is open\")");
    first.front();
    first.settle();
    first.xdotool(&["key", "Return"]);
    assert_eq!(first.answer(), "agreed", "the first one was not disturbed");
}

#[test]
fn without_a_display_the_operation_learns_that_there_is_none() {
    let mut command = Command::new(gallery());
    command
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env_remove("XDG_RUNTIME_DIR");
    let said = command.args(["show", "05-pin", "ru", "light"]).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.starts_with("Unavailable("), "{said}");
}
