//! Sales orders and their lines, as the warehouse sees them.

use jiff::Timestamp;

/// Where an order stands. Ids 1, 4 and 9 exist at the remote and are not understood (contracts/peoplevox.md §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    New,
    Allocated,
    Picked,
    Despatched,
    Cancelled,
    PartiallyAllocated,
    PartiallyPicked,
}

impl Status {
    /// Every status.
    pub(crate) const ALL: [Self; 7] = [
        Self::New,
        Self::Allocated,
        Self::Picked,
        Self::Despatched,
        Self::Cancelled,
        Self::PartiallyAllocated,
        Self::PartiallyPicked,
    ];

    /// The number that a search on `Sales orders` uses.
    pub(crate) const fn id(self) -> i64 {
        match self {
            Self::New => 0,
            Self::Allocated => 2,
            Self::Picked => 3,
            Self::Despatched => 5,
            Self::Cancelled => 6,
            Self::PartiallyAllocated => 7,
            Self::PartiallyPicked => 8,
        }
    }

    /// The name on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::Allocated => "Allocated",
            Self::Picked => "Picked",
            Self::Despatched => "Despatched",
            Self::Cancelled => "Cancelled",
            Self::PartiallyAllocated => "Partially allocated",
            Self::PartiallyPicked => "Partially picked",
        }
    }

    /// The status of a name, whatever its case.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name().eq_ignore_ascii_case(name))
    }

    /// Whether pickers have not touched the order yet.
    pub(crate) const fn before_picking(self) -> bool {
        matches!(self, Self::New | Self::Allocated | Self::PartiallyAllocated)
    }
}

/// What a line asks of the stock: the item itself, or one component of a kit.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Row of `Item types`.
    pub item: usize,
    /// Units per unit of the line.
    pub per: i64,
    /// Units allocated and not despatched, by site.
    pub allocated: Vec<(usize, i64)>,
}

impl Part {
    /// Units allocated over all sites.
    pub(crate) fn held(&self) -> i64 {
        self.allocated.iter().map(|(_, units)| units).sum()
    }
}

/// A line. Its number is the row in `Sales order items`.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Row of `Item types`: a plain item or a kit.
    pub item: usize,
    /// Whether the item is a kit, so that its parts are components.
    pub kit: bool,
    /// Units ordered.
    pub ordered: i64,
    /// Units that have left.
    pub despatched: i64,
    pub parts: Vec<Part>,
}

impl Line {
    /// Units of a part that are still to be allocated.
    pub(crate) fn short(&self, part: &Part) -> i64 {
        ((self.ordered - self.despatched) * part.per - part.held()).max(0)
    }

    /// Whether everything still to leave is allocated.
    pub(crate) fn covered(&self) -> bool {
        self.parts.iter().all(|part| self.short(part) == 0)
    }
}

/// A parcel that is packed and waits to leave: line rows and units.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    /// Index into [`crate::carrier::CARRIERS`].
    pub carrier: usize,
    pub lines: Vec<(usize, i64)>,
}

/// An order. Its number is the row in `Sales orders`.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about the order that stands alone")]
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub status: Status,
    pub on_hold: bool,
    /// Whether an import with Action 0 has asked for allocation.
    pub wants_stock: bool,
    /// Whether the order is released for picking: wanted, not on hold, not cancelled.
    pub released: bool,
    /// Whether a test despatches this order by hand, so that the pickers leave it alone.
    pub manual: bool,
    /// The only site it may be served from, if it names one.
    pub site: Option<usize>,
    /// Rows of `Sales order items`.
    pub lines: Vec<usize>,
    /// When it will be picked.
    pub pick_due: Option<Timestamp>,
    /// Parcels that are packed and have not left, in order.
    pub parcels: Vec<Parcel>,
    /// Numbers of its despatches, in order.
    pub despatches: Vec<usize>,
    pub modified: Timestamp,
}

impl Order {
    /// An order without lines.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            status: Status::New,
            on_hold: false,
            wants_stock: false,
            released: false,
            manual: false,
            site: None,
            lines: Vec::new(),
            pick_due: None,
            parcels: Vec::new(),
            despatches: Vec::new(),
            modified: now,
        }
    }
}
