//! What the component asks the person and what the person may answer: one closed list, whoever draws it (windows, terminal, script). The words
//! are not here; they are in `locales/`. Nothing here touches a token.
//!
//! An operation gets `&mut dyn Prompt` and calls the typed methods below the two required ones. Every method blocks until the person answers,
//! declines or lets the time run out. A question carries what it has to show and nothing that it could find out by itself.

pub(crate) mod words;

use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

/// Somebody who can show a question to the person at this computer and bring the answer.
pub trait Prompt {
    /// The language in which words that come with a question (cause, next step, names of operations) have to be.
    fn language(&self) -> Language;

    /// Shows the question and waits for its answer. The answer is of the question's own kind; operations call the typed methods instead.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn ask(&mut self, question: Question) -> Result<Answer, Unanswered>;

    /// Shows that work goes on and returns at once. The window stays until the next question or the end of the operation.
    fn working(&mut self, work: Work);

    /// May this site do this operation here? The first question of every operation.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn consent(&mut self, question: Consent) -> Result<(), Unanswered> {
        self.ask(Question::Consent(question))?.agreed()
    }

    /// Where is the certificate kept, or where shall it be?
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn choose_medium(&mut self, question: MediumChoice) -> Result<Chosen, Unanswered> {
        match self.ask(Question::Medium(question))? {
            Answer::Chosen(chosen) => Ok(chosen),
            other => Err(other.misplaced()),
        }
    }

    /// The PIN of a medium. Before the last attempt the prompt itself warns and makes the person confirm and type it twice, or declines.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn pin(&mut self, question: PinQuestion) -> Result<TypedPin, Unanswered> {
        match self.ask(Question::Pin(question))? {
            Answer::Pin(pin) => Ok(pin),
            other => Err(other.misplaced()),
        }
    }

    /// Old and new PINs of user and administrator, each new one twice. They come back only when every rule is met.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn new_pins(&mut self, question: NewPins) -> Result<ChangedPins, Unanswered> {
        match self.ask(Question::NewPins(question))? {
            Answer::NewPins(pins) => Ok(pins),
            other => Err(other.misplaced()),
        }
    }

    /// A PIN that was made here: the person writes it down, for it is shown this once. It comes into force after the answer.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn made_pin(&mut self, question: MadePin) -> Result<(), Unanswered> {
        self.ask(Question::MadePin(question))?.agreed()
    }

    /// A password for a new key container, twice. It comes back only when every rule is met.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn container_password(&mut self, question: NewPassword) -> Result<Secret, Unanswered> {
        match self.ask(Question::Password(question))? {
            Answer::Password(password) => Ok(password),
            other => Err(other.misplaced()),
        }
    }

    /// «Подтверждение подписи»: the whole text, then «Подписать» or «Отказаться». Signing is possible only after the last page was shown.
    ///
    /// # Errors
    ///
    /// [`Unanswered`]: [`Unanswered::Declined`] is «Отказаться».
    fn confirm_signature(&mut self, question: Signing) -> Result<(), Unanswered> {
        self.ask(Question::Signing(question))?.agreed()
    }

    /// Another card has to be in the reader. The operation looks at the reader after every [`Ok`] and asks again if it is still the wrong one.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn insert_card(&mut self, question: CardWanted) -> Result<(), Unanswered> {
        self.ask(Question::Card(question))?.agreed()
    }

    /// Certificates to look at. Closing the window is the answer.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn show_certificates(&mut self, question: CertificateView) -> Result<(), Unanswered> {
        self.ask(Question::Certificates(question))?.agreed()
    }

    /// Shall a key that belongs to no certificate be deleted for ever?
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn confirm_deletion(&mut self, question: OrphanKey) -> Result<(), Unanswered> {
        self.ask(Question::Deletion(question))?.agreed()
    }

    /// The operation ended well.
    ///
    /// # Errors
    ///
    /// [`Unanswered`]: nobody looked. That changes nothing about the success.
    fn success(&mut self, question: Success) -> Result<(), Unanswered> {
        self.ask(Question::Success(question))?.agreed()
    }

    /// Something went wrong: its code, its cause and what to do.
    ///
    /// # Errors
    ///
    /// [`Unanswered`]: nobody looked.
    fn trouble(&mut self, question: Trouble) -> Result<AfterTrouble, Unanswered> {
        match self.ask(Question::Trouble(question))? {
            Answer::AfterTrouble(after) => Ok(after),
            other => Err(other.misplaced()),
        }
    }
}

