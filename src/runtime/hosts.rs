// SPDX-License-Identifier: LGPL-2.0-or-later
//! The names of a hosts file, loaded once and again when the file changes.

use core::ffi::CStr;

use crate::{
    hosts::{self, Entry},
    sys::{file::File, file_status::Status, memory::Array, mutex::Mutex},
};

/// A file of this size or more is refused.
const MAX_SIZE: i64 = 16 << 20;

/// The sizes that a table may have. They are not round, because the legacy library prints them.
const SIZES: [usize; 36] = [
    29, 41, 59, 89, 131, 197, 293, 439, 659, 991, 1481, 2221, 3329, 4993, 7487, 11239, 16843, 25253, 37879,
    56821, 85223, 127_837, 191_773, 287_629, 431_441, 647_161, 970_747, 1_456_121, 2_184_179, 3_276_253,
    4_914_373, 7_371_571, 11_057_357, 16_586_039, 24_879_017, 37_318_507,
];

/// Names and addresses, found by a hash of the name.
pub(crate) struct Hosts {
    text: Array<u8>,
    /// Address, start and length in the text; an address of 0 is a free slot. At most half of them are taken.
    slots: Array<[u32; 3]>,
    version: Version,
}

/// Which file a table is of.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    size: i64,
    /// Whole seconds, cut to 32 bits as the legacy library cuts them.
    changed: i32,
}

/// What happened on the way, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// So many bytes were read (-1: it failed) of a file of this size.
    Read { got: i64, size: i64 },
    /// The table has so many slots, for so many names.
    Table { slots: usize, names: usize },
}

/// What a load came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// There is a new table.
    Loaded,
    /// Size and time of the file are those of the table.
    Unchanged,
    /// The file cannot be used; a table that was there stays.
    Failed,
}

static HOSTS: Mutex<Option<Hosts>> = Mutex::new(None);

/// Loads the file unless the table is as new.
///
/// The table is not locked while the file is read: names are found meanwhile, and a process that forks then leaves its child
/// no lock that nobody opens.
pub(crate) fn load(path: &CStr, report: impl FnMut(Event)) -> Load {
    let known = HOSTS.with(|hosts| hosts.as_ref().map(|hosts| hosts.version));
    match Hosts::read(path, known, report) {
        Some(Some(new)) => {
            let old = HOSTS.with(|hosts| hosts.replace(new));
            drop(old); // unlocked
            Load::Loaded
        }
        Some(None) => Load::Unchanged,
        None => Load::Failed,
    }
}

/// What the table says about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Its IPv4 address, host byte order.
    Found(u32),
    /// It has no such name.
    Unknown,
    /// There is no table.
    NoTable,
}

/// Looks a name up.
pub(crate) fn find(name: &[u8]) -> Lookup {
    HOSTS.with(|hosts| match hosts {
        Some(hosts) => hosts.find(name).map_or(Lookup::Unknown, Lookup::Found),
        None => Lookup::NoTable,
    })
}

impl Hosts {
    /// A new table; `Some(None)` where the known one is as new as the file.
    fn read(path: &CStr, known: Option<Version>, mut report: impl FnMut(Event)) -> Option<Option<Self>> {
        let Status { regular: true, size, changed } = Status::of(path)? else { return None };
        let version = Version { size, changed: changed as i32 };
        if known == Some(version) {
            return Some(None);
        }
        if size >= MAX_SIZE {
            return None;
        }
        let expected = usize::try_from(size).ok()?;
        let file = File::open(path)?;
        // One byte more, to see that the file ends there.
        let mut text = Array::zeroed(expected + 1)?;
        let got = file.read(text.as_mut_slice());
        report(Event::Read { got: got.map_or(-1, |got| got as i64), size });
        if got != Some(expected) {
            return None;
        }
        let mut slots = 0;
        if let Some(content) = text.as_slice().get(..expected) {
            let names = hosts::entries(content).count();
            slots = *SIZES.iter().find(|size| **size > 2 * names)?;
            report(Event::Table { slots, names });
        }
        let mut new = Self { text, slots: Array::zeroed(slots)?, version };
        new.fill(expected);
        Some(Some(new))
    }

    fn fill(&mut self, len: usize) {
        let Self { text, slots, .. } = self;
        let text = text.as_slice().get(..len).unwrap_or_default();
        for Entry { ip, start, len } in hosts::entries(text) {
            let name = text.get(start..start + len).unwrap_or_default();
            let (found, place) = search(text, slots.as_slice(), name);
            if let (None, Some(slot)) = (found, slots.as_mut_slice().get_mut(place)) {
                *slot = [ip, start as u32, len as u32];
            }
        }
    }

    fn find(&self, name: &[u8]) -> Option<u32> {
        search(self.text.as_slice(), self.slots.as_slice(), name).0
    }
}

