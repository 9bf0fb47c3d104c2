//! One window for one operation: the operation runs on a thread and sends its questions over a channel; the window belongs to the main thread, as
//! every window system wants it.

use std::fs::File;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use eframe::egui::{
    Context, Pos2, RawInput, Rect, ThemePreference, Ui, UserAttentionType, Vec2, ViewportBuilder, ViewportCommand, vec2,
};

use super::secret_field::Waiting;
use super::{Sheet, dress};
use crate::prompt::words::Words;
use crate::prompt::{Answer, Language, Prompt, Question, Unanswered, Work};

/// How the window speaks and looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Its language.
    pub language: Language,
    /// Its colours.
    pub theme: Theme,
}

/// Dark or light.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    /// As the desktop says; light where it does not say (plain X11).
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Runs the operation with a prompt that asks in a window. The window appears with the first question (an operation that asks nothing shows
/// nothing), stays between questions and goes with the operation's end. Call it from the main thread, once in a process.
///
/// Where no window can be shown, or another operation's window is open, every question is answered by [`Unanswered::Unavailable`].
///
/// # Panics
///
/// With the operation's own panic.
pub fn run<T: Send + 'static>(settings: Settings, operation: impl FnOnce(&mut dyn Prompt) -> T + Send + 'static) -> T {
    let (to_window, requests) = channel();
    let wake: Wake = Arc::default();
    let mut prompt = WindowPrompt { language: settings.language, to_window: Some(to_window), wake: wake.clone() };
    let thread = thread::spawn(move || operation(&mut prompt));
    show(settings, requests, &wake);
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

type Reply = Sender<Result<Answer, Unanswered>>;
/// Set once the window's loop runs: how the operation's thread wakes it.
type Wake = Arc<OnceLock<Context>>;

enum Request {
    Ask(Box<Question>, Reply),
    Work(Work),
}

/// The operation's end of the channel.
struct WindowPrompt {
    language: Language,
    to_window: Option<Sender<Request>>,
    wake: Wake,
}

impl WindowPrompt {
    /// False if the window is gone for good.
    fn send(&self, request: Request) -> bool {
        let sent = self.to_window.as_ref().is_some_and(|window| window.send(request).is_ok());
        if let Some(ctx) = self.wake.get() {
            ctx.request_repaint();
        }
        sent
    }
}

impl Prompt for WindowPrompt {
    fn language(&self) -> Language {
        self.language
    }

    fn ask(&mut self, question: Question) -> Result<Answer, Unanswered> {
        // The window ends the question itself; this only stands behind a window that hangs.
        let limit = question.time_limit() + GRACE;
        let (reply, answer) = channel();
        if !self.send(Request::Ask(Box::new(question), reply)) {
            return Err(Unanswered::Declined);
        }
        match answer.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(Unanswered::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(Unanswered::Declined),
        }
    }

    fn working(&mut self, work: Work) {
        self.send(Request::Work(work));
    }
}

impl Drop for WindowPrompt {
    fn drop(&mut self) {
        self.to_window = None;
        if let Some(ctx) = self.wake.get() {
            ctx.request_repaint();
        }
    }
}

/// Serves the operation's questions until its end.
fn show(settings: Settings, requests: Receiver<Request>, wake: &Wake) {
    // Work alone opens no window: the first question does.
    let mut work = None;
    let (question, reply) = loop {
        match requests.recv() {
            Ok(Request::Work(now)) => work = Some(now),
            Ok(Request::Ask(question, reply)) => break (question, reply),
            Err(_) => return,
        }
    };
    let _lock = match only_window() {
        Ok(lock) => lock,
        Err(detail) => return refuse_all(Some(reply), &requests, &Unanswered::Unavailable(detail)),
    };
    let size = size_for(settings.language, &question);
    let mut sheet = Sheet::new(settings.language);
    sheet.work(work.unwrap_or(Work::Looking));
    sheet.put(*question);
    let link = Arc::new(Mutex::new(Link { reply: Some(reply), requests }));
    let app = App { sheet, link: link.clone(), fitted: size, waiting: Waiting::default() };
    let wake = wake.clone();
    let ended = eframe::run_native(
        "surguch-component",
        options(settings, size),
        Box::new(move |creation| {
            dress(&creation.egui_ctx);
            creation.egui_ctx.set_theme(match settings.theme {
                Theme::System => ThemePreference::System,
                Theme::Light => ThemePreference::Light,
                Theme::Dark => ThemePreference::Dark,
            });
            creation.egui_ctx.options_mut(|options| {
                options.fallback_theme = eframe::egui::Theme::Light;
                // Ctrl and plus would make room for text to be cut.
                options.zoom_with_keyboard = false;
            });
            if wake.set(creation.egui_ctx.clone()).is_err() {
                return Err("one window a process".into());
            }
            Ok(Box::new(app))
        }),
    );
    // Closed by the person while the operation was at work, or never there.
    let why = ended.map_or_else(|error| Unanswered::Unavailable(error.to_string()), |()| Unanswered::Declined);
    let mut link = link.lock().unwrap_or_else(PoisonError::into_inner);
    let pending = link.reply.take();
    refuse_all(pending, &link.requests, &why);
}

/// The window's end of the channel. It outlives the window, so that whoever waits learns why it is gone.
struct Link {
    /// Of the question that is open.
    reply: Option<Reply>,
    requests: Receiver<Request>,
}

/// Until the operation ends. A waiter that is gone needs no answer.
fn refuse_all(pending: Option<Reply>, requests: &Receiver<Request>, why: &Unanswered) {
    if let Some(reply) = pending {
        reply.send(Err(why.clone())).ok();
    }
    while let Ok(request) = requests.recv() {
        if let Request::Ask(_, reply) = request {
            reply.send(Err(why.clone())).ok();
        }
    }
}

struct App {
    sheet: Sheet,
    link: Arc<Mutex<Link>>,
    /// The size that was last asked for.
    fitted: Vec2,
    /// Keys whose turn has not come.
    waiting: Waiting,
}

impl eframe::App for App {
    fn raw_input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        if self.waiting.sort(&mut input.events) {
            ctx.request_repaint();
        }
    }

    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.next(ctx);
        if ctx.input(|input| input.viewport().close_requested()) {
            let answer = self.sheet.close();
            self.answer(answer);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let answer = self.sheet.show(ui);
        self.answer(answer);
        self.fit(ui.ctx());
    }

    fn clear_color(&self, visuals: &eframe::egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

impl App {
    fn next(&mut self, ctx: &Context) {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        if link.reply.is_some() {
            return;
        }
        match link.requests.try_recv() {
            Ok(Request::Ask(question, reply)) => {
                self.waiting.clear();
                self.sheet.put(*question);
                link.reply = Some(reply);
                ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
                ctx.send_viewport_cmd(ViewportCommand::Focus);
            }
            Ok(Request::Work(work)) => self.sheet.work(work),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => ctx.send_viewport_cmd(ViewportCommand::Close),
        }
    }

    fn answer(&mut self, answer: Option<Result<Answer, Unanswered>>) {
        let Some(answer) = answer else { return };
        if let Some(reply) = self.link.lock().unwrap_or_else(PoisonError::into_inner).reply.take() {
            // The operation may have stopped waiting; then the answer, with its secret, is dropped and wiped.
            reply.send(answer).ok();
        }
    }

    /// Makes the window as tall as what it says, within the screen.
    fn fit(&mut self, ctx: &Context) {
        let wanted = within_screen(self.sheet.wanted_size(), ctx.input(|input| input.viewport().monitor_size));
        if (wanted - self.fitted).abs().max_elem() > 1.0 {
            self.fitted = wanted;
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(wanted));
        }
    }
}

fn within_screen(wanted: Vec2, screen: Option<Vec2>) -> Vec2 {
    // Room for the title bar and the desktop's own bars.
    screen.map_or(wanted, |screen| wanted.min(vec2(screen.x * 0.98, screen.y * 0.9)))
}

fn options(settings: Settings, size: Vec2) -> eframe::NativeOptions {
    let title = Words::of(settings.language).say("program");
    eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_title(title)
            .with_app_id("surguch-component")
            .with_inner_size(size)
            .with_min_inner_size(vec2(420.0, 220.0))
            .with_clamp_size_to_monitor_size(true)
            .with_active(true)
            // A question about a key must not end up behind the browser that asked it.
            .with_always_on_top()
            .with_maximize_button(false)
            .with_icon(eframe::egui::IconData::default()),
        centered: true,
        persist_window: false,
        system_font_fallback: false,
        clipboard_shortcuts: false,
        dithering: false,
        ..eframe::NativeOptions::default()
    }
}

/// Lays the question out without a window, so that the window opens at its size and does not jump.
fn size_for(language: Language, question: &Question) -> Vec2 {
    let ctx = Context::default();
    dress(&ctx);
    let mut sheet = Sheet::new(language);
    sheet.put(question.clone());
    let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(sheet.wanted_size().x, 2000.0)));
    for _ in 0..2 {
        let mut output = ctx.run_ui(RawInput { screen_rect, ..RawInput::default() }, |ui| {
            sheet.show(ui);
        });
        output.textures_delta.clear();
    }
    sheet.wanted_size()
}

/// Holds, until it is dropped, the right to the only window of this person. Without a runtime folder the host alone sees to it.
fn only_window() -> Result<Option<File>, String> {
    let Some(folder) = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir()) else {
        return Ok(None);
    };
    let path = folder.join("surguch-component.window");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| format!("opening {}: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err("another window of the component is open".to_owned()),
        Err(std::fs::TryLockError::Error(error)) => Err(format!("locking {}: {error}", path.display())),
    }
}

const GRACE: Duration = Duration::from_secs(5);