/// The two languages of the windows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// `ru`, `en`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// Of a tag like `en-GB` or a locale like `en_GB.UTF-8`: English if it says so, else Russian.
    #[must_use]
    pub fn of_tag(tag: &str) -> Self {
        let language = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("en") { Self::En } else { Self::Ru }
    }
}

/// Everything that can be asked.
#[derive(Clone, Debug)]
pub enum Question {
    /// [`Prompt::consent`].
    Consent(Consent),
    /// [`Prompt::choose_medium`].
    Medium(MediumChoice),
    /// [`Prompt::pin`].
    Pin(PinQuestion),
    /// [`Prompt::new_pins`].
    NewPins(NewPins),
    /// [`Prompt::made_pin`].
    MadePin(MadePin),
    /// [`Prompt::container_password`].
    Password(NewPassword),
    /// [`Prompt::confirm_signature`].
    Signing(Signing),
    /// [`Prompt::insert_card`].
    Card(CardWanted),
    /// [`Prompt::show_certificates`].
    Certificates(CertificateView),
    /// [`Prompt::confirm_deletion`].
    Deletion(OrphanKey),
    /// [`Prompt::success`].
    Success(Success),
    /// [`Prompt::trouble`].
    Trouble(Trouble),
}

impl Question {
    /// A stable word, for logs and scripts.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Consent(_) => "consent",
            Self::Medium(_) => "medium",
            Self::Pin(_) => "pin",
            Self::NewPins(_) => "new-pins",
            Self::MadePin(_) => "made-pin",
            Self::Password(_) => "password",
            Self::Signing(_) => "signing",
            Self::Card(_) => "card",
            Self::Certificates(_) => "certificates",
            Self::Deletion(_) => "deletion",
            Self::Success(_) => "success",
            Self::Trouble(_) => "trouble",
        }
    }

    /// How long the question may stay open. The whole answer is due ten minutes after the bank's ticket, by the bank's clock; an unattended
    /// window with a half-typed PIN must be gone long before.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        Duration::from_secs(match self {
            Self::Pin(_) | Self::Success(_) | Self::Trouble(_) => 120,
            Self::Consent(_) | Self::Medium(_) | Self::Card(_) | Self::Deletion(_) => 180,
            Self::NewPins(_) | Self::MadePin(_) | Self::Password(_) => 240,
            Self::Signing(_) | Self::Certificates(_) => 480,
        })
    }
}

/// Everything that can be answered. Not printable, not copyable: some of it is secret.
pub enum Answer {
    /// Yes, go on, seen.
    Agreed,
    /// Of [`Question::Medium`].
    Chosen(Chosen),
    /// Of [`Question::Pin`].
    Pin(TypedPin),
    /// Of [`Question::NewPins`].
    NewPins(ChangedPins),
    /// Of [`Question::Password`].
    Password(Secret),
    /// Of [`Question::Trouble`].
    AfterTrouble(AfterTrouble),
}

impl Answer {
    fn agreed(self) -> Result<(), Unanswered> {
        match self {
            Self::Agreed => Ok(()),
            other => Err(other.misplaced()),
        }
    }

    /// An answer to a question that was not asked: a defect of whoever draws. Nothing is done on it.
    fn misplaced(self) -> Unanswered {
        Unanswered::Unavailable("the prompt answered another question".to_owned())
    }
}

/// Why there is no answer. The operation ends, changes nothing more and tells the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unanswered {
    /// «Отказаться», «Отмена», Esc, or the window was closed.
    Declined,
    /// Nobody answered within [`Question::time_limit`]. What was typed is wiped.
    TimedOut,
    /// There is nowhere to ask: no display, no controlling terminal. The text is for the log, in English.
    Unavailable(String),
}

impl Unanswered {
    /// The stable code for the page.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::TimedOut => "prompt-timed-out",
            Self::Unavailable(_) => "prompt-unavailable",
        }
    }
}

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Declined => f.write_str("the person declined"),
            Self::TimedOut => f.write_str("nobody answered in time"),
            Self::Unavailable(detail) => write!(f, "nowhere to ask: {detail}"),
        }
    }
}

