//! `surguch walkthrough`: a client and an operator walk one procedure of a running server through its API, from sign-in to a certificate
//! in service, and the files that prove it are left in a folder.
//!
//! The walk knows the order of calls and waits; what each call means, the server decides. Names come from the command line and
//! from `demo/demo.toml`.

mod card;
mod client;
mod http;
mod identity;
mod mailbox;
mod teller;

use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crypto::{Certificate, Csr, PrivateKey, Signer as _};
use domain::agent::Agent;

pub(crate) use card::HeldKey;
pub(crate) use client::{Card, Client, Link};
pub(crate) use http::{Refused, Server};
pub(crate) use identity::{CERTIFICATE, CHAIN, Identity, make_private_folder, pem, write, write_key, write_private};
pub(crate) use teller::{Step, Teller, milliseconds};

use super::demo::samples::Samples;
use crate::clock::{self, Clock};
use crate::folders::Folders;
use client::Session;

/// Walks one procedure against a running server.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder name of the procedure.
    procedure: String,
    /// Where the server is: http://127.0.0.1:8787
    #[arg(long)]
    url: String,
    /// Where the certificate, its chain, the request, the act and the new key are written.
    #[arg(long)]
    out: PathBuf,
    /// The client: a folder with key.pem (plain PKCS#8), certificate.pem and, where known, chain.pem.
    #[arg(long)]
    identity: PathBuf,
    /// A file with a staff token; a second one where the procedure asks for a second person. Without any the walk waits for the bank.
    #[arg(long = "staff-token-file")]
    staff_token_files: Vec<PathBuf>,
    /// Number of the agent; needed when more than one offers the procedure.
    #[arg(long)]
    agent: Option<u32>,
    /// The server's mailbox folder, where the letter with the link appears.
    #[arg(long, conflicts_with = "link")]
    mailbox: Option<PathBuf>,
    /// The mailed link itself. Without --mailbox and --link it is asked for.
    #[arg(long)]
    link: Option<String>,
    /// Goes on with a request that was handed in before, instead of beginning one; needs --new-key.
    #[arg(long, requires = "new_key")]
    request: Option<String>,
    /// The key of that request (plain PKCS#8).
    #[arg(long, requires = "request")]
    new_key: Option<PathBuf>,
    /// The client's keys lie on a token: the present one is put there if it is a file still, the new one is made there. Without a path the module is our
    /// software token's, beside this program.
    #[arg(long, value_name = "MODULE", num_args = 0..=1, requires = "pin_file", conflicts_with = "request")]
    token: Option<Option<PathBuf>>,
    /// A file with the token's PIN.
    #[arg(long, requires = "token")]
    pin_file: Option<PathBuf>,
    /// Roots (PEM) that an https server's certificate must chain to.
    #[arg(long)]
    ca_file: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(arguments: Arguments) -> anyhow::Result<()> {
    let clock = Clock::from_environment();
    let samples = Samples::get();
    let numbers = if samples.procedure == arguments.procedure { samples.steps.clone() } else { Default::default() };
    let teller = Teller::new(numbers);
    let server = Server::open(&arguments.url, arguments.ca_file.as_deref(), teller.language)?;
    let identity = Identity::read(&arguments.identity)?;
    let card = match (&arguments.token, &arguments.pin_file) {
        (Some(module), Some(file)) => {
            let module = module.clone().map_or_else(card::own_module, Ok)?;
            Some(card::Card::open(&module, pkcs11::Pin::new(read_token(file)?.to_string()))?)
        }
        _ => None,
    };
    let identity = match &card {
        Some(card) => card.take(identity)?,
        None => identity,
    };
    let staff = arguments.staff_token_files.iter().map(|file| read_token(file)).collect::<anyhow::Result<Vec<_>>>()?;
    let agent = match arguments.agent {
        Some(agent) => agent,
        None => only_agent(&arguments.procedure)?,
    };
    let link = match (&arguments.mailbox, &arguments.link) {
        (Some(folder), _) => LinkSource::Mailbox(folder.clone()),
        (None, Some(address)) => {
            LinkSource::Given(Link::parse(address).context("--link: not the address of a letter")?)
        }
        (None, None) => LinkSource::Terminal,
    };
    make_private_folder(&arguments.out)?;
    let walk = Walk {
        client: Client { server: &server, clock: &clock, agent },
        procedure: &arguments.procedure,
        identity: &identity,
        staff: &staff,
        link: &link,
        teller: &teller,
        card: card.as_ref(),
    };
    let handed = match (&arguments.request, &arguments.new_key) {
        (Some(request), Some(file)) => walk.take_up(request, HeldKey::File(identity::read_key(file)?))?,
        _ => walk.hand_in(&arguments.out.join(NEW_KEY))?,
    };
    let harvest = walk.finish(handed)?;
    let files = harvest.write(&arguments.out)?;
    teller.line("walk-files", &[("folder", arguments.out.display().to_string()), ("files", files.join(", "))]);
    Ok(())
}

