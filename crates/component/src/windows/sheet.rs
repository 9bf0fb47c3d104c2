//! One sheet: a question drawn, its answer collected. It knows egui and no operating system, so tests drive it without a display.
//!
//! What holds for every sheet: nothing is taken in its first half second, nor in the half second after the window came to the front again; held
//! keys press no button; Esc is the refusal; the time limit ends it; what was typed is wiped with it.

use std::path::{Path, PathBuf};

use eframe::egui::text::LayoutJob;
use eframe::egui::{
    Event, FontId, Frame, Id, Key, Label, Margin, Rect, Response, RichText, Role, ScrollArea, Sense, Stroke, TextEdit,
    Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::look::{self, Look, Sign, Tone, Weight};
use super::secret_field::{Draft, secret_field, wipe_events};
use crate::prompt::words::Words;
use crate::prompt::{
    AfterTrouble, Answer, CardWanted, CertificateView, ChangedPins, Chosen, Consent, Language, MadePin, MediumChoice,
    MediumKind, NewPassword, NewPin, NewPins, OldAndNew, OrphanKey, PinChange, PinHolder, PinQuestion, Question, Rule,
    Rules, Secret, Signing, Success, Trouble, Typed, TypedPin, Unanswered, WantedCard, Work,
};

/// What the window shows now.
pub struct Sheet {
    words: Words,
    face: Face,
    /// Who asks, from the last consent: shown above all that follows.
    context: Option<(String, String, Option<String>)>,
    pad: Pad,
    /// When this face was first drawn.
    opened_at: Option<f64>,
    /// Since when it may be answered, but for the half second.
    armed_at: f64,
    was_in_front: bool,
    was_deaf: bool,
    focus_due: bool,
    wanted: Vec2,
}

enum Face {
    /// Nothing to ask: work is going on.
    Working(Work),
    Asking(Box<Question>),
}

/// What the person has done to the question so far.
#[derive(Default)]
struct Pad {
    step: usize,
    warned: bool,
    page: usize,
    pages: usize,
    seen_last_page: bool,
    selected: Option<usize>,
    path: String,
    one: Draft,
    two: Draft,
    three: Draft,
    four: Draft,
    five: Draft,
    is_filled: bool,
    first_pin: Option<OldAndNew>,
}

/// What a sheet's drawing may end in.
enum Step {
    Stay,
    /// To the next step of the same question: fields are focused anew and the half second starts again.
    Turn,
    End(Result<Answer, Unanswered>),
}

impl Sheet {
    /// A window that works and asks nothing yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            words: Words::of(language),
            face: Face::Working(Work::Looking),
            context: None,
            pad: Pad::default(),
            opened_at: None,
            armed_at: 0.0,
            was_in_front: false,
            was_deaf: false,
            focus_due: true,
            wanted: vec2(WIDTH, 240.0),
        }
    }

    /// Puts a question on the sheet. What the last one left is wiped.
    pub fn put(&mut self, question: Question) {
        if let Question::Consent(consent) = &question {
            self.context = Some((consent.bank.clone(), consent.origin.clone(), consent.unz.clone()));
        }
        self.pad = Pad { selected: first_choice(&question), ..Pad::default() };
        self.face = Face::Asking(Box::new(question));
        self.opened_at = None;
        self.focus_due = true;
    }

    /// Shows that work goes on.
    pub fn work(&mut self, work: Work) {
        self.pad = Pad::default();
        self.face = Face::Working(work);
        self.opened_at = None;
    }

    /// The size that would show all of it, in points.
    #[must_use]
    pub fn wanted_size(&self) -> Vec2 {
        self.wanted
    }

    /// Whether a question is open.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        matches!(self.face, Face::Asking(_))
    }

    /// The window was closed: the answer to the open question.
    pub fn close(&mut self) -> Option<Result<Answer, Unanswered>> {
        if !self.is_asking() {
            return None;
        }
        Some(self.end(Err(Unanswered::Declined)))
    }

    /// Draws it on the whole of `ui`; an answer when there is one. Afterwards the sheet shows work.
    pub fn show(&mut self, ui: &mut Ui) -> Option<Result<Answer, Unanswered>> {
        let now = ui.input(|input| input.time);
        let opened_at = *self.opened_at.get_or_insert_with(|| {
            self.armed_at = now;
            now
        });
        let in_front = ui.input(|input| input.focused);
        if in_front && !self.was_in_front {
            self.armed_at = now;
        }
        self.was_in_front = in_front;
        let locked = now - self.armed_at < DEAF_SECONDS;
        if locked {
            deafen(ui);
            ui.request_repaint_after_secs((DEAF_SECONDS - (now - self.armed_at)) as f32 + 0.01);
        } else {
            ignore_held_keys(ui);
            // Buttons are off while the window is deaf and lose the keyboard.
            self.focus_due |= self.was_deaf && ui.memory(|memory| memory.focused().is_none());
        }
        self.was_deaf = locked;
        let step = match &self.face {
            Face::Working(work) => {
                let work = *work;
                self.draw_work(ui, work, now);
                Step::Stay
            }
            Face::Asking(question) => {
                let left = question.time_limit().as_secs_f64() - (now - opened_at);
                ui.request_repaint_after_secs(left.clamp(0.05, 3600.0) as f32);
                let refused = !locked && ui.input(|input| input.key_pressed(Key::Escape));
                if left <= 0.0 {
                    Step::End(Err(Unanswered::TimedOut))
                } else if refused {
                    Step::End(refusal(question))
                } else {
                    let question = question.clone();
                    self.draw(ui, &question, locked)
                }
            }
        };
        wipe_events(ui.ctx());
        match step {
            Step::Stay => None,
            Step::Turn => {
                self.armed_at = now;
                self.focus_due = true;
                ui.request_repaint();
                None
            }
            Step::End(answer) => {
                ui.request_repaint();
                Some(self.end(answer))
            }
        }
    }

    fn end(&mut self, answer: Result<Answer, Unanswered>) -> Result<Answer, Unanswered> {
        self.work(Work::Looking);
        answer
    }

    fn draw_work(&mut self, ui: &mut Ui, work: Work, now: f64) {
        let words = self.words;
        self.page(ui, |_, ui| {
            ui.horizontal(|ui| {
                look::sign(ui, Sign::Working((now * 2.5) as usize));
                ui.add_space(6.0);
                ui.vertical(|ui| {
                    let line = look::strong(ui, &words.say(&format!("working-{}", work.code())));
                    ui.ctx()
                        .accesskit_node_builder(line.id, |node| node.set_live(eframe::egui::accesskit::Live::Polite));
                    look::weak(ui, &words.say("working-note"));
                });
            });
            Step::Stay
        });
        ui.request_repaint_after_secs(0.2);
    }

    fn draw(&mut self, ui: &mut Ui, question: &Question, locked: bool) -> Step {
        match question {
            Question::Consent(it) => self.draw_consent(ui, it, locked),
            Question::Medium(it) => self.draw_medium(ui, it, locked),
            Question::Pin(it) => self.draw_pin(ui, it, locked),
            Question::NewPins(it) => self.draw_new_pins(ui, it, locked),
            Question::MadePin(it) => self.draw_made_pin(ui, it, locked),
            Question::Password(it) => self.draw_password(ui, it, locked),
            Question::Signing(it) => self.draw_signing(ui, it, locked),
            Question::Card(it) => self.draw_card(ui, it, locked),
            Question::Certificates(it) => self.draw_certificates(ui, it, locked),
            Question::Deletion(it) => self.draw_deletion(ui, it, locked),
            Question::Success(it) => self.draw_success(ui, it, locked),
            Question::Trouble(it) => self.draw_trouble(ui, it, locked),
        }
    }
}

