//! Statements on what people decide. A value set again to what it is changes nothing and leaves no line of history.

use super::statements;

statements! {
    ALIAS = "SELECT item FROM sku_alias WHERE merchant = ?1 AND connection = ?2 AND sku = ?3";
    PUT_ALIAS = "INSERT INTO sku_alias (merchant, connection, sku, item) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (merchant, connection, sku) DO UPDATE SET item = ?4 WHERE item <> ?4";
    ALIAS_HISTORY = "INSERT INTO sku_alias_history (merchant, connection, sku, item, actor, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    CARRIER_ALIAS = "SELECT code FROM carrier_alias WHERE merchant = ?1 AND connection = ?2 AND carrier = ?3";
    PUT_CARRIER_ALIAS = "INSERT INTO carrier_alias (merchant, connection, carrier, code) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (merchant, connection, carrier) DO UPDATE SET code = ?4 WHERE code <> ?4";
    CARRIER_ALIAS_HISTORY = "INSERT INTO carrier_alias_history (merchant, connection, carrier, code, actor, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    CARRIERS = "SELECT code, name FROM carrier WHERE merchant = ?1 AND connection = ?2 ORDER BY position";
    DROP_CARRIERS = "DELETE FROM carrier WHERE merchant = ?1 AND connection = ?2";
    ADD_CARRIER = "INSERT INTO carrier (merchant, connection, position, code, name) VALUES (?1, ?2, ?3, ?4, ?5)";

    SETTING = "SELECT value FROM setting WHERE merchant = ?1 AND key = ?2";
    PUT_SETTING = "INSERT INTO setting (merchant, key, value) VALUES (?1, ?2, ?3)
        ON CONFLICT (merchant, key) DO UPDATE SET value = ?3 WHERE value <> ?3";
    SETTING_HISTORY = "INSERT INTO setting_history (merchant, key, value, actor, at) VALUES (?1, ?2, ?3, ?4, ?5)";
}
