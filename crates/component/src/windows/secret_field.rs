//! The field a PIN or a password is typed into. egui's own text field keeps copies for undo and lays the text out; this one keeps the characters
//! in one buffer that never moves, draws dots, and wipes the key events it has read.

use eframe::egui::{
    Context, CornerRadius, Event, ImeEvent, Key, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use zeroize::{Zeroize as _, Zeroizing};

use super::look::{self, Look};
use crate::prompt::Secret;

/// What is being typed. Wiped when it is taken, cleared or dropped.
pub(super) struct Draft(Zeroizing<String>);

impl Default for Draft {
    fn default() -> Self {
        // All of it at once: a buffer that grows leaves its old, shorter self behind in the heap.
        Self(Zeroizing::new(String::with_capacity(CAPACITY)))
    }
}

impl Draft {
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.zeroize();
        debug_assert!(self.0.capacity() >= CAPACITY, "wiping keeps the buffer");
    }

    /// Something that is no secret, to begin with.
    pub(super) fn fill(&mut self, text: &str) {
        self.clear();
        self.push(text);
    }

    /// The buffer itself, with an empty one left in its place.
    pub(super) fn take(&mut self) -> Secret {
        Secret::of(std::mem::take(self).0)
    }

    fn push(&mut self, text: &str) {
        for character in text.chars().filter(|character| !character.is_control()) {
            if self.0.len() + character.len_utf8() <= CAPACITY {
                self.0.push(character);
            }
        }
    }

    fn erase_last(&mut self) {
        let Some(last) = self.0.chars().next_back() else { return };
        let keep = self.0.len() - last.len_utf8();
        // `pop` would leave its octets in the spare capacity: the last character is overwritten first.
        let mut rest = Zeroizing::new(String::with_capacity(CAPACITY));
        rest.push_str(&self.0[..keep]);
        std::mem::swap(&mut self.0, &mut rest);
    }
}

/// Draws the field with its label above and takes the keys meant for it.
pub(super) fn secret_field(ui: &mut Ui, label: &str, draft: &mut Draft) -> Response {
    look::paragraph(ui, label);
    let width = ui.available_width().min(FIELD_WIDTH);
    let (rect, mut response) = ui.allocate_exact_size(vec2(width, FIELD_HEIGHT), Sense::click());
    if response.clicked() {
        response.request_focus();
    }
    if response.has_focus() && take_keys(ui.ctx(), draft) {
        response.mark_changed();
    }
    let count = draft.text().chars().count();
    response.widget_info(|| WidgetInfo::labeled(Role::PasswordInput, ui.is_enabled(), label));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value("•".repeat(count)));
    let look = Look::of(ui);
    let edge = if response.has_focus() { look.accent } else { look.line };
    ui.painter().rect(rect, CornerRadius::same(look::CORNER), look.card, Stroke::new(1.0, edge), StrokeKind::Inside);
    let fits = ((rect.width() - 36.0) / DOT_STEP) as usize;
    for dot in 0..count.min(fits) {
        ui.painter().circle_filled(pos2(rect.left() + 18.0 + dot as f32 * DOT_STEP, rect.center().y), 4.0, look.text);
    }
    if response.has_focus() {
        let x = rect.left() + 12.0 + count.min(fits) as f32 * DOT_STEP;
        let caret = [pos2(x, rect.center().y - 10.0), pos2(x, rect.center().y + 10.0)];
        ui.painter().line_segment(caret, Stroke::new(1.5, look.accent));
    }
    look::ring(ui, &response);
    response
}

/// True if the draft changed. The events are read here and wiped with all others at the end of the pass.
fn take_keys(ctx: &Context, draft: &mut Draft) -> bool {
    ctx.input(|input| {
        let mut changed = false;
        for event in &input.events {
            match event {
                Event::Text(text) | Event::Ime(ImeEvent::Commit(text)) => {
                    draft.push(text);
                    changed = true;
                }
                Event::Key { key: Key::Backspace, pressed: true, modifiers, .. } => {
                    if modifiers.command || modifiers.alt {
                        draft.clear();
                    } else {
                        draft.erase_last();
                    }
                    changed = true;
                }
                Event::Key { key: Key::Delete, pressed: true, .. } => {
                    draft.clear();
                    changed = true;
                }
                _ => {}
            }
        }
        changed
    })
}

