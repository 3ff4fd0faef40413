import { defineConfig } from "vitest/config";

const conditions = ["@nexus-bridge/source"];

/** The one test configuration; every package runs it with its own folder as root. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/.toolchain/**"],
    isolate: false,
    pool: "threads",
    testTimeout: 20_000,
    execArgv: ["--conditions=@nexus-bridge/source"],
  },
});
