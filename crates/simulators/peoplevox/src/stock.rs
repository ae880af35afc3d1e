//! Units per item and site (contracts/peoplevox.md §4.1). Pure arithmetic: effects and events are the warehouse's job.

/// Units of one item at one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level {
    /// Row of `Sites`.
    pub site: usize,
    pub on_hand: i64,
    /// Allocated to orders and not despatched.
    pub allocated: i64,
}

impl Level {
    /// What may still be allocated: never below zero.
    pub(crate) fn available(&self) -> i64 {
        (self.on_hand - self.allocated).max(0)
    }
}

/// Units of every item. An item's number is its row in `Item types`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stock {
    levels: Vec<Vec<Level>>,
}

impl Stock {
    /// The sites at which an item is kept, in order of preference.
    pub(crate) fn levels(&self, item: usize) -> &[Level] {
        self.levels.get(item).map_or(&[], Vec::as_slice)
    }

    /// The level of an item at a site, made when missing.
    pub(crate) fn level_mut(&mut self, item: usize, site: usize) -> &mut Level {
        if self.levels.len() <= item {
            self.levels.resize(item + 1, Vec::new());
        }
        let levels = &mut self.levels[item];
        let at = levels.iter().position(|level| level.site == site).unwrap_or_else(|| {
            levels.push(Level { site, on_hand: 0, allocated: 0 });
            levels.len() - 1
        });
        &mut levels[at]
    }

    /// Units on hand over all sites.
    pub(crate) fn on_hand(&self, item: usize) -> i64 {
        self.levels(item).iter().map(|level| level.on_hand).sum()
    }

    /// Units allocated over all sites.
    pub(crate) fn allocated(&self, item: usize) -> i64 {
        self.levels(item).iter().map(|level| level.allocated).sum()
    }

    /// Units available over all sites.
    pub(crate) fn available(&self, item: usize) -> i64 {
        self.levels(item).iter().map(Level::available).sum()
    }

    /// Allocates up to `wanted` units and says where they were found.
    pub(crate) fn allocate(&mut self, item: usize, wanted: i64, only: Option<usize>) -> Vec<(usize, i64)> {
        let mut left = wanted;
        let mut found = Vec::new();
        for level in self.levels.get_mut(item).into_iter().flatten() {
            let units = level.available().min(left);
            if units > 0 && only.is_none_or(|site| site == level.site) {
                level.allocated += units;
                left -= units;
                found.push((level.site, units));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_site_serves_when_the_first_is_empty_and_nothing_goes_below_zero() {
        let mut stock = Stock::default();
        stock.level_mut(0, 0).on_hand = 3;
        stock.level_mut(0, 1).on_hand = 2;
        assert_eq!(stock.allocate(0, 4, None), [(0, 3), (1, 1)]);
        assert_eq!(stock.available(0), 1);
        assert_eq!(stock.allocate(0, 4, Some(0)), []);
        stock.level_mut(0, 0).on_hand = 0;
        assert_eq!((stock.available(0), stock.allocated(0), stock.on_hand(0)), (1, 4, 2));
        assert_eq!(stock.allocate(9, 1, None), []);
    }
}
