//! Object types: `name:Type`, `name(argument:Type):Type`, `$name` for the pair of a cents integer and its formatted text.

/// What every connection takes.
pub(super) const PAGE: &str = "after:String before:String first:Int last:Int";

pub(super) const OBJECTS: &[(&str, &str)] = &[
    (
        "Query",
        "invoices(@page filters:InvoiceFilters sort:InvoiceSort):InvoicesConnection!
         node(id:ID!):Node nodes(ids:[ID!]!):[Node]!
         shipmentCarriers(@page):ShipmentCarrierConnection
         allAdverts(@page requiresVetting:Boolean sort:[AdvertsWhereSort!] updatedSince:ISO8601DateTime
            vetted:Boolean):AllAdvertsConnection!
         advertsWhere(@page brandIds:[ID!] createdSince:ISO8601DateTime createdUntil:ISO8601DateTime
            externalId:ExternalIDInput failedCatalogRuleIds:[ID!] idTitleSkuBarcode:String legacyIds:[Int!] q:String
            rejectedViaVetting:Boolean requiresVetting:Boolean retailerIds:[ID!] sort:[AdvertsWhereSort!]
            status:AdvertStatusEnum stockStatus:AdvertStockStatusEnum taxonIds:[ID!] taxonIdsWithDescendants:[ID!]
            title:String variantBarcodes:[String!] variantSkus:[String!] vetted:Boolean withFailedCatalogRules:Boolean
            withVettingRejectedReason:Boolean):AdvertsConnection!
         variantsWhere(@page advertFilters:AdvertFilterInput variantFilters:VariantFilterInput):VariantConnection!
         apiKeyPrincipal:APIKeyPrincipal
         webhooks(@page):WebhooksConnection webhookEvents(@page webhookId:ID):WebhookEventsConnection
         refundReasons:RefundReason!
         refundRequests(@page filters:RefundRequestFilters sellerId:ID):RefundRequestConnection!",
    ),
    ("Node", "id:ID!"),
    ("AllAdvert", ""),
    (
        "Invoice",
        "id:ID! legacyId:Int! order:Order! seller:Seller! externalIds:[ExternalID!]! metadata:[Metadatum!]!
         createdAt:ISO8601DateTime! updatedAt:ISO8601DateTime! paidAt:ISO8601DateTime remittedAt:ISO8601DateTime
         orderPurgedAt:ISO8601DateTime statusFlags:[InvoiceStatusFlagEnum!]! status:InvoiceStatusEnum!
         buyerFirstName:String buyerSurname:String buyerEmailAddress:String buyerPhone:String
         buyerMessageToSeller:String buyerBillingAddress:Address shippingAddress:Address shippingDescription:String!
         shippingFromLocationMessage(useCity:Boolean):String deliveryType:DeliveryTypeEnum! lineItems:[LineItem!]!
         shipments:[Shipment!]! refundRequests:[RefundRequest!]! $subtotal! $discount! $shippingCost! $taxTotal!
         $taxShipping! $total! $totalIncludingAdjustments! $commissionAmount $merchantFee taxRate:Float
         postageTaxRate:Float externalTaxApplied:Boolean! paymentInstrumentType:String pdfLink:String pdfData:String",
    ),
    (
        "Order",
        "id:ID! legacyId:Int! status:OrderStatusEnum! createdAt:ISO8601DateTime! updatedAt:ISO8601DateTime!
         externalId:String externalIds:[ExternalID!]! metadata:[Metadatum!]! firstName:String surname:String
         companyName:String emailAddress:String phone:String address:Address billingAddress:Address isGift:Boolean
         messageToGiftRecipient:String messageToSeller:String expectedDeliveryDate:ISO8601DateTime
         expectedDeliverySlot:String $subtotal! $discount! $shippingCost! $taxTotal! $total!",
    ),
    (
        "LineItem",
        "id:ID! legacyId:Int! quantity:Int! quantityAwaitingDispatch:Int quantityReturnable:Int!
         status:LineItemStatusEnum! statusFull:LineItemStatusFullEnum! variantId:ID variantLegacyId:Int
         variantSku:String variantBarcode:String variantName:String advertId:ID advertLegacyId:Int advertCode:String
         advertTitle:String brandName:String variant:Variant advert:Advert externalIds:[ExternalID!]!
         metadata:[Metadatum!]! shipments:[Shipment!] shipment:Shipment pricingModel:PricingModelEnum! $itemAmount!
         $subtotal! $discount! $postage! $taxTotal! $total! taxRate:Float postageTaxRate:Float",
    ),
    (
        "Address",
        "id:ID! address:String! subaddress:String city:String! postcode:String! state:State country:Country!
         fullAddress:String! lat:Float lng:Float location:String mapUrl:String",
    ),
    ("State", "id:ID! short:String! name:String! slug:String! country:Country!"),
    ("Country", "id:ID! code:String! name:String!"),
    (
        "Advert",
        "id:ID! legacyId:Int! title:String! fullTitle:String! code:String externalId:String
         externalIds:[ExternalID!]! metadata:[Metadatum!]! seller:Seller! brand:Brand published:Boolean!
         displayable:Boolean! online:Boolean! vetted:Boolean! requiresVetting:Boolean! vettingRejected:Boolean!
         vettingRejectedReason:String errorMessages:[ErrorMessage!]! hasInvalidVariants:Boolean!
         hasDuplicateBarcodes:Boolean variants(@page displayableOnly:Boolean):VariantConnection!
         createdAt:ISO8601DateTime! updatedAt:ISO8601DateTime! description:String url:String lowestPrice:String
         lowestOriginalPrice:String minPurchaseQuantity:Int maxPurchaseQuantity:Int",
    ),
    (
        "UnpublishedAdvert",
        "id:ID! legacyId:Int! externalIds:[ExternalID!]! updatedAt:ISO8601DateTime! details:Advert!
         variants(@page):AllAdvertVariantConnection!",
    ),
    (
        "DeletedAdvert",
        "id:ID! legacyId:Int! externalIds:[ExternalID!]! updatedAt:ISO8601DateTime!
         variants(@page):AllAdvertVariantConnection!",
    ),
    ("AllAdvertVariant", "id:ID! legacyId:Int!"),
    (
        "Variant",
        "id:ID! legacyId:Int! sku:String barcode:String label:String! externalId:String externalIds:[ExternalID!]!
         metadata:[Metadatum!]! countOnHand:Int! infiniteQuantity:Boolean! published:Boolean! displayable:Boolean!
         buyable:Boolean! advert:AllAdvert! duplicateBarcodeVariants:[Variant!]! createdAt:ISO8601DateTime!
         updatedAt:ISO8601DateTime! lowestPrice:String lowestOriginalPrice:String minPurchaseQuantity:Int
         maxPurchaseQuantity:Int optionValuesInclusiveValid:Boolean! pricingModel:PricingModelEnum! url:String",
    ),
    ("Brand", "id:ID! name:String! slug:String!"),
    (
        "Shipment",
        "id:ID! legacyId:Int! carrier:String! trackingNumber:String! trackingLink:String homepageLink:String note:String
         dispatchedAt:ISO8601DateTime! createdAt:ISO8601DateTime! updatedAt:ISO8601DateTime! shippedFrom:Address
         shippedItems:[ShippedItem!] invoice:Invoice! externalIds:[ExternalID!]! metadata:[Metadatum!]!",
    ),
    ("ShippedItem", "id:ID! lineItem:LineItem! quantity:Int!"),
    ("ShipmentCarrier", "id:ID! name:String! trackingUrl:String homepageUrl:String"),
    (
        "RefundRequest",
        "id:ID! legacyId:Int! status:RefundRequestStatusEnum! initiatedBy:RefundRequestInitiatorEnum invoice:Invoice!
         lineItems:[RefundRequestLineItem!]! notes:[RefundRequestNote!]! createdAt:ISO8601DateTime!
         updatedAt:ISO8601DateTime! refundedAt:ISO8601DateTime externalIds:[ExternalID!]! metadata:[Metadatum!]! $total
         $refundAmount $cashAmount",
    ),
    (
        "RefundRequestLineItem",
        "id:ID! legacyId:Int! lineItem:LineItem quantity:Int! dispatched:Boolean reason:String description:String
         denyRefundReason:String status:RefundRequestLineItemStatusEnum! onlyRemittance:Boolean!
         notes:[RefundRequestNote!]! refundRequest:RefundRequest! externalIds:[ExternalID!]! metadata:[Metadatum!]!
         $amount! $amountPerItem!",
    ),
    (
        "RefundRequestNote",
        "id:ID! note:String timestamp:ISO8601DateTime! newStatus:RefundRequestNoteStatusEnum!
         refundRequest:RefundRequest!",
    ),
    (
        "RefundReason",
        "id:ID! preDispatchRefundReasons:[String!]! postDispatchRefundReasons:[String!]! denyRefundReasons:[String!]!",
    ),
    (
        "Seller",
        "id:ID! legacyId:Int! businessName:String! emailAddress:String! online:Boolean! apiEnabled:Boolean
         accountType:String initiateRefundsEnabled:Boolean refundRequestAllowed:Boolean invoiceDispatchDaysThreshold:Int
         trackingInformationRequiredForBulkDispatch:Boolean shipmentAddresses:[Address!]
         integrationsManagerEnabled:Boolean integrationsManagerUrl:String multiStoreParent:Boolean!
         externalIds:[ExternalID!]! metadata:[Metadatum!]! updatedAt:ISO8601DateTime!",
    ),
    (
        "APIKeyPrincipal",
        "emailAddress:String name:String username:String seller:Seller",
    ),
    (
        "Webhook",
        "id:ID! type:WebhookKlassEnum! eventName:WebhookEventEnum url:String! enabled:Boolean headers:JSON
         legacyFormat:Boolean queryString:String allowSkip:Boolean maxRetries:Int! concurrentSendLimit:Int! seller:Seller
         events:[WebhookEvent!]",
    ),
    (
        "WebhookEvent",
        "id:ID! eventName:String status:String! createdAt:ISO8601DateTime! processedAt:ISO8601DateTime
         sentAt:ISO8601DateTime retryAfter:ISO8601DateTime skipped:Boolean payload:JSON
         responses:[WebhookEventResponse!]",
    ),
    (
        "WebhookEventResponse",
        "id:ID! status:Int! createdAt:ISO8601DateTime! body:JSON headers:JSON",
    ),
    ("ExternalID", "id:ID! key:String! value:String!"),
    (
        "Metadatum",
        "key:String! value:String! createdAt:ISO8601DateTime! updatedAt:ISO8601DateTime!",
    ),
    ("ErrorMessage", "field:String messages:[String!]!"),
    ("ValidationError", "field:String! messages:[String!]!"),
    (
        "PageInfo",
        "hasNextPage:Boolean! hasPreviousPage:Boolean! startCursor:String endCursor:String",
    ),
];