impl std::error::Error for Unanswered {}

/// A PIN or a password as it was typed: wiped on drop, neither printed nor cloned nor compared.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller's buffer becomes this one.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Hands the buffer itself over, for `pkcs11::Pin::new`: no copy is left behind. The new owner wipes.
    #[must_use]
    pub fn into_text(mut self) -> String {
        std::mem::take(&mut *self.0)
    }

    pub(crate) fn of(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// To check rules on.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// What the site asks for, in one word; the words for people are in the locales, `operation-CODE`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Names and serials of the media here.
    ListTokens,
    /// Whether everything is ready here.
    Doctor,
    /// New PINs of user and administrator.
    ChangePins,
    /// A new key container with a password.
    CreateContainer,
    /// A new key, a request for a certificate, signed with the current key.
    Request,
    /// An act signed with the current key.
    SignAct,
    /// A certificate written beside its key.
    StoreCertificate,
    /// Certificates listed and looked at.
    ViewCertificates,
    /// A key without a certificate deleted.
    DeleteOrphan,
    /// A bank's sign-in challenge signed.
    SignIn,
    /// The challenge of a sign-in at the bank's desk signed.
    StaffSignIn,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ListTokens,
        Self::Doctor,
        Self::ChangePins,
        Self::CreateContainer,
        Self::Request,
        Self::SignAct,
        Self::StoreCertificate,
        Self::ViewCertificates,
        Self::DeleteOrphan,
        Self::SignIn,
        Self::StaffSignIn,
    ];

    /// Its stable word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ListTokens => "list-tokens",
            Self::Doctor => "doctor",
            Self::ChangePins => "change-pins",
            Self::CreateContainer => "create-container",
            Self::Request => "request",
            Self::SignAct => "sign-act",
            Self::StoreCertificate => "store-certificate",
            Self::ViewCertificates => "view-certificates",
            Self::DeleteOrphan => "delete-orphan",
            Self::SignIn => "sign-in",
            Self::StaffSignIn => "staff-sign-in",
        }
    }
}

/// Asked before anything is touched, even before the list of media is read.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The site as the browser names it, `https://bank.example`.
    pub origin: String,
    /// The bank's name from the ticket.
    pub bank: String,
    /// What it wants.
    pub operation: Operation,
    /// The request it is about.
    pub unz: Option<String>,
    /// Only when the component meets this site and this bank's key for the first time: the key's thumbprint, hex, to compare with the bank's paper.
    /// With it the window also says that the site will be remembered.
    pub first_meeting: Option<String>,
}

/// «Укажите место хранения сертификата».
#[derive(Clone, Debug)]
pub struct MediumChoice {
    /// In the order they are shown. May be empty: then only a directory can be chosen, if that is offered.
    pub media: Vec<Medium>,
    /// Offers «Каталог на диске…»: a directory given by the person.
    pub directory: bool,
    /// A smart key could be chosen, were one there: where nothing was found the window says so.
    pub smart_key: bool,
}

/// One line of the choice.
#[derive(Clone, Debug)]
pub struct Medium {
    /// Its kind.
    pub kind: MediumKind,
    /// `Рутокен ЭЦП 2.0`; for the registry the container's name or nothing.
    pub name: String,
    /// What tells it from its neighbours: serial, reader, label, certificate. May be empty.
    pub detail: String,
    /// Why it cannot be chosen, in the prompt's language. It is shown all the same.
    pub unusable: Option<String>,
}

/// What keeps keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediumKind {
    /// «Смарт-ключ»: a token or card.
    SmartKey,
    /// «Реестр»: containers of this user on this computer.
    Registry,
    /// Containers in a directory, on a flash drive for example.
    Directory,
}

impl MediumKind {
    /// Its stable word, of `medium-CODE` in the locales.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SmartKey => "smart-key",
            Self::Registry => "registry",
            Self::Directory => "directory",
        }
    }
}

/// The answer to [`MediumChoice`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Chosen {
    /// The index of a usable line.
    Medium(usize),
    /// An existing directory.
    Directory(PathBuf),
}

/// How many wrong PINs are left, as far as the medium tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AttemptsLeft {
    /// It counts.
    Exactly(u32),
    /// Fewer than all; the number is unknown.
    Fewer,
    /// The next wrong one locks it; the number was not told.
    Last,
    /// Nothing is known. (A file container does not count at all.)
    Unknown,
}

