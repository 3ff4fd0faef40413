/** The named limits of the compiler: what is beyond them is a diagnostic, never an exhausted machine. */

/** UTF-16 code units of one file; a file of 4 MiB in UTF-8 never has more. */
export const fileCharactersMax = 4 * 1024 * 1024;
/** Files of one compilation, imports included. */
export const filesMax = 2_000;
/** Messages, groups and literals within each other. */
export const nestingMax = 64;
/** Fields of one compilation. */
export const fieldsMax = 100_000;
/** Problems of one compilation; beyond it only their number would be new. */
export const diagnosticsMax = 200;
/** Field numbers are 29 bits wide. */
export const fieldNumberMax = 536_870_911;
/** protobuf keeps these numbers for itself. */
export const implementationNumbers = { first: 19_000, last: 19_999 } as const;
/** Enum numbers are 32 bits wide, signed. */
export const enumNumberMin = -2_147_483_648;
export const enumNumberMax = 2_147_483_647;
/** Of a topic's name, as the router counts them. */
export const topicTokensMax = 16;
export const topicBytesMax = 255;
