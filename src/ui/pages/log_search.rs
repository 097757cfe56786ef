//! A search in the lines of a log: a piece of them in each frame, so that no log is too long for it.

/// Lines that one frame looks through.
const A_FRAME: usize = 20_000;

#[derive(Default)]
pub struct Search {
    /// What is typed.
    pub text: String,
    /// The line of the hit that was gone to last.
    pub hit: Option<usize>,
    wanted: String,
    hits: Vec<usize>,
    /// How far the lines were looked through.
    looked: usize,
    /// Waits for its first hit.
    is_new: bool,
}

/// From one hit of a search to another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    On,
    Back,
}

impl Step {
    fn from(self, at: Option<usize>, hits: &[usize]) -> Option<usize> {
        let other = at.and_then(|at| match self {
            Self::On => hits.get(hits.partition_point(|hit| *hit <= at)),
            Self::Back => hits[..hits.partition_point(|hit| *hit < at)].last(),
        });
        other.or(if self == Self::Back { hits.last() } else { hits.first() }).copied()
    }
}

impl Search {
    pub fn hits(&self) -> &[usize] {
        &self.hits
    }

    pub const fn is_asked(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// The lines are others now.
    pub fn begin_again(&mut self) {
        self.hits.clear();
        (self.looked, self.hit) = (0, None);
    }

    /// Looks through some more; whether lines are left. The first hit of a new search is gone to.
    pub fn look(&mut self, lines: &[String], scroll_to: &mut Option<usize>) -> bool {
        let typed = self.text.to_lowercase();
        if typed != self.wanted {
            self.wanted = typed;
            self.begin_again();
            self.is_new = true;
        }
        if self.wanted.is_empty() {
            return false;
        }
        let to = lines.len().min(self.looked + A_FRAME);
        for (n, line) in lines.iter().enumerate().take(to).skip(self.looked) {
            if line.to_lowercase().contains(&self.wanted) {
                self.hits.push(n);
            }
        }
        self.looked = to;
        if self.is_new && !self.hits.is_empty() {
            self.is_new = false;
            self.hit = self.hits.first().copied();
            *scroll_to = self.hit;
        }
        to < lines.len()
    }

    pub fn go(&mut self, step: Step) -> Option<usize> {
        self.hit = step.from(self.hit, &self.hits);
        self.hit
    }

    /// The number of the hit that was gone to, from 1.
    pub fn at(&self) -> usize {
        self.hit.and_then(|hit| self.hits.binary_search(&hit).ok()).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_goes_on_and_back_and_round() {
        let hits = [3, 8, 20];
        assert_eq!((Step::On.from(Some(3), &hits), Step::On.from(Some(20), &hits)), (Some(8), Some(3)));
        assert_eq!((Step::Back.from(Some(8), &hits), Step::Back.from(Some(3), &hits)), (Some(3), Some(20)));
        assert_eq!((Step::On.from(None, &[]), Step::On.from(None, &hits)), (None, Some(3)));
    }

    #[test]
    fn a_long_log_is_searched_piece_by_piece() {
        let lines: Vec<String> = (0..A_FRAME * 2 + 10).map(|n| format!("Line {n}")).collect();
        let mut search = Search { text: "line 4".to_owned(), ..Search::default() };
        let (mut scroll, mut frames) = (None, 1);
        while search.look(&lines, &mut scroll) {
            frames += 1;
        }
        assert_eq!((frames, scroll, search.at()), (3, Some(4), 1));
        let expected = lines.iter().filter(|line| line.contains("Line 4")).count();
        assert_eq!(search.hits().len(), expected);
        assert_eq!((search.go(Step::On), search.at()), (Some(40), 2));
        // More lines come, and only they are looked at.
        let more: Vec<String> = lines.iter().cloned().chain(["line 4!".to_owned()]).collect();
        assert!(!search.look(&more, &mut scroll));
        assert_eq!(search.hits().len(), expected + 1);
    }
}
