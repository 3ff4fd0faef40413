import * as gen1 from "@nexus-bridge/sdk/gen1";
import { Money, type MoneyInit } from "./money.js";
/** Where an order stands. */
export declare const OrderStatus: {
    readonly UNSPECIFIED: 0;
    readonly PLACED: 1;
    readonly PAID: 2;
    readonly SHIPPED: 3;
    /** Given back to the customer's account. */
    readonly REFUNDED: 4;
};
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus] | (number & {});
export declare const OrderStatusJson: gen1.EnumJson;
export interface Order {
    id: string;
    /** Grows with every change of the order; beyond 2^53 in long-lived systems. */
    revision: bigint;
    status: OrderStatus;
    customer?: Customer | undefined;
    lines: Order_Line[];
    /** Free labels, for example `channel` or `campaign`. */
    labels: Map<string, string>;
    payment?: {
        case: "card";
        value: Card;
    } | {
        case: "invoice";
        value: Invoice;
    } | {
        case: "voucher";
        value: string;
    } | undefined;
    placedAt?: gen1.Timestamp | undefined;
    deliveryEstimate?: gen1.Duration | undefined;
    /** What a customer wrote beside the order, in whatever shape the shop's front end uses. */
    notes?: gen1.JsonObject | undefined;
    giftMessage?: string | undefined;
    signature: Uint8Array;
    /** Pieces of every sku, by warehouse. */
    allocations: Map<bigint, Allocation>;
    /** The language of the service that answered: the example's table is made of it. */
    servedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `Order`: everything may be left out. */
export interface OrderInit {
    readonly id?: string | undefined;
    readonly revision?: bigint | undefined;
    readonly status?: OrderStatus | undefined;
    readonly customer?: CustomerInit | undefined;
    readonly lines?: readonly Order_LineInit[] | undefined;
    readonly labels?: gen1.StringMapInit<string> | undefined;
    readonly payment?: {
        readonly case: "card";
        readonly value: CardInit;
    } | {
        readonly case: "invoice";
        readonly value: InvoiceInit;
    } | {
        readonly case: "voucher";
        readonly value: string;
    } | undefined;
    readonly placedAt?: gen1.TimestampInit | undefined;
    readonly deliveryEstimate?: gen1.DurationInit | undefined;
    readonly notes?: gen1.JsonObject | undefined;
    readonly giftMessage?: string | undefined;
    readonly signature?: Uint8Array | undefined;
    readonly allocations?: gen1.MapInit<bigint, AllocationInit> | undefined;
    readonly servedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const Order: gen1.MessageType<Order, OrderInit>;
/** `Order` as proto-JSON. */
export declare const OrderJson: gen1.JsonType<Order, OrderInit>;
/** One position of an order. */
export interface Order_Line {
    sku: string;
    quantity: number;
    unitPrice?: Money | undefined;
    /** Weight of one piece, in grams. */
    weightGrams: number;
    /** Taken off the price, in percent; absent where nothing was agreed. */
    discountPercent?: number | undefined;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `Order_Line`: everything may be left out. */
export interface Order_LineInit {
    readonly sku?: string | undefined;
    readonly quantity?: number | undefined;
    readonly unitPrice?: MoneyInit | undefined;
    readonly weightGrams?: number | undefined;
    readonly discountPercent?: number | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** One position of an order. */
export declare const Order_Line: gen1.MessageType<Order_Line, Order_LineInit>;
/** `Order_Line` as proto-JSON. */
export declare const Order_LineJson: gen1.JsonType<Order_Line, Order_LineInit>;
export interface Customer {
    id: bigint;
    name: string;
    email: string;
    address?: Address | undefined;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `Customer`: everything may be left out. */
export interface CustomerInit {
    readonly id?: bigint | undefined;
    readonly name?: string | undefined;
    readonly email?: string | undefined;
    readonly address?: AddressInit | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const Customer: gen1.MessageType<Customer, CustomerInit>;
/** `Customer` as proto-JSON. */
export declare const CustomerJson: gen1.JsonType<Customer, CustomerInit>;
export interface Address {
    lines: string[];
    city: string;
    /** ISO 3166-1 alpha-2. */
    countryCode: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `Address`: everything may be left out. */
export interface AddressInit {
    readonly lines?: readonly string[] | undefined;
    readonly city?: string | undefined;
    readonly countryCode?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const Address: gen1.MessageType<Address, AddressInit>;
/** `Address` as proto-JSON. */
export declare const AddressJson: gen1.JsonType<Address, AddressInit>;
export interface Card {
    lastFourDigits: string;
    expiryMonth: number;
    expiryYear: number;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `Card`: everything may be left out. */
export interface CardInit {
    readonly lastFourDigits?: string | undefined;
    readonly expiryMonth?: number | undefined;
    readonly expiryYear?: number | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const Card: gen1.MessageType<Card, CardInit>;
/** `Card` as proto-JSON. */
export declare const CardJson: gen1.JsonType<Card, CardInit>;
export interface Invoice {
    number: string;
    dueAt?: gen1.Timestamp | undefined;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `Invoice`: everything may be left out. */
export interface InvoiceInit {
    readonly number?: string | undefined;
    readonly dueAt?: gen1.TimestampInit | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const Invoice: gen1.MessageType<Invoice, InvoiceInit>;
/** `Invoice` as proto-JSON. */
export declare const InvoiceJson: gen1.JsonType<Invoice, InvoiceInit>;
/** What one warehouse sets aside for an order. */
export interface Allocation {
    pieces: Map<string, number>;
    shelfOffset: number;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `Allocation`: everything may be left out. */
export interface AllocationInit {
    readonly pieces?: gen1.StringMapInit<number> | undefined;
    readonly shelfOffset?: number | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** What one warehouse sets aside for an order. */
export declare const Allocation: gen1.MessageType<Allocation, AllocationInit>;
/** `Allocation` as proto-JSON. */
export declare const AllocationJson: gen1.JsonType<Allocation, AllocationInit>;
export interface GetOrderRequest {
    id: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `GetOrderRequest`: everything may be left out. */
export interface GetOrderRequestInit {
    readonly id?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const GetOrderRequest: gen1.MessageType<GetOrderRequest, GetOrderRequestInit>;
/** `GetOrderRequest` as proto-JSON. */
export declare const GetOrderRequestJson: gen1.JsonType<GetOrderRequest, GetOrderRequestInit>;
export interface WatchOrdersRequest {
    /** Only orders in one of these states; all where it is empty. */
    statuses: OrderStatus[];
    /** At most so many, 0 for the example's default of 3. */
    limit: number;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `WatchOrdersRequest`: everything may be left out. */
export interface WatchOrdersRequestInit {
    readonly statuses?: readonly OrderStatus[] | undefined;
    readonly limit?: number | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const WatchOrdersRequest: gen1.MessageType<WatchOrdersRequest, WatchOrdersRequestInit>;
/** `WatchOrdersRequest` as proto-JSON. */
export declare const WatchOrdersRequestJson: gen1.JsonType<WatchOrdersRequest, WatchOrdersRequestInit>;
export interface PlaceOrderRequest {
    order?: Order | undefined;
    /** Placing the same key twice places one order. */
    idempotencyKey: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `PlaceOrderRequest`: everything may be left out. */
export interface PlaceOrderRequestInit {
    readonly order?: OrderInit | undefined;
    readonly idempotencyKey?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const PlaceOrderRequest: gen1.MessageType<PlaceOrderRequest, PlaceOrderRequestInit>;
/** `PlaceOrderRequest` as proto-JSON. */
export declare const PlaceOrderRequestJson: gen1.JsonType<PlaceOrderRequest, PlaceOrderRequestInit>;
export interface PlaceOrdersSummary {
    accepted: number;
    total?: Money | undefined;
    servedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `PlaceOrdersSummary`: everything may be left out. */
export interface PlaceOrdersSummaryInit {
    readonly accepted?: number | undefined;
    readonly total?: MoneyInit | undefined;
    readonly servedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const PlaceOrdersSummary: gen1.MessageType<PlaceOrdersSummary, PlaceOrdersSummaryInit>;
/** `PlaceOrdersSummary` as proto-JSON. */
export declare const PlaceOrdersSummaryJson: gen1.JsonType<PlaceOrdersSummary, PlaceOrdersSummaryInit>;
export interface ChatMessage {
    text: string;
    sentAt?: gen1.Timestamp | undefined;
    servedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `ChatMessage`: everything may be left out. */
export interface ChatMessageInit {
    readonly text?: string | undefined;
    readonly sentAt?: gen1.TimestampInit | undefined;
    readonly servedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const ChatMessage: gen1.MessageType<ChatMessage, ChatMessageInit>;
/** `ChatMessage` as proto-JSON. */
export declare const ChatMessageJson: gen1.JsonType<ChatMessage, ChatMessageInit>;
/** There is no order with this id. */
export interface OrderNotFound {
    id: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `OrderNotFound`: everything may be left out. */
export interface OrderNotFoundInit {
    readonly id?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** There is no order with this id. */
export declare const OrderNotFound: gen1.MessageType<OrderNotFound, OrderNotFoundInit>;
/** `OrderNotFound` as proto-JSON. */
export declare const OrderNotFoundJson: gen1.JsonType<OrderNotFound, OrderNotFoundInit>;
/** The shop does not take this order. */
export interface OrderRejected {
    idempotencyKey: string;
    why: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds an `OrderRejected`: everything may be left out. */
export interface OrderRejectedInit {
    readonly idempotencyKey?: string | undefined;
    readonly why?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** The shop does not take this order. */
export declare const OrderRejected: gen1.MessageType<OrderRejected, OrderRejectedInit>;
/** `OrderRejected` as proto-JSON. */
export declare const OrderRejectedJson: gen1.JsonType<OrderRejected, OrderRejectedInit>;
/** There is no order with this id. */
export declare const OrderNotFoundError: gen1.ErrorType<OrderNotFound, OrderNotFoundInit>;
/** The shop does not take this order. */
export declare const OrderRejectedError: gen1.ErrorType<OrderRejected, OrderRejectedInit>;
/** Calls `orders.v1.OrderService`. */
export interface OrderServiceClient {
    /** Returns one order, or fails with OrderNotFound. */
    getOrder(request: GetOrderRequestInit, options?: gen1.CallOptions): Promise<Order>;
    /** Streams every order that matches, oldest first. */
    watchOrders(request: WatchOrdersRequestInit, options?: gen1.CallOptions): AsyncIterable<Order>;
    /** Takes a stream of new orders and answers with a summary once the stream ends. */
    placeOrders(requests: gen1.MessageSource<PlaceOrderRequestInit>, options?: gen1.CallOptions): Promise<PlaceOrdersSummary>;
    /** Talks with the shop: each message is answered as it comes. */
    chat(requests: gen1.MessageSource<ChatMessageInit>, options?: gen1.CallOptions): AsyncIterable<ChatMessage>;
}
/** Serves `orders.v1.OrderService`; a method left out answers UNIMPLEMENTED. */
export interface OrderServiceHandler {
    /** Returns one order, or fails with OrderNotFound. */
    getOrder?(request: GetOrderRequest, context: gen1.HandlerContext): Promise<OrderInit> | OrderInit;
    /** Streams every order that matches, oldest first. */
    watchOrders?(request: WatchOrdersRequest, context: gen1.HandlerContext): AsyncIterable<OrderInit>;
    /** Takes a stream of new orders and answers with a summary once the stream ends. */
    placeOrders?(requests: AsyncIterable<PlaceOrderRequest>, context: gen1.HandlerContext): Promise<PlaceOrdersSummaryInit> | PlaceOrdersSummaryInit;
    /** Talks with the shop: each message is answered as it comes. */
    chat?(requests: AsyncIterable<ChatMessage>, context: gen1.HandlerContext): AsyncIterable<ChatMessageInit>;
}
/** Takes, shows and discusses orders. */
export declare const OrderService: gen1.ServiceDescriptor<OrderServiceClient, OrderServiceHandler>;
