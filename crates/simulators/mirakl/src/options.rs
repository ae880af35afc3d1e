//! What kind of operator this twin is: everything that the contract leaves to the operator, or leaves unsaid.
//!
//! Defaults follow the advice of contracts/john-lewis.md §5; a switch exists for every point that §7 lists as unknown.

/// Who accepts an order (PC01 `order_acceptance`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The seller, by OR21.
    Seller,
    /// The marketplace, at once.
    Automatic,
    /// Both are possible there (PC01 `BOTH`); for this shop it is the seller.
    Both,
}

/// Whose goods the shop sells (A01 `model`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// The seller's.
    Marketplace,
    /// The operator's, bought from the seller: prices of offers are purchase prices, and order lines tell both
    /// (contracts/john-lewis.md §2.9).
    Dropship,
}

/// How goods are reported as shipped (PC01 `shipment.multi_shipment`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shipments {
    /// Whole orders, by OR23 and OR24.
    Single,
    /// Several parcels for an order, by ST01 to ST24. OR23 and OR24 still work while an order has no shipment.
    Multi,
}

/// The body of a refusal. Which one the real system sends is open (contracts/john-lewis.md §2.1 "Error bodies").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorShape {
    /// `{"status":400,"message":"…"}`. A documented code (OR21) opens the message.
    Message,
    /// `{"errors":[{"code":"…","field":"…","message":"…"}]}`.
    Errors,
}

/// The status for a `shop_id` that is not the key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignShop {
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
}

/// The switches of a [`MiraklTwin`](crate::MiraklTwin).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent setting of an operator, not a state")]
pub struct Options {
    /// The shop's API key, sent raw in `Authorization` (contracts/john-lewis.md §2.1).
    pub api_key: String,
    /// The shop that the key belongs to.
    pub shop_id: i64,
    /// What is said to a foreign `shop_id`.
    pub foreign_shop: ForeignShop,
    /// The scheme and host of links when a request names none. The real host is unknown (§1).
    pub base_url: String,
    /// Who accepts orders.
    pub acceptance: Acceptance,
    /// Whether OR21 may accept some lines and refuse others. Off: `ORDER_PARTIAL_ACCEPTANCE_DISABLED`.
    pub partial_acceptance: bool,
    /// Single or multi shipment.
    pub shipments: Shipments,
    /// Whether shipping without a tracking number is refused (SH12 `mandatory_tracking`).
    pub mandatory_tracking: bool,
    /// Whether the published call frequencies are enforced (§2.2, §2.4, §2.5, §2.7).
    pub limits: bool,
    /// Whether those of once a day are among them (A01, SH11, SH12, SH21). A demonstration whose shop opens and closes
    /// within the day switches them off.
    pub daily_limits: bool,
    /// Whether each page of OR11 counts as a call. Off: only the first page (`offset` 0) counts.
    pub pages_count: bool,
    /// Whether a 429 carries `Retry-After`.
    pub retry_after: bool,
    /// Whose goods the shop sells.
    pub model: Model,
    /// The shop's own fulfilment centre. An order of any other is not the shop's to accept or to ship.
    pub fulfilment_centre: String,
    /// Whether carriers outside the register are refused (PC01 `disable_seller_alternative_carrier`).
    pub registered_carriers_only: bool,
    /// Minutes for which the operator checks a new order (STAGING) before the seller may decide.
    pub staging_minutes: u32,
    /// Whether prices of a line shrink with its cancelations. Off: they stay, as in the official example of OR11.
    pub net_prices: bool,
    /// Seconds that an import waits, and then runs.
    pub import_seconds: (u32, u32),
    /// The shortest and the longest time from acceptance to SHIPPING, in minutes.
    pub debit_minutes: (u32, u32),
    /// Whether addresses are blank before SHIPPING (PC01 `shipping_and_billing_details_before_acceptance` false).
    pub hidden_addresses: bool,
    /// Hours after which an undecided order is refused. Other operators publish three to five days (§2.3).
    pub auto_refuse_hours: u32,
    /// Days from SHIPPED to RECEIVED.
    pub auto_receive_days: u32,
    /// Days from RECEIVED to CLOSED.
    pub auto_close_days: u32,
    /// By how many seconds OR11 moves `start_update_date` back, "to ensure no orders are missed" (§2.2).
    pub update_widening_seconds: u32,
    /// Codes of the shop's warehouses that a stock file may name. None: every code is an error line.
    pub warehouses: Vec<String>,
    /// Whether every reply has nulls and gaps where the official examples have them (§2.10).
    pub sparse: bool,
    /// Which error body is sent.
    pub error_shape: ErrorShape,
    /// Whether a body-less PUT without `Content-Length` gets 411 (seen at real servers, §2.1). HTTP clients over a socket
    /// send the header by themselves; off so that requests can be handed over in memory.
    pub length_required: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            api_key: "mirakl-demo-key".to_owned(),
            shop_id: 2001,
            foreign_shop: ForeignShop::Forbidden,
            base_url: "https://marketplace.example".to_owned(),
            acceptance: Acceptance::Seller,
            partial_acceptance: false,
            shipments: Shipments::Multi,
            mandatory_tracking: false,
            limits: true,
            daily_limits: true,
            pages_count: true,
            retry_after: true,
            model: Model::Marketplace,
            fulfilment_centre: "DEFAULT".to_owned(),
            registered_carriers_only: false,
            staging_minutes: 0,
            net_prices: false,
            import_seconds: (5, 10),
            debit_minutes: (1, 5),
            hidden_addresses: true,
            auto_refuse_hours: 72,
            auto_receive_days: 7,
            auto_close_days: 115,
            update_widening_seconds: 30,
            warehouses: Vec::new(),
            sparse: false,
            error_shape: ErrorShape::Message,
            length_required: false,
        }
    }
}
