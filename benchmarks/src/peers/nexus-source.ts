/** Answers with as many bytes as it is asked for: `nexus-source.ts <url>`. */
import { connect } from "@nexus-bridge/sdk-node";
import { Source } from "../gen/bench/v1/index.ts";
import { payloadOf } from "../load.ts";
import { answerRuns, serving } from "../run.ts";

const [, , url = ""] = process.argv;

await answerRuns(async () => {
  const link = await connect(url);
  // Made once: to make it costs more than to send it.
  let poured = payloadOf(0);
  await link.serve(Source, {
    pour({ bytes }) {
      if (poured.length !== bytes) poured = payloadOf(bytes);
      return { data: poured };
    },
  });
  return serving(() => link.close());
});
