//! A virtual screen with a window manager, and a person at it who hears (AT-SPI) what the component's window says and presses real keys. Nothing is
//! pressed on a guess: the person waits until the window says what is due and until the control that is meant has the keyboard.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::bank::PATIENCE;

pub(crate) struct Screen {
    display: String,
    bus: String,
    reader: Connection,
    children: Vec<Child>,
}

/// What a screen reader is told of one control.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Control {
    role: u32,
    name: String,
    is_on: bool,
    has_keyboard: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        // Without auto-repeat: on a busy machine a key that is not let go of in time would be typed twice. A server that resets when its last
        // client leaves turns away whoever is just coming.
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1366x768x24", "-nolisten", "tcp", "-noreset", "-r"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let display = format!(":{}", first_line(&mut server));
        let mut daemon = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .env("DISPLAY", &display)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let bus = first_line(&mut daemon);
        let reader = reader(&bus);
        let manager = Command::new("openbox").env("DISPLAY", &display).stderr(Stdio::null()).spawn().unwrap();
        let screen = Self { display, bus, reader, children: vec![server, daemon, manager] };
        // A window that is there before the manager is mapped anew by it and loses the keyboard; only a manager says how many desktops there are.
        screen.wait("openbox manages nothing", |screen| !screen.xdotool(&["get_num_desktops"]).is_empty());
        screen
    }

    /// Where a program finds this screen and this bus.
    pub(crate) fn dress<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("DISPLAY", &self.display).env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The component's window, if it is to be seen.
    pub(crate) fn window(&self) -> Option<String> {
        self.xdotool(&["search", "--onlyvisible", "--class", "surguch"]).lines().next().map(str::to_owned)
    }

    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < PATIENCE, "{what}; the window says {:#?}", self.controls());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The window says this now, has the keyboard, and is deaf no more.
    pub(crate) fn until(&self, says: &str) {
        self.until_any(&[says]);
    }

    /// The window says one of these.
    pub(crate) fn until_any(&self, says: &[&str]) {
        self.wait(&format!("nobody asks {says:?}"), |screen| {
            let Some(window) = screen.window() else { return false };
            if screen.xdotool(&["getwindowfocus"]).trim() != window {
                screen.xdotool(&["windowfocus", "--sync", &window]);
                // The window is deaf anew once it has learnt of it, which no control tells.
                std::thread::sleep(Duration::from_secs(1));
                return false;
            }
            let controls = screen.controls();
            controls.iter().any(|control| says.iter().any(|words| control.name.contains(words)))
                && controls.iter().any(|control| control.role == BUTTON && control.is_on)
        });
    }

    /// No window is left.
    pub(crate) fn until_gone(&self) {
        self.wait("the window stays", |screen| screen.window().is_none());
    }

    /// Steps to the button or choice with the Tab key and presses the space bar.
    pub(crate) fn press(&self, name: &str) {
        self.step_to(name);
        self.key("space");
    }

    /// Steps to the field with the Tab key and types.
    pub(crate) fn enter(&self, field: &str, text: &str) {
        self.step_to(field);
        self.xdotool(&["type", "--delay", "40", text]);
    }

    /// Every text of the window, one a line.
    pub(crate) fn text(&self) -> String {
        self.controls().into_iter().map(|control| control.name + "\n").collect()
    }

    pub(crate) fn key(&self, key: &str) {
        self.xdotool(&["key", key]);
    }

    /// Presses it and waits until the window says something else.
    pub(crate) fn turn(&self, key: &str) {
        let before = self.text();
        self.key(key);
        self.wait("the key turns nothing", |screen| screen.text() != before);
    }

    fn step_to(&self, name: &str) {
        let began = Instant::now();
        loop {
            let controls = self.controls();
            let wanted = controls.iter().find(|control| control.role != LABEL && control.name.starts_with(name));
            if wanted.is_some_and(|control| control.is_on && control.has_keyboard) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "no way to «{name}»: {controls:#?}");
            let before = with_keyboard(&controls).cloned();
            if wanted.is_some_and(|control| control.is_on) && before.is_some() {
                // One at a time, however long the window takes over what was pressed before: a second one would step too far.
                self.key("Tab");
                self.wait("Tab moves nothing", |screen| with_keyboard(&screen.controls()) != before.as_ref());
            } else {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Everything that a screen reader hears of the component, in order.
    fn controls(&self) -> Vec<Control> {
        let mut controls = Vec::new();
        for (owner, path) in self.children_of("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root") {
            if self.name_of(&owner, &path).is_some_and(|name| name.contains("surguch")) {
                self.hear(&owner, &path, &mut controls);
            }
        }
        controls
    }

    /// Depth first. What vanishes while it is read is left out: the caller looks again.
    fn hear(&self, owner: &str, path: &str, heard: &mut Vec<Control>) {
        let ask = |method: &str| self.reader.call_method(Some(owner), path, Some(ACCESSIBLE), method, &());
        let (Ok(role), Ok(state)) = (ask("GetRole"), ask("GetState")) else { return };
        let Some(name) = self.name_of(owner, path) else { return };
        let role: u32 = role.body().deserialize().unwrap();
        let state: Vec<u32> = state.body().deserialize().unwrap();
        let is = |bit: u32| state[0] & (1 << bit) != 0;
        if [LABEL, PASSWORD, BUTTON, RADIO, ENTRY, DOCUMENT].contains(&role) {
            heard.push(Control { role, name, is_on: is(ENABLED), has_keyboard: is(FOCUSED) });
        }
        for (owner, path) in self.children_of(owner, path) {
            self.hear(&owner, &path, heard);
        }
    }

    fn children_of(&self, owner: &str, path: &str) -> Vec<(String, String)> {
        let answer = self.reader.call_method(Some(owner), path, Some(ACCESSIBLE), "GetChildren", &());
        let Ok(answer) = answer else { return Vec::new() };
        let children: Vec<(String, OwnedObjectPath)> = answer.body().deserialize().unwrap();
        children.into_iter().map(|(owner, path)| (owner, path.to_string())).collect()
    }

    fn name_of(&self, owner: &str, path: &str) -> Option<String> {
        let answer = self.reader.call_method(Some(owner), path, PROPERTIES, "Get", &(ACCESSIBLE, "Name")).ok()?;
        answer.body().deserialize::<OwnedValue>().unwrap().try_into().ok()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A screen reader that programs know to be there: only then do they tell anything.
fn reader(bus: &str) -> Connection {
    let session = Builder::address(bus).unwrap().build().unwrap();
    for property in ["IsEnabled", "ScreenReaderEnabled"] {
        let set = ("org.a11y.Status", property, Value::from(true));
        session.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", PROPERTIES, "Set", &set).unwrap();
    }
    let answer = session.call_method(Some("org.a11y.Bus"), "/org/a11y/bus", Some("org.a11y.Bus"), "GetAddress", &());
    let address: String = answer.unwrap().body().deserialize().unwrap();
    Builder::address(address.as_str()).unwrap().build().unwrap()
}

fn with_keyboard(controls: &[Control]) -> Option<&Control> {
    controls.iter().find(|control| control.has_keyboard)
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

const PROPERTIES: Option<&str> = Some("org.freedesktop.DBus.Properties");
const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
/// `AtspiRole`, frozen numbers.
const LABEL: u32 = 29;
const PASSWORD: u32 = 40;
const BUTTON: u32 = 43;
const RADIO: u32 = 44;
const ENTRY: u32 = 79;
const DOCUMENT: u32 = 82;
/// `AtspiStateType`, bits of the first word.
const ENABLED: u32 = 8;
const FOCUSED: u32 = 12;
