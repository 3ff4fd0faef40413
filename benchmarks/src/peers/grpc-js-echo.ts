/** The echo as a gRPC service whose messages are bytes: gRPC is spared the cost of a codec. */
import type { ServiceDefinition } from "@grpc/grpc-js";

const same = (bytes: Buffer): Buffer => bytes;

export const echo = {
  say: {
    path: "/bench.v1.Echo/Say",
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
} satisfies ServiceDefinition;
