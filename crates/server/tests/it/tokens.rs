//! Keys on tokens: the client's, with the card pulled in the middle of the walk, the agent's, and the authority's own, on the software token (GOST) and on SoftHSM2 (RSA).

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::bank::{Bank, PATIENCE, stderr, stdout};
use crate::database::on_both;

const PIN: &str = "4417-walk";

/// Built for these tests as a dependency of theirs.
fn softtoken() -> PathBuf {
    let beside = std::env::current_exe().unwrap().with_file_name("libsurguch_softtoken.so");
    assert!(beside.exists(), "{} is built with the tests", beside.display());
    beside
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}\n{}", stdout(&output), stderr(&output));
    output
}

/// A new card whose user PIN is [`PIN`]: a foreign client sees to that. Its serial number comes back.
fn card(folder: &Path) -> String {
    std::fs::create_dir_all(folder).unwrap();
    let module = softtoken();
    let tool = |arguments: &[&str]| {
        run(Command::new("pkcs11-tool")
            .env("SURGUCH_SOFTTOKEN_DIR", folder)
            .arg("--module")
            .arg(&module)
            .args(arguments))
    };
    tool(&["--login", "--pin", "12345678", "--change-pin", "--new-pin", PIN]);
    let slots = stdout(&tool(&["--list-slots"]));
    let serial = slots.lines().find_map(|line| line.trim().strip_prefix("serial num").map(str::to_owned));
    serial.unwrap().trim_start_matches([' ', ':']).trim().to_owned()
}

fn plug(folder: &Path, is_in: bool) {
    let mut cards = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let card = cards.find(|path| path.extension().is_some_and(|suffix| suffix == "card")).unwrap();
    assert!(surguch_softtoken::folder::plug(&card, is_in).unwrap());
}

/// The client of this bank as a folder, and the operator's token as a file.
fn identity(bank: &Bank) -> (PathBuf, PathBuf) {
    let folder = bank.folder.path().join("rogov");
    std::fs::create_dir(&folder).unwrap();
    let key = crypto::pem_encode("PRIVATE KEY", &bank.rogov.key.to_pkcs8_der());
    std::fs::write(folder.join("key.pem"), key).unwrap();
    let certificate = crypto::pem_encode("CERTIFICATE", bank.rogov.certificate.as_der());
    std::fs::write(folder.join("certificate.pem"), certificate).unwrap();
    let token = bank.folder.path().join("operator.token");
    std::fs::write(&token, format!("{}\n", bank.operator)).unwrap();
    (folder, token)
}

fn walk(bank: &Bank) -> Command {
    let (identity, operator) = identity(bank);
    let mut walk = Command::new(env!("CARGO_BIN_EXE_surguch"));
    walk.args(["walkthrough", &bank.procedure, "--url", &bank.url(""), "--agent", &bank.agent.to_string()])
        .arg("--out")
        .arg(bank.folder.path().join("out"))
        .arg("--identity")
        .arg(identity)
        .arg("--staff-token-file")
        .arg(operator)
        .arg("--mailbox")
        .arg(&bank.mailbox)
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    walk
}

#[test]
fn a_renewal_with_both_keys_on_a_card_goes_on_after_the_card_was_pulled_and_ends_in_service() {
    on_both(renewal_with_both_keys_on_a_card);
}

fn renewal_with_both_keys_on_a_card(database: &str) {
    let bank = Bank::open(database);
    let cards = bank.folder.path().join("cards");
    card(&cards);
    let pin_file = bank.folder.path().join("pin");
    std::fs::write(&pin_file, PIN).unwrap();
    let mut walking = walk(&bank)
        .arg("--token")
        .arg(softtoken())
        .arg("--pin-file")
        .arg(&pin_file)
        .env("SURGUCH_SOFTTOKEN_DIR", &cards)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = BufReader::new(walking.stderr.take().unwrap());
    let for_errors = cards.clone();
    let replugged = std::thread::spawn(move || {
        let mut text = String::new();
        let mut replugged = false;
        for line in errors.lines() {
            let line = line.unwrap();
            if line.contains("Plug it in again") {
                plug(&for_errors, true);
                replugged = true;
            }
            text.push_str(&line);
            text.push('\n');
        }
        (replugged, text)
    });
    let mut told = String::new();
    let mut pulled = false;
    for line in BufReader::new(walking.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        told.push_str(&line);
        told.push('\n');
        // The request is in; the act, the certificate and the proof are still to come.
        if line.contains("signs the request with the current key") {
            plug(&cards, false);
            pulled = true;
        }
    }
    let ended = walking.wait().unwrap();
    let (replugged, errors) = replugged.join().unwrap();
    assert!(ended.success(), "{told}\n{errors}");
    assert!(pulled && replugged, "pulled {pulled}, replugged {replugged}:\n{told}\n{errors}");

    // Nothing of the new key is a file; both certificates lie on the card, and the new one is in service.
    assert!(!bank.folder.path().join("out/new-key.pem").exists());
    let listed = stdout(&run(Command::new("pkcs11-tool")
        .env("SURGUCH_SOFTTOKEN_DIR", &cards)
        .arg("--module")
        .arg(softtoken())
        .args(["--list-objects", "--type", "cert"])));
    assert_eq!(listed.matches("Certificate Object").count(), 2, "{listed}");
    let token = bank.sign_in(&bank.rogov);
    let requests = bank.get("/api/v1/requests", &token).json();
    assert_eq!(requests["requests"][0]["stage"], "in-service", "{requests}");
}

