//! How the windows look: colours of both themes, the typeface, and the few building blocks every sheet is made of. No question is known here.

use std::sync::Arc;

use eframe::egui::{
    Button, Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Frame, Label, Margin, Rect,
    Response, RichText, Sense, Stroke, StrokeKind, TextStyle, Theme, Ui, Vec2, Visuals, pos2, vec2,
};

/// Colours of one theme. Text on its ground has a contrast of at least 4.5 to 1 (a test counts).
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) ground: Color32,
    pub(super) card: Color32,
    pub(super) line: Color32,
    pub(super) text: Color32,
    pub(super) weak: Color32,
    pub(super) accent: Color32,
    pub(super) accent_ground: Color32,
    pub(super) on_accent: Color32,
    pub(super) danger: Color32,
    pub(super) danger_fill: Color32,
    pub(super) danger_ground: Color32,
    pub(super) success: Color32,
}

impl Look {
    pub(super) const LIGHT: Self = Self {
        ground: Color32::from_rgb(0xff, 0xff, 0xff),
        card: Color32::from_rgb(0xf4, 0xf6, 0xf9),
        line: Color32::from_rgb(0xc9, 0xd0, 0xd9),
        text: Color32::from_rgb(0x1b, 0x20, 0x27),
        weak: Color32::from_rgb(0x56, 0x5f, 0x6b),
        accent: Color32::from_rgb(0x1c, 0x5c, 0xc0),
        accent_ground: Color32::from_rgb(0xe9, 0xf1, 0xfd),
        on_accent: Color32::WHITE,
        danger: Color32::from_rgb(0xa8, 0x1e, 0x18),
        danger_fill: Color32::from_rgb(0xb3, 0x26, 0x1e),
        danger_ground: Color32::from_rgb(0xfd, 0xec, 0xea),
        success: Color32::from_rgb(0x1a, 0x70, 0x47),
    };
    pub(super) const DARK: Self = Self {
        ground: Color32::from_rgb(0x1e, 0x21, 0x26),
        card: Color32::from_rgb(0x29, 0x2d, 0x34),
        line: Color32::from_rgb(0x4a, 0x51, 0x5c),
        text: Color32::from_rgb(0xec, 0xee, 0xf1),
        weak: Color32::from_rgb(0xac, 0xb4, 0xbf),
        accent: Color32::from_rgb(0x8a, 0xb8, 0xff),
        accent_ground: Color32::from_rgb(0x24, 0x32, 0x48),
        on_accent: Color32::from_rgb(0x0c, 0x1a, 0x2e),
        danger: Color32::from_rgb(0xff, 0xa2, 0x9a),
        danger_fill: Color32::from_rgb(0xff, 0xa2, 0x9a),
        danger_ground: Color32::from_rgb(0x45, 0x26, 0x25),
        success: Color32::from_rgb(0x7f, 0xd8, 0xab),
    };

    pub(super) fn of(ui: &Ui) -> Self {
        if ui.visuals().dark_mode { Self::DARK } else { Self::LIGHT }
    }
}

/// Installs the typeface and both themes.
pub(super) fn dress(ctx: &Context) {
    let mut fonts = FontDefinitions::empty();
    let faces: [(&str, &[u8]); 2] = [
        (REGULAR, include_bytes!("../../fonts/PTS55F.ttf").as_slice()),
        (BOLD, include_bytes!("../../fonts/PTS75F.ttf").as_slice()),
    ];
    for (name, octets) in faces {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(octets)));
    }
    fonts.families.insert(FontFamily::Proportional, vec![REGULAR.to_owned()]);
    fonts.families.insert(FontFamily::Monospace, vec![REGULAR.to_owned()]);
    fonts.families.insert(bold_family(), vec![BOLD.to_owned()]);
    ctx.set_fonts(fonts);
    for (theme, look) in [(Theme::Light, Look::LIGHT), (Theme::Dark, Look::DARK)] {
        ctx.style_mut_of(theme, |style| {
            style.text_styles = [
                (TextStyle::Body, FontId::proportional(BODY)),
                (TextStyle::Button, FontId::proportional(BODY)),
                (TextStyle::Monospace, FontId::proportional(BODY)),
                (TextStyle::Small, FontId::proportional(SMALL)),
                (TextStyle::Heading, FontId::new(TITLE, bold_family())),
            ]
            .into();
            style.spacing.item_spacing = vec2(10.0, 8.0);
            style.spacing.button_padding = vec2(16.0, 8.0);
            style.spacing.interact_size = vec2(40.0, 36.0);
            style.interaction.selectable_labels = false;
            style.animation_time = 0.0;
            style.visuals = visuals(theme, look);
        });
    }
}

