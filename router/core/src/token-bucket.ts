/** A token bucket: what a peer may do in a burst and per second. Time is told, not asked for. */

export interface TokenBucket {
  readonly burst: number;
  readonly perSecond: number;
  tokens: number;
  at: number;
}

export function createBucket(burst: number, perSecond: number, now: number): TokenBucket {
  return { burst, perSecond, tokens: burst, at: now };
}

/** Takes one token; false, and none taken, when there is none. */
export function takeToken(bucket: TokenBucket, now: number): boolean {
  if (!hasToken(bucket, now)) return false;
  bucket.tokens -= 1;
  return true;
}

export function hasToken(bucket: TokenBucket, now: number): boolean {
  if (bucket.tokens >= 1) return true;
  const grown = bucket.tokens + ((now - bucket.at) * bucket.perSecond) / 1000;
  bucket.tokens = Math.min(bucket.burst, Math.max(0, grown));
  bucket.at = now;
  return bucket.tokens >= 1;
}
