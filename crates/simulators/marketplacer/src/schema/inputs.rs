//! Input types and enums, in the notation of `objects`.

pub(super) const INPUTS: &[(&str, &str)] = &[
    (
        "InvoiceFilters",
        "awaitingCollection:Boolean awaitingReturn:Boolean buyerEmailAddress:String buyerName:String
         createdSince:ISO8601DateTime createdUntil:ISO8601DateTime externalId:String legacyId:Int notDispatched:Boolean
         orderId:Int paidSince:ISO8601DateTime paidUntil:ISO8601DateTime partialExternalId:String
         remittedSince:ISO8601DateTime remittedUntil:ISO8601DateTime statuses:[InvoiceStatusEnum!]
         updatedSince:ISO8601DateTime updatedUntil:ISO8601DateTime withUnresolvedAnnotationsOfType:ID",
    ),
    ("InvoiceSort", "fields:[InvoiceSortFieldEnum!]! ordering:SortOrderingEnum"),
    ("AdvertsWhereSort", "field:AdvertsWhereSortFieldEnum ordering:SortOrderingEnum"),
    (
        "AdvertFilterInput",
        "brandIds:[ID!] externalId:ExternalIDInput legacyIds:[Int!] q:String status:AdvertStatusEnum taxonIds:[ID!]
         title:String year:Int",
    ),
    (
        "VariantFilterInput",
        "barcodes:[String!] externalId:ExternalIDInput infiniteQuantity:Boolean quantityFrom:Int quantityTo:Int
         skus:[String!] stocked:Boolean",
    ),
    ("ExternalIDInput", "key:String! value:[String!]!"),
    ("KeyValueInput", "key:String! value:String"),
    (
        "ShipmentCreateMutationInput",
        "clientMutationId:String dispatchedAt:ISO8601Date! invoiceId:ID! note:String postageCarrierId:ID!
         shippedFromId:ID shippedItems:[ShippedItemInput!]! trackingNumber:String!",
    ),
    ("ShippedItemInput", "lineItemId:ID! quantity:Int!"),
    (
        "ShipmentUpdateMutationInput",
        "clientMutationId:String dispatchedAt:ISO8601DateTime note:String postageCarrierId:ID shipmentId:ID!
         shippedFromId:ID trackingNumber:String",
    ),
    (
        "ClickAndCollectStatusUpdateMutationInput",
        "clientMutationId:String invoiceId:ID! status:InvoiceClickAndCollectStatusEnum!",
    ),
    ("VariantUpdateMutationInput", "attributes:VariantInput! clientMutationId:String variantId:ID"),
    (
        "VariantInput",
        "barcode:String countOnHand:Int externalId:String externalIds:[KeyValueInput!] id:ID infiniteQuantity:Boolean
         price:Decimal published:Boolean salePrice:Decimal sku:String",
    ),
    ("WebhookCreateMutationInput", "attributes:WebhookCreateInput! clientMutationId:String"),
    (
        "WebhookCreateInput",
        "allowSkip:Boolean concurrentSendLimit:Int enabled:Boolean eventName:WebhookEventEnum headers:JSON
         hmacKey:String maxRetries:Int queryString:String sellerId:ID type:WebhookKlassEnum! url:String!",
    ),
    ("WebhookUpdateMutationInput", "attributes:WebhookInput clientMutationId:String webhookId:ID!"),
    (
        "WebhookInput",
        "allowSkip:Boolean concurrentSendLimit:Int enabled:Boolean eventName:WebhookEventEnum headers:JSON
         hmacKey:String maxRetries:Int queryString:String sellerId:ID type:WebhookKlassEnum url:String",
    ),
    (
        "RefundRequestCreateMutationInput",
        "clientMutationId:String externalIds:[KeyValueInput!] initiatedBy:RefundRequestInitiatorEnum invoiceId:ID!
         lineItems:[RefundRequestLineItemInput!]! metadata:[KeyValueInput!] notes:[RefundRequestNoteInput!]!",
    ),
    (
        "RefundRequestLineItemInput",
        "amountPerItemCents:Int custom:String dispatched:Boolean externalIds:[KeyValueInput!] lineItemId:ID
         metadata:[KeyValueInput!] notes:[RefundRequestNoteInput!] onlyRemittance:Boolean quantity:Int! reason:String
         status:RefundRequestLineItemCreateStatusEnum",
    ),
    ("RefundRequestNoteInput", "adminId:ID attachments:[JSON!] ipAddress:String note:String userId:ID"),
    (
        "RefundRequestReturnMutationInput",
        "clientMutationId:String newLineItems:[RefundRequestLineItemInput!] notes:[RefundRequestNoteInput!]!
         refundRequestId:ID!",
    ),
    (
        "RefundRequestLineItemAcceptMutationInput",
        "clientMutationId:String notes:[RefundRequestNoteInput!]! refundRequestLineItemId:ID!",
    ),
    (
        "RefundRequestLineItemDenyMutationInput",
        "clientMutationId:String denyRefundReason:String! notes:[RefundRequestNoteInput!]! refundRequestLineItemId:ID!",
    ),
    (
        "RefundRequestLineItemReturnMutationInput",
        "clientMutationId:String notes:[RefundRequestNoteInput!]! refundRequestLineItemId:ID!",
    ),
    (
        "RefundRequestFilters",
        "businessName:String buyerEmailAddress:String buyerName:String createdSince:ISO8601DateTime
         createdUntil:ISO8601DateTime invoiceLegacyId:Int invoicePaidAt:ISO8601Date legacyId:Int
         lineItemStatuses:[RefundRequestLineItemStatusEnum!] refundedSince:ISO8601DateTime refundedUntil:ISO8601DateTime
         remitted:Boolean statuses:[RefundRequestStatusEnum!]",
    ),
];

