//! Mistakes that the tests must notice, switched on one at a time.
//!
//! A test that cannot fail shows nothing. So the mistakes that would hurt most are written down where they would be made,
//! each behind a question that is `false` at compile time. `cargo xtask planted` builds the tests with the feature `on`,
//! switches the mistakes on one after the other with `CROSSDOCK_PLANTED`, and says which test noticed which.
//!
//! Architecture invariant: nothing but the place that a mistake belongs to asks for it, and no test does.

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A write whose answer was lost goes again at once, without a look (against R6, R7).
    RetryAfterTimeout,
    /// The first look after a doubt comes at once (against R7, fault F05).
    NoHorizon,
    /// One look that finds nothing is enough to send again (against R7, fault F61).
    OneEmptyLook,
    /// A call is handed out before its effects are written down as being sent (against R2).
    SendBeforeWrite,
    /// What was being sent when the process died is sent again at the start (against R9).
    RearmAtStart,
    /// An effect that the connector says nothing about counts as done (against R5).
    DropRowOutcome,
    /// A move of an effect that somebody else has moved already counts as made (against R10).
    EpochIgnored,
    /// The calls that were made before a restart are forgotten (against F11).
    WindowForgotten,
    /// A window takes one call more than is published.
    WindowOneMore,
    /// A poll begins exactly where the last one began (fault F20).
    NoOverlap,
    /// A poll's watermark is the moment of its end, not of its beginning.
    WatermarkAtEnd,
    /// The cliff guard lets everything pass.
    GuardOff,
    /// A stock push in doubt is sent again with its old figures (fault F77).
    RepeatLostPush,
    /// A call leaves after its send deadline (against R4).
    DeadlineIgnored,
    /// A callback that could not be stored is answered 200 (against P1).
    HintUnstored,
    /// A callback needs no secret in its path.
    TokenUnchecked,
    /// Channels show the last pieces too.
    BufferForgotten,
    /// What is sold and not yet in the warehouse is not taken off (fault F75).
    DemandForgotten,
    /// A kit is promised by its most plentiful component.
    KitByLargest,
    /// An order that was cancelled before it was released is released all the same (fault F52).
    CancelIgnored,
    /// A SKU that is not mapped goes to the warehouse as it is.
    UnknownSkuAsItem,
    /// A document that was overtaken by a newer one replaces it (fault F23).
    OlderDocumentWins,
    /// A parcel's units all go to the first line of their item, however many that has.
    ParcelByFirstLine,
    /// A carrier that is not on the list becomes the list's first.
    CarrierByLikeness,
    /// An order's lines are not compared after they were written (against R12).
    SkipReadBack,
    /// An order that is being picked may still be written to (against R11).
    StatusUnread,
    /// A row that a partial answer does not mention counts as stored (fault F18).
    MissingRowIsSuccess,
    /// A quote inside a CSV cell is written as it is (fault F66).
    QuotesNotDoubled,
    /// A quote may end a value inside a search clause (fault F69).
    ClauseUnchecked,
    /// Dates of reports are read month first (fault F62).
    MonthFirst,
    /// The last full page of a report is taken for the end.
    PageTooFew,
    /// A web page at HTTP 200 counts as an empty answer of the warehouse (fault F13).
    GarbageIsSuccess,
    /// Of a callback's parameter given twice the last counts (fault F29).
    ParameterGivenTwice,
    /// At Mirakl an order is shipped first and its tracking number written afterwards.
    ShipBeforeTracking,
    /// A stock file that was complete with errors counts as taken whole (fault F18).
    ErrorsInFileIgnored,
    /// Only the first page of Mirakl's orders is read.
    FirstPageOnly,
    /// A refused acceptance counts as accepted.
    RefusalIsSuccess,
    /// A 429 is tried again at once (fault F11).
    WaitIgnored,
    /// An invoice need not be paid to be released.
    UnpaidReleased,
    /// A webhook's signature is not compared (fault F25).
    SignatureUnchecked,
    /// GraphQL's errors are not read (fault F14).
    ErrorsBesideDataIgnored,
    /// A commit is answered before it is on the disk (against P1).
    NormalSync,
    /// A failed job leaves half of its changes behind.
    SavepointKept,
    /// A journal line does not carry the hash of the line before.
    ChainBroken,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 44] = [
        Self::RetryAfterTimeout,
        Self::NoHorizon,
        Self::OneEmptyLook,
        Self::SendBeforeWrite,
        Self::RearmAtStart,
        Self::DropRowOutcome,
        Self::EpochIgnored,
        Self::WindowForgotten,
        Self::WindowOneMore,
        Self::NoOverlap,
        Self::WatermarkAtEnd,
        Self::GuardOff,
        Self::RepeatLostPush,
        Self::DeadlineIgnored,
        Self::HintUnstored,
        Self::TokenUnchecked,
        Self::BufferForgotten,
        Self::DemandForgotten,
        Self::KitByLargest,
        Self::CancelIgnored,
        Self::UnknownSkuAsItem,
        Self::OlderDocumentWins,
        Self::ParcelByFirstLine,
        Self::CarrierByLikeness,
        Self::SkipReadBack,
        Self::StatusUnread,
        Self::MissingRowIsSuccess,
        Self::QuotesNotDoubled,
        Self::ClauseUnchecked,
        Self::MonthFirst,
        Self::PageTooFew,
        Self::GarbageIsSuccess,
        Self::ParameterGivenTwice,
        Self::ShipBeforeTracking,
        Self::ErrorsInFileIgnored,
        Self::FirstPageOnly,
        Self::RefusalIsSuccess,
        Self::WaitIgnored,
        Self::UnpaidReleased,
        Self::SignatureUnchecked,
        Self::ErrorsBesideDataIgnored,
        Self::NormalSync,
        Self::SavepointKept,
        Self::ChainBroken,
    ];

    /// The name under which it is switched on.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RetryAfterTimeout => "retry-after-timeout",
            Self::NoHorizon => "no-horizon",
            Self::OneEmptyLook => "one-empty-look",
            Self::SendBeforeWrite => "send-before-write",
            Self::RearmAtStart => "rearm-at-start",
            Self::DropRowOutcome => "drop-row-outcome",
            Self::EpochIgnored => "epoch-ignored",
            Self::WindowForgotten => "window-forgotten",
            Self::WindowOneMore => "window-one-more",
            Self::NoOverlap => "no-overlap",
            Self::WatermarkAtEnd => "watermark-at-end",
            Self::GuardOff => "guard-off",
            Self::RepeatLostPush => "repeat-lost-push",
            Self::DeadlineIgnored => "deadline-ignored",
            Self::HintUnstored => "hint-unstored",
            Self::TokenUnchecked => "token-unchecked",
            Self::BufferForgotten => "buffer-forgotten",
            Self::DemandForgotten => "demand-forgotten",
            Self::KitByLargest => "kit-by-largest",
            Self::CancelIgnored => "cancel-ignored",
            Self::UnknownSkuAsItem => "unknown-sku-as-item",
            Self::OlderDocumentWins => "older-document-wins",
            Self::ParcelByFirstLine => "parcel-by-first-line",
            Self::CarrierByLikeness => "carrier-by-likeness",
            Self::SkipReadBack => "skip-read-back",
            Self::StatusUnread => "status-unread",
            Self::MissingRowIsSuccess => "missing-row-is-success",
            Self::QuotesNotDoubled => "quotes-not-doubled",
            Self::ClauseUnchecked => "clause-unchecked",
            Self::MonthFirst => "month-first",
            Self::PageTooFew => "page-too-few",
            Self::GarbageIsSuccess => "garbage-is-success",
            Self::ParameterGivenTwice => "parameter-given-twice",
            Self::ShipBeforeTracking => "ship-before-tracking",
            Self::ErrorsInFileIgnored => "errors-in-file-ignored",
            Self::FirstPageOnly => "first-page-only",
            Self::RefusalIsSuccess => "refusal-is-success",
            Self::WaitIgnored => "wait-ignored",
            Self::UnpaidReleased => "unpaid-released",
            Self::SignatureUnchecked => "signature-unchecked",
            Self::ErrorsBesideDataIgnored => "errors-beside-data-ignored",
            Self::NormalSync => "normal-sync",
            Self::SavepointKept => "savepoint-kept",
            Self::ChainBroken => "chain-broken",
        }
    }

    /// What goes wrong.
    pub const fn what(self) -> &'static str {
        match self {
            Self::RetryAfterTimeout => {
                "A write whose answer was lost goes again at once, without a look (against R6, R7)."
            }
            Self::NoHorizon => "The first look after a doubt comes at once (against R7, fault F05).",
            Self::OneEmptyLook => "One look that finds nothing is enough to send again (against R7, fault F61).",
            Self::SendBeforeWrite => {
                "A call is handed out before its effects are written down as being sent (against R2)."
            }
            Self::RearmAtStart => "What was being sent when the process died is sent again at the start (against R9).",
            Self::DropRowOutcome => "An effect that the connector says nothing about counts as done (against R5).",
            Self::EpochIgnored => {
                "A move of an effect that somebody else has moved already counts as made (against R10)."
            }
            Self::WindowForgotten => "The calls that were made before a restart are forgotten (against F11).",
            Self::WindowOneMore => "A window takes one call more than is published.",
            Self::NoOverlap => "A poll begins exactly where the last one began (fault F20).",
            Self::WatermarkAtEnd => "A poll's watermark is the moment of its end, not of its beginning.",
            Self::GuardOff => "The cliff guard lets everything pass.",
            Self::RepeatLostPush => "A stock push in doubt is sent again with its old figures (fault F77).",
            Self::DeadlineIgnored => "A call leaves after its send deadline (against R4).",
            Self::HintUnstored => "A callback that could not be stored is answered 200 (against P1).",
            Self::TokenUnchecked => "A callback needs no secret in its path.",
            Self::BufferForgotten => "Channels show the last pieces too.",
            Self::DemandForgotten => "What is sold and not yet in the warehouse is not taken off (fault F75).",
            Self::KitByLargest => "A kit is promised by its most plentiful component.",
            Self::CancelIgnored => {
                "An order that was cancelled before it was released is released all the same (fault F52)."
            }
            Self::UnknownSkuAsItem => "A SKU that is not mapped goes to the warehouse as it is.",
            Self::OlderDocumentWins => "A document that was overtaken by a newer one replaces it (fault F23).",
            Self::ParcelByFirstLine => {
                "A parcel's units all go to the first line of their item, however many that has."
            }
            Self::CarrierByLikeness => "A carrier that is not on the list becomes the list's first.",
            Self::SkipReadBack => "An order's lines are not compared after they were written (against R12).",
            Self::StatusUnread => "An order that is being picked may still be written to (against R11).",
            Self::MissingRowIsSuccess => "A row that a partial answer does not mention counts as stored (fault F18).",
            Self::QuotesNotDoubled => "A quote inside a CSV cell is written as it is (fault F66).",
            Self::ClauseUnchecked => "A quote may end a value inside a search clause (fault F69).",
            Self::MonthFirst => "Dates of reports are read month first (fault F62).",
            Self::PageTooFew => "The last full page of a report is taken for the end.",
            Self::GarbageIsSuccess => "A web page at HTTP 200 counts as an empty answer of the warehouse (fault F13).",
            Self::ParameterGivenTwice => "Of a callback's parameter given twice the last counts (fault F29).",
            Self::ShipBeforeTracking => {
                "At Mirakl an order is shipped first and its tracking number written afterwards."
            }
            Self::ErrorsInFileIgnored => {
                "A stock file that was complete with errors counts as taken whole (fault F18)."
            }
            Self::FirstPageOnly => "Only the first page of Mirakl's orders is read.",
            Self::RefusalIsSuccess => "A refused acceptance counts as accepted.",
            Self::WaitIgnored => "A 429 is tried again at once (fault F11).",
            Self::UnpaidReleased => "An invoice need not be paid to be released.",
            Self::SignatureUnchecked => "A webhook's signature is not compared (fault F25).",
            Self::ErrorsBesideDataIgnored => "GraphQL's errors are not read (fault F14).",
            Self::NormalSync => "A commit is answered before it is on the disk (against P1).",
            Self::SavepointKept => "A failed job leaves half of its changes behind.",
            Self::ChainBroken => "A journal line does not carry the hash of the line before.",
        }
    }

    /// The package that it would be made in.
    pub const fn home(self) -> &'static str {
        match self {
            Self::RetryAfterTimeout
            | Self::NoHorizon
            | Self::OneEmptyLook
            | Self::SendBeforeWrite
            | Self::RearmAtStart
            | Self::DropRowOutcome
            | Self::WindowForgotten
            | Self::WindowOneMore
            | Self::NoOverlap
            | Self::WatermarkAtEnd
            | Self::RepeatLostPush
            | Self::HintUnstored
            | Self::TokenUnchecked
            | Self::UnknownSkuAsItem => "crossdock-engine",
            Self::EpochIgnored | Self::NormalSync | Self::SavepointKept | Self::ChainBroken => "crossdock-store-sqlite",
            Self::GuardOff
            | Self::BufferForgotten
            | Self::DemandForgotten
            | Self::KitByLargest
            | Self::CancelIgnored
            | Self::OlderDocumentWins
            | Self::ParcelByFirstLine
            | Self::CarrierByLikeness => "crossdock-flow",
            Self::DeadlineIgnored => "crossdock-transport",
            Self::SkipReadBack
            | Self::StatusUnread
            | Self::MissingRowIsSuccess
            | Self::QuotesNotDoubled
            | Self::ClauseUnchecked
            | Self::MonthFirst
            | Self::PageTooFew
            | Self::GarbageIsSuccess
            | Self::ParameterGivenTwice => "crossdock-peoplevox",
            Self::ShipBeforeTracking
            | Self::ErrorsInFileIgnored
            | Self::FirstPageOnly
            | Self::RefusalIsSuccess
            | Self::WaitIgnored => "crossdock-mirakl",
            Self::UnpaidReleased | Self::SignatureUnchecked | Self::ErrorsBesideDataIgnored => "crossdock-marketplacer",
        }
    }
}

/// Whether this mistake is switched on: never, unless the feature is on.
#[cfg(not(feature = "on"))]
pub const fn on(_: Bug) -> bool {
    false
}

/// Whether this mistake is switched on in this process.
#[cfg(feature = "on")]
pub fn on(bug: Bug) -> bool {
    static CHOSEN: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var("CROSSDOCK_PLANTED").ok());
    chosen.as_deref() == Some(bug.name())
}

#[cfg(test)]
mod tests {
    use super::Bug;

    #[test]
    fn every_name_is_its_own() {
        for (place, bug) in Bug::ALL.iter().enumerate() {
            assert!(Bug::ALL.iter().skip(place + 1).all(|other| other.name() != bug.name()), "{}", bug.name());
            assert!(!bug.what().is_empty());
        }
    }

    #[test]
    #[cfg(not(feature = "on"))]
    fn nothing_is_on_in_what_ships() {
        assert!(Bug::ALL.iter().all(|bug| !super::on(*bug)));
    }
}
