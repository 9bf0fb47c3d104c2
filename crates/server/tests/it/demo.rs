//! The newcomer's first minutes: `surguch demo` from an empty folder, what it leaves, and the commands it prints, run as they are printed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use crate::bank::{PATIENCE, free_port, stderr, stdout};
use crate::look::{check_html, module};

#[path = "../../../component/tests/it/terminal_session.rs"]
mod terminal_session;

use terminal_session::Terminal;

/// A new one comes with a port of its own: no test takes the port that a reader's own demo may have.
fn new_demo(folder: &Path, arguments: &[&str]) -> Command {
    demo(folder, &[arguments, &["--port", &free_port().to_string()]].concat())
}

/// `surguch demo` in a folder, with no configuration and an English terminal.
fn demo(folder: &Path, arguments: &[&str]) -> Command {
    demo_of(Path::new(env!("CARGO_BIN_EXE_surguch")), folder, arguments)
}

fn demo_of(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .arg("demo")
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("SURGUCH_CONFIG")
        .stdin(Stdio::null());
    command
}

/// The commands among the lines of a demo, as a reader would copy them.
fn commands<'a>(text: &'a str, program: &str) -> Vec<&'a str> {
    text.lines()
        .map(str::trim_start)
        .filter(|line| line.split(' ').next().is_some_and(|word| word.ends_with(program)))
        .collect()
}

fn sh(folder: &Path, command: &str) -> Output {
    let output = Command::new("sh").arg("-c").arg(command).current_dir(folder).env("LC_ALL", "C").output().unwrap();
    assert!(output.status.success(), "{command}\n{}\n{}", stdout(&output), stderr(&output));
    output
}

fn ended(output: Output) -> String {
    assert!(output.status.success(), "{}\n{}", stdout(&output), stderr(&output));
    stdout(&output)
}

/// A demo that stays up; killed when the test is over.
struct Staying(Child);

impl Drop for Staying {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Staying {
    /// Reads until the server says that it stays.
    fn until_it_stays(&mut self) -> String {
        let mut text = String::new();
        for line in BufReader::new(self.0.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            text.push_str(&line);
            text.push('\n');
            if line.contains("Ctrl-C") {
                return text;
            }
        }
        panic!("the demo ended by itself:\n{text}");
    }

