//! SaveData (contracts/peoplevox.md §2.6, §3.3, §6.2).

use sim_core::effect_log::kind;
use sim_peoplevox::{LineKey, Options, UnknownItem};

use crate::harness::{ITEM, OTHER, Sim, quiet};

/// One column of one order, through GetData.
fn value(sim: &mut Sim, number: &str, column: &str) -> String {
    let reply = sim.get("Sales orders", 1, 0, &format!("SalesOrderNumber.Equals(\"{number}\")"));
    let header = reply.lines()[0].to_owned();
    let at = header.split(',').position(|name| name.trim_matches('"') == column).unwrap();
    reply.lines()[1].split("\",\"").nth(at).unwrap().trim_matches('"').to_owned()
}

#[test]
fn the_sample_of_the_contract_answers_as_the_contract_says() {
    // §10
    let mut sim = Sim::new();
    sim.save("Purchase orders", "PurchaseOrderNumber,Supplier\nPO-1,S\n", 0);
    let csv = format!("PurchaseOrderNumber,ItemCode,Quantity,CostPrice&#10;PO-1,{ITEM},2,10.00");
    let reply = sim.call(
        "SaveData",
        &format!("<saveRequest><TemplateName>Purchase order items</TemplateName><CsvData>{csv}</CsvData><Action>0</Action></saveRequest>"),
    );
    assert!(
        reply.body.contains(
            "<SaveDataResult><ResponseId>0</ResponseId><TotalCount>1</TotalCount><Detail /><Statuses>\
             <IntegrationStatusResponse><Reference>PO-1</Reference><Status>Success</Status>\
             </IntegrationStatusResponse></Statuses>"
        ),
        "{}",
        reply.body
    );
}

#[test]
fn good_rows_stay_when_others_fail() {
    // §2.6 partial: ResponseId −1 and TotalCount > 0
    let mut sim = Sim::new();
    let long = "x".repeat(101);
    let csv = format!(
        "\r\nSalesOrderNumber,ShippingAddressLine1,TotalSale\r\nA,1 High Street,10\r\nB,{long},10\r\nC,comma, in street,10\r\n\"D\",\"2 Mill, Lane\",\"x\"\r\nE,,\r\n"
    );
    let reply = sim.save("Sales orders", &csv, 0);
    assert_eq!((reply.id.as_str(), reply.total.as_str()), ("-1", "2"));
    let rows: Vec<(&str, &str)> = reply.rows.iter().map(|(r, s)| (r.as_str(), s.as_str())).collect();
    assert_eq!(rows, [("A", "Success"), ("B", "Error"), ("C", "Error"), ("D", "Error"), ("E", "Success")]);
    assert!(reply.detail.contains("ShippingAddressLine1 is longer than 100 characters"), "{}", reply.detail);
    assert_eq!(sim.get("Sales orders", 1, 0, "").total, "2");

    let none = sim.save("Sales orders", "SalesOrderNumber,TotalSale\nF,much\n", 0);
    assert_eq!((none.id.as_str(), none.total.as_str()), ("-1", "0"));
}

#[test]
fn an_unknown_column_template_or_action_refuses_the_whole_call() {
    let mut sim = Sim::new();
    for (template, csv, action) in [
        ("Sales orders", "SalesOrderNumber,Nope\nA,1\n", 0),
        ("Sales orders", "TotalSale\n1\n", 0),
        ("Sales orders", "SalesOrderNumber,Email,email\nA,b,c\n", 0),
        ("Sales orders", "", 0),
        ("Sales orders", "SalesOrderNumber\nA\n", 3),
        ("Sales Order", "SalesOrderNumber\nA\n", 0),
        ("Despatches", "DespatchNumber\nDES1\n", 0),
    ] {
        let reply = sim.save(template, csv, action);
        assert_eq!((reply.id.as_str(), reply.total.as_str()), ("-1", "0"), "{template} {csv}");
        assert!(reply.detail.starts_with("Simulator : Import - "), "{}", reply.detail);
        assert!(reply.rows.is_empty());
    }
    assert_eq!(sim.get("Sales orders", 1, 0, "").total, "0");
}

#[test]
fn only_columns_present_are_touched_and_an_empty_cell_blanks() {
    // §2.6
    let mut sim = Sim::new();
    sim.save("Sales orders", "SalesOrderNumber,Email,ContactName\nA,a@b.example,Zoë\n", 0);
    sim.save("Sales orders", "SalesOrderNumber,Email\nA,\n", 0);
    assert_eq!(value(&mut sim, "A", "Email"), "");
    assert_eq!(value(&mut sim, "A", "ContactName"), "Zoë");
    sim.save("Sales orders", "SalesOrderNumber,ContactName\nA,Zoë\n", 0);
    let changed: Vec<bool> = sim
        .effects(kind::WAREHOUSE_ORDER_UPDATED)
        .iter()
        .map(|effect| effect.data["changed"].as_bool().unwrap())
        .collect();
    assert_eq!(changed, [true, false]);
}

