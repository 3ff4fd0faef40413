/** Serves the echo: `grpc-js-worker.ts <address>`. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { answerRuns, serving } from "../run.ts";
import { echo } from "./grpc-js-echo.ts";

const [, , address = ""] = process.argv;

await answerRuns(async () => {
  const server = new Server();
  server.addService(echo, {
    say: (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) =>
      reply(null, call.request),
  });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  return serving(async () => server.forceShutdown());
});
