/** Where two steps would race, one script does both. `ARGV[1]` is the version that is expected, empty for none. */
export const compareAndSetScript = `
local stored = redis.call('GET', KEYS[1])
if ARGV[1] == '' then
  if stored then return 0 end
elseif not stored or string.sub(stored, 1, #ARGV[1] + 1) ~= ARGV[1] .. ':' then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
`;

/** The time that is left is left as it is: only the first increment starts it. */
export const incrementScript = `
local stored = redis.call('GET', KEYS[1])
local count = 0
local ttl = tonumber(ARGV[2])
if stored then
  count = tonumber(string.match(stored, '^[^:]*:(%-?%d+)$'))
  if not count then return redis.error_reply('not a count') end
  ttl = redis.call('PTTL', KEYS[1])
end
count = count + tonumber(ARGV[1])
redis.call('SET', KEYS[1], ARGV[3] .. ':' .. string.format('%.0f', count), 'PX', ttl)
return { count, ttl }
`;
