//! The same questions on a real terminal: util-linux `script` gives the program one of its own.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use surguch_component::prompt::Question;

use crate::window_samples as samples;
use crate::windows_screen::gallery;

struct Terminal {
    child: Child,
    output: ChildStdout,
    seen: Vec<u8>,
    waited_for: usize,
}

impl Terminal {
    fn ask(sample: &str) -> Self {
        let command = format!("{} ask {sample} ru", gallery().display());
        let mut child = Command::new("script")
            .args(["--quiet", "--flush", "--return", "--command", &command, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("util-linux has script");
        let output = child.stdout.take().unwrap();
        Self { child, output, seen: Vec::new(), waited_for: 0 }
    }

    /// Reads until the text has come after all that was waited for before.
    fn expect(&mut self, text: &str) -> &mut Self {
        let until = Instant::now() + Duration::from_secs(60);
        let mut octets = [0; 4096];
        loop {
            let fresh = String::from_utf8_lossy(&self.seen[self.waited_for..]).into_owned();
            if let Some(at) = fresh.find(text) {
                self.waited_for += at + text.len();
                return self;
            }
            let read = self.output.read(&mut octets).unwrap();
            assert!(read > 0 && Instant::now() < until, "{text:?} never came in {fresh:?}");
            self.seen.extend(&octets[..read]);
        }
    }

    fn type_line(&mut self, line: &str) -> &mut Self {
        self.child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
        self
    }

    fn end(mut self) -> String {
        drop(self.child.stdin.take());
        self.output.read_to_end(&mut self.seen).unwrap();
        self.child.wait().unwrap();
        String::from_utf8(self.seen).unwrap()
    }
}

#[test]
fn a_pin_typed_on_the_terminal_is_taken_and_never_shown() {
    let mut terminal = Terminal::ask("05-pin");
    terminal.expect("Введите PIN-код (осталось попыток: 10): (ввод не отображается; пустая строка – отмена)");
    terminal.type_line("73015590").expect("pin of 8 characters, last attempt confirmed: false");
    let all = terminal.end();
    assert!(!all.contains("73015590"), "{all}");
}

#[test]
fn the_terminal_warns_of_the_last_attempt_and_wants_the_pin_twice() {
    let mut terminal = Terminal::ask("07-pin-last-warning");
    terminal.expect("*** Осталась последняя попытка ***").expect("Введите «да»");
    terminal.type_line("да").expect("(осталась последняя попытка)");
    terminal.type_line("11112222").expect("ещё раз").type_line("11112223").expect("Введено не одно и то же");
    terminal.expect("(осталась последняя попытка)").type_line("11112222").expect("ещё раз").type_line("11112222");
    terminal.expect("pin of 8 characters, last attempt confirmed: true");
    let all = terminal.end();
    assert!(!all.contains("1111222"), "{all}");
}

#[test]
fn an_empty_line_no_and_ctrl_c_decline_on_the_terminal() {
    let mut terminal = Terminal::ask("05-pin");
    terminal.expect("отмена)").type_line("").expect("Declined");
    terminal.end();
    let mut terminal = Terminal::ask("05-pin");
    terminal.expect("отмена)").type_line("12\u{3}").expect("Declined");
    terminal.end();
    let mut terminal = Terminal::ask("01-consent");
    terminal.expect("https://online.shestoy-bank.example").expect("Введите «да»").type_line("может быть");
    terminal.expect("Ответ не понят.").expect("Введите «да»").type_line("нет").expect("Declined");
    terminal.end();
}

#[test]
fn the_whole_act_is_shown_on_the_terminal_before_the_question() {
    let mut terminal = Terminal::ask("11-signing-long");
    let pages = samples::long_act().lines().count().div_ceil(20);
    assert!(pages > 1, "otherwise this would prove nothing");
    for page in 1..pages {
        terminal.expect(&format!("Страница {page} из {pages}. Нажмите Enter.")).type_line("");
    }
    terminal.expect("Введите «да»");
    terminal.type_line("да").expect("agreed");
    let all = terminal.end();
    let shown: String = all.chars().filter(|c| !c.is_whitespace()).collect();
    let Question::Signing(signing) = samples::signing(samples::long_act()) else { panic!() };
    for line in signing.text.lines().filter(|line| !line.contains('\t')) {
        let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        assert!(shown.contains(&line), "{line}");
    }
}

#[test]
fn without_a_controlling_terminal_nothing_is_asked() {
    let mut command = Command::new("setsid");
    let said =
        command.arg("--wait").arg(gallery()).args(["ask", "05-pin", "ru"]).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.starts_with("Unavailable(\"no controlling terminal"), "{said}");
}
