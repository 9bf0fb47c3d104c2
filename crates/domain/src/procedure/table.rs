//! A procedure as a table a bank can read: the path of a request with its gates and timers, in Russian, beside the word of the file.

use super::{
    ActDrawn, ActForm, ActGate, ActRule, Activation, AdministratorPin, Application, Delivery, EarliestStart,
    EmailConfirmation, Field, Kind, LinkEnded, LinkRule, Login, Medium, Overdue, PinChange, Procedure, Proof, Review,
    Span, Target,
};
use crate::actor::Role;
use crate::time::HOUR_MS;

/// One row: what it is about, what holds, the word of the file.
type Row = (&'static str, String, String);

impl Procedure {
    /// The procedure as aligned text with LF line ends: `surguch procedure show`.
    #[must_use]
    pub fn table(&self) -> String {
        let rows = self.rows();
        let width = |text: &str| text.chars().count();
        let first = rows.iter().map(|row| width(row.0)).max().unwrap_or(0);
        let second = rows.iter().map(|row| width(&row.1)).max().unwrap_or(0);
        let mut table = format!("Процедура {}\n\n", self.name);
        for (what, holds, word) in rows {
            let line = format!("{what:first$}  {holds:second$}  {word}");
            table.push_str(line.trim_end());
            table.push('\n');
        }
        table
    }

    fn rows(&self) -> Vec<Row> {
        let mut rows = self.rows_before_issue();
        rows.extend(self.rows_of_act());
        rows.extend(self.rows_after_issue());
        rows
    }

    fn rows_before_issue(&self) -> Vec<Row> {
        vec![
            ("Вид", kind(self.kind).to_owned(), self.kind.name().to_owned()),
            ("Где в портале", "слова в locales".to_owned(), self.entry.clone()),
            both("Вход клиента", login(self.login)),
            (
                "Что правит клиент",
                list(&self.editable, |f| field(*f).0, "ничего"),
                list(&self.editable, |f| field(*f).1, "-"),
            ),
            self.row_of_start(),
            ("Носитель", list(&self.medium, |m| medium(*m).0, "-"), list(&self.medium, |m| medium(*m).1, "-")),
            (
                "Отдельный носитель",
                yes(self.one_per_signature, "на каждую подпись"),
                flag("one_per_signature", self.one_per_signature),
            ),
            self.row_of_latin(),
            both("Смена PIN-кодов", pin_change(self.pin_change)),
            both("Новый PIN-код администратора", administrator_pin(self.administrator_pin)),
            both("Запрос подписывает", proof(self.proof)),
            both("Заявление", application(self.application)),
            both("Проверка e-mail", email_confirmation(self.email_confirmation)),
            self.row_of_review(),
            self.row_of_target(),
            ("Жизнь запроса", span(Span::Plain(self.request_life_ms)), Span::Plain(self.request_life_ms).to_string()),
        ]
    }

    fn row_of_latin(&self) -> Row {
        let table = self.latin_table.name();
        let word = if self.latin_check { format!("latin_check, {table}") } else { "-".to_owned() };
        ("Латиница", yes(self.latin_check, "клиент сверяет написание"), word)
    }

    fn rows_of_act(&self) -> Vec<Row> {
        let Some(act) = &self.act else { return vec![("Акт", "нет".to_owned(), "none".to_owned())] };
        let mut rows = vec![
            ("Акт", form(act), format!("{}, copies {}", act.title, act.copies)),
            both("Акт составляется", drawn(act.drawn)),
            both("Акт открывает", gate(act.gate)),
        ];
        let due = act.due.map_or(("не задан".to_owned(), "-".to_owned()), |due| (span(due), due.to_string()));
        rows.push(("Срок акта", due.0, due.1));
        rows.push(both("Акт просрочен", overdue(act.overdue)));
        rows
    }

    fn rows_after_issue(&self) -> Vec<Row> {
        let mail = self.mail_target_ms.map(Span::Plain);
        let mail =
            mail.map_or(("не отслеживается".to_owned(), "-".to_owned()), |m| (span(m), m.to_string()));
        let overlap = self.overlap_ms.map(Span::Plain);
        let overlap = overlap.map_or(
            ("прежнего сертификата нет".to_owned(), "none".to_owned()),
            |overlap| {
                let words = match overlap {
                    Span::Plain(0) => "заменяется сразу".to_owned(),
                    longer => format!("заменяется, оба действуют {}", span(longer)),
                };
                (words, format!("superseded, {overlap}"))
            },
        );
        vec![
            both("Выдача", delivery(self.delivery)),
            ("Письмо после приёма", mail.0, mail.1),
            both("Ввод в действие", activation(self.activation)),
            ("Прежний сертификат", overlap.0, overlap.1),
            ("Профиль", "описание в profiles/".to_owned(), self.profile.clone()),
            ("Уведомления", self.notices_in_words(), self.notices_as_written()),
        ]
    }

    fn row_of_start(&self) -> Row {
        match self.earliest_start {
            EarliestStart::Any => ("Начать можно", "в любое время".to_owned(), "any".to_owned()),
            EarliestStart::BeforeEnd(ms) => {
                let before = Span::Plain(ms);
                ("Начать можно", format!("за {} до окончания", span(before)), before.to_string())
            }
        }
    }

    fn row_of_review(&self) -> Row {
        match &self.review {
            Review::None => ("Рассмотрение", "нет".to_owned(), "none".to_owned()),
            Review::By { roles, second_person, .. } => {
                let people = if *second_person { ", два разных человека" } else { "" };
                let words = list(roles, |role| role.name(), "-");
                let second = if *second_person { ", second_person" } else { "" };
                ("Рассмотрение", format!("{}{people}", list(roles, |r| role(*r), "-")), format!("{words}{second}"))
            }
        }
    }

    fn row_of_target(&self) -> Row {
        let (holds, word) = match &self.review {
            Review::None => ("сразу".to_owned(), "-".to_owned()),
            Review::By { target, .. } => target_in_words(*target),
        };
        ("Срок ответа", holds, word)
    }

    fn notices_in_words(&self) -> String {
        list(&self.notices, |rule| notice(&rule.notice), "только обязательные")
    }

    fn notices_as_written(&self) -> String {
        let written = self.notices.iter().map(|rule| {
            let before: Vec<String> = rule.before.iter().map(ToString::to_string).collect();
            if before.is_empty() { rule.notice.clone() } else { format!("{}: {}", rule.notice, before.join(" ")) }
        });
        let written: Vec<String> = written.collect();
        if written.is_empty() { "-".to_owned() } else { written.join(", ") }
    }
}

fn both(what: &'static str, (holds, word): (impl Into<String>, impl Into<String>)) -> Row {
    (what, holds.into(), word.into())
}

fn list<'a, T>(values: &'a [T], word: impl Fn(&'a T) -> &'a str, none: &str) -> String {
    if values.is_empty() { none.to_owned() } else { values.iter().map(word).collect::<Vec<_>>().join(", ") }
}

fn yes(flag: bool, words: &str) -> String {
    if flag { words.to_owned() } else { "нет".to_owned() }
}

fn flag(word: &str, set: bool) -> String {
    if set { word.to_owned() } else { "-".to_owned() }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::FirstIssue => "первая выдача",
        Kind::Renewal => "обновление",
        Kind::Regeneration => "плановая регенерация",
        Kind::Replacement => "плановая замена",
        Kind::Reissue => "перевыпуск",
        Kind::MediumMigration => "переход на другой носитель",
    }
}