/// `ca init`, issue and CRL with the issuing key on a token; the token away while the certificate is to be issued.
fn with_the_authority_on(
    module: &Path,
    serial: &str,
    plan: &str,
    environment: Vec<(&'static str, String)>,
    plug: Option<&dyn Fn(bool)>,
) {
    let extra = format!(
        "[keys.token]\nmodule = \"{}\"\nserial = \"{serial}\"\npin = \"{PIN}\"\nauthorities = [\"issuing\"]\n",
        module.display()
    );
    let mut bank = Bank::planned(&extra, plan, environment);
    let keys = bank.folder.path().join("data/keys");
    assert!(keys.join("issuing.outside").exists() && !keys.join("issuing.key").exists());
    assert!(keys.join("root.key").exists());
    bank.start();
    if let Some(plug) = plug {
        plug(false);
    }
    let mut walking = walk(&bank).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(plug) = plug {
        // The request is accepted and approved without the token; issuing is tried again until it is back.
        let began = Instant::now();
        while !bank.log().contains("token-absent") {
            assert!(walking.try_wait().unwrap().is_none(), "it ended without the authority's key");
            assert!(began.elapsed() < PATIENCE, "nobody missed the token:\n{}", bank.log());
            std::thread::sleep(Duration::from_millis(100));
        }
        plug(true);
    }
    let began = Instant::now();
    let status = loop {
        if let Some(status) = walking.try_wait().unwrap() {
            break status;
        }
        assert!(began.elapsed() < PATIENCE * 2, "{}", bank.log());
        std::thread::sleep(Duration::from_millis(100));
    };
    let mut text = String::new();
    std::io::Read::read_to_string(&mut walking.stderr.take().unwrap(), &mut text).unwrap();
    assert!(status.success(), "{text}\n{}", bank.log());
    let crl = bank.get("/crl/issuing.crl", "");
    assert_eq!(crl.status, 200);
    let pem = std::fs::read(bank.folder.path().join("out/certificate.pem")).unwrap();
    let certificate = crypto::Certificate::from_der(&crypto::der_or_pem(&pem, "CERTIFICATE").unwrap()).unwrap();
    let chain = std::fs::read_to_string(keys.join("issuing.pem")).unwrap();
    let issuer = crypto::Certificate::from_der(&crypto::pem_decode(&chain).unwrap()[0].1).unwrap();
    certificate.verify_issued_by(&issuer).unwrap();
    crypto::Crl::from_der(&crl.octets).unwrap().verify_issued_by(&issuer).unwrap();
    assert!(bank.stop().success());
}

#[test]
fn an_authority_whose_key_is_on_the_software_token_issues_and_waits_for_a_pulled_card() {
    let folder = tempfile::tempdir().unwrap();
    let cards = folder.path().join("cards");
    let serial = card(&cards);
    let plan = std::fs::read_to_string(format!("{}/../../demo/ca.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let environment = vec![("SURGUCH_SOFTTOKEN_DIR", cards.to_str().unwrap().to_owned())];
    with_the_authority_on(&softtoken(), &serial, &plan, environment, Some(&|is_in| plug(&cards, is_in)));
}

/// A GOST key that a foreign client makes on a card; its SubjectPublicKeyInfo.
fn made_on(cards: &Path) -> Vec<u8> {
    use crypto::Signer as _;
    let mut tool = Command::new("pkcs11-tool");
    tool.env("SURGUCH_SOFTTOKEN_DIR", cards).arg("--module").arg(softtoken());
    tool.args(["--login", "--pin", PIN, "--keypairgen", "--key-type", "GOSTR3410-2012-256:A", "--id", "0a"]);
    let told = stdout(&run(&mut tool));
    let (_, value) = told.rsplit_once("VALUE:").unwrap();
    let hexadecimal = |line: &&str| line.len() == 64 && line.bytes().all(|octet| octet.is_ascii_hexdigit());
    let point: String = value.lines().map(str::trim).take_while(hexadecimal).collect();
    let point = hex::decode(point).unwrap();
    let mut spki = crate::bank::key("gost-256-a").public_key().to_spki_der();
    let place = spki.len() - point.len();
    spki[place..].copy_from_slice(&point);
    spki
}

#[test]
fn an_agent_whose_key_is_on_a_card_signs_acts_and_waits_for_a_pulled_card() {
    on_both(agents_key_on_a_card);
}

fn agents_key_on_a_card(database: &str) {
    let folder = tempfile::tempdir().unwrap();
    let cards = folder.path().join("cards");
    let serial = card(&cards);
    let environment = vec![("SURGUCH_SOFTTOKEN_DIR", cards.to_str().unwrap().to_owned())];
    let plan = std::fs::read_to_string(format!("{}/../../demo/ca.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    // The authority's key is on the same card: one login serves both.
    let keys = format!(
        "[keys.token]\nmodule = {:?}\nserial = \"{serial}\"\npin = \"{PIN}\"\nauthorities = [\"issuing\"]\n",
        softtoken()
    );
    let mut bank = Bank::planned(&format!("{database}{keys}"), &plan, environment);
    let certificate = bank.signatory("Ivanov 6", made_on(&cards), 300);
    let place =
        format!("[countersignature.token]\nmodule = {:?}\nserial = \"{serial}\"\npin_file = \"pin\"\n", softtoken());
    let own = bank.agent_signs(&certificate, &place);
    std::fs::write(own.join("pin"), format!("{PIN}\n")).unwrap();
    bank.start();
    let token = bank.sign_in(&bank.rogov);
    let request = bank.begin(&token);
    let new_key = bank.hand_in(&token, &request);
    bank.approve(&request);
    let code = bank.code();
    plug(&cards, false);
    bank.receive(&code, &new_key);
    let troubles = || bank.get("/api/v1/desk/troubles", &bank.operator).json()["troubles"].clone();
    bank.wait_until("the desk misses the card", || troubles()[0]["kind"] == "countersign");
    let trouble = troubles()[0].clone();
    assert!(
        trouble["error"].as_str().unwrap().contains("token-absent") && trouble["next_try"].is_string(),
        "{trouble}"
    );
    assert_eq!(bank.desk(&request)["countersignature"], "awaited");
    assert_eq!(bank.desk(&request)["stage"], "in-service");

    plug(&cards, true);
    bank.wait_until("the card is back", || bank.desk(&request)["countersignature"] == "made");
    assert!(troubles().as_array().unwrap().is_empty());
    let file =
        |name: &str| bank.get(&format!("/ca/certificate/act/{name}?agentId={}&code={code}", bank.agent), "").octets;
    let signed = crypto::SignedData::from_der(&file("act.p7s")).unwrap();
    let signers = signed.verify(Some(&file("act.txt")), &[]).unwrap();
    assert!(signers.len() == 3 && signers.iter().any(|signer| signer.certificate == certificate));
    assert!(bank.stop().success());
}

#[test]
fn an_authority_whose_rsa_key_is_on_softhsm_issues_certificates_of_gost_keys() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    std::fs::write(
        &configuration,
        format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display()),
    )
    .unwrap();
    let util = |arguments: &[&str]| {
        stdout(&run(Command::new("softhsm2-util").env("SOFTHSM2_CONF", &configuration).args(arguments)))
    };
    util(&["--init-token", "--free", "--label", "authority", "--so-pin", "87651234", "--pin", PIN]);
    let slots = util(&["--show-slots"]);
    let serials = slots.lines().filter_map(|line| line.trim().strip_prefix("Serial number:")).map(str::trim);
    let serial = serials.into_iter().find(|serial| !serial.is_empty()).unwrap().to_owned();
    let places = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
    let module = places.iter().map(Path::new).find(|path| path.exists()).expect("Debian's softhsm2 is installed");
    let plan = std::fs::read_to_string(format!("{}/../../demo/ca.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let plan = plan.replace("gost-512-a", "rsa-3072").replace("gost-256-a", "rsa-3072");
    let environment = vec![("SOFTHSM2_CONF", configuration.to_str().unwrap().to_owned())];
    // SoftHSM2 cannot be pulled.
    with_the_authority_on(module, &serial, &plan, environment, None);
}