/// The key that a walk makes, in its folder.
pub(crate) const NEW_KEY: &str = "new-key.pem";

/// A token is one line of its file.
pub(crate) fn read_token(file: &Path) -> anyhow::Result<zeroize::Zeroizing<String>> {
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(file).with_context(|| file.display().to_string())?);
    Ok(zeroize::Zeroizing::new(text.trim().to_owned()))
}

/// The one agent of the embedded folder that offers a procedure.
fn only_agent(procedure: &str) -> anyhow::Result<u32> {
    let folders = Folders::read(&crate::config::Folders::default())?;
    let mut offering = Vec::new();
    for file in &folders.agents {
        let agent = Agent::parse(&file.path, &file.text)?;
        if agent.procedures.iter().any(|name| name == procedure) {
            offering.push(agent.id.0);
        }
    }
    match offering[..] {
        [agent] => Ok(agent),
        _ => anyhow::bail!("{} agents here offer {procedure}: name one by --agent", offering.len()),
    }
}

/// Where the link of the letter comes from.
pub(crate) enum LinkSource {
    /// A folder of letters, looked into until it is there.
    Mailbox(PathBuf),
    /// The command line.
    Given(Link),
    /// The person at the terminal.
    Terminal,
}

/// One walk: who walks what where.
pub(crate) struct Walk<'a> {
    pub(crate) client: Client<'a>,
    pub(crate) procedure: &'a str,
    pub(crate) identity: &'a Identity,
    pub(crate) staff: &'a [zeroize::Zeroizing<String>],
    pub(crate) link: &'a LinkSource,
    pub(crate) teller: &'a Teller,
    /// Where the new key is made and its certificate saved, if not in a file.
    pub(crate) card: Option<&'a card::Card>,
}

/// A request that the bank has accepted.
pub(crate) struct HandedIn {
    session: Session,
    pub(crate) card: Card,
    new_key: HeldKey,
    /// Not known when a request is taken up again.
    pub(crate) pkcs10: Option<Vec<u8>>,
}

/// What a whole walk leaves.
pub(crate) struct Harvest {
    certificate: Certificate,
    /// Issuers of the new certificate and of the one that signed the act, roots included, each once.
    chain: Vec<Certificate>,
    pkcs10: Option<Vec<u8>>,
    act_text: Option<Vec<u8>>,
    act_cms: Option<Vec<u8>>,
}

/// The bank answers within this, or the walk gives up: approval by a person included.
const BANK_PATIENCE: Duration = Duration::from_secs(600);
/// Issue and letter after an approval are the machine's work alone.
const MACHINE_PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
const LOOK_AT_PEOPLE: Duration = Duration::from_secs(2);