/// Connections and their nodes; the edge types follow from the names.
pub(super) const CONNECTIONS: &[(&str, &str)] = &[
    ("InvoicesConnection", "Invoice"),
    ("ShipmentCarrierConnection", "ShipmentCarrier"),
    ("AllAdvertsConnection", "AllAdvert"),
    ("AdvertsConnection", "Advert"),
    ("VariantConnection", "Variant"),
    ("AllAdvertVariantConnection", "AllAdvertVariant"),
    ("WebhooksConnection", "Webhook"),
    ("WebhookEventsConnection", "WebhookEvent"),
    ("RefundRequestConnection", "RefundRequest"),
];

/// Mutations, and the object beside `status` and `errors` in their payloads.
pub(super) const MUTATIONS: &[(&str, &str)] = &[
    ("shipmentCreate", "shipment:Shipment"),
    ("shipmentUpdate", "shipment:Shipment"),
    ("clickAndCollectStatusUpdate", "invoice:Invoice"),
    ("variantUpdate", "variant:Variant"),
    ("webhookCreate", "webhook:Webhook"),
    ("webhookUpdate", "webhook:Webhook"),
    ("refundRequestCreate", "refundRequest:RefundRequest"),
    ("refundRequestReturn", "refundRequest:RefundRequest"),
    ("refundRequestLineItemAccept", "refundRequestLineItem:RefundRequestLineItem"),
    ("refundRequestLineItemDeny", "refundRequestLineItem:RefundRequestLineItem"),
    ("refundRequestLineItemReturn", "refundRequestLineItem:RefundRequestLineItem"),
];