#[test]
fn creation_is_logged_with_reference_hold_and_channel() {
    let mut sim = Sim::new();
    sim.save(
        "Sales orders",
        "SalesOrderNumber,CustomerPurchaseOrderReferenceNumber,ChannelName,OnHold\nA,REF-9,John Lewis,TRUE\n",
        1,
    );
    let effects = sim.effects(kind::WAREHOUSE_ORDER_CREATED);
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0].object, "A");
    assert_eq!(effects[0].data, serde_json::json!({"reference": "REF-9", "on_hold": true, "channel": "John Lewis"}));
}

#[test]
fn status_can_only_be_imported_as_cancelled() {
    // §3.3
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 2)]);
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber,Status\nA,Despatched\n", 0).id, "-1");
    assert_eq!(sim.status("A"), "Allocated");
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber,Status\nA,\n", 0).id, "0");
    assert_eq!(sim.status("A"), "Allocated");
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber,Status\nA,Cancelled\n", 0).id, "0");
    assert_eq!(sim.status("A"), "Cancelled");
    assert_eq!(sim.available(ITEM), 30);
    sim.save("Sales orders", "SalesOrderNumber,OnHold\nA,FALSE\n", 0);
    assert_eq!((sim.status("A").as_str(), sim.available(ITEM)), ("Cancelled", 30));
}

#[test]
fn sending_a_line_again_edits_it_and_never_removes_others() {
    // §2.6, §3.3
    let mut sim = Sim::new();
    sim.order("A", true, &[(ITEM, 2), (OTHER, 1)]);
    sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode,QuantityOrdered,Line\nA,{ITEM},5,1\n"), 0);
    sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode,QuantityOrdered,Line\nA,{ITEM},5,1\n"), 0);
    let reply = sim.get("Sales order items", 1, 0, r#"SalesOrderNumber.Equals("A")"#);
    assert_eq!(reply.total, "2");
    assert!(reply.lines()[1].starts_with(&format!("\"A\",\"{ITEM}\",\"5\",")), "{}", reply.detail);
    assert_eq!((sim.available(ITEM), sim.available(OTHER)), (25, 29));
    let updates: Vec<_> = sim.effects(kind::WAREHOUSE_LINE_UPDATED).into_iter().map(|e| e.data).collect();
    assert_eq!(
        updates,
        [
            serde_json::json!({"item": ITEM, "quantity": 5, "line": "1", "changed": true}),
            serde_json::json!({"item": ITEM, "quantity": 5, "line": "1", "changed": false}),
        ]
    );
    assert_eq!(sim.effects(kind::WAREHOUSE_LINE_CREATED).len(), 2);
}

#[test]
fn two_lines_of_one_item_are_two_lines_only_where_line_is_the_key() {
    let csv = format!("SalesOrderNumber,ItemCode,QuantityOrdered,Line\nA,{ITEM},1,1\nA,{ITEM},2,2\n");
    for (line_key, lines, left) in [(LineKey::Item, "1", 28), (LineKey::Line, "2", 27)] {
        let mut sim = Sim::with(Options { line_key, ..quiet() });
        sim.save("Sales orders", "SalesOrderNumber,OnHold\nA,TRUE\n", 0);
        assert_eq!(sim.save("Sales order items", &csv, 0).total, "2");
        assert_eq!(sim.get("Sales order items", 1, 0, "").total, lines);
        assert_eq!(sim.available(ITEM), left);
    }
}

#[test]
fn an_unknown_item_vanishes_in_silence_or_fails_its_row() {
    // §6.2; requirement A068
    let csv = format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},1\nA,JL-1-NVY,1\n");
    for (unknown_item, id, second) in [(UnknownItem::Dropped, "0", "Success"), (UnknownItem::RowError, "-1", "Error")] {
        let mut sim = Sim::with(Options { unknown_item, ..quiet() });
        assert_eq!(sim.save("Sales orders", "SalesOrderNumber\nA\n", 1).id, "0");
        let reply = sim.save("Sales order items", &csv, 1);
        assert_eq!(reply.id, id);
        assert_eq!(reply.rows, [("A".into(), "Success".into()), ("A".into(), second.to_owned())]);
        assert_eq!(sim.get("Sales order items", 1, 0, "").total, "1");
    }
    let mut sim = Sim::new();
    sim.save("Sales orders", "SalesOrderNumber\nA\n", 1);
    let inactive = sim.get("Item types", 1, 1, r#"ItemCode.StartsWith("~D~")"#);
    let inactive = inactive.lines()[1][1..].split('"').next().unwrap().to_owned();
    sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{inactive},1\n"), 0);
    assert_eq!(sim.get("Sales order items", 1, 0, "").total, "0");
}

#[test]
fn lines_need_an_order_and_a_quantity() {
    let mut sim = Sim::new();
    sim.save("Sales orders", "SalesOrderNumber\nA\n", 1);
    let csv = format!(
        "SalesOrderNumber,ItemCode,QuantityOrdered\nZ,{ITEM},1\nA,{ITEM},0\nA,{ITEM},\nA,{ITEM},one\n,{ITEM},1\n"
    );
    let reply = sim.save("Sales order items", &csv, 0);
    assert_eq!((reply.id.as_str(), reply.total.as_str(), reply.rows.len()), ("-1", "0", 5));
    assert_eq!(sim.available(ITEM), 30);
}

#[test]
fn action_one_does_not_allocate_and_action_two_deletes() {
    // §2.6
    let mut sim = Sim::new();
    sim.save("Sales orders", "SalesOrderNumber\nA\n", 1);
    let line = format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},4\n");
    sim.save("Sales order items", &line, 1);
    assert_eq!((sim.status("A").as_str(), sim.available(ITEM)), ("New", 30));
    assert!(sim.effects(kind::WAREHOUSE_ORDER_RELEASED).is_empty());
    sim.save("Sales orders", "SalesOrderNumber\nA\n", 0);
    assert_eq!((sim.status("A").as_str(), sim.available(ITEM)), ("Allocated", 26));
    assert_eq!(sim.effects(kind::WAREHOUSE_ORDER_RELEASED).len(), 1);

    let reply = sim.save("Sales order items", &format!("SalesOrderNumber,ItemCode\nA,{ITEM}\n"), 2);
    assert_eq!((reply.id.as_str(), sim.available(ITEM)), ("0", 30));
    sim.save("Sales order items", &line, 0);
    assert_eq!(sim.save("Sales orders", "\"SalesOrderNumber\"\n\"A\"\n", 2).id, "0");
    assert_eq!((sim.get("Sales orders", 1, 0, "").total.as_str(), sim.available(ITEM)), ("0", 30));
    assert_eq!(sim.get("Sales order items", 1, 0, "").total, "0");
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber\nA\n", 2).id, "-1");
}