    fn stop(mut self) {
        assert!(Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap().success());
        let began = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(began.elapsed() < PATIENCE, "does not stop");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

#[test]
fn the_demo_leaves_files_that_its_own_printed_commands_verify() {
    let folder = tempfile::tempdir().unwrap();
    let text = ended(new_demo(folder.path(), &["--once"]).output().unwrap());
    let out = folder.path().join("demo-out");
    for file in ["certificate.pem", "chain.pem", "request.pem", "act.txt", "act.p7s", "journal.jsonl"] {
        assert!(std::fs::metadata(out.join(file)).unwrap().len() > 0, "{file}");
    }
    let printed = commands(&text, "openssl");
    assert_eq!(printed.len(), 4, "{text}");
    for command in printed {
        sh(folder.path(), command);
    }
    let journal = commands(&text, "surguch").into_iter().find(|command| command.ends_with(" journal verify")).unwrap();
    assert!(stderr(&sh(folder.path(), journal)).contains("intact"), "the journal's verdict");
    for line in std::fs::read_to_string(out.join("journal.jsonl")).unwrap().lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }

    // The act that was signed is the one of this certificate.
    let act = std::fs::read_to_string(out.join("act.txt")).unwrap();
    let pem = std::fs::read(out.join("certificate.pem")).unwrap();
    let certificate = crypto::Certificate::from_der(&crypto::der_or_pem(&pem, "CERTIFICATE").unwrap()).unwrap();
    assert!(act.contains(&hex::encode(certificate.serial())), "{act}");

    // The keys are plain, so only their owner reads them.
    use std::os::unix::fs::PermissionsExt as _;
    let mut secrets = 0;
    for place in
        ["identities/rogov/key.pem", "identities/rogov/new-key.pem", "identities/ivanov/key.pem", "data/keys.password"]
    {
        let mode = std::fs::metadata(out.join(place)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{place}");
        secrets += 1;
    }
    assert_eq!(secrets, 4);
}

#[test]
fn a_second_demo_begins_anew_and_a_named_folder_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let serial = || std::fs::read(folder.path().join("demo-out/certificate.pem")).unwrap();
    ended(new_demo(folder.path(), &["--once"]).output().unwrap());
    let first = serial();
    ended(new_demo(folder.path(), &["--once"]).output().unwrap());
    let second = serial();
    assert_ne!(first, second, "the walk was walked again");

    let kept = ended(demo(folder.path(), &["--once", "--data", "demo-out/data"]).output().unwrap());
    assert!(kept.contains("skipped"), "{kept}");
    assert_eq!(serial(), second);

    // A folder of somebody else's is neither used nor touched unless it is named.
    let foreign = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(foreign.path().join("demo-out/data")).unwrap();
    std::fs::write(foreign.path().join("demo-out/data/precious"), "x").unwrap();
    let refused = new_demo(foreign.path(), &["--once"]).output().unwrap();
    assert!(!refused.status.success() && stderr(&refused).contains("no demo made"), "{}", stderr(&refused));
    assert!(foreign.path().join("demo-out/data/precious").exists());
}

#[test]
fn a_taken_port_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = demo(folder.path(), &["--once", "--port", &port]).output().unwrap();
    assert_eq!(refused.status.code(), Some(4), "{}", stderr(&refused));
    assert!(stderr(&refused).contains(&port), "{}", stderr(&refused));
    assert!(!folder.path().join("demo-out").exists(), "nothing was made");
}

#[test]
fn the_reader_goes_on_with_the_request_that_was_left_by_the_printed_commands() {
    let folder = tempfile::tempdir().unwrap();
    let text = ended(new_demo(folder.path(), &["--out", "my files", "--once"]).output().unwrap());
    let serve = commands(&text, "surguch").into_iter().find(|command| command.ends_with(" serve")).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec {serve}")]).current_dir(folder.path()).env("LC_ALL", "C").stderr(Stdio::piped());
    let mut staying = Staying(shell.spawn().unwrap());
    let listening = BufReader::new(staying.0.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(listening.contains("127.0.0.1"), "{listening}");
    let curl = commands(&text, "curl");
    assert_eq!(curl.len(), 2, "{text}");
    let card: serde_json::Value = serde_json::from_slice(&sh(folder.path(), curl[0]).stdout).unwrap();
    assert!(card["allowed"].as_array().unwrap().iter().any(|step| step == "approve"), "{card}");
    sh(folder.path(), curl[1]);
    let walk = commands(&text, "surguch").into_iter().find(|command| command.contains(" walkthrough ")).unwrap();
    sh(folder.path(), walk);
    let files = folder.path().join("my files/ivanov");
    let checked = format!("openssl verify -engine gost -CAfile '{0}/chain.pem' '{0}/certificate.pem'", files.display());
    sh(folder.path(), &checked);
    staying.stop();
}

#[test]
fn a_walkthrough_does_the_same_against_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    ended(new_demo(folder.path(), &["--once"]).output().unwrap());
    let child =
        demo(folder.path(), &["--data", "demo-out/data", "--no-component"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut staying = Staying(child);
    let text = staying.until_it_stays();
    let url =
        text.split_whitespace().find(|word| word.starts_with("http://")).unwrap().trim_end_matches(',').to_owned();
    let (_, procedure) = crate::bank::offered();
    // Rogov's present certificate is good for two weeks more, beside the new one.
    let walk = Command::new(env!("CARGO_BIN_EXE_surguch"))
        .args(["walkthrough", &procedure, "--url", &url, "--out", "again", "--identity", "demo-out/identities/rogov"])
        .args([
            "--staff-token-file",
            "demo-out/staff/operator-1.token",
            "--staff-token-file",
            "demo-out/staff/operator-2.token",
        ])
        .args(["--mailbox", "demo-out/data/mailbox"])
        .current_dir(folder.path())
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = ended(walk);
    assert!(told.contains("signs the act"), "{told}");
    sh(
        folder.path(),
        "openssl cms -engine gost -verify -binary -purpose any -CAfile again/chain.pem -inform PEM -in again/act.p7s -content again/act.txt -out act-as-signed.txt && cmp act-as-signed.txt again/act.txt",
    );
    assert!(folder.path().join("again/new-key.pem").exists());
    staying.stop();
}

/// Status and body.
fn get(url: &str, cookies: &str) -> (String, String) {
    let accept = "Accept: text/html";
    let output = Command::new("curl")
        .args(["-sS", "-H", accept, "-H", "Accept-Language: en", "-b", cookies, "-w", "\n%{http_code}", url])
        .output()
        .unwrap();
    let text = stdout(&output);
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

/// What stands between two marks.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap()
}

const PAGES: [&str; 5] = ["/demo", "/demo/state", "/demo/letters", "/demo/letters/x", "/demo/letters/x/html"];

#[test]
fn the_demonstrations_pages_are_in_the_demonstration_alone_and_its_guide_opens_the_desk() {
    let folder = tempfile::tempdir().unwrap();
    let child = new_demo(folder.path(), &["--no-component"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut staying = Staying(child);
    let text = staying.until_it_stays();
    let first = text.lines().map(str::trim).find(|line| line.ends_with("/demo")).unwrap().to_owned();
    let origin = first.strip_suffix("/demo").unwrap();
    let (status, guide) = get(&first, "");
    assert_eq!(status, "200", "{guide}");
    assert_eq!(get(&format!("{origin}/demo/letters"), "").0, "200");
    assert!(get(origin, "").1.contains("data-component-port"), "pages know the demonstration's component");

    // Login, password and code as the guide shows them are good at the desk.
    let staff = between(&guide, "id=\"staff-title\"", "</section>");
    let shown: Vec<&str> = staff.split("<code").skip(1).map(|rest| between(rest, ">", "<")).collect();
    let jar = folder.path().join("cookies");
    let jar = jar.to_str().unwrap();
    let curl = |arguments: &[&str]| {
        let output = Command::new("curl").args(["-sS", "-b", jar, "-c", jar]).args(arguments).output().unwrap();
        stdout(&output)
    };
    let sign_in = format!("{origin}/desk/sign-in");
    let form = curl(&[&sign_in]);
    let token = between(&form, "name=\"form\" value=\"", "\"");
    let field = |name: &str, value: &str| format!("{name}={value}");
    let answer = curl(&[
        "-o",
        "-",
        "-w",
        "%{http_code} %{redirect_url}",
        "-H",
        &format!("Origin: {origin}"),
        "--data-urlencode",
        &field("form", token),
        "--data-urlencode",
        &field("login", shown[0]),
        "--data-urlencode",
        &field("password", shown[1]),
        "--data-urlencode",
        &field("code", shown[2]),
        &sign_in,
    ]);
    assert!(answer.ends_with(&format!("303 {origin}/desk/requests")), "{answer}");
    staying.stop();

    // The same data behind `serve`: none of the pages, and no page knows of a demonstration.
    let mut serve = Command::new(env!("CARGO_BIN_EXE_surguch"));
    serve.args(["--config", "demo-out/data/surguch.toml", "serve"]).current_dir(folder.path());
    let mut serving = Staying(serve.env("LC_ALL", "C").stderr(Stdio::piped()).spawn().unwrap());
    BufReader::new(serving.0.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    for page in PAGES {
        assert_eq!(get(&format!("{origin}{page}"), "").0, "404", "{page}");
    }
    let (status, home) = get(origin, "");
    assert!(status == "200" && !home.contains("data-component-port") && !home.contains("/demo"), "{home}");
    serving.stop();
}

#[test]
fn a_demonstration_has_its_own_component_its_guide_is_followed_in_a_browser_and_nothing_outlives_it() {
    // As a checkout under umask 002: the group may write where the programs are.
    let built = Path::new(env!("CARGO_BIN_EXE_surguch")).parent().unwrap();
    let programs = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::set_permissions(&programs, std::fs::Permissions::from_mode(0o775)).unwrap();
    for name in ["surguch", "surguch-component", "surguch-softtoken", "libsurguch_softtoken.so"] {
        std::fs::hard_link(built.join(name), programs.path().join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}: `cargo xtask walk component` builds it"));
    }
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let mut command = demo_of(&programs.path().join("surguch"), folder.path(), &["--port", &free_port().to_string()]);
    let script = folder.path().join("script");
    std::fs::write(&script, "").unwrap();
    command.env("HOME", &home).env_remove("XDG_CONFIG_HOME").env(PROMPT, &script);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut staying = Staying(child);
    let text = staying.until_it_stays();
    let first = text.lines().map(str::trim).find(|line| line.ends_with("/demo")).unwrap().to_owned();
    until(|| get(&format!("{first}/state"), "").1.contains("\"good\"").then_some(()));
    let component = folder.path().join("demo-out/data/component");
    for card in ["10000001.card", "10000002.card", "10000003.card"] {
        assert!(component.join("cards").join(card).exists(), "{card}");
    }
    assert!(std::fs::read_dir(&home).unwrap().next().is_none(), "nothing of the user's is touched");

    // It listens, and for this origin alone.
    let policy: toml::Table =
        toml::from_str(&std::fs::read_to_string(component.join("config/surguch/component.toml")).unwrap()).unwrap();
    let port = policy["loopback"]["port"].as_integer().unwrap();
    let origin = first.strip_suffix("/demo").unwrap();
    let asked = |origin: &str| {
        let output = Command::new("curl")
            .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", "OPTIONS", "-H", &format!("Origin: {origin}")])
            .args(["-H", "Access-Control-Request-Method: POST"])
            .arg(format!("http://127.0.0.1:{port}/v1/message"))
            .output()
            .unwrap();
        stdout(&output)
    };
    assert_eq!(asked(origin), "204");
    assert_eq!(asked("http://127.0.0.1:1"), "403");

    follow_the_guide(folder.path(), origin, &script, "guide");
    follow_the_guide(folder.path(), origin, &script, "stranger");

    // A demonstration that is killed takes the component with it.
    staying.0.kill().unwrap();
    staying.0.wait().unwrap();
    let began = Instant::now();
    while asked(origin) != "000" {
        assert!(began.elapsed() < PATIENCE, "the component outlives the demonstration");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn without_a_display_a_demonstration_opens_a_browser_and_asks_for_the_pin_in_its_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (opened, tools, home) = (folder.join("opened"), folder.join("tools"), folder.join("home"));
    std::fs::create_dir(&home).unwrap();
    // Stands for the browser that the user likes best.
    program(&tools.join("xdg-open"), &format!("printf %s \"$1\" >'{0}.part' && mv '{0}.part' '{0}'", opened.display()));
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let command = format!("{} demo --open --port {}", env!("CARGO_BIN_EXE_surguch"), free_port());
    let mut terminal = Terminal::of(&command, |script| {
        script.current_dir(folder).env("PATH", path).env("HOME", &home).env("LC_ALL", "C");
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_CONFIG_HOME", "SURGUCH_CONFIG", PROMPT] {
            script.env_remove(variable);
        }
    });
    terminal.expect("Ctrl-C");
    let first = until(|| std::fs::read_to_string(&opened).ok());
    assert!(first.starts_with("http://127.0.0.1:") && first.ends_with("/demo"), "{first}");
    until(|| get(&format!("{first}/state"), "").1.contains("\"good\"").then_some(()));
    let guide = get(&first, "").1;
    let pin = between(&guide, "type the PIN ", " ").trim_matches(['\u{2068}', '\u{2069}']);

    let mut walk = in_a_browser(folder, first.strip_suffix("/demo").unwrap(), Path::new(""), "terminal").0;
    let walk = walk.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    terminal.expect("Введите «да»").type_line("да");
    terminal.expect("1. ").expect("10000001").expect("Введите номер").type_line("1");
    terminal.expect("Введите PIN-код").expect("ввод не отображается").type_line(pin);
    terminal.expect("Document: sign-in").expect("Введите «да»").type_line("да");
    let walked = walk.wait_with_output().unwrap();
    assert!(walked.status.success(), "{}\n{}", stdout(&walked), stderr(&walked));
    terminal.type_line("\u{3}");
    let (all, ended) = terminal.end();
    assert!(ended.success(), "{ended}: {all}");
    assert!(!all.contains(pin), "{all}");
}

#[test]
fn a_demonstration_without_a_component_builds_it_and_shows_how_far_it_is() {
    let built = Path::new(env!("CARGO_BIN_EXE_surguch")).parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    // Alone where cargo would have put it, so that there is nothing beside it.
    let programs = folder.join("debug");
    std::fs::create_dir(&programs).unwrap();
    std::fs::copy(built.join("surguch"), programs.join("surguch")).unwrap();
    // What cargo says and leaves, at this test's pace: a cold build is minutes. The real one is in the slow test of the first command.
    let (cargo, asked) = (folder.join("cargo"), folder.join("asked"));
    let progress = "printf '\\r    Building [=====>        ] 40/100: crypto\\r' >&2";
    let wait = format!("while [ ! -e '{}' ]; do sleep 0.05; done", folder.join("go").display());
    let leaves = ["surguch-component", "surguch-softtoken", "libsurguch_softtoken.so"]
        .map(|name| format!("cp '{0}/{name}' '{1}/{name}'", built.display(), programs.display()))
        .join("\n");
    program(&cargo, &format!("echo \"$@\" >'{}'\n{progress}\n{wait}\n{leaves}", asked.display()));
    let start = |data: &str, cargo: &Path| {
        let port = free_port().to_string();
        let mut command = demo_of(&programs.join("surguch"), source, &["--port", &port, "--data"]);
        command.arg(folder.join(data)).env("CARGO", cargo).env("PATH", "").env("HOME", folder);
        let mut staying = Staying(command.stdout(Stdio::piped()).spawn().unwrap());
        let text = staying.until_it_stays();
        let first = text.lines().map(str::trim).find(|line| line.ends_with("/demo")).unwrap().to_owned();
        (staying, first)
    };
    let shows = |first: &str, words: &str| until(|| get(first, "").1.contains(words).then_some(()));

    let (staying, first) = start("no-cargo", &folder.join("no-such-cargo"));
    shows(&first, "cargo");
    staying.stop();

    let (staying, first) = start("good", &cargo);
    shows(&first, "40");
    let words = until(|| std::fs::read_to_string(&asked).ok());
    assert!(words.starts_with("build -p surguch-component -p surguch-softtoken --target-dir"), "{words}");
    std::fs::write(folder.join("go"), "").unwrap();
    until(|| get(&format!("{first}/state"), "").1.contains("\"good\"").then_some(()));
    staying.stop();

    for name in ["surguch-component", "surguch-softtoken", "libsurguch_softtoken.so"] {
        std::fs::remove_file(programs.join(name)).unwrap();
    }
    program(&cargo, "echo 'error: no space left' >&2\nexit 101");
    let (staying, first) = start("bad", &cargo);
    shows(&first, "no space left");
    staying.stop();
}

/// A program of a few lines of shell.
fn program(place: &Path, lines: &str) {
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{lines}\n")).unwrap();
    std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Looks until there is something.
fn until<T>(look: impl Fn() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// The switch of the scripted person.
const PROMPT: &str = "SURGUCH_TEST_PROMPT";

/// A branch of the guide from the first page on, in a plain browser over loopback: the renewal by the keyboard, with the demonstration's own
/// pages looked at in both languages and themes; a stranger's first issue by clicks, which are counted.
#[expect(clippy::print_stdout, reason = "the steps")]
fn follow_the_guide(folder: &Path, origin: &str, script: &Path, branch: &str) {
    let (mut walk, out) = in_a_browser(folder, origin, script, branch);
    let walked = walk.output().unwrap();
    print!("{}", stdout(&walked));
    // Both kinds of findings are told at once.
    let html = out.join("html");
    let wrong = check_html(&html);
    assert!(walked.status.success() && wrong.is_empty(), "{}\n{}\n{wrong:?}", stdout(&walked), stderr(&walked));
    assert!(branch != "guide" || std::fs::read_dir(&html).unwrap().count() >= 7);
}

/// The program that walks it, and where its pictures go.
fn in_a_browser(folder: &Path, origin: &str, script: &Path, branch: &str) -> (Command, PathBuf) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("walks/demo").join(branch);
    let settings = serde_json::json!({
        "playwright": module("playwright-core/index.mjs"),
        "axe": module("axe-core/axe.min.js"),
        "browser": "/usr/bin/chromium",
        "profile": folder.join(format!("profile-{branch}")),
        "walk": here.join("guide.mjs"),
        "branch": branch,
        "keyboard": branch == "guide",
        "public": branch != "terminal",
        "out": out,
        "url": origin,
        "script": script,
    });
    let file = folder.join("walk.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    let mut walk = Command::new("node");
    walk.arg(here.join("walk.mjs")).arg(&file);
    (walk, out)
}