/// Overwrites the text that this pass's events carry, in both places where egui keeps it. What the window system and winit keep is out of reach.
pub(super) fn wipe_events(ctx: &Context) {
    ctx.input_mut(|input| {
        input.events.iter_mut().for_each(wipe);
        input.raw.events.iter_mut().for_each(wipe);
    });
}

/// Keys in the order they were pressed. egui moves the keyboard at the beginning of a pass, whatever else the pass brings: characters pressed just before
/// Tab would land in the next field of a window that is busy. So Tab and Enter get a pass of their own, and what follows them waits here.
#[derive(Default)]
pub(super) struct Waiting(Vec<Event>);

impl Waiting {
    /// Takes this pass's events and gives back those that may go together; true if some still wait.
    pub(super) fn sort(&mut self, events: &mut Vec<Event>) -> bool {
        self.0.append(events);
        let stands_alone =
            |event: &Event| matches!(event, Event::Key { key: Key::Tab | Key::Enter, pressed: true, .. });
        let together = match self.0.iter().position(stands_alone) {
            Some(0) => 1,
            Some(before) => before,
            None => self.0.len(),
        };
        let rest = self.0.split_off(together);
        *events = std::mem::replace(&mut self.0, rest);
        !self.0.is_empty()
    }

    /// What was pressed for another question is no answer to this one.
    pub(super) fn clear(&mut self) {
        self.0.iter_mut().for_each(wipe);
        self.0.clear();
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.clear();
    }
}

fn wipe(event: &mut Event) {
    match event {
        Event::Text(text) | Event::Paste(text) | Event::Ime(ImeEvent::Commit(text)) => text.zeroize(),
        _ => {}
    }
}

/// Octets. More than any token takes.
const CAPACITY: usize = 512;
const FIELD_WIDTH: f32 = 360.0;
const FIELD_HEIGHT: f32 = 38.0;
const DOT_STEP: f32 = 13.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_takes_what_fits_and_gives_up_its_own_buffer() {
        let mut draft = Draft::default();
        let place = draft.text().as_ptr();
        draft.push("12\n34щ");
        assert_eq!(draft.text(), "1234щ");
        assert_eq!(draft.text().as_ptr(), place, "nothing was copied while typing");
        draft.erase_last();
        assert_eq!(draft.text(), "1234");
        let buffer = draft.text().as_ptr();
        let secret = draft.take();
        assert_eq!(secret.text(), "1234");
        let text = secret.into_text();
        assert_eq!(text.as_ptr(), buffer, "the very buffer was handed over");
        assert!(draft.is_empty());
        draft.push(&"я".repeat(CAPACITY));
        assert_eq!(draft.text().len(), CAPACITY);
        draft.clear();
        assert!(draft.is_empty());
    }

    #[test]
    fn what_was_pressed_before_tab_is_a_pass_before_it_and_what_came_after_one_after_it() {
        let text = |text: &str| Event::Text(text.to_owned());
        let key = |key| Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: eframe::egui::Modifiers::NONE,
        };
        let mut waiting = Waiting::default();
        let mut events = vec![text("7"), text("5"), key(Key::Tab), text("3"), key(Key::Enter)];
        let mut passes = Vec::new();
        loop {
            let more = waiting.sort(&mut events);
            passes.push(std::mem::take(&mut events));
            if !more {
                break;
            }
        }
        let wanted = [vec![text("7"), text("5")], vec![key(Key::Tab)], vec![text("3")], vec![key(Key::Enter)]];
        assert_eq!(passes, wanted);
        let mut events = vec![key(Key::Tab), text("3")];
        assert!(waiting.sort(&mut events));
        waiting.clear();
        events.clear();
        assert!(!waiting.sort(&mut events) && events.is_empty(), "nothing of the last question is left");
    }

    #[test]
    fn events_that_were_read_hold_no_text_any_more() {
        let ctx = Context::default();
        let events = vec![Event::Text("7531".to_owned()), Event::Paste("7531".to_owned())];
        let mut output = ctx.run_ui(eframe::egui::RawInput { events, ..Default::default() }, |ui| {
            wipe_events(ui.ctx());
        });
        output.textures_delta.clear();
        ctx.input(|input| {
            assert_eq!((input.events.len(), input.raw.events.len()), (2, 2), "otherwise this would prove nothing");
            for event in input.events.iter().chain(&input.raw.events) {
                match event {
                    Event::Text(text) | Event::Paste(text) => assert_eq!(text, ""),
                    other => panic!("{other:?}"),
                }
            }
        });
    }
}
