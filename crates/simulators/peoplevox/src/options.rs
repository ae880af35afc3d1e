//! The switches of the twin. Where the contract leaves a thing open, it is one of these.

use jiff::tz::TimeZone;

/// Which response fields the server knows (contracts/peoplevox.md §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldSet {
    /// With ImportingQueueId, SalesOrdersToDespatchIds and ErrorCode.
    #[default]
    Recent,
    /// Ends after Statuses.
    Y2016,
}

/// How a call over the limit is refused; the true form is unknown (§9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Refusal {
    /// HTTP 429 with `Retry-After` in seconds.
    #[default]
    Http429,
    /// HTTP 503 with `Retry-After` in seconds.
    Http503,
    /// HTTP 200 with `ResponseId` −1.
    ResponseId,
}

/// What becomes of a line whose item code no warehouse knows (§6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownItem {
    /// The row says Success and no line comes into being.
    #[default]
    Dropped,
    /// The row says Error.
    RowError,
}

/// What makes two line rows the same line; the contract only says that re-sending edits (§2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineKey {
    /// The order and the item: an order has one line per item.
    #[default]
    Item,
    /// The order and the `Line` value; rows without `Line` go by their item.
    Line,
    /// Nothing: every row that is sent is a new line, also when it was sent before.
    AlwaysAdd,
}

/// What the rows of a `SaveData` reply are named by. The contract has samples of purchase order items and suppliers only
/// (§2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Statuses {
    /// By the first key of the row: a line by its order's number.
    #[default]
    Key,
    /// A line by its item code.
    ItemReference,
    /// `Statuses` is empty, whatever became of the rows.
    None,
}

/// The order of rows in `GetData`, which has no `OrderBy` (§2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowOrder {
    /// As they were created.
    #[default]
    Created,
    /// Without meaning, but the same at every call.
    Scattered,
}

/// Settings of a [`crate::PeoplevoxTwin`].
#[expect(clippy::struct_excessive_bools, reason = "each is one independent switch of the remote's behaviour")]
#[derive(Debug, Clone)]
pub struct Options {
    /// The tenant, as in the URL path and in `Authenticate`. Compared without case.
    pub client_id: String,
    /// The user.
    pub username: String,
    /// The user's password, in plain.
    pub password: String,
    /// Whether `Authenticate` takes the password in plain (US region) instead of Base64. In that mode a Base64 password
    /// "succeeds" with a session that is invalid from the start (§1.3).
    pub password_plain: bool,
    /// Response fields.
    pub field_set: FieldSet,
    /// Whether 15 calls per 15 seconds are enforced.
    pub limits: bool,
    /// How a call over the limit is refused.
    pub refusal: Refusal,
    /// Minutes without use after which a session ends (§1.4).
    pub session_idle_minutes: i64,
    /// Whether the tenant's `Sales orders` template has the `OnHold` column.
    pub has_on_hold: bool,
    /// Minutes from release to picking, least and most.
    pub pick_after: (i64, i64),
    /// Minutes from picking to the first despatch, least and most.
    pub pack_after: (i64, i64),
    /// Minutes from the first despatch to the second, least and most.
    pub second_parcel_after: (i64, i64),
    /// The share of orders of two or more units that leave in two parcels, by two carriers.
    pub split: f64,
    /// The tenant's zone: import dates are read and report dates shown in it; template exports and webhooks are in UTC
    /// (§3.4; for reports the zone is not stated).
    pub zone: TimeZone,
    /// The zone in which dates in a `SearchClause` are read; `None`: that in which they are shown. It is stated nowhere
    /// (§2.5).
    pub search_zone: Option<TimeZone>,
    /// `\r\n` instead of `\n` in CSV output.
    pub crlf: bool,
    /// Whether report dates have seconds; both forms have been seen (§3.4).
    pub report_seconds: bool,
    /// An anomaly: report pages larger than this (or unlimited) come with an empty `Detail` and a true `TotalCount` (§2.4).
    pub empty_detail_above_page: Option<u32>,
    /// A defect: a literal `YYYY` in the dates of `Sales orders by status` (§3.4).
    pub yyyy_defect: bool,
    /// Unknown item codes on lines.
    pub unknown_item: UnknownItem,
    /// Line identity.
    pub line_key: LineKey,
    /// What the rows of a `SaveData` reply are named by.
    pub statuses: Statuses,
    /// Whether a text over its field's length is cut instead of refused; what the remote does is not stated (§3.3).
    pub truncate: bool,
    /// Seconds from the reply to a `SaveData` to the moment when its rows can be read (§2.6 suspects a queue). Rows whose
    /// form is wrong are refused at once; what else goes wrong by then is told to nobody.
    pub import_delay: i64,
    /// Whether keys (order numbers, item codes, …) that differ only in case are the same, as they are to most SQL servers.
    pub keys_ignore_case: bool,
    /// The order of rows in `GetData`.
    pub row_order: RowOrder,
    /// Packages of one despatch, each with a tracking number of its own (§6.5), if it holds as many units.
    pub packages_per_despatch: usize,
    /// Minutes from a despatch to the moment when its tracking numbers are in the system (§6.4).
    pub late_tracking: i64,
    /// Whether a despatched kit has a row of its own in `Despatch summary` beside those of its components (§4).
    pub kit_parent_row: bool,
    /// Whether an order may be cancelled or deleted after picking and before despatch (§6.2 leaves it open). Off: the row
    /// says Error.
    pub cancel_after_pick: bool,
    /// Whether `GetReportColumns` answers `[A],[B]` instead of `A,B` (§2.2 leaves it open).
    pub bracketed_report_columns: bool,
    /// Whether `postParams` are unescaped once more before use, so that `&amp;` must be sent twice escaped (§5.1).
    pub double_escaped_params: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            client_id: "demo".to_owned(),
            username: "api".to_owned(),
            password: "demo-password".to_owned(),
            password_plain: false,
            field_set: FieldSet::default(),
            limits: true,
            refusal: Refusal::default(),
            session_idle_minutes: 30,
            has_on_hold: true,
            pick_after: (20, 90),
            pack_after: (3, 12),
            second_parcel_after: (30, 180),
            split: 0.15,
            zone: TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC),
            search_zone: None,
            crlf: false,
            report_seconds: false,
            empty_detail_above_page: None,
            yyyy_defect: false,
            unknown_item: UnknownItem::default(),
            line_key: LineKey::default(),
            statuses: Statuses::default(),
            truncate: false,
            import_delay: 0,
            keys_ignore_case: false,
            row_order: RowOrder::default(),
            packages_per_despatch: 1,
            late_tracking: 0,
            kit_parent_row: false,
            cancel_after_pick: false,
            bracketed_report_columns: false,
            double_escaped_params: false,
        }
    }
}
