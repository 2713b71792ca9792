// SPDX-License-Identifier: LGPL-2.0-or-later
//! The table of targets, by where they are, their type and what goes with it, with a lock.

use core::{
    ffi::{c_int, c_uint, c_void},
    ptr,
    sync::atomic::{
        AtomicPtr,
        Ordering::{AcqRel, Relaxed},
    },
};

use super::{
    ABORT, ALARM, CLASS_MAIN, FINISH, RUN, TAG, allow, check_conn_functions, do_conn_target_job, lost,
    new_job, statistics::count,
};
pub use crate::layout::net_connections::TargetInfo;
use crate::{
    kdb::{
        statics::exported_aligned,
        support::c_text,
        upcalls::{job_incref, schedule_job},
    },
    layout::{
        jobs::AsyncJob,
        net_connections::{ConnFunctions, IntCounter},
    },
    sys::mutex::Mutex,
};

const PLACES: usize = 99_961;

// The first target of each place; and the lock.
exported_aligned!("HTarget", 799_688, "32");
exported_aligned!("TargetsLock", size_of::<Lock>(), "32");

/// The targets' lock.
#[repr(transparent)]
pub struct Lock(Mutex<()>);

// The C library's, whose size depends on the machine.
const _: () = assert!(size_of::<Lock>() == size_of::<libc::pthread_mutex_t>());

unsafe extern "C" {
    safe static HTarget: [AtomicPtr<AsyncJob>; PLACES];
    // Zeros are an open mutex.
    safe static TargetsLock: Lock;
}

/// Runs while no other thread does.
fn locked<R>(act: impl FnOnce() -> R) -> R {
    TargetsLock.0.with(|()| act())
}

/// What tells targets apart.
#[derive(PartialEq, Eq)]
struct Identity {
    address: c_uint,
    ipv6: [u8; 16],
    port: c_int,
    functions: *mut ConnFunctions,
    extra: *mut c_void,
}

impl Identity {
    /// # Safety
    /// A target, or what a host asks for.
    unsafe fn of(target: *const TargetInfo) -> Self {
        // SAFETY: fields that do not change.
        unsafe {
            let address = (*target).target;
            Self {
                address,
                // Where there is an address of IPv4, this one means nothing.
                ipv6: if address == 0 { (*target).target_ipv6 } else { [0; 16] },
                port: (*target).port,
                functions: (*target).r#type,
                extra: (*target).extra,
            }
        }
    }

    fn place(&self) -> &'static AtomicPtr<AsyncJob> {
        let mut hash = (self.functions.addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut mix = |word: u64| hash = (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mix(u64::from(self.address) << 32 | u64::from(self.port as u32));
        let (high, low) =
            ((u128::from_ne_bytes(self.ipv6) >> 64) as u64, u128::from_ne_bytes(self.ipv6) as u64);
        mix(high);
        mix(low);
        HTarget.get((hash >> 32) as usize % PLACES).unwrap_or(&HTarget[0])
    }
}

/// The link that leads to a target, and the target; or the link that ends its place of the table, and null.
///
/// # Safety
/// The lock is held; the table's targets are alive.
unsafe fn find(identity: &Identity) -> (*const AtomicPtr<AsyncJob>, *mut AsyncJob) {
    let mut link = identity.place();
    loop {
        let job = link.load(Relaxed);
        // SAFETY: a live target, as the caller promises.
        unsafe {
            if job.is_null() || Identity::of(TargetInfo::of(job)) == *identity {
                return (link, job);
            }
            link = &(*TargetInfo::of(job)).hnext;
        }
    }
}

/// Takes a target out of the table, if nobody uses it and it has no connections. False if not.
///
/// # Safety
/// A target's job, which the calling thread runs.
pub(super) unsafe fn remove(job: *mut AsyncJob) -> bool {
    let target = TargetInfo::of(job);
    // SAFETY: the lock is held.
    locked(|| unsafe {
        if (*target).global_refcnt.load(Relaxed) > 0 || !(*target).conn_tree.load(Relaxed).is_null() {
            return false;
        }
        let (link, found) = find(&Identity::of(target));
        if found != job {
            lost(c_text!("a target that is not in the table of targets"));
        }
        (*link).store((*target).hnext.swap(ptr::null_mut(), Relaxed), Relaxed);
        true
    })
}

/// A target, with a reference: of those that there are, or a new one. Writes which, unless `was_created` is null: 0 one that is in
/// use, 1 a new one, 2 one that was not in use. Null where the type cannot be completed. Any thread may ask. What asks for no
/// address ends the process.
///
/// # Safety
/// `source` is filled in: the address, the port, the type, its extra, and how many connections when. As for
/// [`check_conn_functions`]; the type lives for ever. `was_created` is null or *writable*.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn create_target(source: *mut TargetInfo, was_created: *mut c_int) -> *mut AsyncJob {
    // SAFETY: as the caller promises; in the table, while the lock is held.
    unsafe {
        if check_conn_functions((*source).r#type, 0) < 0 {
            return ptr::null_mut();
        }
        let identity = Identity::of(source);
        if identity.address == 0 && identity.ipv6 == [0; 16] {
            lost(c_text!("create_target: a target without an address"));
        }
        let (job, kind) = locked(|| {
            let (link, there) = find(&identity);
            if there.is_null() {
                let new = new_target(source);
                (*link).store(new, Relaxed);
                return (new, 1);
            }
            let target = TargetInfo::of(there);
            (*target).min_connections.store((*source).min_connections.load(Relaxed), Relaxed);
            (*target).max_connections.store((*source).max_connections.load(Relaxed), Relaxed);
            (*target).reconnect_timeout.store((*source).reconnect_timeout.load());
            job_incref(there);
            (there, if (*target).global_refcnt.fetch_add(1, AcqRel) == 0 { 2 } else { 0 })
        });
        if kind != 0 {
            count(IntCounter::ActiveTargets, 1);
            count(
                if kind == 1 { IntCounter::AllocatedTargets } else { IntCounter::InactiveTargets },
                3 - 2 * kind,
            );
        }
        if !was_created.is_null() {
            *was_created = kind;
        }
        if kind == 1 {
            // Without the lock: the job may run now.
            schedule_job(TAG, job_incref(job));
        }
        job
    }
}

/// The job of a new target, locked, with the caller's reference and the target's own.
///
/// # Safety
/// As for [`create_target`].
unsafe fn new_target(source: *const TargetInfo) -> *mut AsyncJob {
    let signals = allow(CLASS_MAIN, RUN)
        | allow(CLASS_MAIN, ABORT)
        | allow(CLASS_MAIN, ALARM)
        | allow(CLASS_MAIN, FINISH);
    // SAFETY: a new job, whose payload is zeros and this function's alone.
    unsafe {
        let job = new_job(do_conn_target_job, signals, size_of::<TargetInfo>());
        (*job).j_refcnt.store(2, Relaxed);
        let target = TargetInfo::of(job);
        (*target).min_connections.store((*source).min_connections.load(Relaxed), Relaxed);
        (*target).max_connections.store((*source).max_connections.load(Relaxed), Relaxed);
        (*target).reconnect_timeout.store((*source).reconnect_timeout.load());
        (*target).r#type = (*source).r#type;
        (*target).extra = (*source).extra;
        (*target).target = (*source).target;
        (*target).target_ipv6 = (*source).target_ipv6;
        (*target).port = (*source).port;
        (*target).next_reconnect = (*source).next_reconnect;
        (*target).next_reconnect_timeout = (*source).next_reconnect_timeout;
        (*target).custom_field = (*source).custom_field;
        (*target).global_refcnt.store(1, Relaxed);
        job
    }
}