fn visuals(theme: Theme, look: Look) -> Visuals {
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = look.ground;
    visuals.window_fill = look.ground;
    visuals.extreme_bg_color = look.card;
    visuals.override_text_color = None;
    visuals.selection.bg_fill = look.accent_ground;
    visuals.selection.stroke = Stroke::new(1.0, look.text);
    visuals.disabled_alpha = 0.45;
    let corner = CornerRadius::same(CORNER);
    let states = &mut visuals.widgets;
    for (state, line) in [
        (&mut states.noninteractive, look.line),
        (&mut states.inactive, look.line),
        (&mut states.hovered, look.accent),
        (&mut states.active, look.accent),
        (&mut states.open, look.accent),
    ] {
        state.bg_fill = look.card;
        state.weak_bg_fill = look.card;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, look.text);
        state.corner_radius = corner;
        state.expansion = 0.0;
    }
    visuals
}

fn bold_family() -> FontFamily {
    FontFamily::Name(BOLD.into())
}

pub(super) fn body_font() -> FontId {
    FontId::proportional(BODY)
}

/// The question itself, in large letters.
pub(super) fn title(ui: &mut Ui, text: &str) {
    let look = Look::of(ui);
    ui.add(Label::new(RichText::new(text).font(FontId::new(TITLE, bold_family())).color(look.text)).wrap());
    ui.add_space(4.0);
}

pub(super) fn paragraph(ui: &mut Ui, text: &str) -> Response {
    let color = Look::of(ui).text;
    ui.add(Label::new(RichText::new(text).color(color)).wrap())
}

pub(super) fn strong(ui: &mut Ui, text: &str) -> Response {
    let color = Look::of(ui).text;
    ui.add(Label::new(RichText::new(text).font(FontId::new(BODY, bold_family())).color(color)).wrap())
}

pub(super) fn weak(ui: &mut Ui, text: &str) -> Response {
    let color = Look::of(ui).weak;
    ui.add(Label::new(RichText::new(text).size(SMALL).color(color)).wrap())
}

/// Names and values in two columns; the values wrap.
pub(super) fn rows(ui: &mut Ui, lines: &[(String, String)]) {
    let look = Look::of(ui);
    let font = body_font();
    let width_of = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), look.weak).size().x;
    let widest = lines.iter().map(|(name, _)| width_of(name)).fold(0.0, f32::max);
    let column = widest.min(ui.available_width() * 0.42).ceil();
    for (name, value) in lines {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            let mut left = ui.cursor();
            left.set_width(column);
            left.set_height(0.0);
            ui.allocate_ui(vec2(column, 0.0), |ui| {
                ui.set_width(column);
                ui.add(Label::new(RichText::new(name).color(look.weak)).wrap());
            });
            ui.vertical(|ui| {
                ui.add(Label::new(RichText::new(value).color(look.text)).wrap());
            });
        });
    }
}

/// A box that stands out.
pub(super) fn notice(ui: &mut Ui, tone: Tone, add: impl FnOnce(&mut Ui)) {
    let look = Look::of(ui);
    let (ground, edge) = match tone {
        Tone::Calm => (look.accent_ground, look.accent),
        Tone::Loud => (look.danger_ground, look.danger),
    };
    let shown =
        Frame::new().fill(ground).corner_radius(CORNER).inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui);
        });
    let rect = shown.response.rect;
    let bar = Rect::from_min_max(rect.min, pos2(rect.min.x + 4.0, rect.max.y));
    ui.painter().rect_filled(bar, CornerRadius { nw: CORNER, sw: CORNER, ne: 0, se: 0 }, edge);
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Calm,
    Loud,
}

/// A line of red text, for a mistake that can be put right here.
pub(super) fn mistake(ui: &mut Ui, text: &str) {
    let color = Look::of(ui).danger;
    ui.add(Label::new(RichText::new(text).color(color)).wrap());
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// What most people came for.
    Primary,
    /// The other way.
    Plain,
    /// Cannot be undone.
    Danger,
}

