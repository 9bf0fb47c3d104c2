//! A bank for tests: real keys, a real database, a clock that is moved by hand and a seeded generator.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crypto::{KeyAlgorithm, PrivateKey, Signer};
use domain::Timestamp;
use domain::actor::{Actor, Role};
use domain::agent::KeyPlace;
use domain::certificate::{BankStep, RevocationReason};
use domain::ids::{AgentId, CertificateId, RequestId};
use domain::paper::{Channel, Document};
use domain::request::StageName;
use ra::{
    Delivery, Failure, ImportMode, Limits, Moment, NewRequest, Paper, Password, Performed, ProcedureFolder, Ra,
    RequestCard, Setup, SourceFile, Stepped, Work,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use statement::request::RequestText;
use statement::ticket::{Operation, Sealed};

pub(crate) const AGENT: AgentId = AgentId(6);
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8787";
/// 2026-11-24T09:00:00Z, a Tuesday.
pub(crate) const START: Timestamp = Timestamp(1_795_510_800_000);
pub(crate) const DAY: i64 = 86_400;

/// Both databases in turn, each empty.
pub(crate) fn on_both(run: impl Fn(&Bank)) {
    run(&Bank::open(Backend::Sqlite));
    if let Some(backend) = Backend::postgres() {
        run(&Bank::open(backend));
    }
}

pub(crate) enum Backend {
    Sqlite,
    Postgres { admin: String, name: String },
}

static DATABASES: AtomicU64 = AtomicU64::new(0);

impl Backend {
    /// A fresh database on the server the tests were given; without a server the tests fail unless told to do without.
    pub(crate) fn postgres() -> Option<Self> {
        match std::env::var("SURGUCH_TEST_POSTGRES_URL") {
            Ok(admin) => {
                let number = DATABASES.fetch_add(1, Ordering::Relaxed);
                let name = format!("ra_{}_{number}", std::process::id());
                let mut client = postgres::Client::connect(&admin, postgres::NoTls).unwrap();
                client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
                Some(Self::Postgres { admin, name })
            }
            Err(_) if std::env::var_os("SURGUCH_TEST_SQLITE_ONLY").is_some() => None,
            Err(_) => panic!(
                "SURGUCH_TEST_POSTGRES_URL is not set; `cargo xtask test` starts a server, SURGUCH_TEST_SQLITE_ONLY=1 does without"
            ),
        }
    }

    fn location(&self, data: &Path) -> store::Location {
        match self {
            Self::Sqlite => store::Location::Sqlite(data.join("surguch.db")),
            Self::Postgres { admin, name } => {
                let (server, _) = admin.rsplit_once('/').unwrap();
                store::Location::Postgres { url: format!("{server}/{name}"), connections: 8 }
            }
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Self::Postgres { admin, name } = self {
            // The pool's connections may still be closing: FORCE ends them.
            let dropped = postgres::Client::connect(admin, postgres::NoTls)
                .and_then(|mut client| client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
            if let Err(error) = dropped {
                assert!(std::thread::panicking(), "dropping {name}: {error}");
            }
        }
    }
}

pub(crate) struct Bank {
    pub(crate) ra: Ra,
    pub(crate) data: tempfile::TempDir,
    pub(crate) rogov: Client,
    pub(crate) ivanov: Client,
    pub(crate) operator: Actor,
    pub(crate) second_operator: Actor,
    pub(crate) procedure: String,
    pub(crate) backend: Backend,
    clock: AtomicI64,
    seed: AtomicU64,
    agent: String,
    procedures: Vec<ProcedureFolder>,
    previous: PreviousAuthority,
}

/// A person with a current certificate.
pub(crate) struct Client {
    pub(crate) key: PrivateKey,
    pub(crate) certificate: crypto::Certificate,
    pub(crate) email: &'static str,
}

impl Bank {
    pub(crate) fn open(backend: Backend) -> Self {
        let (procedure, folder) = renewal_folder();
        Self::open_with(backend, procedure, vec![folder])
    }

    /// A bank that offers one procedure out of the given folders.
    pub(crate) fn open_with(backend: Backend, procedure: String, procedures: Vec<ProcedureFolder>) -> Self {
        Self::open_at(backend, procedure, procedures, START)
    }

    /// The same at another time.
    pub(crate) fn open_at(
        backend: Backend,
        procedure: String,
        procedures: Vec<ProcedureFolder>,
        start: Timestamp,
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        let seed = AtomicU64::new(1);
        let mut rng = ChaCha20Rng::seed_from_u64(0);
        let mut at = Moment { now: Timestamp(start.0 - 365 * DAY * 1_000), rng: &mut rng };
        ra::keyring::initialise(data.path(), PLAN, &password(), ORIGIN, &mut at).unwrap();
        let agent = AGENT_FILE.replace("PROCEDURE", &procedure);
        let ra = open_ra(&backend, data.path(), &agent, &procedures, &mut Moment { now: start, rng: &mut rng });

        let previous = PreviousAuthority::at(start, &mut rng);
        let rogov = previous.client("Rogov Ivan Petrovich", "gost-256-a", 20, "rogov@bank-client.test", &mut rng);
        let ivanov = previous.client("Ivanov Ivan Ivanovich", "gost-512-a", 20, "ivanov@bank-client.test", &mut rng);
        let folder = tempfile::tempdir().unwrap();
        previous.write_import(folder.path(), &[("Рогов Иван Петрович", &rogov), ("Иванов Иван Иванович", &ivanov)]);
        let mut at = Moment { now: start, rng: &mut rng };
        let report = ra.import(&command_line(), AGENT, folder.path(), ImportMode::Apply, &mut at).unwrap();
        assert!(report.refused.is_empty() && report.applied, "{report:?}");
        let operator = staff(&ra, "Рогов 2", &[Role::Operator], &mut at);
        let second_operator = staff(&ra, "Иванов 2", &[Role::Operator, Role::SecurityOfficer], &mut at);
        Self {
            ra,
            data,
            rogov,
            ivanov,
            operator,
            second_operator,
            procedure,
            backend,
            clock: AtomicI64::new(start.0),
            seed,
            agent,
            procedures,
            previous,
        }
    }

    /// The bank adds lines to its agent's file and restarts.
    pub(crate) fn change_agent(&mut self, lines: &str) {
        self.agent.push_str(lines);
        self.ra = self.reopened();
    }

    /// The agent signs acts from now on, by a new key whose certificate the previous authority gave and which lies in `NAME.key`; `lines` say
    /// more about the place of the key. A server is at work, or does not start.
    pub(crate) fn countersign(&mut self, by: &Client, place: &str) -> Result<(), ra::Error> {
        let agent = self.agent.clone();
        self.change_agent(&format!("[countersignature]\ncertificate = {:?}\n{place}", self.keep(by, "agent")));
        let started = self.at(|at| self.ra.started(at));
        self.agent = agent;
        started
    }

    /// Puts a certificate and its key, sealed as the house's own, into the data folder; the path of the certificate.
    pub(crate) fn keep(&self, by: &Client, name: &str) -> PathBuf {
        let certificate = self.data.path().join(format!("{name}.pem"));
        std::fs::write(&certificate, crypto::pem_encode("CERTIFICATE", by.certificate.as_der())).unwrap();
        let sealed = self.at(|at| by.key.to_encrypted_pkcs8_der(PASSWORD, 1_000, at.rng)).unwrap();
        std::fs::write(certificate.with_extension("key"), sealed).unwrap();
        certificate
    }

    /// Somebody whom the previous authority knows, with this many days left.
    pub(crate) fn known(&self, name: &str, algorithm: &str, days_left: i64) -> Client {
        let mut rng = ChaCha20Rng::seed_from_u64(self.seed.fetch_add(1, Ordering::Relaxed));
        self.previous.client(name, algorithm, days_left, "sixth@bank.test", &mut rng)
    }

    /// The bank changes its procedure's file and restarts.
    pub(crate) fn change_procedure(&mut self, toml: &str) {
        toml.clone_into(&mut self.procedures[0].toml);
        self.ra = self.reopened();
    }

    /// The same bank opened once more, as after a restart.
    pub(crate) fn reopened(&self) -> Ra {
        self.at(|at| open_ra(&self.backend, self.data.path(), &self.agent, &self.procedures, at))
    }

    /// The same after the agent's file was changed.
    pub(crate) fn reopened_with(&self, change: impl Fn(&str) -> String) -> Ra {
        let agent = change(&self.agent);
        self.at(|at| open_ra(&self.backend, self.data.path(), &agent, &self.procedures, at))
    }

    /// The rows themselves.
    pub(crate) fn store(&self) -> store::Store {
        store::Store::open(&self.backend.location(self.data.path())).unwrap()
    }

    /// Writes the intent of an approved request as `issue` does, and nothing more: what a crash between its two saves leaves behind.
    pub(crate) fn leave_intent(&self, card: &RequestCard, key: &PrivateKey) -> store::intents::IntentRow {
        let keys = self.data.path().join("keys");
        let pem = std::fs::read_to_string(keys.join("issuing.pem")).unwrap();
        let certificates: Vec<_> = crypto::pem_decode(&pem)
            .unwrap()
            .iter()
            .map(|(_, der)| crypto::Certificate::from_der(der).unwrap())
            .collect();
        let sealed = std::fs::read(keys.join("issuing.key")).unwrap();
        let sealed = crypto::der_or_pem(&sealed, "ENCRYPTED PRIVATE KEY").unwrap();
        let signer = PrivateKey::from_encrypted_pkcs8_der(&sealed, PASSWORD).unwrap();
        let authority =
            ca::Authority::load("issuing", certificates[0].clone(), certificates[1..].to_vec(), Box::new(signer))
                .unwrap();
        let profile = ca::Profile::parse("client-gost-2012", PROFILE).unwrap();
        let name = crypto::Name::from_pairs(card.subject.pairs()).unwrap();
        let intent = self.at(|at| {
            let prepared =
                ca::prepare(&authority, &profile, name, key.public_key(), at.now.seconds(), ORIGIN, at.rng).unwrap();
            store::intents::IntentRow {
                request_id: card.id,
                authority: "issuing".to_owned(),
                serial_hex: prepared.serial().to_hex(),
                tbs: prepared.tbs_der().to_vec(),
                tbs_sha256: prepared.tbs_sha256(),
                spki_sha256: key.public_key().spki_sha256(),
                certificate_id: CertificateId::new(at.now, [7; 10]),
                profile_sha256: crypto::sha256(PROFILE.as_bytes()),
                created_at: at.now,
                completed_at: None,
            }
        });
        let row = intent.clone();
        self.store().write(move |tx| store::intents::insert(tx, &row)).unwrap();
        intent
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::SeqCst))
    }

    pub(crate) fn wait_ms(&self, milliseconds: i64) {
        self.clock.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(crate) fn set_clock(&self, to: Timestamp) {
        self.clock.store(to.0, Ordering::SeqCst);
    }

    pub(crate) fn at<T>(&self, run: impl FnOnce(&mut Moment<'_>) -> T) -> T {
        let mut rng = ChaCha20Rng::seed_from_u64(self.seed.fetch_add(1, Ordering::Relaxed));
        run(&mut Moment { now: self.now(), rng: &mut rng })
    }

    pub(crate) fn sign_in(&self, client: &Client) -> Actor {
        self.try_sign_in(client).unwrap()
    }

    pub(crate) fn try_sign_in(&self, client: &Client) -> Result<Actor, Failure> {
        self.at(|at| {
            let challenge = self.ra.challenge(AGENT, at)?;
            let cms = client.sign(&challenge.text, at);
            let signed_in = self.ra.sign_in(challenge.id, &cms, at)?;
            self.ra.subscriber(&signed_in.token, at)
        })
    }

    pub(crate) fn new_request(&self) -> NewRequest {
        NewRequest { procedure: self.procedure.clone(), phone: None, email: None, idempotency_key: None }
    }

    pub(crate) fn create(&self, actor: &Actor) -> RequestCard {
        self.at(|at| self.ra.create(actor, self.new_request(), at)).unwrap()
    }

    /// A new key and its PKCS#10 for a request.
    pub(crate) fn new_key(&self, card: &RequestCard, algorithm: &str) -> (PrivateKey, Vec<u8>) {
        self.at(|at| {
            let key = PrivateKey::generate(algorithm.parse().unwrap(), at.rng).unwrap();
            let name = crypto::Name::from_pairs(card.subject.pairs()).unwrap();
            let csr = crypto::Csr::create(&name, &key, at.rng).unwrap();
            (key, csr)
        })
    }

    /// A ticket for the key of a request, begun; and what the component renders beside this PKCS#10, for the current key to sign.
    pub(crate) fn begun(&self, actor: &Actor, id: RequestId, pkcs10: &[u8]) -> (String, String) {
        let session = hex::encode(crypto::sha256(b"page"));
        let given = self.at(|at| self.ra.key_ticket(actor, id, None, &session, at)).unwrap();
        self.at(|at| self.ra.ticket_started(&given.nonce, at)).unwrap();
        let ticket = Sealed::parse(&given.ticket).unwrap().open().unwrap();
        let Operation::MakeKey(wish) = &ticket.operation else { panic!("{ticket:?}") };
        let asked = wish.request.as_ref().unwrap();
        let text = RequestText {
            kind: asked.procedure_kind.as_str(),
            unz: ticket.unz.as_ref().unwrap().as_str(),
            origin: ticket.origin.as_str(),
            nonce: asked.nonce.as_str(),
            time: asked.time.as_str(),
            subject: asked.subject.as_str(),
            pkcs10_streebog256_hex: &hex::encode(crypto::streebog256(pkcs10)),
        };
        (given.nonce, text.render().unwrap())
    }

    /// From nothing to IN_REVIEW.
    pub(crate) fn submitted(&self, client: &Client, algorithm: &str) -> (RequestCard, PrivateKey) {
        let actor = self.sign_in(client);
        let card = self.create(&actor);
        let (key, csr) = self.new_key(&card, algorithm);
        let card = self.at(|at| self.ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        let text = card.text.clone().unwrap();
        let card = self.at(|at| {
            let cms = client.sign(&text, at);
            self.ra.submit(&actor, card.id, &cms, at)
        });
        (card.unwrap(), key)
    }

    /// From nothing to ISSUED, the letter sent: (card, new key, code of the link).
    pub(crate) fn issued(&self, client: &Client, algorithm: &str) -> (RequestCard, PrivateKey, String) {
        let (card, key) = self.submitted(client, algorithm);
        self.at(|at| self.ra.approve(&self.operator, card.id, card.version, at)).unwrap();
        let letters = self.work();
        let code = link_code(letters.iter().find(|letter| letter.link.is_some()).unwrap());
        (self.card(card.id), key, code)
    }

    /// From nothing to IN_SERVICE.
    pub(crate) fn renewed(&self, client: &Client, algorithm: &str) -> (RequestCard, Client) {
        let (card, key, code) = self.issued(client, algorithm);
        self.sign_act(client, &code).unwrap();
        let (delivered, new_client) = self.take(&code, key, client.email);
        let card_now = self.prove(&new_client, &code, &delivered.challenge).unwrap();
        assert_eq!(card_now.id, card.id);
        (card_now, new_client)
    }

    pub(crate) fn sign_act(&self, client: &Client, code: &str) -> Result<Delivery, Failure> {
        self.at(|at| {
            let text = self.ra.open_link(AGENT, code, at)?.act_text.unwrap();
            let cms = client.sign(&text, at);
            self.ra.sign_act(AGENT, code, &cms, at)
        })
    }

    pub(crate) fn take(&self, code: &str, key: PrivateKey, email: &'static str) -> (ra::Delivered, Client) {
        let delivered = self.at(|at| self.ra.deliver(AGENT, code, at)).unwrap();
        let certificate = crypto::Certificate::from_der(&delivered.certificate_der).unwrap();
        (delivered, Client { key, certificate, email })
    }

    pub(crate) fn prove(&self, new_client: &Client, code: &str, challenge: &str) -> Result<RequestCard, Failure> {
        self.at(|at| {
            let act = self.ra.look_back(AGENT, code, at)?.act_text;
            let act = act.map(|text| new_client.sign(&text, at));
            let proof = new_client.sign(challenge, at);
            self.ra.prove(AGENT, code, (&proof, act.as_deref()), at)
        })
    }

    /// Performs everything that is due; letters count as sent. Returns them.
    pub(crate) fn work(&self) -> Vec<ra::Letter> {
        self.work_of(&self.ra)
    }

    pub(crate) fn work_of(&self, ra: &Ra) -> Vec<ra::Letter> {
        let mut letters = Vec::new();
        loop {
            let mut due = self.at(|at| ra.claim(Work::House, 16, at)).unwrap();
            due.extend(self.at(|at| ra.claim(Work::Letters, 16, at)).unwrap());
            if due.is_empty() {
                return letters;
            }
            for effect in due {
                match self.at(|at| ra.perform(&effect, at)) {
                    Ok(Performed::Done) => {}
                    Ok(Performed::Letter(letter)) => {
                        self.at(|at| ra.letter_sent(&effect, at)).unwrap();
                        letters.push(*letter);
                    }
                    Err(failure) => {
                        self.at(|at| ra.failed(&effect, &failure.to_string(), false, at)).unwrap();
                    }
                }
            }
        }
    }

    pub(crate) fn card(&self, id: RequestId) -> RequestCard {
        self.at(|at| self.ra.request(&self.operator, id, at)).unwrap()
    }

    /// The operator's step on a certificate as it is now.
    pub(crate) fn stepped(&self, id: CertificateId, step: BankStep) {
        let version = self.at(|at| self.ra.desk_certificate(&self.operator, id, at)).unwrap().version;
        let (reason, words) = (RevocationReason::KeyCompromise, "Просьба клиента");
        let done = self.at(|at| self.ra.step_by_hand(&self.operator, id, version, step, reason, words, at));
        assert_eq!(done.unwrap(), Stepped::Done);
    }

    /// The link once more, for whoever looks at the request as it is now.
    pub(crate) fn sent_again(&self, who: &Actor, id: RequestId) -> Result<RequestCard, Failure> {
        let version = self.card(id).version;
        self.at(|at| self.ra.resend_link(who, id, version, at))
    }

    /// Both parties' copies of the act come to the branch.
    pub(crate) fn act_came(&self, id: RequestId) -> RequestCard {
        let paper = Paper { copies: 2, seal: true, channel: Channel::Branch, scan: None };
        let version = self.card(id).version;
        self.at(|at| self.ra.register_paper(&self.operator, id, version, Document::Act, &paper, at)).unwrap()
    }

    pub(crate) fn stage(&self, id: RequestId) -> StageName {
        self.card(id).stage
    }

    /// All rows of the journal, as JSON lines.
    pub(crate) fn journal(&self) -> Vec<serde_json::Value> {
        let mut out = Vec::new();
        self.ra.export_journal(&mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The journal must hold: chain, heads, checkpoints.
    pub(crate) fn journal_holds(&self) {
        let report = self.ra.verify_journal(None).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
    }
}

impl Client {
    pub(crate) fn sign(&self, text: &str, at: &mut Moment<'_>) -> Vec<u8> {
        crypto::sign_cms(text.as_bytes(), true, &self.key, &self.certificate, &[], at.now.seconds(), at.rng).unwrap()
    }
}

/// The authority of before: RSA over GOST keys, as the manual's act shows.
pub(crate) struct PreviousAuthority {
    now: Timestamp,
    authority: ca::Authority,
    profile: ca::Profile,
}

impl PreviousAuthority {
    pub(crate) fn new(rng: &mut ChaCha20Rng) -> Self {
        Self::at(START, rng)
    }

    pub(crate) fn at(now: Timestamp, rng: &mut ChaCha20Rng) -> Self {
        let plan = ca::AuthorityPlan::parse(PREVIOUS_PLAN).unwrap();
        let spec = &plan.authorities()[0];
        let key = PrivateKey::generate(spec.algorithm, rng).unwrap();
        let born = now.seconds() - 3 * 365 * DAY;
        let authority = ca::create_authority(spec, None, key, born, ORIGIN, rng).unwrap();
        let profile = ca::Profile::parse("previous", PREVIOUS_PROFILE).unwrap();
        Self { now, authority, profile }
    }

    /// A person whose certificate of 729 days ends in `days_left` days.
    pub(crate) fn client(
        &self,
        name: &str,
        algorithm: &str,
        days_left: i64,
        email: &'static str,
        rng: &mut ChaCha20Rng,
    ) -> Client {
        let key = PrivateKey::generate(algorithm.parse::<KeyAlgorithm>().unwrap(), rng).unwrap();
        let subject = crypto::Name::from_pairs([
            ("2.5.4.6", "RU"),
            ("2.5.4.7", "Novosibirsk"),
            ("2.5.4.10", "OOO 'ooo'"),
            ("2.5.4.3", name),
        ])
        .unwrap();
        let began = self.now.seconds() - (729 - days_left) * DAY;
        let prepared =
            ca::prepare(&self.authority, &self.profile, subject, key.public_key(), began, ORIGIN, rng).unwrap();
        let certificate = ca::sign(&self.authority, prepared, rng).unwrap();
        Client { key, certificate, email }
    }

    /// The folder that `surguch import` takes.
    pub(crate) fn write_import(&self, folder: &Path, clients: &[(&str, &Client)]) {
        std::fs::create_dir_all(folder.join("certificates")).unwrap();
        std::fs::create_dir_all(folder.join("authorities")).unwrap();
        std::fs::write(folder.join("authorities/previous.der"), self.authority.certificate.as_der()).unwrap();
        std::fs::write(folder.join("organisations.csv"), "inn,name,city\n7707704692,ООО «ооо»,Новосибирск\n").unwrap();
        let mut rows = String::from(SIGNATORY_HEADER);
        for (number, (name, client)) in clients.iter().enumerate() {
            let file = format!("{number}.der");
            std::fs::write(folder.join("certificates").join(&file), client.certificate.as_der()).unwrap();
            rows.push_str(&format!(
                "7707704692,{file},{name},{name},{name},male,директор,Устава,{},+7 383 000-00-00\n",
                client.email
            ));
        }
        std::fs::write(folder.join("signatories.csv"), rows).unwrap();
    }

    /// A CRL of this authority.
    pub(crate) fn crl(&self, revoked: Vec<crypto::RevokedEntry>, rng: &mut ChaCha20Rng) -> Vec<u8> {
        ca::build_crl(&self.authority, 1, revoked, START.seconds() - DAY, START.seconds() + DAY, rng).unwrap()
    }
}

pub(crate) const SIGNATORY_HEADER: &str =
    "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone\n";

pub(crate) fn command_line() -> Actor {
    Actor::CommandLine { account: "test".to_owned() }
}

pub(crate) fn staff(ra: &Ra, name: &str, roles: &[Role], at: &mut Moment<'_>) -> Actor {
    let (_, token) = ra.add_staff(&command_line(), AGENT, name, roles, at).unwrap();
    ra.staff(&token, at).unwrap()
}

pub(crate) fn link_code(letter: &ra::Letter) -> String {
    letter.link.as_ref().unwrap().rsplit_once("code=").unwrap().1.to_owned()
}

/// The refusal of a verb that must be refused.
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> &'static str {
    match outcome {
        Err(Failure::Refused(refused)) => refused.refusal.code(),
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// A key in a file; one on a token is the file that stands in the place of its PIN's, and the token is away while that is.
fn agents_key(place: &KeyPlace, _: &[u8; 32]) -> Result<Box<dyn Signer>, String> {
    let (KeyPlace::File { path, .. } | KeyPlace::Token { pin_file: path, .. }) = place;
    let key = ra::keyring::read_key(path, &password()).map_err(|error| error.to_string())?;
    Ok(match place {
        KeyPlace::File { .. } => Box::new(key),
        KeyPlace::Token { .. } => Box::new(Pulled { key, path: path.clone() }),
    })
}

struct Pulled {
    key: PrivateKey,
    path: PathBuf,
}

impl Signer for Pulled {
    fn public_key(&self) -> &crypto::PublicKey {
        self.key.public_key()
    }

    fn signature_algorithm(&self) -> crypto::SignatureAlgorithm {
        self.key.signature_algorithm()
    }

    fn sign(&self, message: &[u8], rng: &mut crypto::Rng) -> Result<Vec<u8>, crypto::Error> {
        if !self.path.exists() {
            return Err(crypto::Error::Internal("token-absent"));
        }
        self.key.sign(message, rng)
    }
}

fn open_ra(backend: &Backend, data: &Path, agent: &str, procedures: &[ProcedureFolder], at: &mut Moment<'_>) -> Ra {
    let file = |name: &str, text: &str| SourceFile {
        name: name.to_owned(),
        path: format!("{name}.toml"),
        text: text.to_owned(),
    };
    let setup = Setup {
        location: backend.location(data),
        origin: ORIGIN.to_owned(),
        data: data.to_owned(),
        key_password: password(),
        outside_keys: None,
        open_agent_key: Some(Box::new(agents_key)),
        agents: vec![file("sixth", agent)],
        procedures: procedures.to_vec(),
        profiles: vec![file("client-gost-2012", PROFILE)],
        limits: Limits::default(),
    };
    Ra::open(setup, at).unwrap()
}

fn password() -> Password {
    Password::new(PASSWORD.to_vec())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The renewal procedure of the first manual: the one folder of its kind. No Rust file may name it.
pub(crate) fn renewal_folder() -> (String, ProcedureFolder) {
    folder_of(domain::procedure::Kind::Renewal)
}

pub(crate) fn folder_of(kind: domain::procedure::Kind) -> (String, ProcedureFolder) {
    std::fs::read_dir(root().join("procedures"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find_map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let toml = std::fs::read_to_string(path.join("procedure.toml")).ok()?;
            let procedure = domain::procedure::Procedure::parse(&name, "procedure.toml", &toml).unwrap();
            let folder = ProcedureFolder {
                name: name.clone(),
                path: path.display().to_string(),
                toml,
                act_template: std::fs::read_to_string(path.join("documents/act.txt")).ok(),
                act_person_template: std::fs::read_to_string(path.join("documents/act-person.txt")).ok(),
            };
            (procedure.kind == kind).then_some((name, folder))
        })
        .unwrap()
}

const PASSWORD: &[u8] = b"four words for a test";

const AGENT_FILE: &str = r#"
id = 6
name = 'Шестой банк'
person_gender = "male"
basis = "доверенности № 6"
city = "Новосибирск"
ca_name = "SIXTH"
support = { phone = { ru = "8 800 000 00 00", en = "8 800 000 00 00" } }
mail_from = "noreply@sixth-bank.test"
procedures = ["PROCEDURE"]
[person]
nominative = "Иванов Иван Иванович"
genitive = "Иванова Ивана Ивановича"
instrumental = "Ивановым Иваном Ивановичем"
[calendar]
zone = "+07:00"
"#;

const PLAN: &str = r#"
[[authority]]
name = "root"
algorithm = "gost-512-a"
subject = [["C", "RU"], ["O", "Surguch test"], ["CN", "Surguch test root"]]
validity = "10950d"
path_len = 1
crl_life = "720h"
[[authority]]
name = "issuing"
issuer = "root"
algorithm = "gost-256-a"
subject = [["C", "RU"], ["O", "Surguch test"], ["CN", "Surguch test issuing"]]
validity = "10900d"
path_len = 0
crl_life = "24h"
certificate_policies = ["2.5.29.32.0"]
"#;

const PREVIOUS_PLAN: &str = r#"
[[authority]]
name = "previous"
algorithm = "rsa-2048"
subject = [["C", "RU"], ["O", "Center of Financial Technologies"], ["CN", "Class 2 CA"]]
validity = "7300d"
crl_life = "24h"
"#;

const PREVIOUS_PROFILE: &str = r#"
authority = "previous"
class = "Класс 2"
validity = "729d"
key_algorithms = ["gost-256-a", "gost-256-b", "gost-512-a", "ecdsa-p256"]
subject = ["C", "L", "O", "CN"]
subject_required = ["C", "L", "O", "CN"]
key_usage = ["digitalSignature", "nonRepudiation"]
extended_key_usage = ["clientAuth", "emailProtection"]
certificate_policies = ["1.2.643.100.113.1"]
crl = "{base}/crl/{authority}.crl"
"#;

pub(crate) const PROFILE: &str = r#"
authority = "issuing"
class = "Класс 2"
validity = "729d"
key_algorithms = ["gost-256-a", "gost-256-b", "gost-256-c", "gost-256-d", "gost-512-a", "gost-512-b", "gost-512-c"]
subject = ["C", "L", "O", "CN"]
subject_required = ["C", "L", "CN"]
key_usage = ["digitalSignature", "nonRepudiation"]
extended_key_usage = ["clientAuth", "emailProtection"]
certificate_policies = ["1.2.643.100.113.1"]
crl = "{base}/crl/{authority}.crl"
"#;