impl AttemptsLeft {
    /// The next wrong PIN locks the medium.
    #[must_use]
    pub fn is_last(self) -> bool {
        matches!(self, Self::Last | Self::Exactly(0 | 1))
    }
}

/// Whose PIN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PinHolder {
    /// The user's.
    User,
    /// The administrator's.
    Administrator,
    /// Not a PIN but the password of a container.
    Container,
}

impl PinHolder {
    /// The stable word in ids of words about changing a PIN.
    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Administrator => "administrator",
            Self::Container => "container",
        }
    }
}

/// «Введите PIN-код (осталось попыток: 10):»
#[derive(Clone, Debug)]
pub struct PinQuestion {
    /// «Смарт-ключ: РУТОКЕН ЭЦП»: kind and name of the medium the PIN goes to.
    pub medium: Medium,
    /// Whose PIN.
    pub holder: PinHolder,
    /// Left now.
    pub attempts: AttemptsLeft,
    /// What it is needed for.
    pub operation: Operation,
    /// The one just typed was wrong.
    pub was_wrong: bool,
}

/// The answer to [`PinQuestion`].
pub struct TypedPin {
    /// As typed.
    pub pin: Secret,
    /// The person read the warning about the last attempt, confirmed it and typed the PIN twice. Always false if the attempt was not the last.
    pub last_attempt_confirmed: bool,
}

/// New PINs for a medium (of user, administrator or both). At least one.
#[derive(Clone, Debug)]
pub struct NewPins {
    /// Of this medium.
    pub medium: Medium,
    /// The user's, if it is to change.
    pub user: Option<PinChange>,
    /// The administrator's, if it is to change.
    pub administrator: Option<PinChange>,
}

/// One PIN to change.
#[derive(Clone, Debug)]
pub struct PinChange {
    /// Attempts for the old one.
    pub attempts: AttemptsLeft,
    /// It is still the maker's, printed in every manual: the window says so.
    pub is_factory: bool,
    /// The maker's, where this maker has one and no attempt was spent on it: it stands beside the label and in the field, as the bank's manual prints it, and can be
    /// typed over.
    pub printed: Option<String>,
    /// Where the new one comes from.
    pub new: NewPin,
}

/// Where a new PIN comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NewPin {
    /// The person types it twice, by these rules.
    Typed(Rules),
    /// It is made here: only the old one is asked for.
    Made,
}

/// The answer to [`NewPins`]: the same parts.
pub struct ChangedPins {
    /// The user's.
    pub user: Option<OldAndNew>,
    /// The administrator's.
    pub administrator: Option<OldAndNew>,
}

/// One changed PIN.
pub struct OldAndNew {
    /// As typed, not yet tried.
    pub old: Secret,
    /// Typed twice, every rule met; none where it is [`NewPin::Made`].
    pub new: Option<Secret>,
    /// The old one's attempt was the last and the person confirmed that.
    pub last_attempt_confirmed: bool,
}

/// A new administrator PIN that was made here.
#[derive(Clone, Debug)]
pub struct MadePin {
    /// Of this medium.
    pub medium: Medium,
    /// To be written down.
    pub pin: Shown,
}

/// A secret that the person is to read. Wiped on drop and not printed; what the screen was drawn from cannot be wiped.
#[derive(Clone)]
pub struct Shown(Zeroizing<String>);

impl Shown {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// To be drawn, and to be set.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shown")
    }
}

/// A password for a new container.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Where the container will be.
    pub medium: Medium,
    /// The container's name.
    pub container: String,
    /// For the password.
    pub rules: Rules,
}

/// What a new PIN or password has to be. Shown as a list in which each line is ticked as it is met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Characters at least.
    pub least: usize,
    /// Octets at most: what the medium takes.
    pub most: usize,
    /// Printable ASCII only, so that it can be typed on every keyboard.
    pub ascii: bool,
    /// Has a digit.
    pub digit: bool,
    /// Has a lower-case letter.
    pub lower: bool,
    /// Has an upper-case letter.
    pub upper: bool,
    /// Has something that is neither a letter nor a digit.
    pub special: bool,
    /// Not one of these: the maker's PINs of this and other media.
    pub known: Vec<String>,
}