fn login(login: Login) -> (&'static str, &'static str) {
    match login {
        Login::None => ("не нужен", "none"),
        Login::Password => ("логин и пароль", "password"),
        Login::Certificate => ("действующий сертификат", "certificate"),
    }
}

fn field(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Phone => ("телефон", "phone"),
        Field::Email => ("e-mail", "email"),
        Field::ProfileName => ("название профиля", "profile-name"),
        Field::Medium => ("носитель и путь", "medium"),
        Field::All => ("всю анкету", "all"),
    }
}

fn medium(medium: Medium) -> (&'static str, &'static str) {
    match medium {
        Medium::SmartKey => ("смарт-ключ", "smart-key"),
        Medium::Registry => ("реестр", "registry"),
        Medium::Directory => ("каталог", "directory"),
        Medium::Current => ("носитель действующего ключа", "current"),
    }
}

fn pin_change(change: PinChange) -> (&'static str, &'static str) {
    match change {
        PinChange::None => ("нет", "none"),
        PinChange::ContainerPassword => ("новый пароль контейнера", "container-password"),
        PinChange::UserAndAdmin => ("пользователя и администратора", "user-and-admin"),
    }
}

fn administrator_pin(pin: AdministratorPin) -> (&'static str, &'static str) {
    match pin {
        AdministratorPin::Asked => ("придумывает клиент", "asked"),
        AdministratorPin::Generated => ("создаёт компонент, показывает один раз", "generated"),
    }
}

fn proof(proof: Proof) -> (&'static str, &'static str) {
    match proof {
        Proof::None => ("никто", "none"),
        Proof::CurrentKey => ("действующий ключ", "current-key"),
    }
}