/// The questions, in the order of [`Question`].
impl Sheet {
    fn draw_consent(&mut self, ui: &mut Ui, it: &Consent, locked: bool) -> Step {
        let words = self.words;
        let step = self.framed(ui, false, |_, ui| {
            look::title(ui, &words.say("consent-title"));
            let mut lines = vec![
                (words.say("consent-operation"), words.say(&format!("operation-{}", it.operation.code()))),
                (words.say("consent-bank"), it.bank.clone()),
                (words.say("consent-site"), it.origin.clone()),
            ];
            lines.extend(it.unz.clone().map(|unz| (words.say("consent-unz"), unz)));
            look::rows(ui, &lines);
            if let Some(thumbprint) = &it.first_meeting {
                ui.add_space(4.0);
                look::notice(ui, Tone::Calm, |ui| {
                    look::strong(ui, &words.say("consent-first"));
                    look::paragraph(ui, &words.say("consent-first-text"));
                    ui.add_space(2.0);
                    look::weak(ui, &words.say("consent-thumbprint"));
                    look::paragraph(ui, &in_groups(thumbprint).replace('\n', " "));
                });
            }
            ui.add_space(4.0);
            look::weak(ui, &words.say("consent-pin-note"));
            Step::Stay
        });
        if it.first_meeting.is_some() {
            self.wanted.x = DOCUMENT_WIDTH;
        }
        // A stranger is not let in by an Enter that was meant for the browser.
        let focus = usize::from(it.first_meeting.is_some());
        let pressed = self.buttons(ui, &[("button-allow", Weight::Primary, true), REFUSE], locked, focus);
        settle(step, pressed, || Step::End(Ok(Answer::Agreed)))
    }

    fn draw_medium(&mut self, ui: &mut Ui, it: &MediumChoice, locked: bool) -> Step {
        let words = self.words;
        let mut ready = false;
        let step = self.page(ui, |sheet, ui| {
            look::title(ui, &words.say("medium-title"));
            if it.media.is_empty() && it.smart_key {
                look::notice(ui, Tone::Calm, |ui| {
                    look::paragraph(ui, &words.say("medium-none"));
                });
            }
            for (at, medium) in it.media.iter().enumerate() {
                let chosen = sheet.pad.selected == Some(at);
                let why = medium.unusable.as_deref().unwrap_or_default();
                let usable = medium.unusable.is_none();
                let line = look::option(ui, chosen, usable, &words.medium(medium), &[&medium.detail, why]);
                if line.clicked() {
                    sheet.pad.selected = Some(at);
                }
                if chosen {
                    sheet.focus_once(&line, locked);
                }
            }
            if it.directory {
                let at = it.media.len();
                let chosen = sheet.pad.selected == Some(at);
                let line = look::option(ui, chosen, true, &words.say("medium-directory"), &[]);
                if line.clicked() {
                    sheet.pad.selected = Some(at);
                }
                if chosen {
                    sheet.focus_once(&line, locked);
                    directory(ui, words, &mut sheet.pad.path);
                }
            }
            ready = match sheet.pad.selected {
                Some(at) if at < it.media.len() => true,
                Some(_) => check_directory(&sheet.pad.path).is_ok(),
                None => false,
            };
            Step::Stay
        });
        let pressed = self.buttons(ui, &[("button-next", Weight::Primary, ready), CANCEL], locked, 0);
        let chosen = match self.pad.selected {
            Some(at) if at < it.media.len() => Chosen::Medium(at),
            _ => Chosen::Directory(PathBuf::from(self.pad.path.trim())),
        };
        settle(step, pressed, || Step::End(Ok(Answer::Chosen(chosen))))
    }

