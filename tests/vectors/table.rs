// SPDX-License-Identifier: LGPL-2.0-or-later
//! A recorded table: its columns by name.

use std::{collections::HashMap, fmt::Debug, str::FromStr};

use super::notation;

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/c-harness/vectors");

pub(crate) struct Row<'a> {
    columns: &'a HashMap<&'a str, usize>,
    cells: Vec<&'a str>,
    /// File and line of the row, for messages.
    pub(crate) place: String,
}

impl Row<'_> {
    pub(crate) fn text(&self, column: &str) -> &str {
        self.cells[*self.columns.get(column).unwrap_or_else(|| panic!("no column {column}"))]
    }

    pub(crate) fn number<T: FromStr<Err: Debug>>(&self, column: &str) -> T {
        let text = self.text(column);
        text.parse().unwrap_or_else(|error| panic!("{}: {column} is {text:?}: {error:?}", self.place))
    }

    pub(crate) fn bytes(&self, column: &str) -> Vec<u8> {
        notation::bytes(self.text(column))
    }
}

/// Calls `check` with each row of a file. The file must have exactly `count` rows, so that a truncated file fails.
pub(crate) fn replay(file: &str, count: usize, mut check: impl FnMut(&Row)) {
    let text = std::fs::read_to_string(format!("{FOLDER}/{file}.tsv")).expect(file);
    let mut lines = text.lines();
    let head = lines.next().and_then(|line| line.strip_prefix('#')).expect("the column names");
    let columns = head.split('\t').enumerate().map(|(index, name)| (name, index)).collect();
    let mut rows = 0;
    for (index, line) in lines.enumerate() {
        let cells: Vec<_> = line.split('\t').collect();
        check(&Row { columns: &columns, cells, place: format!("{file}.tsv:{}", index + 2) });
        rows += 1;
    }
    assert_eq!(rows, count, "{file}.tsv");
}
