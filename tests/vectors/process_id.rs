// SPDX-License-Identifier: LGPL-2.0-or-later
use mtproxy_ffi::{ffi::*, process_id::ProcessId};

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
            // SAFETY: readable objects.
            let matches = unsafe { mtproxy_ffi_matches_pid(&x, &y) };
            assert_eq!(matches, row.number::<i32>("out"), "{}", row.place);
        }
        "process_id_is_newer" => {
            let (x, y) = (id(row.text("x")), id(row.text("y")));
            // SAFETY: readable objects.
            let newer = unsafe { mtproxy_ffi_process_id_is_newer(&x, &y) };
            assert_eq!(newer, row.number::<i32>("out"), "{}", row.place);
        }
        "init" => check_init(row),
        other => panic!("{other}"),
    });
}

/// Runs the recorded calls in the core, which takes process id and time as arguments, and in the boundary, which asks the
/// system; `pid` and `utime` from the boundary are compared only if they were set before.
fn check_init(row: &super::table::Row) {
    let start = id(row.text("x"));
    let (pid, time): (u32, i64) = (row.number("getpid"), row.number("time"));
    let (mut core, mut boundary) = (start, start);
    for (op, expected) in row.text("ops").split(';').zip(row.text("out").split(';')) {
        let arguments: Vec<i64> = op.split(':').skip(1).map(|n| n.parse().expect("a number")).collect();
        // SAFETY: a writable object.
        let status = unsafe {
            match arguments[..] {
                [] => {
                    core.init_common(pid, time);
                    mtproxy_ffi_pid_init_common(&mut boundary)
                }
                [ip] => {
                    core.init_client(ip as u32, pid, time);
                    mtproxy_ffi_pid_init_client(&mut boundary, ip as u32)
                }
                [ip, port] => {
                    core.init_server(ip as u32, port as i32, pid, time);
                    mtproxy_ffi_pid_init_server(&mut boundary, ip as u32, port as i32)
                }
                _ => panic!("{op}"),
            }
        };
        let expected = id(expected);
        assert_eq!((status, core), (0, expected), "{}: {op}", row.place);
        assert_eq!((boundary.ip, boundary.port), (expected.ip, expected.port), "{}: {op}", row.place);
        assert!(start.pid == 0 || boundary.pid == expected.pid, "{}: {op}", row.place);
        assert!(start.utime == 0 || boundary.utime == expected.utime, "{}: {op}", row.place);
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
                // SAFETY: readable objects.
                let newer =
                    unsafe { mtproxy_ffi_process_id_is_newer(&id(argument("x=")), &id(argument("y="))) };
                assert_eq!(newer, 0, "{}", row.place);
            }
            ("init_common_PID", "abort") => {
                let mut core = id(argument("PID="));
                let pid = argument("getpid=").parse::<i32>().expect("a pid") as u32;
                core.init_common(pid, 5);
                let folded = ((pid & 0xffff) ^ (pid >> 16)) as u16;
                assert_eq!(core.pid, if folded == 0 { 1 } else { folded }, "{}", row.place);
            }
            ("get_utime", outcome) => {
                let clock = mtproxy_ffi_get_utime(argument("clock_id=").parse().expect("a clock"));
                assert_eq!(clock == -1.0, outcome == "abort", "{}", row.place);
            }
            ("thread_run_timers", "abort") => {
                let wait = mtproxy_ffi_net_timers_wait_msec(
                    argument("wakeup=").parse().expect("seconds"),
                    argument("now=").parse().expect("seconds"),
                );
                assert_eq!(wait, 0, "{}", row.place);
            }
            _ => return,
        }
        seen += 1;
    });
    assert_eq!(seen, 16);
}
