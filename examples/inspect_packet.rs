// SPDX-License-Identifier: LGPL-2.0-or-later
//! Parses the header of an RPC packet, given in hex, first as a query and then as an answer, and prints the results.
//!
//! ```text
//! cargo run --example inspect_packet 3ddf74230500000000000000bdaa687509000000000000006f6b6179
//! ```

use mtproxy_ffi::tl::{Parsed, Refused, parse_answer_header, parse_query_header};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let hex = std::env::args().nth(1).unwrap_or_else(|| "3ddf74230500000000000000bdaa6875010203".into());
    if hex.len() % 2 != 0 || !hex.is_ascii() {
        return Err("the packet is an even number of hex digits".into());
    }
    let packet = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16))
        .collect::<Result<Vec<u8>, _>>()?;
    report("query", parse_query_header(&packet), &packet);
    report("answer", parse_answer_header(&packet), &packet);
    Ok(())
}

fn report(kind: &str, verdict: Result<Parsed, Refused>, packet: &[u8]) {
    match verdict {
        Ok(Parsed { header, consumed }) => println!(
            "as {kind}: op {:#010x}, qid {}, actor {}, body of {} bytes",
            header.op,
            header.qid,
            header.actor_id,
            packet.len() - consumed
        ),
        Err(Refused { header, error, .. }) => {
            println!("as {kind}: refused, {} ({error}); qid {}", error.number(), header.qid);
        }
    }
}
