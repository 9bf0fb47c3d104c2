//! The same messages over HTTP on this machine's own addresses, for browsers without the extension. Off unless the policy turns it on.
//!
//! One address: `POST /v1/message`. Host must be ours to the letter (a name that was rebound to this machine is not), Origin must be there
//! and be a site that the policy or the person let in, the peer must be a program of the same user. Everything has a limit.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use statement::message::{Call, Code, MESSAGE_OCTETS, Reply, Site, Wish};

use crate::admission::site;
use crate::head::Head;
use crate::origin::Origin;
use crate::places::Places;
use crate::relay::Relay;

/// Listens on both loopback addresses until the process ends.
///
/// # Errors
/// Neither address can be had, or the peer's user cannot be told.
pub fn serve(relay: &Arc<Relay>, places: &Places, port: u16) -> io::Result<()> {
    let addresses = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let mut listeners = Vec::new();
    let mut fault = None;
    for address in addresses {
        match TcpListener::bind(SocketAddr::new(address, port)) {
            Ok(listener) => listeners.push(listener),
            // A machine without IPv6 has one of them.
            Err(error) => fault = Some(error),
        }
    }
    if let (true, Some(fault)) = (listeners.is_empty(), fault) {
        return Err(fault);
    }
    let open = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let (relay, places, open) = (Arc::clone(relay), places.clone(), Arc::clone(&open));
            thread::spawn(move || accept(&listener, &relay, &places, port, &open))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    }
    Ok(())
}

