// SPDX-License-Identifier: LGPL-2.0-or-later
//! A tree of connections that never changes, as other objects of the legacy library read and give it back: who wants another
//! one makes one, which shares what is the same. Who has a reference to its root may read it; a node has one reference to each of
//! its children and one to its connection.
//!
//! Connections are in the order of their addresses, and no node has a greater `y` than its parent: with random ones the tree is
//! about as deep as a balanced one.

use core::{
    ffi::c_int,
    ptr,
    sync::atomic::{
        AtomicI32, AtomicI64,
        Ordering::{AcqRel, Relaxed},
    },
};

use crate::layout::{jobs::AsyncJob, net_connections::ConnectionNode};

/// A tree; null is an empty one.
pub(crate) type Tree = *mut ConnectionNode;

/// What trees need of the edge.
///
/// What all of its functions ask for: a tree is null, or one that the caller has a reference to.
#[derive(Clone, Copy)]
pub(crate) struct Members {
    /// How many nodes there are, of all trees.
    pub(crate) nodes: &'static AtomicI64,
    /// Makes a reference to a connection of a tree.
    pub(crate) take: unsafe fn(*mut AsyncJob),
    /// Takes a reference to a connection over, which it gives up.
    pub(crate) give: unsafe fn(*mut AsyncJob),
}

impl Members {
    /// A node, with one reference. References to the children and to the connection are handed over; without memory they are
    /// given up.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    unsafe fn node(self, left: Tree, right: Tree, x: *mut AsyncJob, y: c_int) -> Option<Tree> {
        // SAFETY: an allocation, which is written before anybody knows it; the references are the caller's.
        unsafe {
            let node: Tree = libc::malloc(size_of::<ConnectionNode>()).cast();
            if node.is_null() {
                self.release(left);
                self.release(right);
                (self.give)(x);
                return None;
            }
            node.write(ConnectionNode { left, right, x, y, refcnt: AtomicI32::new(1) });
            self.nodes.fetch_add(1, Relaxed);
            Some(node)
        }
    }

    /// As [`Self::node`], with the connection of another.
    ///
    /// # Safety
    /// As for all of these functions.
    #[inline(never)]
    unsafe fn copy(self, of: &ConnectionNode, left: Tree, right: Tree) -> Option<Tree> {
        // SAFETY: the same promise; the node has a reference to its connection.
        unsafe {
            (self.take)(of.x);
            self.node(left, right, of.x, of.y)
        }
    }

    /// A tree with a connection more. Its reference is handed over; without memory it is given up.
    ///
    /// # Safety
    /// As for all of these functions; the tree does not have the connection.
    pub(crate) unsafe fn insert(self, tree: Tree, job: *mut AsyncJob, y: c_int) -> Option<Tree> {
        // SAFETY: the same promises.
        unsafe {
            match tree.as_ref() {
                Some(top) if y < top.y && job < top.x => {
                    let left = self.insert(top.left, job, y)?;
                    self.copy(top, left, retain(top.right))
                }
                Some(top) if y < top.y => {
                    let right = self.insert(top.right, job, y)?;
                    self.copy(top, retain(top.left), right)
                }
                _ => match self.split(tree, job) {
                    Some((left, right)) => self.node(left, right, job, y),
                    None => {
                        (self.give)(job);
                        None
                    }
                },
            }
        }
    }

    /// The connections before one, and those after it.
    ///
    /// # Safety
    /// As for all of these functions.
    unsafe fn split(self, tree: Tree, at: *mut AsyncJob) -> Option<(Tree, Tree)> {
        // SAFETY: the same promises.
        unsafe {
            let Some(top) = tree.as_ref() else { return Some((ptr::null_mut(), ptr::null_mut())) };
            let is_after = at < top.x;
            let (before, after) = self.split(if is_after { top.left } else { top.right }, at)?;
            let (whole, copied) = if is_after {
                (before, self.copy(top, after, retain(top.right)))
            } else {
                (after, self.copy(top, retain(top.left), before))
            };
            match copied {
                Some(copied) => Some(if is_after { (whole, copied) } else { (copied, whole) }),
                None => {
                    self.release(whole);
                    None
                }
            }
        }
    }

    /// A tree without one of its connections; `None` without memory.
    ///
    /// # Safety
    /// As for all of these functions; the tree has the connection.
    pub(crate) unsafe fn remove(self, tree: Tree, job: *mut AsyncJob) -> Option<Tree> {
        // SAFETY: the same promises.
        unsafe {
            let Some(top) = tree.as_ref() else { return Some(tree) };
            if job == top.x {
                self.merge(top.left, top.right)
            } else if job < top.x {
                let left = self.remove(top.left, job)?;
                self.copy(top, left, retain(top.right))
            } else {
                let right = self.remove(top.right, job)?;
                self.copy(top, retain(top.left), right)
            }
        }
    }

    /// The connections of two trees, of which the first has the lower addresses.
    ///
    /// # Safety
    /// As for all of these functions.
    unsafe fn merge(self, low: Tree, high: Tree) -> Option<Tree> {
        // SAFETY: the same promises.
        unsafe {
            match (low.as_ref(), high.as_ref()) {
                (None, _) => Some(retain(high)),
                (_, None) => Some(retain(low)),
                (Some(top), Some(other)) if top.y > other.y => {
                    let right = self.merge(top.right, high)?;
                    self.copy(top, retain(top.left), right)
                }
                (_, Some(top)) => {
                    let left = self.merge(low, top.left)?;
                    self.copy(top, left, retain(top.right))
                }
            }
        }
    }

    /// Gives a reference to a tree back. With the last one the tree ends.
    ///
    /// # Safety
    /// As for all of these functions; the reference is handed over.
    pub(crate) unsafe fn release(self, tree: Tree) {
        // SAFETY: the same promises; with the last reference the node is this function's, with its references.
        unsafe {
            // AcqRel: who frees a node has seen the end of what others did with it.
            if tree.is_null() || (*tree).refcnt.fetch_sub(1, AcqRel) != 1 {
                return;
            }
            self.release((*tree).left);
            self.release((*tree).right);
            (self.give)((*tree).x);
            libc::free(tree.cast());
            self.nodes.fetch_sub(1, Relaxed);
        }
    }
}

