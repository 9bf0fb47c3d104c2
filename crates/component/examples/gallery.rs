//! Every window of the component on a real (virtual) screen, to be looked at: `cargo xtask windows` runs it.
//!
//! `gallery show NAME LANGUAGE THEME` opens one sample window and leaves it open until it is answered; `gallery ask NAME LANGUAGE` asks the
//! same on the terminal; `gallery list` tells the names.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

#[path = "../tests/it/window_samples.rs"]
mod samples;

use surguch_component::prompt::{Answer, Language, Prompt as _, Unanswered};
use surguch_component::windows::{Settings, Theme, run};
use zeroize::Zeroizing;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list"] => samples::all().iter().for_each(|(name, _)| println!("{name}")),
        ["show", name, language, theme] => {
            let (_, question) =
                samples::all().into_iter().find(|(sample, _)| sample == name).expect("a name of the list");
            let theme = if *theme == "dark" { Theme::Dark } else { Theme::Light };
            let answer =
                run(Settings { language: Language::of_tag(language), theme }, move |prompt| prompt.ask(question));
            println!("{}", told(answer));
        }
        // The same, and the window works on afterwards until a line comes: whoever looks for the PIN in this process has time.
        ["hold", name] => {
            let question = samples::all().into_iter().find(|(sample, _)| sample == name).expect("a name of the list").1;
            run(Settings { language: Language::Ru, theme: Theme::Light }, move |prompt| {
                println!("{}", told(prompt.ask(question)));
                std::io::stdin().read_line(&mut String::new()).expect("a line or the end of input");
            });
        }
        ["ask", name, language] => {
            let (_, question) =
                samples::all().into_iter().find(|(sample, _)| sample == name).expect("a name of the list");
            let prompt = surguch_component::terminal::open(Language::of_tag(language));
            println!("{}", told(prompt.and_then(|mut prompt| prompt.ask(question))));
        }
        _ => println!("gallery list | gallery show NAME LANGUAGE THEME"),
    }
}

/// What was answered, without secrets.
fn told(answer: Result<Answer, Unanswered>) -> String {
    match answer {
        Ok(Answer::Agreed) => "agreed".to_owned(),
        Ok(Answer::Chosen(chosen)) => format!("{chosen:?}"),
        Ok(Answer::Pin(typed)) => {
            let pin = Zeroizing::new(typed.pin.into_text());
            let count = pin.chars().count();
            format!("pin of {count} characters, last attempt confirmed: {}", typed.last_attempt_confirmed)
        }
        Ok(Answer::NewPins(_)) => "new PINs".to_owned(),
        Ok(Answer::Password(password)) => {
            let password = Zeroizing::new(password.into_text());
            format!("password of {} characters", password.chars().count())
        }
        Ok(Answer::AfterTrouble(after)) => format!("{after:?}"),
        Err(why) => format!("{why:?}"),
    }
}