fn accept(
    listener: &TcpListener,
    relay: &Arc<Relay>,
    places: &Places,
    port: u16,
    open: &Arc<AtomicUsize>,
) -> io::Result<()> {
    loop {
        let Ok((stream, peer)) = listener.accept() else {
            // Out of descriptors, or a peer that went away at once: the next one may fare better.
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        if open.fetch_add(1, Ordering::SeqCst) >= CONNECTIONS {
            open.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (relay, places, leaving) = (Arc::clone(relay), places.clone(), Arc::clone(open));
        let local = listener.local_addr()?;
        thread::Builder::new().name("loopback".to_owned()).spawn(move || {
            // Whoever broke the connection hears nothing more of it.
            converse(&stream, peer, local, &relay, &places, port).ok();
            leaving.fetch_sub(1, Ordering::SeqCst);
        })?;
    }
}

fn converse(
    stream: &TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    relay: &Relay,
    places: &Places,
    port: u16,
) -> io::Result<()> {
    // guard: peer-of-the-same-user
    if !is_own_user(peer, local) {
        return refuse(stream, "403 Forbidden", Code::PeerRefused, None);
    }
    let until = Instant::now() + READ_LIMIT;
    let (head, mut body) = match read_head(stream, until) {
        Ok(Some(read)) => read,
        Ok(None) => return refuse(stream, "400 Bad Request", Code::MessageMalformed, None),
        Err(error) => return Err(error),
    };
    if !head.is_for(port) {
        return refuse(stream, "421 Misdirected Request", Code::HostRefused, None);
    }
    let Some(origin) = head.one("origin").and_then(Origin::parse) else {
        return refuse(stream, "403 Forbidden", Code::OriginMissing, None);
    };
    if !is_let_in(&origin, places) {
        return refuse(stream, "403 Forbidden", Code::OriginRefused, None);
    }
    if head.target != "/v1/message" {
        return refuse(stream, "404 Not Found", Code::MessageMalformed, Some(&origin));
    }
    match head.method.as_str() {
        "OPTIONS" => preflight(stream, &head, &origin),
        "POST" => {
            let is_json = head.one("content-type").is_some_and(|kind| kind == "application/json");
            let length = head.one("content-length").and_then(|length| length.parse::<usize>().ok());
            let Some(length) = length.filter(|_| is_json && head.one("transfer-encoding").is_none()) else {
                return refuse(stream, "400 Bad Request", Code::MessageMalformed, Some(&origin));
            };
            if length > MESSAGE_OCTETS {
                return refuse(stream, "413 Content Too Large", Code::MessageTooLarge, Some(&origin));
            }
            if body.len() > length {
                return refuse(stream, "400 Bad Request", Code::MessageMalformed, Some(&origin));
            }
            read_body(stream, &mut body, length, until)?;
            answer(stream, relay, &origin, &body)
        }
        _ => refuse(stream, "405 Method Not Allowed", Code::MessageMalformed, Some(&origin)),
    }
}

/// Replies as lines of JSON, each as it comes: an operation takes minutes.
fn answer(stream: &TcpStream, relay: &Relay, origin: &Origin, body: &[u8]) -> io::Result<()> {
    let mut output = stream;
    write!(
        output,
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n{}\r\n",
        common_headers(Some(origin))
    )?;
    let begins_work = matches!(Call::parse(body), Ok(Call { call: Wish::Run(_), .. }));
    let is_answered = AtomicBool::new(false);
    thread::scope(|scope| {
        let watched = stream.try_clone()?;
        watched.set_read_timeout(None)?;
        let is_answered = &is_answered;
        scope.spawn(move || {
            let mut rest = [0; 16];
            let read = (&watched).read(&mut rest);
            let is_gone = !matches!(read, Err(error) if error.kind() == io::ErrorKind::Interrupted);
            // The page went away, or says what nobody asked for: what it began is given up.
            if is_gone && begins_work && !is_answered.load(Ordering::SeqCst) {
                relay.give_up(Some(origin));
            }
        });
        let mut written = Ok(());
        relay.answer(origin.as_str(), body, &mut |reply| {
            let line = format!("{}\n", reply.to_json());
            if written.is_ok() {
                written = write!(output, "{:x}\r\n{line}\r\n", line.len()).and_then(|()| output.flush());
            }
        });
        is_answered.store(true, Ordering::SeqCst);
        let ended = written.and_then(|()| write!(output, "0\r\n\r\n"));
        // Wakes the watcher.
        stream.shutdown(std::net::Shutdown::Both).ok();
        ended
    })
}

/// CORS, and the older name of what became Local Network Access: an answer only to what was asked.
fn preflight(stream: &TcpStream, head: &Head, origin: &Origin) -> io::Result<()> {
    let private = match head.one("access-control-request-private-network") {
        Some("true") => "Access-Control-Allow-Private-Network: true\r\n",
        _ => "",
    };
    let mut output = stream;
    write!(
        output,
        "HTTP/1.1 204 No Content\r\nAccess-Control-Allow-Methods: POST\r\nAccess-Control-Allow-Headers: content-type\r\n\
         Access-Control-Max-Age: 60\r\n{private}{}\r\n",
        common_headers(Some(origin))
    )
}

fn refuse(stream: &TcpStream, status: &str, code: Code, origin: Option<&Origin>) -> io::Result<()> {
    let body = format!("{}\n", Reply::refused(None, code).to_json());
    let mut output = stream;
    write!(
        output,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{body}",
        body.len(),
        common_headers(origin)
    )?;
    read_to_the_end(stream)
}

/// A connection that is closed before all of its request was read is reset, and the reset overtakes the answer (RFC 1122, 4.2.2.13).
fn read_to_the_end(mut stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(std::net::Shutdown::Write)?;
    let until = Instant::now() + LINGER;
    let mut piece = [0; 2_048];
    for _ in 0..MESSAGE_OCTETS.div_ceil(piece.len()) {
        stream.set_read_timeout(Some(left(until)?))?;
        if stream.read(&mut piece)? == 0 {
            break;
        }
    }
    Ok(())
}

/// A site that was not let in gets no header by which its script could read an answer.
fn common_headers(origin: Option<&Origin>) -> String {
    let allow = origin.map(|origin| format!("Access-Control-Allow-Origin: {origin}\r\n")).unwrap_or_default();
    format!(
        "{allow}Vary: Origin\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n"
    )
}

/// Here a person is not asked about a new site: the list is the policy's, and the sites let in over the extension.
fn is_let_in(origin: &Origin, places: &Places) -> bool {
    match (places.policy(), places.memory().read()) {
        (Ok(policy), Ok(remembered)) => site(origin, &policy, &remembered) == Site::Allowed,
        _ => false,
    }
}

/// The head and what came behind it; none when it is no head or too long.
fn read_head(mut stream: &TcpStream, until: Instant) -> io::Result<Option<(Head, Vec<u8>)>> {
    let mut read = Vec::new();
    let mut piece = [0; 2_048];
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = read.split_off(end + 4);
            return Ok(Head::parse(&read).map(|head| (head, body)));
        }
        if read.len() > HEAD_OCTETS {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(&mut piece)? {
            0 => return Ok(None),
            length => read.extend_from_slice(&piece[..length]),
        }
    }
}

fn read_body(mut stream: &TcpStream, body: &mut Vec<u8>, length: usize, until: Instant) -> io::Result<()> {
    let mut at = body.len();
    body.resize(length, 0);
    while at < length {
        stream.set_read_timeout(Some(left(until)?))?;
        match stream.read(&mut body[at..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => at += read,
        }
    }
    Ok(())
}

fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Whether the other end belongs to a program of this user: the kernel's own table says whose a connection is.
#[cfg(target_os = "linux")]
fn is_own_user(peer: SocketAddr, local: SocketAddr) -> bool {
    let table = if peer.is_ipv4() { "/proc/self/net/tcp" } else { "/proc/self/net/tcp6" };
    let own = rustix::process::geteuid().as_raw();
    // A table that cannot be read tells nothing, and nothing is not enough.
    std::fs::read_to_string(table).is_ok_and(|table| user_of(&table, peer, local) == Some(own))
}

/// Other systems have no table that can be read without a library of theirs; said in the manual.
#[cfg(not(target_os = "linux"))]
fn is_own_user(peer: SocketAddr, _local: SocketAddr) -> bool {
    peer.ip().is_loopback()
}

/// The user of the connection from `peer` to `local` in a table of the kernel (proc(5)): the line of the peer's own end.
#[cfg(any(target_os = "linux", test))]
fn user_of(table: &str, peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let (own, other) = (kernel_address(peer), kernel_address(local));
    table.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (at, to) = (fields.next()?, fields.next()?);
        let user = fields.nth(4)?;
        (at == own && to == other).then(|| user.parse().ok())?
    })
}

