import * as gen1 from "@nexus-bridge/sdk/gen1";
/** An amount in a currency's smallest unit, exact for every currency. */
export interface Money {
    /** ISO 4217. */
    currencyCode: string;
    /** In the smallest unit, for example cents; negative for a credit. */
    units: bigint;
    /** Fields this schema does not know, as they came. */
    $unknown?: Uint8Array;
}
/** What builds a `Money`: everything may be left out. */
export interface MoneyInit {
    readonly currencyCode?: string | undefined;
    readonly units?: bigint | undefined;
    readonly $unknown?: Uint8Array | undefined;
}
/** An amount in a currency's smallest unit, exact for every currency. */
export declare const Money: gen1.MessageType<Money, MoneyInit>;
/** `Money` as proto-JSON. */
export declare const MoneyJson: gen1.JsonType<Money, MoneyInit>;
