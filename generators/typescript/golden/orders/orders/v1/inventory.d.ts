import * as gen1 from "@nexus-bridge/sdk/gen1";
export declare const Zone: {
    readonly UNSPECIFIED: 0;
    readonly AMBIENT: 1;
    readonly COLD: 2;
    readonly FROZEN: 3;
};
export type Zone = (typeof Zone)[keyof typeof Zone] | (number & {});
export declare const ZoneJson: gen1.EnumJson;
export interface CheckStockRequest {
    sku: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `CheckStockRequest`: everything may be left out. */
export interface CheckStockRequestInit {
    readonly sku?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const CheckStockRequest: gen1.MessageType<CheckStockRequest, CheckStockRequestInit>;
/** `CheckStockRequest` as proto-JSON. */
export declare const CheckStockRequestJson: gen1.JsonType<CheckStockRequest, CheckStockRequestInit>;
export interface WatchStockRequest {
    skus: string[];
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `WatchStockRequest`: everything may be left out. */
export interface WatchStockRequestInit {
    readonly skus?: readonly string[] | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const WatchStockRequest: gen1.MessageType<WatchStockRequest, WatchStockRequestInit>;
/** `WatchStockRequest` as proto-JSON. */
export declare const WatchStockRequestJson: gen1.JsonType<WatchStockRequest, WatchStockRequestInit>;
export interface StockLevel {
    sku: string;
    /** Pieces on the shelf less those reserved; negative when more was promised than is there. */
    available: bigint;
    zone: Zone;
    countedAt?: gen1.Timestamp | undefined;
    /** Temperatures over the last hour, in degrees Celsius. */
    temperaturesCelsius: number[];
    /** Serial numbers of the pallets. */
    palletSerials: bigint[];
    servedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `StockLevel`: everything may be left out. */
export interface StockLevelInit {
    readonly sku?: string | undefined;
    readonly available?: bigint | undefined;
    readonly zone?: Zone | undefined;
    readonly countedAt?: gen1.TimestampInit | undefined;
    readonly temperaturesCelsius?: readonly number[] | undefined;
    readonly palletSerials?: readonly bigint[] | undefined;
    readonly servedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const StockLevel: gen1.MessageType<StockLevel, StockLevelInit>;
/** `StockLevel` as proto-JSON. */
export declare const StockLevelJson: gen1.JsonType<StockLevel, StockLevelInit>;
export interface Delivery {
    sku: string;
    pieces: number;
    dock: number;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `Delivery`: everything may be left out. */
export interface DeliveryInit {
    readonly sku?: string | undefined;
    readonly pieces?: number | undefined;
    readonly dock?: number | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const Delivery: gen1.MessageType<Delivery, DeliveryInit>;
/** `Delivery` as proto-JSON. */
export declare const DeliveryJson: gen1.JsonType<Delivery, DeliveryInit>;
export interface DeliveryReceipt {
    pieces: bigint;
    piecesBySku: Map<string, bigint>;
    servedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `DeliveryReceipt`: everything may be left out. */
export interface DeliveryReceiptInit {
    readonly pieces?: bigint | undefined;
    readonly piecesBySku?: gen1.StringMapInit<bigint> | undefined;
    readonly servedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const DeliveryReceipt: gen1.MessageType<DeliveryReceipt, DeliveryReceiptInit>;
/** `DeliveryReceipt` as proto-JSON. */
export declare const DeliveryReceiptJson: gen1.JsonType<DeliveryReceipt, DeliveryReceiptInit>;
export interface ReserveRequest {
    sku: string;
    pieces: number;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `ReserveRequest`: everything may be left out. */
export interface ReserveRequestInit {
    readonly sku?: string | undefined;
    readonly pieces?: number | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const ReserveRequest: gen1.MessageType<ReserveRequest, ReserveRequestInit>;
/** `ReserveRequest` as proto-JSON. */
export declare const ReserveRequestJson: gen1.JsonType<ReserveRequest, ReserveRequestInit>;
export interface ReserveReply {
    sku: string;
    outcome?: {
        case: "reserved";
        value: number;
    } | {
        case: "unknown";
        value: UnknownSku;
    } | undefined;
    servedBy: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `ReserveReply`: everything may be left out. */
export interface ReserveReplyInit {
    readonly sku?: string | undefined;
    readonly outcome?: {
        readonly case: "reserved";
        readonly value: number;
    } | {
        readonly case: "unknown";
        readonly value: UnknownSkuInit;
    } | undefined;
    readonly servedBy?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
export declare const ReserveReply: gen1.MessageType<ReserveReply, ReserveReplyInit>;
/** `ReserveReply` as proto-JSON. */
export declare const ReserveReplyJson: gen1.JsonType<ReserveReply, ReserveReplyInit>;
/** The warehouse has never held this sku. */
export interface UnknownSku {
    sku: string;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `UnknownSku`: everything may be left out. */
export interface UnknownSkuInit {
    readonly sku?: string | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** The warehouse has never held this sku. */
export declare const UnknownSku: gen1.MessageType<UnknownSku, UnknownSkuInit>;
/** `UnknownSku` as proto-JSON. */
export declare const UnknownSkuJson: gen1.JsonType<UnknownSku, UnknownSkuInit>;
/** The warehouse has never held this sku. */
export declare const UnknownSkuError: gen1.ErrorType<UnknownSku, UnknownSkuInit>;
/** Calls `orders.v1.InventoryService`. */
export interface InventoryServiceClient {
    /** How many pieces of one sku are there. */
    checkStock(request: CheckStockRequestInit, options?: gen1.CallOptions): Promise<StockLevel>;
    /** Streams the level of each sku asked for. */
    watchStock(request: WatchStockRequestInit, options?: gen1.CallOptions): AsyncIterable<StockLevel>;
    /** Takes a stream of deliveries and answers with what the warehouse holds then. */
    receiveDeliveries(requests: gen1.MessageSource<DeliveryInit>, options?: gen1.CallOptions): Promise<DeliveryReceipt>;
    /** Reserves piece by piece; each request is answered before the next is looked at. */
    reserveStock(requests: gen1.MessageSource<ReserveRequestInit>, options?: gen1.CallOptions): AsyncIterable<ReserveReply>;
}
/** Serves `orders.v1.InventoryService`; a method left out answers UNIMPLEMENTED. */
export interface InventoryServiceHandler {
    /** How many pieces of one sku are there. */
    checkStock?(request: CheckStockRequest, context: gen1.HandlerContext): Promise<StockLevelInit> | StockLevelInit;
    /** Streams the level of each sku asked for. */
    watchStock?(request: WatchStockRequest, context: gen1.HandlerContext): AsyncIterable<StockLevelInit>;
    /** Takes a stream of deliveries and answers with what the warehouse holds then. */
    receiveDeliveries?(requests: AsyncIterable<Delivery>, context: gen1.HandlerContext): Promise<DeliveryReceiptInit> | DeliveryReceiptInit;
    /** Reserves piece by piece; each request is answered before the next is looked at. */
    reserveStock?(requests: AsyncIterable<ReserveRequest>, context: gen1.HandlerContext): AsyncIterable<ReserveReplyInit>;
}
export declare const InventoryService: gen1.ServiceDescriptor<InventoryServiceClient, InventoryServiceHandler>;
