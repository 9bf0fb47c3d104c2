//! The host as browsers start it, and the listener: what other sites and other users of the machine get, and what happens when somebody leaves.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use statement::bounded::Text;
use statement::ticket::{MediumRule, Nothing, Operation};
use surguch_component::host::CHROMIUM_EXTENSION;

use crate::bench::{Bench, GOST, ORIGIN, PIN, done, make_key, refused};
use crate::operations::with_certificate;

const OTHER_ORIGIN: &str = "https://other.example";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One browser's host.
struct Host {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
}

impl Host {
    fn start(bench: &Bench) -> Self {
        let mut command = bench.command(&[&format!("chrome-extension://{CHROMIUM_EXTENSION}/")]);
        command.env("SURGUCH_TEST_PROMPT", bench.path("script")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        Self { input: child.stdin.take(), output: child.stdout.take().unwrap(), child }
    }

    /// As the extension passes a page's message on.
    fn say(&mut self, origin: &str, message: &Value) {
        let octets = serde_json::to_vec(&json!({ "origin": origin, "message": message })).unwrap();
        let input = self.input.as_mut().unwrap();
        input.write_all(&u32::try_from(octets.len()).unwrap().to_ne_bytes()).unwrap();
        input.write_all(&octets).unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut length = [0; 4];
        self.output.read_exact(&mut length).unwrap();
        let mut octets = vec![0; usize::try_from(u32::from_ne_bytes(length)).unwrap()];
        self.output.read_exact(&mut octets).unwrap();
        serde_json::from_slice(&octets).unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A request of the bank's page that waits for a second card; the file that says it is there.
fn waiting_for_a_card(bench: &Bench, host: &mut Host, current: &crypto::Certificate) -> std::path::PathBuf {
    let there = bench.path("there");
    let script =
        format!("consent yes\ncard when {}\nmedium 0\npin {PIN}\nsigning yes\npin {PIN}\nsuccess yes", there.display());
    bench.write_script(&script);
    host.say(ORIGIN, &bench.call(&bench.ticket(make_key(GOST, MediumRule::Other, Some(current)))));
    assert_eq!(host.hear()["answer"]["kind"], "started");
    wait("no card was asked for", || bench.questions().contains(&"card".to_owned()));
    there
}

#[test]
fn a_second_site_or_browser_hears_that_the_component_is_busy_and_ends_nobodys_work() {
    let bench = Bench::new();
    bench.card("10000030");
    let current = with_certificate(&bench, 1);
    let mut host = Host::start(&bench);
    let there = waiting_for_a_card(&bench, &mut host, &current);

    let mut theirs = bench.ticket(Operation::ListTokens(Nothing {}));
    theirs.origin = Text::new(OTHER_ORIGIN).unwrap();
    host.say(OTHER_ORIGIN, &bench.call(&theirs));
    assert_eq!(refused(&[host.hear()]), "busy");
    host.say(OTHER_ORIGIN, &json!({ "v": 1, "id": "c", "call": { "kind": "cancel" } }));
    assert_eq!(refused(&[host.hear()]), "cancelled", "what it had none of is given up");
    let mut other_browser = Host::start(&bench);
    other_browser.say(OTHER_ORIGIN, &bench.call(&theirs));
    assert_eq!(refused(&[other_browser.hear()]), "busy");

    bench.card("10000031");
    std::fs::write(there, "").unwrap();
    assert_eq!(done(&[host.hear()])["serial"], "10000031", "the first site's work went on");
    assert!(!bench.asked().contains(OTHER_ORIGIN), "nobody was asked for the other one");
}

#[test]
fn the_browser_is_closed_or_killed_and_the_request_is_made_afterwards() {
    for killed in [false, true] {
        let bench = Bench::new();
        bench.card("10000032");
        let current = with_certificate(&bench, 1);
        let mut host = Host::start(&bench);
        let there = waiting_for_a_card(&bench, &mut host, &current);
        if killed {
            host.child.kill().unwrap();
        } else {
            drop(host.input.take());
        }
        assert_eq!(host.child.wait().unwrap().success(), !killed);
        // The process of the operation ends too and gives its turn back.
        let memory = surguch_component::memory::Memory::in_folder(bench.path("state/surguch-component"));
        wait("the operation outlives its browser", || memory.take_turn().is_ok());
        std::fs::write(there, "").unwrap();

        bench.card("10000033");
        let script = format!("consent yes\nmedium 0\npin {PIN}\nsigning yes\npin {PIN}\nsuccess yes");
        let made = bench.run(make_key(GOST, MediumRule::Other, Some(&current)), &script);
        assert_eq!(done(&made)["serial"], "10000033");
    }
}

#[test]
fn another_user_of_the_machine_gets_no_answer_and_reads_nothing() {
    let bench = Bench::new();
    bench.card("10000034");
    with_certificate(&bench, 1);
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let key = hex::encode(crypto::Signer::public_key(&bench.bank).spki_sha256());
    bench.set_policy(&format!(
        "[[site]]\norigin = {ORIGIN:?}\nbank_key_sha256 = {key:?}\n[loopback]\nenabled = true\nport = {port}\n"
    ));
    let mut listener = bench.command(&["serve"]).spawn().unwrap();
    wait("nobody listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());

    let url = format!("http://127.0.0.1:{port}/v1/message");
    let origin = format!("origin: {ORIGIN}");
    let ask = |before: &[&str]| {
        let mut words = before.to_vec();
        words.extend(["curl", "--silent", "--max-time", "30", "--header", &origin]);
        words.extend(["--header", "content-type: application/json"]);
        words.extend(["--data", r#"{"v":1,"id":"7","call":{"kind":"hello"}}"#, &url]);
        let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    };
    let own = ask(&[]);
    // Root alone can be somebody else; for the others the kernel's table is read in a test of its own.
    let is_root = bench.path("").metadata().unwrap().uid() == 0;
    let others = is_root.then(|| ask(&["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]));
    listener.kill().unwrap();
    listener.wait().unwrap();

    assert_eq!(own["answer"]["kind"], "hello", "{own}");
    if let Some(others) = others {
        assert_eq!(refused(std::slice::from_ref(&others)), "peer-refused", "the right headers do not help: {others}");
    }
    let state = bench.path("state/surguch-component");
    assert_eq!(state.metadata().unwrap().mode() & 0o777, 0o700);
    let mut files = 0;
    for entry in std::fs::read_dir(&state).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{}", entry.path().display());
        files += 1;
    }
    assert!(files >= 2, "what is remembered and a lock");
}