/// Octets of each 32-bit group in the machine's own order, then the port.
#[cfg(any(target_os = "linux", test))]
fn kernel_address(address: SocketAddr) -> String {
    let groups: Vec<[u8; 4]> = match address.ip() {
        IpAddr::V4(ip) => vec![ip.octets()],
        IpAddr::V6(ip) => {
            let octets = ip.octets();
            octets.as_chunks::<4>().0.to_vec()
        }
    };
    let digits: String = groups.into_iter().map(|group| format!("{:08X}", u32::from_ne_bytes(group))).collect();
    format!("{digits}:{:04X}", address.port())
}

/// A browser and its tabs; more at once is somebody else.
const CONNECTIONS: usize = 16;
/// Cookies are not sent here; a browser's head has half a kilobyte.
const HEAD_OCTETS: usize = 8_192;
/// The whole request is there within this time.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// How long the rest of a refused request is read.
const LINGER: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_kernels_table_tells_whose_a_connection_is() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \x20  0: 0100007F:6CA9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0\n\
            \x20  1: 0100007F:6CA9 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0\n\
            \x20  2: 0100007F:C001 0100007F:6CA9 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0\n";
        let local: SocketAddr = "127.0.0.1:27817".parse().unwrap();
        assert_eq!(user_of(table, "127.0.0.1:49153".parse().unwrap(), local), Some(1001), "the peer's end, not ours");
        assert_eq!(user_of(table, "127.0.0.1:49154".parse().unwrap(), local), None);
        assert_eq!(user_of("", local, local), None);
        assert_eq!(kernel_address("[::1]:1".parse().unwrap()), "00000000000000000000000001000000:0001");
    }
}
