//! A simulator behind a small HTTP/1.1 server on the loopback, for clients that need a socket.
//!
//! One request per connection, one connection at a time; the simulated clock moves one second with each, so a run is the
//! same every time.

use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use sim_core::{Answer, Host};

/// Bytes of request line and headers, at most.
const HEAD_LIMIT: u64 = 32 * 1024;
/// Bytes of a body, at most.
const BODY_LIMIT: u64 = 16 * 1024 * 1024;
/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server; stops when dropped.
#[derive(Debug)]
pub(super) struct Loopback {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Serves a simulator on a free port.
    pub(super) fn start(mut host: impl Host + 'static, start: Timestamp) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut now = start;
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                now = now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(now);
                // A client that hangs up is its own affair; the next one is served.
                if let Err(error) = stream.and_then(|stream| serve(&mut host, now, &stream)) {
                    eprintln!("loopback: {error}");
                }
            }
        });
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// The address of a path on this server.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The thread waits for a connection; this is the last one.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

fn serve(host: &mut impl Host, now: Timestamp, stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = match read_request(BufReader::new(stream))? {
        Ok(request) => request,
        Err(status) => return write_reply(stream, &refusal(status)),
    };
    match host.serve(now, &request) {
        Answer::Reply(reply) => write_reply(stream, &reply),
        Answer::Lost | Answer::Refused => Ok(()),
    }
}

/// Reads one request; the inner error is the status of a request that is not served.
fn read_request(mut reader: impl BufRead) -> io::Result<Result<Request<Bytes>, StatusCode>> {
    let mut head = String::new();
    let mut limited = (&mut reader).take(HEAD_LIMIT);
    loop {
        let before = head.len();
        // Text that is not UTF-8 ends as an error of this connection.
        if limited.read_line(&mut head)? == 0 {
            let full = limited.limit() == 0;
            return Ok(Err(if full { StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE } else { StatusCode::BAD_REQUEST }));
        }
        if head[before..].trim_end_matches(['\r', '\n']).is_empty() {
            break;
        }
    }
    let (mut request, length) = match parse_head(&head) {
        Ok(parsed) => parsed,
        Err(status) => return Ok(Err(status)),
    };
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Ok(Err(StatusCode::BAD_REQUEST));
    }
    *request.body_mut() = Bytes::from(body);
    Ok(Ok(request))
}

/// The request without its body, and the length of the body.
fn parse_head(head: &str) -> Result<(Request<Bytes>, u64), StatusCode> {
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or("").split(' ');
    let (Some(method), Some(target), Some("HTTP/1.1" | "HTTP/1.0"), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(StatusCode::BAD_REQUEST);
    };
    let mut builder = Request::builder().method(method).uri(target);
    let mut length = None;
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(StatusCode::BAD_REQUEST)?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(StatusCode::NOT_IMPLEMENTED);
        }
        if name.eq_ignore_ascii_case("content-length") {
            let stated: u64 = value.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
            // Two lengths that differ are how requests are smuggled.
            if length.is_some_and(|before| before != stated) {
                return Err(StatusCode::BAD_REQUEST);
            }
            length = Some(stated);
        }
        builder = builder.header(name, value);
    }
    let length = length.unwrap_or(0);
    if length > BODY_LIMIT {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let request = builder.body(Bytes::new()).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok((request, length))
}

fn refusal(status: StatusCode) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    reply
}

fn write_reply(mut stream: impl Write, reply: &Response<Bytes>) -> io::Result<()> {
    let mut out = format!("HTTP/1.1 {}\r\n", reply.status()).into_bytes();
    for (name, value) in reply.headers() {
        out.extend_from_slice(format!("{name}: ").as_bytes());
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("content-length: {}\r\nconnection: close\r\n\r\n", reply.body().len()).as_bytes());
    out.extend_from_slice(reply.body());
    stream.write_all(&out)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use sim_core::{World, WorldPlan};
    use sim_peoplevox::{Options, PeoplevoxTwin};

    use super::*;

    fn read(text: &str) -> Result<Request<Bytes>, StatusCode> {
        read_request(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_request_is_read_with_its_whole_body_and_no_more() {
        let request = read("POST /a?b=c HTTP/1.1\r\nHost: x:1\r\nContent-Length:5\r\n\r\nHello, more").unwrap();
        assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), ("POST", "/a?b=c"));
        assert_eq!(request.headers()["host"], "x:1");
        assert_eq!(request.body().as_ref(), b"Hello");
    }

    #[test]
    fn a_request_that_cannot_be_read_whole_is_refused_by_status() {
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        let endless = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(40_000));
        for (text, status) in [
            ("GET /\r\n\r\n", 400),
            ("", 400),
            ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort", 400),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
            ("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
            (&endless, 431),
            (chunked, 501),
        ] {
            assert_eq!(read(text).unwrap_err().as_u16(), status, "{}", &text[..text.len().min(60)]);
        }
    }

    #[test]
    fn a_simulator_answers_over_the_loopback_and_names_its_own_address() {
        let start = Timestamp::UNIX_EPOCH;
        let world = World::new(WorldPlan::new(7, start, 0, SignedDuration::from_hours(1)));
        let server =
            Loopback::start(sim_core::Simulated::new(PeoplevoxTwin::new(world, Options::default()), 7), start).unwrap();
        let mut stream = TcpStream::connect(server.address).unwrap();
        let path = "/demo/resources/integrationservicev4.asmx";
        write!(stream, "GET {path}?wsdl HTTP/1.1\r\nHost: {}\r\n\r\n", server.address).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        assert!(reply.contains(&server.url(path)), "{reply}");
    }
}