pub(super) const ENUMS: &[(&str, &str)] = &[
    (
        "InvoiceStatusFlagEnum",
        "PAID PAYMENT_UNDER_REVIEW SENT PARTIALLY_SENT AWAITING_RETURN AWAITING_REFUND REFUNDED CANCELLED READY COLLECTED
         REMITTED",
    ),
    (
        "InvoiceStatusEnum",
        "AWAITING_PAYMENT PAID PAYMENT_UNDER_REVIEW SENT PARTIALLY_SENT READY COLLECTED REFUNDED CANCELLED",
    ),
    ("InvoiceSortFieldEnum", "CREATED_AT UPDATED_AT PAID_AT REMITTED_AT STATUS"),
    ("AdvertsWhereSortFieldEnum", "CREATED_AT UPDATED_AT REQUIRES_VETTING_AT VETTING_REJECTED_AT"),
    ("SortOrderingEnum", "ASCENDING DESCENDING"),
    (
        "OrderStatusEnum",
        "NEW CHECKOUT ABANDONED COMPLETE PAYMENT_FAILED PAYMENT_IN_PROGRESS PENDING_REVIEW",
    ),
    ("InvoiceClickAndCollectStatusEnum", "READY COLLECTED"),
    ("DeliveryTypeEnum", "BUY_ONLINE CLICK_AND_COLLECT NO_DISPATCH"),
    ("LineItemStatusEnum", "NEW ALLOCATED REFUNDED CANCELLED"),
    ("LineItemStatusFullEnum", "NEW ALLOCATED SHIPPED REFUNDED CANCELLED"),
    ("PricingModelEnum", "MARKETPLACE WHOLESALE"),
    ("AdvertStatusEnum", "DISPLAYED NOT_DISPLAYED FEATURED"),
    ("AdvertStockStatusEnum", "HAS_STOCK OUT_OF_STOCK"),
    (
        "RefundRequestStatusEnum",
        "AWAITING RETURNED REFUND_ACCEPTED REFUND_DENIED REFUNDED DENIED PROCESSED",
    ),
    (
        "RefundRequestLineItemStatusEnum",
        "PENDING_APPROVAL AWAITING_RETURN REFUND_ACCEPTED REFUND_DENIED REFUNDED",
    ),
    (
        "RefundRequestLineItemCreateStatusEnum",
        "PENDING_APPROVAL AWAITING_RETURN REFUND_ACCEPTED",
    ),
    (
        "RefundRequestNoteStatusEnum",
        "AWAITING RETURNED DENIED PROCESSED PENDING_APPROVAL AWAITING_RETURN REFUND_ACCEPTED REFUND_DENIED REFUNDED",
    ),
    ("RefundRequestInitiatorEnum", "ADMIN SELLER BUYER"),
    ("WebhookEventEnum", "CREATE UPDATE DESTROY"),
    (
        "WebhookKlassEnum",
        "REFUND_REQUEST REFUND_REQUEST_LINE_ITEM REMITTANCE_ADVICE VARIANT INVOICE INVOICE_ANNOTATION COMMISSION_PACKAGE
         ADVERT SHIPMENT RETURN_SHIPMENT SELLER SHIPPING_OPTION OPTION_TYPE OPTION_VALUE PROMOTION TAXON",
    ),
];
