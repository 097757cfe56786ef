//! The lines of the table: runs, and between them the heads of groups, of which some are closed.

use std::collections::BTreeSet;

use crate::metrics::table::RunList;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Its place in the list of rows.
    Run(usize),
    Group(usize),
}

#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// The line of each group's head.
    heads: Vec<usize>,
    /// The list place of each group's first run.
    firsts: Vec<usize>,
    len: usize,
}

impl Lines {
    pub fn new(list: &RunList, closed: &BTreeSet<Option<String>>) -> Self {
        if list.groups.is_empty() {
            return Self { len: list.rows.len(), ..Self::default() };
        }
        let mut lines = Self::default();
        for group in &list.groups {
            lines.heads.push(lines.len);
            lines.firsts.push(group.rows.start);
            lines.len += 1 + if closed.contains(&group.name) { 0 } else { group.rows.len() };
        }
        lines
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn at(&self, line: usize) -> Option<Line> {
        if line >= self.len {
            return None;
        }
        if self.heads.is_empty() {
            return Some(Line::Run(line));
        }
        let group = self.heads.partition_point(|&head| head <= line) - 1;
        Some(match line - self.heads[group] {
            0 => Line::Group(group),
            n => Line::Run(self.firsts[group] + n - 1),
        })
    }

    /// The list places of the runs on some lines.
    pub fn runs(&self, lines: std::ops::Range<usize>) -> impl Iterator<Item = usize> + '_ {
        lines.filter_map(|line| match self.at(line) {
            Some(Line::Run(at)) => Some(at),
            _ => None,
        })
    }

    /// The line of a run by its place in the list; the head of its group where that is closed.
    pub fn line_of(&self, at: usize) -> usize {
        let Some(group) = self.firsts.partition_point(|&first| first <= at).checked_sub(1) else { return at };
        let line = self.heads[group] + 1 + (at - self.firsts[group]);
        let end = self.heads.get(group + 1).copied().unwrap_or(self.len);
        if line < end { line } else { self.heads[group] }
    }

    /// The head of the group that a line belongs to.
    pub fn head_of(&self, line: usize) -> Option<usize> {
        let group = self.heads.partition_point(|&head| head <= line).checked_sub(1)?;
        Some(self.heads[group])
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines};
    use crate::metrics::table::{GroupOfRuns, RunList};

    #[test]
    fn a_closed_group_is_one_line() {
        let group = |name: &str, rows| GroupOfRuns { name: Some(name.to_owned()), rows, failed: 0, running: 0 };
        let list = RunList {
            rows: vec![5, 6, 7, 8, 9],
            groups: vec![group("a", 0..2), group("b", 2..4), group("c", 4..5)],
            ..RunList::default()
        };
        let all = |lines: &Lines| (0..lines.len()).map(|line| lines.at(line).unwrap()).collect::<Vec<_>>();
        let closed = [Some("b".to_owned())].into();
        let lines = Lines::new(&list, &closed);
        use Line::{Group, Run};
        assert_eq!(all(&lines), [Group(0), Run(0), Run(1), Group(1), Group(2), Run(4)]);
        assert_eq!(lines.runs(1..5).collect::<Vec<_>>(), [0, 1]);
        assert_eq!((lines.at(6), lines.head_of(2), lines.head_of(5)), (None, Some(0), Some(4)));
        assert_eq!([0, 1, 2, 3, 4].map(|at| lines.line_of(at)), [1, 2, 3, 3, 5]);
        let plain = Lines::new(&RunList { groups: Vec::new(), ..list }, &closed);
        assert_eq!((plain.len(), plain.at(4), plain.head_of(4)), (5, Some(Run(4)), None));
        assert_eq!(plain.line_of(4), 4);
    }
}
