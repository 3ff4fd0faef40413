/** Calls something until every provider has answered it a few times, and prints what each took. */

const providers = (process.env.NEXUS_EXAMPLE_PROVIDERS ?? "node").split(",");
const rounds = 5;

function median(times) {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

function print(line) {
  console.log(JSON.stringify(line));
}

/** One line for each provider: `call` answers with the name of the one that served it. */
export async function measure(name, call) {
  const times = new Map(providers.map((provider) => [provider, []]));
  try {
    for (let count = 0; count < rounds * providers.length; count += 1) {
      const started = performance.now();
      const provider = await call();
      times.get(provider)?.push(performance.now() - started);
    }
  } catch (error) {
    print({ call: name, error: String(error) });
    process.exitCode = 1;
    return;
  }
  for (const [provider, taken] of times) {
    if (taken.length > 0) print({ call: name, provider, ms: median(taken) });
    else {
      print({ call: name, provider, error: "never answered" });
      process.exitCode = 1;
    }
  }
}

/** For a topic: collects answers until every provider's is there. */
export async function measureAnswers(name, answers) {
  const started = performance.now();
  const missing = new Set(providers);
  for await (const provider of answers) {
    if (!missing.delete(provider)) continue;
    print({ call: name, provider, ms: performance.now() - started });
    if (missing.size === 0) return;
  }
  for (const provider of missing) print({ call: name, provider, error: "never answered" });
  process.exitCode = 1;
}

/** Fails the program when a value did not survive the way there and back. */
export function expect(what, actual, expected) {
  if (actual !== expected) throw new Error(`${what} is ${String(actual)}, not ${String(expected)}`);
}
