"""Messages as proto-JSON, with a message inside an Any."""

from acme_orders.shipping.v1 import ParcelDue

import nexus_bridge as nexus

parcel = ParcelDue(warehouse="ham", parcel_id="p-1")
print(nexus.to_json(parcel))

registry = nexus.Registry([ParcelDue])  # the types that an Any may hold
text = nexus.to_json(nexus.Any.pack(parcel), registry=registry)
packed = nexus.from_json(nexus.Any, text, registry=registry)
print(packed.unpack(ParcelDue) == parcel)

try:
    nexus.from_json(ParcelDue, '{"warehouse": 5}')
except nexus.JsonError as error:
    print(error.message)
