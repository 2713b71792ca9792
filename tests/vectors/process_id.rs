// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::{
    net::wait_msec,
    process_id::{Match, ProcessId},
};

use super::table::replay;

fn id(text: &str) -> ProcessId {
    let [ip, port, pid, utime] = text.split(',').collect::<Vec<_>>()[..] else { panic!("{text}") };
    ProcessId {
        ip: ip.parse().expect("ip"),
        port: port.parse().expect("port"),
        pid: pid.parse().expect("pid"),
        utime: utime.parse().expect("utime"),
    }
}

#[test]
fn process_ids_match_the_original() {
    replay("pid", 2412, |row| match row.text("fn") {
        "matches_pid" => {
            let (x, y) = (id(row.text("x")), id(row.text("y")));
            let matches = match x.matches(&y) {
                Match::No => 0,
                Match::Special => 1,
                Match::Equal => 2,
            };
            assert_eq!(matches, row.number::<i32>("out"), "{}", row.place);
        }
        "process_id_is_newer" => {
            let (x, y) = (id(row.text("x")), id(row.text("y")));
            assert_eq!(i32::from(x.is_newer_than(&y)), row.number::<i32>("out"), "{}", row.place);
        }
        "init" => check_init(row),
        other => panic!("{other}"),
    });
}

fn check_init(row: &super::table::Row) {
    let (pid, time): (u32, i64) = (row.number("getpid"), row.number("time"));
    let mut own = id(row.text("x"));
    for (op, expected) in row.text("ops").split(';').zip(row.text("out").split(';')) {
        let arguments: Vec<i64> = op.split(':').skip(1).map(|n| n.parse().expect("a number")).collect();
        match arguments[..] {
            [] => own.init_common(pid, time),
            [ip] => own.init_client(ip as u32, pid, time),
            [ip, port] => own.init_server(ip as u32, port as i32, pid, time),
            _ => panic!("{op}"),
        }
        assert_eq!(own, id(expected), "{}: {op}", row.place);
    }
}

/// The deliberate differences recorded in `traps.tsv`: the original aborts, ours folds the id or returns 0.
#[test]
fn where_the_original_aborts_ours_gives_a_sane_value() {
    let mut seen = 0;
    replay("traps", 71, |row| {
        let argument = |name: &str| {
            row.text("args")
                .split(' ')
                .find_map(|word| word.strip_prefix(name))
                .unwrap_or_else(|| panic!("{name}"))
        };
        match (row.text("fn"), row.text("outcome")) {
            ("process_id_is_newer", "abort") => {
                assert!(!id(argument("x=")).is_newer_than(&id(argument("y="))), "{}", row.place);
            }
            ("init_common_PID", "abort") => {
                let mut core = id(argument("PID="));
                let pid = argument("getpid=").parse::<i32>().expect("a pid") as u32;
                core.init_common(pid, 5);
                let folded = ((pid & 0xffff) ^ (pid >> 16)) as u16;
                assert_eq!(core.pid, if folded == 0 { 1 } else { folded }, "{}", row.place);
            }
            ("thread_run_timers", "abort") => {
                let wait = wait_msec(
                    argument("wakeup=").parse().expect("seconds"),
                    argument("now=").parse().expect("seconds"),
                );
                assert_eq!(wait, 0, "{}", row.place);
            }
            _ => return,
        }
        seen += 1;
    });
    assert_eq!(seen, 10);
}
