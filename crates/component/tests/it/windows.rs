//! The windows without a display: egui lays them out, AccessKit tells what a screen reader would hear, keys go in, answers come out.

use std::path::PathBuf;

use eframe::egui::{
    self, Event, Key, Modifiers, PointerButton, Rect, Role, Shape, Vec2, epaint::ClippedShape, pos2, vec2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use surguch_component::prompt::*;
use surguch_component::windows::{DEAF_SECONDS, Sheet, dress};

use crate::window_samples as samples;

struct Desk {
    sheet: Sheet,
    answer: Option<Result<Answer, Unanswered>>,
}

type Window = Harness<'static, Desk>;

fn window_of(question: Question, language: Language, size: Vec2, pixels: f32, theme: egui::Theme) -> Window {
    let mut sheet = Sheet::new(language);
    sheet.put(question);
    Harness::builder()
        .with_size(size)
        .with_pixels_per_point(pixels)
        .with_theme(theme)
        .with_step_dt(STEP)
        .with_context_setup(dress)
        .build_ui_state(
            |ui, desk: &mut Desk| {
                if let Some(answer) = desk.sheet.show(ui) {
                    assert!(desk.answer.is_none(), "two answers to one question");
                    desk.answer = Some(answer);
                }
            },
            Desk { sheet, answer: None },
        )
}

/// Ready to be answered: the half second is over.
fn open(question: Question) -> Window {
    let mut window = window_of(question, Language::Ru, vec2(640.0, 720.0), 1.0, egui::Theme::Light);
    settle(&mut window);
    window
}

fn settle(window: &mut Window) {
    window.run_steps((DEAF_SECONDS / f64::from(STEP)) as usize + 3);
}

fn press(window: &mut Window, key: Key) {
    window.key_press(key);
    window.run_steps(2);
}

fn type_text(window: &mut Window, text: &str) {
    window.event(Event::Text(text.to_owned()));
    window.run_steps(2);
}

fn click(window: &mut Window, name: &str) {
    window.get_by_label(name).click();
    window.run_steps(3);
}

fn answer(window: &mut Window) -> Option<Result<Answer, Unanswered>> {
    window.state_mut().answer.take()
}

fn is_open(window: &Window) -> bool {
    window.state().answer.is_none() && window.state().sheet.is_asking()
}

/// Roles and names as a screen reader gets them, in reading order.
fn spoken(window: &Window) -> Vec<(Role, String, bool)> {
    let name = |node: &AccessKitNode<'_>| node.label().or_else(|| node.value()).unwrap_or_default();
    window
        .root()
        .children_recursive()
        .map(|node| node.accesskit_node())
        .filter(|node| {
            !node.is_hidden()
                && !matches!(
                    node.role(),
                    Role::Unknown | Role::GenericContainer | Role::Window | Role::Pane | Role::Group | Role::ScrollView
                )
        })
        .map(|node| (node.role(), name(&node), node.is_disabled()))
        .collect()
}

/// The same for a window of a question at its own size, in Russian.
pub(crate) fn heard_in(question: Question) -> Vec<(Role, String)> {
    let size = fitted(&question, Language::Ru, vec2(1280.0, 800.0));
    let mut window = window_of(question, Language::Ru, size, 1.0, egui::Theme::Light);
    settle(&mut window);
    spoken(&window).into_iter().map(|(role, name, _)| (role, name)).collect()
}

fn assert_spoken(window: &Window, wanted: &[(Role, &str)]) {
    let heard: Vec<(Role, String)> = spoken(window).into_iter().map(|(role, name, _)| (role, name)).collect();
    let wanted: Vec<(Role, String)> = wanted.iter().map(|(role, name)| (*role, (*name).to_owned())).collect();
    assert_eq!(heard, wanted);
}

#[test]
fn a_screen_reader_hears_every_control_of_the_pin_window() {
    let mut window = open(samples::pin(AttemptsLeft::Exactly(10), false));
    type_text(&mut window, "1234");
    assert_spoken(
        &window,
        &[
            (Role::Label, "Смарт-ключ: РУТОКЕН ЭЦП"),
            (Role::Label, "Сохранить полученный сертификат"),
            (Role::Label, "Введите PIN-код (осталось попыток: 10):"),
            (Role::PasswordInput, "Введите PIN-код (осталось попыток: 10):"),
            (Role::Button, "OK"),
            (Role::Button, "Отмена"),
        ],
    );
    let field = window.get_by_role(Role::PasswordInput);
    assert!(field.is_focused());
    assert_eq!(field.value().as_deref(), Some("••••"), "as many dots as characters, and no character");
}

#[test]
fn a_screen_reader_hears_the_whole_act_and_its_buttons() {
    let window = open(samples::signing(samples::short_act()));
    assert_spoken(
        &window,
        &[
            (Role::Label, "Подтверждение подписи"),
            (Role::Label, "Акт приема-передачи сертификата ключа проверки электронной подписи"),
            (Role::Label, "Подписывает"),
            (Role::Label, "CN=Rogov Ivan Petrovich, O=OOO Romashka, L=Novosibirsk, C=RU"),
            (Role::Document, "Текст документа"),
            (Role::Label, "1/1"),
            (Role::Button, "Подписать"),
            (Role::Button, "Отказаться"),
        ],
    );
    let text = window.get_by_role(Role::Document).value().unwrap();
    assert_eq!(text.trim_end(), samples::short_act().trim_end());
}

#[test]
fn every_control_of_every_window_has_a_name_in_the_windows_language() {
    for language in Language::ALL {
        for (name, question) in samples::all() {
            let mut window = window_of(question, language, vec2(640.0, 720.0), 1.0, egui::Theme::Light);
            settle(&mut window);
            window.check_accessibility();
            let controls: Vec<_> = spoken(&window).into_iter().filter(|(role, ..)| *role != Role::Label).collect();
            assert!(controls.iter().any(|(role, ..)| *role == Role::Button), "{name}");
            for (role, spoken, _) in controls {
                assert!(!spoken.trim().is_empty(), "{name}: {role:?} without a name");
                let cyrillic = spoken.chars().any(|c| matches!(c, 'а'..='я'));
                // Names of media come with the question, in whatever language they are.
                if language == Language::En && role == Role::Button {
                    assert!(!cyrillic, "{name}: {spoken}");
                } else if language == Language::Ru && role == Role::Button && spoken != "OK" {
                    assert!(cyrillic || spoken.chars().all(|c| !c.is_uppercase()), "{name}: {spoken}");
                }
            }
        }
    }
}

/// Screens of 1366 x 768 and 1920 x 1080 points at 100 %, 150 %, 200 %, less the desktop's bars.
fn screens() -> Vec<(Vec2, f32)> {
    let mut screens = Vec::new();
    for (width, height) in [(1366.0, 768.0), (1920.0, 1080.0)] {
        for scale in [1.0, 1.5, 2.0] {
            screens.push((vec2(width / scale * 0.98, height / scale * 0.9), scale));
        }
    }
    screens
}

#[test]
fn no_text_is_cut_or_written_over_another_at_any_scale_in_any_language() {
    let mut texts = 0;
    for language in Language::ALL {
        for (screen, scale) in screens() {
            for (name, question) in samples::all() {
                let size = fitted(&question, language, screen);
                let mut window = window_of(question, language, size, scale, egui::Theme::Dark);
                settle(&mut window);
                let place = format!("{name} {language:?} {size} x{scale}");
                texts += check_texts(&window, size, &place);
                for label in spoken(&window).into_iter().filter(|(role, ..)| *role == Role::Button) {
                    let rect = window.get_by_role_and_label(Role::Button, &label.1).rect();
                    let all = Rect::from_min_size(pos2(0.0, 0.0), size);
                    let scrolled = place.starts_with("03") || place.starts_with("04");
                    assert!(
                        all.contains_rect(rect) || scrolled,
                        "{place}: the button {:?} at {rect} is outside",
                        label.1
                    );
                }
            }
        }
    }
    assert!(texts > 1000, "only {texts} texts were looked at");
}

/// As the window itself does it: what the sheet wants, within the screen.
fn fitted(question: &Question, language: Language, screen: Vec2) -> Vec2 {
    let mut window = window_of(question.clone(), language, vec2(600.0, 2000.0), 1.0, egui::Theme::Dark);
    settle(&mut window);
    window.state().sheet.wanted_size().min(screen)
}

/// Every text lies within the window and within its clip, or can be scrolled to; no two texts share a place. Tells how many there were.
fn check_texts(window: &Window, size: Vec2, place: &str) -> usize {
    let all = Rect::from_min_size(pos2(0.0, 0.0), size);
    let mut seen: Vec<(Rect, String)> = Vec::new();
    let has_pages = place.starts_with("10") || place.starts_with("11");
    let scrolls = !has_pages && window.state().sheet.wanted_size().y > size.y + 1.0;
    assert!(
        !scrolls || size.y < 480.0 || place.starts_with("04"),
        "{place}: has to be scrolled, wants {}",
        window.state().sheet.wanted_size()
    );
    for ClippedShape { clip_rect, shape, .. } in &window.output().shapes {
        for text in texts_in(shape) {
            let (rect, words) = text;
            if words.trim().is_empty() {
                continue;
            }
            assert!(
                rect.left() >= all.left() - 0.5 && rect.right() <= all.right() + 0.5,
                "{place}: {words:?} at {rect}"
            );
            assert!(
                rect.left() >= clip_rect.left() - 0.5 && rect.right() <= clip_rect.right() + 0.5,
                "{place}: {words:?} at {rect} is cut by {clip_rect}"
            );
            let whole = clip_rect.expand(0.5).contains_rect(rect) && all.expand(0.5).contains_rect(rect);
            assert!(whole || scrolls, "{place}: {words:?} at {rect} is cut by {clip_rect} of {all}");
            if whole {
                if let Some((other, others)) =
                    seen.iter().find(|(other, _)| other.shrink(1.0).intersects(rect.shrink(1.0)))
                {
                    panic!("{place}: {words:?} at {rect} lies over {others:?} at {other}");
                }
                seen.push((rect, words));
            }
        }
    }
    seen.len()
}

fn texts_in(shape: &Shape) -> Vec<(Rect, String)> {
    match shape {
        Shape::Vec(shapes) => shapes.iter().flat_map(texts_in).collect(),
        Shape::Text(text) => {
            assert!(!text.galley.elided, "{:?} is shortened", text.galley.text());
            vec![(text.galley.rect.translate(text.pos.to_vec2()), text.galley.text().to_owned())]
        }
        _ => Vec::new(),
    }
}

#[test]
fn nothing_is_taken_in_the_first_half_second() {
    let mut window = window_of(samples::consent(false), Language::Ru, vec2(640.0, 480.0), 1.0, egui::Theme::Light);
    window.run_steps(1);
    let allow = window.get_by_label("Разрешить").rect().center();
    // Clicks, Enter, Esc and a screen reader's click, for the whole time.
    while window.ctx.input(|input| input.time) < DEAF_SECONDS - 0.1 {
        let modifiers = Modifiers::NONE;
        let pointer = |pressed| Event::PointerButton { pos: allow, button: PointerButton::Primary, pressed, modifiers };
        let key = |key, pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        // All of them in one frame, as a fast attacker would have it.
        window.input_mut().events.extend([Event::PointerMoved(allow), pointer(true), pointer(false)]);
        for pressed in [true, false] {
            window.input_mut().events.extend([
                key(Key::Enter, pressed),
                key(Key::Space, pressed),
                key(Key::Escape, pressed),
            ]);
        }
        window.get_by_label("Разрешить").click_accesskit();
        window.step();
        assert!(is_open(&window));
    }
    // Pressed before, released after: no click either.
    let modifiers = Modifiers::NONE;
    window.event(Event::PointerButton { pos: allow, button: PointerButton::Primary, pressed: true, modifiers });
    window.run_steps(8);
    window.event(Event::PointerButton { pos: allow, button: PointerButton::Primary, pressed: false, modifiers });
    window.run_steps(3);
    assert!(is_open(&window));
    click(&mut window, "Разрешить");
    assert!(matches!(answer(&mut window), Some(Ok(Answer::Agreed))));
}

#[test]
fn a_window_that_comes_to_the_front_again_is_deaf_again() {
    let mut window = open(samples::consent(false));
    window.input_mut().focused = false;
    window.run_steps(2);
    window.input_mut().focused = true;
    window.run_steps(1);
    press(&mut window, Key::Enter);
    assert!(is_open(&window), "the click that brought it to the front is no consent");
    settle(&mut window);
    press(&mut window, Key::Enter);
    assert!(matches!(answer(&mut window), Some(Ok(Answer::Agreed))));
}

#[test]
fn a_key_held_since_before_presses_nothing() {
    let mut window = window_of(samples::consent(false), Language::Ru, vec2(640.0, 480.0), 1.0, egui::Theme::Light);
    // The keyboard repeats it for two seconds; egui itself tells a repeat from a press.
    let held = |key| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    for _ in 0..20 {
        window.input_mut().events.extend([held(Key::Enter), held(Key::Space), held(Key::Escape)]);
        window.step();
        assert!(is_open(&window));
    }
    let released =
        Event::Key { key: Key::Enter, physical_key: None, pressed: false, repeat: false, modifiers: Modifiers::NONE };
    window.input_mut().events.push(released);
    window.step();
    // egui takes the keyboard from everybody at Esc; Tab gives it to the first button.
    press(&mut window, Key::Tab);
    press(&mut window, Key::Enter);
    assert!(matches!(answer(&mut window), Some(Ok(Answer::Agreed))), "pressed anew it counts");
}

#[test]
fn a_window_left_open_times_out_and_keeps_no_pin() {
    let mut window = open(samples::pin(AttemptsLeft::Exactly(3), false));
    type_text(&mut window, "87654321");
    assert_eq!(window.get_by_role(Role::PasswordInput).value().as_deref(), Some("••••••••"));
    let limit = samples::pin(AttemptsLeft::Unknown, false).time_limit().as_secs_f64();
    let now = window.ctx.input(|input| input.time);
    window.input_mut().time = Some(now + limit - 5.0);
    window.step();
    assert!(is_open(&window));
    window.input_mut().time = Some(now + limit + 1.0);
    window.step();
    assert!(matches!(answer(&mut window), Some(Err(Unanswered::TimedOut))));
    // The same window asks again: nothing is left in the field.
    window.state_mut().sheet.put(samples::pin(AttemptsLeft::Exactly(3), false));
    window.run_steps(2);
    assert_eq!(window.get_by_role(Role::PasswordInput).value().unwrap_or_default(), "");
}

#[test]
fn the_pin_is_typed_and_sent_by_keys_alone() {
    let mut window = open(samples::pin(AttemptsLeft::Exactly(10), false));
    press(&mut window, Key::Enter);
    assert!(is_open(&window), "an empty PIN is none");
    type_text(&mut window, "1234567");
    press(&mut window, Key::Backspace);
    type_text(&mut window, "89");
    press(&mut window, Key::Enter);
    let Some(Ok(Answer::Pin(typed))) = answer(&mut window) else { panic!("no PIN") };
    assert_eq!(typed.pin.into_text(), "12345689");
    assert!(!typed.last_attempt_confirmed);
}

#[test]
fn escape_and_the_second_button_decline() {
    for (name, question) in samples::all() {
        let declines = !matches!(question, Question::Success(_) | Question::Trouble(_) | Question::Certificates(_));
        let mut window = open(question);
        press(&mut window, Key::Escape);
        let given = answer(&mut window);
        assert_eq!(matches!(given, Some(Err(Unanswered::Declined))), declines, "{name}");
        assert!(given.is_some(), "{name}");
    }
    let mut window = open(samples::signing(samples::short_act()));
    click(&mut window, "Отказаться");
    assert!(matches!(answer(&mut window), Some(Err(Unanswered::Declined))));
}

#[test]
fn every_window_is_answered_by_the_keyboard_alone() {
    for (name, question) in samples::all() {
        let mut window = open(question);
        let mut reached = Vec::new();
        for _ in 0..30 {
            press(&mut window, Key::Tab);
            if let Some((role, label, _)) = focused(&window)
                && !reached.contains(&(role, label.clone()))
            {
                reached.push((role, label));
            }
        }
        for (role, label, disabled) in spoken(&window) {
            let takes_keys = matches!(
                role,
                Role::Button | Role::RadioButton | Role::PasswordInput | Role::TextInput | Role::Document
            );
            if takes_keys && !disabled {
                assert!(reached.contains(&(role, label.clone())), "{name}: Tab never reaches {role:?} {label:?}");
            }
        }
    }
}

fn focused(window: &Window) -> Option<(Role, String, bool)> {
    let node = window.root().children_recursive().map(|node| node.accesskit_node()).find(|node| node.is_focused())?;
    Some((node.role(), node.label().or_else(|| node.value()).unwrap_or_default(), node.is_disabled()))
}

#[test]
fn the_keyboard_goes_through_a_window_from_above_to_below() {
    let mut window = open(samples::new_pins(false));
    let mut order = vec![focused(&window).unwrap().1];
    type_text(&mut window, "12345678");
    press(&mut window, Key::Tab);
    order.push(focused(&window).unwrap().1);
    type_text(&mut window, "secret 7");
    press(&mut window, Key::Tab);
    order.push(focused(&window).unwrap().1);
    type_text(&mut window, "secret 7");
    press(&mut window, Key::Tab);
    order.push(focused(&window).unwrap().1);
    press(&mut window, Key::Tab);
    order.push(focused(&window).unwrap().1);
    assert_eq!(
        order,
        [
            "Старый PIN-код пользователя (осталось попыток: 10):",
            "Введите новый PIN-код пользователя:",
            "Введите новый PIN-код пользователя ещё раз:",
            "OK",
            "Отмена",
        ]
    );
}

#[test]
fn the_last_attempt_is_warned_of_confirmed_and_typed_twice() {
    for attempts in [AttemptsLeft::Exactly(1), AttemptsLeft::Last] {
        let mut window = open(samples::pin(attempts, true));
        assert!(window.query_by_label("Осталась последняя попытка").is_some());
        assert!(window.query_by_role(Role::PasswordInput).is_none(), "no field before the warning is confirmed");
        assert_eq!(focused(&window).unwrap().1, "Отмена", "Enter alone does not go on");
        click(&mut window, "Использовать последнюю попытку");
        settle(&mut window);
        type_text(&mut window, "11111112");
        press(&mut window, Key::Enter);
        assert!(is_open(&window), "once is not enough");
        press(&mut window, Key::Tab);
        type_text(&mut window, "11111113");
        press(&mut window, Key::Enter);
        assert!(is_open(&window));
        assert!(window.query_by_label("Введено не одно и то же.").is_some());
        press(&mut window, Key::Backspace);
        type_text(&mut window, "2");
        press(&mut window, Key::Enter);
        let Some(Ok(Answer::Pin(typed))) = answer(&mut window) else { panic!("no PIN") };
        assert_eq!(typed.pin.into_text(), "11111112");
        assert!(typed.last_attempt_confirmed);
    }
}

#[test]
fn new_pins_come_back_when_every_rule_is_met_and_not_before() {
    let mut window = open(samples::new_pins(true));
    let rule = |window: &Window, rule: &str| {
        spoken(window).into_iter().map(|(_, name, _)| name).find(|name| name.starts_with(rule)).unwrap()
    };
    type_text(&mut window, "12345678");
    press(&mut window, Key::Tab);
    type_text(&mut window, "12345");
    assert_eq!(rule(&window, "не короче"), "не короче 6 знаков: не выполнено");
    type_text(&mut window, "678");
    assert_eq!(rule(&window, "не короче"), "не короче 6 знаков: выполнено");
    assert_eq!(rule(&window, "отличается от старого"), "отличается от старого: не выполнено");
    assert_eq!(rule(&window, "не из числа"), "не из числа общеизвестных: не выполнено");
    press(&mut window, Key::Delete);
    type_text(&mut window, "new user 1");
    press(&mut window, Key::Tab);
    type_text(&mut window, "new user 2");
    press(&mut window, Key::Enter);
    assert!(is_open(&window));
    let field = "Введите новый PIN-код пользователя:";
    assert!(window.query_by_role_and_label(Role::PasswordInput, field).is_some());
    press(&mut window, Key::Backspace);
    type_text(&mut window, "1");
    press(&mut window, Key::Enter);
    settle(&mut window);
    type_text(&mut window, "87654321");
    press(&mut window, Key::Tab);
    type_text(&mut window, "new user 1");
    assert_eq!(rule(&window, "отличается от другого"), "отличается от другого PIN-кода: не выполнено");
    press(&mut window, Key::Delete);
    type_text(&mut window, "new admin 1");
    press(&mut window, Key::Tab);
    type_text(&mut window, "new admin 1");
    press(&mut window, Key::Enter);
    let Some(Ok(Answer::NewPins(pins))) = answer(&mut window) else { panic!("no PINs") };
    let (user, administrator) = (pins.user.unwrap(), pins.administrator.unwrap());
    assert_eq!((user.old.into_text(), user.new.unwrap().into_text()), ("12345678".to_owned(), "new user 1".to_owned()));
    let administrator = (administrator.old.into_text(), administrator.new.unwrap().into_text());
    assert_eq!(administrator, ("87654321".to_owned(), "new admin 1".to_owned()));
}

#[test]
fn factory_pins_stand_in_one_window_by_the_manuals_words_and_only_the_users_new_one_is_typed() {
    let mut window = open(samples::factory_pins());
    let fields: Vec<String> = spoken(&window)
        .into_iter()
        .filter(|(role, _, _)| *role == Role::PasswordInput)
        .map(|(_, name, _)| name)
        .collect();
    assert_eq!(
        fields[..3],
        [
            "Старый PIN-код пользователя: 12345678",
            "Старый PIN-код администратора: 87654321",
            "Введите новый PIN-код пользователя:"
        ]
    );
    for refused in ["12345678", "87654321", "4417"] {
        type_text(&mut window, refused);
        press(&mut window, Key::Tab);
        type_text(&mut window, refused);
        press(&mut window, Key::Enter);
        assert!(is_open(&window), "{refused} is no new PIN");
        press(&mut window, Key::Delete);
        window.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
        settle(&mut window);
        press(&mut window, Key::Delete);
    }
    type_text(&mut window, "4417-new");
    press(&mut window, Key::Tab);
    type_text(&mut window, "4417-new");
    press(&mut window, Key::Enter);
    let Some(Ok(Answer::NewPins(pins))) = answer(&mut window) else { panic!("no PINs") };
    let (user, administrator) = (pins.user.unwrap(), pins.administrator.unwrap());
    assert_eq!((user.old.into_text(), user.new.unwrap().into_text()), ("12345678".to_owned(), "4417-new".to_owned()));
    assert!(administrator.old.into_text() == "87654321" && administrator.new.is_none());

    let mut window = open(samples::made_pin());
    assert!(window.query_by_label("48310275").is_some());
    press(&mut window, Key::Enter);
    assert!(is_open(&window), "an Enter too many does not hide it");
    click(&mut window, "Записано");
    assert!(matches!(answer(&mut window), Some(Ok(Answer::Agreed))));
}

#[test]
fn a_container_gets_a_password_that_meets_its_rules() {
    let mut window = open(samples::password());
    type_text(&mut window, "сургуч и воск 12");
    assert!(spoken(&window).iter().any(|(_, name, _)| name.starts_with("только латинские")));
    press(&mut window, Key::Delete);
    type_text(&mut window, "wax and seal 12");
    press(&mut window, Key::Tab);
    type_text(&mut window, "wax and seal 12");
    press(&mut window, Key::Enter);
    let Some(Ok(Answer::Password(password))) = answer(&mut window) else { panic!("no password") };
    assert_eq!(password.into_text(), "wax and seal 12");
}

#[test]
fn a_long_act_can_be_signed_only_after_its_last_page_and_no_word_of_it_is_missing() {
    let mut window = open(samples::signing(samples::long_act()));
    let mut read = String::new();
    let mut pages = 0;
    loop {
        pages += 1;
        read += &window.get_by_role(Role::Document).value().unwrap();
        let sign = window.get_by_label("Подписать").accesskit_node().is_disabled();
        let Some(next) = window.query_by_role_and_label(Role::Button, "Следующая страница") else {
            break;
        };
        if next.accesskit_node().is_disabled() {
            assert!(!sign, "the last page is shown");
            break;
        }
        assert!(sign, "page {pages} is not the last");
        press(&mut window, Key::PageDown);
    }
    assert!(pages > 1, "otherwise this would prove nothing");
    let without_spaces = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    assert_eq!(without_spaces(&read), without_spaces(&samples::long_act()));
    click(&mut window, "Подписать");
    assert!(matches!(answer(&mut window), Some(Ok(Answer::Agreed))));
}

#[test]
fn a_medium_that_cannot_be_used_is_shown_with_its_reason_and_cannot_be_chosen() {
    let mut window = open(samples::media());
    let blocked = window.get_by_label_contains("PIN-код заблокирован");
    assert!(blocked.accesskit_node().is_disabled());
    blocked.click();
    window.run_steps(3);
    click(&mut window, "Реестр");
    click(&mut window, "Далее");
    assert!(matches!(answer(&mut window), Some(Ok(Answer::Chosen(Chosen::Medium(2))))));
}

#[test]
fn a_directory_is_chosen_by_path_and_by_steps() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let mut window = open(samples::media());
    click(&mut window, "Каталог на диске");
    let field = window.get_by_role(Role::TextInput);
    field.click();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    type_text(&mut window, "keys");
    assert!(window.query_by_label("Укажите путь полностью, от корня диска.").is_some());
    assert!(window.get_by_label("Далее").accesskit_node().is_disabled());
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    type_text(&mut window, &folder.path().join("file").display().to_string());
    assert!(window.query_by_label("Такого каталога нет.").is_some());
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    type_text(&mut window, &folder.path().display().to_string());
    click(&mut window, "keys");
    click(&mut window, "Далее");
    let Some(Ok(Answer::Chosen(Chosen::Directory(path)))) = answer(&mut window) else { panic!("no directory") };
    assert_eq!(path, PathBuf::from(folder.path()).join("keys"));
}