    fn draw_pin(&mut self, ui: &mut Ui, it: &PinQuestion, locked: bool) -> Step {
        let words = self.words;
        let last = it.attempts.is_last();
        if last && !self.pad.warned {
            return self.draw_last_warning(ui, &words.medium_name(&it.medium), locked);
        }
        let mut entered = false;
        let mut ready = false;
        let step = self.page(ui, |sheet, ui| {
            look::title(ui, &words.medium(&it.medium));
            look::weak(ui, &words.say(&format!("operation-{}", it.operation.code())));
            if it.was_wrong {
                let id = if it.holder == PinHolder::Container { "pin-wrong-container" } else { "pin-wrong" };
                look::notice(ui, Tone::Loud, |ui| {
                    look::strong(ui, &words.say(id));
                });
            }
            if last {
                look::notice(ui, Tone::Loud, |ui| {
                    look::strong(ui, &words.say("last-banner"));
                });
            }
            ui.add_space(4.0);
            let first = secret_field(ui, &words.enter_pin(it.holder, it.attempts), &mut sheet.pad.one);
            sheet.focus_once(&first, false);
            entered = was_entered(ui, &first);
            if last {
                let second = secret_field(ui, &words.say("pin-again"), &mut sheet.pad.two);
                entered = was_entered(ui, &second);
            }
            not_latin(ui, words, &sheet.pad.one);
            let alike = !last || sheet.pad.one.text() == sheet.pad.two.text();
            if last && !sheet.pad.two.is_empty() && !alike {
                look::mistake(ui, &words.say("pin-differs"));
            }
            ready = alike && !sheet.pad.one.is_empty();
            Step::Stay
        });
        let weight = if last { Weight::Danger } else { Weight::Primary };
        let pressed = self.buttons(ui, &[("button-ok", weight, ready), CANCEL], locked, NOBODY);
        let pressed = pressed.or((entered && ready && !locked).then_some(0));
        settle(step, pressed, || {
            let pin = self.pad.one.take();
            Step::End(Ok(Answer::Pin(TypedPin { pin, last_attempt_confirmed: last })))
        })
    }

    fn draw_last_warning(&mut self, ui: &mut Ui, medium: &str, locked: bool) -> Step {
        let words = self.words;
        let step = self.page(ui, |_, ui| {
            look::notice(ui, Tone::Loud, |ui| {
                look::title(ui, &words.say("last-title"));
                look::paragraph(ui, &words.say_with("last-text", &[("medium", medium)]));
            });
            ui.add_space(4.0);
            look::paragraph(ui, &words.say("last-advice"));
            Step::Stay
        });
        let pressed = self.buttons(ui, &[("button-last-attempt", Weight::Danger, true), CANCEL], locked, 1);
        settle(step, pressed, || {
            self.pad.warned = true;
            Step::Turn
        })
    }

