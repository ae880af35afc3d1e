//! Takes an input apart.

/// An input from which parts are cut off at the front. The first bytes make choices, so that a seed's letters say what it
/// tries; when the input is used up, every choice is the first one and every part is empty.
pub(crate) struct Cut<'a>(&'a [u8]);

impl<'a> Cut<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    /// One of several things, by one byte; the letter `a` is the first.
    pub(crate) fn choose<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        assert!(!things.is_empty(), "a choice needs something to choose from");
        let byte = self.0.split_first().map_or(b'a', |(first, rest)| {
            self.0 = rest;
            *first
        });
        &things[usize::from(byte.wrapping_sub(b'a')) % things.len()]
    }

    /// Up to the next line break, which is cut off too.
    pub(crate) fn line(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == b'\n').unwrap_or(self.0.len());
        let (line, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        line
    }

    /// As [`Cut::line`], what is not UTF-8 replaced.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.line()).into_owned()
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// As [`Cut::rest`], what is not UTF-8 replaced.
    pub(crate) fn rest_text(&mut self) -> String {
        String::from_utf8_lossy(self.rest()).into_owned()
    }
}