#[test]
fn an_order_being_picked_takes_header_fields_and_no_line_changes() {
    let mut sim = Sim::with(Options { pack_after: (600, 600), ..quiet() });
    sim.order("A", false, &[(ITEM, 2)]);
    sim.wait(91);
    sim.log_in_again();
    assert_eq!(sim.status("A"), "Picked");
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber,Attribute1\nA,late\n", 0).id, "0");
    assert_eq!(value(&mut sim, "A", "Attribute1"), "late");
    assert_eq!(sim.effects("warehouse_write_during_picking").len(), 1);
    let same = format!("SalesOrderNumber,ItemCode,QuantityOrdered\nA,{ITEM},2\n");
    assert_eq!(sim.save("Sales order items", &same, 0).id, "0");
    assert_eq!(sim.save("Sales order items", &same.replace(",2\n", ",3\n"), 0).id, "-1");
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber,Status\nA,Cancelled\n", 0).id, "-1");
    assert_eq!(sim.save("Sales orders", "SalesOrderNumber\nA\n", 2).id, "-1");
}

#[test]
fn items_have_unique_barcodes_and_make_their_groups() {
    // §3.3
    let mut sim = Sim::new();
    let reply = sim.save("Item types", "ItemCode,Name,Barcode,ItemGroup\nNEW-1,New,111,Winter\nNEW-2,Second,111,\n", 0);
    assert_eq!((reply.id.as_str(), reply.total.as_str()), ("-1", "1"));
    assert_eq!(sim.get("Item type groups", 1, 0, r#"Name == "Winter""#).total, "1");
    assert_eq!(sim.save("Item types", "ItemCode,Barcode,OnHand\nNEW-1,222,99\n", 0).id, "0");
    assert_eq!(sim.save("Item types", "ItemCode,Barcode\nNEW-2,111\n", 0).id, "0");
    assert_eq!(sim.available("NEW-1"), 0);
}

#[test]
fn an_address_without_a_reference_is_new_each_time() {
    // §2.6
    let mut sim = Sim::new();
    for _ in 0..2 {
        sim.save("Customer addresses", "CustomerReference,AddressLine1\nC,x\n", 0);
        sim.save("Customer addresses", "AddressReference,AddressLine1\nR,x\n", 0);
    }
    assert_eq!(sim.get("Customer addresses", 1, 0, "").total, "3");
}
