/** What this package calls itself in HELLO; a release sets it together with package.json. */
export const sdkVersion = "0.0.0";