pub(super) fn button(ui: &mut Ui, text: &str, weight: Weight, enabled: bool) -> Response {
    let look = Look::of(ui);
    let (fill, ink, edge) = match weight {
        Weight::Primary => (look.accent, look.on_accent, look.accent),
        Weight::Plain => (look.ground, look.text, look.line),
        Weight::Danger => (look.danger_fill, look.on_danger(), look.danger_fill),
    };
    let ink = RichText::new(text).color(ink).font(FontId::new(BODY, bold_family()));
    let made = Button::new(ink)
        .fill(fill)
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(CORNER)
        .min_size(vec2(104.0, BUTTON_HEIGHT))
        .wrap_mode(eframe::egui::TextWrapMode::Extend);
    let response = ui.add_enabled(enabled, made);
    ring(ui, &response);
    response
}

/// A small button with an arrow; a screen reader hears its name.
pub(super) fn arrow(ui: &mut Ui, name: &str, forward: bool, enabled: bool) -> Response {
    let look = Look::of(ui);
    let made = Button::new("")
        .fill(look.ground)
        .stroke(Stroke::new(1.0, look.line))
        .corner_radius(CORNER)
        .min_size(vec2(BUTTON_HEIGHT, BUTTON_HEIGHT));
    let response = ui.add_enabled(enabled, made);
    response.widget_info(|| eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Button, enabled, name));
    let side = if forward { 1.0 } else { -1.0 };
    let at = |x: f32, y: f32| response.rect.center() + vec2(x * side, y);
    let color = if enabled { look.text } else { look.line };
    for end in [-6.0, 6.0] {
        ui.painter().line_segment([at(-3.0, end), at(3.0, 0.0)], Stroke::new(2.0, color));
    }
    ring(ui, &response);
    response
}

impl Look {
    fn on_danger(self) -> Color32 {
        // The same dark or light ink as on the accent.
        self.on_accent
    }
}

/// How wide a button with this text will be.
pub(super) fn button_width(ui: &Ui, text: &str) -> f32 {
    let galley =
        ui.painter().layout_no_wrap(text.to_owned(), FontId::new(BODY, bold_family()), Color32::BLACK).size().x;
    (galley + ui.spacing().button_padding.x * 2.0).max(104.0)
}

/// Keyboard focus, seen from across the room. Every widget that takes keys calls it.
pub(super) fn ring(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let look = Look::of(ui);
        ui.painter().rect_stroke(
            response.rect.expand(3.0),
            CornerRadius::same(CORNER + 3),
            Stroke::new(2.0, look.accent),
            StrokeKind::Middle,
        );
    }
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}

/// A line that can be chosen out of several.
pub(super) fn option(ui: &mut Ui, chosen: bool, enabled: bool, name: &str, details: &[&str]) -> Response {
    let look = Look::of(ui);
    let inner_width = ui.available_width() - 52.0;
    let ink = if enabled { look.text } else { look.weak };
    let layout = |text: &str, size: f32, color: Color32| {
        ui.painter().layout(text.to_owned(), FontId::proportional(size), color, inner_width)
    };
    let mut galleys = vec![layout(name, BODY, ink)];
    galleys.extend(details.iter().filter(|text| !text.is_empty()).map(|text| layout(text, SMALL, look.weak)));
    let height = galleys.iter().map(|galley| galley.size().y).sum::<f32>() + 2.0 * (galleys.len() as f32 - 1.0) + 20.0;
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height.max(44.0)), sense);
    let label = std::iter::once(name).chain(details.iter().copied().filter(|text| !text.is_empty()));
    let label = label.collect::<Vec<_>>().join(". ");
    response
        .widget_info(|| eframe::egui::WidgetInfo::selected(eframe::egui::Role::RadioButton, enabled, chosen, &label));
    let (fill, edge) = match (chosen, response.hovered() && enabled) {
        (true, _) => (look.accent_ground, look.accent),
        (false, true) => (look.card, look.accent),
        (false, false) => (look.card, look.line),
    };
    ui.painter().rect(rect, CORNER, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let dot = pos2(rect.left() + 22.0, rect.top() + 10.0 + galleys[0].size().y / 2.0);
    ui.painter().circle(dot, 8.0, look.ground, Stroke::new(1.5, if chosen { look.accent } else { look.weak }));
    if chosen {
        ui.painter().circle_filled(dot, 4.5, look.accent);
    }
    let mut top = rect.top() + 10.0;
    for galley in galleys {
        let step = galley.size().y + 2.0;
        ui.painter().galley(pos2(rect.left() + 42.0, top), galley, ink);
        top += step;
    }
    ring(ui, &response);
    response
}