/// The address of a name, and the slot where it is or would be. Some slot is free, so the search ends.
fn search(text: &[u8], slots: &[[u32; 3]], name: &[u8]) -> (Option<u32>, usize) {
    let mut place = (hash(name) % slots.len().max(1) as u64) as usize;
    loop {
        match slots.get(place) {
            None if place == 0 => return (None, 0), // no slots at all
            None => place = 0,
            Some([0, ..]) => return (None, place),
            Some(&[ip, start, len]) => {
                if text.get(start as usize..(start + len) as usize) == Some(name) {
                    return (Some(ip), place);
                }
                place += 1;
            }
        }
    }
}

/// FNV-1a. Names come from the machine's administrator, so no key is needed against chosen collisions.
fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::{ffi::CString, fs, path::PathBuf, sync::mpsc, time::Duration};

    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("mtproxy-ffi-hosts-{name}-{}", std::process::id())))
        }

        fn path(&self) -> CString {
            CString::new(self.0.to_str().unwrap()).unwrap()
        }

        fn read(&self, known: Option<&Hosts>) -> Option<Option<Hosts>> {
            Hosts::read(&self.path(), known.map(|hosts| hosts.version), |_| {})
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri reads a file in pieces")]
    fn first_definition_of_a_name_wins() {
        let file = Scratch::new("first");
        fs::write(&file.0, "1.1.1.1 a b\n2.2.2.2 b c\n3.3.3.3 caf\u{e9}").unwrap();
        let hosts = file.read(None).flatten().expect("a table");
        assert_eq!(hosts.find(b"b"), Some(0x0101_0101));
        assert_eq!(hosts.find(b"c"), Some(0x0202_0202));
        assert_eq!(hosts.find("caf\u{e9}".as_bytes()), Some(0x0303_0303));
        assert_eq!(hosts.find(b"A"), None);
        assert_eq!(hosts.find(b""), None);
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri reads a file in pieces")]
    fn table_prints_its_legacy_size_and_finds_all_of_many_names() {
        let file = Scratch::new("many");
        let text: String = (0..20_000).map(|n| format!("10.0.{}.{} n{n}\n", n / 250, n % 250)).collect();
        fs::write(&file.0, &text).unwrap();
        let mut events = Vec::new();
        let hosts = Hosts::read(&file.path(), None, |event| events.push(event)).flatten().expect("a table");
        let size = text.len() as i64;
        assert_eq!(events, [Event::Read { got: size, size }, Event::Table { slots: 56821, names: 20_000 }]);
        for n in 0..20_000u32 {
            let ip = 0x0a00_0000 + (n / 250) * 256 + n % 250;
            assert_eq!(hosts.find(format!("n{n}").as_bytes()), Some(ip), "n{n}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri reads a file in pieces")]
    fn file_is_read_again_only_when_it_changed() {
        let file = Scratch::new("changed");
        fs::write(&file.0, "1.1.1.1 a\n").unwrap();
        let hosts = file.read(None).flatten().expect("a table");
        assert!(file.read(Some(&hosts)).is_some_and(|new| new.is_none()));
        fs::write(&file.0, "1.1.1.1 ab\n").unwrap();
        assert!(file.read(Some(&hosts)).flatten().is_some());
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri reads a file in pieces")]
    fn names_are_found_while_a_file_is_read() {
        let file = Scratch::new("meanwhile");
        fs::write(&file.0, "1.1.1.1 a\n").unwrap();
        assert_eq!(load(&file.path(), |_| {}), Load::Loaded);
        assert_eq!(load(&file.path(), |_| {}), Load::Unchanged);
        fs::write(&file.0, "2.2.2.2 ab\n").unwrap();
        let mut found = Vec::new();
        let loaded = load(&file.path(), |_| {
            let (sender, receiver) = mpsc::channel();
            std::thread::spawn(move || sender.send(find(b"a")));
            found.push(receiver.recv_timeout(Duration::from_secs(5)));
        });
        assert_eq!((loaded, found), (Load::Loaded, vec![Ok(Lookup::Found(0x0101_0101)); 2]));
        assert_eq!((find(b"a"), find(b"ab")), (Lookup::Unknown, Lookup::Found(0x0202_0202)));
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri reads a file in pieces")]
    fn what_is_no_regular_file_of_bounded_size_is_refused() {
        let file = Scratch::new("refused");
        assert!(file.read(None).is_none(), "not there");
        assert!(Hosts::read(c"/", None, |_| {}).is_none(), "a folder");
        fs::File::create(&file.0).unwrap().set_len(16 << 20).unwrap();
        assert!(file.read(None).is_none(), "16 MiB");
        fs::write(&file.0, "").unwrap();
        assert!(file.read(None).flatten().is_some(), "empty");
    }
}
