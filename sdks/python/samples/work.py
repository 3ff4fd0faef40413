"""Work that must not get lost: acknowledged publishes, a consumer that is remembered, and a value that is kept."""

import asyncio

from acme_orders.shipping.v1 import DocksFree, DocksFreeTopic, ParcelDue, ParcelDueTopic

import nexus_bridge as nexus


async def pack(link: nexus.Link) -> None:
    async with link.subscribe(ParcelDueTopic, consumer="packer", ack="manual") as parcels:
        # Returns when the router holds it; a lost link in between is made good for.
        for parcel in ("p-1", "p-2"):
            await link.publish(ParcelDueTopic, ParcelDue(warehouse="ham", parcel_id=parcel))
        packed = 0
        async for item in parcels:
            if isinstance(item, nexus.Gap):
                print(f"lost {item.count}, {item.reason}")
                continue
            parcel = item.value.parcel_id
            if parcel == "p-1" and not item.redelivered:
                print("later", parcel)
                item.nack(delay=0.05)
                continue
            print("packed", parcel)
            item.ack()
            packed += 1
            if packed == 2:
                break


async def count_docks(link: nexus.Link) -> None:
    await link.publish(DocksFreeTopic, DocksFree(warehouse="ham", docks=3))
    async with link.subscribe(DocksFreeTopic.matching(warehouse="ham")) as items:
        item = await anext(items)
        if isinstance(item, nexus.Event):
            print("free docks", item.value.docks, item.retained)
    await link.clear_retained(DocksFreeTopic, DocksFree(warehouse="ham"))


async def main() -> None:
    async with nexus.connect() as link:
        await pack(link)
        await count_docks(link)


asyncio.run(main())
