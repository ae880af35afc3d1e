//! Statements on items, kits and demand.

use super::statements;

/// An item in the order in which `stock::item_row` reads it.
macro_rules! columns {
    () => {
        "code, name, barcode, active, available, observed"
    };
}

statements! {
    GET = concat!("SELECT ", columns!(), " FROM item WHERE merchant = ?1 AND code = ?2");
    EXISTS = "SELECT 1 FROM item WHERE merchant = ?1 AND code = ?2";
    COUNT = "SELECT count(*) FROM item WHERE merchant = ?1";
    /// Reads all items: a contained text has no index. Codes that begin with it come first, then short ones.
    SIMILAR = concat!("SELECT ", columns!(), r" FROM item
        WHERE merchant = ?1 AND (code LIKE ?2 ESCAPE '\' OR barcode LIKE ?2 ESCAPE '\' OR name LIKE ?2 ESCAPE '\')
        ORDER BY code LIKE ?3 ESCAPE '\' DESC, code LIKE ?2 ESCAPE '\' DESC, length(code), code LIMIT ?4");
    PUT = "INSERT INTO item (merchant, code, name, barcode, active) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (merchant, code) DO UPDATE SET name = ?3, barcode = ?4, active = ?5
        WHERE (name, barcode, active) IS NOT (?3, ?4, ?5)";

    /// Figures of a stretch of items, in order.
    FIGURES = "SELECT code, available, observed FROM item WHERE merchant = ?1 AND code BETWEEN ?2 AND ?3 ORDER BY code";
    FIGURE = "SELECT code, available, observed FROM item WHERE merchant = ?1 AND code = ?2";
    PUT_FIGURE = "UPDATE item SET available = ?3, observed = ?4 WHERE merchant = ?1 AND code = ?2";

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
