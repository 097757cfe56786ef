//! Ranks as texts that sort: between any two there is room for another, so moving one item touches no other.

/// The letters that new ranks are made of, in their order. Other tools' ranks may hold others.
const LOWEST: u8 = b'0';
const HIGHEST: u8 = b'z';

/// A text after `a` and before `b`; nothing stands for no neighbour. None where `a` does not come before `b`, or there is
/// no room, which ranks that are made here never cause.
pub fn between(a: Option<&str>, b: Option<&str>) -> Option<String> {
    let (a, b) = (a.unwrap_or_default().as_bytes(), b.map(str::as_bytes));
    if b.is_some_and(|b| a >= b) {
        return None;
    }
    let mut rank = Vec::new();
    let (mut at, mut is_under) = (0, b);
    loop {
        let low = a.get(at).copied();
        let high = is_under.and_then(|b| b.get(at).copied());
        if is_under.is_some() && high.is_none() {
            // `b` ends here and is what has been written: nothing comes before it but what it begins with.
            return None;
        }
        let floor = low.unwrap_or(LOWEST - 1).max(LOWEST - 1);
        let ceiling = high.unwrap_or(HIGHEST + 1);
        if ceiling > floor + 1 {
            // The middle never is the lowest letter: there must be room before it.
            let middle = floor + (ceiling - floor).div_ceil(2);
            rank.push(middle.clamp(floor + 1, ceiling - 1).max(LOWEST));
            if rank.last() == Some(&LOWEST) {
                rank.push(LOWEST + (HIGHEST - LOWEST) / 2);
            }
            return String::from_utf8(rank).ok();
        }
        match (low, high) {
            (Some(low), Some(high)) if low == high => rank.push(low),
            // Right after `a`, with nothing above any more.
            (Some(low), _) => {
                rank.push(low);
                is_under = None;
            }
            (None, Some(high)) => rank.push(high),
            (None, None) => return None,
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::between;

    #[test]
    fn ends_and_neighbours() {
        assert!(between(Some("b"), Some("a")).is_none() && between(Some("a"), Some("a")).is_none());
        for (a, b) in [
            (None, None),
            (None, Some("1")),
            (Some("z"), None),
            (Some("0|i000ef:"), Some("0|i000eg:")),
            (Some("a"), Some("b")),
            (Some("a"), Some("aU")),
            (Some("az"), Some("b")),
        ] {
            let found = between(a, b).unwrap();
            assert!(
                a.is_none_or(|a| a < found.as_str()) && b.is_none_or(|b| found.as_str() < b),
                "{a:?} {found} {b:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn there_is_always_room(places in prop::collection::vec(any::<prop::sample::Index>(), 1..200)) {
            let mut ranks: Vec<String> = Vec::new();
            for place in places {
                let at = place.index(ranks.len() + 1);
                let before = at.checked_sub(1).map(|n| ranks[n].as_str());
                let rank = between(before, ranks.get(at).map(String::as_str)).unwrap();
                ranks.insert(at, rank);
                prop_assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]), "{ranks:?}");
            }
        }
    }
}
