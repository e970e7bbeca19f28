//! The nearest valid word: what somebody meant who wrote another.

/// The nearest of some words by edit distance, if one is near enough to be meant: a third of the word's length.
pub(super) fn nearest<'w>(word: &str, valid: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let written: Vec<char> = word.to_lowercase().chars().collect();
    let room = (written.len() / 3).max(1);
    valid
        .into_iter()
        .map(|candidate| (distance(&written, &candidate.chars().collect::<Vec<_>>()), candidate))
        .filter(|(distance, candidate)| *distance <= room || candidate.starts_with(word) && word.len() >= 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A hint for a wrong word: the nearest one, else all of them where they are few.
pub(super) fn hint<'w>(word: &str, valid: impl IntoIterator<Item = &'w str> + Clone) -> Option<String> {
    if let Some(near) = nearest(word, valid.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let all: Vec<&str> = valid.into_iter().take(MOST + 1).collect();
    let listed = (1..=MOST).contains(&all.len());
    listed.then(|| format!("valid here: {}", all.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")))
}

/// How many words are still worth listing.
const MOST: usize = 24;

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_or_a_slip_is_found_and_another_word_is_not() {
        let words = ["needs", "name", "match"];
        assert_eq!(nearest("nmae", words), Some("name"));
        assert_eq!(nearest("need", words), Some("needs"));
        assert_eq!(nearest("Match", words), Some("match"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(hint("colour", words).as_deref(), Some("valid here: `needs`, `name`, `match`"));
    }

    #[test]
    fn the_start_of_a_long_word_is_enough() {
        assert_eq!(nearest("check", ["checkout-availability"]), Some("checkout-availability"));
    }
}