impl Walk<'_> {
    /// Signs in, begins, makes the key (kept in `key_file` before anybody hears of it), signs and hands in.
    pub(crate) fn hand_in(&self, key_file: &Path) -> anyhow::Result<HandedIn> {
        let (client, name) = (self.client, self.identity.name());
        let session = self.sign_in()?;

        let began = Instant::now();
        let wish = hex::encode(clock::random::<16>());
        let card = client.create(&session, self.procedure, &wish)?;
        let name = if card.subscriber_name.is_empty() { name } else { card.subscriber_name.clone() };
        self.teller.step(Step::Create, &name, card.status(self.teller.language), began);

        let began = Instant::now();
        let algorithm = self.identity.key.public_key().algorithm();
        let subject = card.subject()?;
        let (new_key, pkcs10) = client.clock.at(|at| -> anyhow::Result<_> {
            let key = match self.card {
                Some(card) => card.make(algorithm, at.rng)?,
                None => HeldKey::File(PrivateKey::generate(algorithm, at.rng)?),
            };
            let pkcs10 = Csr::create(&subject, &key, at.rng)?;
            Ok((key, pkcs10))
        })?;
        if let HeldKey::File(key) = &new_key {
            write_key(key_file, key)?;
        }
        client.offer_key(&session, &card.id, &pkcs10)?;
        self.teller.step(
            Step::Key,
            &name,
            &self.teller.word("walk-key-made", &[("algorithm", algorithm.to_string())]),
            began,
        );

        let began = Instant::now();
        let card = client.submit(&session, &card.id, &pkcs10, self.identity)?;
        let unz = card.unz.clone().unwrap_or_default();
        let result = [("status", card.status(self.teller.language).to_owned()), ("unz", unz)];
        self.teller.step(Step::Submit, &name, &self.teller.word("walk-submitted", &result), began);
        Ok(HandedIn { session, card, new_key, pkcs10: Some(pkcs10) })
    }

    /// Takes up a request that was handed in before.
    pub(crate) fn take_up(&self, request: &str, new_key: HeldKey) -> anyhow::Result<HandedIn> {
        let session = self.sign_in()?;
        let card = self.client.request(&session, request)?;
        Ok(HandedIn { session, card, new_key, pkcs10: None })
    }

    fn sign_in(&self) -> anyhow::Result<Session> {
        let began = Instant::now();
        let session = self.client.sign_in(&self.identity.key, &self.identity.certificate)?;
        let result = self.teller.word("walk-signed-in", &[("until", session.until.clone())]);
        self.teller.step(Step::SignIn, &self.identity.name(), &result, began);
        Ok(session)
    }

    /// Review, letter, act, certificate, proof, and a sign-in with the new key.
    pub(crate) fn finish(&self, handed: HandedIn) -> anyhow::Result<Harvest> {
        let (client, teller) = (self.client, self.teller);
        let HandedIn { session, card, new_key, pkcs10 } = handed;
        let name = card.subscriber_name.clone();

        self.review(&session, &card.id)?;
        let link = self.letter(&session, &card.id)?;

        let began = Instant::now();
        let delivery = client.open(&link)?;
        if delivery.request.id != card.id {
            anyhow::bail!("the link belongs to another request, {}", delivery.request.id);
        }
        let issued = delivery.request.certificate.context("the link is open and shows no certificate")?;
        let serials = [("hex", issued.serial_hex), ("decimal", issued.serial_decimal)];
        teller.step(Step::Open, &name, &teller.word("walk-opened", &serials), began);

        let act = delivery.act_text;
        let (mut act_text, mut act_cms) = (None, None);
        if act.is_some() && !delivery.act_signed {
            let began = Instant::now();
            let (text, cms) = client.sign_act(&link, self.identity)?;
            let characters = String::from_utf8_lossy(&text).chars().count().to_string();
            teller.step(Step::Act, &name, &teller.word("walk-act-signed", &[("characters", characters)]), began);
            (act_text, act_cms) = (Some(text), Some(cms));
        }

        let began = Instant::now();
        let delivered = client.deliver(&link)?;
        let certificate = identity::certificates(&delivered.certificate)?.remove(0);
        let issuers = identity::certificates(&delivered.chain)?;
        self.must_be_ours(&certificate, &issuers, &new_key)?;
        if let Some(card) = self.card {
            card.save(&certificate)?;
        }
        let until = domain::Timestamp::from_seconds(certificate.not_after()).to_string();
        teller.step(Step::Certificate, &name, &teller.word("walk-certificate-taken", &[("until", until)]), began);

        let began = Instant::now();
        let card = client.prove(&link, &delivered.challenge, act.as_deref(), &new_key, &certificate)?;
        teller.step(Step::Proof, &name, card.status(teller.language), began);

        let began = Instant::now();
        let session = client.sign_in(&new_key, &certificate)?;
        let result = teller.word("walk-signed-in", &[("until", session.until)]);
        teller.step(Step::NewSignIn, &name, &result, began);

        let mut chain = issuers;
        for issuer in &self.identity.chain {
            if !chain.contains(issuer) {
                chain.push(issuer.clone());
            }
        }
        Ok(Harvest { certificate, chain, pkcs10, act_text, act_cms })
    }

    /// Approves with each token in turn while the procedure asks for it; without a token waits for the bank's own people.
    fn review(&self, session: &Session, id: &str) -> anyhow::Result<()> {
        for token in self.staff {
            let card = self.client.desk_request(token, id)?;
            if !card.allows("approve") {
                break;
            }
            let began = Instant::now();
            let card = self.client.approve(token, id, card.version)?;
            let operator = self.teller.word("walk-operator", &[]);
            self.teller.step(Step::Review, &operator, card.status(self.teller.language), began);
        }
        let until = Instant::now() + BANK_PATIENCE;
        let mut told = false;
        loop {
            let card = self.client.request(session, id)?;
            if card.certificate.is_some() {
                return Ok(());
            }
            if let Some(reason) = card.reason.as_ref() {
                anyhow::bail!("{}: {reason}", card.status(self.teller.language));
            }
            if Instant::now() > until {
                anyhow::bail!(
                    "request {id} is still «{}» after {} s",
                    card.status(self.teller.language),
                    BANK_PATIENCE.as_secs()
                );
            }
            if self.staff.is_empty() && !told {
                told = true;
                self.teller.aside("walk-wait-review", &[("request", id.to_owned())]);
            }
            std::thread::sleep(if self.staff.is_empty() { LOOK_AT_PEOPLE } else { LOOK });
        }
    }

    /// The link of the letter about this request.
    fn letter(&self, session: &Session, id: &str) -> anyhow::Result<Link> {
        let began = Instant::now();
        let bank = self.teller.word("walk-bank", &[]);
        let folder = match self.link {
            LinkSource::Given(link) => {
                self.teller.step(Step::Letter, &bank, &self.teller.word("walk-link-given", &[]), began);
                return Ok(link.clone());
            }
            LinkSource::Terminal => {
                let link = asked_for(self.teller)?;
                self.teller.step(Step::Letter, &bank, &self.teller.word("walk-link-given", &[]), began);
                return Ok(link);
            }
            LinkSource::Mailbox(folder) => folder,
        };
        let mut foreign: Vec<Link> = Vec::new();
        while began.elapsed() < MACHINE_PATIENCE {
            let card = self.client.request(session, id)?;
            match card.mail.as_deref() {
                Some("sent") => {
                    for link in mailbox::links(folder)? {
                        if foreign.contains(&link) {
                            continue;
                        }
                        // Looking behind a link changes nothing, and says whose it is.
                        match self.client.open(&link) {
                            Ok(delivery) if delivery.request.id == id => {
                                let subject = delivery
                                    .request
                                    .certificate
                                    .map(|certificate| certificate.subject)
                                    .unwrap_or_default();
                                let result = self.teller.word("walk-letter-found", &[("subject", subject)]);
                                self.teller.step(Step::Letter, &bank, &result, began);
                                return Ok(link);
                            }
                            Ok(_) => foreign.push(link),
                            Err(error) if error.downcast_ref::<Refused>().is_some() => foreign.push(link),
                            Err(error) => return Err(error),
                        }
                    }
                }
                Some("failed") => anyhow::bail!("the letter could not be sent; the server's log says why"),
                _ => {}
            }
            std::thread::sleep(LOOK);
        }
        anyhow::bail!("no letter about request {id} in {} within {} s", folder.display(), MACHINE_PATIENCE.as_secs())
    }

    /// The certificate must be over our new key, and chain to its root now.
    fn must_be_ours(
        &self,
        certificate: &Certificate,
        issuers: &[Certificate],
        new_key: &HeldKey,
    ) -> anyhow::Result<()> {
        if certificate.public_key().spki_sha256() != new_key.public_key().spki_sha256() {
            anyhow::bail!("the certificate that came is over another key");
        }
        let anchors = issuers.last().map(std::slice::from_ref).unwrap_or_default();
        crypto::build_chain(certificate, issuers, anchors, self.client.clock.now().seconds())
            .context("the chain of the certificate does not hold")?;
        Ok(())
    }
}

