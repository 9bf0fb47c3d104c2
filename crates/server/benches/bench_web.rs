//! `cargo bench -p surguch-server --bench bench_web`: how long pages of a full house take, one row of JSON a line, in the shape of
//! `cargo xtask bench --json`, which asks for it under the name `web`.
//!
//! The house is filled through the verbs of the registration authority alone: clients with their certificates by `import`, requests by the clients'
//! and the staff's own steps, each signature made and verified; beside them what strangers write at the public page, addresses that wait for a
//! second person, and smart cards that are handed out. What is measured is `surguch serve` in a process of its own, over loopback, one request at
//! a time on a kept connection, from the first octet sent to the last one received. An answer without what it was asked for ends the bench.
//!
//! `SURGUCH_BENCH_CERTIFICATES` and `SURGUCH_BENCH_REQUESTS` say how many; a tenth of both is measured first, to see what grows. With
//! `SURGUCH_TEST_POSTGRES_URL` a second house stands in a database of that server; `SURGUCH_BENCH_DATABASE` holds it to one, `SQLite` or `PostgreSQL`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the rows, and how far it is")]
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crypto::{Certificate, KeyAlgorithm, Name, PrivateKey, Signer as _};
use documents::qr::{CodedPaper, PaperCode};
use domain::Timestamp;
use domain::actor::{Actor, Role};
use domain::ids::{AgentId, KeyUid, RequestId, StaffId};
use domain::inquiry::Subject;
use domain::smart_card::TypedHandOut;
use ra::{
    ImportMode, Limits, Moment, NewInquiry, NewMessage, NewRequest, Password, Performed, ProcedureFolder, Ra,
    RequestCard, Setup, SourceFile, Work,
};

const DAY: i64 = 86_400;
/// Clients that come in with one import.
const IMPORTED_AT_ONCE: usize = 2_000;
/// Imports at once: each reads its files and asks the database row by row before it writes.
const IMPORTING: usize = 2;
/// Clients of one organisation.
const OF_AN_ORGANISATION: usize = 10;
/// Of so many requests one has an inquiry and a proposal beside it.
const BESIDE: usize = 50;
/// Of the links of so many requests one is left as it came.
const LEFT: usize = 100;
/// Smart cards that are registered at once.
const BOX_OF_CARDS: usize = 100;
/// Threads that ask the registration authority at once: one transaction of SQLite takes up what waits.
const ASKING: usize = 24;
/// Loads of each page; every one is about another object, where there are objects.
const LOADS: usize = 200;
const WARM: usize = 20;
/// Pieces of the house's work that a thread takes at once.
const CLAIMED: usize = 16;

fn main() {
    let certificates = number("SURGUCH_BENCH_CERTIFICATES", 1_000_000);
    let requests = number("SURGUCH_BENCH_REQUESTS", 200_000);
    assert!(requests * 2 <= certificates, "whoever asks for a certificate has one");
    let wanted = std::env::var("SURGUCH_BENCH_DATABASE").ok();
    let is_wanted = |database: &str| wanted.as_deref().is_none_or(|wanted| wanted == database);
    if is_wanted("SQLite") {
        house("SQLite", None, certificates, requests);
    }
    if let Some(admin) = std::env::var("SURGUCH_TEST_POSTGRES_URL").ok().filter(|_| is_wanted("PostgreSQL")) {
        let (server, _) = admin.rsplit_once('/').unwrap();
        let name = format!("bench_web_{}", std::process::id());
        let run = |statement: &str| {
            postgres::Client::connect(&admin, postgres::NoTls).unwrap().batch_execute(statement).unwrap();
        };
        run(&format!("CREATE DATABASE {name}"));
        house("PostgreSQL", Some(format!("{server}/{name}")), certificates, requests);
        run(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}

fn number(variable: &str, otherwise: usize) -> usize {
    std::env::var(variable).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// Fills a house in two steps and measures it after each.
fn house(database: &'static str, url: Option<String>, certificates: usize, requests: usize) {
    let mut house = House::new(url);
    for (certificates, requests) in [(certificates / 10, requests / 10), (certificates, requests)] {
        let began = Instant::now();
        let ra = house.open();
        house.fill(&ra, certificates, requests);
        let pages = house.pages(&ra);
        drop(ra);
        let size = format!("{database}, {}k certificates, {}k requests", certificates / 1_000, requests / 1_000);
        eprintln!("{size}: filled in {:.0} s", began.elapsed().as_secs_f64());
        let server = Server::start(&house.config, house.port);
        let mut faults = Vec::new();
        for page in &pages {
            match server.measure(page) {
                Ok(milliseconds) => {
                    row(&format!("{}, {size}, p50", page.name), milliseconds[milliseconds.len() / 2]);
                    row(&format!("{}, {size}, p95", page.name), milliseconds[milliseconds.len() * 95 / 100]);
                }
                Err(fault) => faults.push(format!("{}: {fault}", page.name)),
            }
        }
        // The other pages have their rows by now: a full house is filled in an hour.
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

fn row(name: &str, milliseconds: f64) {
    println!(
        r#"{{"bench":"web","row":"{name}","unit":"ms","ours":{milliseconds:.3},"peer":null,"peer_name":null,"ratio":null}}"#
    );
}

/// A bank made by the binary's own commands, and the authority of before.
struct House {
    folder: tempfile::TempDir,
    /// Where an import's files are left for the registration authority.
    exchange: tempfile::TempDir,
    config: PathBuf,
    port: u16,
    url: Option<String>,
    agent: AgentId,
    procedure: String,
    before: ca::Authority,
    profile: ca::Profile,
    clients: Vec<Client>,
    /// How many of them have asked for a renewal.
    asked: usize,
    /// Their requests, by the client's number.
    cards: Mutex<Vec<(usize, RequestCard)>>,
    /// New keys of approved requests, and whose they are.
    new_keys: Mutex<HashMap<RequestId, (usize, PrivateKey)>>,
    /// Codes of the mailed links that nobody follows, and whose they are.
    links: Mutex<Vec<(RequestId, String)>>,
}

/// Somebody with a current certificate.
struct Client {
    key: PrivateKey,
    certificate: Certificate,
}

impl Client {
    fn sign(&self, text: &str) -> Vec<u8> {
        let text = text.as_bytes();
        crypto::sign_cms(text, true, &self.key, &self.certificate, &[], now().seconds(), &mut rng()).unwrap()
    }
}

/// Each number of a range, shared among so many threads.
fn by_threads(threads: usize, numbers: Range<usize>, each: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(numbers.start);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        break;
                    }
                    each(number);
                }
            });
        }
    });
}

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