/// One reference more to a tree, which is returned.
///
/// # Safety
/// `tree` is null, or a tree that is not freed meanwhile.
pub(crate) unsafe fn retain(tree: Tree) -> Tree {
    // SAFETY: as the caller promises.
    if let Some(root) = unsafe { tree.as_ref() } {
        // Relaxed: who publishes a tree publishes what it holds.
        root.refcnt.fetch_add(1, Relaxed);
    }
    tree
}

/// Calls a function with each connection, in the order of their addresses, until it answers false. False if it did.
///
/// # Safety
/// `tree` is null, or a tree that the caller has a reference to.
pub(crate) unsafe fn each(tree: Tree, see: &mut dyn FnMut(*mut AsyncJob) -> bool) -> bool {
    // SAFETY: as the caller promises; a node has references to its children.
    match unsafe { tree.as_ref() } {
        None => true,
        // SAFETY: the same promise.
        Some(node) => unsafe { each(node.left, see) && see(node.x) && each(node.right, see) },
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, vec::Vec};

    use super::*;

    static NODES: AtomicI64 = AtomicI64::new(0);
    /// By number: how many references trees have.
    static REFERENCES: [AtomicI32; 200] = [const { AtomicI32::new(0) }; 200];

    unsafe fn take(job: *mut AsyncJob) {
        REFERENCES[job.addr() / 64].fetch_add(1, Relaxed);
    }

    unsafe fn give(job: *mut AsyncJob) {
        REFERENCES[job.addr() / 64].fetch_sub(1, Relaxed);
    }

    fn job(number: usize) -> *mut AsyncJob {
        ptr::without_provenance_mut(number * 64)
    }

    fn numbers(tree: Tree) -> Vec<usize> {
        let mut seen = Vec::new();
        let mut see = |job: *mut AsyncJob| {
            seen.push(job.addr() / 64);
            true
        };
        // SAFETY: the test's own tree.
        unsafe { assert!(each(tree, &mut see)) };
        seen
    }

    fn depth(tree: Tree) -> usize {
        // SAFETY: the test's own tree.
        unsafe { tree.as_ref() }.map_or(0, |top| {
            for child in [top.left, top.right] {
                // SAFETY: the same.
                assert!(unsafe { child.as_ref() }.is_none_or(|child| child.y <= top.y));
            }
            1 + depth(top.left).max(depth(top.right))
        })
    }

    /// Old trees stay as they were, whatever is made of them, and nothing is left in the end.
    #[test]
    fn trees_hold_what_sets_hold() {
        let members = Members { nodes: &NODES, take, give };
        let (mut seed, mut set) = (1_u64, BTreeSet::new());
        let mut tree: Tree = ptr::null_mut();
        let mut kept: Vec<(Tree, Vec<usize>)> = Vec::new();
        for step in 0..4000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = (seed >> 33) as usize % 199 + 1;
            // SAFETY: the test's own trees.
            unsafe {
                let new = if set.remove(&number) {
                    members.remove(tree, job(number))
                } else {
                    set.insert(number);
                    take(job(number));
                    members.insert(tree, job(number), (seed >> 40) as c_int & 0xff)
                };
                let old = tree;
                tree = new.unwrap();
                if step % 100 == 0 {
                    kept.push((retain(old), numbers(old)));
                }
                members.release(old);
            }
            assert_eq!(numbers(tree), set.iter().copied().collect::<Vec<_>>());
        }
        assert!(depth(tree) < 40, "{} deep", depth(tree));
        for (old, was) in kept {
            assert_eq!(numbers(old), was);
            // SAFETY: one reference each.
            unsafe { members.release(old) };
        }
        assert_eq!(NODES.load(Relaxed), set.len() as i64);
        for (number, count) in REFERENCES.iter().enumerate() {
            assert_eq!(count.load(Relaxed), i32::from(set.contains(&number)), "{number}");
        }
        // SAFETY: the last reference.
        unsafe { members.release(tree) };
        assert_eq!(NODES.load(Relaxed), 0);
        assert!(REFERENCES.iter().all(|count| count.load(Relaxed) == 0));
    }

    #[test]
    fn each_stops_where_it_is_told() {
        static NODES: AtomicI64 = AtomicI64::new(0);
        unsafe fn nothing(_: *mut AsyncJob) {}
        let members = Members { nodes: &NODES, take: nothing, give: nothing };
        // SAFETY: the test's own trees, and null.
        unsafe {
            assert!(each(retain(ptr::null_mut()), &mut |_| false));
            members.release(ptr::null_mut());
            let one = members.insert(ptr::null_mut(), job(1), 5).unwrap();
            let two = members.insert(one, job(2), 5).unwrap();
            let mut calls = 0;
            assert!(!each(two, &mut |_| {
                calls += 1;
                false
            }));
            assert_eq!(calls, 1);
            members.release(one);
            members.release(two);
        }
    }
}