/// The person at the terminal pastes the link.
fn asked_for(teller: &Teller) -> anyhow::Result<Link> {
    teller.aside("walk-ask-link", &[]);
    std::io::stderr().flush()?;
    for line in std::io::stdin().lock().lines() {
        match Link::parse(&line?) {
            Some(link) => return Ok(link),
            None => teller.aside("walk-ask-link", &[]),
        }
    }
    anyhow::bail!("no link was given")
}

impl Harvest {
    /// Writes everything; returns the names of the files.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<Vec<&'static str>> {
        let mut files = vec![CERTIFICATE, CHAIN];
        write(&folder.join(CERTIFICATE), pem(std::slice::from_ref(&self.certificate)).as_bytes())?;
        write(&folder.join(CHAIN), pem(&self.chain).as_bytes())?;
        if let Some(pkcs10) = &self.pkcs10 {
            write(&folder.join(REQUEST), crypto::pem_encode("CERTIFICATE REQUEST", pkcs10).as_bytes())?;
            files.push(REQUEST);
        }
        if let (Some(text), Some(cms)) = (&self.act_text, &self.act_cms) {
            write(&folder.join(ACT), text)?;
            write(&folder.join(ACT_SIGNATURE), crypto::pem_encode("CMS", cms).as_bytes())?;
            files.extend([ACT, ACT_SIGNATURE]);
        }
        Ok(files)
    }
}

pub(crate) const REQUEST: &str = "request.pem";
pub(crate) const ACT: &str = "act.txt";
pub(crate) const ACT_SIGNATURE: &str = "act.p7s";
