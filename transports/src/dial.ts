/** Opens client sockets. They read into one buffer that all of them share: a chunk lives only as long as its event. */
import { connect, type Socket } from "node:net";
import type { Channel, Dial } from "@nexus-bridge/protocol";
import { addressError, addressText, type SocketAddress, socketAddress } from "./address.ts";
import { installNativeCrc } from "./native-crc.ts";
import { SocketChannel } from "./socket-channel.ts";

const READ_BYTES = 64 * 1024;
/** Events are synchronous, so one buffer serves every dialled socket of the process. */
const readBuffer = new Uint8Array(READ_BYTES);

/** Dials `nexus://host:port`. */
export const dialTcp: Dial = (url, options) => dial(url, "tcp", options.signal);
/** Dials `nexus+unix:///path`. */
export const dialUnix: Dial = (url, options) => dial(url, "unix", options.signal);

async function dial(url: URL, kind: SocketAddress["kind"], signal: AbortSignal): Promise<Channel> {
  const address = socketAddress(url);
  if (address.kind !== kind) throw new TypeError(`${url.href} is not an address of ${kind}`);
  signal.throwIfAborted();
  installNativeCrc();
  return await new Promise((resolve, reject) => {
    const target =
      address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port };
    const socket: Socket = connect({
      ...target,
      allowHalfOpen: true,
      onread: {
        buffer: readBuffer,
        callback: (size: number, buffer: Uint8Array) => {
          channel.received(size === buffer.length ? buffer : buffer.subarray(0, size));
          return true;
        },
      },
    });
    const channel = new SocketChannel(socket, {
      transport: kind,
      remote: addressText(address),
    });
    const abort = () => socket.destroy();
    const failed = (error: Error) => {
      settle();
      reject(addressError("connect to", address, error));
    };
    const closed = () => {
      settle();
      reject(signal.aborted ? signal.reason : addressError("connect to", address, "closed"));
    };
    const connected = () => {
      settle();
      resolve(channel);
    };
    const settle = () => {
      signal.removeEventListener("abort", abort);
      socket.off("error", failed).off("close", closed).off("connect", connected);
    };
    signal.addEventListener("abort", abort);
    socket.on("error", failed).on("close", closed).on("connect", connected);
  });
}
