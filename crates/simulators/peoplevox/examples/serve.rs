//! Serves the twin over plain HTTP, one request at a time, for a try with an ordinary SOAP client:
//! `cargo run -p sim-peoplevox --example serve -- 127.0.0.1:7301`.
//!
//! The simulated clock moves one second per request. The hub's own binary serves all twins properly.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use sim_core::{Answer, Host as _, Simulated, World, WorldPlan};
use sim_peoplevox::{Options, PeoplevoxTwin};

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:7301".to_owned());
    let mut now: Timestamp = "2026-11-23T06:00:00Z".parse().map_err(std::io::Error::other)?;
    let world = World::new(WorldPlan::new(7, now, 100, SignedDuration::from_hours(12)));
    let mut twin = Simulated::new(PeoplevoxTwin::new(world, Options::default()), 7);
    let listener = TcpListener::bind(&address)?;
    println!("http://{address}/demo/resources/integrationservicev4.asmx?wsdl");
    for stream in listener.incoming() {
        now += SignedDuration::from_secs(1);
        if let Err(error) = serve(&mut twin, now, &mut stream?) {
            eprintln!("{error}");
        }
    }
    Ok(())
}

fn serve(twin: &mut Simulated<PeoplevoxTwin>, now: Timestamp, stream: &mut TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let mut request = Request::builder().method(words.next().unwrap_or("GET")).uri(words.next().unwrap_or("/"));
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap_or(0);
        }
        request = request.header(name, value);
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body)?;
    let request = request.body(Bytes::from(body)).map_err(std::io::Error::other)?;
    let Answer::Reply(reply) = twin.serve(now, &request) else {
        return Ok(());
    };
    write!(stream, "HTTP/1.1 {}\r\nConnection: close\r\n", reply.status())?;
    for (name, value) in reply.headers() {
        write!(stream, "{name}: {}\r\n", value.to_str().unwrap_or(""))?;
    }
    write!(stream, "Content-Length: {}\r\n\r\n", reply.body().len())?;
    stream.write_all(reply.body())
}
