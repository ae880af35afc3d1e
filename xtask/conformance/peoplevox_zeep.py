#!/usr/bin/env python3
"""Drive a Peoplevox tenant with zeep, a SOAP client that knows nothing of Crossdock or its simulators.

    peoplevox_zeep.py http://127.0.0.1:7301/demo/resources/integrationservicev4.asmx [--wsdl vendor.wsdl]

Loads the service description (the service's own `?wsdl`, or a saved copy with --wsdl), signs in, saves one sales order
with two lines and an awkward address, reads header and lines back and compares every value that was sent, exactly.
Exit status: 0 equal, 1 a difference or a refusal, 2 wrong arguments.

Needs the package `zeep`. Writes an order: never point it at a live tenant.
"""

import argparse
import base64
import csv
import io
import sys

import zeep

NAMESPACE = "{http://www.peoplevox.net/}"
NUMBER = "CONF-1001"
ADDRESS = {
    "SalesOrderNumber": NUMBER,
    "CustomerPurchaseOrderReferenceNumber": "PO & <1001>",
    "ShippingAddressLine1": 'Flat 2, "The Old Mill"',
    "ShippingAddressLine2": "c/o Zoë O'Brien",
    "ShippingAddressCity": "Llanfair-ym-Muallt",
    "ShippingAddressPostcode": "LD2 3DB",
    "ShippingAddressCountry": "United Kingdom",
    "ContactName": "Zoë Brontë",
}


class Refused(Exception):
    """The service answered, and the answer was an error."""


def to_csv(rows):
    """Rows of equal columns as the CSV text of SaveData."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Tenant:
    """A session with one tenant."""

    def __init__(self, url, wsdl, client_id, user, password):
        client = zeep.Client(wsdl or f"{url}?wsdl")
        # The address is given again because a saved description names the vendor's own host.
        self.service = client.create_service(f"{NAMESPACE}IntegrationServiceV4Soap", url)
        encoded = base64.b64encode(password.encode()).decode()
        signed_in = self.call("Authenticate", clientId=client_id, username=user, password=encoded)
        tenant, _, session = signed_in.Detail.partition(",")
        if tenant.lower() != client_id.lower() or not session:
            raise Refused(f"Authenticate: no session in {signed_in.Detail!r}")
        self.header = {"UserSessionCredentials": {"UserId": 0, "ClientId": client_id, "SessionId": session}}

    header = None

    def call(self, operation, **arguments):
        """One call; raises unless ResponseId is 0."""
        if self.header:
            arguments["_soapheaders"] = self.header
        reply = self.service[operation](**arguments)
        if reply.ResponseId != 0:
            raise Refused(f"{operation}: ResponseId {reply.ResponseId}, {reply.Detail}")
        return reply

    def read(self, template, clause, size=50):
        """The rows of a template that match."""
        request = {"TemplateName": template, "PageNo": 1, "ItemsPerPage": size, "SearchClause": clause}
        reply = self.call("GetData", getRequest=request)
        return list(csv.DictReader(io.StringIO(reply.Detail or "")))

    def save(self, template, rows):
        """Imports rows; every one must be reported as stored."""
        request = {"TemplateName": template, "CsvData": to_csv(rows), "Action": 0}
        reply = self.call("SaveData", saveRequest=request)
        statuses = [row.Status for row in reply.Statuses.IntegrationStatusResponse]
        if reply.TotalCount != len(rows) or statuses != ["Success"] * len(rows):
            raise Refused(f"SaveData {template}: TotalCount {reply.TotalCount}, rows {statuses}")


def differences(what, sent, found):
    """One line per value that did not come back as it was sent."""
    if len(sent) != len(found):
        return [f"{what}: sent {len(sent)} rows, read back {len(found)}"]
    return [
        f"{what} {number}, {column}: sent {value!r}, read back {row.get(column)!r}"
        for number, (wanted, row) in enumerate(zip(sent, found), 1)
        for column, value in wanted.items()
        if row.get(column) != value
    ]


def run(tenant):
    """The scenario; returns the differences."""
    codes = [row["ItemCode"] for row in tenant.read("Item types", "") if "~D~" not in row["ItemCode"]]
    if len(codes) < 2:
        raise Refused("GetData Item types: fewer than two items")
    lines = [
        {"SalesOrderNumber": NUMBER, "ItemCode": code, "QuantityOrdered": quantity, "Line": line, "SalePrice": price}
        for code, quantity, line, price in zip(codes, ("2", "1"), ("1", "2"), ("12.50", "0.99"))
    ]
    if tenant.read("Sales orders", f'SalesOrderNumber.Equals("{NUMBER}")'):
        raise Refused(f"there is an order {NUMBER} already")
    tenant.save("Sales orders", [ADDRESS])
    tenant.save("Sales order items", lines)
    clause = f'SalesOrderNumber.Equals("{NUMBER}")'
    stored = sorted(tenant.read("Sales order items", clause), key=lambda row: row.get("Line", ""))
    return differences("header", [ADDRESS], tenant.read("Sales orders", clause)) + differences("line", lines, stored)


def main():
    parser = argparse.ArgumentParser(description="Drive a Peoplevox tenant with zeep.")
    parser.add_argument("url", help="the service, without ?wsdl")
    parser.add_argument("--wsdl", help="a saved service description, in place of the service's own")
    parser.add_argument("--client-id", default="demo")
    parser.add_argument("--user", default="api")
    parser.add_argument("--password", default="demo-password")
    options = parser.parse_args()
    try:
        found = run(Tenant(options.url, options.wsdl, options.client_id, options.user, options.password))
    except (Refused, OSError, zeep.exceptions.Error) as error:
        print(f"{type(error).__name__}: {error}")
        return 1
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
