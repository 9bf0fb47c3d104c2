//! `cargo bench -p surguch-server --bench bench_web`: how long pages of a full house take, one row of JSON a line, in the shape of
//! `cargo xtask bench --json`, which asks for it under the name `web`.
//!
//! The house is filled through the verbs of the registration authority alone: clients with their certificates by `import`, requests by the clients'
//! and the staff's own steps, each signature made and verified. What is measured is `surguch serve` in a process of its own, over loopback, one
//! request at a time on a kept connection, from the first octet sent to the last one received.
//!
//! `SURGUCH_BENCH_CERTIFICATES` and `SURGUCH_BENCH_REQUESTS` say how many; a tenth of both is measured first, to see what grows. With
//! `SURGUCH_TEST_POSTGRES_URL` a second house stands in a database of that server; `SURGUCH_BENCH_DATABASE` holds it to one, `SQLite` or `PostgreSQL`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the rows, and how far it is")]
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crypto::{Certificate, KeyAlgorithm, Name, PrivateKey, Signer as _};
use domain::Timestamp;
use domain::actor::{Actor, Role};
use domain::ids::{AgentId, RequestId, StaffId};
use ra::{
    ImportMode, Limits, Moment, NewRequest, Password, Performed, ProcedureFolder, Ra, RequestCard, Setup, SourceFile,
    Work,
};

