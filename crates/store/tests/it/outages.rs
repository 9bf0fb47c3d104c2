//! The database goes away in the middle of work and comes back.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use store::{Error, Location, Store};

use crate::database::Database;
use crate::sample;

/// A PostgreSQL server of the test's own, to be stopped and started.
struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    options: &'static str,
}

impl Server {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder, programs: programs(), port, options: "" };
        if as_root() {
            run(Command::new("chown").arg("postgres").arg(server.folder.path()));
        }
        let data = server.data();
        run(server.program("initdb").arg("-D").arg(data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]));
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn start(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off {}",
            self.port,
            self.folder.path().display(),
            self.options
        );
        run(self.control().arg("-o").arg(options).arg("-l").arg(self.folder.path().join("log")).arg("start"));
    }

    fn stop(&self, mode: &str) {
        run(self.control().args(["-m", mode, "stop"]));
    }

    fn control(&self) -> Command {
        let mut control = self.program("pg_ctl");
        control.arg("-D").arg(self.data()).arg("-w");
        control
    }

    fn program(&self, name: &str) -> Command {
        self.as_server(&self.programs.join(name))
    }

    /// The server refuses to run as root, and its files must be its own.
    fn as_server(&self, program: &Path) -> Command {
        let mut command = if as_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.control().args(["-m", "immediate", "stop"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn as_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n")
}

fn run(command: &mut Command) {
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(done.success(), "{command:?}: {done}");
}

/// Where the server's programs are: beside those of the running distribution.
fn programs() -> PathBuf {
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|found| found.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = versions.chain(std::env::split_paths(&path));
    places.find(|place| Path::new(&place.join("initdb")).exists()).expect("initdb of PostgreSQL is not installed")
}

#[test]
fn a_server_that_stops_in_mid_request_is_unavailable_and_comes_back() {
    // The same door as all tests: PostgreSQL is left out only when the environment says so.
    if Database::postgres().is_none() {
        return;
    }
    let server = Server::new();
    server.start();
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port);
    let location = Location::Postgres { url, connections: 4 };
    let store = Store::open(&location).unwrap();
    // Several idle connections, which all die with the server.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                store.write(|_| -> Result<(), Error> {
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    Ok(())
                })
            });
        }
    });
    for mode in ["fast", "immediate"] {
        let (before, during) = (sample::organisation(), sample::organisation());
        let (kept, lost) = (before.clone(), during.clone());
        store.write(move |tx| store::organisations::insert(tx, &kept)).unwrap();
        std::thread::scope(|scope| {
            let (inside, is_inside) = std::sync::mpsc::channel();
            let (stopped, is_stopped) = std::sync::mpsc::channel();
            let is_stopped = std::sync::Mutex::new(is_stopped);
            let store = &store;
            let request = scope.spawn(move || {
                store.write(move |tx| {
                    store::organisations::insert(tx, &lost)?;
                    inside.send(()).unwrap();
                    is_stopped.lock().unwrap().recv().unwrap();
                    store::journal::append(tx, &sample::entry("request:lost"))
                })
            });
            is_inside.recv().unwrap();
            server.stop(mode);
            stopped.send(()).unwrap();
            let answer = request.join().unwrap();
            assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        });
        for _ in 0..2 {
            let answer = store.read(|tx| store::organisations::by_id(tx, before.id));
            assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        }
        assert!(matches!(store.healthy(), Err(Error::Unavailable(_))));
        server.start();
        assert_eq!(store.healthy(), Ok(()));
        let found = store.read(|tx| -> Result<_, Error> {
            let before = store::organisations::by_id(tx, before.id)?.is_some();
            Ok((before, store::organisations::by_id(tx, during.id)?.is_some()))
        });
        assert_eq!(found, Ok((true, false)), "{mode}");
        // Stopped while nothing happens, the server is missed by nobody once it is back.
        server.stop(mode);
        server.start();
        let after = sample::organisation();
        store.write(move |tx| store::organisations::insert(tx, &after)).unwrap();
        let report = store::journal::verify(&store, &|_| true, &[]).unwrap();
        assert_eq!(report.problems, vec![]);
    }
}

