//! Each value that would do harm, in a file that is good otherwise.

use crate::config::parse;

mod properties;

/// A file with two channels; every line of it is good.
const GOOD: &str = r#"
public_url = "https://hub.example.com"

[merchant]
id = "acme"
name = "Acme Home"
time_zone = "Europe/London"

[peoplevox]
name = "peoplevox"
base_url = "https://wms.example.com"
password = { env = "PVX" }
timeout_seconds = 60
[peoplevox.settings]
client_id = "acme"
username = "hub"
time_zone = "Europe/Paris"
import_time_zone = "UTC"

[[marketplacer]]
name = "outlet"
title = "Outlet"
order_prefix = "OUT-"
base_url = "https://outlet.example.com"
api_key = { env = "MP" }
services = { "Next day" = "DPD-NEXT", Standard = "RM48" }
calendar = { working_days = ["mon", "sat"], cut_off = "14:00", bank_holidays = "england", holidays = ["2026-12-24"] }
[marketplacer.settings]
time_zone = "Europe/Dublin"
[marketplacer.orders]
despatch_within_hours = 48

[[mirakl]]
name = "john-lewis"
title = "John Lewis"
order_prefix = "JLM-"
base_url = "https://operator.example.com"
api_key = { env = "JL" }
timeout_seconds = 30
settings = { preset = "john-lewis" }
[mirakl.stock]
every_seconds = 90
read_back_minutes = 20
buffer = 1
cap = 9
guard_zero_share = 0.3
guard_change_share = 1.0
[mirakl.orders]
poll_seconds = 150
accept_within_hours = 12

[timings]
despatches_seconds = 61
availability_minutes = 16
items_minutes = 361
carriers_minutes = 1441
health_seconds = 301
first_look_back_days = 8
doubt_seconds = 302
overlap_minutes = 11
settle_seconds = 181
"#;

/// What a change of one line is answered with, and the number of that line.
fn refused(old: &str, new: &str) -> (String, usize) {
    assert_eq!(GOOD.matches(old).count(), 1, "{old}");
    let line = GOOD[..GOOD.find(old).unwrap()].matches('\n').count() + 1;
    let told = match parse(&GOOD.replace(old, new)) {
        Err(fault) => fault.to_string(),
        Ok(_) => panic!("`{new}` was taken"),
    };
    (told, line)
}

/// A change of one line is refused where it stands, under its name, with a next step.
fn is_refused(old: &str, new: &str, key: &str) -> String {
    let (told, line) = refused(old, new);
    assert!(told.starts_with(&format!("line {line}, column ")), "`{new}`: {told}");
    assert!(told.contains(key), "`{new}` must name {key}: {told}");
    let steps = ["Write ", "Give ", "Use ", "Choose ", "Remove ", "Name ", "Keep ", "Did you mean "];
    assert!(steps.iter().any(|step| told.contains(&format!(". {step}"))), "`{new}` must say what to do: {told}");
    told
}

#[test]
fn the_good_file_is_good() {
    parse(GOOD).unwrap();
}

#[test]
fn a_zone_that_does_not_exist_is_refused_wherever_it_stands() {
    is_refused("time_zone = \"Europe/London\"", "time_zone = \"Europe/Londn\"", "merchant.time_zone");
    is_refused("import_time_zone = \"UTC\"", "import_time_zone = \"Mars/Base\"", "peoplevox.settings.import_time_zone");
    is_refused("\"Europe/Paris\"", "\"?\"", "peoplevox.settings.time_zone");
    is_refused("\"Europe/Dublin\"", "\"Dublin\"", "marketplacer `outlet`: settings.time_zone");
    is_refused("calendar = {", "calendar = { time_zone = \"Nowhere\",", "marketplacer `outlet`: calendar.time_zone");
}

#[test]
fn a_period_of_nothing_or_of_ages_is_refused() {
    for (key, value) in [
        ("poll_seconds", "150"),
        ("every_seconds", "90"),
        ("read_back_minutes", "20"),
        ("accept_within_hours", "12"),
        ("despatch_within_hours", "48"),
        ("despatches_seconds", "61"),
        ("availability_minutes", "16"),
        ("items_minutes", "361"),
        ("carriers_minutes", "1441"),
        ("health_seconds", "301"),
        ("first_look_back_days", "8"),
        ("doubt_seconds", "302"),
        ("overlap_minutes", "11"),
        ("settle_seconds", "181"),
    ] {
        for absurd in ["0", "100000000"] {
            is_refused(&format!("{key} = {value}\n"), &format!("{key} = {absurd}\n"), key);
        }
    }
    is_refused("timeout_seconds = 60", "timeout_seconds = 0", "peoplevox.timeout_seconds");
    is_refused("timeout_seconds = 30", "timeout_seconds = 4000", "mirakl `john-lewis`: timeout_seconds");
    // A look that is earlier than the last moment at which the call may leave proves nothing.
    is_refused("doubt_seconds = 302", "doubt_seconds = 29", "timings.doubt_seconds");
    is_refused("overlap_minutes = 11", "overlap_minutes = 9", "timings.overlap_minutes");
}

