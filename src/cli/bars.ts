const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const levels = '▁▂▃▄▅▆▇█';

/** A bar of at most `width` characters, `value` out of `most`; anything above nothing shows. */
export const bar = (value: number, most: number, width: number): string => {
  if (value <= 0 || most <= 0) return '';
  const units = Math.max(1, Math.round((Math.min(value, most) / most) * width * 8));
  return '█'.repeat(Math.floor(units / 8)) + eighths[units % 8]!;
};

/** One character a value; zero is a dot, so that a quiet day is not taken for a small one. */
export const sparkline = (values: readonly number[]): string => {
  const most = Math.max(0, ...values);
  return values
    .map((value) => (value <= 0 ? '·' : levels[Math.min(7, Math.floor((value / most) * 7.999))]!))
    .join('');
};

/** 1234567 → `1,234,567`. */
export const grouped = (value: number): string => Math.round(value).toLocaleString('en-GB');

/** Seconds as people say them: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
};

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export const byteSize = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < sizes.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${sizes[unit]!}`;
};
