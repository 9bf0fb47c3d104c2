//! The same questions on a real terminal: util-linux `script` gives the program one of its own.

use std::process::{Command, Stdio};

use surguch_component::prompt::Question;

use crate::terminal_session::Terminal;
use crate::window_samples as samples;
use crate::windows_screen::gallery;

fn ask(sample: &str) -> Terminal {
    Terminal::of(&format!("{} ask {sample} ru", gallery().display()), |_| {})
}

#[test]
fn a_pin_typed_on_the_terminal_is_taken_and_never_shown() {
    let mut terminal = ask("05-pin");
    terminal.expect("Введите PIN-код (осталось попыток: 10): (ввод не отображается; пустая строка – отмена)");
    terminal.type_line("73015590").expect("pin of 8 characters, last attempt confirmed: false");
    let (all, _) = terminal.end();
    assert!(!all.contains("73015590"), "{all}");
}

#[test]
fn the_terminal_warns_of_the_last_attempt_and_wants_the_pin_twice() {
    let mut terminal = ask("07-pin-last-warning");
    terminal.expect("*** Осталась последняя попытка ***").expect("Введите «да»");
    terminal.type_line("да").expect("(осталась последняя попытка)");
    terminal.type_line("11112222").expect("ещё раз").type_line("11112223").expect("Введено не одно и то же");
    terminal.expect("(осталась последняя попытка)").type_line("11112222").expect("ещё раз").type_line("11112222");
    terminal.expect("pin of 8 characters, last attempt confirmed: true");
    let (all, _) = terminal.end();
    assert!(!all.contains("1111222"), "{all}");
}

#[test]
fn an_empty_line_no_and_ctrl_c_decline_on_the_terminal() {
    let mut terminal = ask("05-pin");
    terminal.expect("отмена)").type_line("").expect("Declined");
    terminal.end();
    let mut terminal = ask("05-pin");
    terminal.expect("отмена)").type_line("12\u{3}").expect("Declined");
    terminal.end();
    let mut terminal = ask("01-consent");
    terminal.expect("https://online.shestoy-bank.example").expect("Введите «да»").type_line("может быть");
    terminal.expect("Ответ не понят.").expect("Введите «да»").type_line("нет").expect("Declined");
    terminal.end();
}

#[test]
fn the_whole_act_is_shown_on_the_terminal_before_the_question() {
    let mut terminal = ask("11-signing-long");
    let pages = samples::long_act().lines().count().div_ceil(20);
    assert!(pages > 1, "otherwise this would prove nothing");
    for page in 1..pages {
        terminal.expect(&format!("Страница {page} из {pages}. Нажмите Enter.")).type_line("");
    }
    terminal.expect("Введите «да»");
    terminal.type_line("да").expect("agreed");
    let (all, _) = terminal.end();
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