#[test]
fn deleting_a_key_is_not_what_enter_does() {
    let mut window = open(samples::deletion());
    press(&mut window, Key::Enter);
    assert!(matches!(answer(&mut window), Some(Err(Unanswered::Declined))));
}

#[test]
fn who_asks_stands_above_every_window_after_the_consent() {
    let mut window = open(samples::consent(false));
    click(&mut window, "Разрешить");
    for (name, question) in samples::all().into_iter().filter(|(_, question)| !matches!(question, Question::Consent(_)))
    {
        window.state_mut().answer = None;
        window.state_mut().sheet.put(question);
        settle(&mut window);
        let line = "Шестой банк · https://online.shestoy-bank.example · УНЗ 1196837e3c03f2";
        assert!(window.query_by_label(line).is_some(), "{name}");
    }
}

#[test]
fn the_first_meeting_shows_the_thumbprint_of_the_banks_key_in_groups() {
    let window = open(samples::consent(true));
    let groups = "5f0c 1c9a 7be6 d1e4 a2b3 c4d5 e6f7 0819 2a3b 4c5d 6e7f 8091 a2b3 c4d5 e6f7 0819";
    assert!(window.query_by_label(groups).is_some());
    assert_eq!(focused(&window).unwrap().1, "Отказаться", "Enter alone lets no stranger in");
}

const STEP: f32 = 0.1;
