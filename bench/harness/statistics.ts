/** A figure with what it varied between, or where it lies with 95 % confidence. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** The value below which `share` (0–1) of all lie; NaN without any. */
export const quantile = (values: readonly number[], share: number): number => {
  const order = sorted(values);
  if (order.length === 0) return NaN;
  const place = (order.length - 1) * share;
  const below = order[Math.floor(place)]!;
  return below + (order[Math.ceil(place)]! - below) * (place - Math.floor(place));
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median of the rounds and the least and most of them. */
export const spread = (values: readonly number[]): Estimate => ({
  value: median(values),
  low: Math.min(...values),
  high: Math.max(...values),
});

/** Student's t for 95 %, two-sided, by degrees of freedom. */
const t95 = [
  NaN,
  12.71,
  4.303,
  3.182,
  2.776,
  2.571,
  2.447,
  2.365,
  2.306,
  2.262,
  2.228,
  2.201,
  2.179,
  2.16,
  2.145,
];

/** The mean of the rounds with its 95 % confidence interval (Student's t); as wide as can be with one round. */
export const confidence = (values: readonly number[]): Estimate => {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { value: mean, low: -Infinity, high: Infinity };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const half = (t95[count - 1] ?? 1.96) * Math.sqrt(variance / count);
  return { value: mean, low: mean - half, high: mean + half };
};
