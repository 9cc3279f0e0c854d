"""The limiter's rules, as Lua that Redis runs in one piece. docs/decisions/0012-the-pace-adapts.md says why.

Moments are micro-seconds of Redis' own clock, rates are starts a minute. One hash holds a lane's state:

arrival        theoretical arrival time of the next start (generic cell rate algorithm, ITU-T I.371)
epoch          grows with every penalty: a start given under an older one is void
penalty_until  nobody starts before
careful        so much longer is the gap after the first start that follows a penalty, which shows whether it is over
configured     the limit as configured; when it changes, what was learned is forgotten
told, told_at  the limit that the provider has named, and when
top, low       while top is not 0 the pace climbs from low to top, then probes beyond; until it is the full pace again
resumed        the moment from which the climb counts
probe          seconds of probing after which the pace is 2 % above top
refused_at     when the last episode of refusals began
accepted, idle starts since then that were not refused, and the time in which there was nothing to start
repeats        episodes in a row in which not even the first start was let in
"""

USE = 0.98
"""Share of the limit that is used; the rest is for clocks and networks."""
HORIZON_SECONDS = 2.0
"""How far ahead starts are given away: Redis never holds more work than this."""
LATEST_SECONDS = 10.0
"""A start that is further past than this is void: its image has been given up meanwhile."""
LONGEST_SECONDS = 86_400
"""The longest penalty that is believed; anything beyond it is a clock that jumped."""
FORGET_SECONDS = 2 * LONGEST_SECONDS
TOLD_SECONDS = 600
"""How long a limit that the provider has named holds without being named again."""
REMEMBERED_LATENCIES = 200
COUNTED_SECONDS = 60

_CONSTANTS = f"""
local USE, HORIZON, LATEST, LONGEST, TOLD, COUNTED = {USE}, {HORIZON_SECONDS}e6, {LATEST_SECONDS}e6,
  {LONGEST_SECONDS}e6, {TOLD_SECONDS}e6, {COUNTED_SECONDS}e6
local FORGET, LATENCIES = {FORGET_SECONDS}, {REMEMBERED_LATENCIES}
"""

_COMMON = """
local FIELDS = {'arrival', 'epoch', 'penalty_until', 'careful', 'configured', 'told', 'told_at', 'top', 'low',
  'resumed', 'probe', 'refused_at', 'accepted', 'idle', 'repeats'}

local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function load()
  local values, state = redis.call('HMGET', KEYS[1], unpack(FIELDS)), {}
  for place, field in ipairs(FIELDS) do state[field] = tonumber(values[place] or 0) end
  return state
end

local function save(state)
  local flat = {}
  for _, field in ipairs(FIELDS) do
    flat[#flat + 1] = field
    flat[#flat + 1] = string.format('%.17g', state[field])
  end
  redis.call('HSET', KEYS[1], unpack(flat))
  redis.call('EXPIRE', KEYS[1], FORGET)
end

local function whole(number) return string.format('%.0f', number) end

-- Moments of the last minute, for counting.
local function forget_old(key, now)
  local first = redis.call('LINDEX', key, 0)
  while first and tonumber(first) < now - COUNTED do
    redis.call('LPOP', key)
    first = redis.call('LINDEX', key, 0)
  end
end

local function note(key, now)
  redis.call('RPUSH', key, whole(now))
  redis.call('EXPIRE', key, 120)
  forget_old(key, now)
end

-- The full pace: what is configured, or less if the provider has named less.
local function ceiling(state, now)
  if state.told > 0 and now - state.told_at < TOLD then
    return USE * math.min(state.configured, state.told)
  end
  return USE * state.configured
end

-- After a refusal: ten seconds of climbing back to just below the pace that was refused, then slow probing beyond it,
-- by the cube of the time (as TCP's CUBIC, RFC 9438).
local CLIMB = 10
local function pace(state, now)
  local full = ceiling(state, now)
  if state.top == 0 then return full end
  local seconds = math.max(0, now - state.resumed) / 1e6
  local wanted
  if seconds < CLIMB then
    wanted = state.top - (state.top - state.low) * (1 - seconds / CLIMB) ^ 3
  else
    wanted = state.top * (1 + 0.02 * ((seconds - CLIMB) / state.probe) ^ 3)
  end
  if wanted < full then return wanted end
  if now >= state.resumed then state.top = 0 end
  return full
end

-- Bring the state to this moment. A clock that jumped must not freeze the lane: no start lies further off than the
-- horizon or the penalty allow.
local CAREFUL = 0.5e6
local function prepare(state, now)
  if state.penalty_until > now + LONGEST then state.penalty_until = 0 end
  if state.resumed > math.max(now, state.penalty_until) then state.resumed = now end
  state.interval = 60e6 / pace(state, now)
  if state.arrival > math.max(now + HORIZON, state.penalty_until) + state.interval + CAREFUL then
    state.arrival = now + state.interval
  end
  if state.arrival < state.penalty_until then state.arrival = state.penalty_until end
  if state.arrival < now then
    state.idle = state.idle + now - state.arrival
    state.arrival = now
  end
end

local function configure(state, limit)
  if state.configured ~= limit then state.configured, state.top, state.refused_at = limit, 0, 0 end
end

local function take(state)
  local start = state.arrival
  state.arrival = start + state.interval + state.careful
  state.careful = 0
  return start
end
"""

_RESERVE = """
local now, state = clock(), load()
local room = tonumber(ARGV[2])
configure(state, tonumber(ARGV[3]))
prepare(state, now)
local starts = {}
while #starts < room and state.arrival <= now + HORIZON do starts[#starts + 1] = whole(take(state)) end
save(state)
return {whole(now), whole(state.epoch), starts}
"""