    fn draw_new_pins(&mut self, ui: &mut Ui, it: &NewPins, locked: bool) -> Step {
        // Of a PIN that is made only the old one is asked for: that fits beside the other.
        let beside_user = it
            .administrator
            .as_ref()
            .filter(|change| it.user.is_some() && change.new == NewPin::Made && !change.attempts.is_last());
        let alone = it.administrator.as_ref().filter(|_| beside_user.is_none());
        let parts: Vec<(PinHolder, &PinChange)> =
            [(PinHolder::User, it.user.as_ref()), (PinHolder::Administrator, alone)]
                .into_iter()
                .filter_map(|(holder, change)| Some((holder, change?)))
                .collect();
        let Some((holder, change)) = parts.get(self.pad.step).copied() else {
            return Step::End(Ok(Answer::NewPins(ChangedPins { user: None, administrator: None })));
        };
        let beside_user = beside_user.filter(|_| holder == PinHolder::User);
        let words = self.words;
        let last = change.attempts.is_last();
        if last && !self.pad.warned {
            return self.draw_last_warning(ui, &words.medium_name(&it.medium), locked);
        }
        if !std::mem::replace(&mut self.pad.is_filled, true) {
            self.pad.one.fill(change.printed.as_deref().unwrap_or_default());
            self.pad.five.fill(beside_user.and_then(|change| change.printed.as_deref()).unwrap_or_default());
        }
        let part = holder.part();
        let (mut entered, mut ready) = (false, false);
        let step = self.page(ui, |sheet, ui| {
            look::title(ui, &words.say("new-pins-title"));
            let mut line = words.medium(&it.medium);
            if parts.len() > 1 {
                let (now, all) = ((sheet.pad.step + 1).to_string(), parts.len().to_string());
                line = format!("{line} · {}", words.say_with("new-pins-step", &[("step", &now), ("steps", &all)]));
            }
            look::weak(ui, &line);
            // Where the maker's PINs stand beside their fields, there is less to say and less room.
            if change.is_factory && beside_user.is_some() {
                look::paragraph(ui, &words.say("new-pins-factory"));
            } else if change.is_factory {
                look::notice(ui, Tone::Calm, |ui| {
                    look::paragraph(ui, &words.say("new-pins-factory"));
                });
            }
            if last {
                look::notice(ui, Tone::Loud, |ui| {
                    look::strong(ui, &words.say("last-banner"));
                });
            }
            let old_label = words.old_pin(holder, change);
            let old = match beside_user {
                None => secret_field(ui, &old_label, &mut sheet.pad.one),
                Some(other) => ui.columns(2, |columns| {
                    let old = secret_field(&mut columns[0], &old_label, &mut sheet.pad.one);
                    let label = words.old_pin(PinHolder::Administrator, other);
                    secret_field(&mut columns[1], &label, &mut sheet.pad.five);
                    old
                }),
            };
            if change.printed.is_none() {
                sheet.focus_once(&old, false);
            }
            entered = was_entered(ui, &old);
            let mut old_alike = true;
            if last {
                secret_field(ui, &words.say("old-pin-again"), &mut sheet.pad.four);
                old_alike = sheet.pad.one.text() == sheet.pad.four.text();
                if !sheet.pad.four.is_empty() && !old_alike {
                    look::mistake(ui, &words.say("pin-differs"));
                }
            }
            ready = !sheet.pad.one.is_empty() && old_alike && (beside_user.is_none() || !sheet.pad.five.is_empty());
            if let NewPin::Typed(wanted) = &change.new {
                beside(ui, |left, right| {
                    let new = secret_field(left, &words.say(&format!("new-pin-{part}")), &mut sheet.pad.two);
                    sheet.focus_once(&new, false);
                    let again = secret_field(left, &words.say(&format!("new-pin-{part}-again")), &mut sheet.pad.three);
                    entered = was_entered(left, &again);
                    let pad = &sheet.pad;
                    let typed = Typed {
                        new: pad.two.text(),
                        again: pad.three.text(),
                        old: Some(pad.one.text()),
                        other: pad.first_pin.as_ref().and_then(|first| first.new.as_ref()).map(Secret::text),
                    };
                    ready &= rules(right, words, wanted, typed);
                });
            }
            Step::Stay
        });
        self.wanted.x = TWO_COLUMNS;
        let is_final = self.pad.step + 1 == parts.len();
        let forward = if is_final { "button-ok" } else { "button-next" };
        let pressed = self.buttons(ui, &[(forward, Weight::Primary, ready), CANCEL], locked, NOBODY);
        let pressed = pressed.or((entered && ready && !locked).then_some(0));
        settle(step, pressed, || {
            let is_typed = change.new != NewPin::Made;
            let pin = OldAndNew {
                old: self.pad.one.take(),
                new: is_typed.then(|| self.pad.two.take()),
                last_attempt_confirmed: last,
            };
            if !is_final {
                self.pad = Pad { step: self.pad.step + 1, first_pin: Some(pin), ..Pad::default() };
                return Step::Turn;
            }
            let made = |old| OldAndNew { old, new: None, last_attempt_confirmed: false };
            let changed = match holder {
                PinHolder::Administrator => ChangedPins { user: self.pad.first_pin.take(), administrator: Some(pin) },
                PinHolder::User | PinHolder::Container => {
                    ChangedPins { user: Some(pin), administrator: beside_user.map(|_| made(self.pad.five.take())) }
                }
            };
            Step::End(Ok(Answer::NewPins(changed)))
        })
    }

    fn draw_made_pin(&mut self, ui: &mut Ui, it: &MadePin, locked: bool) -> Step {
        let words = self.words;
        let step = self.page(ui, |_, ui| {
            look::title(ui, &words.say("made-pin-title"));
            look::weak(ui, &words.medium(&it.medium));
            look::notice(ui, Tone::Calm, |ui| {
                look::title(ui, it.pin.text());
            });
            ui.add_space(4.0);
            look::paragraph(ui, &words.say("made-pin-text"));
            Step::Stay
        });
        // An Enter that was meant for the window before would hide it unread.
        let pressed = self.buttons(ui, &[("button-written-down", Weight::Primary, true), CANCEL], locked, NOBODY);
        settle(step, pressed, || Step::End(Ok(Answer::Agreed)))
    }

    fn draw_password(&mut self, ui: &mut Ui, it: &NewPassword, locked: bool) -> Step {
        let words = self.words;
        let (mut entered, mut ready) = (false, false);
        let step = self.page(ui, |sheet, ui| {
            look::title(ui, &words.say("password-title"));
            let container = words.say_with("password-container", &[("name", &it.container)]);
            look::weak(ui, &format!("{} · {container}", words.medium(&it.medium)));
            look::paragraph(ui, &words.say("password-note"));
            ui.add_space(4.0);
            beside(ui, |left, right| {
                let first = secret_field(left, &words.say("password-new"), &mut sheet.pad.one);
                sheet.focus_once(&first, false);
                let again = secret_field(left, &words.say("password-again"), &mut sheet.pad.two);
                entered = was_entered(left, &again);
                let typed = Typed { new: sheet.pad.one.text(), again: sheet.pad.two.text(), ..Typed::default() };
                ready = rules(right, words, &it.rules, typed);
            });
            Step::Stay
        });
        self.wanted.x = TWO_COLUMNS;
        let pressed = self.buttons(ui, &[("button-ok", Weight::Primary, ready), CANCEL], locked, NOBODY);
        let pressed = pressed.or((entered && ready && !locked).then_some(0));
        settle(step, pressed, || Step::End(Ok(Answer::Password(self.pad.one.take()))))
    }