impl Rules {
    /// For a token that tells no policy of its own: 6 to 32 printable characters, none of the factory PINs that manuals print.
    #[must_use]
    pub fn of_token() -> Self {
        let known = ["12345678", "87654321", "11111111", "00000000", "1234567890"].map(str::to_owned).to_vec();
        Self { least: 6, most: 32, ascii: true, digit: false, lower: false, upper: false, special: false, known }
    }

    /// For the password of a container file, which can be guessed at without any counter: twelve characters.
    #[must_use]
    pub fn of_container() -> Self {
        let known = ["password1234", "123456789012", "qwerty123456"].map(str::to_owned).to_vec();
        Self { least: 12, most: 128, ascii: true, digit: true, lower: true, upper: false, special: false, known }
    }
}

/// One line of the list of rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// [`Rules::least`].
    Least(usize),
    /// [`Rules::most`]. Shown only when broken.
    Most(usize),
    /// [`Rules::ascii`]. Shown only when broken.
    Ascii,
    /// [`Rules::digit`].
    Digit,
    /// [`Rules::lower`].
    Lower,
    /// [`Rules::upper`].
    Upper,
    /// [`Rules::special`].
    Special,
    /// [`Rules::known`], and not one character over and over.
    NotKnown,
    /// Differs from the old one.
    NotOld,
    /// Differs from the other PIN set in the same window (administrator's and user's).
    NotOther,
    /// Typed twice alike.
    Repeated,
}

/// What has been typed so far beside the new secret itself.
#[derive(Clone, Copy, Default)]
pub struct Typed<'a> {
    /// The new one.
    pub new: &'a str,
    /// The new one again.
    pub again: &'a str,
    /// The old one, where there is one.
    pub old: Option<&'a str>,
    /// The other holder's new one, where there is one.
    pub other: Option<&'a str>,
}

impl Rules {
    /// Every rule that applies, and whether it is met. The new secret may be taken when all are.
    #[must_use]
    pub fn look(&self, typed: Typed<'_>) -> Vec<(Rule, bool)> {
        let new = typed.new;
        let there = !new.is_empty();
        let mut seen = vec![(Rule::Least(self.least), new.chars().count() >= self.least)];
        let mut ask = |wanted: bool, rule: Rule, met: bool| {
            if wanted {
                seen.push((rule, met));
            }
        };
        ask(self.digit, Rule::Digit, new.chars().any(|c| c.is_ascii_digit()));
        ask(self.lower, Rule::Lower, new.chars().any(char::is_lowercase));
        ask(self.upper, Rule::Upper, new.chars().any(char::is_uppercase));
        ask(self.special, Rule::Special, new.chars().any(|c| !c.is_alphanumeric()));
        let one_character = new.chars().all(|c| new.starts_with(c));
        ask(true, Rule::NotKnown, there && !one_character && !self.known.iter().any(|known| known == new));
        ask(typed.old.is_some(), Rule::NotOld, there && typed.old != Some(new));
        ask(typed.other.is_some(), Rule::NotOther, there && typed.other != Some(new));
        let too_long = new.len() > self.most;
        ask(too_long, Rule::Most(self.most), false);
        let foreign = !new.bytes().all(|octet| (0x20..0x7f).contains(&octet));
        ask(self.ascii && foreign, Rule::Ascii, false);
        ask(true, Rule::Repeated, there && new == typed.again);
        seen
    }
}

/// «Подтверждение подписи».
#[derive(Clone, Debug)]
pub struct Signing {
    /// The document's name for people, in the prompt's language.
    pub title: String,
    /// All of what is signed, as the component rendered it; octets equal to what the signature covers.
    pub text: String,
    /// The site.
    pub origin: String,
    /// The bank.
    pub bank: String,
    /// The request.
    pub unz: Option<String>,
    /// Whose signature: the subject of the current certificate, if there is one.
    pub signer: Option<String>,
}

/// A card to insert.
#[derive(Clone, Debug)]
pub struct CardWanted {
    /// Which.
    pub wanted: WantedCard,
    /// The name of the one that is in the reader now and will not do.
    pub instead: Option<String>,
}

