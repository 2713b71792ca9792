// SPDX-License-Identifier: LGPL-2.0-or-later
//! Legacy object `common/sha1`.

super::sha::sha!(
    "SHA-1", "sha1_finish: not a SHA-1 context", 160, 20:
    sha1_starts, sha1_update, sha1_finish, sha1, sha1_two_chunks
);