#[test]
fn an_address_that_asks_for_tls_gets_it_from_the_right_server_only() {
    if Database::postgres().is_none() {
        return;
    }
    let mut server = Server::new();
    let openssl = |line: &str| run(server.as_server(Path::new("openssl")).args(line.split_whitespace()));
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for authority in ["right", "wrong"] {
        openssl(&format!("req -x509 {key} -days 2 -subj /CN={authority} -keyout {authority}.key -out {authority}.pem"));
    }
    openssl(&format!(
        "req {key} -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout server.key -out server.csr"
    ));
    openssl(
        "x509 -req -in server.csr -copy_extensions copy -CA right.pem -CAkey right.key -CAcreateserial -days 2 -out server.pem",
    );
    std::fs::write(server.data().join("pg_hba.conf"), "local all all trust\nhostssl all all 127.0.0.1/32 trust\n")
        .unwrap();
    server.options = "-c ssl=on -c ssl_cert_file=../server.pem -c ssl_key_file=../server.key";
    server.start();
    let open = |options: &str| {
        let url = format!("postgres://postgres@localhost:{}/postgres{options}", server.port);
        Store::open(&Location::Postgres { url, connections: 1 }).map(|store| store.healthy())
    };
    let file = |name: &str| server.folder.path().join(name).display().to_string();
    for mode in ["require", "verify-full"] {
        assert_eq!(open(&format!("?sslmode={mode}&sslrootcert={}", file("right.pem"))).unwrap(), Ok(()));
    }
    let wrong = open(&format!("?sslmode=require&sslrootcert={}", file("wrong.pem")));
    assert!(matches!(wrong, Err(Error::Unavailable(_))), "{wrong:?}");
    let plain = open("?sslmode=disable");
    assert!(matches!(plain, Err(Error::Unavailable(_))), "{plain:?}");
}

#[test]
fn connections_cut_by_the_administrator_are_replaced() {
    let Some(db) = Database::postgres() else { return };
    let new = sample::organisation();
    let insert = new.clone();
    db.store.write(move |tx| store::organisations::insert(tx, &insert)).unwrap();
    let mut door = db.back_door();
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..3 {
        assert!(door.number(cut) > 0);
        assert!(db.store.read(|tx| store::organisations::by_id(tx, new.id)).unwrap().is_some());
    }
    // A changed table makes prepared statements stale: the closure runs again by itself.
    db.store.read(|tx| store::organisations::by_id(tx, new.id)).unwrap();
    door.run("ALTER TABLE organisations ALTER COLUMN city TYPE VARCHAR(200)");
    assert!(db.store.read(|tx| store::organisations::by_id(tx, new.id)).unwrap().is_some());
    let next = sample::organisation();
    db.store.write(move |tx| store::organisations::insert(tx, &next)).unwrap();
}

#[test]
fn a_file_locked_by_another_process_is_unavailable_and_nothing_changes() {
    let db = Database::sqlite();
    let Location::Sqlite(path) = &db.location else { unreachable!("a file") };
    let kept = sample::organisation();
    let insert = kept.clone();
    db.store.write(move |tx| store::organisations::insert(tx, &insert)).unwrap();
    // Another process holds the write lock for longer than one waits.
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = db.store.clone();
    let lost = sample::organisation();
    let insert = lost.clone();
    let waiting = std::thread::spawn(move || store.write(move |tx| store::organisations::insert(tx, &insert)));
    let answer = waiting.join().unwrap();
    assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    other.execute_batch("ROLLBACK").unwrap();
    db.store
        .read(|tx| -> Result<(), Error> {
            assert!(store::organisations::by_id(tx, kept.id)?.is_some());
            assert!(store::organisations::by_id(tx, lost.id)?.is_none());
            Ok(())
        })
        .unwrap();
    db.store.write(move |tx| store::organisations::insert(tx, &lost)).unwrap();
}
