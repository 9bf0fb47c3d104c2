//! The prompt that tests of operations use: its answers come from a file, its questions are written down. Only debug builds have it.

use surguch_component::prompt::*;
use surguch_component::scripted::ScriptedPrompt;

use crate::window_samples as samples;

fn scripted(folder: &tempfile::TempDir, lines: &str) -> ScriptedPrompt {
    let script = folder.path().join("script");
    std::fs::write(&script, lines).unwrap();
    ScriptedPrompt::open(&script, Language::Ru).unwrap()
}

#[test]
fn a_script_answers_every_question_and_writes_down_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut prompt = scripted(
        &folder,
        "# an operation\nconsent yes\nmedium 2\nmedium /tmp\npin 1234\npin last 1234\nnew-pins user 1 2 administrator 3 4\n\
         password word\nsigning yes\ntrouble retry\npin time-out\nconsent decline\n",
    );
    let Question::Consent(consent) = samples::consent(true) else { panic!() };
    let Question::Medium(media) = samples::media() else { panic!() };
    let Question::Pin(pin) = samples::pin(AttemptsLeft::Exactly(3), false) else { panic!() };
    let Question::NewPins(new_pins) = samples::new_pins(true) else { panic!() };
    let Question::Password(password) = samples::password() else { panic!() };
    let Question::Signing(signing) = samples::signing(samples::short_act()) else { panic!() };
    let Question::Trouble(trouble) = samples::trouble(true) else { panic!() };
    prompt.consent(consent.clone()).unwrap();
    assert_eq!(prompt.choose_medium(media.clone()).unwrap(), Chosen::Medium(2));
    assert_eq!(prompt.choose_medium(media).unwrap(), Chosen::Directory("/tmp".into()));
    let typed = prompt.pin(pin.clone()).unwrap();
    assert_eq!((typed.pin.into_text().as_str(), typed.last_attempt_confirmed), ("1234", false));
    assert!(prompt.pin(pin.clone()).unwrap().last_attempt_confirmed);
    let pins = prompt.new_pins(new_pins).unwrap();
    let words = |pin: Option<OldAndNew>| pin.map(|pin| (pin.old.into_text(), pin.new.unwrap().into_text())).unwrap();
    assert_eq!(words(pins.user), ("1".to_owned(), "2".to_owned()));
    assert_eq!(words(pins.administrator), ("3".to_owned(), "4".to_owned()));
    assert_eq!(prompt.container_password(password).unwrap().into_text(), "word");
    prompt.confirm_signature(signing).unwrap();
    prompt.working(Work::Signing);
    assert_eq!(prompt.trouble(trouble).unwrap(), AfterTrouble::Retry);
    assert_eq!(prompt.pin(pin).err(), Some(Unanswered::TimedOut));
    assert_eq!(prompt.consent(consent.clone()).err(), Some(Unanswered::Declined));
    assert!(matches!(prompt.consent(consent), Err(Unanswered::Unavailable(_))), "the script is over");
    let asked = std::fs::read_to_string(folder.path().join("script.asked")).unwrap();
    let names: Vec<&str> = asked.lines().filter_map(|line| line.split(':').next()).collect();
    let all = "consent medium medium pin pin new-pins password signing working trouble pin consent consent";
    assert_eq!(names, all.split(' ').collect::<Vec<_>>());
    assert!(asked.contains("https://online.shestoy-bank.example"));
}

#[test]
fn a_script_never_answers_another_question() {
    let folder = tempfile::tempdir().unwrap();
    let mut prompt = scripted(&folder, "pin 1234\npin yes no\n");
    let Question::Consent(consent) = samples::consent(false) else { panic!() };
    assert!(matches!(prompt.consent(consent), Err(Unanswered::Unavailable(_))));
    let Question::Pin(pin) = samples::pin(AttemptsLeft::Unknown, false) else { panic!() };
    assert!(matches!(prompt.pin(pin), Err(Unanswered::Unavailable(_))));
}
