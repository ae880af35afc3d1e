//! The rules of the protocol that can be taken away, one at a time.

/// A rule of the protocol (`reliability.md` §2.3). Each doc says what happens **without** it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Guard {
    /// R1: one effect per business key, for ever. Without: an event that comes twice is planned twice.
    UniqueKey,
    /// R1: the effect is planned in the transaction that records its cause. Without: a crash falls between the two.
    OneTransaction,
    /// The poll is the truth, a hint only hastens it (fault F21). Without: a lost hint is never made up for.
    Sweep,
    /// R2: "sending" is on the disk before the first byte leaves. Without: a restart does not know that it was sent.
    WriteAhead,
    /// R3: one effect in flight per remote object. Without: two of a kind are told apart by nothing.
    OneInFlight,
    /// R3 for money: what is held keeps its object locked. Without: a late call of the held one is taken for the next one's.
    HeldLocks,
    /// R4: no byte leaves after the deadline. Without: a hub that stood still sends when it wakes.
    SendDeadline,
    /// R5, R6: a lost answer is a doubt. Without: it counts as a failure and is tried again.
    LostIsDoubt,
    /// R7: looks count only after the horizon. Without: a call still on its way is taken for lost.
    Horizon,
    /// R7: "not there" takes two looks. Without: one answer from an old copy is believed.
    SecondLook,
    /// R7: the two looks are apart. Without: both are answered from the same old copy.
    LooksApart,
    /// R8: money in doubt is held. Without: it is sent again once it was not found.
    HoldMoney,
    /// R9: after a restart or a takeover what was being sent is in doubt. Without: it is simply due again.
    RestartDoubts,
    /// R9: after a restart what was being sent is taken up at all. Without: it stays "sending" for ever.
    RestartFinds,
    /// R10: a row moves only from the phase and epoch that were seen. Without: a hub that was replaced writes over it.
    EpochCompare,
    /// R10 between hubs: a row moves only by the hub that has the lease. Without: a hub that was replaced begins a write that
    /// nobody takes up when it dies.
    LeaseFence,
    /// R11: a look goes before every write. Without: what a person did yesterday is done again.
    LookFirst,
    /// R11: a write on an old look waits for a new one. Without: what happened since is not seen.
    FreshLook,
    /// R11: the order's status is read with it. Without: a cancelled order is written to.
    StatusFirst,
    /// R12: an answered write is read back. Without: what the remote silently dropped counts as done.
    ReadBack,
    /// `reliability.md` §2.5: an order is on hold until it was compared. Without: it is picked before its lines are there.
    HoldUntilCompared,
    /// R15: a look takes only what bears our reference. Without: another parcel of the order is taken for this one.
    OwnReference,
    /// Where no reference is stored: only what is new since the look before the write is ours. Without: what a person did
    /// before is taken for it.
    Baseline,
    /// Where no reference is stored: what one effect adopted no other may adopt. Without: a baseline from an old copy
    /// misses the one before.
    AdoptOnce,
    /// Fault F52: what was taken back writes no more. Without: an order is written after its cancellation was known.
    WithdrawnStops,
    /// Fault F52: a cancellation that came too late is told to a person. Without: the order stays there in silence.
    LateCancelTold,
    /// R14: after a restored backup everything is in doubt. Without: what the backup does not know is done again.
    RestoreDoubts,
    /// `reliability.md` §2.4 row E: nobody refunds by hand what the hub has under way. Without: both do.
    ManualLock,
}

impl Guard {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::UniqueKey,
        Self::OneTransaction,
        Self::Sweep,
        Self::WriteAhead,
        Self::OneInFlight,
        Self::HeldLocks,
        Self::SendDeadline,
        Self::LostIsDoubt,
        Self::Horizon,
        Self::SecondLook,
        Self::LooksApart,
        Self::HoldMoney,
        Self::RestartDoubts,
        Self::RestartFinds,
        Self::EpochCompare,
        Self::LeaseFence,
        Self::LookFirst,
        Self::FreshLook,
        Self::StatusFirst,
        Self::ReadBack,
        Self::HoldUntilCompared,
        Self::OwnReference,
        Self::Baseline,
        Self::AdoptOnce,
        Self::WithdrawnStops,
        Self::LateCancelTold,
        Self::RestoreDoubts,
        Self::ManualLock,
    ];
}

/// The guards in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guards(u32);

impl Guards {
    /// Every guard.
    pub const fn all() -> Self {
        Self(u32::MAX)
    }

    /// All of these but one.
    #[must_use]
    pub const fn without(self, guard: Guard) -> Self {
        Self(self.0 & !(1 << guard as u32))
    }

    /// Whether a guard is in force.
    pub const fn has(self, guard: Guard) -> bool {
        self.0 & (1 << guard as u32) != 0
    }
}
