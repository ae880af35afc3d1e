//! What may be set up differently from one twin to the next: credentials, limits, and every point that the contract
//! leaves open.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

/// What happens to a request that carries both `Authorization: Bearer` and `MARKETPLACER-API-KEY`
/// (`contracts/marketplacer.md` §1: a secondary source says refused, one client sends both).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BothKeys {
    /// 401.
    Refused,
    /// The key header counts.
    Accepted,
}

/// How `Invoice.order` looks to a seller key. The schema says non-null, so a strict server would null the whole invoice;
/// `contracts/marketplacer.md` §11 asks for null at the path itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forbidden {
    /// Only the field is null.
    NullAtPath,
    /// The null climbs to the nearest nullable parent.
    Bubbles,
}

/// Where REST replies put related objects (`contracts/marketplacer.md` §4.1, "shape caution").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestRelations {
    /// In the top-level `included` list.
    Included,
    /// Inside `relationships.*.data`.
    Inlined,
}

/// The order in which products are listed when a caller asks for none (`contracts/marketplacer.md` §3.1 has defaults for invoices
/// only).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdvertOrder {
    /// As they were made.
    Created,
    /// The last changed first: a list that moves while it is paged.
    RecentlyChanged,
}

/// Settings of a [`crate::MarketplacerTwin`].
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each named after one open question")]
pub struct Options {
    /// The seller's API key.
    pub seller_key: String,
    /// The operator's API key.
    pub operator_key: String,
    /// User and password of the HTTP Basic gate that test instances often have; `None`: no gate.
    pub basic_auth: Option<(String, String)>,
    /// Scopes of the seller key, such as `orders:read`; `None`: everything (`contracts/marketplacer.md` §1, §3.9).
    pub seller_scopes: Option<Vec<String>>,
    /// The instance's own name, sent as `Marketplacer-Vertical`.
    pub vertical: String,
    /// Whether the published limits are enforced (`contracts/marketplacer.md` §8).
    pub limits: bool,
    /// GraphQL requests per source address in 10 s.
    pub per_address: usize,
    /// GraphQL requests per key in 10 s.
    pub per_key: usize,
    /// GraphQL requests of all keys together in 10 s.
    pub per_operator: usize,
    /// REST requests in one second.
    pub rest_per_second: usize,
    /// Whether a refusal carries `Retry-After`.
    pub retry_after: bool,
    /// The status of a refusal: 429 or 503.
    pub refusal_status: u16,
    /// Whether the legacy REST surface answers at all.
    pub rest_enabled: bool,
    /// Both key headers at once.
    pub both_key_headers: BothKeys,
    /// `Invoice.order` for a seller.
    pub forbidden: Forbidden,
    /// Shape of REST replies.
    pub rest_relations: RestRelations,
    /// Whether a second `PUT …/sent` is refused with 422 (else it changes nothing; `contracts/marketplacer.md` §12.11).
    pub double_sent_refused: bool,
    /// `status` inside a mutation payload that carries errors (`contracts/marketplacer.md` §3.9: unknown; 200 was seen).
    pub failure_status: u16,
    /// The share of orders whose payment is reviewed first.
    pub review_share: f64,
    /// The shortest and longest review, in minutes.
    pub review_minutes: (i64, i64),
    /// How long the operator takes to settle a request in which everything was accepted; `None`: only the control call
    /// `approve` does it.
    pub approval_delay: Option<SignedDuration>,
    /// Page size when `first` is missing.
    pub page_default: usize,
    /// The largest GraphQL page.
    pub page_max: usize,
    /// The largest REST page.
    pub rest_page_max: usize,
    /// How long an event waits before its payload is made; changes of the same object meanwhile collapse into it.
    pub webhook_settle: SignedDuration,
    /// Divides the webhook time-out (30 s) and the waits between retries.
    pub webhook_speed: i64,
    /// Whether the HMAC key of a webhook that a seller made is used. `contracts/marketplacer.md` §6.1 has HMAC for operators
    /// only, and does not say what happens otherwise; here the key is taken and nothing is signed.
    pub seller_hmac: bool,
    /// Whether a webhook is disabled when its retries run out (`contracts/marketplacer.md` §6.3: not documented).
    pub disable_after_retries: bool,
    /// How many SKUs are listed a second time on an unpublished advert.
    pub duplicate_skus: usize,
    /// Whether the UnknownEnum fault also puts its flag on invoices of which something awaits dispatch. What it means is
    /// anybody's guess there, so a careful client holds the order; without the switch the fault stays where one can go on.
    pub unknown_flags_on_open: bool,
    /// The instance's zone: times carry its offset, and days are counted in it (`contracts/marketplacer.md` §1 shows +11:00).
    pub zone: TimeZone,
    /// Whether a second seller with a product and an order is there, for an operator's key to see.
    pub second_seller: bool,
    /// The order of products where none is asked for.
    pub advert_order: AdvertOrder,
    /// Whether `quantityAwaitingDispatch` leaves out units under an open cancellation request, and no more can be sent
    /// (`contracts/marketplacer.md` §5.1 has both as separate conditions, and does not say).
    pub awaiting_leaves_out_requests: bool,
    /// Whether an invoice of which a part is cancelled is flagged CANCELLED (`contracts/marketplacer.md` §5.1: "finished parts").
    pub flags_partial_cancellations: bool,
    /// Whether a count over REST ends "without limit" (`contracts/marketplacer.md` §4.3 does not say). Over GraphQL it never
    /// does: there is a switch of its own.
    pub rest_count_clears_infinite: bool,
    /// Whether a bulk stock call with one bad entry keeps the good ones before it answers 422 (`contracts/marketplacer.md` §12.1).
    pub rest_partial_422: bool,
    /// Whether the deprecated `*Cents` fields are gone (`contracts/marketplacer.md` §1, §11.7).
    pub cents_removed: bool,
    /// Whether the Sparse fault also empties nullable fields that decide what happens to an order or a listing, one of them in
    /// each struck reply. A client may hold or ask again then; it must never ship or forget by them.
    pub sparse_deciding: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seller_key: "seller-demo-key".to_owned(),
            operator_key: "operator-demo-key".to_owned(),
            basic_auth: None,
            seller_scopes: None,
            vertical: "kettleandcoral".to_owned(),
            limits: true,
            per_address: 600,
            per_key: 750,
            per_operator: 1_200,
            rest_per_second: 50,
            retry_after: true,
            refusal_status: 429,
            rest_enabled: true,
            both_key_headers: BothKeys::Refused,
            forbidden: Forbidden::NullAtPath,
            rest_relations: RestRelations::Included,
            double_sent_refused: true,
            failure_status: 200,
            review_share: 0.05,
            review_minutes: (10, 40),
            approval_delay: Some(SignedDuration::from_mins(15)),
            page_default: 50,
            page_max: 500,
            rest_page_max: 1_100,
            webhook_settle: SignedDuration::from_secs(1),
            webhook_speed: 1,
            seller_hmac: false,
            disable_after_retries: false,
            duplicate_skus: 0,
            unknown_flags_on_open: false,
            zone: TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC),
            second_seller: true,
            advert_order: AdvertOrder::Created,
            awaiting_leaves_out_requests: false,
            flags_partial_cancellations: false,
            rest_count_clears_infinite: false,
            rest_partial_422: false,
            cents_removed: false,
            sparse_deciding: false,
        }
    }
}