    fn draw_signing(&mut self, ui: &mut Ui, it: &Signing, locked: bool) -> Step {
        let words = self.words;
        let step = self.fixed_page(ui, vec2(DOCUMENT_WIDTH, DOCUMENT_HEIGHT), |sheet, ui| {
            look::title(ui, &words.say("signing-title"));
            look::strong(ui, &it.title);
            if let Some(signer) = &it.signer {
                look::rows(ui, &[(words.say("signing-signer"), signer.clone())]);
            }
            let size = vec2(ui.available_width(), (ui.available_height() - HINT).max(80.0));
            let (page, pages) = document(ui, &words.say("signing-text"), &it.text, &mut sheet.pad, size);
            sheet.pad.seen_last_page |= page + 1 == pages && !locked;
            if pages > 1 && !sheet.pad.seen_last_page {
                look::weak(ui, &words.say("signing-read-on"));
            }
            Step::Stay
        });
        self.pad.page = self.pager(ui, ("button-previous-page", "button-next-page"), self.pad.pages, locked);
        let ready = self.pad.seen_last_page;
        let focus = if ready { 0 } else { NOBODY };
        let pressed = self.buttons(ui, &[("button-sign", Weight::Primary, ready), REFUSE], locked, focus);
        settle(step, pressed, || Step::End(Ok(Answer::Agreed)))
    }

    fn draw_card(&mut self, ui: &mut Ui, it: &CardWanted, locked: bool) -> Step {
        let words = self.words;
        let step = self.page(ui, |_, ui| {
            let title = if it.wanted == WantedCard::Any { "card-title-any" } else { "card-title" };
            look::title(ui, &words.say(title));
            match &it.wanted {
                WantedCard::Any => {
                    look::paragraph(ui, &words.say("card-any"));
                }
                WantedCard::WithCurrentCertificate { algorithm, subject } => {
                    look::paragraph(ui, &words.say_with("card-with-current-certificate", &[("algorithm", algorithm)]));
                    look::rows(ui, &[(words.say("card-with-current-certificate-subject"), subject.clone())]);
                }
                WantedCard::New => {
                    look::paragraph(ui, &words.say("card-new"));
                }
                WantedCard::WithNewKey { name } => {
                    look::paragraph(ui, &words.say_with("card-with-new-key", &[("name", name)]));
                }
            }
            if let Some(name) = &it.instead {
                ui.add_space(4.0);
                look::notice(ui, Tone::Loud, |ui| {
                    look::paragraph(ui, &words.say_with("card-instead", &[("name", name)]));
                });
            }
            Step::Stay
        });
        let pressed = self.buttons(ui, &[("button-card-ready", Weight::Primary, true), CANCEL], locked, 0);
        settle(step, pressed, || Step::End(Ok(Answer::Agreed)))
    }

    fn draw_certificates(&mut self, ui: &mut Ui, it: &CertificateView, locked: bool) -> Step {
        let words = self.words;
        let step = self.page(ui, |sheet, ui| {
            look::title(ui, &words.say("certificates-title"));
            look::weak(ui, &words.medium(&it.medium));
            let Some(line) = it.certificates.get(sheet.pad.page) else {
                look::paragraph(ui, &words.say("certificates-none"));
                return Step::Stay;
            };
            let serial = words
                .say_with("certificate-serial-both", &[("hex", &line.serial_hex), ("decimal", &line.serial_decimal)]);
            let key = if line.has_key { "certificate-key-here" } else { "certificate-key-elsewhere" };
            let values = [
                ("certificate-subject", line.subject.clone()),
                ("certificate-issuer", line.issuer.clone()),
                ("certificate-serial", serial),
                ("certificate-not-before", line.not_before.clone()),
                ("certificate-not-after", line.not_after.clone()),
                ("certificate-algorithm", line.algorithm.clone()),
                ("certificate-thumbprint", in_groups(&line.thumbprint)),
                ("certificate-key", words.say(key)),
            ];
            look::rows(ui, &values.map(|(id, value)| (words.say(id), value)));
            Step::Stay
        });
        self.wanted.x = DOCUMENT_WIDTH;
        if !it.certificates.is_empty() {
            let names = ("button-previous-certificate", "button-next-certificate");
            self.pad.page = self.pager(ui, names, it.certificates.len(), locked);
        }
        let pressed = self.buttons(ui, &[("button-close", Weight::Primary, true)], locked, 0);
        settle(step, pressed, || Step::End(Ok(Answer::Agreed)))
    }

    fn draw_deletion(&mut self, ui: &mut Ui, it: &OrphanKey, locked: bool) -> Step {
        let words = self.words;
        let step = self.page(ui, |_, ui| {
            look::title(ui, &words.say("deletion-title"));
            let mut lines = vec![
                (words.say("deletion-medium"), words.medium(&it.medium)),
                (words.say("deletion-key"), in_groups(&it.key_id)),
                (words.say("deletion-algorithm"), it.algorithm.clone()),
            ];
            lines.extend(it.unz.clone().map(|unz| (words.say("deletion-unz"), unz)));
            look::rows(ui, &lines);
            ui.add_space(4.0);
            look::notice(ui, Tone::Loud, |ui| {
                look::paragraph(ui, &words.say("deletion-text"));
            });
            Step::Stay
        });
        let pressed = self.buttons(ui, &[("button-delete", Weight::Danger, true), CANCEL], locked, 1);
        settle(step, pressed, || Step::End(Ok(Answer::Agreed)))
    }

    fn draw_success(&mut self, ui: &mut Ui, it: &Success, locked: bool) -> Step {
        let words = self.words;
        let step = self.page(ui, |_, ui| {
            ui.horizontal_top(|ui| {
                look::sign(ui, Sign::Done);
                ui.add_space(6.0);
                ui.vertical(|ui| {
                    let kind = it.medium.as_ref().map_or(MediumKind::SmartKey, |medium| medium.kind);
                    let done = words.say_with(&format!("done-{}", it.done.code()), &[("kind", kind.code())]);
                    look::title(ui, &done);
                    if let Some(medium) = &it.medium {
                        look::weak(ui, &words.medium(medium));
                    }
                    if let Some(unz) = &it.unz {
                        look::weak(ui, &words.say_with("done-unz", &[("unz", unz)]));
                    }
                });
            });
            Step::Stay
        });
        let pressed = self.buttons(ui, &[("button-ok", Weight::Primary, true)], locked, 0);
        settle(step, pressed, || Step::End(Ok(Answer::Agreed)))
    }

