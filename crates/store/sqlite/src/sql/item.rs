//! Statements on items, kits and demand.

use super::statements;

/// An item in the order in which `stock::item_row` reads it.
macro_rules! select {
    () => {
        "SELECT i.code, i.name, i.barcode, i.active, f.available, f.observed FROM item i LEFT JOIN figure f ON f.item = i.id "
    };
}

statements! {
    GET = concat!(select!(), "WHERE i.merchant = ?1 AND i.code = ?2");
    EXISTS = "SELECT 1 FROM item WHERE merchant = ?1 AND code = ?2";
    COUNT = "SELECT count(*) FROM item WHERE merchant = ?1";
    /// Reads all items: a contained text has no index. Codes that begin with it come first, then short ones.
    SIMILAR = concat!(select!(), r"WHERE i.merchant = ?1
          AND (i.code LIKE ?2 ESCAPE '\' OR i.barcode LIKE ?2 ESCAPE '\' OR i.name LIKE ?2 ESCAPE '\')
        ORDER BY i.code LIKE ?3 ESCAPE '\' DESC, i.code LIKE ?2 ESCAPE '\' DESC, length(i.code), i.code LIMIT ?4");
    PUT = "INSERT INTO item (merchant, code, name, barcode, active) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (merchant, code) DO UPDATE SET name = ?3, barcode = ?4, active = ?5
        WHERE (name, barcode, active) IS NOT (?3, ?4, ?5)";

    /// Figures of a stretch of items, in order; the index gives code and number.
    FIGURES = "SELECT i.code, i.id, f.available, f.observed FROM item i LEFT JOIN figure f ON f.item = i.id
        WHERE i.merchant = ?1 AND i.code BETWEEN ?2 AND ?3 ORDER BY i.code";
    FIGURE = "SELECT i.code, i.id, f.available, f.observed FROM item i LEFT JOIN figure f ON f.item = i.id
        WHERE i.merchant = ?1 AND i.code = ?2";
    /// What figures depend on, for a stretch of items, in order.
    STOCK = "SELECT i.code, i.active, f.available FROM item i LEFT JOIN figure f ON f.item = i.id
        WHERE i.merchant = ?1 AND i.code BETWEEN ?2 AND ?3 ORDER BY i.code";
    STOCK_OF = "SELECT i.code, i.active, f.available FROM item i LEFT JOIN figure f ON f.item = i.id
        WHERE i.merchant = ?1 AND i.code = ?2";
    FIRST_FIGURE = "INSERT INTO figure (item, merchant, available, observed) VALUES (?1, ?2, ?3, ?4)";
    NEXT_FIGURE = "UPDATE figure SET available = ?3, observed = ?4 WHERE item = ?1 AND merchant = ?2";

    KIT_PARTS = "SELECT kit, component, quantity FROM kit_part WHERE merchant = ?1 AND kit = ?2 ORDER BY component";
    ALL_PARTS = "SELECT kit, component, quantity FROM kit_part WHERE merchant = ?1 ORDER BY kit, component";
    KITS_WITH = "SELECT kit FROM kit_part WHERE merchant = ?1 AND component = ?2 ORDER BY kit";
    HAS_KITS = "SELECT EXISTS (SELECT 1 FROM kit_part WHERE merchant = ?1)";
    DROP_KITS = "DELETE FROM kit_part WHERE merchant = ?1";
    ADD_PART = "INSERT INTO kit_part (merchant, kit, component, quantity) VALUES (?1, ?2, ?3, ?4)";

    DEMAND = "SELECT item, sum(quantity) FROM demand WHERE merchant = ?1 GROUP BY item ORDER BY item";
    DEMAND_OF = "SELECT ifnull(sum(quantity), 0) FROM demand WHERE merchant = ?1 AND item = ?2";
    /// Items whose demand ends with a figure asked for at this moment; relies on `demand_counted`.
    DEMAND_ENDING = "SELECT DISTINCT item FROM demand WHERE merchant = ?1 AND counted_from < ?2 ORDER BY item";
    END_DEMAND = "DELETE FROM demand WHERE merchant = ?1 AND item = ?2 AND counted_from < ?3";
    DEMAND_OF_FLOW = "SELECT item, quantity FROM demand WHERE flow = ?1 AND merchant = ?2 ORDER BY item";
    DROP_DEMAND = "DELETE FROM demand WHERE merchant = ?1 AND item = ?2 AND flow = ?3";
    /// A changed quantity was not counted yet.
    PUT_DEMAND = "INSERT INTO demand (merchant, item, flow, quantity) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (merchant, item, flow) DO UPDATE SET quantity = ?4, counted_from = NULL WHERE quantity <> ?4";
    /// The first sighting counts; later ones would only put the end off.
    DEMAND_COUNTED = "UPDATE demand SET counted_from = ?3 WHERE flow = ?1 AND merchant = ?2 AND counted_from IS NULL";
}