#[test]
fn units_are_never_negative() {
    is_refused("buffer = 1", "buffer = -1", "mirakl `john-lewis`: stock.buffer");
    is_refused("cap = 9", "cap = -1", "mirakl `john-lewis`: stock.cap");
    is_refused("buffer = 1", "buffer = 9223372036854775807", "stock.buffer");
    // Nothing kept back, and nothing shown, are decisions that somebody may take.
    parse(&GOOD.replace("buffer = 1", "buffer = 0").replace("cap = 9", "cap = 0")).unwrap();
}

#[test]
fn the_guards_shares_are_shares() {
    for share in ["-0.1", "1.01", "30.0", "nan", "inf"] {
        is_refused("guard_zero_share = 0.3", &format!("guard_zero_share = {share}"), "stock.guard_zero_share");
        is_refused("guard_change_share = 1.0", &format!("guard_change_share = {share}"), "stock.guard_change_share");
    }
}

#[test]
fn two_connections_never_share_a_name() {
    is_refused("name = \"john-lewis\"", "name = \"outlet\"", "mirakl `outlet`: name");
    is_refused("name = \"john-lewis\"", "name = \"peoplevox\"", "mirakl `peoplevox`: name");
}

#[test]
fn the_prefixes_of_two_channels_never_begin_alike() {
    for alike in ["OUT-", "OUT", "OUT-2", "out-"] {
        let new = format!("order_prefix = \"{alike}\"");
        let told = is_refused("order_prefix = \"JLM-\"", &new, "mirakl `john-lewis`: order_prefix");
        assert!(told.contains("OUT-"), "{told}");
    }
}

#[test]
fn a_prefix_fits_into_the_warehouses_order_number() {
    // `~` marks the numbers that had to be shortened, so no other number may hold one.
    for bad in ["", "JLM-JLM-J", "J L", "JL~", "JL\\\"", "JÖL-", "JL,"] {
        is_refused("order_prefix = \"JLM-\"", &format!("order_prefix = \"{bad}\""), "order_prefix");
    }
    parse(&GOOD.replace("\"JLM-\"", "\"Jl_2./-9\"")).unwrap();
}

#[test]
fn the_public_address_is_an_address_and_nothing_more() {
    let from = "public_url = \"https://hub.example.com\"";
    for bad in [
        "hub.example.com",
        "",
        "/in",
        "ftp://hub.example.com",
        "https://",
        "https://hub.example.com/crossdock",
        "https://hub.example.com/?a=b",
        "https://hub.example.com/#in",
        "https://me:secret@hub.example.com",
        "https://hub.example.com ",
        "http://hub.example.com",
        "http://192.168.1.9:8080",
    ] {
        is_refused(from, &format!("public_url = \"{bad}\""), "public_url");
    }
    for good in [
        "https://hub.example.com/",
        "https://hub.example.com:8443",
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]:80",
    ] {
        parse(&GOOD.replace(from, &format!("public_url = \"{good}\""))).unwrap();
    }
}

#[test]
fn a_calendar_that_cannot_be_kept_is_refused() {
    is_refused("[\"mon\", \"sat\"]", "[]", "marketplacer `outlet`: calendar.working_days");
    is_refused("\"14:00\"", "\"24:30\"", "marketplacer `outlet`: calendar.cut_off");
    is_refused("\"2026-12-24\"", "\"24/12/2026\"", "marketplacer `outlet`: calendar.holidays");
    let (told, line) = refused("\"mon\", \"sat\"", "\"mond\"");
    assert!(told.starts_with(&format!("line {line}, column ")) && told.ends_with("Did you mean `mon`?"), "{told}");
    let (told, _) = refused("bank_holidays = \"england\"", "bank_holidays = \"engand\"");
    assert!(told.ends_with("Did you mean `england`?"), "{told}");
}

#[test]
fn a_service_is_mapped_once_and_to_something_that_the_warehouse_can_hold() {
    let key = "marketplacer `outlet`: services";
    is_refused("Standard = \"RM48\"", "Standard = \" \"", key);
    is_refused("Standard = \"RM48\"", "\" next DAY\" = \"RM48\"", key);
    is_refused("Standard = \"RM48\"", &format!("Standard = \"{}\"", "x".repeat(101)), key);
}

#[test]
fn where_no_seller_accepts_no_time_is_set_for_it() {
    let told = is_refused("despatch_within_hours = 48", "accept_within_hours = 48", "orders.accept_within_hours");
    assert!(told.contains("marketplacer `outlet`") && told.ends_with("Remove it"), "{told}");
}