    fn draw_trouble(&mut self, ui: &mut Ui, it: &Trouble, locked: bool) -> Step {
        let words = self.words;
        let step = self.page(ui, |_, ui| {
            ui.horizontal_top(|ui| {
                look::sign(ui, Sign::Wrong);
                ui.add_space(6.0);
                ui.vertical(|ui| {
                    look::title(ui, &words.say("trouble-title"));
                    look::paragraph(ui, &it.cause);
                    ui.add_space(4.0);
                    look::strong(ui, &words.say("trouble-next"));
                    look::paragraph(ui, &it.next);
                    ui.add_space(4.0);
                    look::weak(ui, &words.say_with("trouble-code", &[("code", &it.code)]));
                });
            });
            Step::Stay
        });
        let offered: &[_] = if it.can_retry {
            &[("button-retry", Weight::Primary, true), ("button-close", Weight::Plain, true)]
        } else {
            &[("button-close", Weight::Primary, true)]
        };
        let pressed = self.buttons(ui, offered, locked, 0);
        match (step, pressed) {
            (Step::Stay, None) => Step::Stay,
            (Step::Stay, Some(0)) if it.can_retry => Step::End(Ok(Answer::AfterTrouble(AfterTrouble::Retry))),
            (Step::Stay, Some(_)) => Step::End(Ok(Answer::AfterTrouble(AfterTrouble::Close))),
            (other, _) => other,
        }
    }
}

/// The frame around every question: who asks above, buttons below, the question between them.
impl Sheet {
    /// The body, as tall as what it says, with the line of who asks above it.
    fn page(&mut self, ui: &mut Ui, add: impl FnOnce(&mut Self, &mut Ui) -> Step) -> Step {
        self.framed(ui, true, add)
    }

    fn framed(&mut self, ui: &mut Ui, with_context: bool, add: impl FnOnce(&mut Self, &mut Ui) -> Step) -> Step {
        let (mut step, mut height) = (Step::Stay, 0.0);
        let body = self.body(ui);
        ui.scope_builder(UiBuilder::new().max_rect(body), |ui| {
            let shown = ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                // Room for the ring around a focused widget at the edge.
                Frame::new().inner_margin(Margin::symmetric(6, 6)).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    let presses = |key| ui.input(|input| input.num_presses(key) as f32);
                    let pages = presses(Key::PageUp) - presses(Key::PageDown);
                    ui.scroll_with_delta(vec2(0.0, pages * body.height() * 0.8));
                    if with_context {
                        self.draw_context(ui);
                    }
                    step = add(self, ui);
                });
            });
            height = shown.content_size.y;
        });
        self.wanted = vec2(WIDTH, (height + 2.0 * EDGE - 12.0 + BAR).ceil());
        step
    }

    /// A body that fills a window of a wanted size: the document with its pages.
    fn fixed_page(&mut self, ui: &mut Ui, wanted: Vec2, add: impl FnOnce(&mut Self, &mut Ui) -> Step) -> Step {
        let mut step = Step::Stay;
        ui.scope_builder(UiBuilder::new().max_rect(self.body(ui).shrink(6.0)), |ui| {
            self.draw_context(ui);
            step = add(self, ui);
        });
        self.wanted = wanted;
        step
    }

    /// The window without the edge and the bar of buttons; paints the ground.
    fn body(&self, ui: &Ui) -> Rect {
        let all = ui.max_rect();
        ui.painter().rect_filled(all, 0.0, Look::of(ui).ground);
        let edge = EDGE - 6.0;
        let mut body = all.shrink2(vec2(edge, edge));
        if self.is_asking() {
            body.max.y = (all.max.y - BAR).max(body.min.y + 40.0);
        }
        body
    }

    fn draw_context(&self, ui: &mut Ui) {
        let Some((bank, origin, unz)) = &self.context else { return };
        let text = match unz {
            None => self.words.say_with("context", &[("bank", bank), ("origin", origin)]),
            Some(unz) => self.words.say_with("context-unz", &[("bank", bank), ("origin", origin), ("unz", unz)]),
        };
        look::weak(ui, &text);
        ui.add_space(2.0);
    }

    /// The bar of buttons at the lower edge; the index of the pressed one. `focus` is the one that has the keyboard at first.
    fn buttons(&mut self, ui: &mut Ui, offered: &[(&str, Weight, bool)], locked: bool, focus: usize) -> Option<usize> {
        let all = ui.max_rect();
        let look = Look::of(ui);
        let line = all.max.y - BAR;
        ui.painter().hline(all.x_range(), line, Stroke::new(1.0, look.line));
        let texts: Vec<String> = offered.iter().map(|(id, _, _)| self.words.say(id)).collect();
        let gap = 12.0;
        let width: f32 = texts.iter().map(|text| look::button_width(ui, text)).sum::<f32>()
            + gap * (texts.len().saturating_sub(1)) as f32;
        let left = (all.max.x - EDGE - width).max(all.min.x + 8.0);
        let top = line + (BAR - look::BUTTON_HEIGHT) / 2.0;
        let place = Rect::from_min_max(pos2(left, top), pos2(all.max.x - EDGE + 1.0, top + look::BUTTON_HEIGHT));
        let mut pressed = None;
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = gap;
                for (at, ((_, weight, enabled), text)) in offered.iter().zip(&texts).enumerate() {
                    let response = look::button(ui, text, *weight, *enabled && !locked);
                    if at == focus && *enabled {
                        self.focus_once(&response, locked);
                    }
                    if response.clicked() && !locked && *enabled {
                        pressed = Some(at);
                    }
                }
            });
        });
        pressed
    }

    /// «1/1» between its two arrows, at the left of the bar; the page that is due now.
    fn pager(&self, ui: &mut Ui, names: (&str, &str), pages: usize, locked: bool) -> usize {
        let (words, page) = (self.words, self.pad.page);
        let keys = ui.input(|input| (input.key_pressed(Key::PageUp), input.key_pressed(Key::PageDown)));
        let (mut back, mut on) = (keys.0 && !locked, keys.1 && !locked);
        let all = ui.max_rect();
        let top = all.max.y - BAR + (BAR - look::BUTTON_HEIGHT) / 2.0;
        let place = Rect::from_min_size(pos2(all.min.x + EDGE, top), vec2(200.0, look::BUTTON_HEIGHT));
        ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
            ui.horizontal(|ui| {
                if pages > 1 {
                    back |= look::arrow(ui, &words.say(names.0), false, page > 0 && !locked).clicked();
                }
                let text = words.say_with("pager", &[("page", &(page + 1).to_string()), ("pages", &pages.to_string())]);
                ui.add(Label::new(RichText::new(text)));
                if pages > 1 {
                    on |= look::arrow(ui, &words.say(names.1), true, page + 1 < pages && !locked).clicked();
                }
            });
        });
        if back && page > 0 {
            page - 1
        } else if on && page + 1 < pages {
            page + 1
        } else {
            page
        }
    }

    /// Gives the keyboard to this widget, once a sheet. A widget that is switched off cannot hold it, hence `later`.
    fn focus_once(&mut self, response: &Response, later: bool) {
        if self.focus_due && !later {
            response.request_focus();
            self.focus_due = false;
            // The ring is drawn by the next pass.
            response.ctx.request_repaint();
        }
    }
}