fn application(application: Application) -> (&'static str, &'static str) {
    match application {
        Application::None => ("нет", "none"),
        Application::Paper => ("бумажное", "paper"),
        Application::PaperOrScan => ("бумажное или скан", "paper-or-scan"),
        Application::Electronic => ("электронное: сам подписанный запрос", "electronic"),
    }
}

fn email_confirmation(confirmation: EmailConfirmation) -> (&'static str, &'static str) {
    match confirmation {
        EmailConfirmation::None => ("нет", "none"),
        EmailConfirmation::Link => ("по ссылке из письма", "link"),
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Operator => "оператор агента",
        Role::SecurityOfficer => "администратор безопасности",
        Role::BranchClerk => "оперзал",
        Role::Support => "поддержка",
        Role::Auditor => "аудитор",
        Role::CaAdministrator => "администратор УЦ",
    }
}

fn target_in_words(target: Target) -> (String, String) {
    match target {
        Target::Immediate => ("сразу".to_owned(), "immediate".to_owned()),
        Target::NextWorkingDay { minute } => {
            let clock = format!("{:02}:{:02}", minute / 60, minute % 60);
            (format!("следующий рабочий день, {clock}"), format!("next working day {clock}"))
        }
        Target::After { milliseconds, skip_days_off } => {
            let (days_off, word) =
                if skip_days_off { (" без учёта выходных", ", skip") } else { ("", "") };
            let hours = milliseconds / HOUR_MS;
            // An answer is promised in hours, even when they make a day.
            if hours <= 48 && milliseconds % HOUR_MS == 0 {
                return (format!("{hours} ч{days_off}"), format!("{hours}h{word}"));
            }
            let after = Span::Plain(milliseconds);
            (format!("{}{days_off}", span(after)), format!("{after}{word}"))
        }
    }
}

fn form(act: &ActRule) -> String {
    match act.form {
        ActForm::Electronic if act.copies > 0 => "электронный, копия в банк позже".to_owned(),
        ActForm::Electronic => "электронный".to_owned(),
        ActForm::Paper => format!("бумажный, экземпляров: {}", act.copies),
    }
}

fn drawn(drawn: ActDrawn) -> (&'static str, &'static str) {
    match drawn {
        ActDrawn::AtCreation => ("при создании запроса", "at-creation"),
        ActDrawn::AtIssue => ("при выпуске сертификата", "at-issue"),
    }
}

fn gate(gate: ActGate) -> (&'static str, &'static str) {
    match gate {
        ActGate::None => ("ничего", "none"),
        ActGate::BeforeDelivery => ("выдачу: сначала подпись", "before-delivery"),
        ActGate::BeforeActivation => ("ввод в действие: сначала акт в банке", "before-activation"),
    }
}

fn overdue(overdue: Overdue) -> (&'static str, &'static str) {
    match overdue {
        Overdue::Remind => ("напоминания", "remind"),
        Overdue::Block => ("сертификат блокируется; до выпуска выпуск ждёт", "block"),
    }
}

fn delivery(delivery: Delivery) -> (String, String) {
    match delivery {
        Delivery::Portal => ("в портале".to_owned(), "portal".to_owned()),
        Delivery::MailedLink(LinkRule { life, ended }) => {
            let (words, word) = match ended {
                LinkEnded::Wait => ("", ""),
                LinkEnded::SendAgain => (", потом новая", ", send-again"),
            };
            (format!("ссылка письмом, живёт {}{words}", span(life)), format!("mailed-link, {life}{word}"))
        }
    }
}

fn activation(activation: Activation) -> (&'static str, &'static str) {
    match activation {
        Activation::OnInstall => ("когда новый ключ доказан", "on-install"),
        Activation::OnAct => ("когда акт в банке", "on-act"),
    }
}

fn notice(word: &str) -> &str {
    match word {
        "expiry" => "об окончании срока",
        "act" => "об акте",
        "accepted" => "принят",
        "confirm-email" => "подтверждение адреса",
        "ready" => "готов",
        "returned" => "на исправление",
        "refused" => "отказ",
        "activated" => "в эксплуатации",
        "lapsed" => "истёк",
        "overdue" => "акт опаздывает",
        "blocked" => "заблокирован",
        "unblocked" => "разблокирован",
        "held" => "приостановлен",
        "released" => "возобновлён",
        "revoked" => "отозван",
        "answered" => "ответ банка",
        other => other,
    }
}

/// A span in words; the count stands before an abbreviation, which spares the Russian plural.
fn span(span: Span) -> String {
    let written = span.to_string();
    match span {
        Span::WorkingDays(days) => format!("{days} раб. дн."),
        Span::Plain(_) => written.replace('d', " сут.").replace('h', " ч").replace('m', " мин"),
    }
}
