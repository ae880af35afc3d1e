//! Invented customers with addresses that look like the United Kingdom's.

use crate::Rng;

const FIRST: [&str; 24] = [
    "Amelia",
    "Oliver",
    "Isla",
    "Harry",
    "Zoë",
    "Jack",
    "Siân",
    "Rhys",
    "Priya",
    "Mohammed",
    "Chloe",
    "Callum",
    "Niamh",
    "Declan",
    "Freya",
    "Angus",
    "Eilidh",
    "Owen",
    "Renée",
    "Tomasz",
    "Agnieszka",
    "Wei",
    "Femi",
    "Beatrix",
];
const LAST: [&str; 24] = [
    "Ashworth",
    "Bickerstaff",
    "Cholmondeley",
    "Davies",
    "Eccleston",
    "Featherstone",
    "Grünwald",
    "Hargreaves",
    "Iqbal",
    "Jenkinson",
    "Kaminski",
    "Llewellyn",
    "MacDonald",
    "Nakamura",
    "O'Brien",
    "Patel",
    "Quill",
    "Rowbotham",
    "St John",
    "Thistlewood",
    "Underhill",
    "Vaughan-Price",
    "Wainwright",
    "Yardley",
];
const STREET: [&str; 16] = [
    "Mill Lane",
    "Station Road",
    "Church Street",
    "Victoria Terrace",
    "The Crescent",
    "Kirkgate",
    "Castle Hill",
    "Harbour View",
    "Queen's Drive",
    "Woodland Avenue",
    "Orchard Close",
    "St Mary's Row",
    "High Street",
    "Park Road",
    "Canal Wharf",
    "Bridge End",
];
/// Town, county, the outward code's area and district range.
const TOWN: [(&str, &str, &str, i64); 16] = [
    ("Leeds", "West Yorkshire", "LS", 19),
    ("Bristol", "", "BS", 16),
    ("Manchester", "Greater Manchester", "M", 40),
    ("Edinburgh", "", "EH", 17),
    ("Cardiff", "", "CF", 15),
    ("Norwich", "Norfolk", "NR", 16),
    ("Exeter", "Devon", "EX", 6),
    ("Glasgow", "", "G", 46),
    ("Belfast", "", "BT", 15),
    ("Brighton", "East Sussex", "BN", 3),
    ("Durham", "County Durham", "DH", 9),
    ("Ipswich", "Suffolk", "IP", 10),
    ("Llandudno", "Conwy", "LL", 30),
    ("Inverness", "Highland", "IV", 3),
    ("Bournemouth", "Dorset", "BH", 11),
    ("Kingston upon Hull", "", "HU", 9),
];

/// A customer of the simulated world.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Customer {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// A relay address below a reserved domain.
    pub email: String,
    /// A number from the range that the regulator keeps for drama.
    pub phone: String,
    /// House and street.
    pub line1: String,
    /// Flat or building, often empty.
    pub line2: String,
    /// Town.
    pub city: String,
    /// County, often empty.
    pub county: String,
    /// Postcode.
    pub postcode: String,
}

/// Invents a customer.
pub(crate) fn invent(rng: &mut Rng, number: u64) -> Customer {
    let first_name = rng.pick(&FIRST).to_owned();
    let last_name = rng.pick(&LAST).to_owned();
    let (city, county, area, districts) = TOWN[rng.index(TOWN.len())];
    let letter = |rng: &mut Rng| char::from(b"ABDEFGHJLNPQRSTUWXYZ"[rng.index(20)]);
    let postcode = format!("{area}{} {}{}{}", rng.between(1, districts), rng.between(1, 9), letter(rng), letter(rng));
    let house = rng.between(1, 240);
    let street = rng.pick(&STREET);
    let (line1, line2) = if rng.chance(0.2) {
        (format!("Flat {}, {house} {street}", rng.between(1, 60)), String::new())
    } else if rng.chance(0.1) {
        (format!("{house} {street}"), "c/o \"The Old Bakery\"".to_owned())
    } else {
        (format!("{house} {street}"), String::new())
    };
    Customer {
        email: format!("buyer-{number:06}@relay.example"),
        phone: format!("07700 900{:03}", rng.between(0, 999)),
        first_name,
        last_name,
        line1,
        line2,
        city: city.to_owned(),
        county: county.to_owned(),
        postcode,
    }
}