const REFUSE: (&str, Weight, bool) = ("button-refuse", Weight::Plain, true);
const CANCEL: (&str, Weight, bool) = ("button-cancel", Weight::Plain, true);

/// The first button goes forward, the second refuses.
fn settle(step: Step, pressed: Option<usize>, forward: impl FnOnce() -> Step) -> Step {
    match (step, pressed) {
        (Step::Stay, Some(0)) => forward(),
        (Step::Stay, Some(_)) => Step::End(Err(Unanswered::Declined)),
        (other, _) => other,
    }
}

/// What Esc means. On sheets that only tell something it is their one button.
fn refusal(question: &Question) -> Result<Answer, Unanswered> {
    match question {
        Question::Success(_) | Question::Certificates(_) => Ok(Answer::Agreed),
        Question::Trouble(_) => Ok(Answer::AfterTrouble(AfterTrouble::Close)),
        Question::Consent(_)
        | Question::Medium(_)
        | Question::Pin(_)
        | Question::NewPins(_)
        | Question::MadePin(_)
        | Question::Password(_)
        | Question::Signing(_)
        | Question::Card(_)
        | Question::Deletion(_) => Err(Unanswered::Declined),
    }
}

fn first_choice(question: &Question) -> Option<usize> {
    let Question::Medium(choice) = question else { return None };
    let usable = choice.media.iter().position(|medium| medium.unusable.is_none());
    usable.or(choice.directory.then_some(choice.media.len()))
}

/// Takes every event away from this pass: the person cannot have meant a window that was not there.
fn deafen(ui: &Ui) {
    wipe_events(ui.ctx());
    ui.input_mut(|input| input.events.clear());
}

/// A key held down since before this window has pressed nothing here.
fn ignore_held_keys(ui: &Ui) {
    ui.input_mut(|input| {
        let is_held = |event: &Event| {
            matches!(event, Event::Key { key: Key::Enter | Key::Space | Key::Escape, repeat: true, pressed: true, .. })
        };
        input.events.retain(|event| !is_held(event));
    });
}

