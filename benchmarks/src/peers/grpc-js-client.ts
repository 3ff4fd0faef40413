/** Makes the load: `grpc-js-client.ts <address>`. */
import { Client, credentials } from "@grpc/grpc-js";
import { callLoad } from "../load.ts";
import { answerRuns } from "../run.ts";
import { echo } from "./grpc-js-echo.ts";

const [, , address = ""] = process.argv;
const { path, requestSerialize, responseDeserialize } = echo.say;

await answerRuns(async () => {
  const client = new Client(address, credentials.createInsecure());
  const call = (payload: Buffer): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      const deadline = Date.now() + 30_000;
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        payload,
        { deadline },
        (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
      );
    });
  return { run: (params) => callLoad(params, call), stop: async () => client.close() };
});