const DAY: i64 = 86_400;
/// Clients that come in with one import.
const IMPORTED_AT_ONCE: usize = 2_000;
/// Clients of one organisation.
const OF_AN_ORGANISATION: usize = 10;
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
        for page in &pages {
            let milliseconds = server.measure(page);
            row(&format!("{}, {size}, p50", page.name), milliseconds[milliseconds.len() / 2]);
            row(&format!("{}, {size}, p95", page.name), milliseconds[milliseconds.len() * 95 / 100]);
        }
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
        while self.clients.len() < certificates {
            let count = IMPORTED_AT_ONCE.min(certificates - self.clients.len());
            self.import(ra, count);
            if self.clients.len().is_multiple_of(50_000) {
                eprintln!("{} certificates", self.clients.len());
            }
        }
        let next = AtomicUsize::new(self.asked);
        let (_, operator) = self.operator(ra);
        let this = &*self;
        std::thread::scope(|scope| {
            for _ in 0..ASKING {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= requests {
                            break;
                        }
                        this.ask(ra, &operator, number);
                        if number.is_multiple_of(10_000) {
                            eprintln!("{number} requests");
                        }
                    }
                });
            }
        });
        std::thread::scope(|scope| {
            for _ in 0..ASKING {
                scope.spawn(|| this.work(ra));
            }
        });
        self.asked = requests;
    }

    fn import(&mut self, ra: &Ra, count: usize) {
        // The same files are written over, in memory where there is such a place: files of a million clients would be most of the work.
        let folder = self.exchange.path().join("import");
        if count < IMPORTED_AT_ONCE && folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        for sub in ["certificates", "authorities"] {
            std::fs::create_dir_all(folder.join(sub)).unwrap();
        }
        std::fs::write(folder.join("authorities/before.der"), self.before.certificate.as_der()).unwrap();
        let first = self.clients.len();
        let mut organisations = String::from("inn,name,city\n");
        let mut signatories = String::from(SIGNATORIES);
        for number in first..first + count {
            let (client, organisation) = (self.client(number), number / OF_AN_ORGANISATION);
            let inn = inn(organisation);
            if number.is_multiple_of(OF_AN_ORGANISATION) {
                organisations.push_str(&format!("{inn},ООО «Рогов и {organisation}»,Новосибирск\n"));
            }
            let file = format!("{}.der", number - first);
            std::fs::write(folder.join("certificates").join(&file), client.certificate.as_der()).unwrap();
            let name = name(number);
            signatories.push_str(&format!(
                "{inn},{file},{name},{name},{name},male,директор,Устава,client{number}@bank-client.test,+7 383 000-00-00\n"
            ));
            self.clients.push(client);
        }
        std::fs::write(folder.join("organisations.csv"), organisations).unwrap();
        std::fs::write(folder.join("signatories.csv"), signatories).unwrap();
        let command_line = Actor::CommandLine { account: "bench".to_owned() };
        let report = at(|at| ra.import(&command_line, self.agent, &folder, ImportMode::Apply, at)).unwrap();
        assert!(report.applied && report.certificates == count, "{:?}", report.refused.first());
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
        self.cards.lock().unwrap().push((number, decided.unwrap()));
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
                    let waiting = self.new_keys.lock().unwrap().remove(&effect.request_id().unwrap());
                    let (number, key) = waiting.unwrap();
                    self.take(ra, &self.clients[number], key, code);
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
        let roles = [Role::Operator, Role::CaAdministrator];
        let (id, token) = at(|at| ra.add_staff(&command_line, self.agent, "Иванов 1", &roles, at)).unwrap();
        (id, at(|at| ra.staff(&token, at)).unwrap())
    }

    /// Everything that is looked at, each page by whose it is.
    fn pages(&self, ra: &Ra) -> Vec<Looked> {
        let command_line = Actor::CommandLine { account: "bench".to_owned() };
        let (id, _) = self.operator(ra);
        let password = Password::new(b"four words for a bench".to_vec());
        let login = format!("operator{}", self.asked);
        let secret = at(|at| ra.set_staff_password(&command_line, id, &login, &password, at)).unwrap();
        let (code, _) = ra::shown_by_device(&secret, now()).unwrap();
        let staff = at(|at| ra.staff_sign_in(&login, &password, &code, at)).unwrap().token;
        let staff = format!("surguch-staff={staff}");

        let cards = self.cards.lock().unwrap();
        let every = (cards.len() / LOADS).max(1);
        let chosen: Vec<_> = cards.iter().step_by(every).take(LOADS).collect();
        let mut looks = Vec::new();
        let mut of_client: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
        let mut certificates = Vec::new();
        for (number, card) in &chosen {
            let (token, actor) = self.sign_in(ra, &self.clients[*number]);
            let Actor::Subscriber { certificate_id, id, .. } = actor else { panic!("a subscriber") };
            certificates.push((certificate_id, id));
            let request = format!("/requests/{}", card.id);
            for (name, path) in [
                ("own certificates", "/certificates"),
                ("renewals offered", "/security/renewal"),
                ("own requests", "/requests"),
                ("one request", &request),
                ("own messages", "/messages"),
                ("own journal", "/journal"),
            ] {
                of_client.entry(name).or_default().push((path.to_owned(), format!("surguch-client={token}")));
            }
        }
        looks.extend(of_client.into_iter().map(|(name, loads)| Looked { name: format!("portal, {name}"), loads }));

        let mut desk = |name: &str, paths: Vec<String>| {
            let loads = paths.into_iter().map(|path| (path, staff.clone())).collect();
            looks.push(Looked { name: format!("desk, {name}"), loads });
        };
        let same = |path: &str| vec![path.to_owned(); LOADS];
        let of_each = |path: &dyn Fn(usize, &RequestCard) -> String| -> Vec<String> {
            chosen.iter().map(|(number, card)| path(*number, card)).collect()
        };
        desk("queue", same("/desk/requests"));
        desk("queue, what is done", same("/desk/requests?show=done"));
        desk(
            "queue, far on",
            of_each(&|_, card| {
                let eta = card.eta.map_or(i64::MAX, |eta| eta.0);
                format!("/desk/requests?show=waiting&after={eta}_{}", card.id)
            }),
        );
        let unz = |card: &RequestCard| card.unz.map(|unz| unz.to_string()).unwrap_or_default();
        desk("search by УНЗ", of_each(&|_, card| format!("/desk/requests?q={}", unz(card))));
        desk(
            "search by serial",
            of_each(&|number, _| {
                format!("/desk/requests?q={}", hex::encode(self.clients[number].certificate.serial()))
            }),
        );
        desk("search by ИНН", of_each(&|number, _| format!("/desk/requests?q={}", inn(number / OF_AN_ORGANISATION))));
        desk("search by name", of_each(&|number, _| format!("/desk/requests?q={}", escaped(&name(number)))));
        desk("search by the beginning of most names", same(&format!("/desk/requests?q={}", escaped("рог"))));
        desk(
            "search by a part of an organisation",
            of_each(&|number, _| {
                format!("/desk/requests?q={}", escaped(&format!("и {}", number / OF_AN_ORGANISATION)))
            }),
        );
        // What finds nearly everything, and what has to look far for nothing.
        desk("search by a word of every organisation", same(&format!("/desk/requests?q={}", escaped("ооо"))));
        let last = name(self.clients.len() - 3);
        let beginning: String = last.chars().take(last.chars().count() - 5).collect();
        desk(
            "search by a beginning under which nobody asked",
            same(&format!("/desk/requests?q={}", escaped(&beginning))),
        );
        desk("search by what nobody is called", same(&format!("/desk/requests?q={}", escaped("яяя"))));
        desk("one request", of_each(&|_, card| format!("/desk/requests/{}", card.id)));
        let person = certificates.iter().map(|(_, id)| format!("/desk/subscribers/{id}")).collect();
        desk("one person", person);
        desk("one certificate", certificates.iter().map(|(id, _)| format!("/desk/certificates/{id}")).collect());
        desk("people", same("/desk/subscribers"));
        desk("people by name", of_each(&|number, _| format!("/desk/subscribers?q={}", escaped(&name(number)))));
        desk("organisations", same("/desk/organisations"));
        desk(
            "organisations by a part",
            of_each(&|number, _| {
                format!("/desk/organisations?q={}", escaped(&format!("и {}", number / OF_AN_ORGANISATION)))
            }),
        );
        desk("messages", same("/desk/messages"));
        desk("troubles", same("/desk/troubles"));
        looks
    }
}

/// A page, and each load of it: the address and the cookie.
struct Looked {
    name: String,
    loads: Vec<(String, String)>,
}

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

    /// Milliseconds of every load, sorted.
    fn measure(&self, page: &Looked) -> Vec<f64> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let load = |(path, cookie): &(String, String)| {
            let began = Instant::now();
            let request = agent.get(self.url(path)).header("accept", "text/html").header("cookie", cookie);
            let mut answer = request.call().unwrap();
            let mut octets = Vec::new();
            answer.body_mut().as_reader().read_to_end(&mut octets).unwrap();
            let took = began.elapsed().as_secs_f64() * 1e3;
            assert_eq!(answer.status(), 200, "{path}");
            took
        };
        page.loads.iter().take(WARM).for_each(|one| {
            load(one);
        });
        let mut milliseconds: Vec<f64> = page.loads.iter().map(load).collect();
        milliseconds.sort_by(f64::total_cmp);
        milliseconds
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
