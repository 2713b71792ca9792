// SPDX-License-Identifier: LGPL-2.0-or-later
//! Messages from messages: clones, splits, unions.

mod raw;