/// Which card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WantedCard {
    /// Any: there is none.
    Any,
    /// The one that holds the current certificate of this algorithm («установите карту с сертификатом ГОСТ-2001»).
    WithCurrentCertificate {
        /// `gost-2001` or `gost-2012`, for which windows have words, or a name that is the same in every language.
        algorithm: String,
        /// The certificate's owner.
        subject: String,
    },
    /// Another one, for the new key («установите новую карту»).
    New,
    /// The one the new key was made on.
    WithNewKey {
        /// Its name and serial.
        name: String,
    },
}

/// Certificates to look at.
#[derive(Clone, Debug)]
pub struct CertificateView {
    /// They are on this medium.
    pub medium: Medium,
    /// Maybe none.
    pub certificates: Vec<CertificateLine>,
}

/// One certificate, in words for people. Dates are written by the caller as `30.08.2018` or `2018-08-30`.
#[derive(Clone, Debug)]
pub struct CertificateLine {
    /// «Имя сертификата».
    pub subject: String,
    /// «Издатель».
    pub issuer: String,
    /// «Серийный номер», hex.
    pub serial_hex: String,
    /// The same, decimal.
    pub serial_decimal: String,
    /// «Годен с».
    pub not_before: String,
    /// «Годен до».
    pub not_after: String,
    /// «Алгоритм ключа проверки электронной подписи».
    pub algorithm: String,
    /// «Отпечаток», SHA-256, hex.
    pub thumbprint: String,
    /// Whether the private key is on the same medium.
    pub has_key: bool,
}

/// A key without a certificate.
#[derive(Clone, Debug)]
pub struct OrphanKey {
    /// On this medium.
    pub medium: Medium,
    /// Its identifier on the medium, hex.
    pub key_id: String,
    /// Its algorithm.
    pub algorithm: String,
    /// The request it was made for, if that is known.
    pub unz: Option<String>,
}

/// What is going on while the person waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// Reading what is on the medium.
    Looking,
    /// Making a key pair.
    MakingKey,
    /// Signing.
    Signing,
    /// Writing a certificate and reading it back.
    Saving,
    /// Changing PINs.
    ChangingPins,
    /// Deleting a key.
    Deleting,
}

impl Work {
    /// All of it.
    pub const ALL: [Self; 6] =
        [Self::Looking, Self::MakingKey, Self::Signing, Self::Saving, Self::ChangingPins, Self::Deleting];

    /// Its stable word, of `working-CODE` in the locales.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Looking => "looking",
            Self::MakingKey => "making-key",
            Self::Signing => "signing",
            Self::Saving => "saving",
            Self::ChangingPins => "changing-pins",
            Self::Deleting => "deleting",
        }
    }
}

/// What ended well.
#[derive(Clone, Debug)]
pub struct Success {
    /// What.
    pub done: Done,
    /// On which medium, where one was used.
    pub medium: Option<Medium>,
    /// The request, where there is one.
    pub unz: Option<String>,
}

/// What ended well, in one word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// «PIN-коды изменены».
    PinsChanged,
    /// The container is there.
    ContainerCreated,
    /// The key is there and the request is signed.
    RequestSigned,
    /// The act is signed.
    ActSigned,
    /// «Сертификат успешно сохранен на смарт-ключ».
    CertificateSaved,
    /// The key is gone.
    OrphanDeleted,
    /// Everything is ready for work.
    AllReady,
}

impl Done {
    /// All of it.
    pub const ALL: [Self; 7] = [
        Self::PinsChanged,
        Self::ContainerCreated,
        Self::RequestSigned,
        Self::ActSigned,
        Self::CertificateSaved,
        Self::OrphanDeleted,
        Self::AllReady,
    ];

    /// Its stable word, of `done-CODE` in the locales.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PinsChanged => "pins-changed",
            Self::ContainerCreated => "container-created",
            Self::RequestSigned => "request-signed",
            Self::ActSigned => "act-signed",
            Self::CertificateSaved => "certificate-saved",
            Self::OrphanDeleted => "orphan-deleted",
            Self::AllReady => "all-ready",
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// The stable code, the one the page gets.
    pub code: String,
    /// What happened, a sentence in the prompt's language.
    pub cause: String,
    /// What to do, a sentence in the prompt's language.
    pub next: String,
    /// Offers «Повторить».
    pub can_retry: bool,
}

/// The answer to [`Trouble`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterTrouble {
    /// «Повторить»; only where it was offered.
    Retry,
    /// «Закрыть».
    Close,
}
