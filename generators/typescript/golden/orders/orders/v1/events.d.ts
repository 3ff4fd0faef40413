import * as gen1 from "@nexus-bridge/sdk/gen1";
import { type Zone } from "./inventory.js";
import { type OrderStatus } from "./orders.js";
/** An order was placed in a region. */
export interface OrderCreated {
    region: string;
    orderId: string;
    createdAt?: gen1.Timestamp | undefined;
    /** The language that published this. */
    publishedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `OrderCreated`: everything may be left out. */
export interface OrderCreatedInit {
    readonly region?: string | undefined;
    readonly orderId?: string | undefined;
    readonly createdAt?: gen1.TimestampInit | undefined;
    readonly publishedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** An order was placed in a region. */
export declare const OrderCreated: gen1.MessageType<OrderCreated, OrderCreatedInit>;
/** `OrderCreated` as proto-JSON. */
export declare const OrderCreatedJson: gen1.JsonType<OrderCreated, OrderCreatedInit>;
/** An order went from one state to another. */
export interface OrderStatusChanged {
    region: string;
    status: OrderStatus;
    orderId: string;
    previous: OrderStatus;
    publishedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `OrderStatusChanged`: everything may be left out. */
export interface OrderStatusChangedInit {
    readonly region?: string | undefined;
    readonly status?: OrderStatus | undefined;
    readonly orderId?: string | undefined;
    readonly previous?: OrderStatus | undefined;
    readonly publishedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** An order went from one state to another. */
export declare const OrderStatusChanged: gen1.MessageType<OrderStatusChanged, OrderStatusChangedInit>;
/** `OrderStatusChanged` as proto-JSON. */
export declare const OrderStatusChangedJson: gen1.JsonType<OrderStatusChanged, OrderStatusChangedInit>;
/** The warehouse moved pieces. */
export interface StockMoved {
    sku: string;
    pieces: bigint;
    zone: Zone;
    publishedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `StockMoved`: everything may be left out. */
export interface StockMovedInit {
    readonly sku?: string | undefined;
    readonly pieces?: bigint | undefined;
    readonly zone?: Zone | undefined;
    readonly publishedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** The warehouse moved pieces. */
export declare const StockMoved: gen1.MessageType<StockMoved, StockMovedInit>;
/** `StockMoved` as proto-JSON. */
export declare const StockMovedJson: gen1.JsonType<StockMoved, StockMovedInit>;
/** An order was placed in a region. */
export declare const OrderCreatedTopic: gen1.TopicDescriptor<OrderCreated, OrderCreatedInit, {
    region: string;
}>;
/** An order went from one state to another. */
export declare const OrderStatusChangedTopic: gen1.TopicDescriptor<OrderStatusChanged, OrderStatusChangedInit, {
    region: string;
    status: OrderStatus;
}>;
/** The warehouse moved pieces. */
export declare const StockMovedTopic: gen1.TopicDescriptor<StockMoved, StockMovedInit>;
