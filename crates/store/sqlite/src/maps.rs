//! What people decide: SKU aliases, carriers, settings; with history.

use crossdock_model::Carrier;
use crossdock_store::{Maps, MapsMut, StoreError};
use jiff::Timestamp;
use rusqlite::params;

use crate::sql::map as sql;
use crate::tx::{SqlTx, micros};

impl Maps for SqlTx<'_> {
    fn alias(&self, connection: &str, sku: &str) -> Result<Option<String>, StoreError> {
        self.one(sql::ALIAS, params![self.merchant, connection, sku], |row| row.get(0))
    }

    fn carrier_alias(&self, connection: &str, carrier: &str) -> Result<Option<String>, StoreError> {
        let carrier = carrier.to_lowercase();
        self.one(sql::CARRIER_ALIAS, params![self.merchant, connection, carrier], |row| row.get(0))
    }

    fn carriers(&self, connection: &str) -> Result<Vec<Carrier>, StoreError> {
        self.all(sql::CARRIERS, params![self.merchant, connection], |row| {
            Ok(Carrier { code: row.get(0)?, name: row.get(1)? })
        })
    }

    fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.one(sql::SETTING, params![self.merchant, key], |row| row.get(0))
    }
}

impl MapsMut for SqlTx<'_> {
    fn put_alias(
        &mut self,
        connection: &str,
        sku: &str,
        item: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if self.run(sql::PUT_ALIAS, params![self.merchant, connection, sku, item])? > 0 {
            let line = params![self.merchant, connection, sku, item, actor, micros(now)];
            self.run(sql::ALIAS_HISTORY, line)?;
        }
        Ok(())
    }

    fn put_carrier_alias(
        &mut self,
        connection: &str,
        carrier: &str,
        code: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let carrier = carrier.to_lowercase();
        if self.run(sql::PUT_CARRIER_ALIAS, params![self.merchant, connection, carrier, code])? > 0 {
            let line = params![self.merchant, connection, carrier, code, actor, micros(now)];
            self.run(sql::CARRIER_ALIAS_HISTORY, line)?;
        }
        Ok(())
    }

    fn put_carriers(&mut self, connection: &str, carriers: &[Carrier]) -> Result<(), StoreError> {
        if self.carriers(connection)? == carriers {
            return Ok(());
        }
        self.run(sql::DROP_CARRIERS, params![self.merchant, connection])?;
        for (carrier, position) in carriers.iter().zip(0_i64..) {
            self.run(sql::ADD_CARRIER, params![self.merchant, connection, position, carrier.code, carrier.name])?;
        }
        Ok(())
    }

    fn put_setting(&mut self, key: &str, value: &str, actor: &str, now: Timestamp) -> Result<(), StoreError> {
        if self.run(sql::PUT_SETTING, params![self.merchant, key, value])? > 0 {
            let line = params![self.merchant, key, value, actor, micros(now)];
            self.run(sql::SETTING_HISTORY, line)?;
        }
        Ok(())
    }
}
