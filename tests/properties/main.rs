//! Properties, checked on generated inputs against second opinions: definitions, direct models of the legacy rules,
//! and libc's own `sscanf`, `strtoll` and `snprintf`.

mod checksum;
mod config;
mod libc_text;
mod procfs;
mod tl;