# A start whose epoch is over, or that is found so late that it would come too close to the next one, is exchanged for
# the next free start, if that is near enough.
_ENTER = """
local now, state = clock(), load()
local start, epoch = tonumber(ARGV[2]), tonumber(ARGV[3])
local late = now - start
local function answer(at) return {whole(now), whole(state.epoch), whole(at)} end
local function enter(at)
  if at > now + 1000 then return answer(at) end
  state.accepted = state.accepted + 1
  note(KEYS[2], now)
  redis.call('HSET', KEYS[1], 'accepted', whole(state.accepted))
  return answer(0)
end
if state.configured == 0 or late > LATEST or late < -HORIZON - 1e6 then return answer(-1) end
local tolerance = math.min(math.max(60e6 / pace(state, now), 0.1e6), 0.25e6)
if epoch == state.epoch and late <= tolerance then return enter(start) end
prepare(state, now)
if state.arrival > now + HORIZON then return answer(-1) end
local another = take(state)
save(state)
return enter(another)
"""

_GIVE_BACK = """
local state = load()
local first, last = tonumber(ARGV[2]), tonumber(ARGV[3])
if state.epoch ~= tonumber(ARGV[4]) or state.arrival < last or state.arrival - last > 90e6 / pace(state, clock()) then
  return 0
end
redis.call('HSET', KEYS[1], 'arrival', whole(first))
return 1
"""

_PENALISE = """
local now, state = clock(), load()
local seconds, epoch, told = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function answer(begun) return {whole(now), whole(state.penalty_until), tostring(pace(state, now)), begun} end
note(KEYS[2], now)

-- A call that began before the last penalty says nothing new about the pace; only its wait may be longer.
if epoch and epoch ~= state.epoch then
  local wanted = now + math.min(seconds or 0, LONGEST / 1e6) * 1e6
  if seconds and wanted > state.penalty_until then
    if state.arrival > state.penalty_until then state.epoch = state.epoch + 1 end
    state.penalty_until, state.resumed, state.arrival = wanted, wanted, wanted
    save(state)
  end
  return answer(0)
end

state.accepted = math.max(0, state.accepted - 1)
local since = (now - state.refused_at) / 1e6
local blocked = state.refused_at > 0 and state.accepted == 0 and now - state.resumed < 60e6
local repeated = state.repeats > 0 and not blocked
state.repeats = blocked and state.repeats + 1 or 0
local wait = math.min(seconds or math.min(60, 2 ^ state.repeats), LONGEST / 1e6)

local refused = state.configured > 0 and pace(state, now) or 0
if told and told > 0 then
  state.told, state.told_at = told, now
end
if refused == 0 or ceiling(state, now) < 0.99 * refused then
  -- The provider has named a lower limit, which says all that there is to know.
  state.top, state.refused_at, state.accepted, state.idle = 0, now, 0, 0
elseif not blocked then
  local alone = since >= (repeated and 180 or 60)
  local narrowly = since >= 8 and wait <= math.max(1, 120 / refused) and not repeated
  if state.refused_at == 0 or alone or wait >= 10 or narrowly then
    -- A single refusal, or one that was missed narrowly: just below is good.
    state.top, state.low, state.probe = 0.98 * refused, 0.9 * refused, math.max(60, 3600 / refused)
  else
    -- Refused again soon: the limit is elsewhere. What was let in since the last time tells where.
    local let_in = 1.1 * 60 * state.accepted / math.max(0.1, since - state.idle / 1e6)
    state.top = math.min(0.98 * refused, math.max(let_in, (since >= 8 and 0.7 or 0.8) * refused))
    state.low, state.probe = 0.9 * state.top, 20
  end
  state.refused_at, state.accepted, state.idle = now, 0, 0
end
state.penalty_until = math.max(state.penalty_until, now + wait * 1e6 + 0.05e6)
state.resumed, state.arrival = state.penalty_until, state.penalty_until
state.careful = math.min(CAREFUL, wait * 1e6 / 4)
state.epoch = state.epoch + 1
save(state)
return answer(1)
"""

_NOTE = """
local now = clock()
local milliseconds, told = tonumber(ARGV[2]), tonumber(ARGV[3])
if milliseconds then
  redis.call('RPUSH', KEYS[2], whole(milliseconds))
  redis.call('LTRIM', KEYS[2], -LATENCIES, -1)
  redis.call('EXPIRE', KEYS[2], FORGET)
end
if not told or told <= 0 then return 0 end
local state = load()
local changed = state.told ~= told or now - state.told_at >= TOLD
if changed then state.top = 0 end
if changed or now - state.told_at > TOLD / 10 then
  state.told, state.told_at = told, now
  save(state)
end
return changed and 1 or 0
"""

_LOOK = """
return {whole(clock()), redis.call('HGET', KEYS[1], 'epoch') or '0'}
"""

_READ = """
local now, state = clock(), load()
configure(state, tonumber(ARGV[2]))
forget_old(KEYS[2], now)
forget_old(KEYS[3], now)
local told = (state.told > 0 and now - state.told_at < TOLD) and state.told or 0
return {whole(now), whole(state.epoch), whole(state.arrival), whole(state.penalty_until), tostring(told),
  tostring(pace(state, now)), redis.call('LLEN', KEYS[2]), redis.call('LLEN', KEYS[3]),
  redis.call('LINDEX', KEYS[3], -1) or '0'}
"""


def _script(body: str) -> str:
    return _CONSTANTS + _COMMON + body


RESERVE = _script(_RESERVE)
ENTER = _script(_ENTER)
GIVE_BACK = _script(_GIVE_BACK)
PENALISE = _script(_PENALISE)
NOTE = _script(_NOTE)
LOOK = _script(_LOOK)
READ = _script(_READ)
