//! Seed corpora, made anew at every run from the golden messages and tickets of `statement`, and a few heads.

use std::io;
use std::path::{Path, PathBuf};

use statement::ticket::seal;

/// The targets, by the names of their binaries.
pub const TARGETS: [&str; 4] = ["host_frame", "component_message", "ticket", "loopback_head"];

/// Where the golden files lie.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../statement/tests/it/snapshots");

const HEADS: [&str; 4] = [
    "POST /v1/message HTTP/1.1\r\nHost: 127.0.0.1:27817\r\nOrigin: https://bank.example\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n",
    "OPTIONS /v1/message HTTP/1.1\r\nHost: [::1]:27817\r\nOrigin: http://127.0.0.1:8787\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Private-Network: true\r\n\r\n",
    "POST /v1/message HTTP/1.1\r\nhost:localhost:27817\r\norigin: null\r\ntransfer-encoding: chunked\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: evil.example:27817\r\nOrigin: https://xn--80ak6aa92e.example:8443\r\nOrigin: https://b\r\n\r\n",
];

/// Writes the corpora to the folder that the environment names, and ends the process.
pub fn write_by_environment() {
    let corpus = PathBuf::from(std::env::var_os("SURGUCH_FUZZ_CORPUS").expect("SURGUCH_FUZZ_CORPUS"));
    match write(&corpus) {
        Ok(seeds) => {
            println!("{seeds} seeds");
            std::process::exit(0);
        }
        Err(error) => {
            eprintln!("seeds: {error}");
            std::process::exit(1);
        }
    }
}

/// Writes one folder a target under `corpus`; returns how many seeds.
pub fn write(corpus: &Path) -> io::Result<usize> {
    for target in TARGETS {
        std::fs::create_dir_all(corpus.join(target))?;
    }
    let mut seeds = 0;
    let mut seed = |target: &str, octets: &[u8]| {
        seeds += 1;
        std::fs::write(corpus.join(target).join(format!("seed-{seeds}")), octets)
    };
    for entry in std::fs::read_dir(GOLDEN)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "message-schema.snap" || !(name.starts_with("message-") || name.starts_with("ticket-")) {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        // Behind the header of a snapshot.
        let json = text.splitn(3, "---\n").nth(2).ok_or_else(|| io::Error::other(format!("{name} is no snapshot")))?;
        let value: serde_json::Value = serde_json::from_str(json)?;
        let octets = serde_json::to_vec(&value)?;
        if name.starts_with("ticket-") {
            seed("ticket", &octets)?;
            seed("ticket", seal(&octets, &[7; 64]).as_bytes())?;
            continue;
        }
        seed("component_message", &octets)?;
        let mut framed = vec![3];
        let envelope = serde_json::json!({ "origin": "https://bank.example", "message": value });
        for message in [serde_json::to_vec(&envelope)?, octets] {
            framed.extend(u32::try_from(message.len()).map_err(io::Error::other)?.to_ne_bytes());
            framed.extend(message);
        }
        seed("host_frame", &framed)?;
    }
    for head in HEADS {
        seed("loopback_head", head.as_bytes())?;
    }
    Ok(seeds)
}