/// A tick or an empty ring before a rule.
pub(super) fn ticked(ui: &mut Ui, met: bool, text: &str, spoken: &str) {
    let look = Look::of(ui);
    let color = if met { look.success } else { look.weak };
    let galley = ui.painter().layout(text.to_owned(), FontId::proportional(SMALL), color, ui.available_width() - 24.0);
    let size = vec2(galley.size().x + 24.0, galley.size().y.max(18.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Label, true, spoken));
    let middle = pos2(rect.left() + 8.0, rect.top() + 9.0);
    if met {
        tick(ui, middle, 6.0, color);
    } else {
        ui.painter().circle_stroke(middle, 5.0, Stroke::new(1.5, color));
    }
    ui.painter().galley(pos2(rect.left() + 24.0, rect.top()), galley, color);
}

fn tick(ui: &Ui, middle: eframe::egui::Pos2, reach: f32, color: Color32) {
    let at = |x: f32, y: f32| middle + vec2(x, y) * reach;
    let stroke = Stroke::new((reach / 3.0).max(2.0), color);
    ui.painter().line_segment([at(-0.9, 0.05), at(-0.25, 0.7)], stroke);
    ui.painter().line_segment([at(-0.25, 0.7), at(0.95, -0.7)], stroke);
}

/// The large round sign beside a last word: a tick, an exclamation mark or three dots that move.
pub(super) fn sign(ui: &mut Ui, kind: Sign) {
    let look = Look::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(44.0), Sense::hover());
    let (middle, painter) = (rect.center(), ui.painter());
    match kind {
        Sign::Done => {
            painter.circle_stroke(middle, 20.0, Stroke::new(2.5, look.success));
            tick(ui, middle, 10.0, look.success);
        }
        Sign::Wrong => {
            painter.circle_stroke(middle, 20.0, Stroke::new(2.5, look.danger));
            painter.line_segment([middle + vec2(0.0, -10.0), middle + vec2(0.0, 3.0)], Stroke::new(3.5, look.danger));
            painter.circle_filled(middle + vec2(0.0, 9.0), 2.4, look.danger);
        }
        Sign::Working(phase) => {
            for dot in 0..3_usize {
                let color = if dot == phase % 3 { look.accent } else { look.line };
                painter.circle_filled(middle + vec2(dot as f32 * 14.0 - 14.0, 0.0), 4.5, color);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Done,
    Wrong,
    Working(usize),
}

const REGULAR: &str = "PT Sans";
const BOLD: &str = "PT Sans Bold";
pub(super) const BODY: f32 = 16.0;
pub(super) const SMALL: f32 = 14.0;
const TITLE: f32 = 21.0;
pub(super) const CORNER: u8 = 6;
pub(super) const BUTTON_HEIGHT: f32 = 38.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance and contrast ratio.
    fn contrast(one: Color32, other: Color32) -> f32 {
        let luminance = |color: Color32| {
            let part = |octet: u8| {
                let value = f32::from(octet) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(color.r()) + 0.7152 * part(color.g()) + 0.0722 * part(color.b())
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_stands_out_from_its_ground_in_both_themes() {
        for look in [Look::LIGHT, Look::DARK] {
            let pairs = [
                (look.text, look.ground),
                (look.text, look.card),
                (look.text, look.accent_ground),
                (look.text, look.danger_ground),
                (look.weak, look.ground),
                (look.weak, look.card),
                (look.weak, look.accent_ground),
                (look.on_accent, look.accent),
                (look.on_danger(), look.danger_fill),
                (look.danger, look.ground),
                (look.danger, look.danger_ground),
                (look.success, look.ground),
            ];
            for (at, (ink, ground)) in pairs.into_iter().enumerate() {
                assert!(contrast(ink, ground) >= 4.5, "pair {at}: {}", contrast(ink, ground));
            }
            assert!(contrast(look.accent, look.ground) >= 3.0, "the focus ring");
        }
    }
}