fn was_entered(ui: &Ui, field: &Response) -> bool {
    field.has_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

fn not_latin(ui: &mut Ui, words: Words, draft: &Draft) {
    if !draft.text().is_ascii() {
        look::mistake(ui, &words.say("pin-not-latin"));
    }
}

/// Fields at the left, what they have to be at the right.
fn beside(ui: &mut Ui, add: impl FnOnce(&mut Ui, &mut Ui)) {
    let all = ui.available_rect_before_wrap();
    let middle = all.left() + (all.width() * 0.62).floor();
    let part = |ui: &mut Ui, left, right| {
        let rect = Rect::from_min_max(pos2(left, all.top()), pos2(right, all.bottom()));
        ui.new_child(UiBuilder::new().max_rect(rect))
    };
    let mut left = part(ui, all.left(), middle - 10.0);
    let mut right = part(ui, middle + 10.0, all.right());
    add(&mut left, &mut right);
    ui.allocate_rect(left.min_rect().union(right.min_rect()), Sense::hover());
}

/// The list of rules; true when all are met.
fn rules(ui: &mut Ui, words: Words, rules: &Rules, typed: Typed<'_>) -> bool {
    let seen = rules.look(typed);
    look::weak(ui, &words.say("rules"));
    for (rule, met) in &seen {
        draw_rule(ui, words, *rule, *met);
    }
    seen.iter().all(|(_, met)| *met)
}

fn draw_rule(ui: &mut Ui, words: Words, rule: Rule, met: bool) {
    let text = words.rule(rule);
    let spoken = words.say_with(if met { "rule-met" } else { "rule-unmet" }, &[("rule", &text)]);
    look::ticked(ui, met, &text, &spoken);
}

/// Draws the page of the text that is due and tells it and how many there are at this size.
fn document(ui: &mut Ui, name: &str, text: &str, pad: &mut Pad, size: Vec2) -> (usize, usize) {
    let look = Look::of(ui);
    let (outer, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect(
        outer,
        look::CORNER as f32,
        look.card,
        Stroke::new(1.0, look.line),
        eframe::egui::StrokeKind::Inside,
    );
    let inner = outer.shrink2(vec2(16.0, 12.0));
    let font = FontId::proportional(DOCUMENT);
    let job = LayoutJob::simple(text.to_owned(), font, look.text, inner.width());
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let lines: Vec<(f32, String)> = galley
        .rows
        .iter()
        .map(|row| (row.rect().height(), row.row.glyphs.iter().map(|glyph| glyph.chr).collect()))
        .collect();
    let pages = pages_of(&lines, inner.height());
    if pages.len() != pad.pages {
        pad.pages = pages.len();
        // Another size, other pages: read on from the first one, unless all was seen already.
        pad.page = if pad.seen_last_page { pad.page.min(pages.len() - 1) } else { 0 };
    }
    let page = &pages[pad.page];
    let shown = page.clone().map(|at| lines[at].1.trim_end()).collect::<Vec<_>>().join("\n");
    let response = ui.interact(inner, Id::unique("document"), Sense::focusable_noninteractive());
    response.widget_info(|| WidgetInfo::labeled(Role::Document, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(shown.as_str()));
    let galley = ui.painter().layout_no_wrap(shown, FontId::proportional(DOCUMENT), look.text);
    ui.painter().galley(inner.min, galley, look.text);
    look::ring(ui, &response);
    (pad.page, pages.len())
}

/// Which lines are on which page.
fn pages_of(lines: &[(f32, String)], height: f32) -> Vec<std::ops::Range<usize>> {
    let mut pages = Vec::new();
    let (mut first, mut used) = (0, 0.0);
    for (at, (line, _)) in lines.iter().enumerate() {
        if used + line > height && at > first {
            pages.push(first..at);
            (first, used) = (at, 0.0);
        }
        used += line;
    }
    pages.push(first..lines.len());
    pages
}

/// A path to type and the folders in it to step into.
fn directory(ui: &mut Ui, words: Words, path: &mut String) {
    if path.is_empty() {
        *path = std::env::home_dir().map(|home| home.display().to_string()).unwrap_or_default();
    }
    let label = look::paragraph(ui, &words.say("medium-directory-path"));
    let field =
        TextEdit::singleline(path).desired_width(f32::INFINITY).margin(Margin::symmetric(10, 8)).char_limit(1024);
    let field = ui.add(field).labelled_by(label.id);
    look::ring(ui, &field);
    let folder = PathBuf::from(path.trim());
    if let Err(id) = check_directory(path) {
        look::mistake(ui, &words.say(id));
        return;
    }
    let (inside, more) = folders_in(&folder);
    ui.horizontal_wrapped(|ui| {
        if let Some(up) = folder.parent()
            && look::button(ui, &words.say("medium-directory-up"), Weight::Plain, true).clicked()
        {
            *path = up.display().to_string();
        }
        for name in &inside {
            if look::button(ui, name, Weight::Plain, true).clicked() {
                *path = folder.join(name).display().to_string();
            }
        }
    });
    if more {
        look::weak(ui, &words.count("medium-directory-more", FOLDERS_SHOWN));
    }
}

fn check_directory(path: &str) -> Result<(), &'static str> {
    let path = Path::new(path.trim());
    if !path.is_absolute() {
        return Err("medium-directory-relative");
    }
    if path.is_dir() { Ok(()) } else { Err("medium-directory-missing") }
}

/// Names of the folders, hidden ones left out, and whether there are more than are shown.
fn folders_in(folder: &Path) -> (Vec<String>, bool) {
    // A folder that cannot be read shows nothing inside; it can still be chosen, and what cannot be done there is said when it is tried.
    let Ok(entries) = std::fs::read_dir(folder) else { return (Vec::new(), false) };
    let entries = entries.take(FOLDERS_LOOKED_AT).filter_map(Result::ok).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && name.chars().count() <= FOLDER_NAME_SHOWN)
        .collect();
    names.sort();
    let more = names.len() > FOLDERS_SHOWN;
    names.truncate(FOLDERS_SHOWN);
    (names, more)
}

/// `a1b2 c3d4 …`, eight groups a line: easier to compare by eye.
fn in_groups(hex: &str) -> String {
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    let groups: Vec<String> = digits.chunks(4).map(|group| group.iter().collect()).collect();
    groups.chunks(8).map(|line| line.join(" ")).collect::<Vec<_>>().join("\n")
}

/// A window that has just appeared or come to the front takes nothing for this long.
pub const DEAF_SECONDS: f64 = 0.5;
const NOBODY: usize = usize::MAX;
const WIDTH: f32 = 600.0;
const TWO_COLUMNS: f32 = 680.0;
const DOCUMENT_WIDTH: f32 = 760.0;
const DOCUMENT_HEIGHT: f32 = 700.0;
const DOCUMENT: f32 = 15.0;
/// The line below the document.
const HINT: f32 = 30.0;
const EDGE: f32 = 24.0;
/// Height of the bar of buttons.
const BAR: f32 = 66.0;
const FOLDERS_SHOWN: usize = 12;
/// A folder of a hundred thousand entries must not stop the window.
const FOLDERS_LOOKED_AT: usize = 2000;
const FOLDER_NAME_SHOWN: usize = 40;