/// Asks the registration authority something now.
fn at<T>(ask: impl FnOnce(&mut Moment<'_>) -> T) -> T {
    ask(&mut Moment { now: now(), rng: &mut rng() })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl House {
    fn new(url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let memory = Path::new("/dev/shm");
        let exchange = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let config = folder.path().join("surguch.toml");
        let database = url.as_ref().map(|url| format!("[database]\nurl = \"{url}\"\n")).unwrap_or_default();
        // One visitor stands for thousands.
        let limits =
            "[limits]\nguesses_per_minute = 1000000\napplications_per_minute = 1000000\n[log]\nlevel = \"warn\"\n";
        let head = format!("listen = \"127.0.0.1:{port}\"\norigin = \"http://127.0.0.1:{port}\"\n");
        std::fs::write(&config, format!("{head}{database}{limits}")).unwrap();
        let plan = folder.path().join("ca.toml");
        std::fs::write(&plan, PLAN).unwrap();
        surguch(&config, &["ca", "init", plan.to_str().unwrap()]);

        let (agent, procedure) = offered();
        let spec = ca::AuthorityPlan::parse(BEFORE).unwrap();
        let spec = &spec.authorities()[0];
        let key = PrivateKey::generate(spec.algorithm, &mut rng()).unwrap();
        let born = now().seconds() - 3 * 365 * DAY;
        let origin = format!("http://127.0.0.1:{port}");
        let before = ca::create_authority(spec, None, key, born, &origin, &mut rng()).unwrap();
        let profile = ca::Profile::parse("before", BEFORE_PROFILE).unwrap();
        Self {
            folder,
            exchange,
            config,
            port,
            url,
            agent,
            procedure,
            before,
            profile,
            clients: Vec::new(),
            asked: 0,
            cards: Mutex::default(),
            new_keys: Mutex::default(),
            links: Mutex::default(),
        }
    }

    /// The registration authority over the house's database, in this process.
    fn open(&self) -> Ra {
        let data = self.folder.path().join("data");
        let location = match &self.url {
            None => store::Location::Sqlite(data.join("surguch.db")),
            Some(url) => store::Location::Postgres { url: url.clone(), connections: 16 },
        };
        let password = std::fs::read_to_string(data.join("keys.password")).unwrap();
        let setup = Setup {
            location,
            origin: format!("http://127.0.0.1:{}", self.port),
            key_password: Password::new(password.trim_end().as_bytes().to_vec()),
            data,
            outside_keys: None,
            open_agent_key: None,
            agents: files("agents"),
            procedures: procedures(),
            profiles: files("profiles"),
            limits: Limits::default(),
        };
        at(|at| Ra::open(setup, at)).unwrap()
    }

    fn fill(&mut self, ra: &Ra, certificates: usize, requests: usize) {
        let (_, operator) = self.operator(ra);
        let without_cards = self.clients.len();
        // Whoever comes in first brings the authority along.
        let alone = IMPORTED_AT_ONCE.min(certificates - without_cards);
        let first = self.import(ra, without_cards..without_cards + alone);
        self.clients.extend(first);
        let others = self.clients.len()..certificates;
        let batches: Vec<_> = others
            .clone()
            .step_by(IMPORTED_AT_ONCE)
            .map(|first| first..certificates.min(first + IMPORTED_AT_ONCE))
            .collect();
        let imported = Mutex::new(BTreeMap::new());
        by_threads(IMPORTING, 0..batches.len(), |number| {
            let batch = &batches[number];
            let clients = self.import(ra, batch.clone());
            imported.lock().unwrap().insert(number, clients);
            if batch.end.is_multiple_of(50_000) {
                eprintln!("{} certificates", batch.end);
            }
        });
        self.clients.extend(imported.into_inner().unwrap().into_values().flatten());
        let this = &*self;
        this.hand_out_cards(ra, &operator, without_cards..certificates);
        by_threads(ASKING, self.asked..requests, |number| {
            this.ask(ra, &operator, number);
            if number.is_multiple_of(10_000) {
                eprintln!("{number} requests");
            }
        });
        std::thread::scope(|scope| {
            for _ in 0..ASKING {
                scope.spawn(|| this.work(ra));
            }
        });
        self.asked = requests;
    }

    fn import(&self, ra: &Ra, numbers: Range<usize>) -> Vec<Client> {
        // In memory where there is such a place: files of a million clients would be most of the work.
        let folder = tempfile::tempdir_in(&self.exchange).unwrap();
        let folder = folder.path();
        for sub in ["certificates", "authorities"] {
            std::fs::create_dir_all(folder.join(sub)).unwrap();
        }
        std::fs::write(folder.join("authorities/before.der"), self.before.certificate.as_der()).unwrap();
        let first = numbers.start;
        let mut clients = Vec::new();
        let mut organisations = String::from("inn,name,city\n");
        let mut signatories = String::from(SIGNATORIES);
        for number in numbers.clone() {
            let (client, organisation) = (self.client(number), number / OF_AN_ORGANISATION);
            let inn = inn(organisation);
            if number.is_multiple_of(OF_AN_ORGANISATION) {
                organisations.push_str(&format!("{inn},ООО «Рогов и {organisation}»,Новосибирск\n"));
            }
            let file = format!("{}.der", number - first);
            std::fs::write(folder.join("certificates").join(&file), client.certificate.as_der()).unwrap();
            let name = name(number);
            signatories.push_str(&format!(
                "{inn},{file},{name},{name},{name},male,директор,Устава,client{number}@bank-client.test,{PHONE}\n"
            ));
            clients.push(client);
        }
        std::fs::write(folder.join("organisations.csv"), organisations).unwrap();
        std::fs::write(folder.join("signatories.csv"), signatories).unwrap();
        let command_line = Actor::CommandLine { account: "bench".to_owned() };
        let report = at(|at| ra.import(&command_line, self.agent, folder, ImportMode::Apply, at)).unwrap();
        assert!(report.applied && report.certificates == numbers.len(), "{:?}", report.refused.first());
        clients
    }

    /// Ends in twenty days: the window of a renewal is open.
    fn client(&self, number: usize) -> Client {
        let key = PrivateKey::generate("gost-256-a".parse::<KeyAlgorithm>().unwrap(), &mut rng()).unwrap();
        let name = format!("Rogov Ivan Petrovich {number}");
        let pairs = [("2.5.4.6", "RU"), ("2.5.4.7", "Novosibirsk"), ("2.5.4.10", "OOO 'ooo'"), ("2.5.4.3", &name)];
        let (subject, origin) = (Name::from_pairs(pairs).unwrap(), format!("http://127.0.0.1:{}", self.port));
        let began = now().seconds() - 709 * DAY;
        let prepared =
            ca::prepare(&self.before, &self.profile, subject, key.public_key(), began, &origin, &mut rng()).unwrap();
        Client { certificate: ca::sign(&self.before, prepared, &mut rng()).unwrap(), key }
    }

    /// A client's way up to the bank's decision. Of ten requests five wait for it, one is refused, one sent back, one recalled and two are approved.
    fn ask(&self, ra: &Ra, operator: &Actor, number: usize) {
        let client = &self.clients[number];
        let (_, actor) = self.sign_in(ra, client);
        let new = NewRequest { procedure: self.procedure.clone(), phone: None, email: None, idempotency_key: None };
        let card = at(|at| ra.create(&actor, new, at)).unwrap();
        let key = PrivateKey::generate("gost-256-a".parse().unwrap(), &mut rng()).unwrap();
        let name = Name::from_pairs(card.subject.pairs()).unwrap();
        let csr = crypto::Csr::create(&name, &key, &mut rng()).unwrap();
        let card = at(|at| ra.offer_key(&actor, card.id, &csr, at)).unwrap();
        let cms = client.sign(card.text.as_ref().unwrap());
        let card = at(|at| ra.submit(&actor, card.id, &cms, at)).unwrap();
        let (id, version) = (card.id, card.version);
        let decided = match number % 10 {
            5 => at(|at| ra.refuse(operator, id, version, "Отказ", at)),
            6 => at(|at| ra.return_for_fix(operator, id, version, "Исправьте", at)),
            7 => at(|at| ra.recall(&actor, id, at)),
            8 | 9 => {
                self.new_keys.lock().unwrap().insert(id, (number, key));
                at(|at| ra.approve(operator, id, version, at))
            }
            _ => Ok(card),
        };
        let card = decided.unwrap();
        if number.is_multiple_of(2) {
            write_about(ra, operator, &actor, number, id);
        }
        if number.is_multiple_of(BESIDE) {
            self.beside(ra, operator, number, &card);
        }
        self.cards.lock().unwrap().push((number, card));
    }

    /// A stranger writes at the public page, and another address is proposed for a request that waits. Of five one of each stays open: of inquiries a
    /// thousand may.
    fn beside(&self, ra: &Ra, operator: &Actor, number: usize, card: &RequestCard) {
        let id = at(|at| ra.message_id(at));
        let new = NewInquiry {
            subject: Subject::Other,
            unz: String::new(),
            name: name(number),
            phone: String::new(),
            email: format!("stranger{number}@bank-client.test"),
            text: "Когда будет сертификат?".to_owned(),
            scans: Vec::new(),
            coded: Vec::new(),
        };
        at(|at| ra.inquire(self.agent, id, &new, at)).unwrap();
        let email = format!("other{number}@bank-client.test");
        at(|at| ra.propose_email(operator, card.id, &email, "Опечатка", at)).unwrap();
        match number / BESIDE % 5 {
            0 => return,
            1 => {
                at(|at| ra.bind_inquiry(operator, id, &unz(card), at)).unwrap();
            }
            _ => at(|at| ra.close_inquiry(operator, id, "Ответили по телефону", at)).unwrap(),
        }
        let proposal = ra.proposals_about(operator, card.id).unwrap()[0].id;
        at(|at| ra.decline_proposal(operator, proposal, at)).unwrap();
    }

    /// One card for each organisation of these clients.
    fn hand_out_cards(&self, ra: &Ra, operator: &Actor, clients: Range<usize>) {
        let holders: Vec<_> = clients.filter(|client| client.is_multiple_of(OF_AN_ORGANISATION)).collect();
        let mut cards = Vec::new();
        for holders in holders.chunks(BOX_OF_CARDS) {
            let serials: Vec<_> = holders.iter().map(|holder| card_serial(*holder)).collect();
            let ids = at(|at| ra.register_cards(operator, &serials.join("\n"), "Рутокен ЭЦП 2.0", at)).unwrap();
            cards.extend(holders.iter().copied().zip(ids));
        }
        // Receipts are numbered one after another: transactions of PostgreSQL would only be in each other's way.
        let threads = if self.url.is_some() { 1 } else { ASKING };
        by_threads(threads, 0..cards.len(), |card| {
            let (holder, id) = cards[card];
            let to = TypedHandOut {
                inn: inn(holder / OF_AN_ORGANISATION),
                organisation: String::new(),
                person: holder_name(holder),
                gender: "male".to_owned(),
                slot: "first".to_owned(),
                city: "Новосибирск".to_owned(),
                branch: "Отделение 1".to_owned(),
            };
            at(|at| ra.hand_out_card(operator, id, 1, &to, at)).unwrap();
        });
    }

    /// Does the house's work until there is none: certificates are issued, letters count as sent, and whoever gets a link takes the certificate.
    fn work(&self, ra: &Ra) {
        loop {
            let mut due = at(|at| ra.claim(Work::House, CLAIMED, at)).unwrap();
            due.extend(at(|at| ra.claim(Work::Letters, CLAIMED, at)).unwrap());
            if due.is_empty() {
                return;
            }
            for effect in due {
                let Performed::Letter(letter) = at(|at| ra.perform(&effect, at)).unwrap() else { continue };
                at(|at| ra.letter_sent(&effect, at)).unwrap();
                if let Some((_, code)) = letter.link.as_ref().and_then(|link| link.rsplit_once("code=")) {
                    let id = effect.request_id().unwrap();
                    let (number, key) = self.new_keys.lock().unwrap().remove(&id).unwrap();
                    if number % LEFT == 8 {
                        self.links.lock().unwrap().push((id, code.to_owned()));
                    } else {
                        self.take(ra, &self.clients[number], key, code);
                    }
                }
            }
        }
    }

    fn take(&self, ra: &Ra, client: &Client, key: PrivateKey, code: &str) {
        let act = at(|at| ra.open_link(self.agent, code, at)).unwrap().act_text;
        if let Some(act) = &act {
            let cms = client.sign(act);
            at(|at| ra.sign_act(self.agent, code, &cms, at)).unwrap();
        }
        let delivered = at(|at| ra.deliver(self.agent, code, at)).unwrap();
        let certificate = Certificate::from_der(&delivered.certificate_der).unwrap();
        let new = Client { key, certificate };
        let (proof, act) = (new.sign(&delivered.challenge), act.map(|act| new.sign(&act)));
        at(|at| ra.prove(self.agent, code, (&proof, act.as_deref()), at)).unwrap();
    }

    /// The token of a page's cookie, and who it is.
    fn sign_in(&self, ra: &Ra, client: &Client) -> (String, Actor) {
        let challenge = at(|at| ra.challenge(self.agent, at)).unwrap();
        let cms = client.sign(&challenge.text);
        let signed_in = at(|at| ra.sign_in(challenge.id, &cms, at)).unwrap();
        let actor = at(|at| ra.subscriber(&signed_in.token, at)).unwrap();
        (signed_in.token, actor)
    }

    fn operator(&self, ra: &Ra) -> (StaffId, Actor) {
        let command_line = Actor::CommandLine { account: "bench".to_owned() };
        let roles = [Role::Operator, Role::CaAdministrator, Role::Support];
        let (id, token) = at(|at| ra.add_staff(&command_line, self.agent, "Иванов 1", &roles, at)).unwrap();
        (id, at(|at| ra.staff(&token, at)).unwrap())
    }

    /// Everything that is looked at, each page by whose it is.
    fn pages(&self, ra: &Ra) -> Vec<Looked> {
        let command_line = Actor::CommandLine { account: "bench".to_owned() };
        let (id, operator) = self.operator(ra);
        let password = Password::new(b"four words for a bench".to_vec());
        let login = format!("operator{}", self.asked);
        let secret = at(|at| ra.set_staff_password(&command_line, id, &login, &password, at)).unwrap();
        let (code, _) = ra::shown_by_device(&secret, now()).unwrap();
        let staff = at(|at| ra.staff_sign_in(&login, &password, &code, at)).unwrap().token;
        let staff = format!("surguch-staff={staff}");

        let cards = self.cards.lock().unwrap();
        // In the order of the queue.
        let mut cards: Vec<&(usize, RequestCard)> = cards.iter().collect();
        cards.sort_by_key(|(_, card)| (card.eta, card.id));
        let some = |which: fn(usize) -> bool| -> Vec<&(usize, RequestCard)> {
            let fitting: Vec<_> = cards.iter().copied().filter(|(number, _)| which(number % 10)).collect();
            let every = (fitting.len() / LOADS).max(1);
            fitting.into_iter().step_by(every).take(LOADS).collect()
        };
        let (chosen, mut waiting, issued) = (some(|_| true), some(|kind| kind < 5), some(|kind| kind == 9));
        // Behind the last one there is no page.
        waiting.pop();
        let mut looks = Vec::new();
        let mut of_client: BTreeMap<&str, Vec<Load>> = BTreeMap::new();
        let mut records = HashMap::new();
        for (number, card) in &chosen {
            let (token, actor) = self.sign_in(ra, &self.clients[*number]);
            let Actor::Subscriber { certificate_id, id, .. } = actor else { panic!("a subscriber") };
            let owner_id = at(|at| ra.desk_person(&operator, id, at)).unwrap().record.owner_id;
            records.insert(*number, (certificate_id, id, owner_id.as_str().to_owned()));
            let request = format!("/requests/{}", card.id);
            for (name, path) in [
                ("own certificates", "/certificates"),
                ("renewals offered", "/security/renewal"),
                ("own requests", "/requests"),
                ("one request", &request),
                ("own messages", "/messages"),
                ("own journal", "/journal"),
            ] {
                let cookie = format!("surguch-client={token}");
                let load = Load { path: path.to_owned(), cookie, ..Load::default() };
                of_client.entry(name).or_default().push(load);
            }
        }
        looks.extend(of_client.into_iter().map(|(name, loads)| Looked { name: format!("portal, {name}"), loads }));
        let by_number = |(_, card): &&(usize, RequestCard)| {
            let number = unz(card);
            Load { path: format!("/status?unz={number}"), holds: number, ..Load::default() }
        };
        looks.push(Looked {
            name: "portal, status by number".to_owned(),
            loads: chosen.iter().map(by_number).collect(),
        });
        let numbers: HashMap<_, _> = cards.iter().map(|(_, card)| (card.id, unz(card))).collect();
        let links = self.links.lock().unwrap();
        let link = |(id, code): &(RequestId, String)| {
            let path = format!("/ca/certificate?agentId={}&code={code}", self.agent);
            Load { path, holds: numbers[id].clone(), ..Load::default() }
        };
        looks.push(Looked {
            name: "portal, delivery".to_owned(),
            loads: links.iter().step_by((links.len() / LOADS).max(1)).take(LOADS).map(link).collect(),
        });
        // A file of every signature over the act, as the bank gives it out, and the act.
        let brought = |(_, card): &&(usize, RequestCard)| {
            let act = at(|at| ra.act_file(&operator, card.id, at)).unwrap();
            let sent = Sent::files(&[("signature", &act.cms.unwrap()), ("text", act.text.as_bytes())]);
            Load { path: "/check".to_owned(), holds: unz(card), sent: Some(sent), ..Load::default() }
        };
        looks.push(Looked { name: "check of an act".to_owned(), loads: issued.iter().map(brought).collect() });
        let asked_by = |load: &dyn Fn(usize, &RequestCard) -> (Sent, String)| -> Vec<Load> {
            let path = "/desk/support".to_owned();
            let load = |(number, card): &&(usize, RequestCard)| {
                let (sent, holds) = load(*number, card);
                Load { path: path.clone(), cookie: staff.clone(), holds, sent: Some(sent) }
            };
            chosen.iter().map(load).collect()
        };
        looks.push(Looked {
            name: "support, by УНЗ".to_owned(),
            loads: asked_by(&|_, card| (Sent::fields(&[("unz", &unz(card))]), unz(card))),
        });
        looks.push(Looked {
            name: "support, by telephone and name".to_owned(),
            loads: asked_by(&|number, card| {
                let said =
                    [("phone", PHONE), ("name", &name(number)), ("organisation", &inn(number / OF_AN_ORGANISATION))];
                (Sent::fields(&said), unz(card))
            }),
        });

        let mut desk = |name: &str, loads: Vec<(String, String)>| {
            let load = |(path, holds)| Load { path: format!("/desk/{path}"), cookie: staff.clone(), holds, sent: None };
            looks.push(Looked { name: format!("desk, {name}"), loads: loads.into_iter().map(load).collect() });
        };
        let same = |path: &str, holds: &str| vec![(path.to_owned(), holds.to_owned()); LOADS];
        let of_each = |load: &dyn Fn(usize, &RequestCard) -> (String, String)| -> Vec<(String, String)> {
            chosen.iter().map(|(number, card)| load(*number, card)).collect()
        };
        let search = |words: &str| format!("requests?q={}", escaped(words));
        let request = |card: &RequestCard| format!("href=\"/desk/requests/{}\"", card.id);
        let certificate = |number: usize| format!("href=\"/desk/certificates/{}\"", records[&number].0);
        let person = |number: usize| format!("href=\"/desk/subscribers/{}\"", records[&number].1);
        let part = |number: usize| format!("и {}", number / OF_AN_ORGANISATION);

        desk("queue", same("requests", A_REQUEST));
        desk("queue, what waits for clients", same("requests?show=client", A_REQUEST));
        desk("queue, what is done", same("requests?show=done", A_REQUEST));
        // No act of this house is on paper.
        desk("queue, what waits for papers", same("requests?show=paper", NOTHING));
        let far_on = |(_, card): &&(usize, RequestCard)| {
            let eta = card.eta.unwrap().0;
            (format!("requests?show=waiting&after={eta}_{}", card.id), A_REQUEST.to_owned())
        };
        desk("queue, far on", waiting.iter().map(far_on).collect());
        desk("search by УНЗ", of_each(&|_, card| (search(&unz(card)), request(card))));
        let serial = |number: usize| self.clients[number].certificate.serial();
        desk("search by serial", of_each(&|number, _| (search(&hex::encode(serial(number))), certificate(number))));
        let decimal = |number: usize| ca::decimal_from_octets(serial(number));
        desk("search by decimal serial", of_each(&|number, _| (search(&decimal(number)), certificate(number))));
        let uid = |number: usize| KeyUid::of(&self.clients[number].certificate.public_key().spki_sha256()).to_string();
        desk("search by UID", of_each(&|number, _| (search(&uid(number)), certificate(number))));
        desk("search by the owner's id", of_each(&|number, _| (search(&records[&number].2), person(number))));
        // The act is looked up as well: the page says that the code is of its text.
        let coded = |(_, card): &&(usize, RequestCard)| {
            let act = at(|at| ra.act_file(&operator, card.id, at)).unwrap();
            let hash = crypto::streebog256(act.text.as_bytes());
            let code = PaperCode { unz: card.unz.unwrap(), paper: CodedPaper::Act, hash };
            (search(&code.to_string()), "class=\"note good\"".to_owned())
        };
        desk("search by the code on an act", issued.iter().map(coded).collect());
        desk("search by ИНН", of_each(&|number, card| (search(&inn(number / OF_AN_ORGANISATION)), request(card))));
        desk("search by name", of_each(&|number, card| (search(&name(number)), request(card))));
        desk("search by the beginning of most names", same(&search("рог"), A_REQUEST));
        desk(
            "search by a part of an organisation",
            of_each(&|number, _| (search(&part(number)), A_REQUEST.to_owned())),
        );
        // What finds nearly everything, and what has to look far for nothing.
        desk("search by a word of every organisation", same(&search("ооо"), A_REQUEST));
        let last = name(self.clients.len() - 3);
        let beginning: String = last.chars().take(last.chars().count() - 5).collect();
        desk("search by a beginning under which nobody asked", same(&search(&beginning), A_PERSON));
        desk("search by what nobody is called", same(&search("яяя"), NOTHING));
        desk("one request", of_each(&|_, card| (format!("requests/{}", card.id), unz(card))));
        desk("one person", of_each(&|number, _| (format!("subscribers/{}", records[&number].1), name(number))));
        desk("one certificate", of_each(&|number, _| (format!("certificates/{}", records[&number].0), person(number))));
        desk("people", same("subscribers", A_PERSON));
        desk(
            "people, far on",
            of_each(&|number, _| {
                let place = format!("{}_{}", records[&number].1, name(number).to_lowercase());
                (format!("subscribers?after={}", escaped(&place)), A_PERSON.to_owned())
            }),
        );
        desk(
            "people by name",
            of_each(&|number, _| (format!("subscribers?q={}", escaped(&name(number))), person(number))),
        );
        desk("organisations", same("organisations", AN_ORGANISATION));
        desk(
            "organisations by a part",
            of_each(&|number, _| (format!("organisations?q={}", escaped(&part(number))), AN_ORGANISATION.to_owned())),
        );
        desk("messages", same("messages", A_MESSAGE));
        let threads = ra.threads(&operator, None, 5_000).unwrap();
        let (is_unread, written_at, id) = threads[threads.len() / 2].place();
        let later = format!("messages?after={}_{}_{id}", u8::from(is_unread), written_at.0);
        desk("messages, far on", same(&later, A_MESSAGE));
        desk("inquiries", same("inquiries", "href=\"/desk/inquiries/"));
        desk("proposals", same("proposals", "action=\"/desk/proposals/"));
        // Nothing fails in this house, and nothing is late.
        desk("troubles", same("troubles", "id=\"late-title\""));

        let holder = |number: usize| number / OF_AN_ORGANISATION * OF_AN_ORGANISATION;
        let card = |number: usize| card_serial(holder(number));
        let cards_by = |words: &str| format!("cards?q={}", escaped(words));
        desk("smart cards", same("cards", ROWS));
        desk("smart cards, far on", of_each(&|number, _| (format!("cards?after={}", card(number)), ROWS.to_owned())));
        desk("smart cards by serial", of_each(&|number, _| (cards_by(&card(number)), holder_name(holder(number)))));
        desk("smart cards by ИНН", of_each(&|number, _| (cards_by(&inn(number / OF_AN_ORGANISATION)), card(number))));
        desk("smart cards by holder", of_each(&|number, _| (cards_by(&holder_name(holder(number))), card(number))));
        desk("smart cards by the beginning of most names", same(&cards_by("рог"), ROWS));
        desk(
            "smart cards by a part of an organisation",
            of_each(&|number, _| (cards_by(&part(number)), ROWS.to_owned())),
        );

        // The millisecond after the request was made: it is on the page.
        let after = |card: &RequestCard| format!("after={}_0_0", card.created_at.0 + 1);
        let day = |at: Timestamp| at.to_string().chars().take(10).collect::<String>();
        let days = format!("from={}&until={}", day(now()), day(now().plus_ms(DAY * 1_000)));
        desk("journal", same("journal", ROWS));
        desk("journal, far on", of_each(&|_, card| (format!("journal?{}", after(card)), request(card))));
        desk("journal, one kind of two days", same(&format!("journal?{days}&kind=possession-proven"), EARLIER));
        desk(
            "journal, one kind, far on",
            of_each(&|_, card| (format!("journal?kind=request-created&{}", after(card)), request(card))),
        );
        desk("journal about a request", of_each(&|_, card| (format!("journal?about={}", unz(card)), request(card))));
        desk("journal, a kind that never came", same("journal?kind=subscriber-barred", NOTHING));
        desk("staff", same("staff", "Иванов 1"));
        looks
    }
}

/// Of each page what it must hold that finds some of these.
const A_MESSAGE: &str = "href=\"/desk/messages/";
const A_REQUEST: &str = "href=\"/desk/requests/";
const A_PERSON: &str = "href=\"/desk/subscribers/";
const AN_ORGANISATION: &str = "href=\"/desk/organisations/";
const ROWS: &str = "<tbody>";
/// The way to older rows: a page looks through so many, and of a kind there may be none among them.
const EARLIER: &str = "after=";
/// What a page says that finds nothing.
const NOTHING: &str = "class=\"empty\"";

/// A page, and each load of it.
struct Looked {
    name: String,
    loads: Vec<Load>,
}

/// One load of a page, and what its answer must hold: an empty list is soon made.
#[derive(Default)]
struct Load {
    path: String,
    cookie: String,
    holds: String,
    /// A form of that page that is filled in; none is a look at it.
    sent: Option<Sent>,
}

/// A form without its token, which the visit decides on.
struct Sent {
    kind: &'static str,
    /// Around the token.
    before: &'static str,
    after: Vec<u8>,
}

impl Sent {
    fn fields(fields: &[(&str, &str)]) -> Self {
        let after: String = fields.iter().map(|(name, value)| format!("&{name}={}", escaped(value))).collect();
        Self { kind: "application/x-www-form-urlencoded", before: "form=", after: after.into_bytes() }
    }

    fn files(files: &[(&str, &[u8])]) -> Self {
        let mut after = Vec::new();
        for (name, octets) in files {
            let head = "content-disposition: form-data";
            let head = format!("\r\n--bench\r\n{head}; name=\"{name}\"; filename=\"{name}\"\r\n\r\n");
            after.extend_from_slice(head.as_bytes());
            after.extend_from_slice(octets);
        }
        after.extend_from_slice(b"\r\n--bench--\r\n");
        let before = "--bench\r\ncontent-disposition: form-data; name=\"form\"\r\n\r\n";
        Self { kind: "multipart/form-data; boundary=bench", before, after }
    }

    fn with(&self, token: &str) -> Vec<u8> {
        [self.before.as_bytes(), token.as_bytes(), &self.after].concat()
    }
}

/// Of a visitor: the token of a form follows from it.
const VISITOR: &str = "surguch-visit=00000000000000000000000000000000000000000000000000000000000000ab";

/// `surguch serve`, killed when it is done with.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(config: &Path, port: u16) -> Self {
        let mut serve = command(config);
        let child = serve.arg("serve").stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let server = Self { child, port };
        let began = Instant::now();
        while ureq::get(server.url("/health/ready")).call().is_err() {
            assert!(began.elapsed() < Duration::from_secs(120), "the server is not ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Milliseconds of every load, sorted; or which load did not hold what it was asked for.
    fn measure(&self, page: &Looked) -> Result<Vec<f64>, String> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let get = |path: &str, cookie: &str| {
            let request = agent.get(self.url(path)).header("accept", "text/html").header("cookie", cookie);
            request.call().unwrap()
        };
        let form = page.loads.first().filter(|load| load.sent.is_some()).map(|load| {
            let cookie = format!("{VISITOR}; {}", load.cookie);
            let shown = get(&load.path, &cookie).body_mut().read_to_string().unwrap();
            let (_, token) = shown.split_once("name=\"form\" value=\"").unwrap();
            (cookie, token.split_once('"').unwrap().0.to_owned())
        });
        let load = |Load { path, cookie, holds, sent }: &Load| {
            let began = Instant::now();
            let mut answer = match (sent, &form) {
                (Some(sent), Some((cookie, token))) => {
                    let request = agent.post(self.url(path)).header("accept", "text/html").header("cookie", cookie);
                    request.header("content-type", sent.kind).send(sent.with(token)).unwrap()
                }
                _ => get(path, cookie),
            };
            let mut octets = Vec::new();
            answer.body_mut().as_reader().read_to_end(&mut octets).unwrap();
            let took = began.elapsed().as_secs_f64() * 1e3;
            let status = answer.status();
            if status == 200 && String::from_utf8_lossy(&octets).contains(holds) {
                Ok(took)
            } else {
                Err(format!("{path}: {status}, holds no {holds}"))
            }
        };
        page.loads.iter().take(WARM).try_for_each(|one| load(one).map(drop))?;
        let mut milliseconds = page.loads.iter().map(load).collect::<Result<Vec<f64>, _>>()?;
        milliseconds.sort_by(f64::total_cmp);
        Ok(milliseconds)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // In order, so that the next one finds its database closed.
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

fn command(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_surguch"));
    command.arg("--config").arg(config).env("LC_ALL", "C").env_remove("SURGUCH_CONFIG").stdin(Stdio::null());
    command
}

fn surguch(config: &Path, arguments: &[&str]) {
    let output = command(config).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Names of the sample people alone; of seven in ten the first letters are the same.
fn name(number: usize) -> String {
    let family = if number % 10 < 7 { "Рогов" } else { "Иванов" };
    format!("{family} {number:07}")
}

/// The same without digits: what a receipt takes for a name.
fn holder_name(number: usize) -> String {
    let letter = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(u32::from('а') + digit)).unwrap_or(c);
    name(number).chars().map(letter).collect()
}

/// Printed on the card of this client.
fn card_serial(number: usize) -> String {
    format!("{number:010}")
}

/// The client of every second request writes about it; of ten letters nine are answered, the rest waits for the bank.
fn write_about(ra: &Ra, operator: &Actor, client: &Actor, number: usize, request: RequestId) {
    let send = |by: &Actor, text: &str, seen| {
        let new = NewMessage { text: text.to_owned(), seen, ..NewMessage::default() };
        let id = at(|at| ra.message_id(at));
        at(|at| ra.send_message(by, request, id, &new, at)).unwrap();
        id
    };
    let asked = send(client, "Когда будет готово?", Vec::new());
    if !number.is_multiple_of(20) {
        send(operator, "Завтра", vec![asked]);
    }
}

/// Whoever handed a request in has its number.
fn unz(card: &RequestCard) -> String {
    card.unz.unwrap().to_string()
}

/// A number of ten digits with its check digit.
fn inn(organisation: usize) -> String {
    let nine = format!("54{organisation:07}");
    let weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum: u32 = nine.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    format!("{nine}{}", sum % 11 % 10)
}

fn escaped(text: &str) -> String {
    text.bytes().map(|octet| format!("%{octet:02X}")).collect()
}

/// The first agent of the tree and the first procedure it offers.
fn offered() -> (AgentId, String) {
    let agents = files("agents");
    let agent: toml::Table = agents[0].text.parse().unwrap();
    let id = u32::try_from(agent["id"].as_integer().unwrap()).unwrap();
    (AgentId(id), agent["procedures"].as_array().unwrap()[0].as_str().unwrap().to_owned())
}

fn entries(folder: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn files(folder: &str) -> Vec<SourceFile> {
    let file = |path: PathBuf| SourceFile {
        name: stem(&path),
        path: path.display().to_string(),
        text: std::fs::read_to_string(&path).unwrap(),
    };
    entries(folder).into_iter().map(file).collect()
}

fn procedures() -> Vec<ProcedureFolder> {
    let folder = |path: PathBuf| ProcedureFolder {
        name: stem(&path),
        path: path.display().to_string(),
        toml: std::fs::read_to_string(path.join("procedure.toml")).unwrap(),
        act_template: std::fs::read_to_string(path.join("documents/act.txt")).ok(),
        act_person_template: std::fs::read_to_string(path.join("documents/act-person.txt")).ok(),
    };
    entries("procedures").into_iter().map(folder).collect()
}

const PHONE: &str = "+7 383 000-00-00";
const SIGNATORIES: &str =
    "organisation_inn,certificate,name_nominative,name_genitive,name_instrumental,gender,position,basis,email,phone\n";

const PLAN: &str = r#"
[[authority]]
name = "root"
algorithm = "gost-512-a"
subject = [["C", "RU"], ["O", "Surguch bench"], ["CN", "Surguch bench root"]]
validity = "7300d"
path_len = 1
crl_life = "720h"

[[authority]]
name = "issuing"
issuer = "root"
algorithm = "gost-256-a"
subject = [["C", "RU"], ["O", "Surguch bench"], ["CN", "Surguch bench issuing"]]
validity = "3650d"
path_len = 0
crl_life = "24h"
certificate_policies = ["2.5.29.32.0"]
"#;

const BEFORE: &str = r#"
[[authority]]
name = "before"
algorithm = "gost-256-a"
subject = [["C", "RU"], ["O", "Surguch bench"], ["CN", "Class 2 CA"]]
validity = "7300d"
crl_life = "24h"
"#;

const BEFORE_PROFILE: &str = r#"
authority = "before"
class = "Класс 2"
validity = "729d"
key_algorithms = ["gost-256-a"]
subject = ["C", "L", "O", "CN"]
subject_required = ["C", "L", "O", "CN"]
key_usage = ["digitalSignature", "nonRepudiation"]
extended_key_usage = ["clientAuth", "emailProtection"]
certificate_policies = ["1.2.643.100.113.1"]
crl = "{base}/crl/{authority}.crl"
"#;
